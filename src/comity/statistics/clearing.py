"""What clearing did with what was owed, per currency, over all cycles of the day."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

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
    """Due, and still owed at the end of the day."""
    certified: bool
    """Whether every set-off is proved to be the largest."""

    @property
    def gross_minor(self) -> int:
        """What was owed."""
        return self.discharged_minor + self.settled_minor + self.left_minor


def read_clearing(out: Path, exponents: Mapping[str, int]) -> list[Cleared]:
    """Read clearing.csv and what is left of obligations; nothing on a day without clearing."""
    path = out / "clearing.csv"
    if not path.is_file():
        return []
    left = _left(out / "instructions.parquet")
    found: dict[str, Cleared] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            code = row["currency"]
            before = found.get(code, Cleared(code, 0, 0, 0, 0, 0, certified=True))
            discharged, bilateral, settled = (
                minor(row[column], exponents.get(code, 2)) for column in ("discharged", "bilateral", "settled")
            )
            found[code] = Cleared(
                code,
                before.cycles + 1,
                before.discharged_minor + discharged,
                before.bilateral_minor + bilateral,
                before.settled_minor + settled,
                left.get(code, 0),
                before.certified and row["certified"] == "true",
            )
    return [found[code] for code in sorted(found)]


def _left(path: Path) -> dict[str, int]:
    """Sum what is due and still owed, per currency; minor units."""
    table = pq.read_table(path, columns=["kind", "state", "currency", "carried_minor"])
    due = pc.and_(pc.equal(_text(table, "kind"), "obligation"), pc.not_equal(_text(table, "state"), "WHSD"))
    owed = table.filter(due)
    left: dict[str, int] = {}
    codes, amounts = _text(owed, "currency").to_pylist(), owed["carried_minor"].to_pylist()
    for code, amount in zip(codes, amounts, strict=True):
        left[code] = left.get(code, 0) + amount
    return left


def _text(table: pa.Table, column: str) -> pa.ChunkedArray:
    return table[column].cast(pa.string())
