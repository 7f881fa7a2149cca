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
    threads = THREADS if len(book.sell) >= MANY else 1
    pairs = _pairs(book, threads)
    now = None
    rising = kept is not None and bool((book.order[1:] > book.order[:-1]).all())
    if kept is not None and kept.last is not None and rising:
        now = _merged(kept.last, book, pairs, threads)
    if now is None:
        now = _sorted(book, pairs, threads)
    if kept is not None:
        kept.last = now if rising else None
    start, key, rows = now.ranked
    reach, worth = np.empty(len(rows), np.int64), np.empty(len(rows))
    _on_pairs(
        start,
        threads,
        lambda first, last: kernels.accumulate(start, first, last, book.amount, rows, key, reach, worth),
    )
    return [_market(pairs, i, now, reach, worth) for i in range(len(pairs.members))]


def _on_threads(threads: int, work: Callable[[int], None], count: int) -> None:
    if threads == 1:
        for i in range(count):
            work(i)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(count)))


def _on_pairs(start: NDArray[np.int64], threads: int, work: Callable[[int, int], None]) -> None:
    """Do the work on runs of pairs, from a first to before a last, of about as many orders each."""
    pieces = 1 if threads == 1 else threads * PIECES
    cuts = np.searchsorted(start, [int(start[-1]) * i // pieces for i in range(pieces)])
    runs = list(pairwise(np.unique(np.append(cuts, len(start) - 1)).tolist()))
    _on_threads(threads, lambda i: work(*runs[i]), len(runs))


def _cuts(count: int, threads: int) -> list[int]:
    """Return where each thread's rows begin, then their number."""
    return [count * i // threads for i in range(threads + 1)]


def _pairs(book: Book, threads: int) -> _Pairs:
    """Find the markets and count their pairs."""
    n, cuts = book.currencies, _cuts(len(book.sell), threads)
    orders = np.zeros((threads, n * n), np.int64)
    _on_threads(threads, lambda i: kernels.count(book.sell, book.buy, n, cuts[i], cuts[i + 1], orders[i]), threads)
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
    sizes = orders[:, code]
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes.sum(axis=0))])
    halves = start[:-1] + np.cumsum(sizes, axis=0) - sizes
    first = np.searchsorted(market_of[code // n], np.arange(len(members) + 1)).tolist()
    return _Pairs(code, start, np.ascontiguousarray(halves), members, first)


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


def _sorted(book: Book, pairs: _Pairs, threads: int) -> _Sorted:
    """Sort all orders that can trade."""
    start, n, cuts = pairs.start, book.currencies, _cuts(len(book.sell), threads)
    key, rows = np.empty(int(start[-1])), np.empty(int(start[-1]), np.int32)
    number = _number(pairs, n)
    _on_threads(
        threads,
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
        threads,
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

    _on_pairs(start, threads, sort)
    return _Sorted(_columns(book), pairs.code, Ranked(start, key, rows))


def _merged(old: _Sorted, book: Book, pairs: _Pairs, threads: int) -> _Sorted | None:
    """Sort the orders that were not sorted before, and merge them into those that were; None if they are many."""
    new, n, count = _columns(book), book.currencies, len(book.sell)
    if old.orders.currencies != n:
        return None
    known = np.zeros(n * n, np.bool_)
    known[old.code] = True
    row_now, fresh = np.full(len(old.orders.sell), -1, np.int32), np.empty(count, np.bool_)
    cuts = _cuts(count, threads)
    begins = np.searchsorted(old.orders.order, book.order[cuts[:-1]]).tolist()
    _on_threads(
        threads,
        lambda i: merging.match(old.orders, new, known, cuts[i], cuts[i + 1], begins[i], row_now, fresh),
        threads,
    )
    some = np.flatnonzero(fresh)
    some = some[_number(pairs, n)[book.sell[some] * n + book.buy[some]] >= 0]
    if len(some) * FRESH > count:
        return None
    few = book._replace(**{name: getattr(book, name)[some] for name in Orders._fields[1:]})
    added = _sorted(few, _counted(pairs, few), 1).ranked
    added = added._replace(rows=some.astype(np.int32)[added.rows])
    place = np.full(n * n, -1)
    place[old.code] = np.arange(len(old.code))
    place = place[pairs.code]
    total, largest = int(pairs.start[-1]), int(np.diff(old.ranked.start).max(initial=0))
    now = Ranked(pairs.start, np.empty(total), np.empty(total, np.int32))
    _on_pairs(
        pairs.start,
        threads,
        lambda first, last: merging.merge(
            old.orders, old.ranked, place, row_now, new, added, now, first, last, np.empty(largest)
        ),
    )
    return _Sorted(new, pairs.code, now)


def _counted(pairs: _Pairs, book: Book) -> _Pairs:
    """Return the same pairs with as many orders as a part of their book has, placed by one thread."""
    n = book.currencies
    sizes = np.bincount(_number(pairs, n)[book.sell * n + book.buy], minlength=len(pairs.code))
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    return pairs._replace(start=start, halves=start[np.newaxis, :-1].copy())


def _market(pairs: _Pairs, i: int, now: _Sorted, reach: NDArray[np.int64], worth: NDArray[np.float64]) -> Market:
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
            reach=reach[begin:end],
            worth=worth[begin:end],
            floor=np.zeros(last - first),
            base=np.zeros(last - first),
            near=pairs.start[first:last] - begin,
        ),
        rows=now.ranked.rows[begin:end],
    )
