"""What became of the orders of a day.

An order never waits in a queue and is no leg of a payment: what it sold settled by
auction, in the currency that it sells. It ends settled if it was filled whole, and
cancelled if it expired or was withdrawn, whatever part of it was filled before.
"""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from comity.statistics.rows import read_rows, sums

_KEYS = ("currency", "state", "reason")
_AMOUNTS = ("amount_minor", "settled_minor", "carried_minor")


@dataclass(frozen=True, slots=True)
class Ordered:
    """Orders that sell one currency and ended in one state for one reason; minor units."""

    currency: str
    state: str
    reason: str
    """ISO code, empty for none."""
    items: int
    amount_minor: int
    """What they offered."""
    sold_minor: int
    left_minor: int
    """What those that still stand may sell in a later auction."""
    partly: int
    """How many of them were filled in part."""


@dataclass(frozen=True, slots=True)
class Orders:
    """The orders of a day."""

    outcomes: tuple[Ordered, ...] = ()
    """In the order of their fields."""

    def __bool__(self) -> bool:
        return bool(self.outcomes)

    @property
    def items(self) -> int:
        """How many there were."""
        return sum(one.items for one in self.outcomes)

    def count(self, state: str) -> int:
        """Return how many ended in a state."""
        return sum(one.items for one in self.outcomes if one.state == state)

    @property
    def offered_minor(self) -> dict[str, int]:
        """What those that were not rejected offered, by currency."""
        return self._sums("amount_minor")

    @property
    def sold_minor(self) -> dict[str, int]:
        """What was sold, by currency."""
        return self._sums("sold_minor")

    def _sums(self, name: str) -> dict[str, int]:
        found: dict[str, int] = {}
        for one in self.outcomes:
            if one.state != "RJTD":
                found[one.currency] = found.get(one.currency, 0) + getattr(one, name)
        return found


NO_ORDERS = Orders()


def read_orders(path: Path) -> Orders:
    """Read what became of the orders among the instructions at `path`."""
    rows = read_rows(path, "order", (*_KEYS, *_AMOUNTS))
    if not rows.num_rows:
        return NO_ORDERS
    amount, sold = rows["amount_minor"], rows["settled_minor"]
    partly = pc.and_(pc.greater(sold, 0), pc.less(sold, amount)).cast(pa.int64())
    rows = rows.append_column("partly", partly)
    names = (*_KEYS, "items", "amount_minor", "settled_minor", "carried_minor", "partly")
    found = [
        Ordered(*(row[name] for name in names))  # type: ignore[arg-type]
        for row in sums(rows, _KEYS, (*_AMOUNTS, "partly"))
    ]
    return Orders(tuple(sorted(found, key=lambda one: (one.currency, one.state, one.reason))))
