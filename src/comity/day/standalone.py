"""What the tables of tools share that need no day: any currency of ISO 4217, names as they stand, sums that fit.

Without a day nobody says which currencies and participants there are. A currency
is meant by its place in `CODES` until the table is read, and by its place among
those that the table uses from then on.
"""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comity.day import cells
from comity.day.faults import Faults
from comity.day.sources import Source, read_source
from comity.day.tables import Shape, Table
from comity.day.text import Ints
from comity.model.currency import CURRENCIES

Read = TypeVar("Read")

CODES = tuple(sorted(CURRENCIES))
EXPONENTS = np.array([CURRENCIES[code].exponent for code in CODES], np.int64)
"""Decimals of each of `CODES`."""
_INDEX = {code: place for place, code in enumerate(CODES)}


def read_whole(source: Source, name: str, shape: Shape, read: Callable[[Table], Read]) -> Read:
    """Return what `read` makes of a table; a CSV file with a header alone, or with nothing in it, has no rows.

    Raises
    ------
    InvalidRequest
        With every fault of the table.
    NotFound
        If there is no such file.
    """
    faults = Faults()
    table = read_source(source, name, shape, faults, nothing=True)
    found = [read(table)] if table is not None else []
    faults.raise_if_any()
    return found[0]


def money_of(table: Table, column: str) -> Ints:
    """Return places in `CODES`; -1, with the fault reported, for what is none of them."""
    return cells.codes(table, column, _INDEX, "a currency of ISO 4217")


def named(table: Table, column: str) -> pa.Array:
    """Return ids or codes; a space at either end would make another of the same name."""
    array = cells.names(table, column, cells.ID_LENGTH_MAX).array
    padded = pc.match_substring_regex(array, "^ | $").to_numpy(zero_copy_only=False)
    table.fault_rows(padded, column, "text without a space before or after it")
    return array


def used_of(*places: Ints) -> tuple[tuple[str, ...], list[NDArray[np.int32]]]:
    """Return the codes that columns of places in `CODES` use, in their order, and the columns as places among those."""
    used = np.unique(np.concatenate(places))
    used = used[used >= 0]
    return tuple(CODES[place] for place in used.tolist()), [
        np.searchsorted(used, each).astype(np.int32) for each in places
    ]


def decimals_of(currencies: tuple[str, ...]) -> Ints:
    """Return the decimals of each currency."""
    return np.array([CURRENCIES[code].exponent for code in currencies], np.int64)


def sums_of(amount: Ints, group: NDArray[np.integer], count: int) -> list[int]:
    """Return the exact sum of amounts of 0 or more in each group below `count`; it may be beyond 64 bits."""
    high, low = np.zeros((2, count), np.int64)
    np.add.at(high, group, amount >> 32)
    np.add.at(low, group, amount & 0xFFFFFFFF)
    return [(above << 32) + below for above, below in zip(high.tolist(), low.tolist(), strict=True)]
