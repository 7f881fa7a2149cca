"""What a gateway remembers of its log: what records did, and what their notes say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.errors import LogCorrupt
from comity.gateway.approvals import Approvals
from comity.gateway.audit import Audit
from comity.gateway.changes import Changes
from comity.gateway.consents import Closers
from comity.gateway.enrolments import Enrolment
from comity.gateway.idempotency import Keys
from comity.gateway.identities import Identities
from comity.gateway.notes import Approved, Ended, Keyed, Proposed, Quorum, Shut, unpack_notes

if TYPE_CHECKING:
    from pathlib import Path

    from comity.engine import Applied, Engine
    from comity.log.record import Entry, Record


class Memory:
    """Follows a node; see `comity.node.following.Follower`.

    Attributes
    ----------
    changes
        What records did.
    keys
        Under which keys they were sent.
    identities
        Who is known.
    instant
        That of the last record.
    approvals
        What was proposed, and what came of it.
    closers
        Who closed what.
    audit
        What the privileged did.
    """

    def __init__(self, path: Path) -> None:
        self.changes = Changes(path)
        self.audit = Audit(path)
        self.keys = Keys()
        self.identities = Identities()
        self.instant = 0
        self.approvals = Approvals()
        self.closers = Closers()
        self._noted = 0

    @property
    def known(self) -> int:
        """Sequence up to which it need not be told again what records did."""
        return self.changes.known

    def read(self, record: Record) -> None:
        """Take in the notes of a record at recovery; LogCorrupt if they cannot be read."""
        self.instant = record.entry.instant
        self._take(record.sequence, record.entry.note)

    def applied(self, sequence: int, entry: Entry, applied: Applied, engine: Engine) -> None:
        """Take in what a record did. Of a record at recovery the notes were read before."""
        self.audit.applied(sequence, entry)
        self.changes.applied(sequence, entry, applied, engine)
        self.instant = entry.instant
        self._take(sequence, entry.note)

    def close(self) -> None:
        """Let go of what it holds."""
        self.audit.close()
        self.changes.close()

    def _take(self, sequence: int, note: bytes) -> None:
        """Take in the notes of a record, once: one that is replayed was read before."""
        if sequence <= self._noted:
            return
        self._noted = sequence
        try:
            notes = unpack_notes(note)
        except ValueError as bad:
            raise LogCorrupt(sequence, f"its note cannot be read: {bad}") from bad
        for each in notes:
            if isinstance(each, Keyed):
                self.keys.take(sequence, each)
            elif isinstance(each, Enrolment):
                self.identities.take(sequence, each)
            elif isinstance(each, Proposed | Approved | Ended | Quorum):
                self.approvals.take(sequence, each)
            elif isinstance(each, Shut):
                self.closers.take(each)
