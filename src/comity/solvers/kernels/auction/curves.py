"""Supply curves: the orders of every ordered pair by limit, then time, with running sums.

Orders are counted and placed by pair, then each pair is sorted by its limits as
floating-point numbers, eleven bits at a time, digits that are all alike left
out. Floating point may tell close limits wrongly apart, or not at all: runs of
neighbours that are as close as its errors are sorted again by exact products.
"""

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import lean
from comity.engine.kernels.auction import precedes

DIGIT = 11
DIGITS = 1 << DIGIT
CLOSE = 4  # a quotient of two rounded numbers is off by less than two units in the last place
FEW = 48  # so many are sorted by insertion


@lean
def first_sale(sell: NDArray[np.int32], order: NDArray[np.int64], first: NDArray[np.int64]) -> None:
    """Lower `first`, per currency, to the earliest order that sells it."""
    for row in range(len(sell)):
        a = sell[row]
        first[a] = min(first[a], order[row])


@lean
def count(
    sell: NDArray[np.int32], buy: NDArray[np.int32], currencies: int, begin: int, end: int, orders: NDArray[np.int64]
) -> None:
    """Add the rows from `begin` to `end` to `orders`, by sell * currencies + buy."""
    for row in range(begin, end):
        orders[sell[row] * currencies + buy[row]] += 1


@lean
def place(
    sell: NDArray[np.int32],
    buy: NDArray[np.int32],
    numerator: NDArray[np.int64],
    denominator: NDArray[np.int64],
    number: NDArray[np.int32],
    currencies: int,
    begin: int,
    end: int,
    cursor: NDArray[np.int64],
    key: NDArray[np.float64],
    rows: NDArray[np.int32],
) -> None:
    """Put limits and row numbers where their pair's cursor stands; a pair numbered -1 is left out."""
    for row in range(begin, end):
        pair = number[sell[row] * currencies + buy[row]]
        if pair >= 0:
            i = cursor[pair]
            cursor[pair] = i + 1
            key[i] = numerator[row] / denominator[row]
            rows[i] = row


@lean
def sort(
    start: NDArray[np.int64],
    first: int,
    last: int,
    numerator: NDArray[np.int64],
    denominator: NDArray[np.int64],
    order: NDArray[np.int64],
    bits: NDArray[np.int64],
    rows: NDArray[np.int32],
    other_bits: NDArray[np.int64],
    other_rows: NDArray[np.int32],
    places: NDArray[np.int64],
) -> None:
    """Sort the pairs from `first` to `last`.

    Parameters
    ----------
    bits : int64[m], written
        The keys' bit patterns; positive numbers sort like them.
    other_bits, other_rows : [largest pair], written
        Room.
    places : int64[DIGITS], written
        Room.
    """
    for pair in range(first, last):
        begin, end = start[pair], start[pair + 1]
        some_bits, some_rows = bits[begin:end], rows[begin:end]
        if end - begin <= FEW:
            _insert(some_bits, some_rows)
        else:
            _by_digits(some_bits, some_rows, other_bits, other_rows, places)
        _settle(some_bits, some_rows, numerator, denominator, order, other_rows)


@lean
def _insert(bits: NDArray[np.int64], rows: NDArray[np.int32]) -> None:
    for i in range(1, len(bits)):
        bit, row = bits[i], rows[i]
        j = i
        while j > 0 and bits[j - 1] > bit:
            bits[j] = bits[j - 1]
            rows[j] = rows[j - 1]
            j -= 1
        bits[j] = bit
        rows[j] = row


@lean
def _by_digits(
    bits: NDArray[np.int64],
    rows: NDArray[np.int32],
    other_bits: NDArray[np.int64],
    other_rows: NDArray[np.int32],
    places: NDArray[np.int64],
) -> None:
    count, differ = len(bits), 0
    for i in range(count):
        differ |= bits[i] ^ bits[0]
    for shift in range(0, 63, DIGIT):
        if (differ >> shift) & (DIGITS - 1) == 0:
            continue
        places[:] = 0
        for i in range(count):
            places[(bits[i] >> shift) & (DIGITS - 1)] += 1
        total = 0
        for digit in range(DIGITS):
            here = places[digit]
            places[digit] = total
            total += here
        for i in range(count):
            digit = (bits[i] >> shift) & (DIGITS - 1)
            j = places[digit]
            places[digit] = j + 1
            other_bits[j] = bits[i]
            other_rows[j] = rows[i]
        for i in range(count):
            bits[i] = other_bits[i]
            rows[i] = other_rows[i]


@lean
def _settle(
    bits: NDArray[np.int64],
    rows: NDArray[np.int32],
    numerator: NDArray[np.int64],
    denominator: NDArray[np.int64],
    order: NDArray[np.int64],
    other_rows: NDArray[np.int32],
) -> None:
    """Sort runs of close neighbours exactly; their keys stay where they are."""
    begin = 0
    while begin < len(bits):
        end = begin + 1
        sorted_ = True
        while end < len(bits) and bits[end] - bits[end - 1] <= CLOSE:
            sorted_ = sorted_ and precedes(rows[end - 1], rows[end], numerator, denominator, order)
            end += 1
        if not sorted_:
            _merge(rows[begin:end], numerator, denominator, order, other_rows)
        begin = end


@lean
def _merge(
    rows: NDArray[np.int32],
    numerator: NDArray[np.int64],
    denominator: NDArray[np.int64],
    order: NDArray[np.int64],
    other: NDArray[np.int32],
) -> None:
    count, width = len(rows), 1
    while width < count:
        begin = 0
        while begin < count:
            middle, end = min(begin + width, count), min(begin + 2 * width, count)
            i, j = begin, middle
            for k in range(begin, end):
                if j == end or (i < middle and not precedes(rows[j], rows[i], numerator, denominator, order)):
                    other[k] = rows[i]
                    i += 1
                else:
                    other[k] = rows[j]
                    j += 1
            begin = end
        for i in range(count):
            rows[i] = other[i]
        width *= 2


@lean
def accumulate(
    start: NDArray[np.int64],
    first: int,
    last: int,
    amount: NDArray[np.int64],
    rows: NDArray[np.int32],
    key: NDArray[np.float64],
    reach: NDArray[np.int64],
    worth: NDArray[np.float64],
) -> None:
    """Write running sums of amount, below 2^62, and of amount * limit, pair by pair."""
    for pair in range(first, last):
        begin, end = start[pair], start[pair + 1]
        for i in range(begin, end):
            reach[i] = amount[rows[i]]
        sum_up(key[begin:end], reach[begin:end], worth[begin:end])


@lean
def sum_up(key: NDArray[np.float64], reach: NDArray[np.int64], worth: NDArray[np.float64]) -> None:
    """Turn the amounts in `reach` into running sums, and write those of amount * limit."""
    total, value = 0, 0.0
    for i in range(len(key)):
        each = reach[i]
        total += each
        value += each * key[i]
        reach[i] = total
        worth[i] = value
