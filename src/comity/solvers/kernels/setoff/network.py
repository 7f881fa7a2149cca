"""What is left undischarged, as a flow: the network that the solver works on.

An arc of capacity u and weight w from debtor to creditor carries r = u - f,
what is left of it, at a cost of w each. With nothing left (f = u everywhere)
each participant has as excess what it owes more than it is owed; moving every
excess along arcs to participants of negative excess, at least cost, leaves the
circulation of largest value. Costs are small whole numbers, and all potentials
0 prove the empty flow r = 0 optimal for what it moves, so a primal-dual
algorithm starts at once.

Each arc is two slots, one at either end, stored together per node. A slot's
code packs its cost and whether it or its twin can carry more, so that most of
a scan reads five bytes per slot.

The rank of a node is its potential and, below it, its distance in arcs to the
nearest negative excess along tight arcs: potential * 2^32 + hops. A step along
a tight arc of cost c that leads one hop nearer lowers the rank by exactly
c * 2^32 + 1, one comparison of whole numbers.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import lean

CARRIES = 1  # bit of a code: this slot can carry more
TWIN_CARRIES = 2  # bit of a code: its twin can
COST = 2  # a code shifted right by this is the cost
HOPS = 32  # a rank shifted right by this is the potential
HOPS_MASK = (1 << HOPS) - 1
FAR = 1 << 30  # hops of a node from which no negative excess is known to be near
WEIGHT_MAX = 31  # codes fit eight bits
NODES_MAX = 1 << 24  # a potential is below nodes * weight, twice that with a start: below 2^30


class Network(NamedTuple):
    """Nodes by component, slots by node."""

    start: NDArray[np.int64]
    """nodes + 1: first slot."""
    head: NDArray[np.int32]
    """slots: node at the other end."""
    twin: NDArray[np.int32]
    """slots: the same arc, seen from the other end."""
    code: NDArray[np.int8]
    """slots: see the constants."""
    left: NDArray[np.int64]
    """slots: what it can carry more, at most 2^62."""
    excess: NDArray[np.int64]
    """nodes: the positive ones sum to less than 2^62."""
    rank: NDArray[np.int64]
    """nodes."""


@lean
def lay_out(
    network: Network,
    place: NDArray[np.int64],
    node: NDArray[np.int32],
    tail: NDArray[np.int32],
    head: NDArray[np.int32],
    kept: NDArray[np.bool_],
    weight: NDArray[np.int32],
    left: NDArray[np.int64],
    back: NDArray[np.int64],
    slot: NDArray[np.int32],
) -> None:
    """Give every kept arc its two slots, in the order of arcs.

    Parameters
    ----------
    network
        Everything but `rank` is written; `start` and `excess` are 0 before, or
        `excess` holds what a start moves.
    place : int64[nodes], written
        Room.
    node : int32[participants]
        By participant: its node, -1 outside the network.
    left, back : int64[arcs]
        What the arc can carry more, and what can be taken back; their sum is the
        amount of an arc with a weight.
    slot : int32[arcs], written
        The arc's slot at its tail; untouched if it is not kept.
    """
    start = network.start
    for e in range(len(tail)):
        if kept[e]:
            start[node[tail[e]] + 1] += 1
            start[node[head[e]] + 1] += 1
    for v in range(len(place)):
        start[v + 1] += start[v]
        place[v] = start[v]
    for e in range(len(tail)):
        if not kept[e]:
            continue
        a, b = node[tail[e]], node[head[e]]
        s, t = place[a], place[b]
        place[a] += 1
        place[b] += 1
        slot[e] = s
        network.head[s], network.head[t] = b, a
        network.twin[s], network.twin[t] = t, s
        network.left[s], network.left[t] = left[e], back[e]
        if weight[e] > 0:
            network.excess[a] += left[e] + back[e]
            network.excess[b] -= left[e] + back[e]
        there, home = CARRIES * (left[e] > 0), CARRIES * (back[e] > 0)
        network.code[s] = (weight[e] << COST) + there + TWIN_CARRIES * home
        network.code[t] = (-weight[e] << COST) + home + TWIN_CARRIES * there


@lean
def take_start(
    node: NDArray[np.int32],
    tail: NDArray[np.int32],
    head: NDArray[np.int32],
    kept: NDArray[np.bool_],
    weight: NDArray[np.int32],
    potential: NDArray[np.int64],
    carry: NDArray[np.int64],
    left: NDArray[np.int64],
    back: NDArray[np.int64],
    excess: NDArray[np.int64],
) -> None:
    """Make what arcs carry agree with the potentials, and note the excess that this leaves.

    An arc worth more than its potentials is discharged whole, one worth less not
    at all; the others carry what they did, as far as they still can.

    Parameters
    ----------
    potential : int64[participants]
        None of a participant below that of the money node.
    carry : int64[arcs]
        What each left undischarged before.
    left, back : int64[arcs], written
        As for `lay_out`; their sum stays, below 2^63.
    excess : int64[nodes], written
        All 0 before.
    """
    for e in range(len(tail)):
        if not kept[e]:
            continue
        worth = weight[e] - potential[tail[e]] + potential[head[e]]
        moved = min(max(carry[e], -back[e]), left[e])
        if worth < 0:
            moved = left[e]
        elif worth > 0:
            moved = 0
        left[e] -= moved
        back[e] += moved
        excess[node[tail[e]]] -= moved
        excess[node[head[e]]] += moved


@lean
def discharge(network: Network, kept: NDArray[np.bool_], slot: NDArray[np.int32], flow: NDArray[np.int64]) -> None:
    """Write what every kept arc discharges: what its slot can still carry; 0 for the others."""
    for e in range(len(flow)):
        flow[e] = network.left[slot[e]] if kept[e] else 0
