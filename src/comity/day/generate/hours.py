"""Business hours: when two countries are at work at once.

A bank works from nine to five, standard time. Payments of a pair arrive while
both are at work and the union takes customers' payments; where that is less
than an hour, while the payer is; where even that is too short, all day.
"""

from comity.day.generate.countries import countries
from comity.model.union import Schedule

MINUTE = 60_000_000
OPENS, CLOSES = 9 * 60, 17 * 60
SHORTEST = 60

SCHEDULE = Schedule(
    start=0,
    open=60 * MINUTE,
    customer_cutoff=20 * 60 * MINUTE,
    interbank_cutoff=21 * 60 * MINUTE,
    end=22 * 60 * MINUTE,
)
"""A day long enough for the banks of Asia, Africa and South America."""


def window(payer: str, payee: str, schedule: Schedule = SCHEDULE) -> tuple[int, int]:
    """Return when a pair's payments arrive, minutes after midnight UTC, the end excluded."""
    union = (schedule.open // MINUTE, schedule.customer_cutoff // MINUTE)
    own = _overlap(_at_work(payer), union)
    both = _overlap(own, _at_work(payee))
    return next(span for span in (both, own, union) if span[1] - span[0] >= SHORTEST or span == union)


def _at_work(code: str) -> tuple[int, int]:
    offset = countries()[code].utc_offset_minutes
    opens = (OPENS - offset) % (24 * 60)
    return opens, opens + CLOSES - OPENS


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return max(one[0], other[0]), min(one[1], other[1])
