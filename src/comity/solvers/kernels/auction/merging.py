"""Orders sorted before: which of them still stand, and the new ones merged in.

An order is known again by its priority in time, and counts as the same only if
its pair, amount and limit are: all else of the order of a pair follows from
these. Books are compared row by row, both in rising priority.

Limits as floating-point numbers and rows are sorted separately, as in
`curves`: where floating point tells limits wrongly apart, the number in one
place need not be that of the row in it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import lean
from comity.engine.kernels.auction import precedes


class Orders(NamedTuple):
    """The columns of a book of m orders that say where each stands in its pair; see `comity.engine.auction.Book`."""

    currencies: int
    sell: NDArray[np.int32]
    buy: NDArray[np.int32]
    amount: NDArray[np.int64]
    numerator: NDArray[np.int64]
    denominator: NDArray[np.int64]
    order: NDArray[np.int64]


class Ranked(NamedTuple):
    """Orders of e pairs by pair, limit, time."""

    start: NDArray[np.int64]
    """e + 1: first order of each pair."""
    key: NDArray[np.float64]
    """Limit, rounded."""
    rows: NDArray[np.int32]
    """Row in the book."""


@lean
def match(
    old: Orders,
    new: Orders,
    known: NDArray[np.bool_],
    begin: int,
    end: int,
    at: int,
    row_now: NDArray[np.int32],
    fresh: NDArray[np.bool_],
) -> None:
    """Find the new book's rows from `begin` to `end` in the old one, from its row `at` on.

    Parameters
    ----------
    known : bool[currencies^2]
        Whether the orders of a pair, by sell * currencies + buy, were sorted before.
    row_now : int32[old m], written
        Where a row of the old book stands in the new one; left as it is if it does not.
    fresh : bool[m], written
        Which rows were not sorted before.
    """
    currencies = new.currencies
    for row in range(begin, end):
        while at < len(old.order) and old.order[at] < new.order[row]:
            at += 1
        same = (
            at < len(old.order)
            and old.order[at] == new.order[row]
            and old.sell[at] == new.sell[row]
            and old.buy[at] == new.buy[row]
            and old.amount[at] == new.amount[row]
            and old.numerator[at] == new.numerator[row]
            and old.denominator[at] == new.denominator[row]
            and known[new.sell[row] * currencies + new.buy[row]]
        )
        fresh[row] = not same
        if same:
            row_now[at] = row


@lean
def merge(
    old: Orders,
    before: Ranked,
    place: NDArray[np.int64],
    row_now: NDArray[np.int32],
    new: Orders,
    added: Ranked,
    now: Ranked,
    first: int,
    last: int,
    gone: NDArray[np.float64],
) -> None:
    """Rank the pairs from `first` to `last`: what still stands of the orders ranked before, and those added.

    Parameters
    ----------
    before
        Rows are those of `old`.
    place : int64[e]
        Where `before` has a pair of `now`; -1 if it has it not.
    row_now : int32[old m]
        Where a row of the old book stands in the new one; -1 if it does not.
    added
        Pairs are those of `now`.
    now
        `key` and `rows` are written.
    gone : float64[largest pair of `before`], written
        Room.
    """
    for pair in range(first, last):
        begin, end = now.start[pair], now.start[pair + 1]
        some, more = added.start[pair], added.start[pair + 1]
        was, until = 0, 0
        if place[pair] >= 0:
            was, until = before.start[place[pair]], before.start[place[pair] + 1]
        stay, left = begin + more - some, 0
        for i in range(was, until):
            row = before.rows[i]
            if row_now[row] >= 0:
                now.rows[stay] = row_now[row]
                stay += 1
            else:
                gone[left] = old.numerator[row] / old.denominator[row]
                left += 1
        _merge_rows(new, added.rows[some:more], now.rows[begin:end])
        _merge_keys(before.key[was:until], gone[:left], added.key[some:more], now.key[begin:end])


@lean
def _merge_rows(new: Orders, fresh_rows: NDArray[np.int32], rows: NDArray[np.int32]) -> None:
    """Merge rows into sorted ones, which stand at the end of `rows`, by steps that double and then halve."""
    at, k = len(fresh_rows), 0
    for row in fresh_rows:
        low, high, width = at, at, 1
        while high < len(rows) and precedes(rows[high], row, new.numerator, new.denominator, new.order):
            low = high + 1
            high = min(high + width, len(rows))
            width *= 2
        while low < high:
            middle = (low + high) >> 1
            if precedes(rows[middle], row, new.numerator, new.denominator, new.order):
                low = middle + 1
            else:
                high = middle
        while at < low:
            rows[k] = rows[at]
            at += 1
            k += 1
        rows[k] = row
        k += 1


@lean
def _merge_keys(
    old: NDArray[np.float64], gone: NDArray[np.float64], fresh: NDArray[np.float64], key: NDArray[np.float64]
) -> None:
    """Write the sorted old keys less those that are gone, which are nearly sorted, and the sorted fresh ones."""
    _sort(gone)
    skipped, taken, k = 0, 0, 0
    for each in old:
        if skipped < len(gone) and gone[skipped] == each:
            skipped += 1
            continue
        while taken < len(fresh) and fresh[taken] < each:
            key[k] = fresh[taken]
            taken += 1
            k += 1
        key[k] = each
        k += 1
    for i in range(taken, len(fresh)):
        key[k + i - taken] = fresh[i]


@lean
def _sort(values: NDArray[np.float64]) -> None:
    """Sort by insertion at ever shorter distances: fast if nearly sorted, and not slow if not."""
    gap = 1
    while gap < len(values) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, len(values)):
            each, j = values[i], i
            while j >= gap and values[j - gap] > each:
                values[j] = values[j - gap]
                j -= gap
            values[j] = each
        gap //= 3
