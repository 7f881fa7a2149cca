"""Which orders must and may fill at whole-numbered prices, what they share, and what that pays."""

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import lean
from comity.engine.kernels.exact import at_most, quotient
from comity.engine.kernels.exact import remainder as rest_of


@lean
def reached(
    numerator: NDArray[np.int64],
    denominator: NDArray[np.int64],
    rows: NDArray[np.int32],
    begin: int,
    end: int,
    price: int,
    other: int,
) -> int:
    """Return the first place from `begin` to `end` whose limit is above `price` / `other`; prices below 2^62."""
    while begin < end:
        middle = (begin + end) >> 1
        row = rows[middle]
        if at_most(numerator[row], other, denominator[row], price):
            begin = middle + 1
        else:
            end = middle
    return begin


@lean
def bounds(
    numerator: NDArray[np.int64],
    denominator: NDArray[np.int64],
    rows: NDArray[np.int32],
    start: NDArray[np.int64],
    sell: NDArray[np.int32],
    buy: NDArray[np.int32],
    price: NDArray[np.int64],
    inner: NDArray[np.int64],
    must: NDArray[np.int64],
    may: NDArray[np.int64],
) -> None:
    """Write, per pair, the place after the last order that must and that may fill.

    Parameters
    ----------
    price, inner : int64[n]
        Price, and the price less the tolerance; 0 if there is none.
    """
    for pair in range(len(sell)):
        a, b = sell[pair], buy[pair]
        begin = start[pair]
        must[pair] = may[pair] = begin
        if price[a] > 0 and price[b] > 0:
            may[pair] = reached(numerator, denominator, rows, begin, start[pair + 1], price[a], price[b])
            must[pair] = reached(numerator, denominator, rows, begin, may[pair], inner[a], price[b])


@lean
def pay_in_full(
    start: NDArray[np.int64],
    reach: NDArray[np.int64],
    must: NDArray[np.int64],
    sell: NDArray[np.int32],
    buy: NDArray[np.int32],
    price: NDArray[np.int64],
    first: int,
    last: int,
    sold: NDArray[np.int64],
    paid: NDArray[np.int64],
) -> None:
    """Fill the orders that must fill of the pairs from `first` to `last`, and write what each pair pays them.

    Nothing may pay 2^62 or more.
    """
    for pair in range(first, last):
        total, before = 0, 0
        for i in range(start[pair], must[pair]):
            amount = reach[i] - before
            before = reach[i]
            sold[i] = amount
            total += quotient(amount, price[sell[pair]], price[buy[pair]])
        paid[pair] = total


@lean
def serve(
    amount: NDArray[np.int64],
    least: NDArray[np.int64],
    rows: NDArray[np.int32],
    begin: int,
    end: int,
    left: int,
    price: int,
    other: int,
    sold: NDArray[np.int64],
) -> tuple[int, int, int, int]:
    """Share `left` in time order over the places from `begin` to `end`.

    Returns
    -------
    What nobody took, what is paid, the number of fills, and the place of the
    last of them, -1 if there is none.
    """
    paid, fills, last = 0, 0, -1
    for i in range(begin, end):
        row = rows[i]
        given = min(amount[row], left)
        if given < least[row]:
            given = 0
        sold[i] = given
        left -= given
        if given > 0:
            paid += quotient(given, price, other)
            fills += 1
            last = i
    return left, paid, fills, last


@lean
def divide(
    amount: NDArray[np.int64], left: int, whole: int, share: NDArray[np.int64], remainder: NDArray[np.int64]
) -> None:
    """Write each amount's part of `left` out of `whole`, rounded down, and what is lost by that."""
    for i in range(len(amount)):
        share[i] = quotient(amount[i], left, whole)
        remainder[i] = rest_of(amount[i], left, share[i], whole)
