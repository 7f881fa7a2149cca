"""A gateway on one log: the node, the thread it runs in, and what is remembered beside it."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self, TypeAlias, overload

from comity.engine.columns import RecordKind
from comity.errors import LogError
from comity.gateway.audit import AuditReader, Watch
from comity.gateway.bulk import BulkReader
from comity.gateway.business_days import BusinessDays
from comity.gateway.calendars import SET as CALENDARS_SET
from comity.gateway.calendars import currency_in
from comity.gateway.changes import ChangesReader
from comity.gateway.clock import MachineClock
from comity.gateway.delivery import Delivery
from comity.gateway.destinations import Rules
from comity.gateway.directory import Directory
from comity.gateway.entries import Entries
from comity.gateway.external_screening import ExternalScreener
from comity.gateway.feed import Feed
from comity.gateway.four_eyes import FourEyes
from comity.gateway.history import History
from comity.gateway.inbox import Inbox
from comity.gateway.logbook import Logbook
from comity.gateway.memory import Memory
from comity.gateway.nonces import AHEAD_US, Nonces
from comity.gateway.notes import pack_notes
from comity.gateway.originals import Originals, Retention
from comity.gateway.outbox import Outbox
from comity.gateway.past import Past
from comity.gateway.people import PEOPLE_ENROL, standing
from comity.gateway.quotes import Quotes
from comity.gateway.screening.again import Rescreening
from comity.gateway.screening.lists import LOAD as LISTS_LOAD
from comity.gateway.screening.lists import ListFiles, files_needed, list_in, note_of
from comity.gateway.screening.screening import Screening
from comity.gateway.screening.verdicts import DECIDE, END_GOOD_GUY, case_in, good_guy_in
from comity.gateway.signing import FileKey
from comity.gateway.timekeeper import HEARTBEAT_US, Timekeeper
from comity.gateway.trials import Trials
from comity.gateway.writer import Writer
from comity.log.memory import MemoryLog, MemoryReader
from comity.log.snapshots import Snapshots
from comity.log.sqlite import SqliteLog, SqliteReader
from comity.node import Node

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from comity.day.read import Day
    from comity.engine import Applied
    from comity.gateway.batch import Batch
    from comity.gateway.clock import Clock
    from comity.gateway.conformance import Conformance
    from comity.gateway.external_screening import Kind
    from comity.gateway.notes import Note
    from comity.gateway.settings import Screens
    from comity.gateway.signing import Signer
    from comity.gateway.traces import Traces
    from comity.gateway.writer import Entered, Reply
    from comity.log.protocol import LogReader
    from comity.model.command import Command
    from comity.model.union import Genesis

Plan: TypeAlias = "Callable[[Genesis], Day]"
"""What the days of the union of a log are like."""
LOG, CHANGES, SNAPSHOTS, KEY = "day.log", "changes.sqlite", "snapshots", "gateway.key"
OUTBOX, ORIGINALS = "outbox.sqlite", "originals.sqlite"
CASES, LISTS = "cases.sqlite", "lists"
"""What stands in a gateway's folder."""
UNDER_WAY_US = 3_600_000_000
"""So long something may be under way between what is kept for its case and the record that opens it."""


class Gateway:
    """See the module; `open` and `in_memory` make one, `close` ends it.

    Attributes
    ----------
    writer
        Everything that touches the node goes through it.
    memory
        What records did, and under which keys they were sent.
    changes
        Reads what records did; from any thread.
    directory
        Codes and indexes of the union.
    genesis
        What the union is made of.
    days
        Its business days.
    feed
        Tells what happens to those who follow.
    history
        Balances as of any record, and postings.
    past
        Dates that are over, and what was entered on them.
    texts
        Ids as their senders wrote them.
    trials
        What would happen.
    signer
        Signs heads of the log, and what is sent out.
    logbook
        The log and its proofs.
    bulk
        Batches of payments.
    inbox
        Messages of ISO 20022, read and answered.
    originals
        Messages as they were sent.
    screening
        Asks about every party before an instruction enters.
    rescreening
        Asks about them again when lists have changed.
    quotes
        Payments across currencies at quoted rates.
    nonces
        Of signed requests.
    four_eyes
        Carries out what has the consent that it needs; in the node's thread.
    audit
        Reads what the privileged did; in the thread that serves.
    watch
        Notes reads of what is not the reader's own.
    delivery
        Sends events to webhooks, once it is started.
    conformance
        What participants have shown, in a sandbox; else None.
    """

    def __init__(
        self,
        node: Node,
        memory: Memory,
        clock: Clock,
        readers: Callable[[], LogReader],
        signer: Signer,
        passing: TemporaryDirectory[str] | None = None,
        keeper: Timekeeper | None = None,
    ) -> None:
        self._passing = passing
        self.memory = memory
        self.directory = Directory(node.engine)
        folder = memory.changes.path.parent
        documents = Originals(folder / CASES, durable=passing is None)
        files = ListFiles(folder / LISTS)
        self.screening = Screening(memory.cases, self.directory, files, documents, Screening.key_in(folder))
        self.changes = ChangesReader(memory.changes.path)
        self.clock = clock
        self.history = History(memory.changes.path, node.engine.genesis)
        self.texts = Entries(readers())
        self.past = Past(memory.changes.path, readers(), self.directory, node.engine.seed)
        self.bulk = BulkReader(self.directory, node.engine.genesis)
        known = memory.correlation
        self.inbox = Inbox(self.directory, node.engine.genesis, known, self.texts, memory.identities)
        self.originals = Originals(memory.changes.path.with_name(ORIGINALS), durable=passing is None)
        self.genesis = node.engine.genesis
        self.identities = memory.identities
        self.keeper = keeper
        self.days = BusinessDays(self.genesis, memory.calendars, memory.phases, keeper)
        entries = Entries(readers())
        self.feed = Feed(memory.changes.path, entries, self.directory, memory.changes.last, self.days)
        memory.tell = self.feed.applied
        self.writer = Writer(node, clock, keeper, saves=passing is None)
        self.trials = Trials(self.writer)
        self.quotes = Quotes(self.writer, self.directory, self.screening)
        self.signer = signer
        self.logbook = Logbook(self.feed, memory.tree.path, signer)
        outbox = Outbox(memory.changes.path.with_name(OUTBOX))
        self.delivery = Delivery(memory.webhooks, self.feed, outbox, signer, clock, Rules())
        self.nonces = Nonces()
        self.four_eyes = FourEyes(self)
        self.four_eyes.watch(PEOPLE_ENROL, lambda _, what: standing(memory.identities, what))
        self.four_eyes.watch(CALENDARS_SET, lambda _, what: [memory.calendars.text(currency_in(what))])
        self.four_eyes.watch(LISTS_LOAD, lambda _, what: [list_in(what, memory.cases.lists)])
        self.four_eyes.watch(DECIDE, lambda node, what: [case_in(what, memory.cases, node)])
        self.four_eyes.watch(END_GOOD_GUY, lambda _, what: [good_guy_in(what, memory.cases)])
        self.rescreening = Rescreening(self, readers())
        memory.cases.lists.changed = self.rescreening.wake
        self.audit = AuditReader(memory.changes.path)
        self.watch = Watch(self.writer)
        self.conformance: Conformance | None = None

    @classmethod
    def open(
        cls,
        folder: Path,
        genesis: Genesis | None = None,
        clock: Clock | None = None,
        plan: Plan | None = None,
        signer: Signer | None = None,
    ) -> Self:
        """Open the gateway whose log stands in a folder, or begin one.

        Parameters
        ----------
        genesis
            Begins the log if there is none.
        clock
            The machine's if absent.
        plan
            What its days are like; without one nothing happens because time passes.
        signer
            The key in the folder, made if there is none, if absent.

        Raises
        ------
        NotFound
            There is no log, and no genesis to begin one.
        LogError
            The log cannot be opened, is held by another process, or is not what was written.
        EnvironmentFailed
            The folder's other files cannot be used.
        """
        log = SqliteLog(folder / LOG)
        clock = clock or MachineClock()
        try:
            signer = signer or FileKey.open(folder / KEY)
            started = clock.now()  # whatever was signed for the process before, which has let go of the log, is older
            memory = Memory(folder / CHANGES)
            memory.agree_with(log)
            snapshots = Snapshots(folder / SNAPSHOTS)
            begins = not log.head.sequence
            if genesis is not None and begins:
                node = Node.create(log, genesis, snapshots, follower=memory)
            else:
                node = Node.recover(log, snapshots, follower=memory)
            keeper = _keeper(node, memory, clock, plan, HEARTBEAT_US)
            gateway = cls(node, memory, clock, lambda: SqliteReader(folder / LOG), signer, keeper=keeper)
        except BaseException:
            log.close()
            raise
        if not begins:
            gateway.nonces.floor = max(started, memory.instant) + AHEAD_US
        return gateway

    @classmethod
    def in_memory(cls, genesis: Genesis, clock: Clock, plan: Plan | None = None) -> Self:
        """Begin a gateway that forgets everything when it closes."""
        passing = TemporaryDirectory(prefix="comity-")
        memory = Memory(Path(passing.name) / CHANGES)
        log = MemoryLog()
        node = Node.create(log, genesis, follower=memory)
        keeper = _keeper(node, memory, clock, plan, 0)
        return cls(node, memory, clock, lambda: MemoryReader(log.store), FileKey.new(), passing, keeper)

    def trace(self, traces: Traces) -> None:
        """Trace every record from now on; `traces` is closed with this."""
        self.memory.traces = self.writer.traces = traces

    def give(self, commands: Sequence[Command], notes: Sequence[Note] = ()) -> Future[int]:
        """Give commands to the engine, in one record; its sequence, once it is durable and applied."""
        body = json.dumps([command.to_json() for command in commands], ensure_ascii=False).encode()

        def submit(node: Node) -> int:
            ticket = node.submit(RecordKind.COMMANDS, self.writer.now(), body, len(commands), pack_notes(notes))
            ticket.result()
            return ticket.sequence

        return self.writer.call(submit)

    def note(self, notes: Sequence[Note]) -> Future[int]:
        """Write notes into the log, in a record that does nothing else; its sequence, once it is durable."""

        def submit(node: Node) -> int:
            ticket = node.submit(RecordKind.TICK, self.writer.now(), b"", 0, pack_notes(notes))
            ticket.result()
            return ticket.sequence

        return self.writer.call(submit)

    def set_up_screening(self, settings: Screens) -> Retention:
        """Screen as settings say; what lets go of what cases show once it is old enough.

        Raises
        ------
        InvalidRequest
            The address of the external screener is none that is allowed.
        """
        external = settings.external
        if external is not None:
            kind: Kind = "watchman" if external.kind == "watchman" else "yente"
            self.screening.external = ExternalScreener(
                kind, external.url, external.dataset, timeout_s=external.timeout_s, token_file=external.token_file
            )
        self.rescreening.days = settings.again_days
        self.screening.customers_named = settings.customers_named
        return Retention(self.screening.documents, self.now, settings.cases_days, self._sweep_screening)

    def sweep_lists(self) -> None:
        """Remove files of lists that came into force at no time and wait for no approval."""
        cases, approvals = self.memory.cases, self.memory.approvals
        with suppress(LogError):  # nobody knows what a log needs that has stopped
            self.screening.files.sweep(
                lambda: self.writer.call(lambda _: files_needed(cases.lists, approvals)).result()
            )

    def _sweep_screening(self) -> None:
        """Remove what was kept for a case or a list, and is not needed since nothing came of it."""
        self.sweep_lists()
        shown = {digest for case in list(self.memory.cases.all.values()) for digest in case.note.documents}
        self.screening.documents.keep_only(shown, self.now() - UNDER_WAY_US)

    def begin_list(self, party: str, name: str, data: bytes) -> None:
        """Put a list in force without anybody's request, as whoever sets up a gateway does, and screen again.

        Raises
        ------
        InvalidRequest
            It is no list, with every fault.
        EnvironmentFailed
            It cannot be kept.
        """
        files = self.screening.files
        file = files.keep(data)
        try:
            self.note([note_of(party, name, file, files.read(file))]).result()
        finally:
            files.let_go(file)
        self.rescreening.run()

    @overload
    def enter(self, sender: str, batch: Batch) -> Future[Entered]: ...
    @overload
    def enter(self, sender: str, batch: Batch, reply: asyncio.Future[Entered]) -> asyncio.Future[Entered]: ...
    def enter(self, sender: str, batch: Batch, reply: asyncio.Future[Entered] | None = None) -> Reply:
        """Hand in instructions of one kind, screened; see `comity.gateway.writer.Writer.enter`."""
        noted, sequence = batch.message or batch.named, self.screening.force.sequence
        if batch.is_screened and noted is not None:
            sequence = noted.screened
        screened = self.screening.between_participants(batch, self.now())
        entered = self.writer.enter(sender, screened) if reply is None else self.writer.enter(sender, screened, reply)
        entered.add_done_callback(lambda _: self.rescreening.look(sequence))
        return entered

    def tried(self, batch: Batch, commands: bytes = b"") -> Applied:
        """Return what would become of a batch that entered now, screened; see `comity.gateway.trials.Trials.enter`."""
        return self.trials.enter(self.screening.between_participants(batch, self.now(), keeps=False), commands)

    def now(self) -> int:
        """Return the instant at which somebody asks: never before that of the last record; from any thread."""
        return max(self.clock.now(), self.memory.instant)

    def close(self) -> None:
        """Carry out what was handed in, and close the log."""
        self.feed.close()
        self.logbook.close()
        self.delivery.outbox.close()
        self.inbox.close()
        self.rescreening.close()
        self.screening.close()
        self.originals.close()
        self.past.close()
        self.texts.close()  # a log that nobody reads any more is left as one file
        try:
            self.writer.close()
        finally:
            self.history.close()
            self.audit.close()
            self.changes.close()
            self.memory.close()
            if self.memory.traces is not None:
                self.memory.traces.close()
            if self._passing:
                self._passing.cleanup()


def _keeper(node: Node, memory: Memory, clock: Clock, plan: Plan | None, heartbeat_us: int) -> Timekeeper | None:
    if plan is None:
        return None
    day = plan(node.engine.genesis)
    return Timekeeper(node, day, memory.extensions, memory.calendars, clock.now(), heartbeat_us)
