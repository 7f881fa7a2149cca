"""Countries: codes, currencies and the hours of their business day.

Codes are ISO 3166-1, currencies ISO 4217 as of 2026, offsets from UTC are those
of standard time where most of the country's banks are.
"""

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

EURO_MEMBER = "EU"
"""Code of the member that issues the euro, reserved for it in ISO 3166-1."""


class Country(NamedTuple):
    """One country."""

    code: str
    """ISO 3166-1 alpha-2."""
    alpha_3: str
    name: str
    currency: str
    utc_offset_minutes: int


@cache
def countries() -> dict[str, Country]:
    """Return every country by its alpha-2 code."""
    text = files("comity.day").joinpath("data/countries.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    found = [
        Country(row["country"], row["alpha_3"], row["name"], row["currency"], int(row["utc_offset_minutes"]))
        for row in rows
    ]
    return {country.code: country for country in found}


@cache
def _by_any_name() -> dict[str, str]:
    names = {"Turkey": "TR", "Czech Republic": "CZ", "The Philippines": "PH", "Viet Nam": "VN", "Korea": "KR"}
    names |= {"Russian Federation": "RU", "ROM": "RO", "ZAR": "CD"}
    for country in countries().values():
        names |= {country.code: country.code, country.alpha_3: country.code, country.name: country.code}
    return names


def code_of(name: str) -> str:
    """Return the alpha-2 code of a country given by a code or its English name; empty if it is none."""
    return _by_any_name().get(name, "")
