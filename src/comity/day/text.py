"""Columns of text, and exact numbers, dates and instants out of them.

A column arrives as Arrow text and is parsed by whole columns: all cells of one
length form a matrix of bytes, one pass per character decides for all of them
at once. Nothing is guessed and no float is formed. A parser returns values and
a mask of the cells that it could not read; what to say about those is the
caller's matter.

Amounts are decimal text in major units; instants are RFC 3339 with a zone, or
the time of day of the business date in UTC; dates are ISO 8601.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from comity.model.instant import DAY_US

Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

AMOUNT_DIGITS_MAX = 18
"""Digits of an amount as written, and in minor units."""

_ZERO, _DOT, _MINUS, _PLUS = b"0"[0], b"."[0], b"-"[0], b"+"[0]
_TIME_LENGTHS = (5, 8, 10, 11, 12, 13, 14, 15)
_DATE_LENGTH = 10
_CONTROLS_BELOW = 32
_DELETE = 127


@dataclass(frozen=True, slots=True)
class Text:
    """A column of text without nulls; empty cells stand for what is absent.

    Attributes
    ----------
    array
        The Arrow array (large_string) that owns the bytes.
    data : uint8[:]
        Bytes of the underlying buffer.
    offsets : int64[n + 1]
        Cell i is `data[offsets[i]:offsets[i + 1]]`, UTF-8.
    """

    array: pa.Array
    data: Bytes
    offsets: Ints

    @classmethod
    def of(cls, column: pa.Array | pa.ChunkedArray) -> "Text":
        """View an Arrow column of text; nulls become empty."""
        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        array = whole if pa.types.is_large_string(whole.type) else whole.cast(pa.large_string())
        if array.null_count:
            array = array.fill_null("")
        _, offsets, data = array.buffers()
        if data is None or not len(array):
            return cls(array, np.zeros(0, np.uint8), np.zeros(len(array) + 1, np.int64))
        window = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
        return cls(array, np.frombuffer(data, np.uint8), window)

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, row: int) -> str:
        return str(self.array[int(row)].as_py())

    @property
    def lengths(self) -> Ints:
        """Bytes of each cell."""
        lengths: Ints = self.offsets[1:] - self.offsets[:-1]
        return lengths

    @property
    def absent(self) -> Bools:
        """Cells that are empty."""
        mask: Bools = self.lengths == 0
        return mask

    def has_controls(self) -> bool:
        """Whether any cell holds a control character of ASCII, NUL included."""
        used = self.data[self.offsets[0] : self.offsets[-1]]
        return bool(np.any((used < _CONTROLS_BELOW) | (used == _DELETE)))

    def by_length(self) -> Iterator["Group"]:
        """Cells grouped by their length, shortest first, empty ones left out."""
        lengths = self.lengths
        for length in np.unique(lengths).tolist():
            if length:
                rows = np.flatnonzero(lengths == length)
                if len(rows) == len(self):
                    used = self.data[self.offsets[0] : self.offsets[-1]]
                    yield Group(length, rows, used.reshape(len(rows), length))
                else:
                    windows = np.lib.stride_tricks.sliding_window_view(self.data, length)
                    yield Group(length, rows, windows[self.offsets[rows]])


class Group(NamedTuple):
    """Cells of one length."""

    length: int
    rows: Ints
    cells: Bytes
    """uint8[rows, length]."""


class Amounts(NamedTuple):
    """Amounts as read."""

    minor: Ints
    """Minor units; 0 where unreadable."""
    not_decimal: Bools
    """Not decimal text, such as 1234.50 or -3."""
    decimals_over: Bools
    """More decimals than the currency has."""
    digits_over: Bools
    """More digits than fit."""


def read_amounts(text: Text, exponents: Ints) -> Amounts:
    """Read decimal text in major units into minor units, exactly.

    Parameters
    ----------
    text
        One amount a row; an empty cell is not a decimal.
    exponents : int64[n]
        Decimals of each row's currency, 0 to 4.
    """
    count = len(text)
    answer = Amounts(np.zeros(count, np.int64), text.absent, np.zeros(count, np.bool_), np.zeros(count, np.bool_))
    for length, rows, cells in text.by_length():
        is_dot = cells == _DOT
        dots = np.where(is_dot.any(1), is_dot.argmax(1), length)
        layout = 2 * dots + (cells[:, 0] == _MINUS)
        for kind in np.unique(layout).tolist():
            of_kind = layout == kind
            _read_amounts_of_layout(answer, rows[of_kind], cells[of_kind], exponents[rows[of_kind]], kind)
    return answer


def _read_amounts_of_layout(answer: Amounts, rows: Ints, cells: Bytes, exponents: Ints, layout: int) -> None:
    """Read cells of one length whose point stands at one place; `layout` is twice that place, plus 1 with a sign."""
    dot, negative = divmod(layout, 2)
    whole, fraction = cells[:, negative:dot], cells[:, dot + 1 :]
    decimals = fraction.shape[1]
    digits = whole.shape[1] + decimals
    value, wrong = _number(np.hstack((whole, fraction)))
    if not whole.shape[1] or (dot < cells.shape[1] and not decimals):
        wrong[:] = True
    scale = 10 ** np.maximum(exponents - decimals, 0)
    too_fine = ~wrong & (decimals > exponents)
    too_long = ~wrong & ((digits > AMOUNT_DIGITS_MAX) | (value > (10**AMOUNT_DIGITS_MAX - 1) // scale))
    good = ~(wrong | too_fine | too_long)
    answer.minor[rows] = np.where(good, (1 - 2 * negative) * value * scale, 0)
    answer.not_decimal[rows] = wrong
    answer.decimals_over[rows] = too_fine
    answer.digits_over[rows] = too_long


def read_dates(text: Text) -> tuple[Ints, Bools]:
    """Read ISO 8601 dates (YYYY-MM-DD) as days since 1970-01-01; with a mask of unreadable cells."""
    days = np.zeros(len(text), np.int64)
    wrong = ~text.absent
    for length, rows, cells in text.by_length():
        if length == _DATE_LENGTH:
            days[rows], wrong[rows] = _days(cells)
    return days, wrong


def read_instants(text: Text, midnight: int) -> tuple[Ints, Bools]:
    """Read instants as microseconds since 1970-01-01 UTC; with a mask of unreadable cells.

    Parameters
    ----------
    text
        HH:MM, HH:MM:SS or HH:MM:SS.ffffff (1 to 6 decimals) of the business date in UTC, or RFC 3339 with
        Z or an offset, at most 6 decimals. Empty cells read as 0 and are not wrong.
    midnight
        Start of the business date, microseconds since 1970-01-01 UTC.
    """
    instants = np.zeros(len(text), np.int64)
    wrong = ~text.absent
    for length, rows, cells in text.by_length():
        if length in _TIME_LENGTHS:
            instants[rows], wrong[rows] = _time_of_day(cells)
            instants[rows] += midnight
        elif length > _DATE_LENGTH + 1:
            instants[rows], wrong[rows] = _timestamps(cells)
    return np.where(wrong, 0, instants), wrong


def _number(cells: Bytes) -> tuple[Ints, Bools]:
    """Read columns of digits as one number a row; with a mask of rows that hold other characters."""
    value = np.zeros(len(cells), np.int64)
    wrong = np.zeros(len(cells), np.bool_)
    for place in range(cells.shape[1]):
        digit = cells[:, place] - _ZERO
        wrong |= digit > 9  # noqa: PLR2004 - unsigned: smaller bytes wrap above
        value = value * 10 + digit
    return value, wrong


def _time_of_day(cells: Bytes) -> tuple[Ints, Bools]:
    """Read HH:MM[:SS[.f{1,6}]] as microseconds."""
    length = cells.shape[1]
    hour, wrong = _number(cells[:, 0:2])
    minute, bad = _number(cells[:, 3:5])
    wrong |= bad | (cells[:, 2] != b":"[0]) | (hour > 23) | (minute > 59)  # noqa: PLR2004 - hours and minutes
    time = (hour * 60 + minute) * 60_000_000
    if length > 5:  # noqa: PLR2004 - length of HH:MM
        second, bad = _number(cells[:, 6:8])
        wrong |= bad | (cells[:, 5] != b":"[0]) | (second > 59)  # noqa: PLR2004 - seconds
        time += second * 1_000_000
    if length > 8:  # noqa: PLR2004 - length of HH:MM:SS
        fraction, bad = _number(cells[:, 9:])
        wrong |= bad | (cells[:, 8] != _DOT)
        time += fraction * 10 ** (15 - length)
    return time, wrong


def _days(cells: Bytes) -> tuple[Ints, Bools]:
    """Read YYYY-MM-DD as days since 1970-01-01."""
    year, wrong = _number(cells[:, 0:4])
    month, bad = _number(cells[:, 5:7])
    day, worse = _number(cells[:, 8:10])
    wrong |= bad | worse | (cells[:, 4] != _MINUS) | (cells[:, 7] != _MINUS)
    wrong |= (month < 1) | (month > 12) | (day < 1) | (year < 1)  # noqa: PLR2004 - months of a year
    months = np.where(wrong, 0, (year - 1970) * 12 + month - 1)
    first = months.astype("<M8[M]").astype("<M8[D]").astype(np.int64)
    following = (months + 1).astype("<M8[M]").astype("<M8[D]").astype(np.int64)
    wrong |= first + day > following
    return np.where(wrong, 0, first + day - 1), wrong


def _timestamps(cells: Bytes) -> tuple[Ints, Bools]:
    """Read RFC 3339 with Z or an offset as microseconds since 1970-01-01 UTC."""
    days, wrong = _days(cells[:, :10])
    mark = cells[:, 10]
    wrong |= (mark != b"T"[0]) & (mark != b"t"[0]) & (mark != b" "[0])
    zulu = (cells[:, -1] == b"Z"[0]) | (cells[:, -1] == b"z"[0])
    instants = np.zeros(len(cells), np.int64)
    for rows, tail in ((np.flatnonzero(zulu), 1), (np.flatnonzero(~zulu), 6)):
        time = cells[rows, 11 : cells.shape[1] - tail]
        if time.shape[1] not in _TIME_LENGTHS[1:]:
            wrong[rows] = True
            continue
        value, bad = _time_of_day(time)
        if tail > 1:
            ahead, worse = _zone(cells[rows, -tail:])
            value, bad = value - ahead, bad | worse
        instants[rows] = value
        wrong[rows] |= bad
    return days * DAY_US + instants, wrong


def _zone(cells: Bytes) -> tuple[Ints, Bools]:
    """Read +HH:MM or -HH:MM as microseconds ahead of UTC."""
    ahead, wrong = _time_of_day(cells[:, 1:])
    sign = cells[:, 0]
    wrong |= (sign != _PLUS) & (sign != _MINUS)
    return np.where(sign == _MINUS, -ahead, ahead), wrong
