"""Exact order of limits, shares and circulations of the auction, against plain Python."""

from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.solvers.auction.circulation import circulate
from comity.solvers.auction.curves import markets
from tests.solvers.auctions import book

LARGEST = (1 << 62) - 1


@pytest.mark.parametrize("count", [3, 40, 3000])
def test_limits_that_floats_cannot_tell_apart_are_sorted_exactly(count: int) -> None:
    rng = np.random.Generator(np.random.PCG64(count))
    limits = [
        Fraction(LARGEST - int(x), LARGEST - int(y)) if z else Fraction(int(x) + 1, int(y) + 1)
        for x, y, z in zip(*rng.integers(0, 50, (2, count)), rng.integers(0, 4, count), strict=True)
    ]
    given_ = book([(0, 1, 1, limit, 0) for limit in limits] + [(1, 0, 1, Fraction(1), 0)], 2)
    given_ = given_._replace(order=rng.permutation(count + 1).astype(np.int64))
    (market,) = markets(given_)
    first = 0 if market.currencies[0] == 0 else 1
    rows = market.rows[market.curves.start[first] : market.curves.start[first + 1]].tolist()
    ranks = [(limits[row], int(given_.order[row])) for row in rows]
    assert sorted(rows) == list(range(count))
    assert all(one < other for one, other in pairwise(ranks))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 2), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=5
    )
)
def test_circulation_is_the_largest_and_proved(arcs: list[tuple[int, int, int, int]]) -> None:
    tail, head = [a for a, _, _, _ in arcs], [(a + step) % 3 for a, step, _, _ in arcs]
    low, high = [least for _, _, least, _ in arcs], [least + more for _, _, least, more in arcs]
    balanced = [
        sum(flow)
        for flow in product(*(range(one, other + 1) for one, other in zip(low, high, strict=True)))
        if all(
            sum(v for v, a in zip(flow, tail, strict=True) if a == c)
            == sum(v for v, b in zip(flow, head, strict=True) if b == c)
            for c in range(3)
        )
    ]
    value, potential = circulate(3, tail, head, low, high)
    assert all(one <= each <= other for one, each, other in zip(low, value, high, strict=True))
    if balanced:
        worth = [1 - potential[a] + potential[b] for a, b in zip(tail, head, strict=True)]
        bound = sum(max(one * w, other * w) for one, other, w in zip(low, high, worth, strict=True))
        assert sum(value) == max(balanced) == bound
