"""A gateway on one log: the node, the thread it runs in, and what is remembered beside it."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from comity.engine.columns import RecordKind
from comity.gateway.audit import AuditReader, Watch
from comity.gateway.changes import ChangesReader
from comity.gateway.clock import MachineClock
from comity.gateway.directory import Directory
from comity.gateway.four_eyes import FourEyes
from comity.gateway.memory import Memory
from comity.gateway.nonces import AHEAD_US, Nonces
from comity.gateway.notes import pack_notes
from comity.gateway.people import PEOPLE_ENROL, named_in, person_text
from comity.gateway.writer import Writer
from comity.log.memory import MemoryLog
from comity.log.snapshots import Snapshots
from comity.log.sqlite import SqliteLog
from comity.node import Node

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from comity.gateway.clock import Clock
    from comity.gateway.notes import Note
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
    nonces
        Of signed requests.
    four_eyes
        Carries out what has the consent that it needs; in the node's thread.
    audit
        Reads what the privileged did; in the thread that serves.
    watch
        Notes reads of what is not the reader's own.
    """

    def __init__(
        self, node: Node, memory: Memory, clock: Clock, passing: TemporaryDirectory[str] | None = None
    ) -> None:
        self._passing = passing
        self.memory = memory
        self.changes = ChangesReader(memory.changes.path)
        self.clock = clock
        self.directory = Directory(node.engine)
        self.genesis = node.engine.genesis
        self.identities = memory.identities
        self.nonces = Nonces()
        self.writer = Writer(node, clock)
        self.four_eyes = FourEyes(self)
        self.four_eyes.watch(PEOPLE_ENROL, lambda _, what: [person_text(memory.identities, named_in(what))])
        self.audit = AuditReader(memory.changes.path)
        self.watch = Watch(self.writer)

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
        clock = clock or MachineClock()
        try:
            started = clock.now()  # whatever was signed for the process before, which has let go of the log, is older
            memory = Memory(folder / CHANGES)
            snapshots = Snapshots(folder / SNAPSHOTS)
            begins = not log.head.sequence
            if genesis is not None and begins:
                node = Node.create(log, genesis, snapshots, follower=memory)
            else:
                node = Node.recover(log, snapshots, follower=memory)
        except BaseException:
            log.close()
            raise
        gateway = cls(node, memory, clock)
        if not begins:
            gateway.nonces.floor = max(started, memory.instant) + AHEAD_US
        return gateway

    @classmethod
    def in_memory(cls, genesis: Genesis, clock: Clock) -> Self:
        """Begin a gateway that forgets everything when it closes."""
        passing = TemporaryDirectory(prefix="comity-")
        memory = Memory(Path(passing.name) / CHANGES)
        return cls(Node.create(MemoryLog(), genesis, follower=memory), memory, clock, passing)

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

    def now(self) -> int:
        """Return the instant at which somebody asks: never before that of the last record; from any thread."""
        return max(self.clock.now(), self.memory.instant)

    def close(self) -> None:
        """Carry out what was handed in, and close the log."""
        try:
            self.writer.close()
        finally:
            self.audit.close()
            self.changes.close()
            self.memory.close()
            if self._passing:
                self._passing.cleanup()
