"""Fills at whole-numbered prices: what goes round, who gets it, and that nothing is left over.

What must and may fill bounds the value of every pair; the circulation of
largest value between these bounds is cut to whole minor units of what is sold,
and shared by limit, then time or pro rata. Payouts are rounded down, so a
currency gains less than a unit per fill paid in it, and loses less than a unit
per pair that sells part of it: where it ends short, the latest marginal fill
paid in it shrinks; where it keeps too much, a marginal fill paid in it grows or
one that sells it shrinks.
"""

from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.auction import Book, Ties
from comity.solvers.auction.circulation import circulate
from comity.solvers.auction.curves import Market, on_pairs
from comity.solvers.kernels.auction import fills as kernels

ROUNDS = 40
"""Circulations tried until no minimum fill breaks any."""
REPAIRS = 40
"""Changes of a marginal fill per currency."""
PAID_MAX = float(1 << 61)


class Fills(NamedTuple):
    """Fills of one market that hold, with their proof."""

    sold: NDArray[np.int64]
    """m: by place in the market's curves."""
    potential: list[int]
    """n."""
    fills: int
    """How many."""
    score: int
    """Sum over currencies of the share sold of what is offered, in units of 2^-32."""
    left_out: bool = False
    """Whether they were found without some orders that have a minimum fill: they are to be verified among all."""


class _Pair:
    """One ordered pair: its bounds, and what it sells and pays now."""

    def __init__(self, pair: int, sell: int, buy: int) -> None:
        self.pair, self.sell, self.buy = pair, sell, buy
        self.must = self.may = 0
        """Places after the last order that must and may fill."""
        self.low = self.high = self.most = 0
        """Minor units that must fill; that may; and that may, minimum fills considered."""
        self.base = self.base_fills = 0
        """What those that must fill are paid, and how many they are."""
        self.total = self.paid = self.fills = 0
        self.latest = -1
        """Order of the last fill that is not a must."""


def fill(
    book: Book, market: Market, price: list[int], banded: NDArray[np.bool_], broken: set[int] | None = None
) -> Fills | None:
    """Fill the orders of a market at these prices; None if no fills were found that hold.

    Parameters
    ----------
    price
        n: whole numbers, 0 for a currency that does not trade.
    banded
        e: pairs that stand on a band.
    broken
        Gets the rows whose minimum fill stood in the way, if no fills were found.
    """
    filling = _Filling(book, market, price, banded)
    found = filling.run()
    if found is None and broken is not None:
        broken |= filling.broken
    return found


class _Filling:
    def __init__(self, book: Book, market: Market, price: list[int], banded: NDArray[np.bool_]) -> None:
        self.book, self.market, self.price = book, market, price
        self.rows, self.curves = market.rows, market.curves
        self.sold = np.zeros(len(market.rows), np.int64)
        self.surplus = [0] * len(price)
        self.broken: set[int] = set()
        self.pairs = self._bounds(banded)
        self.into: list[list[_Pair]] = [[] for _ in price]
        self.out: list[list[_Pair]] = [[] for _ in price]
        for each in self.pairs:
            self.into[each.buy].append(each)
            self.out[each.sell].append(each)

    def _bounds(self, banded: NDArray[np.bool_]) -> list[_Pair]:
        book, curves = self.book, self.curves
        t, whole = book.tolerance
        outer = np.array(self.price, np.int64)
        inner = np.array([max((p * (whole - t) - 1) // whole, 0) for p in self.price], np.int64)
        must, may = np.empty(len(curves.sell), np.int64), np.empty(len(curves.sell), np.int64)
        kernels.bounds(
            book.numerator, book.denominator, self.rows, curves.start, curves.sell, curves.buy, outer, inner, must, may
        )
        must[banded] = curves.start[:-1][banded]
        self.must, self.may = must, may
        self.outer = outer
        pairs = []
        for e in np.flatnonzero(may > curves.start[:-1]).tolist():
            each = _Pair(e, int(curves.sell[e]), int(curves.buy[e]))
            each.must, each.may = int(must[e]), int(may[e])
            begin = int(curves.start[e])
            each.low = int(curves.reach[each.must - 1]) if each.must > begin else 0
            each.high = each.most = int(curves.reach[each.may - 1])
            each.base_fills = each.must - begin
            pairs.append(each)
        return pairs

    def run(self) -> Fills | None:
        price = self.price
        if any(each.high * price[each.sell] / price[each.buy] >= PAID_MAX for each in self.pairs):
            return None
        curves = self.curves
        paid = np.zeros(len(curves.sell), np.int64)
        on_pairs(
            curves.start,
            lambda first, last: kernels.pay_in_full(
                curves.start,
                curves.reach,
                self.must,
                curves.sell,
                curves.buy,
                self.outer,
                first,
                last,
                self.sold,
                paid,
            ),
        )
        for each in self.pairs:
            each.base = int(paid[each.pair])
        potential = self._circulate()
        if potential is None or not self._repair() or not self._proved(potential):
            return None
        return Fills(
            self.sold,
            potential,
            sum(each.fills for each in self.pairs),
            self._score(),
        )

    def _circulate(self) -> list[int] | None:
        """Set every pair to the circulation of largest value that minimum fills let through."""
        price = self.price
        for _ in range(ROUNDS):
            value, potential = circulate(
                len(price),
                [each.sell for each in self.pairs],
                [each.buy for each in self.pairs],
                [each.low * price[each.sell] for each in self.pairs],
                [each.most * price[each.sell] for each in self.pairs],
            )
            broken = False
            for each, worth in zip(self.pairs, value, strict=True):
                left = self._serve(each, worth // price[each.sell])
                if left > 0:
                    each.most = each.total
                    self._note_broken(each)
                    broken = True
            if not broken:
                return potential
        return None

    def _note_broken(self, each: _Pair) -> None:
        rows = self.rows[each.must : each.may]
        empty = (self.book.least[rows] > 0) & (self.sold[each.must : each.may] == 0)
        self.broken |= set(rows[empty].tolist())

    def _serve(self, each: _Pair, total: int) -> int:
        """Share the total of a pair; return what minimum fills leave of it."""
        each.total, each.paid, each.fills, each.latest = total, each.base, each.base_fills, -1
        if each.may == each.must:
            return 0
        left, price = total - each.low, self.price
        if self.book.ties == Ties.TIME:
            left, paid, fills, last = kernels.serve(
                self.book.amount,
                self.book.least,
                self.rows,
                each.must,
                each.may,
                left,
                price[each.sell],
                price[each.buy],
                self.sold,
            )
        else:
            left, paid, fills, last = self._serve_pro_rata(each, left)
        each.total -= left
        each.paid += paid
        each.fills += fills
        if last >= 0:
            each.latest = int(self.book.order[self.rows[last]])
        return left

    def _serve_pro_rata(self, each: _Pair, left: int) -> tuple[int, int, int, int]:
        """Share `left` limit by limit, in proportion to amounts within each."""
        book, price = self.book, self.price
        paid, fills, last = 0, 0, -1
        begin = each.must
        while begin < each.may:
            row = int(self.rows[begin])
            end = kernels.reached(
                book.numerator,
                book.denominator,
                self.rows,
                begin,
                each.may,
                int(book.numerator[row]),
                int(book.denominator[row]),
            )
            rows = self.rows[begin:end]
            given = share(book.amount[rows], book.least[rows], book.order[rows], left)
            self.sold[begin:end] = given
            left -= int(given.sum())
            for i in np.flatnonzero(given).tolist():
                paid += int(given[i]) * price[each.sell] // price[each.buy]
                fills += 1
                last = begin + i
            begin = end
        return left, paid, fills, last

    def _repair(self) -> bool:
        """Change marginal fills until every currency keeps what it may; False if that does not end."""
        for each in self.pairs:
            self.surplus[each.sell] += each.total
            self.surplus[each.buy] -= each.paid
        n = len(self.price)
        for _ in range(REPAIRS * n):
            off = [self._off(c) for c in range(n)]
            c = max(range(n), key=lambda c: abs(off[c]) * self.price[c])
            if off[c] == 0:
                return True
            if not self._pass_on(c, off):
                return False
        return False

    def _off(self, c: int) -> int:
        """Return by how much a currency falls short, below 0, or keeps too much."""
        left = self.surplus[c]
        if left <= 0:
            return left
        return max(0, left - self._room(c))

    def _room(self, c: int) -> int:
        """Return the largest surplus: a unit per fill, and what a unit more of a pair that stops short would pay."""
        return sum(
            each.fills + (self.price[each.sell] // self.price[c] if each.total < each.high else 0)
            for each in self.into[c]
        )

    def _pass_on(self, c: int, off: list[int]) -> bool:
        """Pass what a currency is off by, marginal fill by marginal fill, to the nearest that can bear it."""
        short = off[c] < 0
        came: dict[int, tuple[int, _Pair] | None] = {c: None}
        open_ = deque([c])
        end = -1
        while open_ and end < 0:
            at = open_.popleft()
            for other, each in self._ways(at, short=short):
                if other not in came:
                    came[other] = (at, each)
                    open_.append(other)
                    if self._bears(other, abs(off[c]) * self.price[c], short=short):
                        end = other
                        break
        if end < 0:
            return False
        path = []
        at = end
        while (step := came[at]) is not None:
            at, each = step
            path.append((at, each))
        changed = False
        for at, each in reversed(path):
            missing = -self.surplus[at] if short else self.surplus[at] - self._room(at)
            if missing > 0:
                changed = self._give(at, each, missing) if short else self._take(at, each, missing)
                if not changed:
                    return False
        return changed

    def _ways(self, c: int, *, short: bool) -> list[tuple[int, _Pair]]:
        """Return the pairs by which a currency can gain, if it is short, or lose; the latest marginal fill first."""
        less = [each for each in (self.into[c] if short else self.out[c]) if each.total > each.low]
        more = [each for each in (self.out[c] if short else self.into[c]) if each.total < each.most]
        less.sort(key=lambda each: -each.latest)
        more.sort(key=lambda each: each.latest)
        return [(each.sell if short else each.buy, each) for each in less] + [
            (each.buy if short else each.sell, each) for each in more
        ]

    def _bears(self, c: int, value: int, *, short: bool) -> bool:
        """Whether a currency can give up so much, or keep it."""
        left = self.surplus[c] if short else self._room(c) - self.surplus[c]
        return left * self.price[c] >= value

    def _give(self, c: int, each: _Pair, short: int) -> bool:
        """Let a currency gain what it is short of, on one pair: it is paid less in it, or sells more of it."""
        if each.sell == c:
            return self._set(each, min(each.total + short, each.most))
        less = -(-short * self.price[c] // self.price[each.sell])
        return self._set(each, max(each.total - less, each.low))

    def _take(self, c: int, each: _Pair, much: int) -> bool:
        """Let a currency lose what it keeps too much, on one pair."""
        if each.sell == c:
            return self._set(each, max(each.total - much, each.low))
        more = -(-much * self.price[c] // self.price[each.sell])
        return self._set(each, min(each.total + more, each.most))

    def _set(self, each: _Pair, total: int) -> bool:
        """Share another total; False if minimum fills leave all as it was."""
        before = each.total
        self.surplus[each.sell] -= each.total
        self.surplus[each.buy] += each.paid
        self._serve(each, total)
        self.surplus[each.sell] += each.total
        self.surplus[each.buy] -= each.paid
        return each.total != before

    def _proved(self, potential: list[int]) -> bool:
        """Whether the potentials show, as the engine will check, that nothing larger can be traded."""
        price, span = self.price, 1 + max(potential) - min(potential)
        gap, units, unfilled = 0, sum(price), 0
        for a, b in zip(self.curves.sell.tolist(), self.curves.buy.tolist(), strict=True):
            units += price[a] if price[b] else 0
        for each in self.pairs:
            worth = 1 - potential[each.sell] + potential[each.buy]
            low, high = each.low * price[each.sell], each.high * price[each.sell]
            gap += max(low * worth, high * worth) - each.total * price[each.sell]
            units += each.fills * price[each.buy]
            if each.may > each.must and each.total < each.high:
                rows = self.rows[each.must : each.may]
                empty = (self.book.least[rows] > 0) & (self.sold[each.must : each.may] == 0)
                unfilled += sum(self.book.amount[rows[empty]].tolist()) * price[each.sell]
        return gap <= span * (units + unfilled)

    def _score(self) -> int:
        offered, sold = [0] * len(self.price), [0] * len(self.price)
        last = self.curves.start[1:] - 1
        for a, amount in zip(self.curves.sell.tolist(), self.curves.reach[last].tolist(), strict=True):
            offered[a] += amount
        for each in self.pairs:
            sold[each.sell] += each.total
        return sum((part << 32) // whole for part, whole in zip(sold, offered, strict=True))


def share(
    amount: NDArray[np.int64], least: NDArray[np.int64], order: NDArray[np.int64], left: int
) -> NDArray[np.int64]:
    """Share `left` in proportion to amounts, by largest remainder, then by order.

    Whoever would get less than its least drops out, all at once, and what is
    left is shared again.
    """
    given = np.zeros(len(amount), np.int64)
    kept = np.arange(len(amount))
    while len(kept):
        part, whole = amount[kept], int(amount[kept].sum())
        if left >= whole:
            given[kept] = part
            break
        some, lost = np.empty(len(kept), np.int64), np.empty(len(kept), np.int64)
        kernels.divide(part, left, whole, some, lost)
        first = np.lexsort((order[kept], -lost))[: left - int(some.sum())]
        some[first] += 1
        enough = some >= least[kept]
        if enough.all():
            given[kept] = some
            break
        kept = kept[enough]
    return given
