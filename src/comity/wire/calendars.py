"""Calendars of currencies, as they are asked for and as they stand."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from comity.wire.authority import Asked
from comity.wire.instructions import Currency, Date

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
HOLIDAYS_MAX = 2_000


class CalendarAsked(Asked, frozen=True, kw_only=True):
    """The dates on which a currency does not settle, in place of what was said before."""

    since: Date
    """First business date that it counts for."""
    weekend: Annotated[tuple[Weekday, ...], msgspec.Meta(max_length=7)] = ()
    holidays: Annotated[tuple[Date, ...], msgspec.Meta(max_length=HOLIDAYS_MAX)] = ()


class CalendarKnown(msgspec.Struct, frozen=True):
    """The dates on which a currency does not settle, from one date on."""

    currency: Currency
    since: Date
    weekend: tuple[Weekday, ...]
    holidays: tuple[Date, ...]
