"""Instructions of every kind: found, listed, in their queues, explained, cancelled."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Request, delete, get
from litestar.di import NamedDependency

from comity.api.asking import ask, date_of, missing, seen
from comity.api.parameters import After, DryRun, Holder, Id, InState, Kind, Limit, MoneyPath, OfCurrency, OnDate, WithId
from comity.api.sending import command
from comity.errors import NotFound
from comity.gateway import instructions
from comity.gateway.gateway import Gateway
from comity.model.command import Command
from comity.model.reason import InstructionKind
from comity.wire.answers import Page, Why
from comity.wire.instructions import Carried, Explanation, Instruction

KINDS = {
    "payment": (InstructionKind.PAYMENT,),
    "pvp": (InstructionKind.PVP,),
    "obligation": (InstructionKind.OBLIGATION,),
    "order": (InstructionKind.ORDER,),
    "transfer": (InstructionKind.TRANSFER,),
    "": tuple(InstructionKind),
}
"""Kinds of instructions by the word that asks for them."""


async def listed(
    gateway: Gateway,
    request: Request[Any, Any, Any],
    kind: str,
    *,
    participant: str = "",
    currency: str = "",
    state: str = "",
    name: str = "",
    date: str = "",
    after: str = "",
    limit: int = 100,
) -> Page[Instruction]:
    """Return a page of instructions of a kind that debit or credit accounts which the sender may see."""
    if kind not in KINDS:
        raise missing(kind)
    if name:
        legs = await found(gateway, request, name, participant, date)
        return Page([each for each in legs if kind in ("", each.kind)])
    accounts = seen(gateway, request, participant, currency)
    states = instructions.states_of(state.split(",")) if state else ()
    wanted = instructions.Filter(accounts, KINDS[kind], states)
    rows = await ask(gateway, lambda node: instructions.search(node, wanted, after, limit))
    own = set(seen(gateway, request))
    known = gateway.memory.statuses
    return await asyncio.to_thread(instructions.page, rows, gateway.directory, gateway.texts, own, known)


async def found(
    gateway: Gateway, request: Request[Any, Any, Any], name: str, participant: str = "", date: str = ""
) -> list[Instruction]:
    """Return the instruction that somebody entered under an id, of a PvP its legs; with a date also one long ended.

    Raises
    ------
    Refused
        There is none, or it concerns no account that the sender may see.
    """
    owner = participant or request.user.party
    try:
        rows = await ask(gateway, lambda node: instructions.find(node, owner, name))
    except NotFound:
        if not date:
            raise missing(name) from None
        rows = None
    if date and (rows is None or not _entered_on(gateway, rows, date_of(date))):
        try:
            rows = await asyncio.to_thread(gateway.past.find, owner, name, date_of(date), gateway.memory.changes.last)
        except NotFound:
            raise missing(name) from None
    assert rows is not None
    own = set(seen(gateway, request))
    parties = {int(account) for column in ("debtor", "creditor") for account in rows.table[column].tolist()}
    if not own & parties:
        raise missing(name)
    known = gateway.memory.statuses
    return await asyncio.to_thread(instructions.instructions, rows, gateway.directory, gateway.texts, own, known)


def _entered_on(gateway: Gateway, rows: instructions.Rows, date: int) -> bool:
    """Whether an instruction entered on a business date, days since 1970-01-01."""
    done = gateway.changes.done(int(rows.table["entry_sequence"][0]))
    return done is not None and done.date == date


def only(legs: list[Instruction], kind: str, name: str) -> Instruction:
    """Return the first leg of what was found, if it is of this kind; Refused if it is of another."""
    if legs[0].kind != kind:
        raise missing(name)
    return legs[0]


async def cancelled(gateway: Gateway, request: Request[Any, Any, Any], name: str, *, dry_run: bool) -> Carried:
    """Cancel what the sender entered under an id."""
    await found(gateway, request, name)
    given = Command("cancel", request.user.party, target=name)
    return carried(name, *await command(gateway, request, request.user, given, dry_run=dry_run))


def carried(name: str, sequence: int, answer: dict[str, str], told_before: bool) -> Carried:
    """Put the engine's answer to a command into words."""
    del told_before
    why = Why(answer["reason"], answer["why"]) if answer["why"] else None
    state = "DONE" if why is None else answer["state"]
    return Carried(name, state, sequence, answer["detail"], why, dry_run=sequence == 0)


@get("/instructions", opt={"operation": "instructions.read"}, summary="List instructions")
async def list_instructions(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    kind: Kind = "",
    participant: Holder = "",
    currency: OfCurrency = "",
    in_state: InState = "",
    with_id: WithId = "",
    date: OnDate = "",
    after: After = "",
    limit: Limit = 100,
) -> Page[Instruction]:
    """List instructions of every kind, or of one, that debit or credit the sender, in order of entry.

    With `id` and the `date` on which it was entered, one that has ended is found however long ago that was.
    """
    return await listed(
        gateway,
        request,
        kind,
        participant=participant,
        currency=currency,
        state=in_state,
        name=with_id,
        date=date,
        after=after,
        limit=limit,
    )


@get(
    "/instructions/{name:str}/explanation",
    opt={"operation": "instructions.read"},
    summary="Say why an instruction waits",
)
async def explain(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], name: Id, participant: Holder = ""
) -> Explanation:
    """Say what an instruction lacks, and the least amount of money that would release it: found by trying."""
    owner = participant or request.user.party
    seen(gateway, request, owner)
    try:
        told = await asyncio.to_thread(gateway.trials.explain, owner, name)
    except NotFound:
        raise missing(name) from None
    given = told.explanation
    amount = ""
    if given.injection_minor:
        account = gateway.directory.accounts[given.participant, given.currency]
        if account not in seen(gateway, request):
            return Explanation(name, given.state.name, given.why, told.searched)
        amount = gateway.directory.format(given.injection_minor, account)
    return Explanation(name, given.state.name, given.why, told.searched, given.participant, given.currency, amount)


@get("/queues/{currency:str}", opt={"operation": "queues.read"}, summary="Read a queue")
async def read_queue(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    currency: MoneyPath,
    participant: Holder = "",
    limit: Limit = 100,
) -> Page[Instruction]:
    """Tell what waits to debit an account, first in its queue first, and what each item lacks."""
    accounts = seen(gateway, request, participant or request.user.party, currency)
    if not accounts:
        raise missing(currency)
    rows = await ask(gateway, lambda node: instructions.queue(node, accounts[0], limit))
    own = set(seen(gateway, request))
    known = gateway.memory.statuses
    return await asyncio.to_thread(instructions.page, rows, gateway.directory, gateway.texts, own, known)


@delete(
    "/instructions/{name:str}",
    opt={"operation": "instructions.cancel"},
    status_code=200,
    summary="Cancel an instruction",
)
async def cancel_instruction(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], name: Id, dry_run: DryRun = False
) -> Carried:
    """Cancel what the sender entered, unless it is irrevocable; a matched PvP needs both sides."""
    return await cancelled(gateway, request, name, dry_run=dry_run)


ROUTES = [list_instructions, explain, read_queue, cancel_instruction]
