"""Events: what a record did, as those are told whom it concerns.

An event is a command, a step of offsetting, clearing or an auction, or an instruction as the record left it;
in this order they are numbered within their record, so that `sequence.index` means the same to
everyone, for ever. What settled moves its amount from debtor to creditor, and nothing else
moves money: whoever adds the settled instructions of its accounts up has its balances. See decision 0026.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from comity.engine.columns import RecordKind
from comity.errors import Fault, InvalidRequest
from comity.gateway.authority import may_see
from comity.gateway.entries import NOTHING_SAID
from comity.model.amount import format_minor
from comity.model.instant import date_of, format_instant
from comity.model.reason import How, InstructionKind, Priority, Reason, State
from comity.wire.answers import Why
from comity.wire.events import CommandCarried, Event, InstructionLeft, Passed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from comity.gateway.actor import Actor
    from comity.gateway.changes import Done
    from comity.gateway.directory import Directory
    from comity.gateway.entries import Entries, Said

PENDING = "PDNG"
"""State of what waits, to those who may not see its payer: what it waits for is the payer's affair."""
WHOLE = 1 << 31
"""Index that stands behind every event of a record."""
_CURSOR = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,9}))?")
_PUBLIC = frozenset(
    {
        "auction",
        "bound_minor",
        "by_us",
        "carry_max",
        "certified",
        "commitment",
        "currencies",
        "currency",
        "cycle",
        "earliest",
        "extensions",
        "latest",
        "mode",
        "obligations",
        "orders",
        "participants_min",
        "proposer",
        "reason",
        "rule",
        "seed",
        "status",
        "ties",
    }
)
"""What a step says of itself to everyone."""
_PLAIN = frozenset({RecordKind.PAYMENTS, RecordKind.PVPS, RecordKind.OBLIGATIONS, RecordKind.ORDERS, RecordKind.TICK})
"""Records that say nothing but their rows."""
_QUEUES = frozenset({int(InstructionKind.PAYMENT), int(InstructionKind.PVP)})
_KINDS = {int(each): each.name.lower() for each in InstructionKind}
_STATES = {int(each): each.name for each in State}
_HOWS = {int(each): each.name.lower() for each in How}
_PRIORITIES = {int(each): each.name.lower() for each in Priority}
_WHYS = {int(each): Why(each.code, each.name) for each in Reason}


class Cursor(NamedTuple):
    """A place in the stream of events: everything up to it has been told."""

    sequence: int
    place: int
    """Index of the last event told; -1 before the first of the record, WHOLE behind the last."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `sequence.index`, or `sequence` for all of a record; InvalidRequest if it is neither."""
        match = _CURSOR.fullmatch(text)
        if match is None:
            raise InvalidRequest([Fault("", 0, "after", "a cursor such as 12 or 12.3", repr(text[:30]))])
        return cls(int(match[1]), int(match[2]) if match[2] is not None else WHOLE)

    def __str__(self) -> str:
        """Write it as `parse` reads it."""
        return str(self.sequence) if self.place == WHOLE else f"{self.sequence}.{self.place}"


START = Cursor(0, WHOLE)


class View(NamedTuple):
    """What an actor sees of a union."""

    everything: bool
    accounts: NDArray[np.bool_]
    """By account index: whether its owner is one of those whose things the actor may see."""
    participants: frozenset[str]


def view_of(actor: Actor, directory: Directory) -> View:
    """Return what an actor may see."""
    seen = frozenset(code for code in directory.participants if may_see(actor, code, directory))
    everything = len(seen) == len(directory.participants)
    return View(everything, np.array([everything or owner in seen for owner in directory.owner], bool), seen)


def events_of(
    done: Done, view: View, after: Cursor, previous: str, limit: int, entries: Entries, directory: Directory
) -> list[Event]:
    """Return what a view is told of a record.

    Parameters
    ----------
    after
        Of the record, what comes after it is told.
    previous
        Cursor before the first of them in the stream.
    limit
        Events at most.
    """
    told = after.place if after.sequence == done.sequence else -1
    said = entries.said(done.sequence) if done.kind not in _PLAIN else NOTHING_SAID
    commands = len(done.answers)
    first = commands + said.is_step
    events: list[Event] = []
    at, date = format_instant(done.instant), _date(done.date)

    def tell(index: int, **about: Any) -> None:  # noqa: ANN401 - one of the three fields of an event
        before = events[-1].id if events else previous
        (kind,) = about
        events.append(Event(f"{done.sequence}.{index}", before, kind, at, date, **about))  # type: ignore[arg-type]

    for index in range(told + 1, commands):
        if len(events) < limit and _concerns(said.commands[index], view):
            tell(index, command=_carried(said.commands[index], done.answers[index], directory))
    if said.is_step and told < commands and len(events) < limit:
        tell(commands, step=_passed(done, said, view))
    seen = _seen(done, view)
    seen[: max(told + 1 - first, 0)] = False
    places = np.flatnonzero(seen)[: limit - len(events)]
    for place, row in zip(places.tolist(), done.changes[places].tolist(), strict=True):
        tell(first + place, instruction=_left(row, view, entries, directory))
    return events


def concerned(done: Done, accounts: NDArray[np.bool_]) -> bool:
    """Add the accounts that a record concerns; whether it may concern everybody."""
    for side in ("debtor", "creditor"):
        index = done.changes[side]
        accounts[index[index >= 0]] = True
    return bool(done.answers) or done.kind not in _PLAIN


def _seen(done: Done, view: View) -> NDArray[np.bool_]:
    """Which changes of a record a view is told of."""
    debtor, creditor = done.changes["debtor"], done.changes["creditor"]
    seen: NDArray[np.bool_] = (view.accounts[debtor] & (debtor >= 0)) | (view.accounts[creditor] & (creditor >= 0))
    return seen


def _left(row: tuple[int, ...], view: View, entries: Entries, directory: Directory) -> InstructionLeft:
    """Tell of a CHANGE row, given as plain numbers."""
    _, kind, state, why, how, debtor, creditor, amount, entry, entry_row, priority, _, date = row
    payers = debtor >= 0 and bool(view.accounts[debtor])
    currency = directory.currency[debtor if debtor >= 0 else creditor]
    name, more = entries.said(entry).words(entry_row)
    return InstructionLeft(
        name,
        _KINDS[kind],
        _STATES[state] if payers or state >= State.STLD or state == State.UMAC else PENDING,
        _holder(debtor, directory),
        _holder(creditor, directory),
        currency,
        format_minor(amount, directory.exponents[currency]),
        f"{entry}.{entry_row}",
        date=_date(date),
        priority=_PRIORITIES[priority] if payers and kind in _QUEUES else "",
        how=_HOWS[how] if how else "",
        reason=_WHYS[why] if why and payers else None,
        purpose=more,
    )


@lru_cache(maxsize=64)
def _date(days: int) -> str:
    return date_of(days).isoformat()


def _holder(account: int, directory: Directory) -> str:
    """Name who holds an account: its owner, or what the union holds it for."""
    return (directory.owner[account] or directory.kind[account]) if account >= 0 else ""


def _concerns(command: Mapping[str, object], view: View) -> bool:
    """Whether a command is told: what names no participant is everybody's, else the participant's alone."""
    participant = command.get("participant", "")
    return view.everything or not participant or participant in view.participants


def _carried(command: Mapping[str, object], answer: Mapping[str, str], directory: Directory) -> CommandCarried:
    texts = {name: str(command.get(name, "")) for name in ("command", "participant", "currency", "target", "value")}
    minor, currency = command.get("amount_minor"), texts["currency"].split(" ")[0]
    amount = ""
    if isinstance(minor, int) and currency in directory.exponents:
        amount = format_minor(minor, directory.exponents[currency])
    why = Why(answer["reason"], answer["why"]) if answer["why"] else None
    return CommandCarried(state=answer["state"], amount=amount, reason=why, detail=answer["detail"], **texts)


def _passed(done: Done, said: Said, view: View) -> Passed:
    about = {
        name: [str(each) for each in value] if isinstance(value, list) else value
        for name, value in said.about.items()
        if name in _PUBLIC and isinstance(value, str | int | list)
    }
    refused = done.refused if view.everything else ""
    return Passed(RecordKind(done.kind).name.lower(), not done.refused, done.settled, about, refused)
