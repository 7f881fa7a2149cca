"""Pushing excess along tight arcs, nearest first in, first out.

Goldberg and Tarjan, "A new approach to the maximum-flow problem", Journal of
the ACM 35 (1988), the first of its two phases only: what finds no way to a
negative excess stays where it is and gets a new rank in the next round. It
stops early, after looking at half as many slots again as the component has,
since a push by an exact rank is worth many by an old one.

A node is given up for this round when its hops have risen by `LIFT`, or reach a
number of hops that no node has any more (a gap: nothing beyond it can reach
a negative excess). Both only save time.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import inlined, lean
from comity.solvers.kernels.setoff.network import CARRIES, COST, FAR, HOPS, HOPS_MASK, TWIN_CARRIES, Network
from comity.solvers.kernels.setoff.ranks import Search, renew

LIFT = 20
"""Measured: 8 to 50 cost the same within 10 %, 3 and none up to 30 % more."""
_DISCHARGE_WORK = 4
_RISE_WORK = 12


class Ring(NamedTuple):
    """Scratch space of the pushes, for the largest component."""

    active: NDArray[np.int32]
    """nodes: a ring of those with positive excess that are not given up; each at most once."""
    cursor: NDArray[np.int64]
    """nodes of the network: the first slot that may still take a push."""
    peers: NDArray[np.int32]
    """nodes + 1: how many have so many hops."""


@inlined
def _carry(network: Network, s: int, amount: int) -> int:
    """Send up to `amount` through slot `s`; return how much.

    What a slot can carry and what its twin can add up to at most 2^63 - 1.
    """
    t = network.twin[s]
    room = network.left[s]
    if amount >= room:
        amount = room
        network.code[s] &= ~CARRIES
        network.code[t] &= ~TWIN_CARRIES
    network.left[s] = room - amount
    if network.left[t] == 0:
        network.code[t] |= CARRIES
        network.code[s] |= TWIN_CARRIES
    network.left[t] += amount
    return amount


@lean
def _fill(network: Network, ring: Ring, low: int, high: int) -> int:
    """Count hops, and put every node of positive excess into the ring; return how many."""
    for h in range(high - low + 1):
        ring.peers[h] = 0
    waiting = 0
    for v in range(low, high):
        ring.cursor[v] = network.start[v]
        hops = network.rank[v] & HOPS_MASK
        if hops < FAR:
            ring.peers[hops] += 1
            if network.excess[v] > 0:
                ring.active[waiting] = v
                waiting += 1
    return waiting


@inlined
def _rise(network: Network, ring: Ring, v: int, rank: int) -> int:
    """Return the hops that `v` needs for its nearest tight arc, and point its cursor there; FAR if none."""
    potential = rank >> HOPS
    nearest = FAR
    for s in range(network.start[v], network.start[v + 1]):
        code = np.int64(network.code[s])
        if code & CARRIES:
            hops = network.rank[network.head[s]] - ((potential - (code >> COST)) << HOPS)
            if 0 <= hops < nearest:
                nearest = hops
                ring.cursor[v] = s
    return min(nearest + 1, FAR)


@lean
def push(network: Network, search: Search, ring: Ring, low: int, high: int) -> None:
    """Push from the nodes `low` to `high` until none is active or the work is done.

    Parameters
    ----------
    network
        Everything but `start`, `head` and `twin` is written; potentials stay.
    search
        `trial` holds the ranks at which the round began, where they are not far.
    """
    size = high - low
    waiting = _fill(network, ring, low, high)
    first, gap = 0, FAR
    work = (network.start[high] - network.start[low]) * 3 // 2
    while waiting > 0 and work >= 0:
        v = ring.active[first]
        first = first + 1 if first + 1 < size else 0
        waiting -= 1
        rank = network.rank[v]
        hops = rank & HOPS_MASK
        if hops >= gap:
            continue
        excess = network.excess[v]
        s = ring.cursor[v]
        work += s - _DISCHARGE_WORK
        end = network.start[v + 1]
        while s < end:
            code = np.int64(network.code[s])
            if code & CARRIES:
                w = network.head[s]
                if rank - network.rank[w] == ((code >> COST) << HOPS) + 1:
                    amount = _carry(network, s, excess)
                    excess -= amount
                    there = network.excess[w]
                    network.excess[w] = there + amount
                    if there <= 0 < there + amount:
                        place = first + waiting
                        ring.active[place if place < size else place - size] = w
                        waiting += 1
                    if excess == 0:
                        break
            s += 1
        work -= s
        ring.cursor[v] = s
        network.excess[v] = excess
        if excess > 0:
            work -= end - network.start[v] + _RISE_WORK
            risen = _rise(network, ring, v, rank)
            ring.peers[hops] -= 1
            if ring.peers[hops] == 0:
                gap = min(gap, hops)
            if risen >= gap or risen > size or risen > (search.trial[v] & HOPS_MASK) + LIFT:
                network.rank[v] = ((rank >> HOPS) << HOPS) + FAR
            else:
                network.rank[v] = rank - hops + risen
                ring.peers[risen] += 1
                place = first + waiting
                ring.active[place if place < size else place - size] = v
                waiting += 1


@lean
def solve(network: Network, search: Search, ring: Ring, bounds: NDArray[np.int64], rounds: NDArray[np.int32]) -> None:
    """Move every excess at least cost, one component after the other.

    Each is solved as if it were alone: its answer depends on nothing outside it.
    Every excess can move, since leaving everything undischarged moves it. Each
    round settles every positive excess and pushes at least one of them, over
    whole amounts, so it ends.

    Parameters
    ----------
    bounds : int64[components + 1]
        First node of each.
    rounds : int32[components], written
        How many rounds each took.
    """
    for c in range(len(rounds)):
        while renew(network, search, bounds[c], bounds[c + 1]) > 0:
            push(network, search, ring, bounds[c], bounds[c + 1])
            rounds[c] += 1
