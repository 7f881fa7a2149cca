"""Flows: what was begun by a request and is ended by another, such as a challenge that waits for its answer.

They are few, short-lived and in memory; each is taken once, whatever comes of it.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

from comity.gateway.chance import draw_text

FLOW_US = 300_000_000
"""So long may an answer take: five minutes."""
FLOWS_MAX = 10_000
"""Flows of a kind; beyond that the oldest is given up."""

State = TypeVar("State")


class Flows(Generic[State]):
    """Flows of one kind; from any thread, since each step is one operation of a dictionary."""

    def __init__(self) -> None:
        self._flows: OrderedDict[str, tuple[int, State]] = OrderedDict()

    def begin(self, state: State, now: int) -> str:
        """Begin a flow; its name, which nobody can guess."""
        while len(self._flows) >= FLOWS_MAX:
            self._flows.popitem(last=False)
        name = draw_text()
        self._flows[name] = (now, state)
        return name

    def take(self, name: str, now: int) -> State | None:
        """End a flow; what it was begun with, None if it is unknown or over."""
        begun, state = self._flows.pop(name, (0, None))
        return state if now < begun + FLOW_US else None


class Attempts:
    """Failures to sign in, by person: after a few, each makes the next wait longer.

    Passkeys are not held up by it, since they cannot be tried out: whoever fails in somebody's name cannot lock
    them out of everything.
    """

    FREE = 5
    """Failures that cost nothing."""
    WAIT_US_MAX = 900_000_000
    NAMES_MAX = 100_000

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, int]] = OrderedDict()  # count, instant of the last

    def wait_us(self, name: str, now: int) -> int:
        """Return how long until another attempt is looked at, microseconds; 0: at once."""
        count, last = self._failures.get(name, (0, 0))
        if count < self.FREE:
            return 0
        return max(0, last + min(1_000_000 << min(count - self.FREE, 20), self.WAIT_US_MAX) - now)

    def failed(self, name: str, now: int) -> None:
        """Remember a failure."""
        count, _ = self._failures.pop(name, (0, 0))
        while len(self._failures) >= self.NAMES_MAX:
            self._failures.popitem(last=False)
        self._failures[name] = (count + 1, now)

    def succeeded(self, name: str) -> None:
        """Forget failures."""
        self._failures.pop(name, None)
