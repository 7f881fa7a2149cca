"""Quotes of exchange rates: who says what a currency costs, for which day, and how far that is trusted.

A quote is exact and in major units: one unit of `base` costs `rate` units of
`quote`. A source is trusted up to an age and a tolerance (`SourceRule`). Where
that does not suffice, two different people decide (`Decision`).

Ages count calendar days: on a Monday the rate of the Friday before is three
days old, and no calendar of holidays is needed to say so.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from comity.errors import InvalidRequest
from comity.model.currency import currency
from comity.union.checks import ratio, refusal, whole

AGE_MAX_DAYS = 3
"""Unless a source has another limit: from Friday to Monday."""
TOLERANCE = Fraction(2, 100)
"""Unless a source has another: official fixings of one day differ by up to 1.9 % in 99 of 100 cases."""


class Pair(NamedTuple):
    """Two currencies in the order of their codes."""

    first: str
    second: str

    @classmethod
    def of(cls, one: str, other: str) -> "Pair":
        """Return the pair of two codes, whichever comes first."""
        return cls(min(one, other), max(one, other))

    def __str__(self) -> str:
        return f"{self.first}/{self.second}"


@dataclass(frozen=True, slots=True)
class Quote:
    """One unit of `base` costs `rate` units of `quote`, says `source` for `day`.

    InvalidRequest if the currencies are not two, are not of ISO 4217, or the
    rate is not above 0; TypeError if it is no exact number.
    """

    day: date
    base: str
    quote: str
    rate: Fraction
    source: str

    def __post_init__(self) -> None:
        currency(self.base)
        currency(self.quote)
        if self.base == self.quote:
            raise refusal("quote", f"another currency than {self.base}", self.quote)
        ratio("rate", self.rate)
        if not self.rate:
            raise refusal("rate", "a rate above 0", "0")

    @property
    def pair(self) -> Pair:
        """Its currencies in the order of their codes."""
        return Pair.of(self.base, self.quote)

    @property
    def price(self) -> Fraction:
        """What one unit of the pair's first currency costs in the second."""
        return Fraction(self.rate) if self.base < self.quote else 1 / Fraction(self.rate)

    def age_days(self, day: date) -> int:
        """Calendar days from the quote to `day`."""
        return (day - self.day).days


@dataclass(frozen=True, slots=True)
class SourceRule:
    """How far a source is trusted.

    Attributes
    ----------
    source
        Its name.
    age_max_days
        A quote older than so many calendar days is refused.
    tolerance
        How far its price of a pair may be from another source's: the larger over
        the smaller, less 1. Of two sources the smaller tolerance holds.
    """

    source: str
    age_max_days: int = AGE_MAX_DAYS
    tolerance: Fraction = TOLERANCE

    def __post_init__(self) -> None:
        whole("age_max_days", self.age_max_days, 0)
        ratio("tolerance", self.tolerance)


@dataclass(frozen=True, slots=True)
class Decision:
    """Two people take the rate of one source for a stopped pair, on one day; without a source the pair stays stopped.

    InvalidRequest if both names are one, or a name is missing. Names that
    differ in case, width or spaces alone are one name.
    """

    day: date
    pair: Pair
    source: str
    first: str
    second: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "pair", Pair.of(*self.pair))
        names = [_plain(name) for name in (self.first, self.second)]
        if not all(names):
            raise refusal("decision", "the names of two people", f"{self.first!r} and {self.second!r}")
        if names[0] == names[1]:
            raise refusal("decision", "two different people", f"{self.first} twice")


def newest(quotes: Iterable[Quote], day: date) -> list[Quote]:
    """Return the newest quote of each source and pair for `day` or before, by source, base and quote.

    Of two of one day, in either direction, the one whose base comes first is taken.

    Raises
    ------
    InvalidRequest
        If a source says two things of one pair for one day in one direction.
    """
    found: dict[tuple[str, Pair], Quote] = {}
    seen: dict[tuple[str, str, str, date], Fraction] = {}
    twice = []
    for each in sorted(quotes, key=lambda one: (one.source, one.base, one.quote)):
        key = (each.source, each.base, each.quote, each.day)
        if seen.setdefault(key, each.rate) != each.rate:
            twice.append(
                refusal("quotes", f"one rate of {each.source} for {each.base}/{each.quote} on {each.day}", "two")
            )
        held = found.get((each.source, each.pair))
        if each.day <= day and (held is None or held.day < each.day):
            found[each.source, each.pair] = each
    if twice:
        raise InvalidRequest(fault for error in twice for fault in error.faults)
    return sorted(found.values(), key=lambda one: (one.source, one.base, one.quote))


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
