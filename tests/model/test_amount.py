"""Amounts and rates are exact, and nothing but the operations of their table works."""

import operator
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import InvalidRequest
from comity.model.amount import DIGITS_MAX, Amount, Rate, Rounding, format_minor, parse_minor
from comity.model.currency import CURRENCIES, Currency, currency

CNY, RUB, JPY, KWD, CLF = (currency(code) for code in ("CNY", "RUB", "JPY", "KWD", "CLF"))

currencies = st.sampled_from([CNY, JPY, KWD, CLF])
minors = st.integers(-(10**DIGITS_MAX) + 1, 10**DIGITS_MAX - 1)
sizes = st.integers(1, 10**DIGITS_MAX - 1)
roundings = st.sampled_from(Rounding)


def cny(minor: int) -> Amount:
    return Amount(minor, CNY)


@pytest.mark.parametrize(
    ("text", "exponent", "minor"),
    [
        ("1234.50", 2, 123450),
        ("1234.5", 2, 123450),
        ("1234", 2, 123400),
        ("-0.05", 2, -5),
        ("-0", 2, 0),
        ("0.00", 2, 0),
        ("007", 0, 7),
        ("1.234", 3, 1234),
        ("0.0001", 4, 1),
        ("999999999999999999", 0, 10**18 - 1),
        ("9999999999999999.99", 2, 10**18 - 1),
        ("-9999999999999999.99", 2, -(10**18) + 1),
        ("0" * 17 + "1", 2, 100),
    ],
)
def test_decimal_text_is_read_exactly(text: str, exponent: int, minor: int) -> None:
    assert parse_minor(text, exponent) == minor


@pytest.mark.parametrize(
    ("text", "exponent", "expected"),
    [
        ("1.234", 2, "at most 2 decimals"),
        ("1.230", 2, "at most 2 decimals"),
        ("1.0", 0, "no decimals"),
        ("1000000000000000000", 0, "at most 18 digits, 0 decimals included"),
        ("10000000000000000", 2, "at most 18 digits, 2 decimals included"),
        ("0" * 18 + "1", 0, "at most 18 digits, 0 decimals included"),
        ("9" * 5000, 2, "at most 18 digits"),
        *[
            (text, 2, "a decimal number")
            for text in (
                "", " 1", "1 ", "1\n", "1\0", "+1", "--1", "1.", ".5", "1,5", "1_000", "1e3", "0x1", "nan", "inf",
                "\u0661", "²", "-", ".", "1.2.3", "½", "1'000",
            )
        ],
    ],
)  # fmt: skip
def test_other_text_is_refused_and_says_what_was_expected(text: str, exponent: int, expected: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        parse_minor(text, exponent)
    assert raised.value.faults[0].expected.startswith(expected)


@given(minors, st.integers(0, 4))
def test_written_amount_is_read_back(minor: int, exponent: int) -> None:
    assert parse_minor(format_minor(minor, exponent), exponent) == minor


@given(minors, currencies)
def test_amount_shows_all_decimals_of_its_currency(minor: int, unit: Currency) -> None:
    text, code = str(Amount(minor, unit)).split()
    assert (Amount.parse(text, CURRENCIES[code]), len(text.partition(".")[2])) == (Amount(minor, unit), unit.exponent)


@given(minors, minors, minors)
def test_addition_is_that_of_whole_numbers(a: int, b: int, c: int) -> None:
    assert (cny(a) + cny(b)) + cny(c) == cny(a) + (cny(b) + cny(c)) == cny(a + b + c)
    assert cny(a) + cny(b) == cny(b) + cny(a)
    assert cny(a) - cny(b) == cny(a) + -cny(b) == cny(a - b)


@given(minors, minors, st.integers())
def test_multiplication_distributes(a: int, b: int, n: int) -> None:
    assert (cny(a) + cny(b)) * n == cny(a) * n + n * cny(b)


@given(minors, minors)
def test_order_is_that_of_minor_units(a: int, b: int) -> None:
    for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
        assert compare(cny(a), cny(b)) == compare(a, b)
    assert abs(cny(a)) == cny(abs(a))
    assert bool(cny(a)) == bool(a)


@given(minors, currencies, currencies, sizes, sizes, roundings)
def test_converted_amount_and_remainder_are_the_exact_result(
    minor: int, base: Currency, quote: Currency, above: int, below: int, rounding: Rounding
) -> None:
    converted, remainder = Amount(minor, base).convert(Rate(above, below, base, quote), rounding)
    exact = Fraction(minor * above * 10**quote.exponent, below * 10**base.exponent)
    assert converted.currency == quote
    assert converted.minor + remainder == exact
    allowed = {
        Rounding.FLOOR: 0 <= remainder < 1,
        Rounding.CEILING: -1 < remainder <= 0,
        Rounding.HALF_EVEN: abs(remainder) < Fraction(1, 2) or (2 * abs(remainder) == 1 and not converted.minor % 2),
    }
    assert allowed[rounding]


@pytest.mark.parametrize(
    ("minor", "rate", "rounding", "converted", "remainder"),
    [
        (100, "11.5", Rounding.FLOOR, 1150, Fraction(0)),
        (1, "1/3", Rounding.FLOOR, 0, Fraction(1, 3)),
        (1, "1/3", Rounding.CEILING, 1, Fraction(-2, 3)),
        (-1, "1/3", Rounding.FLOOR, -1, Fraction(2, 3)),
        (-1, "1/3", Rounding.CEILING, 0, Fraction(-1, 3)),
        (1, "0.5", Rounding.HALF_EVEN, 0, Fraction(1, 2)),
        (3, "0.5", Rounding.HALF_EVEN, 2, Fraction(-1, 2)),
        (-1, "0.5", Rounding.HALF_EVEN, 0, Fraction(-1, 2)),
    ],
)
def test_rounding_is_the_named_one(
    minor: int, rate: str, rounding: Rounding, converted: int, remainder: Fraction
) -> None:
    found = cny(minor).convert(Rate.parse(rate, CNY, RUB), rounding)
    assert found == (Amount(converted, RUB), remainder)


def test_product_of_amount_and_rate_rounds_down() -> None:
    rate = Rate.parse("17.77", CNY, JPY)
    assert cny(101) * rate == cny(101).convert(rate, Rounding.FLOOR) == (Amount(17, JPY), Fraction(9477, 10000))


def test_rate_counts_major_units_whatever_the_exponents() -> None:
    dinar = Amount.parse("1.000", KWD)
    assert dinar * Rate.parse("480.5", KWD, JPY) == (Amount(480, JPY), Fraction(1, 2))


@given(sizes, sizes)
def test_written_rate_is_read_back(above: int, below: int) -> None:
    rate = Rate(above, below, CNY, RUB)
    assert Rate.parse(rate.text(), CNY, RUB) == rate


@given(sizes, sizes, sizes, sizes)
def test_rates_chain_and_turn_round_exactly(a: int, b: int, c: int, d: int) -> None:
    first, second = Rate(a, b, CNY, RUB), Rate(c, d, RUB, JPY)
    assert (first * second).minor_ratio() == first.minor_ratio() * second.minor_ratio()
    assert (first * second).inverse() == second.inverse() * first.inverse()
    assert first.inverse().inverse() == first
    assert (first < Rate(c, d, CNY, RUB)) == (a * d < c * b)


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("7.1035", Fraction(71035, 10000)),
        ("64/9", Fraction(64, 9)),
        ("0.000000000000000001", Fraction(1, 10**18)),
        ("2/4", Fraction(1, 2)),
        ("999999999999999999/8", Fraction(10**18 - 1, 8)),
    ],
)
def test_rate_text_is_read_exactly(text: str, ratio: Fraction) -> None:
    rate = Rate.parse(text, CNY, RUB)
    assert (rate.numerator, rate.denominator) == (ratio.numerator, ratio.denominator)
    assert Rate.parse(rate.text(), CNY, RUB) == rate


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", "a rate above zero"),
        ("0/7", "a rate above zero"),
        ("7/0", "a rate above zero"),
        ("-1.5", "a positive rate"),
        ("1/-2", "a positive rate"),
        ("1.5/2", "a positive rate"),
        ("", "a positive rate"),
        ("1e3", "a positive rate"),
        ("1234567890123456789", "a rate of at most 18 digits"),
        ("0.0000000000000000001", "a rate of at most 18 digits"),
        ("1/1000000000000000000", "a rate of at most 18 digits"),
    ],
)
def test_other_rate_text_is_refused(text: str, expected: str) -> None:
    with pytest.raises(InvalidRequest, match=f"expected {expected}"):
        Rate.parse(text, CNY, RUB)


@pytest.mark.parametrize("number", [1.0, True, "1", None, Fraction(1)])
def test_amount_and_rate_are_made_of_whole_numbers_only(number: int) -> None:
    with pytest.raises(TypeError, match="whole numbers"):
        Amount(number, CNY)
    with pytest.raises(TypeError, match="whole numbers"):
        Rate(number, 1, CNY, RUB)
    with pytest.raises(TypeError, match="whole numbers"):
        Rate(1, number, CNY, RUB)


@pytest.mark.parametrize(("above", "below"), [(0, 1), (-1, 1), (1, 0), (1, -1)])
def test_rate_is_positive(above: int, below: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        Rate(above, below, CNY, RUB)


ONE, TWO = Amount(1, CNY), Amount(2, RUB)
RATE = Rate(3, 2, CNY, RUB)


@pytest.mark.parametrize(
    ("operation", "operands"),
    [
        (operator.add, (ONE, TWO)),
        (operator.sub, (ONE, TWO)),
        (operator.lt, (ONE, TWO)),
        (operator.ge, (ONE, TWO)),
        (operator.add, (ONE, 1)),
        (operator.add, (1, ONE)),
        (operator.sub, (ONE, 1.0)),
        (operator.mul, (ONE, 1.5)),
        (operator.mul, (1.5, ONE)),
        (operator.mul, (ONE, True)),
        (operator.mul, (True, ONE)),
        (operator.mul, (ONE, Fraction(1, 2))),
        (operator.mul, (ONE, ONE)),
        (operator.truediv, (ONE, 2)),
        (operator.truediv, (ONE, ONE)),
        (operator.floordiv, (ONE, 2)),
        (operator.mod, (ONE, 2)),
        (divmod, (ONE, 2)),
        (operator.pow, (ONE, 2)),
        (operator.lt, (ONE, 2)),
        (float, (ONE,)),
        (int, (ONE,)),
        (round, (ONE,)),
        (operator.mul, (TWO, RATE)),
        (operator.mul, (RATE, ONE)),
        (operator.mul, (RATE, 2)),
        (operator.mul, (RATE, 1.5)),
        (operator.mul, (RATE, RATE)),
        (operator.truediv, (RATE, RATE)),
        (operator.lt, (RATE, RATE.inverse())),
        (operator.lt, (RATE, 1)),
        (float, (RATE,)),
        (Amount.convert, (ONE, 1.5, Rounding.FLOOR)),
        (Amount.convert, (ONE, RATE, "floor")),
        (Amount, (1, "CNY")),
        (Rate, (1, 1, "CNY", RUB)),
        (format_minor, (1.5, 2)),
    ],
)
def test_undefined_operation_is_a_type_error(operation: Callable[..., object], operands: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        operation(*operands)


def test_amounts_of_two_currencies_differ() -> None:
    assert Amount(1, CNY) != Amount(1, RUB)
    assert not operator.eq(Amount(1, CNY), 1)


def test_equal_amounts_and_rates_hash_alike() -> None:
    assert len({cny(5), cny(2) + cny(3), Rate(1, 2, CNY, RUB), Rate(2, 4, CNY, RUB)}) == 2
