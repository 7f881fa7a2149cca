"""How long settlement took.

The delay indicator of a currency is ``sum v (final - entered) / sum v (T - entered)``
over its legs: `v` the amount, `T` the interbank cut-off, and legs that did not settle
counted to `T`. It is 0 if everything settles on arrival and 1 if nothing settles.
Legs entered at or after `T` count nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from comity.statistics.exact import Sums

_SECOND = 1_000_000
EDGES = (0, 60, 300, 900, 1800, 3600, 7200, 14400)
"""Bounds of the classes of delay, seconds: at once, up to each edge, beyond the last."""
CLASSES = (
    "at once",
    "to 1 min",
    "to 5 min",
    "to 15 min",
    "to 30 min",
    "to 1 h",
    "to 2 h",
    "to 4 h",
    "over 4 h",
    "never",
)


@dataclass(frozen=True, slots=True)
class Delay:
    """Delay of one currency."""

    weighted: int
    """Sum of amount times microseconds waited."""
    possible: int
    """The same had nothing settled."""
    items: tuple[int, ...]
    """Count of legs in each of `CLASSES`."""
    value: tuple[int, ...]
    """Their amounts, minor units."""
    longest: int
    """Longest wait of a leg that settled, microseconds."""
    median: int
    """Half of the legs that settled waited no longer, microseconds."""

    @property
    def indicator(self) -> float:
        """Delay indicator, 0 to 1; 0 if there is nothing to delay."""
        return self.weighted / self.possible if self.possible else 0.0


def delays(sums: Sums, cutoffs: Sequence[int]) -> list[Delay]:
    """Return the delay of each currency index, whose interbank cut-offs are `cutoffs`."""
    count = len(cutoffs)
    items = [[0] * len(CLASSES) for _ in range(count)]
    value = [[0] * len(CLASSES) for _ in range(count)]
    for currency, which, number, amount in sums.rows(_CLASSES_QUERY):
        items[currency][which] = number
        value[currency][which] = amount
    weights = [_weights(sums, currency, cutoff) for currency, cutoff in enumerate(cutoffs)]
    waits = {row[0]: row for row in sums.rows(_WAITS_QUERY)}
    return [
        Delay(*weights[currency], tuple(items[currency]), tuple(value[currency]), *waits.get(currency, (0, 0, 0))[1:3])
        for currency in range(count)
    ]


def _weights(sums: Sums, currency: int, cutoff: int) -> tuple[int, int]:
    [(weighted, possible)] = sums.rows(_WEIGHTS_QUERY, cutoff, cutoff, cutoff, currency, cutoff)
    return weighted, possible


def _case() -> str:
    tests = " ".join(f"WHEN final - entered <= {edge * _SECOND} THEN {place}" for place, edge in enumerate(EDGES))
    return f"CASE WHEN NOT settled THEN {len(CLASSES) - 1} {tests} ELSE {len(EDGES)} END"


_CLASSES_QUERY = f"SELECT currency, {_case()} AS class, count(*), sum(amount) FROM leg GROUP BY 1, 2"  # noqa: S608 - built from the constants above
_WAITS_QUERY = """
    SELECT currency, max(final - entered), quantile_disc(final - entered, 0.5) FROM leg WHERE settled GROUP BY 1
"""
_WEIGHTS_QUERY = """
    SELECT coalesce(sum(amount::HUGEINT * (CASE WHEN settled THEN least(final, ?) ELSE ? END - entered)), 0),
        coalesce(sum(amount::HUGEINT * (? - entered)), 0)
    FROM leg WHERE currency = ? AND entered < ?
"""
