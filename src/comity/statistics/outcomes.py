"""What became of the instructions, and what the offsetting passes did."""

import csv
from dataclasses import dataclass
from pathlib import Path

from comity.errors import NotFound
from comity.model.instant import parse_instant
from comity.statistics.exact import Sums
from comity.statistics.legs import Legs


@dataclass(frozen=True, slots=True)
class Outcome:
    """Legs of one currency that ended in one state for one reason, settled in one way."""

    currency: str
    state: str
    reason: str
    """ISO code, empty for none."""
    how: str
    """How it settled, empty if it did not."""
    items: int
    value_minor: int


@dataclass(frozen=True, slots=True)
class Cycle:
    """One currency of an offsetting pass; the currency of a pass that nothing waited for is empty."""

    number: int
    at: int
    """Microseconds since 1970-01-01 UTC."""
    kind: str
    rule: str
    currency: str
    items: int
    value_minor: int
    bound_minor: int | None
    """What no rule could exceed, if it was stated."""
    refused: bool


def outcomes(sums: Sums, legs: Legs) -> list[Outcome]:
    """Return counts and values by currency, state, reason and way of settling."""
    return [
        Outcome(legs.currencies[currency], legs.states[state], legs.reasons[reason], legs.hows[how], items, value)
        for currency, state, reason, how, items, value in sums.rows(_QUERY)
    ]


def read_cycles(path: Path) -> list[Cycle]:
    """Read cycles.csv; NotFound if it is not there."""
    if not path.is_file():
        raise NotFound(f"{path} does not exist")
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Cycle(
                int(row["cycle"]),
                parse_instant(row["at"]),
                row["kind"],
                row["rule"],
                row["currency"],
                int(row["items"] or 0),
                int(row["value_minor"] or 0),
                int(row["bound_minor"]) if row["bound_minor"] else None,
                row["refused"] not in ("", "0", "false", "False"),
            )
            for row in csv.DictReader(file)
        ]


_QUERY = """
    SELECT currency, state, reason, how, count(*), sum(amount) FROM leg GROUP BY ALL ORDER BY ALL
"""
