"""Day counts: what part of a year lies between two dates, exactly."""

from datetime import date
from enum import Enum
from fractions import Fraction

from comity.union.checks import refusal

_DAY_MAX = 30


class DayCount(Enum):
    """A convention for the length of a period in years, named as in the ISDA definitions (2006, section 4.16).

    The first day counts and the last does not.
    """

    ACT_360 = "ACT/360"
    """Days that passed, over 360."""
    ACT_365F = "ACT/365F"
    """Days that passed, over 365, in leap years too."""
    THIRTY_360 = "30/360"
    """Every month has 30 days: a first day 31 counts as 30, a last day 31 too if the first is 30 or 31."""

    def years(self, first: date, last: date) -> Fraction:
        """Return the years from `first` to `last`.

        Raises
        ------
        InvalidRequest
            If `last` lies before `first`.

        Examples
        --------
        >>> DayCount.THIRTY_360.years(date(2024, 1, 31), date(2024, 3, 31))
        Fraction(1, 6)
        """
        if last < first:
            raise refusal("last", f"a date from {first} on", str(last))
        if self is DayCount.THIRTY_360:
            return Fraction(_days_of_30(first, last), 360)
        return Fraction((last - first).days, 360 if self is DayCount.ACT_360 else 365)


def _days_of_30(first: date, last: date) -> int:
    begin = min(first.day, _DAY_MAX)
    end = _DAY_MAX if last.day > _DAY_MAX and begin == _DAY_MAX else last.day
    return 360 * (last.year - first.year) + 30 * (last.month - first.month) + end - begin
