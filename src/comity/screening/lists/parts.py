"""Parts that several lists write alike: names with acronyms or alternatives in them, spans of years, days."""

import re
from collections.abc import Iterable

from comity.screening.names.words import GENERAL, PLACES

_ACRONYM = re.compile(r"\s*\(([A-Z][A-Z0-9.]{1,9})\)\s*")
_YEARS_MAX = 25
_MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)  # noqa: SIM905 - as read
}
_DAY = re.compile(r"^(?:(\d{1,2}) )?(?:([A-Z][a-z]{2})[a-z]* )?(\d{4})$")


def distinct(found: Iterable[str], besides: Iterable[str] = ()) -> tuple[str, ...]:
    """Return texts once each in their order, without empty ones and those of `besides`."""
    known = set(besides) | {""}
    return tuple(text for text in dict.fromkeys(found) if text not in known)


def split_names(text: str, *, person: bool) -> tuple[list[str], list[str]]:
    """Return the names in a text and the weak ones: "BUTEMBO AIRLINES (BAL)" is a name and an acronym."""
    names, weak = [], []
    for part in text.split(";"):
        name = " ".join(part.split())
        if not person:
            weak += [each for each in _ACRONYM.findall(name) if each.lower() not in PLACES | GENERAL]
            name = _ACRONYM.sub(" ", name).strip() or name
            if name.count("/") == 1 and name.partition("/")[0].count(" ") < 2 and len(name) > 9:  # noqa: PLR2004
                names += [each.strip() for each in name.split("/") if len(each.strip()) > 3]  # noqa: PLR2004
        if name:
            names.append(name)
    return names, weak


def dates_between(first: int, last: int) -> list[str]:
    """Return the years from the first to the last, at most 25 of them."""
    return [str(year) for year in range(first, min(last, first + _YEARS_MAX - 1) + 1)]


def day(text: str) -> str:
    """Return "23 Jan 1970", "Jan 1970" or "1970" as ISO 8601; nothing if it is none of these."""
    found = _DAY.match(text.strip())
    if not found:
        return ""
    month = _MONTHS.get((found[2] or "").lower(), 0)
    if not month:
        return found[3]
    return f"{found[3]}-{month:02}" + (f"-{int(found[1]):02}" if found[1] else "")
