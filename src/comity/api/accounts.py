"""Participants, accounts, and what these hold: now, as of any record, and over a stretch of the log."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency

from comity.api.asking import ask, date_of, missing, seen
from comity.api.parameters import AfterSequence, AsOf, Code, Holder, Limit, Money, OfCurrency, OnDate
from comity.errors import NotFound
from comity.gateway import positions
from comity.gateway.gateway import Gateway
from comity.gateway.statements import statement
from comity.wire.accounts import Account, Balances, ParticipantInfo, Positions, Statement
from comity.wire.answers import Page


@get("/participants", opt={"operation": "participants.read"}, summary="List the participants")
async def list_participants(gateway: NamedDependency[Gateway]) -> Page[ParticipantInfo]:
    """List who takes part in the union, members first."""
    return Page(positions.participants(gateway.directory))


@get("/participants/{code:str}", opt={"operation": "participants.read"}, summary="Find a participant")
async def find_participant(gateway: NamedDependency[Gateway], code: Code) -> ParticipantInfo:
    """Tell who a participant is."""
    found = [each for each in positions.participants(gateway.directory) if each.participant == code]
    if not found:
        raise missing(code)
    return found[0]


@get("/accounts", opt={"operation": "accounts.read"}, summary="List accounts")
async def list_accounts(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    participant: Holder = "",
    currency: OfCurrency = "",
) -> Page[Account]:
    """List the accounts that the sender may see."""
    return Page(positions.accounts(gateway.directory, seen(gateway, request, participant, currency)))


@get("/positions", opt={"operation": "positions.read"}, summary="Read positions")
async def read_positions(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    participant: Holder = "",
    currency: OfCurrency = "",
) -> Positions:
    """Tell what accounts hold and may spend now, what is set aside in them, and what waits for them."""
    indexes = seen(gateway, request, participant, currency)
    held = await ask(gateway, positions.held_now)
    return positions.positions(gateway.directory, indexes, held)


@get("/balances", opt={"operation": "balances.read"}, summary="Read balances as of a record")
async def read_balances(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    participant: Holder = "",
    currency: OfCurrency = "",
    sequence: AsOf = 0,
    date: OnDate = "",
) -> Balances:
    """Tell what accounts held with every record up to one applied, and none after it; or at the end of a date."""
    indexes = seen(gateway, request, participant, currency)
    if date:
        last = gateway.memory.changes.last
        try:
            sequence = await asyncio.to_thread(gateway.past.last_of, date_of(date), sequence or last)
        except NotFound:
            raise missing(date) from None
    if sequence == 0:
        held = await ask(gateway, positions.held_now)
        return positions.balances(gateway.directory, indexes, held.columns["balance"], held.sequence)
    if sequence > gateway.memory.changes.last:
        raise missing(f"record {sequence}")
    minor = await asyncio.to_thread(gateway.history.balances, sequence)
    return positions.balances(gateway.directory, indexes, minor, sequence)


@get("/statements", opt={"operation": "statements.read"}, summary="Read the statement of an account")
async def read_statement(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    currency: Money,
    participant: Holder = "",
    after: AfterSequence = 1,
    until: AsOf = 0,
    limit: Limit = 100,
) -> Statement:
    """Tell what moved on an account by the records after one up to another, with the balance after each."""
    holder = participant or request.user.party
    indexes = seen(gateway, request, holder, currency)
    last = gateway.memory.changes.last
    if not indexes or until > last:
        raise missing(f"{holder} {currency}" if not indexes else f"record {until}")
    return await asyncio.to_thread(statement, gateway, indexes[0], min(after, last), until or last, limit)


ROUTES = [list_participants, find_participant, list_accounts, read_positions, read_balances, read_statement]
