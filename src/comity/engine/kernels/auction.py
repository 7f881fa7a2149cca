"""Orders of one pair at one rate: in order, classified, shared out, judged.

Orders stand by `rank`: rows by ordered pair, then limit, then priority in time.
A limit is numerator / denominator, so limits compare as products of 128 bits. At
prices a of what is sold and b of what is bought, an order's limit lies within a rate
of a / b if numerator * b <= denominator * a; along a pair's ranks that holds up to
some place and from there on never.
"""

import numpy as np

from comity.engine.kernels import kernel, lean
from comity.engine.kernels.exact import HALF, LOW_HALF, LOW_WORD, at_most, compare, quotient, remainder
from comity.engine.kernels.state import Int32s, Int64s

HOLDS, OUT_OF_RANGE, OUTSIDE, UNFILLED, OUT_OF_TURN, BEYOND = range(6)
SOLD, PAID, FILLS, MUST, MAY, SHORT = range(6)
"""What `judge_pair` sums: minor units sold, paid out, orders filled, minor units that must fill, and that may; and the
orders within the rate that are not full."""
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


@kernel
def is_ranked(rank: Int32s, pair: Int32s, numerator: Int64s, denominator: Int64s, order: Int64s) -> bool:
    """Return whether `rank` holds rows in runs of one pair, each strictly by limit and time.

    If no pair has two runs, it holds each of its rows once then.
    """
    before, above, below, time = -1, 0, 1, 0
    for i in range(len(rank)):
        row = rank[i]
        if row < 0 or row >= len(pair):
            return False
        here, over, under, then = pair[row], numerator[row], denominator[row], order[row]
        if here == before:
            sign = compare(above, under, over, below)
            if sign > 0 or (sign == 0 and time >= then):
                return False
        before, above, below, time = here, over, under, then
    return True


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
def sum_offers(sell: Int32s, amount: Int64s, high: Int64s, low: Int64s) -> None:
    """Sum amounts by the currency sold, the upper and lower halves of their words apart, so that none wraps."""
    for i in range(len(sell)):
        high[sell[i]] += amount[i] >> HALF
        low[sell[i]] += amount[i] & LOW_HALF


@kernel
def judge_pair(
    rank: Int32s,
    low: int,
    high: int,
    amount: Int64s,
    numerator: Int64s,
    denominator: Int64s,
    least: Int64s,
    sold: Int64s,
    prices: Int64s,
    in_proportion: bool,
    on_band: bool,
    expected: Int64s,
    bought: Int64s,
    sums: Int64s,
) -> int:
    """Judge the fills of the orders of one pair at one rate.

    `amount` (rows) is 0 for an order that is left out for its minimum fill. `prices` holds the price of what is
    sold, of what is bought, and the former less the tolerance. Nothing is changed but `expected` (rows, scratch),
    `bought` (rows) and `sums` (SUMS,), which is overwritten.
    """
    a, b, lowered = prices[0], prices[1], prices[2]
    inside = within(rank, low, high, numerator, denominator, lowered, b)
    eligible = within(rank, inside, high, numerator, denominator, a, b)
    if on_band:
        inside = low
    sums[:] = 0
    for i in range(low, high):
        row = rank[i]
        if sold[row] < 0 or sold[row] > amount[row]:
            return OUT_OF_RANGE
        if i >= eligible and sold[row] != 0:
            return OUTSIDE
        if i < inside and sold[row] != amount[row]:
            return UNFILLED
        sums[SOLD] += sold[row]
        if i < eligible:
            sums[SHORT] += sold[row] < amount[row] or (sold[row] == 0 and least[row] > 0)
            sums[MAY] += amount[row]
            if i < inside:
                sums[MUST] += amount[row]
    if in_proportion:
        left = share_in_proportion(
            rank, inside, eligible, amount, numerator, denominator, least, sums[SOLD] - sums[MUST], expected
        )
    else:
        left = share_in_time(rank, inside, eligible, amount, least, sums[SOLD] - sums[MUST], expected)
    if left != 0:
        return OUT_OF_TURN
    if quotient(sums[SOLD], a, b) > LOW_WORD:
        return BEYOND
    for i in range(low, eligible):
        row = rank[i]
        if i >= inside and sold[row] != expected[row]:
            return OUT_OF_TURN
        if sold[row] > 0:
            bought[row] = quotient(sold[row], a, b)
            sums[PAID] += bought[row]
            sums[FILLS] += 1
    return HOLDS
