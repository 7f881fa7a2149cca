"""Where instants come from: the machine's clock, or one that is set by hand.

This is the only place that reads a clock. An instant enters the log with its record,
and from there on time is what the log says.
"""

from __future__ import annotations

import time
from typing import Protocol

from comity.errors import EnvironmentFailed

JUMP_US = 5_000_000
"""The machine's clock may run apart from its steady one by so much in a day; beyond that somebody has set it."""

_PATIENCE_S = 60.0


def machine_now() -> int:
    """Return what the clock shows, microseconds since 1970-01-01 UTC: to tell people, not to decide by."""
    return time.time_ns() // 1000  # noqa: TID251 - the one place


class Clock(Protocol):
    """Tells the instant of the next record."""

    def now(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        ...

    def patience_s(self, instant: int) -> float | None:
        """Return how long to wait until an instant comes, seconds; None if it does not come by waiting."""
        ...


class MachineClock:
    """The machine's clock, as long as it runs evenly.

    Cut-offs and expiry follow from instants, so a clock that jumps would reject payments that
    are in time. A jump is noticed against the steady clock, and stops what depends on it.
    """

    def __init__(self) -> None:
        self._apart = self._difference()

    def now(self) -> int:
        """Microseconds since 1970-01-01 UTC; EnvironmentFailed once the clock has jumped."""
        apart = self._difference() - self._apart
        if abs(apart) > JUMP_US:
            raise EnvironmentFailed(f"the machine's clock was set by {apart / 1e6:+.0f} s; restart once it is right")
        return machine_now()

    def patience_s(self, instant: int) -> float | None:
        """Return how long to wait until an instant comes, seconds; a clock that was set is asked once a minute."""
        try:
            left = instant - self.now()
        except EnvironmentFailed:
            return _PATIENCE_S
        return min(max(left, 0) / 1e6, _PATIENCE_S)

    @staticmethod
    def _difference() -> int:
        return (time.time_ns() - time.monotonic_ns()) // 1000  # noqa: TID251 - the one place


class SetClock:
    """A clock that stands until it is moved: for a sandbox, and for tests."""

    def __init__(self, instant: int) -> None:
        self._instant = instant

    def now(self) -> int:
        """Return the instant it was set to."""
        return self._instant

    def patience_s(self, _instant: int) -> None:
        """Return None: it stands."""

    def advance(self, by_us: int) -> int:
        """Move it forward by 0 or more microseconds; the new instant."""
        if by_us < 0:
            raise ValueError(f"time passes forward, not by {by_us} microseconds")
        self._instant += by_us
        return self._instant
