"""Books of a conversion auction: written out as text, planted, or drawn by chance."""

from fractions import Fraction
from math import lcm
from random import Random
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from comity.engine.auction import Band, Book, Ties

Row = tuple[int, int, int, Fraction, int]
"""Sold and bought currency, amount, limit, minimum fill."""


def book(
    rows: list[Row],
    currencies: int,
    ties: Ties = Ties.TIME,
    bands: tuple[Band, ...] = (),
    reference: list[int] | None = None,
) -> Book:
    sell, buy, amount, limit, least = zip(*rows, strict=True) if rows else ((),) * 5
    return Book(
        currencies=currencies,
        sell=np.array(sell, np.int32),
        buy=np.array(buy, np.int32),
        amount=np.array(amount, np.int64),
        numerator=np.array([each.numerator for each in limit], np.int64),
        denominator=np.array([each.denominator for each in limit], np.int64),
        least=np.array(least, np.int64),
        order=np.arange(len(rows), dtype=np.int64),
        ties=ties,
        bands=bands,
        reference=None if reference is None else np.array(reference, np.int64),
    )


def written(
    text: str, ties: Ties = Ties.TIME, bands: tuple[Band, ...] = (), reference: list[int] | None = None
) -> Book:
    """Return the orders of `A>B 1000 @1/2; B>A 1500 @1/2 >=100`: the minimum fill last, if there is one."""
    rows: list[Row] = []
    for order in text.split("; "):
        pair, amount, limit, *least = order.split()
        sell, buy = (ord(name) - ord("A") for name in pair.split(">"))
        rows.append((sell, buy, int(amount), Fraction(limit[1:]), int(least[0][2:]) if least else 0))
    return book(rows, 1 + max(max(row[:2]) for row in rows), ties, bands, reference)


class Planted(NamedTuple):
    book: Book
    price: list[int]
    full: list[bool]
    """By order: filled in full, else not at all."""


def planted(seed: int, currencies: int, cycles: int, others: int) -> Planted:
    """Plant prices: cycles that trade in full, and orders that ask for a little more."""
    random = Random(seed)
    price = [random.randint(1, 60) for _ in range(currencies)]
    rows: list[tuple[Row, bool]] = []
    seen, count = {random.randrange(currencies)}, 0
    while len(seen) < currencies or count < cycles:
        cycle = random.sample(range(currencies), random.randint(2, min(7, currencies)))
        if not seen & set(cycle):
            continue
        seen |= set(cycle)
        count += 1
        value = lcm(*(price[c] for c in cycle)) * random.randint(1, 50)
        for a, b in zip(cycle, cycle[1:] + cycle[:1], strict=True):
            limit = Fraction(price[a], price[b]) * (1 - Fraction(random.randint(1, 20), 1000))
            rows.append(((a, b, value // price[a], limit, 0), True))
    for _ in range(others):
        a, b = random.sample(range(currencies), 2)
        limit = Fraction(price[a], price[b]) * (1 + Fraction(random.randint(1, 50), 1000))
        rows.append(((a, b, random.randint(1, 10**6), limit, 0), False))
    random.shuffle(rows)
    return Planted(book([row for row, _ in rows], currencies), price, [full for _, full in rows])


def drawn(seed: int, orders: int, currencies: int, spread: float = 0.02) -> Book:
    """Draw a book without a hub: pairs uniform, amounts log-normal, limits around random prices."""
    rng = np.random.Generator(np.random.PCG64(seed))
    price = np.exp(rng.normal(0.0, 1.5, currencies))
    sell = rng.integers(0, currencies, orders, dtype=np.int32)
    buy = ((sell + rng.integers(1, currencies, orders)) % currencies).astype(np.int32)
    limit = price[sell] / price[buy] * np.exp(rng.normal(0.0, spread, orders))
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


@st.composite
def books(draw: st.DrawFn, *, least: bool = False, bands: bool = False) -> Book:
    """Draw small books, mostly such that something trades."""
    currencies = draw(st.integers(2, 5))
    ratio = st.builds(Fraction, st.integers(1, 6), st.integers(1, 6)) | st.builds(
        Fraction, st.integers(970, 1030), st.just(1000)
    )
    amount = st.integers(1, 20) | st.integers(1, 10**6)
    rows: list[Row] = []
    for _ in range(draw(st.integers(1, 15))):
        sell = draw(st.integers(0, currencies - 1))
        buy = (sell + draw(st.integers(1, currencies - 1))) % currencies
        much = draw(amount)
        rows.append((sell, buy, much, draw(ratio), draw(st.integers(0, much)) if least and draw(st.booleans()) else 0))
    some: list[Band] = []
    for _ in range(draw(st.integers(0, 2)) if bands else 0):
        a = draw(st.integers(0, currencies - 1))
        some.append(
            Band(
                a,
                (a + draw(st.integers(1, currencies - 1))) % currencies,
                draw(st.integers(1, 9)),
                draw(st.integers(1, 9)),
            )
        )
    reference = draw(st.none() | st.lists(st.integers(0, 9), min_size=currencies, max_size=currencies))
    return book(rows, currencies, draw(st.sampled_from(Ties)), tuple(some), reference)
