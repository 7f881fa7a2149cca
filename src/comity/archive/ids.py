"""Ids as their senders wrote them, found again in the bodies of the log.

The engine knows an id only by its hash; the text stands in the record by which
the instruction entered, at the row's `text` offset, closed by NUL. A transfer's
id is the `target` of its command.
"""

import json
from collections.abc import Iterable
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from comity.engine.columns import OBLIGATION, ORDER, PAYMENT, PVP, RecordKind, unpack

_ROWS = {
    RecordKind.PAYMENTS: PAYMENT,
    RecordKind.PVPS: PVP,
    RecordKind.OBLIGATIONS: OBLIGATION,
    RecordKind.ORDERS: ORDER,
}


class LoggedEntry(Protocol):
    """What is read of a record's content."""

    @property
    def kind(self) -> int:
        """A `RecordKind`."""

    @property
    def instant(self) -> int:
        """Microseconds since 1970-01-01 UTC."""

    @property
    def body(self) -> bytes:
        """See `comity.engine.columns`."""

    @property
    def count(self) -> int:
        """Instructions in the body."""


class Logged(Protocol):
    """A record of the log."""

    @property
    def sequence(self) -> int:
        """Its number, from 1."""

    @property
    def entry(self) -> LoggedEntry:
        """Its content."""


class Ids:
    """Gathers the ids of instructions from the records by which they entered.

    Parameters
    ----------
    entry_sequence, entry_row : int[n]
        Of each instruction: the record, and the row or command in it.
    """

    def __init__(self, entry_sequence: NDArray[np.integer], entry_row: NDArray[np.integer]) -> None:
        self._order = np.argsort(entry_sequence, kind="stable")
        self._sequence = entry_sequence[self._order]
        self._row = entry_row[self._order]
        self._parts: list[pa.Array] = []
        self._done = 0

    def add(self, record: Logged) -> None:
        """Take in the next record; records come in order of sequence, none left out."""
        end = int(np.searchsorted(self._sequence, record.sequence, side="right"))
        rows = self._row[self._done : end]
        if len(rows):
            self._parts.append(_texts(record.entry, rows))
            self._done = end

    def column(self) -> pa.Array:
        """Return the ids by instruction, null where there is none; ValueError if a record was missing."""
        if self._done != len(self._order):
            raise ValueError(f"record {self._sequence[self._done]} is missing")
        back = np.empty(len(self._order), np.int64)
        back[self._order] = np.arange(len(self._order))
        texts = pa.concat_arrays(self._parts) if self._parts else pa.array([], pa.large_string())
        return texts.take(pa.array(back))


def _texts(entry: LoggedEntry, rows: NDArray[np.integer]) -> pa.Array:
    dtype = _ROWS.get(RecordKind(entry.kind))
    if dtype is not None:
        entered, _, text = unpack(entry.body, dtype)
        return _at(text, entered["text"][rows])
    if entry.kind == RecordKind.COMMANDS:
        return _targets(json.loads(entry.body), rows)
    return pa.nulls(len(rows), pa.large_string())


def _at(text: memoryview, offsets: NDArray[np.integer]) -> pa.Array:
    """Return the texts that begin at `offsets` of a block of texts, each closed by NUL; -1 is none."""
    block = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(block == 0)
    starts = np.append(0, ends + 1)[: len(ends) + 1]
    plain = block[block != 0]
    bounds = (starts - np.arange(len(starts))).astype(np.int64)
    pieces = pa.Array.from_buffers(
        pa.large_string(), len(ends), [None, pa.py_buffer(bounds.tobytes()), pa.py_buffer(plain.tobytes())]
    )
    none = offsets < 0
    place = np.searchsorted(starts, np.where(none, 0, offsets))
    return pieces.take(pa.array(place, mask=none))


def _targets(commands: Iterable[object], rows: NDArray[np.integer]) -> pa.Array:
    given = [command.get("target") if isinstance(command, dict) else None for command in commands]
    named = [text if isinstance(text, str) and text else None for text in given]
    return pa.array([named[row] if 0 <= row < len(named) else None for row in rows.tolist()], pa.large_string())
