"""What became of the obligations of a day, and which of them did not end.

An obligation ends when it is discharged or paid. What does not end was rejected,
cancelled, or is still owed: not due yet, held, left over by the cycles that took
it in, or due and in none of them. Rows that repeat an earlier one count nowhere.
"""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from comity.statistics.rows import read_rows, sums

_KEYS = ("currency", "state", "reason", "in_cycle")
_NAMED = ("id", "debtor", "creditor", *_KEYS, "amount_minor", "carried_minor")
_LARGEST = 20


@dataclass(frozen=True, slots=True)
class Owed:
    """Obligations of one currency that ended in one state for one reason; minor units."""

    currency: str
    state: str
    reason: str
    """ISO code, empty for none."""
    in_cycle: bool
    """Whether a clearing cycle took them in."""
    items: int
    amount_minor: int
    """What they were entered with."""
    left_minor: int
    """What is still owed of them; 0 of what was rejected or cancelled."""

    @property
    def ended(self) -> bool:
        """Whether nothing of them stays."""
        return self.state == "STLD"


@dataclass(frozen=True, slots=True)
class Unended:
    """An obligation that did not end; minor units, as in `Owed`."""

    id: str
    debtor: str
    creditor: str
    currency: str
    state: str
    reason: str
    in_cycle: bool
    amount_minor: int
    left_minor: int


@dataclass(frozen=True, slots=True)
class Obligations:
    """The obligations of a day."""

    outcomes: tuple[Owed, ...] = ()
    """In the order of their fields."""
    unended: tuple[Unended, ...] = ()
    """The largest that did not end, by what is still owed and then by amount; of each currency a few."""

    def __bool__(self) -> bool:
        return bool(self.outcomes)


NO_OBLIGATIONS = Obligations()


def read_obligations(path: Path) -> Obligations:
    """Read what became of the obligations among the instructions at `path`."""
    rows = read_rows(path, "obligation", [*(name for name in _NAMED if name != "in_cycle"), "cycle"])
    if not rows.num_rows:
        return NO_OBLIGATIONS
    rows = rows.append_column("in_cycle", pc.is_valid(rows["cycle"]))
    unended = rows.filter(pc.not_equal(rows["state"], "STLD"))
    return Obligations(tuple(_outcomes(rows)), tuple(_largest(unended)))


def _outcomes(rows: pa.Table) -> list[Owed]:
    found = [
        Owed(*(row[name] for name in (*_KEYS, "items", "amount_minor", "carried_minor")))  # type: ignore[arg-type]
        for row in sums(rows, _KEYS, ("amount_minor", "carried_minor"))
    ]
    return sorted(found, key=lambda one: (one.currency, one.state, one.reason, one.in_cycle))


def _largest(rows: pa.Table) -> list[Unended]:
    found = []
    for code in sorted(pc.unique(rows["currency"]).to_pylist()):
        own = rows.filter(pc.equal(rows["currency"], code))
        order = [("carried_minor", "descending"), ("amount_minor", "descending"), ("id", "ascending")]
        found += [Unended(*(row[name] for name in _NAMED)) for row in own.sort_by(order).slice(0, _LARGEST).to_pylist()]
    return found
