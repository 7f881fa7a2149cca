"""The circulation of largest value over pairs: between what must and what may fill, in whole numbers.

Every pair starts at the most it may sell. Then what a currency is paid too much
is taken back along shortest paths: selling less on a pair costs its value and
passes the excess on from what it buys to what it sells. Potentials are the
distances; with them every reduced cost stays right, so the result is the
largest there is and they prove it. What no path can take back is left: prices
are rounded, and a currency may be out by a few minor units.
"""

from collections import deque
from collections.abc import Sequence

Edge = tuple[int, int, int]
"""Other end, arc, and 1 if the arc gives up value, -1 if it takes some back."""


def circulate(
    n: int, tail: Sequence[int], head: Sequence[int], low: Sequence[int], high: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Return the value on every arc, and the potential of every node, 0 or more."""
    value, potential = list(high), [0] * n
    excess = [0] * n
    edges: list[list[Edge]] = [[] for _ in range(n)]
    for arc, (a, b) in enumerate(zip(tail, head, strict=True)):
        excess[a] -= value[arc]
        excess[b] += value[arc]
        if low[arc] < high[arc]:
            edges[b].append((a, arc, 1))
            edges[a].append((b, arc, -1))
    while True:
        distance = _distances(edges, excess, potential, value, low, high)
        nearest = min((d for d, left in zip(distance, excess, strict=True) if d >= 0 and left < 0), default=-1)
        if nearest < 0:
            return value, [each - min(potential, default=0) for each in potential]
        for c in range(n):
            potential[c] += nearest if distance[c] < 0 else min(distance[c], nearest)
        while _push(edges, excess, potential, value, low, high):
            pass


def _left(edge: Edge, value: list[int], low: Sequence[int], high: Sequence[int]) -> int:
    """Return how much an edge can carry."""
    _, arc, sign = edge
    return value[arc] - low[arc] if sign > 0 else high[arc] - value[arc]


def _distances(
    edges: list[list[Edge]],
    excess: list[int],
    potential: list[int],
    value: list[int],
    low: Sequence[int],
    high: Sequence[int],
) -> list[int]:
    """Return the reduced distance of every node from the nearest excess, -1 if there is no way."""
    distance = [-1] * len(excess)
    reached = [[c for c, left in enumerate(excess) if left > 0]]
    at = 0
    while at < len(reached):
        for c in reached[at]:
            if 0 <= distance[c] <= at:
                continue
            distance[c] = at
            for edge in edges[c]:
                other, _, sign = edge
                if distance[other] < 0 and _left(edge, value, low, high) > 0:
                    there = at + sign + potential[c] - potential[other]
                    while len(reached) <= there:
                        reached.append([])
                    reached[there].append(other)
        at += 1
    return distance


def _push(
    edges: list[list[Edge]],
    excess: list[int],
    potential: list[int],
    value: list[int],
    low: Sequence[int],
    high: Sequence[int],
) -> bool:
    """Move excess along one shortest path over edges of no reduced cost; say whether there was one."""
    came: dict[int, tuple[int, Edge] | None] = {c: None for c, left in enumerate(excess) if left > 0}
    open_ = deque(came)
    while open_:
        c = open_.popleft()
        if excess[c] < 0:
            _shift(c, came, excess, value, low, high)
            return True
        for edge in edges[c]:
            other, _, sign = edge
            if other not in came and sign + potential[c] == potential[other] and _left(edge, value, low, high) > 0:
                came[other] = (c, edge)
                open_.append(other)
    return False


def _shift(
    end: int,
    came: dict[int, tuple[int, Edge] | None],
    excess: list[int],
    value: list[int],
    low: Sequence[int],
    high: Sequence[int],
) -> None:
    path: list[Edge] = []
    c = end
    while (step := came[c]) is not None:
        c, edge = step
        path.append(edge)
    most = min(excess[c], -excess[end], *(_left(edge, value, low, high) for edge in path))
    for _, arc, sign in path:
        value[arc] -= sign * most
    excess[c] -= most
    excess[end] += most
