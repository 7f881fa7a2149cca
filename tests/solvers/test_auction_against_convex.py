"""The auction's prices against those of a convex programme, solved by an interior-point solver."""

import numpy as np
import pytest

from comity.engine.auction import Book, verify
from comity.solvers.auction import solve
from tests.oracles.exchange import equilibrium

SIZES = [(20, 3), (50, 3), (100, 5), (300, 5), (300, 10), (1_000, 5), (1_000, 12), (2_000, 8)]
BOOKS = [(*SIZES[seed % len(SIZES)], seed) for seed in range(40)]
NEAR = 1e-6


def drawn(orders: int, currencies: int, seed: int) -> tuple[Book, np.ndarray]:
    """Draw a book without a hub around prices that are returned with it."""
    rng = np.random.Generator(np.random.PCG64(seed))
    worth = np.exp(rng.normal(0, 1, currencies))
    sell = rng.integers(0, currencies, orders).astype(np.int32)
    buy = ((sell + rng.integers(1, currencies, orders)) % currencies).astype(np.int32)
    amount = np.maximum(1, (np.exp(rng.normal(18, 1, orders)) / worth[sell]).astype(np.int64))
    limit = worth[sell] / worth[buy] * (1 + rng.normal(0, 0.02, orders))
    numerator, denominator = np.maximum(1, (limit * 10**9).astype(np.int64)), np.full(orders, 10**9)
    common = np.gcd(numerator, denominator)
    book = Book(
        currencies,
        sell,
        buy,
        amount,
        numerator // common,
        denominator // common,
        np.zeros(orders, np.int64),
        rng.permutation(orders).astype(np.int64),
    )
    return book, worth


@pytest.mark.parametrize(("orders", "currencies", "seed"), BOOKS)
def test_prices_are_those_of_the_convex_programme(orders: int, currencies: int, seed: int) -> None:
    book, worth = drawn(orders, currencies, seed)
    proposal = solve(book)
    found = verify(book, proposal)
    assert found.refused == ""
    traded = np.unique([side for pair in found.traded for side in (pair.sell, pair.buy)])
    assert len(traded) == currencies
    ratio = proposal.price / equilibrium(book, worth)
    assert ratio.max() / ratio.min() - 1 <= NEAR
