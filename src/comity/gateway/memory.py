"""What a gateway remembers of its log: what records did, and what their notes say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.engine.columns import RecordKind
from comity.errors import LogCorrupt
from comity.gateway.approvals import Approvals
from comity.gateway.audit import Audit
from comity.gateway.calendars import Calendars
from comity.gateway.changes import Changes, ChangesReader
from comity.gateway.consents import Closers
from comity.gateway.correlation import Correlation
from comity.gateway.creditor_statuses import CreditorStatuses
from comity.gateway.enrolments import Enrolment
from comity.gateway.extensions import Extensions
from comity.gateway.figures import Sizes
from comity.gateway.idempotency import Keys
from comity.gateway.identities import Identities
from comity.gateway.notes import (
    Approved,
    CalendarSet,
    CreditorStatus,
    Ended,
    Keyed,
    Proposed,
    Quorum,
    Received,
    ScreeningNote,
    Shut,
    WebhookAdded,
    WebhookRemoved,
    WebhookReplayed,
    WebhookRotated,
    unpack_notes,
)
from comity.gateway.phases import Phases
from comity.gateway.screening.cases import Cases
from comity.gateway.tree import StoredTree
from comity.gateway.webhooks import Webhooks
from comity.log.record import chain_hash, decode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from comity.engine import Applied, Engine
    from comity.gateway.notes import Note
    from comity.gateway.traces import Traces
    from comity.log.protocol import LogReader
    from comity.log.record import Entry, Head, Record

TREE = "tree.sqlite"
"""Beside the file of changes: the Merkle tree of the log."""

_INSTRUCTIONS = frozenset({RecordKind.PAYMENTS, RecordKind.PVPS, RecordKind.OBLIGATIONS, RecordKind.ORDERS})


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
    extensions
        Cut-offs that were extended today.
    phases
        When phases began.
    sizes
        How records fill, since the start.
    instant
        That of the last record.
    webhooks
        Where events are sent to.
    tree
        Hashes of the records.
    tell
        Called with the sequence of each record that was applied.
    approvals
        What was proposed, and what came of it.
    closers
        Who closed what.
    audit
        What the privileged did.
    traces
        Told of each record that was applied; None for no traces.
    calendars
        On which dates currencies settle.
    correlation
        Which messages were taken, and by which words they knew what they entered.
    statuses
        What receivers of payments said of them.
    cases
        What screening found, who decided, and which lists are in force.
    """

    def __init__(self, path: Path) -> None:
        self.changes = Changes(path)
        self.audit = Audit(path)
        self.keys = Keys()
        self.identities = Identities()
        self.extensions = Extensions()
        self.phases = Phases()
        self.sizes = Sizes()
        self._told = ChangesReader(path)
        self.instant = 0
        self.approvals = Approvals()
        self.closers = Closers()
        self.calendars = Calendars()
        self.correlation = Correlation()
        self.statuses = CreditorStatuses()
        self.cases = Cases()
        self._noted = 0
        self.webhooks = Webhooks()
        self.tree = StoredTree(path.with_name(TREE))
        self.tell: Callable[[int], None] = _tell_nobody
        self.traces: Traces | None = None

    def agree_with(self, log: LogReader) -> None:
        """Forget what is kept of another log than this one, before recovery: it is made again.

        A log that was restored from a backup is another one from the backup's end on.
        """
        if not _holds(self.tree, log):
            self.tree.forget()
            self.changes.forget()
        self.changes.forget_after(self.tree.size)

    @property
    def known(self) -> int:
        """Sequence up to which it need not be told again what records did."""
        return self.changes.known

    def read(self, record: Record) -> None:
        """Take in the notes of a record at recovery; LogCorrupt if they cannot be read."""
        self.instant = record.entry.instant
        self._take(record.sequence, record.entry.note)
        if record.entry.kind == RecordKind.COMMANDS:
            done = self._told.done(record.sequence)
            if done is not None:
                self.extensions.take(record.sequence, record.entry, done.answers)
                self.phases.take(record.sequence, record.entry, done.answers, done.date)

    def reached(self, head: Head) -> None:
        """Take in the hash of a record."""
        self.tree.reached(head)

    def applied(self, sequence: int, entry: Entry, applied: Applied, engine: Engine) -> None:
        """Take in what a record did. Of a record at recovery the notes were read before."""
        self.audit.applied(sequence, entry)
        self.changes.applied(sequence, entry, applied, engine)
        self.instant = entry.instant
        self._take(sequence, entry.note)
        self.extensions.take(sequence, entry, applied.answers)
        self.phases.take(sequence, entry, applied.answers, engine.date)
        if entry.kind in _INSTRUCTIONS:
            self.sizes.add(entry.count)
        if self.traces is not None:
            self.traces.applied(sequence, entry)
        self.tell(sequence)

    def close(self) -> None:
        """Let go of what it holds."""
        self._told.close()
        self.audit.close()
        self.changes.close()
        self.tree.close()

    def _take(self, sequence: int, note: bytes) -> None:
        """Take in the notes of a record, once: one that is replayed was read before."""
        if sequence <= self._noted:
            return
        self._noted = sequence
        for place, each in enumerate(_unpacked(sequence, note)):
            if isinstance(each, Keyed):
                self.keys.take(sequence, each)
            elif isinstance(each, Received):
                self.correlation.take(sequence, each)
            elif isinstance(each, CreditorStatus):
                self.statuses.take(each, self.instant)
            elif isinstance(each, ScreeningNote):
                self.cases.take(sequence, place, each, self.instant, self.approvals.carried_by(sequence))
            elif isinstance(each, Enrolment):
                self.identities.take(sequence, each)
            elif isinstance(each, Proposed | Approved | Ended | Quorum):
                self.approvals.take(sequence, each, self.instant)
            elif isinstance(each, Shut):
                self.closers.take(each)
            elif isinstance(each, CalendarSet):
                self.calendars.take(sequence, each)
            elif isinstance(each, WebhookAdded | WebhookRotated | WebhookRemoved | WebhookReplayed):
                self.webhooks.take(sequence, each)


def _unpacked(sequence: int, note: bytes) -> list[Note]:
    try:
        return unpack_notes(note)
    except ValueError as bad:
        raise LogCorrupt(sequence, f"its note cannot be read: {bad}") from bad


def _tell_nobody(_: int) -> None:
    pass


def _holds(tree: StoredTree, log: LogReader) -> bool:
    """Whether the last record in the tree is the one in the log; what comes before it then is too."""
    stored = next(log.read(tree.size), None) if tree.size else None
    if stored is None or stored.sequence != tree.size:
        return False
    algorithm = decode(stored.data, stored.sequence).algorithm
    return tree.holds_hash(stored.sequence, chain_hash(algorithm, stored.data))
