"""The write-ahead file after a crash: an end torn off is told from rot in the middle.

SQLite reads this file up to the first frame whose checksum fails and takes that
for the end of an interrupted write. If a bit rotted in an older frame, everything
after it would be dropped without a word, acknowledged records included. But a
transaction is written only after the one before was synced. So a bad frame with a
sound frame of a *later* transaction behind it was once durable: that is rot, and the
log is refused. So is a file whose own header fails, since that is synced before any
frame is written. Damage inside the last transaction looks like a torn write, and is cut.

Checksums run through the file: each frame's covers its page and starts from the
stored checksum of the frame before. So frames behind a bad one can still be judged.
Format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
"""

import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from comity.errors import LogError

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_MAGIC = 0x377F0682
_MASK = 0xFFFFFFFF


class _Frame(NamedTuple):
    number: int
    commits: bool
    """Whether it ends a transaction of the file's present generation."""
    sound: bool


def check(path: Path) -> None:
    """Refuse the log at `path` if its write-ahead file rotted before its last transaction.

    Only for a log that nobody writes. LogError names the frame.
    """
    file = path.with_name(path.name + "-wal")
    if not file.exists():
        return
    with file.open("rb") as stream:
        head = stream.read(_HEADER.size)
        if not head or not stream.read(1):
            return
        if not _is_header(head):
            raise LogError(f"the header of {file} is altered")
        stream.seek(_HEADER.size)
        bad, ended = 0, False
        for frame in _frames(stream, head):
            if not bad and not frame.sound:
                bad = frame.number
            if bad and ended and frame.sound:
                raise LogError(f"frame {bad} of {file} is altered, and later transactions follow it")
            ended = ended or (bool(bad) and frame.commits)


def _is_header(head: bytes) -> bool:
    """Whether `head` is the header of a write-ahead file, by its magic and its checksum."""
    if len(head) < _HEADER.size:
        return False
    magic, *_, first, second = _HEADER.unpack(head)
    return magic & ~1 == _MAGIC and _checksum(head[:24], (0, 0), _order(magic)) == (first, second)


def _order(magic: int) -> str:
    """Byte order in which checksums read words: the last bit of the magic."""
    return ">" if magic & 1 else "<"


def _frames(stream: BinaryIO, head: bytes) -> Iterator[_Frame]:
    """Judge the frames that `stream` holds after the sound header `head`."""
    magic, _, page_size, _, *salts, sum_1, sum_2 = _HEADER.unpack(head)
    before = (sum_1, sum_2)
    number = 0
    while len(data := stream.read(_FRAME.size + page_size)) == _FRAME.size + page_size:
        number += 1
        _, size_after, salt_1, salt_2, first, second = _FRAME.unpack_from(data)
        present = [salt_1, salt_2] == salts
        found = _checksum(data[:8] + data[_FRAME.size :], before, _order(magic))
        yield _Frame(number, present and size_after != 0, present and found == (first, second))
        before = (first, second)


def _checksum(data: bytes, start: tuple[int, int], order: str) -> tuple[int, int]:
    """SQLite's checksum of `data` (a multiple of 8 bytes), going on from `start`.

    Per pair of words (x, y): s += x + t, then t += y + s, modulo 2^32. That is
    linear, so the sum over all pairs is a product with powers of its matrix.
    """
    words = np.frombuffer(data, order + "u4").astype(np.uint32)
    powers = _powers(len(words) // 2 + 1)
    x, y = words[0::2], words[1::2]
    column = np.stack([x, x + y])
    tail = powers[:, :, len(x) - 1 :: -1] if len(x) else powers[:, :, :0]
    total = (tail * column[None]).sum(axis=(1, 2), dtype=np.uint32)
    last = powers[:, :, len(x)].astype(np.uint64) @ np.array(start, np.uint64)
    first, second = (total.astype(np.uint64) + last) & np.uint64(_MASK)
    return int(first), int(second)


@lru_cache(4)
def _powers(count: int) -> np.ndarray:
    """Powers 0 to `count - 1` of [[1, 1], [1, 2]] modulo 2^32, shape (2, 2, count)."""
    powers = np.empty((2, 2, count), np.uint32)
    a, b, c = 1, 0, 1
    for index in range(count):
        powers[:, :, index] = ((a, b), (b, c))
        a, b, c = (a + b) & _MASK, (b + c) & _MASK, (b + 2 * c) & _MASK
    return powers
