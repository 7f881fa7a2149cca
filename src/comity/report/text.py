"""Text and numbers as people read them, safe to stand in HTML.

Everything that comes from data passes `esc` on its way into the page. Numbers
have commas between thousands; large values are told in thousands (k), millions
(m), billions (bn) or trillions (tn).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from html import escape

_SCALES = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k"))


def esc(text: str) -> str:
    """Return `text` for use in HTML, also inside quoted attributes; control characters become spaces."""
    plain = "".join(" " if ord(char) < 32 or ord(char) == 127 else char for char in text)  # noqa: PLR2004 - ASCII controls
    return escape(plain, quote=True)


@dataclass(frozen=True, slots=True)
class Scale:
    """A power of a thousand in which the numbers of one chart are told."""

    divisor: float
    name: str
    """Empty, k, m, bn or tn."""

    @classmethod
    def for_largest(cls, values: Iterable[float]) -> "Scale":
        """Return the scale in which the largest of `values` has one to three digits."""
        top = max((abs(value) for value in values), default=0.0)
        for divisor, name in _SCALES:
            if top >= divisor:
                return cls(divisor, name)
        return cls(1.0, "")

    def plain(self, value: float) -> str:
        """Return `value` in this scale, without its name, to three digits."""
        return short(value / self.divisor)

    def tell(self, value: float) -> str:
        """Return `value` with the name of the scale."""
        return f"{self.plain(value)} {self.name}".rstrip()


def short(value: float) -> str:
    """Return a number to about three digits, thousands separated."""
    size = abs(value)
    if size >= 100 or value == 0:  # noqa: PLR2004 - three digits before the point
        return f"{value:,.0f}"
    if size >= 10:  # noqa: PLR2004 - two digits before the point
        return f"{value:,.1f}"
    if size >= 0.01:  # noqa: PLR2004 - two decimals say something
        return f"{value:,.2f}"
    return f"{value:.1e}" if size < 1e-4 else f"{value:.4f}"  # noqa: PLR2004 - four decimals say nothing


def tell(value: float) -> str:
    """Return a number in the scale that suits it."""
    return Scale.for_largest([value]).tell(value)


def percent(part: float, whole: float, *, sign: bool = True) -> str:
    """Return part of whole in percent; a dash if there is no whole. Only all is 100, only nothing is 0."""
    if not whole:
        return "–"  # noqa: RUF001 - an en dash stands for nothing to tell
    share = 100 * part / whole
    text = f"{share:.0f}" if share >= 9.95 else f"{share:.1f}"  # noqa: PLR2004 - one decimal below ten
    if part < whole and text == "100":
        text = f"{min(share, 99.9):.1f}" if share < 99.95 else ">99.9"  # noqa: PLR2004 - never round up to all
    if part > 0 and text == "0.0":
        text = "<0.1"
    if part == 0:
        text = "0"
    return f"{text}%" if sign else text


def count(number: int) -> str:
    """Return a whole number, thousands separated."""
    return f"{number:,}"


def counted(number: int, one: str, many: str = "") -> str:
    """Return "1 item", "2,000 items"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def major(minor: int, exponent: int) -> str:
    """Return minor units as exact decimal text in major units, without separators."""
    if not exponent:
        return str(minor)
    sign = "-" if minor < 0 else ""
    whole, part = divmod(abs(minor), 10**exponent)
    return f"{sign}{whole}.{part:0{exponent}d}"


def long_date(day: date) -> str:
    """Return a date as "Wednesday, 15 December 2021"."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def span(microseconds: int) -> str:
    """Return a length of time as "under a second", "12 s", "4 min", "1 h 05"."""
    seconds = microseconds // 1_000_000
    if seconds < 1:
        return "no time" if microseconds == 0 else "under a second"
    if seconds < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d}"  # noqa: PLR2004 - minutes of an hour


def joined(words: list[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    if len(words) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
