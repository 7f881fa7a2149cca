"""The calls of a day's auctions, from auction_calls.csv: when they closed, and how far indications moved before."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from comity.model.instant import parse_instant
from comity.node.calls import largest_move


@dataclass(slots=True)
class Called:
    """A call of a day; instants are microseconds since 1970-01-01 UTC."""

    opened: int
    earliest: int
    """At which it could close first when it opened."""
    closed: int | None = None
    """None: it did not."""
    extensions: int = 0
    refused: str = ""
    """Why it was not opened or extended; empty for nothing."""
    indications: dict[int, dict[str, int]] = field(default_factory=dict)
    """By instant, the price of each currency that would trade, on any scale."""

    @property
    def moves(self) -> list[Fraction | None]:
        """Of each indication but the first, by how much some cross rate had moved since the one before, as a share.

        None where one of the two had no trade, or none in common.
        """
        return [largest_move(before, now) for before, now in pairwise(self.indications.values())]


def read_calls(out: Path) -> tuple[Called, ...]:
    """Read the calls of the day whose results are in `out`, in order of time; none on a day without."""
    calls: list[Called] = []
    for line in _lines(out / "auction_calls.csv"):
        at = parse_instant(line["at"])
        if line["event"] == "opened":
            calls.append(Called(at, parse_instant(line["closes_from"])))
        call = calls[-1]
        call.refused = line["refused"] or call.refused
        if line["event"] == "indicated":
            prices = call.indications.setdefault(at, {})
            prices |= {line["currency"]: int(line["price"])} if line["price"] else {}
        elif line["event"] == "extended":
            call.extensions += not line["refused"]
        elif line["event"] == "closed":
            call.closed = at
    return tuple(calls)


def _lines(path: Path) -> Iterator[Mapping[str, str]]:
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)
