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

    A float guesses, whole numbers correct the guess until what remains is 0 to c - 1: the result does not
    depend on how the guess was rounded.
    """
    high, low = product(a, b)
    if high >= c:
        return 1 << WORD
    guess = min(int(float(a) * float(b) / float(c)), LOW_WORD)
    while True:
        taken_high, taken_low = product(guess, c)
        rest_high, rest = high - taken_high, low - taken_low
        if rest < 0:
            rest_high, rest = rest_high - 1, rest + (1 << WORD)
        if rest_high == 0 and rest < c:
            return guess
        step = int((float(rest_high) * float(1 << WORD) + float(rest)) / float(c))
        if step == 0:
            step = 1 if rest_high >= 0 else -1
        guess = min(max(guess + step, 0), LOW_WORD)


@inlined
def remainder(a: int, b: int, floor: int, c: int) -> int:
    """Return a * b - floor * c, where floor is `quotient(a, b, c)`."""
    _, low = product(a, b)
    _, taken = product(floor, c)
    return (low - taken) & LOW_WORD
