"""A device that fails: the log stops, says so, tries nothing twice, and recovers elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw
import pytest

from comity.errors import LogError, LogFull
from comity.log.sqlite import SqliteLog
from comity.node import Node
from tests.faults.day import GENESIS, drive, expected, recover_and_finish, steps
from tests.faults.disk import Done, Op, RecordingDisk, Survival, image
from tests.node.standin import MACHINE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY = steps(9)
SHOULD = expected(DAY)


def failing(nth: int, done: Done, code: int, *, forever: bool) -> Callable[[int, Op], int]:
    """Fail the `nth` operation of kind `done` on the write-ahead file; then every one, or none."""
    seen = [0]

    def fault(_: int, op: Op) -> int:
        if op.done != done or not op.file.endswith("-wal"):
            return 0
        seen[0] += 1
        return code if seen[0] == nth or (forever and seen[0] > nth) else 0

    return fault


def run_into(folder: Path, fault: Callable[[int, Op], int], error: type[LogError], match: str) -> RecordingDisk:
    """Run the day on a disk with `fault` until it stops with `error`; it must stay stopped."""
    disk = RecordingDisk(f"failing-{folder.name}", fault)
    node = Node.create(SqliteLog(folder / "day.log", vfs=disk.name), GENESIS, machine=MACHINE)
    with pytest.raises(error, match=match):
        drive(node, DAY, disk.mark)
    before = len(disk.ops)
    with pytest.raises(LogError, match="the node stopped"):
        node.flush()
    node.close()
    assert [op for op in disk.ops[before:] if op.done == Done.WRITE] == []
    disk.unregister()
    return disk


@pytest.mark.parametrize("nth", range(4, 9))
def test_failed_sync_stops_the_node_and_is_not_tried_again(tmp_path: Path, nth: int) -> None:
    fault = failing(nth, Done.SYNC, apsw.SQLITE_IOERR_FSYNC, forever=False)
    run_into(tmp_path, fault, LogError, r"cannot append to .*day\.log: ")


@pytest.mark.parametrize("survival", Survival)
def test_what_was_answered_before_a_failed_sync_is_recovered(tmp_path: Path, survival: Survival) -> None:
    fault = failing(6, Done.SYNC, apsw.SQLITE_IOERR_FSYNC, forever=False)
    disk = run_into(tmp_path, fault, LogError, "cannot append to")
    left = tmp_path / "left"
    left.mkdir()
    answered = image(left, disk.ops, survival, 1)
    assert answered > 0
    recover_and_finish(SqliteLog(left / "day.log"), DAY, SHOULD, answered).close()


@pytest.mark.parametrize("nth", range(12, 28, 5))
def test_full_disk_stops_the_node_and_the_log_goes_on_once_there_is_room(tmp_path: Path, nth: int) -> None:
    fault = failing(nth, Done.WRITE, apsw.SQLITE_FULL, forever=True)
    disk = run_into(tmp_path, fault, LogFull, r"cannot append to .*day\.log: no room on the device")
    answered = max((op.offset for op in disk.ops if op.done == Done.MARK), default=0)
    recover_and_finish(SqliteLog(tmp_path / "day.log"), DAY, SHOULD, answered).close()


def test_failed_checkpoint_in_the_background_stops_the_node(tmp_path: Path) -> None:
    def fault(number: int, op: Op) -> int:
        into_pages = op.done == Done.WRITE and op.file == "day.log"
        return apsw.SQLITE_IOERR_WRITE if into_pages and number > 20 else 0

    disk = RecordingDisk("failing-checkpoint", fault)
    log = SqliteLog(tmp_path / "day.log", vfs=disk.name, checkpoint_bytes=1_000)
    node = Node.create(log, GENESIS, machine=MACHINE)
    with pytest.raises(LogError, match=r"cannot checkpoint .*day\.log: "):
        drive(node, steps(400), disk.mark)
    node.close()
    disk.unregister()


@pytest.mark.parametrize("code", [apsw.SQLITE_READONLY, apsw.SQLITE_CANTOPEN, apsw.SQLITE_IOERR_WRITE])
def test_device_that_cannot_be_written_refuses_at_opening(tmp_path: Path, code: int) -> None:
    disk = RecordingDisk(f"refusing-{code}", lambda _, op: code if op.done == Done.WRITE else 0)
    with pytest.raises(LogError, match=r"cannot open .*day\.log: "):
        SqliteLog(tmp_path / "day.log", vfs=disk.name)
    disk.unregister()
    SqliteLog(tmp_path / "day.log").close()
