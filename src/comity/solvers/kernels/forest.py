"""A flow of the same value in which hardly anything is carried in part.

Arcs that are carried in part may form cycles (read without direction). In a
flow of largest value, sending more around such a cycle neither gains nor loses:
were one way to gain, the flow would not be the largest. So each cycle is sent
around until one of its arcs is full or empty; what stays in part is a forest,
fewer arcs than there are accounts. Payments on all other arcs then fit exactly.

Every account's net position stays as it is. Amounts stay between 0 and the
arc's, so nothing wraps. Each arc costs the depth of the trees at that moment.
"""

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import inlined, lean


@inlined
def _evert(parent: NDArray[np.int32], link: NDArray[np.int32], node: int) -> None:
    """Make `node` the root of its tree."""
    below, arc, v = -1, -1, node
    while v >= 0:
        above, upper = parent[v], link[v]
        parent[v], link[v] = below, arc
        below, arc, v = v, upper, above


@lean
def _narrowest(
    debtor: NDArray[np.int32],
    amount: NDArray[np.int64],
    flow: NDArray[np.int64],
    parent: NDArray[np.int32],
    link: NDArray[np.int32],
    node: int,
    most: int,
) -> tuple[int, int]:
    """Return what can go up from `node` to its root, and the node whose arc allows least; `most` and -1 if all can."""
    tight = -1
    while parent[node] >= 0:
        e = link[node]
        free = amount[e] - flow[e] if debtor[e] == node else flow[e]
        if free < most:
            most, tight = free, node
        node = parent[node]
    return most, tight


@lean
def break_cycles(
    debtor: NDArray[np.int32],
    creditor: NDArray[np.int32],
    amount: NDArray[np.int64],
    flow: NDArray[np.int64],
    parent: NDArray[np.int32],
    link: NDArray[np.int32],
) -> None:
    """Send the flow around every cycle of arcs carried in part.

    Parameters
    ----------
    flow : int64[arcs], written
        Of largest value.
    parent, link : int32[accounts], written
        All -1: the tree above each, and the arc that leads there.
    """
    for e in range(len(flow)):
        if flow[e] <= 0 or flow[e] >= amount[e]:
            continue
        a, b = debtor[e], creditor[e]
        _evert(parent, link, a)
        root = b
        while parent[root] >= 0:
            root = parent[root]
        if root == a:
            moved, tight = _narrowest(debtor, amount, flow, parent, link, b, amount[e] - flow[e])
            flow[e] += moved
            v = b
            while parent[v] >= 0:
                flow[link[v]] += moved if debtor[link[v]] == v else -moved
                v = parent[v]
            if tight < 0:
                continue
            parent[tight], link[tight] = -1, -1
        parent[a], link[a] = b, e
