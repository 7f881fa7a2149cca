"""Outgoing messages: what a participant is sent without having asked, derived from what records did.

A payment that came as a message is passed on to the institution that it credits once it is final, as it came, in
the version which that institution speaks, or in the one in which it came if it says what that has no room for.
Whoever sent it is told what became of it later than its answer was given: that it settled from a queue, was rejected
or cancelled; and the same of a side of a PvP. When a PvP has settled both of its sides are told so with its details.

After what became of instructions come the notices of a record (`comity.gateway.notices`), and what the receiver of
payments says of them (`comity.gateway.relayed`).

Nothing of this is kept: the stream follows from the log and from the file of changes, as events do, and who
reads it has a cursor. So a message is there as long as its record is, but for what it says of people: an
original that was erased is passed on no more.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from comity.errors import Fault, InvalidRequest
from comity.gateway.answers import addressed, header_of, reference_of, trade_details, trade_status
from comity.gateway.correlation import HEADER
from comity.gateway.events import WHOLE, Cursor
from comity.gateway.feed import FIRST, RECORDS_AT_ONCE
from comity.gateway.notices import Notice, notices
from comity.gateway.relayed import Relayed, relayed
from comity.iso20022.definitions import name_of
from comity.iso20022.forwarding import forwarded, in_version
from comity.iso20022.initiating import INITIATION, TRANSFERS, payments_of
from comity.iso20022.messages import MESSAGES
from comity.iso20022.messages.trades import Trade, TradeAmendment
from comity.iso20022.reading import read
from comity.iso20022.replies import status, status_report
from comity.iso20022.writing import envelope
from comity.model.instant import format_instant
from comity.model.reason import InstructionKind, Reason, State
from comity.wire.messages import Messages, Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from comity.gateway.answers import Answer
    from comity.gateway.changes import Done
    from comity.gateway.correlation import Versions
    from comity.gateway.feed import Feed
    from comity.gateway.gateway import Gateway
    from comity.gateway.inbox import Desk
    from comity.gateway.notes import Received
    from comity.iso20022.instructions import Reference
    from comity.iso20022.table import Message

_ID = re.compile(r"([0-9]{1,10})-([0-9]{1,10})", re.ASCII)
_REPORT, _TRADE_REPORT, _TRADE_DETAILS = "pacs.002", "fxtr.008", "fxtr.017"


class Due(NamedTuple):
    """A message that a record gives rise to."""

    sequence: int
    place: int
    """Of the instruction among what the record changed."""
    instant: int
    party: str
    """Who it is for."""
    note: Received
    """Of the message by which the instruction entered."""
    row: int
    """Of the instruction in that message, from 0."""
    entered: tuple[int, int]
    """Record and row by which the instruction entered."""
    kind: InstructionKind
    state: State
    reason: Reason
    passes_on: bool
    """Whether the message itself is passed on, rather than told what became of it."""
    versions: Versions

    @property
    def id(self) -> str:
        """Reference of the message."""
        return f"{self.sequence}-{self.place}"

    @property
    def entry(self) -> str:
        """Our reference of the instruction."""
        return reference_of(*self.entered)

    @property
    def reference(self) -> Reference:
        """By which words its sender knows the instruction."""
        return self.note.reference(self.entered[1])

    @property
    def definition(self) -> str:
        """Version of the message, but for what is passed on in the version in which it came."""
        if self.passes_on:
            name = name_of(self.note.definition)
            return self.versions.of(self.party, TRANSFERS if name == INITIATION else name, self.sequence)
        name = _REPORT if self.kind is InstructionKind.PAYMENT else _TRADE_REPORT
        return self.versions.written(self.party, _TRADE_DETAILS if self.has_details else name, self.sequence)

    @property
    def has_details(self) -> bool:
        """Whether it repeats what the original said of a trade; without that it is a report as any other."""
        return self.kind is InstructionKind.PVP and self.state is State.STLD

    @property
    def repeats(self) -> bool:
        """Whether it is made of the original."""
        return self.passes_on or self.has_details

    @property
    def waiting(self) -> Waiting:
        """How it stands in a list."""
        reference = self.reference
        at = format_instant(self.instant)
        return Waiting(self.id, self.definition, at, reference.message, reference.instruction, reference.uetr)

    def report(self) -> Answer:
        """Return what tells of the instruction."""
        at = format_instant(self.instant)
        reference = self.reference
        if self.kind is not InstructionKind.PAYMENT:
            told = trade_status(self.id, reference.instruction, self.entry, self.state, at)
            return self._addressed(told)
        settled_at = at if self.state is State.STLD else ""
        item = status(reference, self.state, self.reason, own=self.entry, settled_at=settled_at)
        return self._addressed(status_report(self.id, at, [item]))

    def made_of(self, desk: Desk, original: bytes) -> bytes:
        """Return the message that passes the instruction on, or tells of it with its details, written."""
        parsed = desk.parser.parse_taken(original)
        if self.has_details:
            trade = read(parsed.content, MESSAGES[parsed.name])
            assert isinstance(trade, Trade | TradeAmendment)
            at = format_instant(self.instant)
            return desk.write(self._addressed(trade_details(trade, self.id, self.entry, self.state, at)))
        parsed = payments_of(parsed, self.note.digest)
        came = forwarded(parsed, self.note.number(self.row), self.id)
        version, document = in_version(came, parsed.version, self.definition, desk.schemas)
        header = header_of(version, None, self.party, self.id, format_instant(self.instant))
        header_version = self.versions.written(self.party, HEADER, self.sequence)
        return envelope(desk.writer.header(header, header_version), document)

    def _addressed(self, message: Message) -> Answer:
        at = format_instant(self.instant)
        return addressed(message, None, self.party, self.id, at, self.versions, self.sequence)


def listed(feed: Feed, versions: Versions, party: str, after: Cursor, limit: int) -> Messages:
    """Return messages for a participant after a cursor, perhaps none although more follow; in the feed's thread."""
    through = feed.through
    first = max(after.sequence + (after.place == WHOLE), FIRST)
    last = min(through, first + RECORDS_AT_ONCE - 1)
    items: list[Waiting] = []
    for done in feed.done(first, last):
        told = after.place if done.sequence == after.sequence else -1
        for each in _all(done, party, feed, versions):
            if each.place <= told:
                continue
            items.append(each.waiting)
            if len(items) == limit:
                return Messages(items, str(Cursor(each.sequence, each.place)), each.sequence - 1)
    place = max(last, after.sequence)
    return Messages(items, str(Cursor(place, WHOLE)), place)


def passed_on(gateway: Gateway, party: str, name: str) -> Due | None:
    """Return the message of this reference that passed a payment on to a participant, None if none did; anywhere."""
    match = _ID.fullmatch(name)
    done = gateway.changes.done(int(match[1])) if match else None
    if match is None or done is None:
        return None
    found = due(done, party, gateway.feed, gateway.memory.correlation.versions)
    return next((each for each in found if each.passes_on and each.place == int(match[2])), None)


def find(feed: Feed, versions: Versions, party: str, name: str) -> Due | Notice | Relayed | None:
    """Return a message for a participant by its reference, None if there is none; in the feed's thread.

    Raises
    ------
    InvalidRequest
        It is no reference of a message.
    """
    match = _ID.fullmatch(name)
    if match is None:
        raise InvalidRequest([Fault("", 0, "name", "a reference such as 12-0", repr(name[:40]))])
    sequence, place = int(match[1]), int(match[2])
    if not FIRST <= sequence <= feed.through:
        return None
    found = (each for done in feed.done(sequence, sequence) for each in _all(done, party, feed, versions))
    return next((each for each in found if each.place == place), None)


def _all(done: Done, party: str, feed: Feed, versions: Versions) -> Iterator[Due | Notice | Relayed]:
    """Yield all that a record gives rise to, in the order of its places."""
    yield from due(done, party, feed, versions)
    yield from notices(done, party, feed, versions)
    yield from relayed(done, party, feed, versions)


async def written(gateway: Gateway, message: Due | Notice | Relayed) -> bytes | None:
    """Return a message as it is sent; None if what it would pass on was erased."""
    if isinstance(message, Relayed):
        original = await asyncio.to_thread(gateway.originals.read, message.digest)
        return await gateway.inbox.run(len(original or b""), lambda desk: message.made_of(desk, original))
    if isinstance(message, Due):
        if gateway.conformance is not None:
            gateway.conformance.fetched(message)
        if message.repeats:
            original = await asyncio.to_thread(gateway.originals.read, message.note.digest)
            if original is not None:
                return await gateway.inbox.run(len(original), lambda desk: message.made_of(desk, original))
            if message.passes_on:
                return None
    report = message.report()
    return await gateway.inbox.run(0, lambda desk: desk.write(report))


def due(done: Done, party: str, feed: Feed, versions: Versions) -> Iterator[Due]:
    """Yield the messages for a participant about instructions that a record changed."""
    changes = done.changes
    own = np.array(feed.directory.of.get(party, ()), np.int32)
    mine = np.isin(changes["debtor"], own) | np.isin(changes["creditor"], own)
    mine &= (changes["state"] >= State.STLD) & np.isin(changes["kind"], _KINDS)
    told: set[tuple[int, int]] = set()
    for place in np.flatnonzero(mine).tolist():
        change = changes[place]
        entered = int(change["entry_sequence"]), int(change["entry_row"])
        note = feed.entries.said(entered[0]).message(entered[1])
        if note is None or entered in told:
            continue
        told.add(entered)
        state, is_payment = State(int(change["state"])), change["kind"] == InstructionKind.PAYMENT
        passes_on = bool(is_payment and state is State.STLD and change["creditor"] in own)
        has_details = state is State.STLD and not is_payment
        if passes_on or (note.party == party and (has_details or _is_news(done, entered, state))):
            yield Due(
                done.sequence,
                place,
                done.instant,
                party,
                note,
                entered[1] - note.first,
                entered,
                InstructionKind(int(change["kind"])),
                state,
                Reason(int(change["reason"])),
                passes_on,
                versions,
            )


def _is_news(done: Done, entered: tuple[int, int], state: State) -> bool:
    """Whether the answer to the message did not tell of this state."""
    return done.sequence != entered[0] or int(done.results[entered[1]]["state"]) != state


_KINDS: NDArray[np.int8] = np.array([InstructionKind.PAYMENT, InstructionKind.PVP], np.int8)
