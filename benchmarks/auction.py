"""The conversion auction: from an unsorted book to a verified proposal, and what of the value stays unrealised.

Books have no hub: pairs are drawn uniformly, amounts log-normal, limits normal
around random prices, 2 % wide. `sort` and `price` are the first two steps alone;
`solve` is the whole search, `verify` the engine's exact pass over the proposal.
`again` solves with a book kept sorted in which one order in a hundred has another
amount and limit since, `of cold` is its share of solving the same book alone. Books below 1e5 orders are not kept.
`unrealised` is the gain that orders fall short of, those inside the rate that fill
in part, over the gain of what fills: sold * (1 - limit / rate).

    python benchmarks/auction.py [LARGEST] [RUNS]

Every book up to LARGEST orders (default 1e6), each figure the median of RUNS
(default 5) after one that is not counted. Figures are wall time: whatever else runs on
the machine is in them, and the load is shown.
"""

import os
import sys
import tracemalloc
from statistics import median
from time import perf_counter

import numpy as np

from comity.engine.auction import Book, Proposal, verify
from comity.solvers.auction import SortedBook, solve
from comity.solvers.auction.curves import markets
from comity.solvers.auction.pricing import clear

SPREAD = 0.02
CHANGED = 100
"""One order in so many has changed since the last auction."""
BOOKS = tuple(
    (orders, currencies) for orders in (1_000, 10_000, 100_000, 1_000_000, 10_000_000) for currencies in (5, 50)
)


def draw(orders: int, currencies: int) -> Book:
    """Draw a book."""
    rng = np.random.Generator(np.random.PCG64(orders + currencies))
    price = np.exp(rng.normal(0.0, 1.5, currencies))
    sell = rng.integers(0, currencies, orders, dtype=np.int32)
    buy = ((sell + rng.integers(1, currencies, orders, dtype=np.int32)) % currencies).astype(np.int32)
    limit = price[sell] / price[buy] * np.exp(rng.normal(0.0, SPREAD, orders))
    denominator = np.full(orders, 10**9)
    numerator = np.maximum(1, (limit * 1e9).astype(np.int64))
    shared = np.gcd(numerator, denominator)
    return Book(
        currencies=currencies,
        sell=sell,
        buy=buy,
        amount=np.exp(rng.normal(12.0, 1.5, orders)).astype(np.int64) + 1,
        numerator=numerator // shared,
        denominator=denominator // shared,
        least=np.zeros(orders, np.int64),
        order=rng.permutation(orders).astype(np.int64),
    )


def unrealised(book: Book, proposal: Proposal) -> float:
    """Return the gain not realised over the gain realised, in value."""
    price = proposal.price.astype(np.float64)
    priced = (price[book.sell] > 0) & (price[book.buy] > 0)
    rate = np.divide(price[book.sell], price[book.buy], out=np.ones(len(priced)), where=priced)
    gain = np.maximum(0.0, 1.0 - book.numerator / book.denominator / rate) * price[book.sell] * priced
    return float((gain * (book.amount - proposal.sold)).sum() / (gain * proposal.sold).sum())


def main() -> None:
    """Print one line per book."""
    largest, runs = (int(float(sys.argv[i])) if len(sys.argv) > i else usual for i, usual in ((1, 1_000_000), (2, 5)))
    begin = perf_counter()
    small = draw(1_000, 5)
    verify(small, solve(small))
    print(f"first call, compiled or from the cache: {perf_counter() - begin:.1f} s; load {os.getloadavg()[0]:.1f}")
    print("    orders curr.   sort s  price s  solve s verify s   both s  again s of cold   sold unrealised  B each")
    for orders, currencies in BOOKS:
        if orders > largest:
            continue
        book = draw(orders, currencies)
        tracemalloc.start()
        proposal = solve(book)
        refused = verify(book, proposal).refused
        memory = tracemalloc.get_traced_memory()[1] / orders
        tracemalloc.stop()
        taken = [_timed(book) for _ in range(runs)]
        shown = [median(each) for each in zip(*taken, strict=True)]
        both = median(solving + verifying for _, _, solving, verifying in taken)
        again, cold = (median(each) for each in zip(*_again(book, runs), strict=True))
        sold = proposal.sold.sum() / book.amount.sum()
        figures = "".join(f"{each:>9.4f}" for each in (*shown, both, again))
        print(
            f"{orders:>10,} {currencies:>5} {figures} {again / cold:>7.0%} {sold:>6.1%} "
            f"{unrealised(book, proposal):>10.1e} {memory:>7.0f} {refused}",
            flush=True,
        )


def _timed(book: Book) -> tuple[float, float, float, float]:
    """Return the seconds of sorting alone, pricing alone, solving, and verifying."""
    times = [perf_counter()]
    found = markets(book)
    times.append(perf_counter())
    for market in found:
        clear(market.curves, len(market.currencies))
    times.append(perf_counter())
    del found
    begin = perf_counter()
    proposal = solve(book)
    between = perf_counter()
    verify(book, proposal)
    return times[1] - times[0], times[2] - times[1], between - begin, perf_counter() - between


def _again(book: Book, runs: int) -> list[tuple[float, float]]:
    """Return the seconds of solving with what was kept of a book that has changed a little since, and without."""
    count = len(book.order)
    before = book._replace(order=np.arange(count))
    kept, times = SortedBook(), []
    for run in range(runs):
        rows = np.random.Generator(np.random.PCG64(run)).choice(count, count // CHANGED, replace=False)
        amount, numerator = book.amount.copy(), book.numerator.copy()
        amount[rows] += 1
        numerator[rows] += 1
        shared = np.gcd(numerator, book.denominator)
        numerator, denominator = numerator // shared, book.denominator // shared
        now = before._replace(amount=amount, numerator=numerator, denominator=denominator)
        solve(before, kept)
        begin = perf_counter()
        solve(now, kept)
        between = perf_counter()
        solve(now)
        times.append((between - begin, perf_counter() - between))
    return times


if __name__ == "__main__":
    main()
