"""Products of 128 bits in signed 64-bit words, exactly: compared, and divided.

A product of two numbers from 0 to 2**62 - 1 is held as high * 2**62 + low, both
from 0 to 2**62 - 1, so that no word ever uses its sign.
"""

from comity.engine.kernels import inlined, lean

HALF = 31
LOW_HALF = (1 << HALF) - 1
WORD = 62
LOW_WORD = (1 << WORD) - 1


@inlined
def product(a: int, b: int) -> tuple[int, int]:
    """Return high and low word of a * b; both factors 0 to 2**62 - 1."""
    a_high, a_low, b_high, b_low = a >> HALF, a & LOW_HALF, b >> HALF, b & LOW_HALF
    middle = a_high * b_low + a_low * b_high
    low = ((middle & LOW_HALF) << HALF) + a_low * b_low
    return a_high * b_high + (middle >> HALF) + (low >> WORD), low & LOW_WORD


@inlined
def at_most(a: int, b: int, c: int, d: int) -> bool:
    """Return whether a * b <= c * d; all four 0 to 2**62 - 1."""
    high, low = product(a, b)
    other_high, other_low = product(c, d)
    return high < other_high or (high == other_high and low <= other_low)


@inlined
def compare(a: int, b: int, c: int, d: int) -> int:
    """Return the sign of a * b - c * d; all four 0 to 2**62 - 1."""
    high, low = product(a, b)
    other_high, other_low = product(c, d)
    if high != other_high:
        return 1 if high > other_high else -1
    return (1 if low > other_low else 0) - (1 if low < other_low else 0)


@lean
def quotient(a: int, b: int, c: int) -> int:
    """Return floor(a * b / c), or 2**62 if it is larger than any amount; a and b 0 to 2**62 - 1, c 1 to 2**62 - 1.

    Long division by digits of 31 bits (Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D): c is shifted
    until its upper digit is at least half of the largest, so that a digit guessed from it is too large by two at most.
    """
    high, low = product(a, b)
    if high >= c:
        return 1 << WORD
    shift = 0
    for step in (32, 16, 8, 4, 2, 1):
        if c >> (WORD - step) == 0:
            c <<= step
            shift += step
    high = high << shift | low >> (WORD - shift)
    low = (low & (LOW_WORD >> shift)) << shift
    upper, rest = digit(high, low >> HALF, c)
    lower, _ = digit(rest, low & LOW_HALF, c)
    return upper << HALF | lower


@inlined
def digit(rest: int, following: int, c: int) -> tuple[int, int]:
    """Return floor(n / c) and n mod c of n = rest * 2**31 + following; rest below c, c 2**61 to 2**62 - 1."""
    c_high, c_low = c >> HALF, c & LOW_HALF
    guess = rest // c_high
    left = rest - guess * c_high
    while left <= LOW_HALF and (guess > LOW_HALF or guess * c_low > (left << HALF) + following):
        guess -= 1
        left += c_high
    return guess, (left << HALF) + following - guess * c_low


@inlined
def remainder(a: int, b: int, floor: int, c: int) -> int:
    """Return a * b - floor * c, where floor is `quotient(a, b, c)`."""
    _, low = product(a, b)
    _, taken = product(floor, c)
    return (low - taken) & LOW_WORD
