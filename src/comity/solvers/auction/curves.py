"""Supply curves of a book: its markets, and in each the orders of every pair by limit and time.

A market is a strongly connected component of the currencies, with an arc for
every ordered pair that has orders: only inside one can anything go round.
Inside a market currencies are numbered by the first order that sells each, so
that what follows depends neither on how currencies are numbered nor on the
order of rows.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.auction import Book
from comity.solvers.kernels.auction import curves as kernels
from comity.solvers.kernels.auction import merging
from comity.solvers.kernels.auction.merging import Orders, Ranked
from comity.solvers.kernels.auction.supply import Curves
from comity.solvers.kernels.setoff import components

THREADS = 2
MANY = 200_000
"""Orders from which on a second thread pays."""
PIECES = 8
"""Runs of pairs for each thread, so that none waits long for the other."""
KEPT_MIN = 100_000
"""Orders from which on merging is faster than sorting: fewer are not kept."""
FRESH = 4
"""Where one order in so many is not as it was before, sorting all takes no longer than merging."""


class Market(NamedTuple):
    """One strongly connected component of two currencies or more."""

    currencies: NDArray[np.int64]
    """n: as the book numbers them."""
    curves: Curves
    rows: NDArray[np.int32]
    """m: row in the book, by pair, limit, time."""


class _Pairs(NamedTuple):
    """Ordered pairs that can trade, by market, then by sold and bought currency."""

    code: NDArray[np.int64]
    """sell * currencies + buy, as the book numbers them."""
    start: NDArray[np.int64]
    halves: NDArray[np.int64]
    """Threads x pairs: where each thread puts its first order."""
    members: list[NDArray[np.int64]]
    """Currencies of each market."""
    first: list[int]
    """First pair of each market, then the number of pairs."""

    def holding(self, orders: NDArray[np.int64]) -> "_Pairs":
        """Return the same pairs with this number of orders from each thread, threads x pairs."""
        start = np.concatenate([np.zeros(1, np.int64), np.cumsum(orders.sum(axis=0))])
        halves = np.ascontiguousarray(start[:-1] + np.cumsum(orders, axis=0) - orders)
        return self._replace(start=start, halves=halves)


class _Sorted(NamedTuple):
    """The orders that can trade, by pair, limit, time."""

    orders: Orders
    """All of the book."""
    code: NDArray[np.int64]
    """By pair, as `_Pairs` has it."""
    ranked: Ranked


class SortedBook:
    """What one solve leaves to the next: the orders of its book as they were sorted; at first none.

    Orders are known again by their priority in time, if the rows of both books
    stand by that. An order that is not as it was is sorted anew, so what is kept
    never changes a proposal. Arrays of a book that was sorted must not be changed.
    """

    def __init__(self) -> None:
        self.last: _Sorted | None = None
        """Replaced as a whole, so that two threads may use one object."""


def markets(book: Book, kept: SortedBook | None = None) -> list[Market]:
    """Group and sort the orders that can trade.

    Parameters
    ----------
    kept
        Spares sorting what was sorted before; holds this book afterwards.
    """
    if len(book.sell) == 0:
        return []
    pairs = _pairs(book)
    now = None
    keeps = kept is not None and len(book.sell) >= KEPT_MIN and bool((book.order[1:] > book.order[:-1]).all())
    if kept is not None and kept.last is not None and keeps:
        now = _merged(kept.last, book, pairs)
    if now is None:
        now = _sorted(book, pairs)
    if kept is not None:
        kept.last = now if keeps else None
    return [_market(pairs, i, now) for i in range(len(pairs.members))]


def _threads(orders: int) -> int:
    return THREADS if orders >= MANY else 1


def _cuts(orders: int) -> list[int]:
    """Return where the rows of each thread begin, then their number."""
    threads = _threads(orders)
    return [orders * i // threads for i in range(threads + 1)]


def _on_threads(work: Callable[[int], None], count: int) -> None:
    """Do work by number, up to `count`; on threads if it is more than one."""
    if count == 1:
        work(0)
        return
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(count)))


def on_pairs(start: NDArray[np.int64], work: Callable[[int, int], None]) -> None:
    """Do work on runs of pairs, from a first to before a last, of about as many orders each; on threads if it pays."""
    threads = _threads(int(start[-1]))
    pieces = 1 if threads == 1 else threads * PIECES
    cuts = np.searchsorted(start, [int(start[-1]) * i // pieces for i in range(pieces)])
    runs = list(pairwise(np.unique(np.append(cuts, len(start) - 1)).tolist()))
    _on_threads(lambda i: work(*runs[i]), len(runs))


def _pairs(book: Book) -> _Pairs:
    """Find the markets and count their pairs."""
    n, cuts = book.currencies, _cuts(len(book.sell))
    orders = np.zeros((len(cuts) - 1, n * n), np.int64)
    _on_threads(lambda i: kernels.count(book.sell, book.buy, n, cuts[i], cuts[i + 1], orders[i]), len(orders))
    code = np.flatnonzero(orders.sum(axis=0))
    component = _components(code // n, code % n, n)
    first_sale = np.full(n, np.iinfo(np.int64).max)
    kernels.first_sale(book.sell, book.order, first_sale)
    code = code[component[code // n] == component[code % n]]
    market_of = np.full(n, -1)
    members: list[NDArray[np.int64]] = []
    traded = np.unique(code // n)
    for c in traded[np.argsort(first_sale[traded])]:
        if market_of[c] < 0:
            inside = traded[component[traded] == component[c]]
            market_of[inside] = len(members)
            members.append(inside[np.argsort(first_sale[inside])])
    place = np.zeros(n, np.int64)
    for inside in members:
        place[inside] = np.arange(len(inside))
    code = code[np.lexsort((place[code % n], place[code // n], market_of[code // n]))]
    first = np.searchsorted(market_of[code // n], np.arange(len(members) + 1)).tolist()
    none = np.zeros(0, np.int64)
    return _Pairs(code, none, none, members, first).holding(orders[:, code])


def _components(tail: NDArray[np.int64], head: NDArray[np.int64], n: int) -> NDArray[np.int32]:
    """Return the number of each currency's component; arcs are sorted by tail."""
    first = np.searchsorted(tail, np.arange(n + 1))
    component = np.full(n, -1, np.int32)
    entered, low, path, pending = (np.zeros(n, np.int32) for _ in range(4))
    components.find(first, head.astype(np.int32), component, entered, low, first[:-1].copy(), path, pending)
    return component


def _number(pairs: _Pairs, currencies: int) -> NDArray[np.int32]:
    """Return the place of each pair by sell * currencies + buy, -1 for those that cannot trade."""
    number = np.full(currencies * currencies, -1, np.int32)
    number[pairs.code] = np.arange(len(pairs.code), dtype=np.int32)
    return number


def _columns(book: Book) -> Orders:
    return Orders(book.currencies, book.sell, book.buy, book.amount, book.numerator, book.denominator, book.order)


def _sorted(book: Book, pairs: _Pairs) -> _Sorted:
    """Sort all orders that can trade."""
    start, n, cuts = pairs.start, book.currencies, _cuts(len(book.sell))
    ranked = _room(start)
    _, key, rows, reach, worth = ranked
    number = _number(pairs, n)
    _on_threads(
        lambda i: kernels.place(
            book.sell,
            book.buy,
            book.numerator,
            book.denominator,
            number,
            n,
            cuts[i],
            cuts[i + 1],
            pairs.halves[i],
            key,
            rows,
        ),
        len(cuts) - 1,
    )

    def sort(first: int, last: int) -> None:
        largest = int(np.diff(start[first : last + 1]).max(initial=0))
        kernels.sort(
            start,
            first,
            last,
            book.numerator,
            book.denominator,
            book.order,
            key.view(np.int64),
            rows,
            np.empty(largest, np.int64),
            np.empty(largest, np.int32),
            np.empty(kernels.DIGITS, np.int64),
        )
        kernels.accumulate(start, first, last, book.amount, rows, key, reach, worth)

    on_pairs(start, sort)
    return _Sorted(_columns(book), pairs.code, ranked)


def _room(start: NDArray[np.int64]) -> Ranked:
    count = int(start[-1])
    return Ranked(start, np.empty(count), np.empty(count, np.int32), np.empty(count, np.int64), np.empty(count))


def _merged(old: _Sorted, book: Book, pairs: _Pairs) -> _Sorted | None:
    """Sort the orders that were not sorted before, and merge them into those that were; None if they are many."""
    new, n, cuts = _columns(book), book.currencies, _cuts(len(book.sell))
    if old.orders.currencies != n:
        return None
    place = np.full(n * n, -1)
    place[old.code] = np.arange(len(old.code))
    row_now, fresh = np.full(len(old.orders.sell), -1, np.int32), np.empty(len(book.sell), np.bool_)
    begins = np.searchsorted(old.orders.order, book.order[cuts[:-1]]).tolist()
    _on_threads(
        lambda i: merging.match(old.orders, new, place, cuts[i], cuts[i + 1], begins[i], row_now, fresh),
        len(begins),
    )
    some = np.flatnonzero(fresh)
    some = some[_number(pairs, n)[book.sell[some] * n + book.buy[some]] >= 0]
    if len(some) * FRESH > len(book.sell):
        return None
    few = book._replace(**{name: getattr(book, name)[some] for name in Orders._fields[1:]})
    added = _sorted(few, _counted(pairs, few)).ranked
    added = added._replace(rows=some.astype(np.int32)[added.rows])
    now, largest = _room(pairs.start), int(np.diff(old.ranked.start).max(initial=0))
    place = place[pairs.code]
    on_pairs(
        pairs.start,
        lambda first, last: merging.merge(
            old.orders, old.ranked, place, row_now, new, added, now, first, last, np.empty(largest)
        ),
    )
    return _Sorted(new, pairs.code, now)


def _counted(pairs: _Pairs, part: Book) -> _Pairs:
    """Return the same pairs with the orders that a part of their book has, all of which can trade."""
    n, cuts = part.currencies, _cuts(len(part.sell))
    pair = _number(pairs, n)[part.sell * n + part.buy]
    return pairs.holding(
        np.array([np.bincount(pair[begin:end], minlength=len(pairs.code)) for begin, end in pairwise(cuts)])
    )


def _market(pairs: _Pairs, i: int, now: _Sorted) -> Market:
    """Return the market of this number."""
    first, last, n = pairs.first[i], pairs.first[i + 1], now.orders.currencies
    begin, end = int(pairs.start[first]), int(pairs.start[last])
    place = np.zeros(n, np.int32)
    place[pairs.members[i]] = np.arange(len(pairs.members[i]))
    code = pairs.code[first:last]
    return Market(
        currencies=pairs.members[i],
        curves=Curves(
            sell=place[code // n],
            buy=place[code % n],
            start=pairs.start[first : last + 1] - begin,
            key=now.ranked.key[begin:end],
            reach=now.ranked.reach[begin:end],
            worth=now.ranked.worth[begin:end],
            floor=np.zeros(last - first),
            base=np.zeros(last - first),
            near=pairs.start[first:last] - begin,
        ),
        rows=now.ranked.rows[begin:end],
    )
