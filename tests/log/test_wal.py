from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from comity.log import wal
from comity.log.sqlite import SqliteLog
from tests.ports.log_cases import entry

if TYPE_CHECKING:
    from pathlib import Path


def naive_checksum(data: bytes, start: tuple[int, int], order: str) -> tuple[int, int]:
    """SQLite's definition, word by word."""
    first, second = start
    words = np.frombuffer(data, order + "u4").tolist()
    for x, y in zip(words[0::2], words[1::2], strict=True):
        first = (first + x + second) & 0xFFFFFFFF
        second = (second + y + first) & 0xFFFFFFFF
    return first, second


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("pairs", [0, 1, 2, 3, 100])
def test_checksum_agrees_with_its_definition(order: str, pairs: int) -> None:
    chance = np.random.Generator(np.random.PCG64(pairs))
    data = chance.integers(0, 256, pairs * 8, np.uint8).tobytes()
    for start in ((0, 0), (0xFFFFFFFF, 0x80000001)):
        assert wal._checksum(data, start, order) == naive_checksum(data, start, order)


def test_frames_of_a_running_log_are_sound(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "day.log")
    for number in range(1, 4):
        log.append([entry(number, 100_000)])
    data = (tmp_path / "day.log-wal").read_bytes()
    with (tmp_path / "day.log-wal").open("rb") as stream:
        head = stream.read(32)
        frames = list(wal._frames(stream, head))
    log.close()
    assert wal._is_header(head)
    assert all(frame.sound for frame in frames)
    assert len(frames) == (len(data) - 32) // (24 + 65_536)
    assert sum(frame.commits for frame in frames) >= 3


def test_log_without_a_write_ahead_file_passes(tmp_path: Path) -> None:
    wal.check(tmp_path / "day.log")
    (tmp_path / "day.log-wal").write_bytes(b"")
    wal.check(tmp_path / "day.log")
