"""The unit of account: a basket of the members' currencies.

One unit of account is a basket that holds `w(c)` major units of each currency
`c`, the weights `w` divided by their sum; without weights, all are equal. Given
what the currencies cost in each other, a major unit of `a` is worth
``1 / sum over c of w(c) * price(c in a)`` units of account. Prices are exact
ratios, found along chains of official rates, the newest of each pair that is
not younger than the business date; shorter chains come first.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple, Protocol


class Quoted(Protocol):
    """What is read of an official rate: a major unit of `base` costs `rate` major units of `quote`."""

    @property
    def date(self) -> date:
        """Day for which it was fixed."""

    @property
    def base(self) -> str:
        """Code of the currency that is priced."""

    @property
    def quote(self) -> str:
        """Code of the currency of the price."""

    @property
    def rate(self) -> Fraction:
        """The price, exact."""


class Rate(NamedTuple):
    """One official rate: a major unit of `base` costs `rate` major units of `quote`."""

    date: date
    base: str
    quote: str
    rate: Fraction


def unit_values(
    currencies: Sequence[str], weights: Mapping[str, str], rates: Iterable[Quoted], day: date
) -> dict[str, Fraction] | None:
    """Return units of account per major unit of each of `currencies`.

    Parameters
    ----------
    currencies
        Codes that must get a value.
    weights
        Decimal text by currency, all positive; empty for equal weights.
    rates
        Official rates; those after `day` are ignored.

    Returns
    -------
    dict or None
        Exact values; None if the rates do not connect all currencies.
    """
    if not currencies:
        return None
    basket = {code: Fraction(weight) for code, weight in weights.items()} or dict.fromkeys(currencies, Fraction(1))
    prices = _prices(currencies[0], rates, day)
    if any(code not in prices for code in (*currencies, *basket)):
        return None
    worth = sum((weight * prices[code] for code, weight in basket.items()), Fraction()) / sum(basket.values())
    return {code: prices[code] / worth for code in currencies}


def _prices(first: str, rates: Iterable[Quoted], day: date) -> dict[str, Fraction]:
    """Price of every reachable currency in `first`."""
    newest: dict[tuple[str, str], Quoted] = {}
    for rate in rates:
        pair = (rate.base, rate.quote)
        if rate.rate > 0 and rate.date <= day and (pair not in newest or newest[pair].date < rate.date):
            newest[pair] = rate
    steps: dict[str, list[tuple[str, Fraction]]] = {}
    for (base, quote), rate in newest.items():
        steps.setdefault(quote, []).append((base, rate.rate))
        steps.setdefault(base, []).append((quote, 1 / rate.rate))
    prices = {first: Fraction(1)}
    ahead = deque([first])
    while ahead:
        here = ahead.popleft()
        for code, cost in steps.get(here, ()):
            if code not in prices:
                prices[code] = prices[here] * cost
                ahead.append(code)
    return prices
