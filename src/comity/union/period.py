"""Periods of statistics: months, quarters and years, as text and in order.

Written 2017-04, 2017-Q2 or 2017; the kinds do not mix.
"""

import re
from dataclasses import dataclass
from enum import IntEnum

from comity.union.checks import refusal

EXPECTED = "a month as 2017-04, a quarter as 2017-Q2 or a year as 2017"

_TEXT = re.compile(r"([0-9]{4})(?:-(0[1-9]|1[0-2])|-Q([1-4]))?", re.ASCII)


class Kind(IntEnum):
    """How many periods a year has."""

    YEAR = 1
    QUARTER = 4
    MONTH = 12


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One period: its kind, and its number counted from the year 0."""

    kind: Kind
    number: int

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read a period.

        Raises
        ------
        InvalidRequest
            If it is none.

        Examples
        --------
        >>> str(Period.parse("2017-12").later(2))
        '2018-02'
        """
        match = _TEXT.fullmatch(text)
        if match is None:
            raise refusal("period", EXPECTED, repr(text))
        kind = Kind.MONTH if match[2] else Kind.QUARTER if match[3] else Kind.YEAR
        return cls(kind, int(match[1]) * kind + int(match[2] or match[3] or 1) - 1)

    def later(self, periods: int) -> "Period":
        """Return the period so many later."""
        return Period(self.kind, self.number + periods)

    def __str__(self) -> str:
        year, place = divmod(self.number, self.kind)
        if self.kind is Kind.MONTH:
            return f"{year:04}-{place + 1:02}"
        return f"{year:04}-Q{place + 1}" if self.kind is Kind.QUARTER else f"{year:04}"
