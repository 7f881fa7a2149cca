"""What currencies are worth in one another, along chains of rates that close no circle.

Rates are joined one by one. A rate between currencies that no chain connects yet
connects them; another is told how far it is from the chain that is there. Hence
the order in which rates are given decides which of them hold, and nothing else.
"""

from collections.abc import Mapping
from fractions import Fraction
from math import gcd, lcm

from comity.model.amount import Rounding, round_minor
from comity.model.currency import CURRENCIES
from comity.union.checks import refusal
from comity.union.quotes import Pair

LEVEL_MAX = (1 << 62) - 1
LEVEL_MIN = 1 << 34
"""Bounds of an integer price of one minor unit; the auction's prices have the same."""


class Worths:
    """Chains of rates; each group of connected currencies has worths on a scale of its own."""

    def __init__(self) -> None:
        self._worth: dict[str, Fraction] = {}
        self._group: dict[str, list[str]] = {}

    def __contains__(self, code: object) -> bool:
        return code in self._worth

    def join(self, pair: Pair, price: Fraction) -> Fraction | None:
        """Connect a pair at a price of its first currency in the second; None if that was done.

        Otherwise nothing changes, and the price along the chain that was there is returned.
        """
        first, second = (self._of(code) for code in pair)
        if first is second:
            return self.price(pair)
        if len(first) > len(second):
            kept, moved = first, second
            factor = self._worth[pair.first] / price / self._worth[pair.second]
        else:
            kept, moved = second, first
            factor = self._worth[pair.second] * price / self._worth[pair.first]
        for code in moved:
            self._worth[code] *= factor
            self._group[code] = kept
        kept.extend(moved)
        return None

    def price(self, pair: tuple[str, str]) -> Fraction | None:
        """Return what one major unit of a currency costs in another; None if no chain connects them."""
        one, other = pair
        if one not in self._worth or other not in self._worth or self._group[one] is not self._group[other]:
            return None
        return self._worth[one] / self._worth[other]

    def largest(self) -> dict[str, Fraction]:
        """Return the worths of the largest group, by code; of two as large, of that with the first code."""
        groups = {id(group): sorted(group) for group in self._group.values()}
        chosen = min(groups.values(), key=lambda group: (-len(group), group), default=[])
        return {code: self._worth[code] / self._worth[chosen[0]] for code in chosen}

    def _of(self, code: str) -> list[str]:
        if code not in self._worth:
            self._worth[code], self._group[code] = Fraction(1), [code]
        return self._group[code]


def levels(worth: Mapping[str, Fraction]) -> dict[str, int]:
    """Return integer prices of one minor unit of each currency on one scale.

    They are in exact proportion if such numbers below 2^62 exist, and then as
    large as they can be. Otherwise the largest is 2^62 - 1 and the others are
    rounded half-even, each to within one part in 2^35.

    Parameters
    ----------
    worth
        Of one major unit, above 0, on any common scale.

    Raises
    ------
    InvalidRequest
        If one minor unit is worth more than 2^28 of another.
    """
    if not worth:
        return {}
    minor = {code: value / 10 ** CURRENCIES[code].exponent for code, value in worth.items()}
    top = lcm(*(value.denominator for value in minor.values()))
    whole = {code: value.numerator * (top // value.denominator) for code, value in minor.items()}
    common, most = gcd(*whole.values()), max(whole.values())
    if most // common <= LEVEL_MAX:
        factor = LEVEL_MAX // (most // common)
        found = {code: value // common * factor for code, value in whole.items()}
    else:
        found = {
            code: round_minor(Fraction(value * LEVEL_MAX, most), Rounding.HALF_EVEN) for code, value in whole.items()
        }
    for code, level in found.items():
        if level < LEVEL_MIN:
            raise refusal(f"reference[{code}]", "a minor unit worth 2^-28 of any other or more", str(worth[code]))
    return found
