"""Relayed: what the receiver of a payment says of it, as who sent the payment is told (pacs.002).

As all that is sent without having been asked for it follows from a record, see `comity.gateway.outgoing`; the words of
a reason stand in the receiver's message alone, and are told as long as that is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from comity.engine.columns import RecordKind
from comity.gateway.answers import addressed, agent_of, reference_of
from comity.iso20022.messages.parties import Reason
from comity.iso20022.messages.statuses import StatusReport
from comity.iso20022.reading import read
from comity.iso20022.replies import creditor_status, status_report
from comity.model.instant import format_instant
from comity.wire.messages import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comity.gateway.changes import Done
    from comity.gateway.correlation import Versions
    from comity.gateway.feed import Feed
    from comity.gateway.inbox import Desk
    from comity.gateway.notes import CreditorStatus, Received
    from comity.iso20022.instructions import Reference


class Relayed(NamedTuple):
    """A message that tells what the receiver of a payment says of it."""

    sequence: int
    place: int
    """Behind those of instructions that the record changed, and of approvals that it ended."""
    instant: int
    party: str
    """Who sent the payment."""
    told: CreditorStatus
    by: str
    """The receiver."""
    digest: str
    """Of the message by which it said so."""
    note: Received
    """Of the message by which the payment entered."""
    versions: Versions

    @property
    def id(self) -> str:
        """Reference of the message."""
        return f"{self.sequence}-{self.place}"

    @property
    def reference(self) -> Reference:
        """By which words its sender knows the payment."""
        return self.note.reference(self.told.row)

    @property
    def waiting(self) -> Waiting:
        """How it stands in a list."""
        definition = self.versions.written(self.party, StatusReport.name, self.sequence)
        reference = self.reference
        at = format_instant(self.instant)
        return Waiting(self.id, definition, at, reference.message, reference.instruction, reference.uetr)

    def made_of(self, desk: Desk, original: bytes | None) -> bytes:
        """Return the message, written: of the receiver's, or, if that was erased, of what the log says."""
        reasons: tuple[Reason, ...] = (Reason(code=self.told.code),) if self.told.code else ()
        accepted = ""
        if original is not None:
            report = read(desk.parser.parse_taken(original).content, StatusReport)
            said = report.told[self.told.item]
            reasons, accepted = said.reasons, said.accepted
        at = format_instant(self.instant)
        own = reference_of(self.told.sequence, self.told.row)
        by = agent_of(self.by)
        item = creditor_status(self.reference, self.told.status, reasons, by, own=own, accepted=accepted)
        message = status_report(self.id, at, [item])
        return desk.write(addressed(message, None, self.party, self.id, at, self.versions, self.sequence))


def relayed(done: Done, party: str, feed: Feed, versions: Versions) -> Iterator[Relayed]:
    """Yield what receivers say, by a record, of payments that a participant sent."""
    if done.kind != RecordKind.TICK:
        return
    said = feed.entries.said(done.sequence)
    for place, told in enumerate(said.statuses, len(done.changes) + len(said.ended)):
        note = feed.entries.said(told.sequence).message(told.row)
        if note is not None and note.party == party:
            (by,) = said.messages
            yield Relayed(done.sequence, place, done.instant, party, told, by.party, by.digest, note, versions)
