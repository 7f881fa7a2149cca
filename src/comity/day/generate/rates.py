"""What currencies are worth in each other at official rates."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from comity.day.standing import Rate
from comity.statistics.unit import Rate as UnitRate
from comity.statistics.unit import unit_values


def worth(currencies: Iterable[str], rates: Iterable[Rate], day: date) -> dict[str, Fraction] | None:
    """Return what a major unit of each currency is worth in a common measure; None if rates do not reach all."""
    codes = list(dict.fromkeys(currencies))
    plain = [UnitRate(rate.date, rate.base, rate.quote, rate.rate) for rate in rates]
    return unit_values(codes, {}, plain, day)
