"""A Merkle tree beside the log: RFC 6962, its leaves the hashes of the records.

The chain of a log proves a record to whoever has all that follows it. The tree proves the same with a
logarithm of hashes, and that one head continues another. It follows from the log and
is made again from it; see decision 0027.

A node (level, number) is the root over the leaves number * 2**level up to, but not with, (number + 1) * 2**level.
"""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HEAD = struct.Struct(">Q32s32sq")
_PREFIX = b"comity log head 1\0"
_LEAF, _NODE = b"\0", b"\1"
EMPTY = hashlib.sha256().digest()
"""Root of a tree without leaves."""

Node = tuple[int, int, bytes]
"""Level, number, hash."""


def leaf_hash(data: bytes) -> bytes:
    """Hash a leaf, so that it cannot be taken for a node."""
    return hashlib.sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two nodes into the one above them."""
    return hashlib.sha256(_NODE + left + right).digest()


def grow(size: int, leaf: bytes, at: Callable[[int, int], bytes]) -> Iterator[Node]:
    """Yield the nodes that are complete once a leaf follows `size` others.

    Parameters
    ----------
    leaf
        As `leaf_hash` gives it.
    at
        Gives a node that was complete before, by level and number.
    """
    level, number, value = 0, size, leaf
    yield level, number, value
    while number & 1:
        value = node_hash(at(level, number - 1), value)
        level, number = level + 1, number >> 1
        yield level, number, value


def head_bytes(size: int, root: bytes, last: bytes, instant: int) -> bytes:
    """Return what the signature of a head is over.

    Parameters
    ----------
    root, last
        Root of the tree, hash of the last record; 32 bytes each.
    instant
        Of the last record, microseconds since 1970-01-01 UTC.
    """
    return _PREFIX + _HEAD.pack(size, root, last, instant)


class Tree:
    """Roots and proofs over nodes that are kept elsewhere.

    Parameters
    ----------
    at
        Gives a complete node by level and number.
    """

    def __init__(self, at: Callable[[int, int], bytes]) -> None:
        self._at = at

    def root(self, size: int) -> bytes:
        """Return the root over the first `size` leaves."""
        return self._over(0, size) if size else EMPTY

    def inclusion(self, leaf: int, size: int) -> list[bytes]:
        """Return the hashes that lead from a leaf, 0 <= leaf < size, to the root over `size`; the lowest first."""
        path: list[bytes] = []
        first, last = 0, size
        while last - first > 1:
            middle = first + _split(last - first)
            if leaf < middle:
                path.append(self._over(middle, last))
                last = middle
            else:
                path.append(self._over(first, middle))
                first = middle
        return path[::-1]

    def consistency(self, old: int, size: int) -> list[bytes]:
        """Return the hashes that show that the root over `size` continues that over `old`, 0 < old <= size."""
        path: list[bytes] = []
        first, last, whole = 0, size, True
        while old != last:
            middle = first + _split(last - first)
            if old <= middle:
                path.append(self._over(middle, last))
                last = middle
            else:
                path.append(self._over(first, middle))
                first, whole = middle, False
        if not whole:
            path.append(self._over(first, last))
        return path[::-1]

    def _over(self, first: int, last: int) -> bytes:
        """Root over leaves `first` up to `last`, where `first` is a multiple of the largest complete tree in it."""
        count = last - first
        if count & (count - 1) == 0:
            level = count.bit_length() - 1
            return self._at(level, first >> level)
        middle = first + _split(count)
        return node_hash(self._over(first, middle), self._over(middle, last))


def _split(count: int) -> int:
    """Largest power of two below `count`, which is 2 or more."""
    return 1 << (count - 1).bit_length() - 1
