"""Invoicing: in which currencies the trade of a pair is paid, and how much of each.

A sale that names a member's currency is paid in it. Any other is split by a
policy, shares of currencies per pair of countries; without one, half is paid in
the exporter's currency and half in the importer's. Values are converted at
exact rates. All currencies of a pair but one are rounded to their minor unit,
and the one whose minor unit is worth least takes what is left, so the pair as a
whole misses its value by less than one minor unit of that currency. Without
rates a unit of value is a unit of any currency, and nothing is missed at all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from comity.day.generate.countries import countries
from comity.day.generate.trade import Sale
from comity.errors import Fault, InvalidRequest
from comity.model.currency import CURRENCIES

Policy = Mapping[tuple[str, str], Mapping[str, Fraction]]
"""Shares of invoice currencies by (exporter, importer); each sums to 1."""

HALF = Fraction(1, 2)
MINOR_MAX = 2**60
"""A flow stays below this many minor units."""


class Flow(NamedTuple):
    """What a country pays another in one currency over the day."""

    exporter: str
    importer: str
    currency: str
    minor: int
    """More than 0."""
    worth: Fraction
    """Value in the common measure."""


@dataclass(frozen=True, slots=True)
class Money:
    """Currencies of the union and what they are worth.

    `prices` is the value of a major unit by code, including that of `numeraire`,
    the currency of values that name none; None if no rates are given.
    """

    currencies: tuple[str, ...]
    prices: Mapping[str, Fraction] | None
    numeraire: str

    def price(self, currency: str) -> Fraction:
        """Value of a major unit in the common measure; 1 without rates."""
        return Fraction(1) if self.prices is None else self.prices[currency]

    def minor_price(self, currency: str) -> Fraction:
        """Value of a minor unit in the common measure."""
        return self.price(currency) / power(currency)


def invoice(sales: Iterable[Sale], money: Money, policy: Policy, *, in_one: bool = False) -> list[Flow]:
    """Return the flows of a trade table, in order of exporter, importer and currency.

    Parameters
    ----------
    sales
        Of countries of the union only.
    money, policy
        See above.
    in_one
        Pay what names no member's currency in the exporter's alone.

    Raises
    ------
    InvalidRequest
        If a value has more decimals than its currency, or is too large.
    """
    stated: dict[tuple[str, str, str], int] = {}
    unstated: dict[tuple[str, str], Fraction] = {}
    for sale in sales:
        pair = (sale.exporter, sale.importer)
        if sale.currency in money.currencies:
            key = (*pair, sale.currency)
            stated[key] = stated.get(key, 0) + _whole(Fraction(sale.value), sale.currency, pair)
        else:
            value = Fraction(sale.value) * money.price(sale.currency or money.numeraire)
            unstated[pair] = unstated.get(pair, Fraction()) + value
    for pair, value in unstated.items():
        for currency, minor in _split(pair, value, money, policy, in_one=in_one).items():
            stated[*pair, currency] = stated.get((*pair, currency), 0) + minor
    for key, minor in stated.items():
        if minor >= MINOR_MAX:
            raise _bad(key[:2], f"less than 2^60 minor units of {key[2]}", str(minor))
    return [Flow(*key, minor, minor * money.minor_price(key[2])) for key, minor in sorted(stated.items()) if minor]


def _split(pair: tuple[str, str], value: Fraction, money: Money, policy: Policy, *, in_one: bool) -> dict[str, int]:
    shares = _shares(pair, policy, in_one=in_one)
    last = min(shares, key=lambda code: (money.minor_price(code), code))
    minors = {
        code: round(value * share / money.minor_price(code)) for code, share in sorted(shares.items()) if code != last
    }
    left = value - sum((minor * money.minor_price(code) for code, minor in minors.items()), Fraction())
    if left < 0:
        minors, left = {}, value
    exact = left / money.minor_price(last)
    if money.prices is None and exact.denominator != 1:
        raise _bad(pair, f"at most {CURRENCIES[last].exponent} decimals ({last})", str(float(value)))
    return {**minors, last: round(exact)}


def _shares(pair: tuple[str, str], policy: Policy, *, in_one: bool) -> dict[str, Fraction]:
    exporter, importer = (countries()[code].currency for code in pair)
    if in_one or exporter == importer:
        return {exporter: Fraction(1)}
    if pair in policy:
        return {code: share for code, share in policy[pair].items() if share > 0}
    return {exporter: HALF, importer: HALF}


def _whole(value: Fraction, currency: str, pair: tuple[str, str]) -> int:
    minor = value * power(currency)
    if minor.denominator != 1:
        raise _bad(pair, f"at most {CURRENCIES[currency].exponent} decimals ({currency})", str(float(value)))
    return minor.numerator


def power(currency: str) -> int:
    """Return the minor units of a major unit."""
    return int(10 ** CURRENCIES[currency].exponent)


def _bad(pair: tuple[str, str], expected: str, found: str) -> InvalidRequest:
    return InvalidRequest([Fault("trade", 0, "value", f"{expected} from {pair[0]} to {pair[1]}", found)])
