"""Calendars: on which dates each currency settles, as its issuer has said.

A fold over the notes of records. A currency of which nothing was said settles on every date. The
union has a business day wherever one of its currencies settles.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from comity.errors import Fault, InvalidRequest
from comity.gateway.authority import Forbidden
from comity.gateway.correlation import LATEST
from comity.gateway.four_eyes import Change
from comity.gateway.notes import CalendarSet, unpack_notes
from comity.model.calendar import Calendar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from comity.gateway.actor import Actor
    from comity.gateway.approvals import Approvals
    from comity.gateway.directory import Directory
    from comity.gateway.notes import Proposed
    from comity.wire.calendars import CalendarAsked

SET: Final = "calendars.set"
WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Calendars:
    """The calendars of a gateway.

    Attributes
    ----------
    said : dict
        Notes by currency, each with its record, in the order of the log: of those that count for a date the last one
        does.
    """

    def __init__(self) -> None:
        self.said: dict[str, list[tuple[int, CalendarSet]]] = {}

    @property
    def count(self) -> int:
        """How many notes there were."""
        return sum(len(each) for each in self.said.values())

    def take(self, sequence: int, note: CalendarSet) -> None:
        """Remember what a record says."""
        self.said.setdefault(note.currency, []).append((sequence, note))

    def closed(self, currencies: Iterable[str], day: date, through: int = LATEST) -> frozenset[str]:
        """Return those that do not settle on a date, as was said up to a record."""
        return frozenset(code for code in currencies if not self._is_open(code, day, through))

    def text(self, currency: str) -> str:
        """Write what was said last of a currency, for whoever approves; empty if nothing was."""
        said = self.said.get(currency)
        return _text(said[-1][1]) if said else ""

    def _is_open(self, currency: str, day: date, through: int) -> bool:
        said = self.said.get(currency, ())
        counting = [note for record, note in said if record <= through and date.fromisoformat(note.since) <= day]
        return calendar_of(counting[-1]).is_open(day) if counting else True


def calendar_of(note: CalendarSet) -> Calendar:
    """Return the calendar that a note sets."""
    weekend = frozenset(WEEK.index(day) for day in note.weekend)
    return Calendar(frozenset(date.fromisoformat(day) for day in note.holidays), weekend)


def calendar_change(
    currency: str,
    asked: CalendarAsked,
    actor: Actor,
    directory: Directory,
    approvals: Approvals,
    known: Calendars,
    today: date,
) -> Change:
    """Return the change of a currency's calendar, which its issuer approves.

    Raises
    ------
    InvalidRequest
        With every field that cannot be read; `today`, the business date, is past changing.
    Forbidden
        The actor does not act for the issuer.
    """
    faults = [] if currency in directory.issuers else [Fault("", 0, "currency", "a currency of this union", currency)]
    for index, text in enumerate(asked.holidays):
        if _date(text) is None:
            faults.append(Fault("", 0, f"holidays/{index}", "a date", repr(text)))
    since = _date(asked.since)
    if since is None or since <= today:
        faults.append(Fault("", 0, "since", f"a date after {today}", repr(asked.since)))
    if set(asked.weekend) >= set(WEEK):
        faults.append(Fault("", 0, "weekend", "some days of the week, not all", "all"))
    if faults:
        raise InvalidRequest(faults)
    issuer = directory.issuers[currency]
    if actor.party != issuer:
        raise Forbidden(f"{actor.party} does not issue {currency}")
    note = CalendarSet(
        currency, tuple(sorted(set(asked.weekend), key=WEEK.index)), tuple(sorted(set(asked.holidays))), asked.since
    )
    return Change(
        SET, {issuer: approvals.quorum(issuer)}, notes=(note,), before=(known.text(currency),), after=(_text(note),)
    )


def currency_in(what: Proposed) -> str:
    """Return the currency whose calendar a proposal is about."""
    return next(note.currency for note in unpack_notes(bytes(what.notes)) if isinstance(note, CalendarSet))


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _text(note: CalendarSet) -> str:
    return f"{note.currency} from {note.since} closed on {' '.join((*note.weekend, *note.holidays)) or 'no day'}"
