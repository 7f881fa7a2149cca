"""What one solve leaves to the next spares time and decides nothing."""

from collections.abc import Iterator
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.engine.auction import Book
from comity.solvers.auction import SortedBook, curves, solve
from comity.solvers.auction.curves import Market, markets
from tests.solvers.auctions import Row, book, drawn

LARGEST = (1 << 62) - 1
Standing = dict[int, Row]
"""Orders by priority in time."""


@pytest.fixture(scope="module", autouse=True)
def every_book_is_kept() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(curves, "KEPT_MIN", 1)
        yield


def an_order(chance: Random, currencies: int) -> Row:
    """Draw an order; of many, several have one limit, and floats confuse others."""
    sell, buy = chance.sample(range(currencies), 2)
    limit = chance.choice(
        (
            Fraction(chance.randint(1, 4), chance.randint(1, 4)),
            Fraction(LARGEST - chance.randint(0, 40), LARGEST - chance.randint(0, 40)),
        )
    )
    return sell, buy, chance.randint(1, 1000), limit, 0


def changed(chance: Random, standing: Standing, share: float) -> None:
    """Take orders out, put others in and amend some, each as often as this share."""
    currencies = chance.choice((2, 4))
    for priority in list(standing):
        if chance.random() < share:
            del standing[priority]
        elif chance.random() < share:
            sell, buy, amount, limit, least = standing[priority]
            standing[priority] = sell, buy, *chance.choice(((amount + 1, limit), (amount, 1 / limit))), least
    for _ in range(int(share * 50)):
        standing[max(standing, default=0) + chance.randint(1, 3)] = an_order(chance, currencies)


def as_book(standing: Standing) -> Book:
    rows = [standing[priority] for priority in sorted(standing)]
    return book(rows, 4)._replace(order=np.array(sorted(standing), np.int64))


def same(here: list[Market], there: list[Market]) -> bool:
    """Whether two lists of markets are the same to the last bit."""
    return len(here) == len(there) and all(
        one.currencies.tobytes() == other.currencies.tobytes()
        and one.rows.tobytes() == other.rows.tobytes()
        and all(
            np.asarray(a).tobytes() == np.asarray(b).tobytes() for a, b in zip(one.curves, other.curves, strict=True)
        )
        for one, other in zip(here, there, strict=True)
    )


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from((0.0, 0.02, 0.1, 0.5)))
def test_markets_of_a_changed_book_are_those_of_the_same_book_sorted_alone(seed: int, share: float) -> None:
    chance, kept, standing = Random(seed), SortedBook(), {}
    for priority in range(chance.choice((0, 3, 60, 300))):
        standing[priority] = an_order(chance, chance.choice((2, 3)))
    for _ in range(4):
        now = as_book(standing)
        assert same(markets(now, kept), markets(now))
        changed(chance, standing, share)


@pytest.mark.parametrize("currencies", [3, 8])
def test_proposal_is_the_same_whatever_was_solved_before(currencies: int) -> None:
    kept = SortedBook()
    full = drawn(currencies, 2_000, currencies)._replace(order=np.arange(2_000))
    for seed in range(4):
        rows = np.sort(np.random.Generator(np.random.PCG64(seed)).choice(2_000, 1_900, replace=False))
        part = full._replace(**{name: getattr(full, name)[rows] for name in full._fields[1:8]})
        warm, cold = solve(part, kept), solve(part)
        assert kept.last is not None
        assert all(one.tobytes() == other.tobytes() for one, other in zip(warm, cold, strict=True))


def test_large_book_is_merged_by_two_threads_alike() -> None:
    kept = SortedBook()
    full = drawn(1, 220_000, 5)._replace(order=np.arange(220_000))
    markets(full, kept)
    amended = full._replace(amount=np.where(full.order % 97 == 0, full.amount + 1, full.amount))
    assert same(markets(amended, kept), markets(amended))


@pytest.mark.parametrize("turned", [False, True])
def test_book_whose_rows_do_not_stand_by_priority_is_sorted_anew(turned: bool) -> None:  # noqa: FBT001 - pytest gives it
    kept, given_ = SortedBook(), drawn(7, 500, 4)._replace(order=np.arange(500))
    other = given_._replace(order=given_.order[::-1].copy())
    first, second = (other, given_) if turned else (given_, other)
    markets(first, kept)
    assert same(markets(second, kept), markets(second))
    assert (kept.last is None) is not turned


def test_books_of_other_currencies_share_nothing() -> None:
    kept, few, many = SortedBook(), drawn(3, 200, 3), drawn(3, 200, 6)
    for each in (few, many, few):
        now = each._replace(order=np.arange(200))
        assert same(markets(now, kept), markets(now))


def test_book_too_small_to_gain_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curves, "KEPT_MIN", 201)
    kept, given_ = SortedBook(), drawn(3, 200, 3)._replace(order=np.arange(200))
    assert same(markets(given_, kept), markets(given_))
    assert kept.last is None
