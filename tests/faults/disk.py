"""A disk that remembers every write, so that it can be seen as a crash at any moment left it.

A `RecordingDisk` is a file system for SQLite: it passes everything on and keeps a
list of what was done. `Crash.image` replays a beginning of that list: what was
synced is there; of what was written since, the 512-byte sectors that a seeded draw
picks. It can also fail an operation, by its number, with an error of SQLite.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import apsw
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

SECTOR = 512


class Done(Enum):
    """What was done to a file."""

    WRITE = "write"
    TRUNCATE = "truncate"
    SYNC = "sync"
    DELETE = "delete"
    MARK = "mark"


class Op(NamedTuple):
    """One thing done; a mark stands for an answer that was given."""

    done: Done
    file: str = ""
    offset: int = 0
    data: bytes = b""


class RecordingDisk(apsw.VFS):
    """SQLite's usual file system, with every change noted.

    Parameters
    ----------
    name
        Under which SQLite knows it.
    fault
        Asked with each operation and its number before it is done; a result code
        of SQLite makes it fail, 0 lets it pass.
    """

    def __init__(self, name: str, fault: Callable[[int, Op], int] | None = None) -> None:
        super().__init__(name, "")
        self.name = name
        self.ops: list[Op] = []
        self._fault = fault
        self._lock = Lock()

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return _File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802
        self.note(Op(Done.DELETE, Path(filename).name))
        super().xDelete(filename, syncdir)

    def note(self, op: Op) -> None:
        """Add `op` to the list, or raise the fault planned for it."""
        with self._lock:
            code = self._fault(len(self.ops), op) if self._fault is not None else 0
            if code:
                raise apsw.exception_for(code)
            self.ops.append(op)

    def mark(self, number: int) -> None:
        """Note that `number` was answered."""
        self.note(Op(Done.MARK, offset=number))


class _File(apsw.VFSFile):
    def __init__(self, disk: RecordingDisk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._disk = disk
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._name = Path(path).name if path else ""

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.note(Op(Done.WRITE, self._name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.note(Op(Done.TRUNCATE, self._name, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.note(Op(Done.SYNC, self._name))
        super().xSync(flags)


@dataclass
class _Surface:
    """One file: what is durable, and what was done since the last sync."""

    durable: bytearray = field(default_factory=bytearray)
    since: list[Op] = field(default_factory=list)

    def sync(self) -> None:
        for op in self.since:
            _do(self.durable, op)
        self.since.clear()


class Survival(Enum):
    """What a crash leaves of writes that were not synced."""

    NONE = "none"
    ALL = "all"
    SECTORS = "sectors"
    """Each sector by its own draw: lost and torn writes."""


def image(folder: Path, ops: list[Op], survival: Survival, seed: int, before: dict[str, bytes] | None = None) -> int:
    """Leave in `folder` what a crash after `ops` leaves of the files `before`; the last number answered by then."""
    surfaces = {name: _Surface(bytearray(content)) for name, content in (before or {}).items()}
    answered = 0
    for op in ops:
        surface = surfaces.setdefault(op.file, _Surface()) if op.file else None
        if op.done == Done.MARK:
            answered = op.offset
        elif surface is None:
            continue
        elif op.done == Done.SYNC:
            surface.sync()
        elif op.done == Done.DELETE:
            surfaces.pop(op.file)
        else:
            surface.since.append(op)
    chance = np.random.Generator(np.random.PCG64(seed))
    for name, surface in surfaces.items():
        for op in surface.since:
            _survive(surface.durable, op, survival, chance)
        (folder / name).write_bytes(surface.durable)
    return answered


def _survive(content: bytearray, op: Op, survival: Survival, chance: np.random.Generator) -> None:
    """Do to `content` what is left of `op`."""
    if survival == Survival.NONE:
        return
    if survival == Survival.ALL:
        _do(content, op)
        return
    if op.done == Done.TRUNCATE:
        if chance.random() < 0.5:
            _do(content, op)
        return
    first = op.offset // SECTOR
    last = (op.offset + len(op.data) - 1) // SECTOR
    for sector in range(first, last + 1):
        if chance.random() < 0.5:
            begin = max(sector * SECTOR, op.offset)
            end = min((sector + 1) * SECTOR, op.offset + len(op.data))
            _do(content, Op(Done.WRITE, op.file, begin, op.data[begin - op.offset : end - op.offset]))


def _do(content: bytearray, op: Op) -> None:
    if op.done == Done.TRUNCATE:
        del content[op.offset :]
        return
    if len(content) < op.offset:
        content.extend(bytes(op.offset - len(content)))
    content[op.offset : op.offset + len(op.data)] = op.data
