"""Amounts and rates: exact integers with their currencies.

An `Amount` is a whole number of minor units of one currency. A `Rate` is a
ratio of two whole numbers: how many units of `quote` one unit of `base` costs,
both in major units. Nothing here is ever a float: where a result need not be
whole, the rounding is named and the exact remainder is returned, so that
nothing is lost without somebody having said so.

These operations are defined, all others raise TypeError:

======================  ==========================================================
`a + b`, `a - b`        Amount of the same currency -> Amount
`-a`, `abs(a)`          -> Amount
`a * n`, `n * a`        whole number -> Amount
`a < b`, `<=`, `>`      Amount of the same currency -> bool
`a == b`                anything -> bool; amounts of two currencies differ
`bool(a)`               whether it is not zero
`a * r`                 `a.convert(r, Rounding.FLOOR)`
`a.convert(r, how)`     Rate whose base is a's currency -> (Amount in its quote, remainder)
`r * s`                 Rate whose base is r's quote -> Rate from r's base to s's quote
`r < s`, `<=`, `>`      Rate of the same pair -> bool
`r.inverse()`           -> Rate from quote to base
======================  ==========================================================

There is no division: shares of an amount are converted at a Rate or counted in
minor units by whoever divides. Amounts may be of any size; what stands in
files and in the log has at most `DIGITS_MAX` digits.
"""

import re
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import total_ordering
from math import gcd
from typing import Self, overload

from comity.errors import Fault, InvalidRequest
from comity.model.currency import Currency
from comity.model.plain import describe

DIGITS_MAX = 18
"""Digits of an amount in minor units, and of either number of a rate, in text."""

_DECIMAL = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")
_RATIO = re.compile(r"([0-9]+)/([0-9]+)")


class Rounding(Enum):
    """How an exact result becomes a whole number of minor units."""

    FLOOR = "floor"
    """Down, towards minus infinity: the remainder is never negative."""
    CEILING = "ceiling"
    """Up, towards plus infinity: the remainder is never positive."""
    HALF_EVEN = "half-even"
    """To the nearest; at half way to the even one."""


def parse_minor(text: str, exponent: int) -> int:
    """Read decimal text in major units as whole minor units.

    Parameters
    ----------
    text
        Digits, perhaps a leading minus, perhaps a point with digits on both sides.
    exponent
        Decimals of the currency, 0 to 4; not more may be written, even zeros.

    Raises
    ------
    InvalidRequest
        If it is not such text, or has more than `DIGITS_MAX` digits, as written or in minor units.

    Examples
    --------
    >>> parse_minor("-1234.5", 2)
    -123450
    """
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise _unreadable("a decimal number such as 1234.50", text)
    sign, whole, decimals = match[1], match[2], match[3] or ""
    if len(decimals) > exponent:
        raise _unreadable(f"at most {exponent} decimals" if exponent else "no decimals", text)
    digits = whole + decimals.ljust(exponent, "0")
    if len(whole + decimals) > DIGITS_MAX or len(digits.lstrip("0")) > DIGITS_MAX:
        raise _unreadable(f"at most {DIGITS_MAX} digits, {exponent} decimals included", text)
    return int(sign + digits)


def format_minor(minor: int, exponent: int) -> str:
    """Write minor units as decimal text in major units, all decimals shown; `parse_minor` reads it back.

    Examples
    --------
    >>> format_minor(-5, 2)
    '-0.05'
    """
    digits = str(abs(_whole(minor))).rjust(exponent + 1, "0")
    sign = "-" if minor < 0 else ""
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}" if exponent else sign + digits


def round_minor(exact: Fraction, rounding: Rounding) -> int:
    """Make a whole number of minor units of an exact result, by a named rounding.

    Examples
    --------
    >>> round_minor(Fraction(5, 2), Rounding.HALF_EVEN), round_minor(Fraction(-5, 2), Rounding.FLOOR)
    (2, -3)
    """
    if rounding is Rounding.FLOOR:
        return exact.__floor__()
    if rounding is Rounding.CEILING:
        return exact.__ceil__()
    if rounding is Rounding.HALF_EVEN:
        return round(exact)
    raise TypeError(f"a rounding is named by Rounding, not {rounding!r}")


@total_ordering
@dataclass(frozen=True, slots=True)
class Amount:
    """A whole number of minor units of a currency, of either sign.

    Examples
    --------
    >>> from comity.model.currency import currency
    >>> str(Amount.parse("1234.5", currency("CNY")) * 2)
    '2469.00 CNY'
    """

    minor: int
    currency: Currency

    def __post_init__(self) -> None:
        _whole(self.minor)
        if not isinstance(self.currency, Currency):
            raise TypeError(f"the currency of an amount is a Currency, not {self.currency!r}")

    @classmethod
    def parse(cls, text: str, currency: Currency) -> Self:
        """Read decimal text in major units; see `parse_minor` for what is accepted."""
        return cls(parse_minor(text, currency.exponent), currency)

    def __str__(self) -> str:
        return f"{format_minor(self.minor, self.currency.exponent)} {self.currency}"

    def __bool__(self) -> bool:
        return self.minor != 0

    def __add__(self, other: "Amount") -> "Amount":
        if not isinstance(other, Amount):
            return NotImplemented
        self._must_match(other)
        return Amount(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Amount") -> "Amount":
        if not isinstance(other, Amount):
            return NotImplemented
        self._must_match(other)
        return Amount(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Amount":
        return Amount(-self.minor, self.currency)

    def __abs__(self) -> "Amount":
        return Amount(abs(self.minor), self.currency)

    @overload
    def __mul__(self, other: int) -> "Amount": ...
    @overload
    def __mul__(self, other: "Rate") -> "tuple[Amount, Fraction]": ...
    def __mul__(self, other: "int | Rate") -> "Amount | tuple[Amount, Fraction]":
        if isinstance(other, Rate):
            return self.convert(other, Rounding.FLOOR)
        if not _is_whole(other):
            return NotImplemented
        return Amount(self.minor * other, self.currency)

    def __rmul__(self, other: int) -> "Amount":
        return self * other if _is_whole(other) else NotImplemented

    def __lt__(self, other: "Amount") -> bool:
        if not isinstance(other, Amount):
            return NotImplemented
        self._must_match(other)
        return self.minor < other.minor

    def convert(self, rate: "Rate", rounding: Rounding) -> "tuple[Amount, Fraction]":
        """Convert at a rate.

        Parameters
        ----------
        rate
            Its base is this amount's currency.
        rounding
            How the exact result becomes whole minor units.

        Returns
        -------
        converted
            Amount in the rate's quote currency.
        remainder
            In minor units of the quote currency: the exact result is `converted` plus this.
        """
        if not isinstance(rate, Rate):
            raise TypeError(f"an amount is converted at a Rate, not {rate!r}")
        if rate.base != self.currency:
            raise TypeError(f"an amount in {self.currency} cannot be converted at a rate of {rate.base}")
        exact = self.minor * rate.minor_ratio()
        minor = round_minor(exact, rounding)
        return Amount(minor, rate.quote), exact - minor

    def _must_match(self, other: "Amount") -> None:
        if self.currency != other.currency:
            raise TypeError(f"amounts in {self.currency} and {other.currency} have no common unit")


@total_ordering
@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of `base` is `numerator / denominator` units of `quote`, major units both.

    Both numbers are positive; they are kept in lowest terms, so that equal
    rates compare equal. ValueError if one is not positive.
    """

    numerator: int
    denominator: int
    base: Currency
    quote: Currency

    def __post_init__(self) -> None:
        if min(_whole(self.numerator), _whole(self.denominator)) <= 0:
            raise ValueError(f"a rate is a ratio of positive numbers, not {self.numerator}/{self.denominator}")
        for side in (self.base, self.quote):
            if not isinstance(side, Currency):
                raise TypeError(f"a rate joins two Currency values, not {side!r}")
        common = gcd(self.numerator, self.denominator)
        object.__setattr__(self, "numerator", self.numerator // common)
        object.__setattr__(self, "denominator", self.denominator // common)

    @classmethod
    def parse(cls, text: str, base: Currency, quote: Currency) -> Self:
        """Read a positive decimal ("7.1035") or a ratio ("64/9"), either exactly.

        Raises
        ------
        InvalidRequest
            If it is neither, is zero, or a number has more than `DIGITS_MAX` digits.
        """
        ratio, decimal = _RATIO.fullmatch(text), _DECIMAL.fullmatch(text)
        if ratio is not None:
            above, below, digits = ratio[1], ratio[2], max(_digits(ratio[1]), _digits(ratio[2]))
        elif decimal is not None and not decimal[1]:
            places = len(decimal[3] or "")
            above, below = decimal[2] + (decimal[3] or ""), "1" + "0" * places
            digits = max(_digits(above), places)
        else:
            raise _unreadable("a positive rate such as 7.1035 or 64/9", text)
        if digits > DIGITS_MAX:
            raise _unreadable(f"a rate of at most {DIGITS_MAX} digits", text)
        if not int(above) or not int(below):
            raise _unreadable("a rate above zero", text)
        return cls(int(above), int(below), base, quote)

    def __str__(self) -> str:
        return f"1 {self.base} = {self.text()} {self.quote}"

    def text(self) -> str:
        """Write the number alone: decimal if `DIGITS_MAX` digits hold it exactly, otherwise p/q."""
        for places in range(DIGITS_MAX + 1):
            scaled, rest = divmod(self.numerator * 10**places, self.denominator)
            if not rest and scaled < 10**DIGITS_MAX:
                return format_minor(scaled, places)
        return f"{self.numerator}/{self.denominator}"

    def minor_ratio(self) -> Fraction:
        """Return how many minor units of `quote` one minor unit of `base` is, exactly."""
        return Fraction(self.numerator * 10**self.quote.exponent, self.denominator * 10**self.base.exponent)

    def inverse(self) -> "Rate":
        """Return the rate of `quote` in `base`."""
        return Rate(self.denominator, self.numerator, self.quote, self.base)

    def __mul__(self, other: "Rate") -> "Rate":
        if not isinstance(other, Rate):
            return NotImplemented
        if self.quote != other.base:
            raise TypeError(f"a rate in {self.quote} cannot be chained with a rate of {other.base}")
        above, below = self.numerator * other.numerator, self.denominator * other.denominator
        return Rate(above, below, self.base, other.quote)

    def __lt__(self, other: "Rate") -> bool:
        if not isinstance(other, Rate):
            return NotImplemented
        if (self.base, self.quote) != (other.base, other.quote):
            raise TypeError(f"rates of {self.base}/{self.quote} and {other.base}/{other.quote} have no order")
        return self.numerator * other.denominator < other.numerator * self.denominator


def _digits(number: str) -> int:
    return len(number.lstrip("0"))


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _whole(number: int) -> int:
    if not _is_whole(number):
        raise TypeError(f"money is counted in whole numbers, not {number!r}")
    return number


def _unreadable(expected: str, text: str) -> InvalidRequest:
    return InvalidRequest([Fault("", 0, "", expected, describe(text))])
