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
from comity.day.sources import Source
from comity.day.standalone import CODES, EXPONENTS, decimals_of, money_of, named, read_whole, sums_of, used_of
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
        return decimals_of(self.currencies)


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
    return read_whole(source, "orders", ORDERS_SHAPE, _orders)


def _orders(table: Table) -> Orders:
    sell, buy = (money_of(table, column) for column in ("sell", "buy"))
    amount = cells.amounts(table, "amount", sell, EXPONENTS, CODES)
    least = cells.optional_amounts(table, "min_fill", sell, EXPONENTS, CODES)
    table.fault_rows(least < 0, "min_fill", "an amount of 0 or more")
    shift = np.where((sell < 0) | (buy < 0), 0, EXPONENTS[buy] - EXPONENTS[sell])
    numerator, denominator = minor_ratios(table, "limit", shift, LIMIT)
    ids, participants = (named(table, column) for column in ("id", "participant"))
    instant = _instants(table)
    until, expires = cells.dates(table, "until")
    currencies, (sold, bought) = used_of(sell, buy)
    orders = Orders(
        ids,
        participants,
        currencies,
        sold,
        bought,
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
    for place, total in enumerate(sums_of(orders.amount[rows], pair, count * count)):
        if total <= SUM_MAX:
            continue
        sell, buy = (orders.currencies[one] for one in divmod(place, count))
        most, sum_ = (format_minor(minor, CURRENCIES[sell].exponent) for minor in (SUM_MAX, total))
        table.faults.add(
            table.file, 0, "amount", f"orders that sell {sell} for {buy} and sum to at most {most}", f"a sum of {sum_}"
        )
