"""Orders in a table: who sells how much of which currency for which other, at what limit.

What cannot be read as an order is a fault of the table. What can be read and breaks
a rule is an outcome: a row whose id its participant used before, an amount of zero or
less, one currency on both sides, a minimum above the amount, an order that had expired
before the last one came. It stays in the answer, with a reason, and does not trade.

The order in time is by instant, then by row.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comity.day import cells
from comity.day.auction.limits import minor_ratios
from comity.day.faults import Faults
from comity.day.sources import Source, read_source
from comity.day.tables import Shape, Table
from comity.day.text import Bools, Ints
from comity.engine.auction import SUM_MAX
from comity.model.amount import format_minor
from comity.model.currency import CURRENCIES
from comity.model.instant import DAY_US
from comity.model.reason import Reason

ORDERS_SHAPE = Shape(
    ("id", "instant", "participant", "sell", "buy", "amount", "limit"),
    ("min_fill", "until"),
)
LIMIT = "a limit in major units of buy per major unit of sell"

_CODES = tuple(sorted(CURRENCIES))
_EXPONENTS = np.array([CURRENCIES[code].exponent for code in _CODES], np.int64)
_CURRENCY = "a currency of ISO 4217"
_BETWEEN = "\x1f"


class Entry(IntEnum):
    """What became of a row before the auction."""

    STANDS = 0
    REPEATED = 1
    """Same participant, id and content as a row before it."""
    REJECTED = 2


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders in the order of the table, n of them.

    Attributes
    ----------
    ids, participants
        Arrow text.
    currencies
        Codes that are sold or bought, in their order.
    sell, buy
        int32[n]: places in `currencies`.
    amount
        int64[n]: minor units of `sell`.
    numerator, denominator
        int64[n]: at least so many minor units of `buy` per minor unit of `sell`; in lowest terms.
    least
        int64[n]: filled by so many minor units of `sell` or not at all; 0 if the row says nothing.
    order
        int64[n]: rank by instant, then row.
    instant
        int64[n]: microseconds since 1970-01-01 UTC, or since midnight if the table has times of day.
    until
        int64[n]: days since 1970-01-01; -1 none.
    entry, reason
        int64[n]: `Entry` and `Reason`.
    """

    ids: pa.Array
    participants: pa.Array
    currencies: tuple[str, ...]
    sell: NDArray[np.int32]
    buy: NDArray[np.int32]
    amount: Ints
    numerator: Ints
    denominator: Ints
    least: Ints
    order: Ints
    instant: Ints
    until: Ints
    entry: Ints
    reason: Ints

    def __len__(self) -> int:
        return len(self.amount)

    @property
    def exponents(self) -> Ints:
        """Decimals of each currency."""
        return np.array([CURRENCIES[code].exponent for code in self.currencies], np.int64)


def read_orders(source: Source) -> Orders:
    """Read the orders of an auction.

    A CSV file with a header alone, or with nothing in it, is an auction without orders.

    Raises
    ------
    InvalidRequest
        With every fault of the table.
    NotFound
        If there is no such file.
    """
    faults = Faults()
    table = read_source(source, "orders", ORDERS_SHAPE, faults, nothing=True)
    found = _orders(table) if table is not None else None
    faults.raise_if_any()
    assert found is not None
    return found


def _orders(table: Table) -> Orders:
    index = {code: place for place, code in enumerate(_CODES)}
    sell, buy = (cells.codes(table, column, index, _CURRENCY) for column in ("sell", "buy"))
    amount = cells.amounts(table, "amount", sell, _EXPONENTS, _CODES)
    least = cells.optional_amounts(table, "min_fill", sell, _EXPONENTS, _CODES)
    table.fault_rows(least < 0, "min_fill", "an amount of 0 or more")
    shift = np.where((sell < 0) | (buy < 0), 0, _EXPONENTS[buy] - _EXPONENTS[sell])
    numerator, denominator = minor_ratios(table, "limit", shift, LIMIT)
    ids, participants = (_named(table, column) for column in ("id", "participant"))
    instant = _instants(table)
    until, expires = cells.dates(table, "until")
    used = np.unique(np.concatenate((sell, buy)))
    used = used[used >= 0]
    orders = Orders(
        ids,
        participants,
        tuple(_CODES[place] for place in used.tolist()),
        np.searchsorted(used, sell).astype(np.int32),
        np.searchsorted(used, buy).astype(np.int32),
        amount,
        numerator,
        denominator,
        least,
        _ranked(instant),
        instant,
        np.where(expires, until, -1),
        np.zeros(table.rows, np.int64),
        np.zeros(table.rows, np.int64),
    )
    if not len(table.faults):
        _judge(orders)
        _check_sums(table, orders)
    return orders


def _named(table: Table, column: str) -> pa.Array:
    """Return ids or codes; a space at either end would make another of the same name."""
    array = cells.names(table, column, cells.ID_LENGTH_MAX).array
    padded = pc.match_substring_regex(array, "^ | $").to_numpy(zero_copy_only=False)
    table.fault_rows(padded, column, "text without a space before or after it")
    return array


def _instants(table: Table) -> Ints:
    """Return instants; a table has times of one day, or times with their dates, not both."""
    instant = cells.instants(table, "instant", 0)
    plain = (instant < DAY_US) & ~table.text("instant").absent
    if plain.any() and not plain.all() and not len(table.faults):
        table.fault_rows(plain, "instant", "RFC 3339 with a zone, as in other rows of the table")
    return instant


def _ranked(instant: Ints) -> Ints:
    """Return the rank of every row by instant, then row."""
    rank = np.arange(len(instant))
    if np.any(instant[1:] < instant[:-1]):
        rank[np.argsort(instant, kind="stable")] = np.arange(len(instant))
    return rank


def _judge(orders: Orders) -> None:
    """Set entry and reason of every row; of several reasons the first by precedence holds."""
    day = int(orders.instant.max(initial=0)) // DAY_US
    expired = (orders.until >= 0) & (day > 0) & (orders.until < day)
    for wrong, reason in (
        (orders.least > orders.amount, Reason.INVALID),
        (expired, Reason.LATE),
        (orders.sell == orders.buy, Reason.CURRENCY),
        (orders.amount <= 0, Reason.AMOUNT_NOT_POSITIVE),
    ):
        orders.reason[wrong] = reason
    orders.entry[orders.reason > 0] = Entry.REJECTED
    first = _first_rows(orders)
    again = np.flatnonzero(first != np.arange(len(orders)))
    if len(again):
        same = _same_content(orders, again, first[again])
        orders.entry[again] = np.where(same, Entry.REPEATED, Entry.REJECTED)
        orders.reason[again] = np.where(same, Reason.NONE, Reason.DUPLICATE)


def _first_rows(orders: Orders) -> Ints:
    """Return for every row the first with its participant and id."""
    joined = pc.binary_join_element_wise(orders.participants, orders.ids, pa.scalar(_BETWEEN, pa.large_string()))
    coded = joined.dictionary_encode()
    place = coded.indices.to_numpy(zero_copy_only=False)
    first = np.empty(len(coded.dictionary), np.int64)
    first[place[::-1]] = np.arange(len(orders))[::-1]
    answer: Ints = first[place]
    return answer


def _same_content(orders: Orders, rows: Ints, others: Ints) -> Bools:
    """Return which rows say the same as others; when they were entered is no part of what they say."""
    parts = ("sell", "buy", "amount", "numerator", "denominator", "least", "until")
    same = np.ones(len(rows), np.bool_)
    for part in parts:
        column = getattr(orders, part)
        same &= column[rows] == column[others]
    return same


def _check_sums(table: Table, orders: Orders) -> None:
    """Report an ordered pair whose amounts sum to more than fits."""
    rows = np.flatnonzero(orders.entry == Entry.STANDS)
    count = len(orders.currencies)
    pair = orders.sell[rows].astype(np.int64) * count + orders.buy[rows]
    high, low = np.zeros((2, count * count), np.int64)
    np.add.at(high, pair, orders.amount[rows] >> 32)
    np.add.at(low, pair, orders.amount[rows] & 0xFFFFFFFF)
    for place in np.flatnonzero(high >= SUM_MAX >> 33).tolist():
        total = (int(high[place]) << 32) + int(low[place])
        if total <= SUM_MAX:
            continue
        sell, buy = (orders.currencies[one] for one in divmod(place, count))
        most, sum_ = (format_minor(minor, CURRENCIES[sell].exponent) for minor in (SUM_MAX, total))
        table.faults.add(
            table.file, 0, "amount", f"orders that sell {sell} for {buy} and sum to at most {most}", f"a sum of {sum_}"
        )
