"""Strongly connected components: only inside one can anything circulate.

Tarjan, "Depth-first search and linear graph algorithms", SIAM Journal on
Computing 1 (1972), without recursion. Components are numbered so that an arc
never leads to a higher number: what owes comes after whom it owes. O(n + arcs).
"""

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import lean


@lean
def find(
    start: NDArray[np.int64],
    head: NDArray[np.int32],
    component: NDArray[np.int32],
    entered: NDArray[np.int32],
    low: NDArray[np.int32],
    cursor: NDArray[np.int64],
    path: NDArray[np.int32],
    pending: NDArray[np.int32],
) -> int:
    """Number the components and return how many there are.

    Parameters
    ----------
    start : int64[n + 1]
        First arc of each node.
    head : int32[arcs]
        Where it leads.
    component : int32[n], written
        All -1.
    entered, low : int32[n], written
        All 0.
    cursor : int64[n], written
        A copy of `start[:-1]`.
    path, pending : int32[n], written
        Room for two stacks.
    """
    found = 0
    clock = 0
    waiting = 0
    for root in range(len(component)):
        if entered[root] > 0:
            continue
        depth = 0
        path[0] = root
        clock += 1
        entered[root] = low[root] = clock
        pending[waiting] = root
        waiting += 1
        while depth >= 0:
            v = path[depth]
            if cursor[v] < start[v + 1]:
                w = head[cursor[v]]
                cursor[v] += 1
                if entered[w] == 0:
                    clock += 1
                    entered[w] = low[w] = clock
                    pending[waiting] = w
                    waiting += 1
                    depth += 1
                    path[depth] = w
                elif component[w] < 0 and entered[w] < low[v]:
                    low[v] = entered[w]
                continue
            depth -= 1
            if depth >= 0 and low[v] < low[path[depth]]:
                low[path[depth]] = low[v]
            if low[v] == entered[v]:
                waiting = _close(pending, waiting, v, component, found)
                found += 1
    return found


@lean
def _close(pending: NDArray[np.int32], waiting: int, root: int, component: NDArray[np.int32], number: int) -> int:
    """Give `number` to everything pending down to `root`; return how much still waits."""
    while True:
        waiting -= 1
        node = pending[waiting]
        component[node] = number
        if node == root:
            return waiting


@lean
def spread(
    start: NDArray[np.int64],
    head: NDArray[np.int32],
    weight: NDArray[np.int32],
    component: NDArray[np.int32],
    members: NDArray[np.int32],
    potential: NDArray[np.int64],
) -> None:
    """Lift whole components until no arc between two of them is worth more than its potentials.

    Parameters
    ----------
    members : int32[n]
        All nodes, by component.
    potential : int64[n], written
        Optimal inside each component; below n (weight + 1) in the end.
    """
    i = 0
    while i < len(members):
        number = component[members[i]]
        end = i
        lift = 0
        while end < len(members) and component[members[end]] == number:
            v = members[end]
            for e in range(start[v], start[v + 1]):
                if component[head[e]] != number:
                    lift = max(lift, weight[e] + potential[head[e]] - potential[v])
            end += 1
        for k in range(i, end):
            potential[members[k]] += lift
        i = end
