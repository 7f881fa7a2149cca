"""The auction's prices against those of a convex programme, on 200 random books of up to 2e4 orders.

Isolates whether prices are right: the largest relative difference of any cross rate from
the one that an interior-point solver finds (`tests/oracles/exchange.py`, accuracy 1e-9).

    python -m benchmarks.auction_prices [BOOKS] [LARGEST]
"""

import sys
from collections.abc import Iterator
from time import perf_counter

import numpy as np

from comity.engine.auction import verify
from comity.solvers.auction import solve
from tests.oracles.exchange import equilibrium
from tests.solvers.test_auction_against_convex import drawn

CURRENCIES = (3, 5, 8, 12, 20)


def sizes(books: int, largest: int) -> Iterator[tuple[int, int, int]]:
    """Yield orders, currencies and seed of each book: sizes on a logarithmic scale, 20 orders a currency at least."""
    rng = np.random.Generator(np.random.PCG64(books))
    for seed in range(books):
        currencies = CURRENCIES[seed % len(CURRENCIES)]
        least = np.log(20 * currencies)
        yield int(np.exp(rng.uniform(least, np.log(largest)))), currencies, 1_000 + seed


def main(books: int = 200, largest: int = 20_000) -> None:
    """Print the differences as quantiles, and the books that differ by more than 1e-6."""
    differences, spent = [], [0.0, 0.0]
    for orders, currencies, seed in sizes(books, largest):
        book, worth = drawn(orders, currencies, seed)
        begin = perf_counter()
        proposal = solve(book)
        between = perf_counter()
        ratio = proposal.price / equilibrium(book, worth)
        spent = [spent[0] + between - begin, spent[1] + perf_counter() - between]
        refused = verify(book, proposal).refused
        differences.append(ratio.max() / ratio.min() - 1 if ratio.min() > 0 else np.inf)
        if differences[-1] > 1e-6 or refused:
            print(f"{orders} orders, {currencies} currencies, seed {seed}: off by {differences[-1]:.2g} {refused}")
    median, most = np.median(differences), np.max(differences)
    print(f"{books} books of up to {largest} orders: median {median:.1e}, largest {most:.1e}")
    print(f"seconds in all: ours {spent[0]:.2f}, the convex programme {spent[1]:.1f}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
