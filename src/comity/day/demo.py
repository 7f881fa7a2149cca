"""The demo: one average business day of a union of ten countries.

The bundled table holds what the ten sold to each other in a year, as published:
China and Russia 2021 (67.56 and 79.32 billion dollars), the other pairs 2017.
A day is a 250th of it, at the official rates of 15 December 2021. Sources stand
in the tables beside the figures.
"""

import csv
import shutil
import tempfile
from datetime import date
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

from comity.day.folder import Finish, run_folder
from comity.day.generate import generate
from comity.day.generate.trade import Sale
from comity.day.read import read_day
from comity.day.result import DayResult
from comity.day.run import Progress
from comity.day.standing import Rate

MEMBERS = ("CN", "RU", "IN", "BR", "ZA", "AE", "SA", "EG", "ID", "KZ")
BUSINESS_DATE = date(2021, 12, 15)
BUSINESS_DAYS = 250
"""Business days of the year whose trade the table holds."""
PAYMENTS = 200_000
NAME = "Demo union of ten"
DAY_FOLDER = "day"
"""Folder within OUT that holds the day's own files."""

_LIQUIDITY = Fraction(1, 4)
_MILLION = 1_000_000


def demo_sales() -> list[Sale]:
    """Return what the ten countries sell to each other on an average business day, US dollars."""
    return [
        Sale(row["exporter"], row["importer"], Decimal(row["value_usd_million"]) * _MILLION / BUSINESS_DAYS)
        for row in _table("demo_trade.csv")
    ]


def demo_rates() -> list[Rate]:
    """Return the official rates of the demo's business date."""
    return [
        Rate(date.fromisoformat(row["date"]), row["base"], row["quote"], Fraction(row["rate"]), row["source"])
        for row in _table("demo_rates.csv")
    ]


def build_demo(out: str | Path, payments: int = PAYMENTS, seed: int = 1, *, force: bool = False) -> Path:
    """Write the demo's DAY into a folder; see `comity.day.generate.generate` for the parameters."""
    return generate(
        demo_sales(),
        MEMBERS,
        BUSINESS_DATE,
        payments,
        seed,
        out,
        force=force,
        rates=demo_rates(),
        liquidity=_LIQUIDITY,
        name=NAME,
    )


def run_demo(
    out: str | Path,
    payments: int = PAYMENTS,
    seed: int = 1,
    *,
    force: bool = False,
    progress: Progress | None = None,
    finish: Finish | None = None,
) -> dict[str, object]:
    """Build the demo's day and run it; its files stand in OUT/day. See `run_folder` for parameters and errors."""
    with tempfile.TemporaryDirectory(prefix="comity-demo-") as scratch:
        folder = build_demo(Path(scratch) / DAY_FOLDER, payments, seed)

        def keep(result: DayResult, target: Path) -> None:
            shutil.copytree(folder, target / DAY_FOLDER)
            if finish is not None:
                finish(result, target)

        return run_folder(read_day(folder), out, force=force, progress=progress, finish=keep)


def _table(name: str) -> list[dict[str, str]]:
    text = files("comity.day").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
