"""One flipped bit, anywhere: it is named, or it changed nothing that is remembered."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from comity.errors import LogError
from comity.log.sqlite import SqliteLog, SqliteReader
from comity.log.verify import walk
from tests.ports.log_cases import entry

if TYPE_CHECKING:
    from pathlib import Path

    from comity.log.record import Head

FLIPS = 150


def flip(path: Path, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)


def bits(path: Path, seed: int, count: int) -> list[int]:
    """Seeded bits of a file; half of them in the first bytes of a page, where its index is."""
    chance = np.random.Generator(np.random.PCG64(seed))
    size = path.stat().st_size
    anywhere = chance.integers(0, size * 8, count)
    indexes = chance.integers(0, size // 65_536, count) * 65_536 * 8 + chance.integers(0, 200 * 8, count)
    return [*anywhere.tolist(), *indexes.tolist()]


def fill(path: Path, *, close: bool) -> tuple[SqliteLog, Head]:
    log = SqliteLog(path)
    for number in range(1, 9):
        log.append([entry(number, 30_000 * (number % 3) + 40)])
    head = log.head
    if close:
        log.close()
    return log, head


def test_flip_in_a_closed_log_is_noticed_or_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "day.log"
    _, head = fill(path, close=True)
    sound = path.read_bytes()
    noticed = 0
    for bit in bits(path, 3, FLIPS):
        flip(path, bit)
        try:
            with closing(SqliteReader(path)) as reader:
                *_, (_, found) = walk(reader.read())
            assert found == head
        except LogError:
            noticed += 1
        for beside in tmp_path.glob("day.log-*"):
            beside.unlink()
        path.write_bytes(sound)
    assert noticed > FLIPS // 2


def test_flip_before_the_last_transaction_of_a_crashed_log_is_refused(tmp_path: Path) -> None:
    log, head = fill(tmp_path / "day.log", close=False)
    main = (tmp_path / "day.log").read_bytes()
    ahead = (tmp_path / "day.log-wal").read_bytes()
    log.close()
    folder = tmp_path / "left"
    folder.mkdir()
    (folder / "day.log").write_bytes(main)
    (folder / "day.log-wal").write_bytes(ahead)
    refused = lost = 0
    chance = np.random.Generator(np.random.PCG64(5))
    last = ahead_of_last_transaction(ahead)
    for bit in chance.integers(0, len(ahead) * 8, FLIPS).tolist():
        flip(folder / "day.log-wal", bit)
        try:
            with closing(SqliteLog(folder / "day.log")) as again:
                lost += again.head != head
                assert again.head.sequence >= head.sequence - 1
                assert again.head == head or bit // 8 >= last
        except LogError as error:
            assert "is altered" in str(error)  # noqa: PT017
            with pytest.raises(LogError, match="is altered"):
                SqliteReader(folder / "day.log")
            refused += 1
        for path in folder.iterdir():
            path.unlink()
        (folder / "day.log").write_bytes(main)
        (folder / "day.log-wal").write_bytes(ahead)
    assert refused > FLIPS // 2
    assert lost < FLIPS // 3


def ahead_of_last_transaction(ahead: bytes) -> int:
    """Where the last transaction of a write-ahead file begins."""
    frame = 24 + 65_536
    starts = [32]
    for number in range((len(ahead) - 32) // frame):
        begin = 32 + number * frame
        if ahead[begin + 4 : begin + 8] != bytes(4):
            starts.append(begin + frame)
    return starts[-2]


@pytest.mark.parametrize("offset", [0, 9, 17, 25])
def test_flip_in_the_header_of_the_write_ahead_file_is_refused(tmp_path: Path, offset: int) -> None:
    log, _ = fill(tmp_path / "day.log", close=False)
    folder = tmp_path / "left"
    folder.mkdir()
    for name in ("day.log", "day.log-wal"):
        (folder / name).write_bytes((tmp_path / name).read_bytes())
    log.close()
    flip(folder / "day.log-wal", offset * 8)
    with pytest.raises(LogError, match=r"the header of .*day\.log-wal is altered"):
        SqliteLog(folder / "day.log")
