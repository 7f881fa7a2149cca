"""Official rates from public sources, and what currencies are worth in each other.

The European Central Bank publishes what one euro costs, as a zipped table with
a line per day; the Central Bank of Armenia what a number of units costs in dram.
A day on which a source publishes nothing has the rates of the day before.
"""

import csv
import gzip
import io
import zipfile
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from comity.day.faults import Faults
from comity.day.standing import Rate
from comity.day.tables import GZIP, suffix_of
from comity.errors import NotFound
from comity.model.currency import CURRENCIES
from comity.statistics.unit import Rate as UnitRate
from comity.statistics.unit import unit_values

ECB = "ECB euro foreign exchange reference rates"
CBA = "Central Bank of Armenia official rates"


def read_ecb(path: str | Path, day: date) -> list[Rate]:
    """Read the euro reference rates in force on a day: one euro costs `rate` of the quoted currency.

    Raises
    ------
    NotFound
        If the file begins after that day.
    """
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as raw:
        for row in csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8")):
            if row["Date"] <= day.isoformat():
                found = date.fromisoformat(row["Date"])
                known = ((code, text) for code, text in row.items() if code in CURRENCIES and text not in ("", "N/A"))
                return [Rate(found, "EUR", code, Fraction(text), ECB) for code, text in known]
    raise NotFound(f"{path} holds no rates of {day} or before")


def read_cba(path: str | Path, day: date) -> list[Rate]:
    """Read the dram rates in force on a day: one unit costs `rate` dram.

    Columns date, iso, amount, rate_amd; CSV, perhaps compressed with gzip.

    Raises
    ------
    InvalidRequest
        If the file has another suffix.
    NotFound
        If the file begins after that day.
    """
    faults = Faults()
    suffix = suffix_of(Path(path), faults, (".csv", GZIP))
    faults.raise_if_any()
    raw = Path(path).read_bytes()
    text = (gzip.decompress(raw) if suffix == GZIP else raw).decode()
    table = csv.DictReader(text.splitlines())
    rows = [row for row in table if row["date"] <= day.isoformat() and row["iso"] in CURRENCIES]
    if not rows:
        raise NotFound(f"{path} holds no rates of {day} or before")
    last = max(row["date"] for row in rows)
    found = date.fromisoformat(last)
    return [
        Rate(found, row["iso"], "AMD", Fraction(row["rate_amd"]) / int(row["amount"]), CBA)
        for row in rows
        if row["date"] == last and Decimal(row["rate_amd"]) > 0
    ]


def worth(currencies: Iterable[str], rates: Iterable[Rate], day: date) -> dict[str, Fraction] | None:
    """Return what a major unit of each currency is worth in a common measure; None if rates do not reach all."""
    codes = list(dict.fromkeys(currencies))
    plain = [UnitRate(rate.date, rate.base, rate.quote, rate.rate) for rate in rates]
    return unit_values(codes, {}, plain, day)
