"""A node: an engine, and the log that it is the state of.

Whatever happens is a record first. A node that stops, in whatever way, is what its
log says once it is recovered: nothing that was answered is lost, and a record that
was appended but not answered is in force, so its sender learns of it by its id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from comity.engine import Applied, Engine
from comity.engine.columns import RecordKind, pack_arrays
from comity.errors import Conflict, NotFound
from comity.log.copy import copy_log
from comity.log.record import Entry, Head
from comity.log.snapshots import Snapshot, Snapshots
from comity.model.instant import midnight
from comity.node.auction import Auctioned, AuctionTerms, indicate, remembering, run_auction
from comity.node.clearing import Cycle, Terms, run_cycle
from comity.node.digests import Digests
from comity.node.explain import Explanation, explain
from comity.node.offsetting import proposals
from comity.node.replay import genesis_body, replay
from comity.node.sequencer import Sequencer, Ticket
from comity.solvers.offsetting import BYPASSING, check_rule

if TYPE_CHECKING:
    from os import PathLike
    from pathlib import Path
    from types import TracebackType

    from comity.log.protocol import Log
    from comity.model.union import Genesis
    from comity.node.calls import Call
    from comity.node.following import Follower


class Node:
    """The running system on one log; see `create` and `recover`.

    Use it as a context manager, or call `close`. All calls come from one thread.
    """

    def __init__(self, sequencer: Sequencer, snapshots: Snapshots | None) -> None:
        self._sequencer = sequencer
        self._snapshots = snapshots
        self._solver = remembering()
        """Of auctions and their indications, which meet nearly the same book again and again."""

    @classmethod
    def create(
        cls,
        log: Log,
        genesis: Genesis,
        snapshots: Snapshots | None = None,
        *,
        machine: type[Engine] = Engine,
        follower: Follower | None = None,
    ) -> Self:
        """Begin `log` with `genesis`.

        Parameters
        ----------
        snapshots
            Where `snapshot` saves; without it that is refused.
        machine
            Class of the engine.
        follower
            Told of every record but the genesis, once it is applied; and of every head.

        Raises
        ------
        Conflict
            The log has begun already.
        """
        if log.head.sequence:
            raise Conflict(f"the log has {log.head.sequence} records; recover from it")
        engine = machine.from_genesis(genesis)
        instant = midnight(genesis.business_date)
        head = log.append([Entry(RecordKind.GENESIS, instant, genesis_body(genesis), 0, genesis.rulebook)])
        if follower is not None:
            follower.reached(head)
        digests = Digests(((1, engine.digest()),))
        return cls(Sequencer(log, engine, digests, rulebook=genesis.rulebook, follower=follower), snapshots)

    @classmethod
    def recover(
        cls,
        log: Log,
        snapshots: Snapshots | None = None,
        *,
        machine: type[Engine] = Engine,
        follower: Follower | None = None,
    ) -> Self:
        """Go on from where `log` ends: prove it, load the youngest sound snapshot, replay the rest.

        An incomplete last record was cut when `log` was opened (`Log.cut`).

        Raises
        ------
        NotFound
            The log is empty.
        LogCorrupt
            Names the first record that is not what was written, or that replays otherwise.
        """
        until = log.head.sequence if follower is None else min(log.head.sequence, follower.known)
        saved = snapshots.youngest(until) if snapshots is not None else ()
        replayed = replay(log, machine, saved, follower=follower)
        sequencer = Sequencer(
            log,
            replayed.engine,
            replayed.digests,
            rulebook=replayed.rulebook,
            pending=replayed.pending,
            follower=follower,
        )
        return cls(sequencer, snapshots)

    @property
    def engine(self) -> Engine:
        """The engine, to be read only after `flush`."""
        return self._sequencer.engine

    @property
    def running(self) -> bool:
        """Whether it still takes records: after a failure, whatever was submitted last, the log alone knows."""
        return self._sequencer.running

    @property
    def head(self) -> Head:
        """The last durable record."""
        return self._sequencer.log.head

    def submit(self, kind: int, instant: int, body: bytes, count: int = 0, note: bytes = b"") -> Ticket:
        """Append a record, and apply the one before it meanwhile.

        Parameters
        ----------
        kind
            A `RecordKind`.
        instant
            Microseconds since 1970-01-01 UTC, not before the last row of the record before it.
        body
            See `comity.engine.columns`; not to be changed afterwards.
        count
            Instructions in it.
        note
            Kept with the record; the engine is not shown it.

        Raises
        ------
        InvalidRequest
            The engine could not read it, or `instant` lies before the end of the record
            before it; nothing was appended.
        LogError
            The log or the node stopped; nothing further is applied.
        """
        return self._sequencer.submit(kind, instant, body, count, note)

    def flush(self) -> None:
        """Return once everything submitted is durable and applied, and no release is pending."""
        self._sequencer.flush()

    def dry_run(self, kind: int, instant: int, body: bytes) -> Applied:
        """Answer as if a record came after everything submitted; it changes nothing and uses up no id.

        Raises
        ------
        InvalidRequest
            As `submit` does.
        """
        self.flush()
        self._sequencer.admit(kind, instant, body)
        return self.engine.copy().apply(kind, self.head.sequence + 1, instant, body)

    def offset(self, rule: str, currencies: frozenset[str] | None, instant: int, proposer: str = "node") -> Applied:
        """Propose what can settle together, and settle it.

        Parameters
        ----------
        rule
            One of `comity.solvers.offsetting.RULES`.
        currencies
            Codes; None: all that are open.
        proposer
            Named in the record.

        Returns
        -------
        Applied
            Of the last proposal made; `refused` is empty if it was accepted.

        Raises
        ------
        InvalidRequest
            There is no such rule, or `instant` lies before the last record's.
        """
        check_rule(rule)
        self.advance(instant)
        counts = rule in BYPASSING
        for proposed in proposals(lambda: self.engine.problem(currencies, counts_passed=counts), rule, proposer):
            applied = self.submit(RecordKind.SETTLE_TOGETHER, instant, proposed.body).result()
            if not applied.refused:
                break
        return applied

    def clear(self, terms: Terms, instant: int) -> Cycle:
        """Run a clearing cycle: what is due and free is set off, then paid as far as it can be.

        Raises InvalidRequest if `instant` lies before the last record's.
        """
        self.advance(instant)
        return run_cycle(self.engine, lambda kind, body: self.submit(kind, instant, body).result(), terms)

    def auction(self, terms: AuctionTerms, instant: int) -> Auctioned:
        """Hold an auction: the call closes, and what the orders in the book allow is converted at one set of prices.

        Raises InvalidRequest if `instant` lies before the last record's.
        """
        self.advance(instant)
        return run_auction(
            self.engine, lambda kind, body: self.submit(kind, instant, body).result(), terms, (self._solver,)
        )

    def open_call(self, call: Call, instant: int) -> str:
        """Open the call of an auction; why it was not opened, empty if it was."""
        return self.submit(RecordKind.OPEN_CALL, instant, pack_arrays(call.opening())).result().refused

    def extend_call(self, by_us: int, instant: int) -> str:
        """Let the open call close later; why it was not extended, empty if it was."""
        return self.submit(RecordKind.EXTEND_CALL, instant, pack_arrays({"by_us": by_us})).result().refused

    def indicate(self, terms: AuctionTerms, instant: int) -> Auctioned:
        """Return what an auction at `instant` would do with what stands now; nothing is changed or promised."""
        self.flush()
        return indicate(self.engine, max(instant, self.engine.now), terms, self._solver)

    def advance(self, instant: int) -> None:
        """Let time pass to `instant`, so that what is seen then is what a record at that instant will meet."""
        self.flush()
        if instant > self.engine.now:
            self.submit(RecordKind.TICK, instant, b"").result()
            self.flush()

    def explain(self, participant: str, name: str) -> Explanation:
        """Say why what a participant entered as `name` waits, and a pay-in that would release it; see `node.explain`.

        Raises NotFound if it entered nothing under that id.
        """
        self.flush()
        slot = self.engine.find(participant, name)
        if slot < 0:
            raise NotFound(f"{participant} entered no {name!r}")
        return explain(self.engine, slot)

    def snapshot(self) -> Path:
        """Save the present state; Conflict if the node was given no place for it."""
        if self._snapshots is None:
            raise Conflict("this node was opened without a folder for snapshots")
        self.flush()
        head = self.head
        return self._snapshots.save(
            Snapshot(head.sequence, head.hash, self._sequencer.digests.as_pairs(), self.engine.save())
        )

    def backup(self, path: str | PathLike[str]) -> Head:
        """Copy everything submitted so far to a new log at `path`, proven on the way; its head.

        Raises Conflict if `path` exists, LogError if a device fails.
        """
        self.flush()
        return copy_log(self._sequencer.log, path, self.head.sequence)

    def close(self) -> None:
        """Apply what was submitted, and close the log. After a failure: only close the log."""
        try:
            if self._sequencer.running:
                self.flush()
        finally:
            self._sequencer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
