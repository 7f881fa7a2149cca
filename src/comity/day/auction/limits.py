"""Limits and bands as exact ratios of minor units, in lowest terms.

A limit is written in major units of one currency per major unit of another, as a
decimal or as p/q. Between minor units it is another ratio: the decimals of the
two currencies move a power of ten from one number to the other. All of it is done
by whole columns in 64 bits, where an admission cap makes sure that nothing wraps.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.day.tables import Table
from comity.day.text import Bools, Ints, Text, read_amounts
from comity.engine.auction import RATIO_MAX

DIGITS_MAX = 18
"""Digits of a decimal, and of either number of a ratio."""

_DECIMAL = "^[0-9]+([.][0-9]+)?$"
_RATIO = "^[0-9]+/[0-9]+$"
_LONG = f"^[0-9]{{{DIGITS_MAX + 1},}}/|/[0-9]{{{DIGITS_MAX + 1},}}$"


def minor_ratios(table: Table, column: str, shift: Ints, unit: str) -> tuple[Ints, Ints]:
    """Read a column of limits; what cannot be read is a fault and becomes 1/1.

    Parameters
    ----------
    table, column
        Where they stand; an empty cell is a fault.
    shift : int64[n]
        Decimals of the currency that is counted, less those of the currency per unit of which it is; -4 to 4.
    unit
        What the number is, in words, for faults.

    Returns
    -------
    numerator, denominator : int64[n]
        1 to `RATIO_MAX`, in lowest terms.
    """
    text = table.text(column)
    decimal, ratio = _matches(text, _DECIMAL), _matches(text, _RATIO)
    above, below, long = np.ones(len(text), np.int64), np.ones(len(text), np.int64), np.zeros(len(text), np.bool_)
    for rows, read in ((np.flatnonzero(decimal), _decimals), (np.flatnonzero(ratio), _quotients)):
        if len(rows):
            above[rows], below[rows], long[rows] = read(text.array.take(pa.array(rows)))
    table.fault_rows(~(decimal | ratio), column, f"{unit}: a decimal such as 7.1035, or p/q")
    table.fault_rows(long, column, f"{unit} of at most {DIGITS_MAX} digits, or two numbers of as many")
    zero = (above == 0) | (below == 0)
    table.fault_rows(zero & ~long, column, f"{unit} above 0 and finite")
    above, below = np.where(zero, 1, above), np.where(zero, 1, below)
    numerator, denominator, wide = _shifted(above, below, shift)
    table.fault_rows(wide, column, f"{unit} whose ratio in minor units has no number above 2^62 - 1 = {RATIO_MAX}")
    return np.where(wide, 1, numerator), np.where(wide, 1, denominator)


def _decimals(cells: pa.Array) -> tuple[Ints, Ints, Bools]:
    """Return numerators, powers of ten below them, and which have too many digits."""
    point = pc.find_substring(cells, ".").to_numpy(zero_copy_only=False).astype(np.int64)
    length = pc.binary_length(cells).to_numpy(zero_copy_only=False).astype(np.int64)
    places = np.where(point < 0, 0, length - 1 - point)
    long = length - (point >= 0) > DIGITS_MAX
    places = np.where(long, 0, places)
    read = read_amounts(Text.of(cells), places)
    return read.minor, 10**places, long


def _quotients(cells: pa.Array) -> tuple[Ints, Ints, Bools]:
    """Return numerators, denominators, and which have too many digits."""
    parts = Text.of(pc.list_flatten(pc.split_pattern(cells, "/")))
    read = read_amounts(parts, np.zeros(len(parts), np.int64)).minor
    return read[::2], read[1::2], _matches(Text.of(cells), _LONG)


def _shifted(above: Ints, below: Ints, shift: Ints) -> tuple[Ints, Ints, Bools]:
    """Multiply ratios by powers of ten, in lowest terms; with a mask of those that do not fit."""
    common = np.gcd(above, below)
    above, below = above // common, below // common
    tens = 10 ** np.abs(shift)
    up = shift >= 0
    grows, shrinks = np.where(up, above, below), np.where(up, below, above)
    common = np.gcd(tens, shrinks)
    tens, shrinks = tens // common, shrinks // common
    wide = grows > RATIO_MAX // tens
    grows = np.where(wide, 1, grows) * tens
    return np.where(up, grows, shrinks), np.where(up, shrinks, grows), wide


def _matches(text: Text, pattern: str) -> Bools:
    answer: Bools = pc.match_substring_regex(text.array, pattern).to_numpy(zero_copy_only=False)
    return answer
