"""What a day leaves to people, from exceptions.csv."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from comity.statistics.liquidity import minor


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A pay-out that its issuer did not confirm in time, or books that do not agree."""

    kind: str
    """unconfirmed or difference."""
    participant: str
    """Whose pay-out it is, or who issues the currency."""
    currency: str
    id: str
    """Of the pay-out."""
    amount_minor: int
    """Of a difference: what the issuer's books say others hold, less what ours do."""
    deadline: str


def read_exceptions(path: Path, exponents: Mapping[str, int]) -> tuple[Exceptional, ...]:
    """Read exceptions.csv; nothing if it is not there."""
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Exceptional(
                row["kind"],
                row["participant"],
                row["currency"],
                row["id"],
                minor(row["amount"], exponents.get(row["currency"], 2)),
                row["deadline"],
            )
            for row in csv.DictReader(file)
        )
