"""A real process under load, ended from outside; what it answered is checked by another."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from comity.engine.columns import RecordKind
from comity.errors import LogLocked
from comity.log.sqlite import SqliteLog, SqliteReader
from comity.log.verify import walk
from comity.node import verify
from comity.node.replay import replay
from tests.node.standin import MACHINE

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def running(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A worker on the log at `path`; ended at the latest when the block is left."""
    command = [sys.executable, "-m", "tests.faults.worker", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def answers(process: subprocess.Popen[str], count: int) -> dict[int, str]:
    """The next `count` answers of the process: digest by sequence."""
    assert process.stdout is not None
    lines = [process.stdout.readline().split() for _ in range(count)]
    return {int(sequence): digest for sequence, digest in lines}


def last_answers(process: subprocess.Popen[str]) -> dict[int, str]:
    """What it still said before it ended; a line cut short is no answer."""
    assert process.stdout is not None
    lines = process.stdout.read().splitlines(keepends=True)
    whole = [line.split() for line in lines if line.endswith("\n")]
    return {int(sequence): digest for sequence, digest in whole}


def digests(path: Path) -> dict[int, str]:
    """Digest after each record, replayed by the checker."""
    found: dict[int, str] = {}
    with closing(SqliteReader(path)) as log:
        replay(log, MACHINE, after=lambda sequence, engine: found.__setitem__(sequence, engine.digest().hex()))
    return found


def test_killed_process_loses_nothing_it_answered(tmp_path: Path) -> None:
    path = tmp_path / "day.log"
    chance = np.random.Generator(np.random.PCG64(11))
    answered: dict[int, str] = {}
    for count in chance.integers(1, 60, 4).tolist():
        with running(path) as process:
            answered |= answers(process, count)
            process.send_signal(signal.SIGKILL)
            answered |= last_answers(process)
            assert process.wait() == -signal.SIGKILL
        SqliteLog(path).close()
        found = digests(path)
        assert answered.items() <= found.items()
    with closing(SqliteReader(path)) as log:
        epochs = {record.epoch for record, _ in walk(log.read())}
        assert verify(log, MACHINE).records == len(found)
    assert len(epochs) == 4


def test_log_of_a_running_process_is_refused_and_can_be_read(tmp_path: Path) -> None:
    with running(tmp_path / "day.log") as process:
        answered = answers(process, 3)
        with pytest.raises(LogLocked, match="held by another process"):
            SqliteLog(tmp_path / "day.log")
        assert answered.items() <= digests(tmp_path / "day.log").items()


def test_interrupted_process_closes_its_log(tmp_path: Path) -> None:
    with running(tmp_path / "day.log") as process:
        answered = answers(process, 20)
        process.send_signal(signal.SIGINT)
        answered |= last_answers(process)
        assert process.wait() == 130
    assert [path.name for path in tmp_path.iterdir()] == ["day.log"]
    with closing(SqliteLog(tmp_path / "day.log")) as log:
        kinds = [record.entry.kind for record, _ in walk(log.read())]
    assert kinds[1:] == [RecordKind.PAYMENTS] * (len(kinds) - 1)
    assert answered.items() <= digests(tmp_path / "day.log").items()
