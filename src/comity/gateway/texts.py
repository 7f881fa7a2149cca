"""Texts: ids and purposes as their senders wrote them, found again in the records by which they entered.

The engine knows an id by its hash alone. A few records that were read last are kept, up to a
number of bytes, since who lists instructions mostly asks for those of few records.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from comity.engine.columns import OBLIGATION, ORDER, PAYMENT, PVP, RecordKind, unpack
from comity.log.record import decode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from comity.log.protocol import LogReader

BYTES_MAX = 64 << 20
"""Bytes of texts kept."""
_OVERHEAD = 512

_ROWS = {
    RecordKind.PAYMENTS: PAYMENT,
    RecordKind.PVPS: PVP,
    RecordKind.OBLIGATIONS: OBLIGATION,
    RecordKind.ORDERS: ORDER,
}


class Words(NamedTuple):
    """What a sender wrote."""

    id: str = ""
    purpose: str = ""
    """Of an obligation its reference."""


class _Block(NamedTuple):
    starts: NDArray[np.int32]
    text: bytes

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return len(self.text) + self.starts.nbytes + _OVERHEAD

    def words(self, row: int) -> Words:
        start = int(self.starts[row]) if 0 <= row < len(self.starts) else -1
        if start < 0:
            return Words()
        middle = self.text.index(b"\0", start)
        end = self.text.index(b"\0", middle + 1)
        return Words(self.text[start:middle].decode(), self.text[middle + 1 : end].decode())


class Texts:
    """Finds texts in a log; from any thread, one at a time.

    Parameters
    ----------
    log
        Read by nobody else meanwhile.
    bytes_max
        How much is kept.
    """

    def __init__(self, log: LogReader, bytes_max: int = BYTES_MAX) -> None:
        self._log = log
        self._max = bytes_max
        self._kept: OrderedDict[int, _Block] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def find(self, entries: Iterable[tuple[int, int]]) -> list[Words]:
        """Return what stands in these rows of these records; nothing where the row was not written by a sender.

        Raises
        ------
        LogError
            The log cannot be read.
        """
        with self._lock:
            return [self._block(sequence).words(row) for sequence, row in entries]

    def _block(self, sequence: int) -> _Block:
        known = self._kept.get(sequence)
        if known is not None:
            self._kept.move_to_end(sequence)
            return known
        block = _read(next(iter(self._log.read(sequence))).data, sequence)
        self._kept[sequence] = block
        self._bytes += block.size
        while self._bytes > self._max and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= dropped.size
        return block


def _read(data: bytes, sequence: int) -> _Block:
    entry = decode(data, sequence).entry
    dtype = _ROWS.get(RecordKind(entry.kind))
    if dtype is not None:
        rows, _, text = unpack(entry.body, dtype)
        return _Block(rows["text"].copy(), bytes(text))
    if entry.kind != RecordKind.COMMANDS:
        return _Block(np.zeros(0, np.int32), b"")
    targets = [str(each.get("target", "")) if isinstance(each, dict) else "" for each in json.loads(entry.body)]
    lines = [target.encode() + b"\0\0" for target in targets]
    starts = np.cumsum([0, *(len(line) for line in lines)])[:-1]
    return _Block(starts.astype(np.int32), b"".join(lines))
