"""Business calendars: on which dates a currency settles.

A currency is closed on its weekend and on the holidays of its issuer; both are
given as data, since they change by decree and differ by country. Where they
come from is the operator's business: a published table with corrections on top.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY_SUNDAY = frozenset({5, 6})
FRIDAY_SATURDAY = frozenset({4, 5})

_CLOSED_DAYS_MAX = 366
_WEEK = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Calendar:
    """Closed dates of one or several currencies.

    Attributes
    ----------
    holidays
        Closed dates besides the weekend.
    weekend
        Closed days of the week, Monday is 0; ValueError if it is no such set or leaves no day.
    """

    holidays: frozenset[date] = frozenset()
    weekend: frozenset[int] = SATURDAY_SUNDAY

    def __post_init__(self) -> None:
        if not self.weekend < _WEEK:
            raise ValueError(f"a weekend is some of the days 0 to 6, not {sorted(self.weekend)}")

    def is_open(self, day: date) -> bool:
        """Whether the currency settles on a date."""
        return day.weekday() not in self.weekend and day not in self.holidays

    def next_open(self, day: date) -> date:
        """Return the first open date after `day`; ValueError if the next year has none."""
        return self._search(day, 1)

    def previous_open(self, day: date) -> date:
        """Return the last open date before `day`; ValueError if the year before has none."""
        return self._search(day, -1)

    def open_on_or_after(self, day: date) -> date:
        """Return `day` if it is open, otherwise the next open date."""
        return day if self.is_open(day) else self.next_open(day)

    def _search(self, day: date, step: int) -> date:
        for distance in range(1, _CLOSED_DAYS_MAX + 1):
            found = day + timedelta(days=step * distance)
            if self.is_open(found):
                return found
        raise ValueError(f"no open date within {_CLOSED_DAYS_MAX} days of {day}")


def joined(calendars: Iterable[Calendar]) -> Calendar:
    """Return the calendar of what needs all of them open, such as a PvP; ValueError if weekends leave no day."""
    holidays: frozenset[date] = frozenset()
    weekend: frozenset[int] = frozenset()
    for calendar in calendars:
        holidays |= calendar.holidays
        weekend |= calendar.weekend
    return Calendar(holidays, weekend)
