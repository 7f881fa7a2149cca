"""One writer, one order: append record n + 1 while applying record n.

At most one record is *in flight*: handed to the log, not yet applied. Submitting
the next hands that to the log first, in a background thread, and then applies the
one in flight as soon as it is durable. So what is applied never runs ahead of what
is durable, and answers, which come from applied state, need no other barrier.

Which records are in the log depends on the calls made, never on which thread was
faster: the same calls give the same bytes. An engine that has more releases to do
than one record may take says `pending`; before it takes anything else the sequencer
supplies TICK records until it no longer does. It learns so when the record is applied,
and by then the next may be in the log: that one the engine begins with all that is pending.

All calls come from one thread. After any failure, an interruption by the user
included, the engine may have stopped half-way: the sequencer refuses everything
further, and the log is recovered in a new process.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from comity.engine.columns import RecordKind
from comity.errors import LogError
from comity.log.record import Entry
from comity.node.admission import admit

if TYPE_CHECKING:
    from comity.engine import Applied, Engine
    from comity.log.protocol import Log
    from comity.log.record import Head
    from comity.node.digests import Digests
    from comity.node.following import Follower


class Ticket:
    """A record that was submitted, and what came of it once it is applied.

    Attributes
    ----------
    sequence
        Its number in the log.
    """

    __slots__ = ("_applied", "_sequencer", "sequence")

    def __init__(self, sequencer: Sequencer, sequence: int) -> None:
        self._sequencer = sequencer
        self._applied: Applied | None = None
        self.sequence = sequence

    @property
    def done(self) -> bool:
        """Whether the record is durable and applied."""
        return self._applied is not None

    def result(self) -> Applied:
        """Wait until the record is durable and applied; LogError if it never will be."""
        if self._applied is None:
            self._sequencer.land()
        if self._applied is None:
            raise LogError(f"record {self.sequence} was not applied")
        return self._applied

    def settle(self, applied: Applied) -> None:
        """Note what came of it; for the sequencer."""
        self._applied = applied


class _Flight(NamedTuple):
    ticket: Ticket
    entry: Entry
    appended: Future[Head] | Head
    """The head that it makes; one at once if it is durable already."""


class Sequencer:
    """The order of records between a log and an engine that has applied all of it.

    Parameters
    ----------
    digests
        Of the engine's last two states.
    rulebook
        Version that records name.
    pending
        Whether the engine's last answer said that releases remain.
    follower
        Told of every record that was applied, in order, and of the head it makes.
    """

    def __init__(
        self,
        log: Log,
        engine: Engine,
        digests: Digests,
        *,
        rulebook: int = 1,
        pending: bool = False,
        follower: Follower | None = None,
    ) -> None:
        self.log = log
        self.engine = engine
        self.digests = digests
        self._rulebook = rulebook
        self._pending = pending
        self._follower = follower
        self._sequence = log.head.sequence
        self._ends = max(log.head.instant, engine.now)
        self._flight: _Flight | None = None
        self._failed = ""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="comity-append") if log.durable else None

    def submit(self, kind: int, instant: int, body: bytes, count: int, note: bytes = b"") -> Ticket:
        """Give the next record to the log, and apply the one before it meanwhile."""
        self._check_running()
        ends = self.admit(kind, instant, body)
        self._settle_down()
        before = self._flight
        flight = self._launch(kind, instant, body, count, note)
        self._ends = ends
        if before is not None:
            self._apply(before)
        self._flight = flight
        return flight.ticket

    def admit(self, kind: int, instant: int, body: bytes) -> int:
        """Return the instant at which a record would end that came next; InvalidRequest if it may not."""
        return admit(self.engine, kind, instant, body, self._ends)

    def flush(self) -> None:
        """Return once everything submitted is durable and applied, and no release is pending."""
        self._check_running()
        self.land()
        self._settle_down()

    def land(self) -> None:
        """Apply the record in flight, once it is durable."""
        self._check_running()
        flight = self._flight
        if flight is not None:
            self._apply(flight)
            self._flight = None

    def close(self) -> None:
        """Wait for the append in flight, then close the log. Nothing further is applied."""
        if self._thread is not None:
            self._thread.shutdown(wait=True)
        self._failed = self._failed or "it is closed"
        self.log.close()

    @property
    def running(self) -> bool:
        """Whether it still takes records: neither failed nor closed."""
        return not self._failed

    def _settle_down(self) -> None:
        """Supply ticks, at the engine's present instant, until no release is pending."""
        while self._pending:
            self.land()
            if self._pending:
                self._flight = self._launch(RecordKind.TICK, max(self.engine.now, self._ends), b"", 0)
                self.land()

    def _launch(self, kind: int, instant: int, body: bytes, count: int, note: bytes = b"") -> _Flight:
        """Hand the next record to the log."""
        sequence = self._sequence + 1
        digest_of, digest = self.digests.carried_by(sequence)
        entry = Entry(int(kind), instant, body, count, self._rulebook, digest_of, digest, note)
        try:
            appended = self._append(entry)
        except BaseException as error:
            self._stop(error)
            raise
        self._sequence = sequence
        return _Flight(Ticket(self, sequence), entry, appended)

    def _append(self, entry: Entry) -> Future[Head] | Head:
        if self._thread is not None:
            return self._thread.submit(self.log.append, [entry])
        return self.log.append([entry])

    def _apply(self, flight: _Flight) -> None:
        """Wait until `flight` is durable, then let the engine decide."""
        ticket, entry, appended = flight
        try:
            head = appended.result() if isinstance(appended, Future) else appended
            applied = self.engine.apply(entry.kind, ticket.sequence, entry.instant, entry.body)
            self.digests.add(ticket.sequence, self.engine.digest())
            if self._follower is not None:
                self._follower.reached(head)
                self._follower.applied(ticket.sequence, entry, applied, self.engine)
        except BaseException as error:
            self._stop(error)
            raise
        self._pending = applied.pending
        ticket.settle(applied)

    def _stop(self, error: BaseException) -> None:
        self._failed = str(error) or type(error).__name__

    def _check_running(self) -> None:
        if self._failed:
            raise LogError(f"the node stopped: {self._failed}")
