"""What clearing did with what was owed, per currency, over all cycles of the day."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from comity.statistics.liquidity import minor


@dataclass(frozen=True, slots=True)
class Cleared:
    """One currency; minor units. What a cycle carries comes again in the next, and is counted once."""

    currency: str
    cycles: int
    discharged_minor: int
    """Set off, without money."""
    bilateral_minor: int
    """What netting pair by pair alone would have discharged of the same cuts."""
    settled_minor: int
    """Paid, one by one or as nets over the clearing account."""
    left_minor: int
    """Carried by the last cycle."""
    certified: bool
    """Whether every set-off is proved to be the largest."""

    @property
    def gross_minor(self) -> int:
        """What was owed."""
        return self.discharged_minor + self.settled_minor + self.left_minor


def read_clearing(path: Path, exponents: Mapping[str, int]) -> list[Cleared]:
    """Read clearing.csv; nothing if it is not there, as on a day without obligations."""
    if not path.is_file():
        return []
    found: dict[str, Cleared] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            code = row["currency"]
            before = found.get(code, Cleared(code, 0, 0, 0, 0, 0, certified=True))
            discharged, bilateral, settled, carried = (
                minor(row[column], exponents.get(code, 2))
                for column in ("discharged", "bilateral", "settled", "carried")
            )
            found[code] = Cleared(
                code,
                before.cycles + 1,
                before.discharged_minor + discharged,
                before.bilateral_minor + bilateral,
                before.settled_minor + settled,
                carried,
                before.certified and row["certified"] == "true",
            )
    return [found[code] for code in sorted(found)]
