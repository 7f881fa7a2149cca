"""Orders at the rates of their pairs: judged one by one, ranked and shared out where they need not fill.

A limit is numerator / denominator, so limits compare as products of 128 bits. At
prices a of what is sold and b of what is bought, an order's limit lies within a rate
of a / b if numerator * b <= denominator * a. A ranking holds rows by ordered pair, then
limit, then priority in time.
"""

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import kernel, lean
from comity.engine.kernels.exact import HALF, LOW_HALF, LOW_WORD, at_most, compare, quotient, remainder
from comity.engine.kernels.state import Int32s, Int64s

Bools = NDArray[np.bool_]

HOLDS, OUT_OF_RANGE, OUT_OF_PLACE, OUTSIDE, UNFILLED, BEYOND = range(6)
SOLD, PAID, FILLS, MUST, MAY, SHORT = range(6)
"""What `judge_orders` sums by pair: minor units sold, paid out, orders filled, minor units that must fill, and that
may; and the orders within the rate that are not full."""
SUMS = 6
MOVES = 8
"""Places that `put_in_order` moves rows by insertion, on average."""


@lean
def precedes(first: int, second: int, numerator: Int64s, denominator: Int64s, order: Int64s) -> bool:
    """Return whether one order of a pair stands before another: lower limit, else earlier."""
    sign = compare(numerator[first], denominator[second], numerator[second], denominator[first])
    return sign < 0 or (sign == 0 and bool(order[first] < order[second]))


@kernel
def put_in_order(rank: Int32s, pair: Int32s, numerator: Int64s, denominator: Int64s, order: Int64s) -> None:
    """Move rows that a ranking has out of place; `rank` is changed.

    By insertion, which a nearly right ranking needs little of; if it moves more than `MOVES` a row, by merging.
    """
    left = MOVES * len(rank)
    for i in range(1, len(rank)):
        row, place = rank[i], i
        while place > 0 and not stands_before(rank[place - 1], row, pair, numerator, denominator, order):
            rank[place] = rank[place - 1]
            place -= 1
        rank[place] = row
        left -= i - place
        if left < 0:
            merge(rank, pair, numerator, denominator, order)
            return


@lean
def stands_before(first: int, second: int, pair: Int32s, numerator: Int64s, denominator: Int64s, order: Int64s) -> bool:
    """Return whether one order stands before another in a ranking: by pair, limit and time."""
    if pair[first] != pair[second]:
        return bool(pair[first] < pair[second])
    return bool(precedes(first, second, numerator, denominator, order))


@kernel
def merge(rank: Int32s, pair: Int32s, numerator: Int64s, denominator: Int64s, order: Int64s) -> None:
    """Sort a ranking by merging, whatever its order was; `rank` is changed."""
    count, width = len(rank), 1
    before = np.empty(count, np.int32)
    while width < count:
        before[:] = rank
        for begin in range(0, count, 2 * width):
            middle, end = min(begin + width, count), min(begin + 2 * width, count)
            i, j = begin, middle
            for place in range(begin, end):
                takes_first = j == end
                if i < middle and j < end:
                    takes_first = stands_before(before[i], before[j], pair, numerator, denominator, order)
                if takes_first:
                    rank[place] = before[i]
                    i += 1
                else:
                    rank[place] = before[j]
                    j += 1
        width *= 2


@lean
def within(rank: Int32s, low: int, high: int, numerator: Int64s, denominator: Int64s, a: int, b: int) -> int:
    """Return the first place from `low` to `high` whose limit lies beyond a rate of a / b; `high` if none does."""
    while low < high:
        middle = (low + high) >> 1
        if at_most(numerator[rank[middle]], b, denominator[rank[middle]], a):
            low = middle + 1
        else:
            high = middle
    return low


@lean
def same_limit(rank: Int32s, low: int, high: int, numerator: Int64s, denominator: Int64s) -> int:
    """Return where the orders of the limit that stands at `low` end."""
    return int(within(rank, low, high, numerator, denominator, numerator[rank[low]], denominator[rank[low]]))


@kernel
def share_in_time(rank: Int32s, low: int, high: int, amount: Int64s, least: Int64s, left: int, sold: Int64s) -> int:
    """Fill orders one after the other from what is left; return what nobody could take.

    One that would get less than its minimum gets nothing, and the next is served. Writes
    `sold` (rows) of every order from `low` to `high`.
    """
    for i in range(low, high):
        row = rank[i]
        fill = min(amount[row], left)
        if fill < least[row]:
            fill = 0
        sold[row] = fill
        left -= fill
    return left


@kernel
def share_in_proportion(
    rank: Int32s,
    low: int,
    high: int,
    amount: Int64s,
    numerator: Int64s,
    denominator: Int64s,
    least: Int64s,
    left: int,
    sold: Int64s,
) -> int:
    """Fill orders limit by limit; those of one limit share in proportion; return what nobody could take.

    Shares are rounded by largest remainder, ties by time. Orders whose share falls below their minimum get
    nothing, all at once, and the rest share again. Writes `sold` (rows) of every order from `low` to `high`.
    """
    start = low
    while start < high:
        end = same_limit(rank, start, high, numerator, denominator)
        stays = np.ones(end - start, np.bool_)
        share = np.zeros(end - start, np.int64)
        rest = np.zeros(end - start, np.int64)
        again = True
        while again:
            again = False
            offered = 0
            for i in range(start, end):
                if stays[i - start]:
                    offered += amount[rank[i]]
            given, divided = min(left, offered), 0
            for i in range(start, end):
                share[i - start] = rest[i - start] = 0
                if stays[i - start] and given > 0:
                    exact = quotient(amount[rank[i]], given, offered)
                    share[i - start] = exact
                    divided += exact
                    rest[i - start] = remainder(amount[rank[i]], given, exact, offered)
            missing = given - divided
            by_rest = np.argsort(-rest, kind="mergesort")
            for i in range(missing):
                share[by_rest[i]] += 1
            for i in range(start, end):
                if stays[i - start] and share[i - start] < least[rank[i]]:
                    stays[i - start] = False
                    again = True
        for i in range(start, end):
            sold[rank[i]] = share[i - start]
            left -= share[i - start]
        start = end
    return left


@kernel
def note_orders(sell: Int32s, buy: Int32s, amount: Int64s, high: Int64s, low: Int64s, there: Bools) -> None:
    """Sum amounts by the currency sold, halves of their words apart, so that none wraps; note which pairs have orders.

    Writes `high` and `low` (c,) and `there` (c * c,), by number of the pair.
    """
    for row in range(len(sell)):
        high[sell[row]] += amount[row] >> HALF
        low[sell[row]] += amount[row] & LOW_HALF
        there[sell[row] * len(high) + buy[row]] = True


@kernel
def judge_orders(
    sell: Int32s,
    buy: Int32s,
    amount: Int64s,
    numerator: Int64s,
    denominator: Int64s,
    least: Int64s,
    sold: Int64s,
    price: Int64s,
    lowered: Int64s,
    trades: Bools,
    rationed: Bools,
    bought: Int64s,
    marginal: Int32s,
    sums: Int64s,
) -> tuple[int, int]:
    """Judge the fill of every order at its pair's rate, all but the turn of those that need not fill.

    `amount` (m,) is 0 for an order that is left out for its minimum fill. `price` and `lowered` (c,) are prices,
    and prices less the tolerance; `trades` and `rationed` (c * c,) say which pairs may trade, and in which a band
    lets orders inside the rate stay unfilled.

    Returns HOLDS and how many orders need not fill, or what is wrong and the row of the first order with which it
    is. Writes `bought` (m,), those orders into `marginal` (m,), and `sums` (c * c, SUMS), zeros before.
    """
    count, c = 0, len(price)
    for row in range(len(sell)):
        pair, fill = sell[row] * c + buy[row], sold[row]
        if fill < 0 or fill > amount[row]:
            return OUT_OF_RANGE, row
        if not trades[pair]:
            if fill != 0:
                return OUT_OF_PLACE, row
            continue
        a, b = price[sell[row]], price[buy[row]]
        if not at_most(numerator[row], b, denominator[row], a):
            if fill != 0:
                return OUTSIDE, row
            continue
        sums[pair, MAY] += amount[row]
        if fill < amount[row] or (fill == 0 and least[row] > 0):
            sums[pair, SHORT] += 1
        if not rationed[pair] and at_most(numerator[row], b, denominator[row], lowered[sell[row]]):
            if fill != amount[row]:
                return UNFILLED, row
            sums[pair, MUST] += amount[row]
        else:
            marginal[count] = row
            count += 1
        if fill > 0:
            bought[row] = quotient(fill, a, b)
            sums[pair, SOLD] += fill
            sums[pair, PAID] += bought[row]
            sums[pair, FILLS] += 1
            if sums[pair, PAID] > LOW_WORD:
                return BEYOND, row
    return HOLDS, count
