"""Products of 128 bits, compared and divided, against plain Python."""

from hypothesis import given
from hypothesis import strategies as st

from comity.engine.kernels.exact import at_most, compare, product, quotient, remainder

LARGEST = (1 << 62) - 1
POWERS = st.integers(0, 61).flatmap(lambda bits: st.sampled_from([1 << bits, (1 << bits) - 1, (1 << bits) + 1]))
WHOLE = st.integers(0, 9) | POWERS | st.integers(0, LARGEST) | st.integers(LARGEST - 9, LARGEST)


@given(WHOLE, WHOLE, WHOLE, WHOLE)
def test_products_are_compared_exactly(a: int, b: int, c: int, d: int) -> None:
    assert product(a, b) == divmod(a * b, 1 << 62)
    assert compare(a, b, c, d) == (a * b > c * d) - (a * b < c * d)
    assert at_most(a, b, c, d) == (a * b <= c * d)


@given(WHOLE, WHOLE, WHOLE.filter(bool))
def test_products_are_divided_exactly(a: int, b: int, c: int) -> None:
    whole, rest = divmod(a * b, c)
    found = quotient(a, b, c)
    assert found == min(whole, LARGEST + 1)
    assert whole > LARGEST or remainder(a, b, found, c) == rest
