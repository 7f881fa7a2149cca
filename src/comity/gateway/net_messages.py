"""What a participant owes, and what clearing made of it, as messages: camt.062 and camt.088.

The pay-in schedule says what each account of a participant lacks now to pay all that waits on it, and what it owes on
balance in obligations that are due; by when, the timetable says. What may still come in is not counted. The net report
says what the cycles of a date moved on each account: one net per cycle and currency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from comity.engine.columns import RecordKind
from comity.errors import NotFound
from comity.gateway.answers import addressed, agent_of
from comity.gateway.positions import held_now
from comity.iso20022.messages.nets import NetObligation, NetReport, PayIn, PayInSchedule
from comity.iso20022.table import Money
from comity.model.instant import date_of, format_instant
from comity.model.reason import InstructionKind, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comity.gateway.answers import Answer
    from comity.gateway.gateway import Gateway
    from comity.gateway.outcomes import Outcome
    from comity.iso20022.table import Message
    from comity.node import Node

NETS = {each.name: each for each in (PayInSchedule, NetReport)}
"""Messages about what is owed by their names."""
_OFFICIAL, _REVISED = "OFFI", "RVSD"
_AT_ONCE = 1_024
_CUTOFF = "interbank_cutoff"


class _Lack(NamedTuple):
    """What an account lacks."""

    account: int
    minor: int
    deadline: int


def write_net(gateway: Gateway, name: str, participant: str, date: int, party: str) -> Answer:
    """Return a message of `NETS` about a participant on a business date; in a thread that may wait.

    Parameters
    ----------
    date
        Days since 1970-01-01.
    party
        Code of who it is for.

    Raises
    ------
    NotFound
        No cycle ended on the date; or of the schedule, it is not today's, or no timetable says by when to pay.
    """
    last = gateway.memory.changes.last
    own, created = f"{name[5:]}-{last}-{participant}"[:35], format_instant(gateway.now())
    day = date_of(date).isoformat()
    agent = agent_of(participant)
    message: Message
    if name == PayInSchedule.name:
        items = tuple(
            PayIn(_money(gateway, each.account, each.minor), format_instant(each.deadline))
            for each in gateway.writer.call(lambda node: _lacks(gateway, node, participant, date)).result()
        )
        message = PayInSchedule(
            agent.bic, agent.member, own, value=day, created=created, status=_OFFICIAL, kind=_REVISED, items=items
        )
    else:
        found = list(_cycles(gateway, date, last))
        if not found:
            raise NotFound(f"no clearing cycle ended on {day}, so there are no nets to report")
        nets = tuple(net for outcome in found for net in _nets(gateway, outcome, participant))
        cut = format_instant(found[-1].instant).partition("T")[2]
        message = NetReport(
            own, created, cut, reported=day, value=day, participant=agent.bic, member=agent.member, items=nets
        )
    return addressed(message, None, party, own, created, gateway.memory.correlation.versions)


def _lacks(gateway: Gateway, node: Node, participant: str, date: int) -> list[_Lack]:
    """Return what the accounts of a participant lack now; in the node's thread."""
    columns, keeper = held_now(node).columns, gateway.keeper
    if keeper is None or date != node.engine.date:
        today = date_of(node.engine.date)
        why = "no timetable says by when to pay" if keeper is None else f"it is of today alone, {today}"
        raise NotFound(f"no schedule of {date_of(date)}: {why}")
    owed, hours, lacks = _owed(node), keeper.hours(date), []
    for account in gateway.directory.of.get(participant, ()):
        phases = dict(hours[gateway.directory.currency[account]])
        room = sum(int(columns[name][account]) for name in ("balance", "credit_limit")) - int(
            columns["blocked"][account]
        )
        lack = int(columns["waiting_out"][account]) + max(int(owed[account]), 0) - room
        if lack > 0 and _CUTOFF in phases:
            lacks.append(_Lack(account, lack, phases[_CUTOFF]))
    return lacks


def _owed(node: Node) -> np.ndarray:
    """Return what each account owes on balance in obligations that are due, minor units; below zero what it is owed."""
    engine = node.engine
    obligations = engine.obligations()
    table = engine.table(obligations["slot"].astype(np.int32))
    state = table["state"].astype(np.int32)
    due = (state < State.STLD) & (state != State.SSPD) & (obligations["due"].astype(np.int32) <= engine.date)
    owed = np.zeros(len(engine.accounts), np.int64)
    np.add.at(owed, table["debtor"][due], obligations["owed"][due])
    np.subtract.at(owed, table["creditor"][due], obligations["owed"][due])
    return owed


def _cycles(gateway: Gateway, date: int, last: int) -> Iterator[Outcome]:
    """Yield the records that ended cycles on a date, those refused left out."""
    records = gateway.past.records(date, last)
    after = records[0] - 1
    while some := gateway.changes.outcomes({RecordKind.PAY_OBLIGATIONS}, after, _AT_ONCE):
        for outcome in some:
            if outcome.sequence > records[-1]:
                return
            if not outcome.refused:
                yield outcome
        after = some[-1].sequence


def _nets(gateway: Gateway, outcome: Outcome, participant: str) -> Iterator[NetObligation]:
    """Yield what the end of a cycle moved on each account of a participant in its currencies."""
    done, directory = gateway.changes.done(outcome.sequence), gateway.directory
    assert done is not None
    cycle, currencies = outcome.about["cycle"], outcome.about["currencies"]
    assert isinstance(currencies, list)
    kinds = (InstructionKind.OBLIGATION, InstructionKind.NET)
    paid = done.changes[(done.changes["state"] == State.STLD) & np.isin(done.changes["kind"], kinds)]
    for currency in currencies:
        account = directory.accounts.get((participant, currency), -1)
        gets, pays = paid["creditor"] == account, paid["debtor"] == account
        if not (gets | pays).any():
            continue
        minor = int(paid["amount"][gets].sum()) - int(paid["amount"][pays].sum())
        agent = agent_of(participant)
        yield NetObligation(
            id=f"{cycle}-{currency}",
            amount=_money(gateway, account, abs(minor)),
            participant=agent.bic,
            group=agent.member,
            direction="PAYM" if minor < 0 else "RECE" if minor else "NONE",
            counterparty=f"cycle {cycle}",
            count=str(int(((gets | pays) & (paid["kind"] == InstructionKind.OBLIGATION)).sum())),
        )


def _money(gateway: Gateway, account: int, minor: int) -> Money:
    return Money(gateway.directory.format(minor, account), gateway.directory.currency[account])
