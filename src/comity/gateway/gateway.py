"""A gateway on one log: the node, the thread it runs in, and what is remembered beside it."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from comity.engine.columns import RecordKind
from comity.gateway.changes import ChangesReader
from comity.gateway.clock import MachineClock
from comity.gateway.delivery import Delivery
from comity.gateway.destinations import Rules
from comity.gateway.directory import Directory
from comity.gateway.entries import Entries
from comity.gateway.feed import Feed
from comity.gateway.logbook import Logbook
from comity.gateway.memory import Memory
from comity.gateway.notes import pack_notes
from comity.gateway.outbox import Outbox
from comity.gateway.signing import FileKey
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
    from comity.gateway.signing import Signer
    from comity.log.protocol import LogReader
    from comity.model.command import Command
    from comity.model.union import Genesis

LOG, CHANGES, SNAPSHOTS, KEY = "day.log", "changes.sqlite", "snapshots", "gateway.key"
OUTBOX = "outbox.sqlite"
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
    feed
        Tells what happens to those who follow.
    signer
        Signs heads of the log, and what is sent out.
    logbook
        The log and its proofs.
    delivery
        Sends events to webhooks, once it is started.
    """

    def __init__(
        self,
        node: Node,
        memory: Memory,
        clock: Clock,
        log: LogReader,
        signer: Signer,
        passing: TemporaryDirectory[str] | None = None,
    ) -> None:
        self._passing = passing
        self.memory = memory
        self.changes = ChangesReader(memory.changes.path)
        self.clock = clock
        self.directory = Directory(node.engine)
        self.genesis = node.engine.genesis
        self.identities = memory.identities
        self.feed = Feed(memory.changes.path, Entries(log), self.directory, memory.changes.last)
        memory.tell = self.feed.applied
        self.signer = signer
        self.logbook = Logbook(self.feed, memory.tree.path, signer)
        outbox = Outbox(memory.changes.path.with_name(OUTBOX))
        self.delivery = Delivery(memory.webhooks, self.feed, outbox, signer, clock, Rules())
        self.writer = Writer(node, clock)

    @classmethod
    def open(
        cls,
        folder: Path,
        genesis: Genesis | None = None,
        clock: Clock | None = None,
        signer: Signer | None = None,
    ) -> Self:
        """Open the gateway whose log stands in a folder, or begin one.

        Parameters
        ----------
        genesis
            Begins the log if there is none.
        clock
            The machine's if absent.
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
        try:
            signer = signer or FileKey.open(folder / KEY)
            memory = Memory(folder / CHANGES)
            memory.agree_with(log)
            snapshots = Snapshots(folder / SNAPSHOTS)
            if genesis is not None and not log.head.sequence:
                node = Node.create(log, genesis, snapshots, follower=memory)
            else:
                node = Node.recover(log, snapshots, follower=memory)
        except BaseException:
            log.close()
            raise
        return cls(node, memory, clock or MachineClock(), SqliteReader(folder / LOG), signer)

    @classmethod
    def in_memory(cls, genesis: Genesis, clock: Clock) -> Self:
        """Begin a gateway that forgets everything when it closes."""
        passing = TemporaryDirectory(prefix="comity-")
        memory = Memory(Path(passing.name) / CHANGES)
        log = MemoryLog()
        return cls(Node.create(log, genesis, follower=memory), memory, clock, log, FileKey.new(), passing)

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
        self.feed.close()
        self.logbook.close()
        self.delivery.outbox.close()
        try:
            self.writer.close()
        finally:
            self.changes.close()
            self.memory.close()
            if self._passing:
                self._passing.cleanup()
