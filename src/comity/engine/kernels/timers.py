"""Instants ahead: when items become eligible, and when they expire.

A binary heap of (instant, what, slot). Items that become eligible at an instant
come before anything else of that instant; those that expire come after
everything of it, that is when time moves past it.
"""

from comity.engine.kernels.layout import TIMERS
from comity.engine.kernels.state import State
from comity.engine.kernels.steps import leaf, step


@leaf
def earlier(s: State, i: int, j: int) -> bool:
    """Order timers by instant and kind, then by slot."""
    a, b = s.timers[i], s.timers[j]
    return a[0] < b[0] or (a[0] == b[0] and a[1] < b[1])


@leaf
def swap(s: State, i: int, j: int) -> None:
    """Exchange two timers."""
    for k in range(2):
        s.timers[i, k], s.timers[j, k] = s.timers[j, k], s.timers[i, k]


@step
def set_timer(s: State, instant: int, kind: int, slot: int) -> None:
    """Remember to look at `slot` at `instant`."""
    i = s.g[TIMERS]
    s.g[TIMERS] += 1
    s.timers[i, 0], s.timers[i, 1] = instant << 1 | kind, slot
    while i > 0 and earlier(s, i, (i - 1) >> 1):
        swap(s, i, (i - 1) >> 1)
        i = (i - 1) >> 1


@step
def pop_timer(s: State) -> int:
    """Take the earliest timer away and return its slot."""
    slot = s.timers[0, 1]
    s.g[TIMERS] -= 1
    last = s.g[TIMERS]
    s.timers[0, 0], s.timers[0, 1] = s.timers[last, 0], s.timers[last, 1]
    i = 0
    while 2 * i + 1 < last:
        child = 2 * i + 1
        if child + 1 < last and earlier(s, child + 1, child):
            child += 1
        if not earlier(s, child, i):
            break
        swap(s, i, child)
        i = child
    return slot
