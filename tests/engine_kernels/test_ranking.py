"""The ranking of a book: exact where rounded limits say nothing."""

from fractions import Fraction

import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher

from comity.engine.auction import RATIO_MAX, Book, ranking
from comity.engine.kernels.auction import put_in_order


def close_limits(count: int) -> Book:
    """Orders of two pairs whose limits differ and are the same number in floating point, the highest first."""
    sell = (np.arange(count) % 2).astype(np.int32)
    denominator = RATIO_MAX - 2 * np.arange(count)
    whole = np.full(count, 10)
    return Book(2, sell, 1 - sell, whole, denominator - 1, denominator, 0 * whole, np.arange(count))


@pytest.mark.parametrize("count", [2, 9, 500])
def test_limits_closer_than_a_float_can_tell_are_ranked_exactly(count: int) -> None:
    book = close_limits(count)
    limits = [Fraction(n, d) for n, d in zip(book.numerator.tolist(), book.denominator.tolist(), strict=True)]
    expected = sorted(range(count), key=lambda row: (book.sell[row], limits[row], row))
    found = ranking(book)
    assert found.tolist() == expected


@pytest.mark.skipif(not isinstance(put_in_order, Dispatcher), reason="slow without machine code")
def test_many_such_limits_are_ranked_by_merging() -> None:
    book = close_limits(200_000)
    rows = np.arange(200_000)
    assert (ranking(book) == np.concatenate([rows[::2][::-1], rows[1::2][::-1]])).all()
