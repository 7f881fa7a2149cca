"""Supply curves of a book: its markets, and in each the orders of every pair by limit and time.

A market is a strongly connected component of the currencies, with an arc for
every ordered pair that has orders: only inside one can anything go round.
Inside a market currencies are numbered by the first order that sells each, so
that what follows depends neither on how currencies are numbered nor on the
order of rows.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.auction import Book
from comity.solvers.kernels.auction import curves as kernels
from comity.solvers.kernels.auction.supply import Curves
from comity.solvers.kernels.setoff import components

THREADS = 2
MANY = 200_000
"""Orders from which on a second thread pays."""


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


def markets(book: Book) -> list[Market]:
    """Group and sort the orders that can trade."""
    count, n = len(book.sell), book.currencies
    if count == 0:
        return []
    with ThreadPoolExecutor(THREADS) as pool:
        threads = THREADS if count >= MANY else 1
        cuts = [count * i // threads for i in range(threads + 1)]
        pairs = _pairs(book, cuts, pool)
        key, rows = np.empty(int(pairs.start[-1])), np.empty(int(pairs.start[-1]), np.int32)
        number = np.full(n * n, -1, np.int32)
        number[pairs.code] = np.arange(len(pairs.code), dtype=np.int32)
        list(
            pool.map(
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
                range(threads),
            )
        )
        reach, worth = np.empty(len(rows), np.int64), np.empty(len(rows))
        parts = _shares(pairs.start, threads)
        list(
            pool.map(
                lambda part: _sort(book, pairs.start, part[0], part[1], key, rows, reach, worth),
                parts,
            )
        )
    return [_market(pairs, i, key, rows, reach, worth, n) for i in range(len(pairs.members))]


def _pairs(book: Book, cuts: list[int], pool: ThreadPoolExecutor) -> _Pairs:
    """Find the markets and count their pairs."""
    n, threads = book.currencies, len(cuts) - 1
    orders = np.zeros((threads, n * n), np.int64)
    list(pool.map(lambda i: kernels.count(book.sell, book.buy, n, cuts[i], cuts[i + 1], orders[i]), range(threads)))
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


def _shares(start: NDArray[np.int64], threads: int) -> list[tuple[int, int]]:
    """Cut the pairs into runs of about as many orders, several for each thread."""
    pieces = 1 if threads == 1 else threads * 8
    cuts = np.searchsorted(start, [int(start[-1]) * i // pieces for i in range(pieces)])
    ends = [*np.unique(np.append(cuts, len(start) - 1)).tolist()]
    return list(pairwise(ends))


def _sort(
    book: Book,
    start: NDArray[np.int64],
    first: int,
    last: int,
    key: NDArray[np.float64],
    rows: NDArray[np.int32],
    reach: NDArray[np.int64],
    worth: NDArray[np.float64],
) -> None:
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


def _market(
    pairs: _Pairs,
    i: int,
    key: NDArray[np.float64],
    rows: NDArray[np.int32],
    reach: NDArray[np.int64],
    worth: NDArray[np.float64],
    n: int,
) -> Market:
    first, last = pairs.first[i], pairs.first[i + 1]
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
            key=key[begin:end],
            reach=reach[begin:end],
            worth=worth[begin:end],
            floor=np.zeros(last - first),
            base=np.zeros(last - first),
            near=pairs.start[first:last] - begin,
        ),
        rows=rows[begin:end],
    )
