"""Instructions as they stand: found by id, listed, in their queues, and why they wait.

What is asked of the engine runs in the node's thread and yields `Rows`, plain columns; ids
and words are added elsewhere, so that nobody's payment waits while a list is written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from comity.errors import Fault, InvalidRequest, NotFound
from comity.model.instant import date_of, format_instant
from comity.model.reason import How, InstructionKind, Priority, Reason, State
from comity.wire.answers import Page, Why
from comity.wire.instructions import CreditorStatus, Instruction

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray

    from comity.engine import Engine
    from comity.gateway.creditor_statuses import CreditorStatuses, Said
    from comity.gateway.directory import Directory
    from comity.gateway.entries import Entries
    from comity.node import Node

SCAN_MAX = 131_072
"""Instructions that one request for a list looks at; what is left is for the next."""
LIMIT_MAX = 500
"""Items of a page."""
_NUMBER = re.compile("[0-9]{1,10}", re.ASCII)
_CURSOR = "a cursor as it was given: sequence.row.place"


class Filter(NamedTuple):
    """Which instructions are asked for."""

    accounts: Collection[int]
    """They debit or credit one of these."""
    kinds: tuple[InstructionKind, ...]
    states: tuple[State, ...] = ()
    """Empty: any."""


class Rows(NamedTuple):
    """Instructions, n of them, as columns of the engine."""

    sequence: int
    """Last record when they were looked at."""
    table: dict[str, NDArray[np.generic]]
    waits_for: list[str]
    """n: empty for what is final."""
    next: str = ""
    """Cursor of what follows, empty at the end."""


class Listing(NamedTuple):
    """Where a list stands: the place-th instruction of this row of this record was the last one told."""

    sequence: int
    row: int
    place: int

    @classmethod
    def of(cls, cursor: str) -> Listing:
        """Read a cursor; InvalidRequest if it is none."""
        parts = cursor.split(".")
        if len(parts) != len(cls._fields) or not all(_NUMBER.fullmatch(part) for part in parts):
            raise InvalidRequest([Fault("", 0, "after", _CURSOR, repr(cursor[:40]))])
        return cls(*map(int, parts))

    def __str__(self) -> str:
        return f"{self.sequence}.{self.row}.{self.place}"


def find(node: Node, participant: str, name: str) -> Rows:
    """Return what a participant entered under an id: one instruction, or the legs of a PvP.

    Raises
    ------
    NotFound
        There is no such participant, or it entered nothing under that id.
    """
    node.flush()
    slot = node.engine.find(participant, name)
    if slot < 0:
        raise NotFound(f"{participant} entered no {name!r}")
    return rows_of(node.engine, np.array(legs(node.engine, slot)))


def find_all(node: Node, name: str) -> list[Rows]:
    """Return what anybody entered under an id, one after another; in the node's thread."""
    node.flush()
    slots = [node.engine.find(participant, name) for participant in node.engine.accounts.participants]
    return [rows_of(node.engine, np.array(legs(node.engine, slot))) for slot in slots if slot >= 0]


class Standing(NamedTuple):
    """How what a participant entered under an id stands."""

    state: State
    """NONE if there is nothing."""
    kind: InstructionKind | None = None
    entry: tuple[int, int] = (0, 0)
    """The record and row by which it entered."""


def standing_of(node: Node, participant: str, name: str) -> Standing:
    """Return how what a participant entered under an id stands."""
    node.flush()
    slot = node.engine.find(participant, name)
    if slot < 0:
        return Standing(State.NONE)
    table = node.engine.table(np.array([slot]))
    entry = int(table["entry_sequence"][0]), int(table["entry_row"][0])
    return Standing(State(int(table["state"][0])), InstructionKind(int(table["kind"][0])), entry)


def state_of(node: Node, participant: str, name: str, entry: str = "") -> State:
    """Return the state of what a participant entered under an id, NONE if there is nothing.

    Parameters
    ----------
    entry
        Record and row, as `12.0`: what entered otherwise is another instruction. Empty: however it entered.
    """
    stands = standing_of(node, participant, name)
    return stands.state if entry in {"", "{}.{}".format(*stands.entry)} else State.NONE


def legs(engine: Engine, slot: int) -> list[int]:
    """Return the slots of a PvP, both once it is matched, or of another instruction, which is one."""
    if int(engine.table(np.array([slot]))["kind"][0]) != InstructionKind.PVP:
        return [slot]
    return engine.fellows(slot)


def search(node: Node, wanted: Filter, after: str, limit: int) -> Rows:
    """Return instructions in the order in which they entered, after a cursor; in the node's thread.

    Looks at no more than `SCAN_MAX`: a page may hold fewer than `limit`, or none, and another follow.
    """
    node.flush()
    engine = node.engine
    first = _slot_after(engine, Listing.of(after)) if after else 0
    end = engine.instruction_count
    last = min(first + SCAN_MAX, end)
    chosen = np.flatnonzero(_mask(engine, wanted, first, last)) + first
    if len(chosen) > limit:
        chosen = chosen[:limit]
        last = int(chosen[-1]) + 1
    cursor = _cursor(engine, last - 1) if last < end else ""
    return rows_of(engine, chosen)._replace(next=cursor)


def queue(node: Node, account: int, limit: int) -> Rows:
    """Return what waits to debit an account, first in its queue first, at most `limit`; in the node's thread."""
    node.flush()
    return rows_of(node.engine, node.engine.queue(account)[:limit])


def rows_of(engine: Engine, slots: NDArray[np.integer]) -> Rows:
    """Return instructions as rows."""
    table = engine.table(slots)
    kinds, states = table["kind"].tolist(), table["state"].tolist()
    waits = [
        "" if state >= State.STLD else _lacks(engine, slot, kind)
        for slot, kind, state in zip(slots.tolist(), kinds, states, strict=True)
    ]
    return Rows(engine.sequence, table, waits)


def _lacks(engine: Engine, slot: int, kind: int) -> str:
    if kind == InstructionKind.ORDER:
        return "an auction"
    return engine.waiting_reason(slot)


def _mask(engine: Engine, wanted: Filter, first: int, last: int) -> NDArray[np.bool_]:
    columns = engine.outline(first, last)
    own = np.zeros(len(engine.accounts), np.bool_)
    own[list(wanted.accounts)] = True
    mask: NDArray[np.bool_] = own[columns["debtor"]] | own[columns["creditor"]]
    mask &= np.isin(columns["kind"], wanted.kinds)
    if wanted.states:
        mask &= np.isin(columns["state"], wanted.states)
    return mask


def _slot_after(engine: Engine, listing: Listing) -> int:
    """Return the first slot after a cursor; if what it names has left the engine, after where it stood."""
    first, beyond = (engine.first_entered_with(listing.sequence + step) for step in (0, 1))
    rows = engine.outline(first, beyond)["entry_row"].astype(np.int64)
    same = np.flatnonzero(rows == listing.row)
    if listing.place < len(same):
        return first + int(same[listing.place]) + 1
    return first + int(np.count_nonzero(rows <= listing.row))


def _cursor(engine: Engine, slot: int) -> str:
    table = engine.table(np.array([slot]))
    sequence, row = int(table["entry_sequence"][0]), int(table["entry_row"][0])
    before = engine.outline(engine.first_entered_with(sequence), slot)["entry_row"]
    return str(Listing(sequence, row, int(np.count_nonzero(before == row))))


def instructions(
    rows: Rows, directory: Directory, texts: Entries, seen: Collection[int], statuses: CreditorStatuses
) -> list[Instruction]:
    """Put rows into words; reads the log for ids, so not in a thread that serves.

    What an instruction lacks is told of payers among the accounts `seen` alone: it is their money that it tells of.

    Parameters
    ----------
    statuses
        What receivers said of payments.
    """
    columns = {name: column.tolist() for name, column in rows.table.items()}
    entries = list(zip(columns["entry_sequence"], columns["entry_row"], strict=True))
    told = []
    for index, (words, (sequence, row)) in enumerate(zip(texts.find(entries), entries, strict=True)):
        debtor, creditor = columns["debtor"][index], columns["creditor"][index]
        kind, state = InstructionKind(columns["kind"][index]), State(columns["state"][index])
        queues = kind in (InstructionKind.PAYMENT, InstructionKind.PVP)
        told.append(
            Instruction(
                words.id,
                kind.name.lower(),
                state.name,
                directory.holder(debtor),
                directory.holder(creditor),
                directory.currency[debtor],
                directory.format(columns["amount"][index], debtor),
                format_instant(columns["entered"][index]),
                sequence,
                row,
                priority=Priority(columns["priority"][index]).name.lower() if queues else "",
                reason=why(columns["reason"][index]),
                how=_word(How(columns["how"][index])),
                final_at=format_instant(columns["final"][index]) if state.is_final else "",
                waits_for=rows.waits_for[index] if debtor in seen else "",
                date=date_of(columns["date"][index]).isoformat(),
                purpose=words.purpose,
                creditor_status=_said(statuses.of((sequence, row))),
            )
        )
    return told


def page(
    rows: Rows, directory: Directory, texts: Entries, seen: Collection[int], statuses: CreditorStatuses
) -> Page[Instruction]:
    """Put a page of rows into words; see `instructions`."""
    return Page(instructions(rows, directory, texts, seen, statuses), rows.next)


def why(reason: int) -> Why | None:
    """Put a reason into words; None for none."""
    known = Reason(reason)
    return Why(known.code, known.name) if known else None


def _said(said: Said | None) -> CreditorStatus | None:
    return None if said is None else CreditorStatus(said.status, format_instant(said.instant), said.code)


def _word(how: How) -> str:
    return how.name.lower() if how else ""


def states_of(words: Iterable[str]) -> tuple[State, ...]:
    """Read states, or `waiting` and `final` for all of a kind; InvalidRequest if there is no such state."""
    states: list[State] = []
    for word in words:
        if word in _GROUPS:
            states += _GROUPS[word]
        elif word in State.__members__ and word != State.NONE.name:
            states.append(State[word])
        else:
            raise InvalidRequest([Fault("", 0, "state", "waiting, final, or a state such as PSTL", repr(word[:20]))])
    return tuple(states)


_GROUPS = {
    "waiting": tuple(state for state in State if State.NONE < state < State.STLD),
    "final": tuple(state for state in State if state.is_final),
}
