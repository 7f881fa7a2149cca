"""Business days as messages tell them: which currencies settle, when their phases are due, and when they began.

Once a day, when the first currency opens, everybody is sent the calendar: that day, and those after it. It follows from
the record that opened the day, and from what was known then; a cut-off that is extended later is told when asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from comity.day.timetable import OWN_PHASES
from comity.gateway.authority import UNION
from comity.gateway.correlation import LATEST
from comity.iso20022.messages.questions import Closure, DayAnswer, DayEvent, DayOfCurrency, DayStanding
from comity.model.instant import date_of, format_instant
from comity.model.reason import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from comity.gateway.calendars import Calendars
    from comity.gateway.phases import Phases
    from comity.gateway.timekeeper import Timekeeper
    from comity.model.union import Genesis

DAYS_AHEAD = 7
"""Dates of the calendar after that of its day."""
_ACTIVE, _CLOSING, _CLOSED = "ACTV", "CLSG", "CLSD"
_SETTLES = frozenset({Phase.OPEN, Phase.CUSTOMER_CUTOFF})
_CLOSES = frozenset({Phase.INTERBANK_CUTOFF, Phase.FINAL_CLEARING, Phase.ACCRUAL})


class Day(NamedTuple):
    """A business date of the union."""

    date: int
    status: str
    """Empty of one that is still to come."""
    hours: Mapping[str, list[tuple[str, int]]] | None
    """Phases and the instants at which they are due, by currency; None if nothing happens because time passes."""
    through: int = LATEST
    """Record up to which it is told."""


class BusinessDays:
    """The business days of a union.

    Parameters
    ----------
    keeper
        None if nothing happens because time passes.
    """

    def __init__(
        self, genesis: Genesis, calendars: Calendars, phases: Phases, keeper: Timekeeper | None = None
    ) -> None:
        self._codes = [code for code, _ in genesis.currencies]
        self._own = set(genesis.currency_schedules)
        self._calendars = calendars
        self._phases = phases
        self._keeper = keeper

    def standing(self, day: Day, currencies: Iterable[str]) -> DayStanding:
        """Tell a date of some currencies."""
        begun = self._phases.begun(day.date, day.through)
        closed = self._calendars.closed(self._codes, date_of(day.date), day.through)
        told = []
        for code in currencies:
            hours = None if day.hours is None else day.hours[code]
            if code in closed or hours == []:
                told.append(DayOfCurrency(code, closures=(Closure(code="BHOL"),)))
            elif hours is None:
                told.append(DayOfCurrency(code))
            else:
                told.append(self._of_currency(code, hours, begun))
        return DayStanding(UNION, date_of(day.date).isoformat(), day.status, tuple(told))

    def calendar(self, sequence: int, date: int) -> DayAnswer | None:
        """Return the calendar that a record gives rise to: if it opened its date, days since 1970-01-01; anywhere."""
        if not self._phases.opened_by(sequence, date):
            return None
        days = []
        for each in range(date, date + DAYS_AHEAD + 1):
            hours = None if self._keeper is None else self._keeper.planned(each, sequence)
            days.append(Day(each, "" if each > date else _ACTIVE, hours, sequence))
        return DayAnswer(days=tuple(self.standing(day, self._codes) for day in days))

    def _of_currency(
        self, code: str, hours: list[tuple[str, int]], begun: Mapping[tuple[str, str], int]
    ) -> DayOfCurrency:
        events = []
        for phase, due in hours:
            happened = begun.get((code, phase))
            if happened is None and (phase not in OWN_PHASES or code not in self._own):
                happened = begun.get(("", phase))
            at = "" if happened is None else format_instant(happened)
            events.append(DayEvent(own=phase.upper(), scheduled=format_instant(due), happened=at))
        at_phase = dict(hours)
        opens, closes = (format_instant(at_phase[phase]).partition("T")[2] for phase in ("open", "interbank_cutoff"))
        return DayOfCurrency(code, opens, closes, tuple(events))


def status_of(phases: Iterable[Phase]) -> str:
    """Return how a union stands by the phases of its currencies: it settles, closes, or is closed."""
    found = set(phases)
    if found & _SETTLES:
        return _ACTIVE
    return _CLOSING if found & _CLOSES else _CLOSED
