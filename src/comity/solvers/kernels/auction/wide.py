"""Products of two whole numbers below 2^62, exactly: as `high` * 2^62 + `low`.

Factors are split at 2^31, so that no partial sum reaches 2^63.
"""

from comity.engine.kernels import inlined, lean

BITS = 62
BELOW = (1 << 62) - 1
HALF = 31
BELOW_HALF = (1 << 31) - 1
UNIT = float(1 << 62)


@inlined
def product(a: int, b: int) -> tuple[int, int]:
    """Return high and low of a * b; both factors from 0 to 2^62 - 1."""
    a1, a0, b1, b0 = a >> HALF, a & BELOW_HALF, b >> HALF, b & BELOW_HALF
    middle = a1 * b0 + a0 * b1
    low = a0 * b0 + ((middle & BELOW_HALF) << HALF)
    return a1 * b1 + (middle >> HALF) + (low >> BITS), low & BELOW


@lean
def compare(a: int, b: int, c: int, d: int) -> int:
    """Return the sign of a * b - c * d; all factors from 0 to 2^62 - 1."""
    high, low = product(a, b)
    high_2, low_2 = product(c, d)
    if high != high_2:
        return 1 if high > high_2 else -1
    return int(low > low_2) - int(low < low_2)


@lean
def divide(a: int, b: int, c: int) -> tuple[int, int]:
    """Return quotient and remainder of a * b by c; factors from 0 to 2^62 - 1, c above 0.

    A quotient in floating point is off by a few in 2^52; what is left is divided
    again. A larger quotient comes out as 2^62 - 1 with remainder 0.
    """
    high, low = product(a, b)
    guess = float(a) * float(b) / float(c)
    if guess > 2.0 * UNIT:
        return BELOW, 0
    quotient = BELOW if guess >= UNIT else int(guess)
    while True:
        high_2, low_2 = product(quotient, c)
        left_high, left_low = high - high_2, low - low_2
        if -1 <= left_high <= 1:
            left = left_low + (left_high << BITS)
            if 0 <= left < c:
                return quotient, left
            quotient += left // c
        else:
            quotient += int((float(left_high) * UNIT + float(left_low)) / float(c))
        quotient = max(quotient, 0)
        if quotient > BELOW:
            return BELOW, 0
