"""Value that arrived and value that settled, over the day.

The day is cut into steps of equal length; an instant belongs to the step in
which it lies, the step's end excluded.
"""

from dataclasses import dataclass

from comity.statistics.exact import Sums

_MINUTE = 60_000_000
STEPS = (_MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, 60 * _MINUTE)
"""Lengths a step may have, microseconds."""
_STEPS_MAX = 300


@dataclass(frozen=True, slots=True)
class Clock:
    """The steps of a day: `count` of `step` microseconds from `start`."""

    start: int
    step: int
    count: int

    def edge(self, index: int) -> int:
        """Instant at which step `index` begins; that of `count` is the end."""
        return self.start + index * self.step


@dataclass(frozen=True, slots=True)
class Flow:
    """Per step, of one currency, in minor units."""

    entered: tuple[int, ...]
    settled: tuple[int, ...]

    @property
    def entered_minor(self) -> int:
        """Value of the whole day."""
        return sum(self.entered)

    @property
    def settled_minor(self) -> int:
        """Value of it that settled."""
        return sum(self.settled)


def clock_for(first: int, last: int) -> Clock:
    """Return steps that hold every instant from `first` to `last`, at most 300 if a listed length allows it."""
    step = next((step for step in STEPS if last // step - first // step < _STEPS_MAX), STEPS[-1])
    start = first // step * step
    return Clock(start, step, (last - start) // step + 1)


def day_clock(sums: Sums, opens: int, ends: int) -> Clock:
    """Return the steps of a day that opens and ends at these instants, widened to all that happened."""
    [(first, last)] = sums.rows(
        """
        SELECT least(coalesce(min(entered), $1), $1),
            greatest(coalesce(max(entered), $2), coalesce(max(final) FILTER (settled), $2), $2)
        FROM leg
        """,
        opens,
        ends - 1,
    )
    return clock_for(first, last)


def flows(sums: Sums, clock: Clock, currencies: int) -> list[Flow]:
    """Return arrivals and settlements of each currency index below `currencies`."""
    entered = [[0] * clock.count for _ in range(currencies)]
    settled = [[0] * clock.count for _ in range(currencies)]
    for column, table, which in (("entered", entered, ""), ("final", settled, "WHERE settled")):
        query = f"SELECT currency, ({column} - ?) // ?, sum(amount) FROM leg {which} GROUP BY 1, 2"  # noqa: S608 - names from the line above
        for currency, step, amount in sums.rows(query, clock.start, clock.step):
            table[currency][step] = amount
    return [Flow(tuple(came), tuple(went)) for came, went in zip(entered, settled, strict=True)]
