"""Checked columns: what the cells of a table mean, with every fault reported.

Each function turns one column of a `Table` into numbers and reports the cells
that cannot be read. A cell with a fault gets a harmless value, so that the other
columns can still be checked; nothing of a DAY is used if there was any fault.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comity.day.tables import Table, quoted
from comity.day.text import Bools, Ints, Text, read_amounts, read_dates, read_instants
from comity.errors import FAULTS_MAX

ID_LENGTH_MAX = 35
INSTANT = "HH:MM:SS[.ffffff] of the business date in UTC, or RFC 3339 with a zone"

_EXPONENT_UNKNOWN = 4


def codes(table: Table, column: str, index: Mapping[str, int], expected: str, *, optional: bool = False) -> Ints:
    """Return the index of each cell's code; -1 for what is unknown (a fault) or, if optional, absent.

    With nothing `expected` no fault is reported: the table of the codes has faults of its own.
    """
    if optional and not table.has(column):
        return np.full(table.rows, -1, np.int64)
    text = table.text(column)
    encoded = text.array.dictionary_encode()
    found = [index.get(code, -1) for code in encoded.dictionary.to_pylist()]
    answer: Ints = np.array([*found, -1], np.int64)[encoded.indices.to_numpy(zero_copy_only=False)]
    wrong = answer < 0
    if optional:
        wrong &= ~text.absent
    if expected and wrong.any():
        table.fault_rows(wrong, column, expected)
    return answer


def choices(table: Table, column: str, words: Sequence[str], default: int) -> Ints:
    """Return the place of each cell's word among `words`; an absent one is `default`."""
    answer = codes(table, column, {word: place for place, word in enumerate(words)}, one_of(words), optional=True)
    return np.where(answer < 0, default, answer)


def one_of(words: Sequence[str]) -> str:
    """Say a choice in words."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


def amounts(table: Table, column: str, currencies: Ints, exponents: NDArray[np.int64], names: Sequence[str]) -> Ints:
    """Return amounts in minor units.

    Parameters
    ----------
    table, column
        Where they stand; an empty cell is a fault.
    currencies : int64[n]
        Index of each row's currency, -1 unknown.
    exponents : int64[c]
        Decimals of each currency.
    names
        Code of each currency.
    """
    known = currencies >= 0
    decimals = np.where(known, np.append(exponents, 0)[currencies], _EXPONENT_UNKNOWN)
    read = read_amounts(table.text(column), decimals)
    table.fault_rows(read.not_decimal, column, "an amount as decimal text, such as 1234.50")
    for row in np.flatnonzero(read.decimals_over)[: FAULTS_MAX + 1].tolist():
        limit = f"{decimals[row]} decimals" if decimals[row] != 1 else "1 decimal"
        table.fault(row, column, f"at most {limit}" + (f" ({names[currencies[row]]})" if known[row] else ""))
    table.fault_rows(read.digits_over & known, column, "at most 18 digits, in minor units too")
    return read.minor


def optional_amounts(
    table: Table, column: str, currencies: Ints, exponents: NDArray[np.int64], names: Sequence[str]
) -> Ints:
    """Return amounts in minor units; an absent one is 0."""
    if not table.has(column):
        return np.zeros(table.rows, np.int64)
    absent = table.text(column).absent
    filled = pc.if_else(pa.array(absent), pa.scalar("0", pa.large_string()), table.text(column).array)
    columns = {**table.columns, column: Text.of(filled)}
    return amounts(
        Table(table.file, table.rows, columns, table.faults, table.raw), column, currencies, exponents, names
    )


def instants(table: Table, column: str, midnight: int, *, optional: bool = False) -> Ints:
    """Return instants as microseconds since 1970-01-01 UTC; an absent optional one is 0."""
    if optional and not table.has(column):
        return np.zeros(table.rows, np.int64)
    text = table.text(column)
    values, wrong = read_instants(text, midnight)
    table.fault_rows(wrong if optional else wrong | text.absent, column, INSTANT)
    return values


def dates(table: Table, column: str, expected: str = "a date as YYYY-MM-DD") -> tuple[Ints, Bools]:
    """Return dates as days since 1970-01-01, and which rows have one."""
    text = table.text(column)
    values, wrong = read_dates(text)
    table.fault_rows(wrong, column, expected)
    return values, ~text.absent & ~wrong


def names(table: Table, column: str, length_max: int, *, optional: bool = False) -> Text:
    """Return text of 1 to `length_max` characters without control characters."""
    text = table.text(column)
    if not optional:
        table.fault_rows(text.absent, column, f"1 to {length_max} characters")
    if bool(np.any(text.lengths > length_max)):
        long: Bools = pc.greater(pc.utf8_length(text.array), length_max).to_numpy(zero_copy_only=False)
        table.fault_rows(long, column, f"at most {length_max} characters")
    if text.has_controls():
        wrong: Bools = pc.match_substring_regex(text.array, "[\\x00-\\x1f\\x7f]").to_numpy(zero_copy_only=False)
        table.fault_rows(wrong, column, "text without control characters")
    return text


def unique(table: Table, column: str, keys: Sequence[object], what: str) -> None:
    """Report every row whose key stood in an earlier row."""
    first: dict[object, int] = {}
    for row, key in enumerate(keys):
        if key in first:
            table.fault(row, column, f"{what} once", f"it again, first in row {first[key] + 1}")
        else:
            first[key] = row


def words(cell: str) -> tuple[str, ...]:
    """Split a list inside a cell."""
    return tuple(cell.split())


def show(cell: str) -> str:
    """Show a cell as found."""
    return quoted(cell)
