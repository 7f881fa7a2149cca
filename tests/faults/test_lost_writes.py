"""A crash between any two writes: what was not synced is lost, kept or torn."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from comity.log.sqlite import SqliteLog
from comity.node import Node
from tests.faults.day import GENESIS, Expected, Step, drive, expected, recover_and_finish, steps
from tests.faults.disk import Op, RecordingDisk, Survival, image
from tests.node.standin import MACHINE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from comity.log.record import Entry, Head


class SteppedLog(SqliteLog):
    """Waits for each checkpoint to end, so that writes come in one order."""

    def append(self, entries: Sequence[Entry]) -> Head:
        head = super().append(entries)
        if self._checkpointer._running is not None:
            self._checkpointer._running.result()
        return head


def record(folder: Path, day: list[Step]) -> list[Op]:
    """Everything done to the disk on `day`, checkpoints and closing included."""
    disk = RecordingDisk(f"recording-{folder.name}")
    log = SteppedLog(folder / "day.log", vfs=disk.name, checkpoint_bytes=300_000)
    with Node.create(log, GENESIS, machine=MACHINE) as node:
        drive(node, day, disk.mark)
    disk.unregister()
    return disk.ops


def check(folder: Path, ops: list[Op], day: list[Step], should: Expected, survival: Survival, seed: int) -> None:
    """Crash after `ops`; what was answered must be in force, and the day must go on."""
    folder.mkdir()
    answered = image(folder, ops, survival, seed)
    recover_and_finish(SqliteLog(folder / "day.log"), day, should, answered).close()


@pytest.mark.parametrize("survival", Survival)
def test_crash_between_any_two_writes_of_a_short_day_loses_nothing_answered(tmp_path: Path, survival: Survival) -> None:
    day = steps(7)
    should = expected(day)
    ops = record(tmp_path, day)
    for number in range(1, len(ops) + 1):
        check(tmp_path / str(number), ops[:number], day, should, survival, number)


def test_seeded_crashes_on_a_long_day_lose_nothing_answered(tmp_path: Path) -> None:
    day = steps(150)
    should = expected(day)
    ops = record(tmp_path, day)
    chance = np.random.Generator(np.random.PCG64(7))
    for number in sorted(chance.choice(len(ops), 12, replace=False).tolist()):
        check(tmp_path / str(number), ops[:number], day, should, Survival.SECTORS, number)


def test_crash_while_recovering_from_a_crash_loses_nothing_answered(tmp_path: Path) -> None:
    day = steps(7)
    should = expected(day)
    first = record(tmp_path, day)
    cut = len(first) * 2 // 3
    middle = tmp_path / "middle"
    middle.mkdir()
    answered = image(middle, first[:cut], Survival.SECTORS, 1)
    before = {path.name: path.read_bytes() for path in middle.iterdir()}
    disk = RecordingDisk("recovering")
    with closing(SteppedLog(middle / "day.log", vfs=disk.name)) as log:
        head = log.head.sequence
    disk.unregister()
    assert head >= answered
    for number in range(len(disk.ops)):
        folder = tmp_path / f"again-{number}"
        folder.mkdir()
        image(folder, disk.ops[:number], Survival.SECTORS, number, before)
        recover_and_finish(SqliteLog(folder / "day.log"), day, should, answered).close()
