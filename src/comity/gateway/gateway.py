"""A gateway on one log: the node, the thread it runs in, and what is remembered beside it."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from comity.engine.columns import RecordKind
from comity.gateway.bulk import BulkReader
from comity.gateway.changes import ChangesReader
from comity.gateway.clock import MachineClock
from comity.gateway.directory import Directory
from comity.gateway.history import History
from comity.gateway.memory import Memory
from comity.gateway.notes import pack_notes
from comity.gateway.quotes import Quotes
from comity.gateway.texts import Texts
from comity.gateway.trials import Trials
from comity.gateway.writer import Writer
from comity.log.memory import MemoryLog
from comity.log.snapshots import Snapshots
from comity.log.sqlite import SqliteLog, SqliteReader
from comity.node import Node

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from comity.gateway.clock import Clock
    from comity.gateway.notes import Note
    from comity.log.protocol import LogReader
    from comity.model.command import Command
    from comity.model.union import Genesis

LOG, CHANGES, SNAPSHOTS = "day.log", "changes.sqlite", "snapshots"
"""What stands in a gateway's folder."""


class Gateway:
    """See the module; `open` and `in_memory` make one, `close` ends it.

    Attributes
    ----------
    writer
        Everything that touches the node goes through it.
    memory
        What records did, and under which keys they were sent.
    changes
        Reads what records did; in the thread that serves.
    directory
        Codes and indexes of the union.
    genesis
        What the union is made of.
    history
        Balances as of any record, and postings.
    texts
        Ids as their senders wrote them.
    trials
        What would happen.
    bulk
        Batches of payments.
    quotes
        Payments across currencies at quoted rates.
    """

    def __init__(
        self,
        node: Node,
        memory: Memory,
        clock: Clock,
        records: LogReader,
        passing: TemporaryDirectory[str] | None = None,
    ) -> None:
        self._passing = passing
        self.memory = memory
        self.changes = ChangesReader(memory.changes.path)
        self.clock = clock
        self.directory = Directory(node.engine)
        self.history = History(memory.changes.path, node.engine.genesis)
        self.texts = Texts(records)
        self.bulk = BulkReader(self.directory, node.engine.genesis)
        self.records = records
        self.genesis = node.engine.genesis
        self.identities = memory.identities
        self.writer = Writer(node, clock)
        self.trials = Trials(self.writer)
        self.quotes = Quotes(self.writer, self.directory)

    @classmethod
    def open(cls, folder: Path, genesis: Genesis | None = None, clock: Clock | None = None) -> Self:
        """Open the gateway whose log stands in a folder, or begin one.

        Parameters
        ----------
        genesis
            Begins the log if there is none.
        clock
            The machine's if absent.

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
        try:
            memory = Memory(folder / CHANGES)
            snapshots = Snapshots(folder / SNAPSHOTS)
            if genesis is not None and not log.head.sequence:
                node = Node.create(log, genesis, snapshots, follower=memory)
            else:
                node = Node.recover(log, snapshots, follower=memory)
        except BaseException:
            log.close()
            raise
        return cls(node, memory, clock or MachineClock(), SqliteReader(folder / LOG))

    @classmethod
    def in_memory(cls, genesis: Genesis, clock: Clock) -> Self:
        """Begin a gateway that forgets everything when it closes."""
        passing = TemporaryDirectory(prefix="comity-")
        memory = Memory(Path(passing.name) / CHANGES)
        log = MemoryLog()
        return cls(Node.create(log, genesis, follower=memory), memory, clock, log, passing)

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

    def close(self) -> None:
        """Carry out what was handed in, and close the log."""
        try:
            self.writer.close()
        finally:
            self.records.close()
            self.history.close()
            self.changes.close()
            self.memory.close()
            if self._passing:
                self._passing.cleanup()
