"""Instants, dates and times of day, exact and without a clock.

An instant is a whole number of microseconds since 1970-01-01T00:00:00 UTC, a
date a whole number of days since 1970-01-01, a time of day a whole number of
microseconds after midnight UTC. Days have 86,400 seconds; a leap second is not
accepted. Nothing here asks what time it is: instants come from files, requests
and the log.
"""

import re
from datetime import date

from comity.errors import Fault, InvalidRequest
from comity.model.plain import describe

DAY_US = 86_400_000_000
"""Microseconds of a day."""

_EPOCH = date(1970, 1, 1).toordinal()
_LAST_DAY = date.max.toordinal() - _EPOCH
_FIRST_DAY = date.min.toordinal() - _EPOCH
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]{1,6}))?)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_RFC_3339 = re.compile(r"([0-9-]{10})[Tt ]([0-9:]{8}(?:\.[0-9]{1,6})?)(?:[Zz]|([+-])([0-9:]{5}))")


def days_of(day: date) -> int:
    """Return a date as days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def date_of(days: int) -> date:
    """Return the date so many days after 1970-01-01; ValueError outside the years 1 to 9999."""
    if not _FIRST_DAY <= days <= _LAST_DAY:
        raise ValueError(f"{days} days after 1970-01-01 is no date of the years 1 to 9999")
    return date.fromordinal(days + _EPOCH)


def midnight(day: date) -> int:
    """Return the instant at which a date begins, UTC."""
    return days_of(day) * DAY_US


def parse_date(text: str) -> date:
    """Read a date written YYYY-MM-DD.

    Raises
    ------
    InvalidRequest
        If it is written otherwise or does not exist.
    """
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise _unreadable("a date YYYY-MM-DD", text)


def is_canonical_date(text: str) -> bool:
    """Whether `text` is a date written YYYY-MM-DD."""
    try:
        parse_date(text)
    except InvalidRequest:
        return False
    return True


def parse_time(text: str) -> int:
    """Read a time of day, HH:MM, HH:MM:SS or HH:MM:SS.ffffff, as microseconds after midnight.

    Raises
    ------
    InvalidRequest
        If it is written otherwise; 24:00 and leap seconds are not accepted.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise _unreadable("a time HH:MM[:SS[.ffffff]]", text)
    hours, minutes, seconds, fraction = match.groups(default="0")
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1_000_000 + int(fraction.ljust(6, "0"))


def format_time(time: int) -> str:
    """Write a time of day as HH:MM, with seconds and six decimals where they are not zero.

    Examples
    --------
    >>> format_time(57_600_000_000), format_time(1)
    ('16:00', '00:00:00.000001')
    """
    if not 0 <= time < DAY_US:
        raise ValueError(f"{time} microseconds after midnight is on another day")
    seconds, fraction = divmod(time, 1_000_000)
    minutes, second = divmod(seconds, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    if second or fraction:
        text += f":{second:02}"
    return text + f".{fraction:06}" if fraction else text


def parse_instant(text: str, day: date | None = None) -> int:
    """Read an instant.

    Parameters
    ----------
    text
        RFC 3339 with seconds, at most six decimals, and Z or an offset from UTC; or a time of day.
    day
        Business date that a time of day belongs to; without it a time of day is refused.

    Returns
    -------
    int
        Microseconds since 1970-01-01 UTC.

    Raises
    ------
    InvalidRequest
        If it is neither.

    Examples
    --------
    >>> parse_instant("1970-01-02T01:00:00+01:00")
    86400000000
    """
    try:
        match = _RFC_3339.fullmatch(text)
        if match is None:
            return midnight(day) + parse_time(text) if day else _refuse_instant(text, day)
        written, time, sign, zone = match.groups()
        ahead = parse_time(zone) if zone else 0
        instant = midnight(parse_date(written)) + parse_time(time) + (ahead if sign == "-" else -ahead)
    except InvalidRequest:
        return _refuse_instant(text, day)
    within = _FIRST_DAY <= instant // DAY_US <= _LAST_DAY
    return instant if within else _refuse_instant(text, day)


def format_instant(instant: int) -> str:
    """Write an instant as RFC 3339 in UTC, with six decimals where they are not zero.

    Examples
    --------
    >>> format_instant(1_639_584_000_000_000)
    '2021-12-15T16:00:00Z'
    """
    days, time = divmod(instant, DAY_US)
    seconds, fraction = divmod(time, 1_000_000)
    minutes, second = divmod(seconds, 60)
    decimals = f".{fraction:06}" if fraction else ""
    return f"{date_of(days)}T{minutes // 60:02}:{minutes % 60:02}:{second:02}{decimals}Z"


def is_canonical_instant(text: str) -> bool:
    """Whether `text` is what `format_instant` writes."""
    try:
        return format_instant(parse_instant(text)) == text
    except InvalidRequest:
        return False


def _refuse_instant(text: str, day: date | None) -> int:
    either = "an instant in RFC 3339, or a time HH:MM[:SS[.ffffff]]" if day else "an instant in RFC 3339"
    raise _unreadable(either, text) from None


def _unreadable(expected: str, text: str) -> InvalidRequest:
    return InvalidRequest([Fault("", 0, "", expected, describe(text))])
