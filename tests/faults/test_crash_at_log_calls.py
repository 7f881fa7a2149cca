"""A crash before and after every call of the log, on a short day: every one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from comity.log.memory import MemoryLog, MemoryStore
from comity.log.sqlite import SqliteLog
from comity.node import Node
from tests.faults.day import GENESIS, drive, expected, recover_and_finish, steps
from tests.node.standin import MACHINE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from comity.log.protocol import Log, Stored
    from comity.log.record import Entry, Head

DAY = steps(12)
SHOULD = expected(DAY)
APPENDS = len(SHOULD.digests)


class Crash(BaseException):
    """The process ends here."""


class CrashingLog:
    """A log whose process ends before or after one append; nothing happens afterwards."""

    def __init__(self, log: Log, at: int, *, before: bool) -> None:
        self.log = log
        self.epoch = log.epoch
        self.durable = log.durable
        self.cut = log.cut
        self._left = at
        self._before = before

    @property
    def head(self) -> Head:
        return self.log.head

    def append(self, entries: Sequence[Entry]) -> Head:
        self._left -= 1
        if self._left < 0 or (self._left == 0 and self._before):
            raise Crash
        head = self.log.append(entries)
        if self._left == 0:
            raise Crash
        return head

    def read(self, first: int = 1) -> Iterator[Stored]:
        return self.log.read(first)

    def close(self) -> None:
        """Leave everything as it stands."""


def crash(log: Log, at: int, *, before: bool) -> int:
    """Run the day into the crash; what was answered until then."""
    answered = [0]
    crashing = CrashingLog(log, at, before=before)
    with pytest.raises(Crash):
        drive(Node.create(crashing, GENESIS, machine=MACHINE), DAY, answered.append)
    return answered[-1]


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, APPENDS + 1))
def test_crash_at_an_append_to_memory_loses_nothing_answered(at: int, before: bool) -> None:  # noqa: FBT001
    store = MemoryStore()
    answered = crash(MemoryLog(store), at, before=before)
    assert len(store.records) == (at - 1 if before else at)
    recover_and_finish(MemoryLog(store), DAY, SHOULD, answered).close()


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, APPENDS + 1))
def test_crash_at_an_append_to_a_file_loses_nothing_answered(tmp_path: Path, at: int, before: bool) -> None:  # noqa: FBT001
    log = SqliteLog(tmp_path / "day.log")
    answered = crash(log, at, before=before)
    left = tmp_path / "left"
    left.mkdir()
    for path in tmp_path.glob("day.log*"):
        (left / path.name).write_bytes(path.read_bytes())
    log.close()
    (left / "day.log-shm").unlink()
    recover_and_finish(SqliteLog(left / "day.log"), DAY, SHOULD, answered).close()
