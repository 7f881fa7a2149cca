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
from comity.solvers.kernels.auction.curves import CLOSE, sum_up

APART = 4 * CLOSE * 2.0**-53
"""Share of a key by which another differs at most if their limits may stand in the other order."""


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
    """Orders of e pairs by pair, limit, time, with running sums within each pair."""

    start: NDArray[np.int64]
    """e + 1: first order of each pair."""
    key: NDArray[np.float64]
    """Limit, rounded."""
    rows: NDArray[np.int32]
    """Row in the book."""
    reach: NDArray[np.int64]
    """Sum of amounts."""
    worth: NDArray[np.float64]
    """Sum of amount * limit."""


@lean
def match(
    old: Orders,
    new: Orders,
    place: NDArray[np.int64],
    begin: int,
    end: int,
    at: int,
    row_now: NDArray[np.int32],
    fresh: NDArray[np.bool_],
) -> None:
    """Find the new book's rows from `begin` to `end` in the old one, from its row `at` on.

    Parameters
    ----------
    place : int64[currencies^2]
        By sell * currencies + buy: below 0 if the pair was not sorted before.
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
            and place[new.sell[row] * currencies + new.buy[row]] >= 0
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
        All but `start` is written.
    gone : float64[largest pair of `before`], written
        Room.
    """
    for pair in range(first, last):
        begin, end = now.start[pair], now.start[pair + 1]
        some, more = added.start[pair], added.start[pair + 1]
        at = begin + more - some
        if place[pair] >= 0:
            was, until = before.start[place[pair]], before.start[place[pair] + 1]
            _keep(old, before, was, until, row_now, now, at, gone)
        _merge_rows(new, added.key[some:more], added.rows[some:more], now, begin, at, end)
        _merge_keys(added.key[some:more], now.key, begin, at, end)
        sum_up(now.key[begin:end], now.reach[begin:end], now.worth[begin:end])


@lean
def _keep(
    old: Orders,
    before: Ranked,
    begin: int,
    end: int,
    row_now: NDArray[np.int32],
    now: Ranked,
    at: int,
    gone: NDArray[np.float64],
) -> None:
    """Write key, row and amount of what still stands of one pair, from the place `at` on."""
    count, stay, total = 0, at, 0
    for i in range(begin, end):
        row = before.rows[i]
        if row_now[row] >= 0:
            now.rows[stay] = row_now[row]
            now.reach[stay] = before.reach[i] - total
            stay += 1
        else:
            gone[count] = old.numerator[row] / old.denominator[row]
            count += 1
        total = before.reach[i]
    _sort(gone, count)
    stay, skipped = at, 0
    for i in range(begin, end):
        if skipped < count and gone[skipped] == before.key[i]:
            skipped += 1
        else:
            now.key[stay] = before.key[i]
            stay += 1


@lean
def _merge_rows(
    new: Orders,
    fresh_key: NDArray[np.float64],
    fresh_rows: NDArray[np.int32],
    now: Ranked,
    begin: int,
    at: int,
    end: int,
) -> None:
    """Merge rows and amounts with those from `at` to `end`, whose keys stand beside them; what results is at `begin`.

    Keys that are not close tell limits apart; exact products do it for the others.
    """
    for i in range(len(fresh_rows)):
        row = fresh_rows[i]
        room = fresh_key[i] * APART
        while at < end and (
            now.key[at] < fresh_key[i] - room
            or (
                now.key[at] <= fresh_key[i] + room
                and precedes(now.rows[at], row, new.numerator, new.denominator, new.order)
            )
        ):
            now.rows[begin] = now.rows[at]
            now.reach[begin] = now.reach[at]
            at += 1
            begin += 1
        now.rows[begin] = row
        now.reach[begin] = new.amount[row]
        begin += 1


@lean
def _merge_keys(fresh: NDArray[np.float64], key: NDArray[np.float64], begin: int, at: int, end: int) -> None:
    """Merge keys with those from `at` to `end`; what results is at `begin`."""
    for each in fresh:
        while at < end and key[at] <= each:
            key[begin] = key[at]
            at += 1
            begin += 1
        key[begin] = each
        begin += 1


@lean
def _sort(values: NDArray[np.float64], count: int) -> None:
    """Sort the first `count` values by insertion at ever shorter distances: fast if nearly sorted, and never slow."""
    gap = 1
    while gap < count // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, count):
            each, j = values[i], i
            while j >= gap and values[j - gap] > each:
                values[j] = values[j - gap]
                j -= gap
            values[j] = each
        gap //= 3
