"""New ranks: shortest paths to negative excess, by cost, then by number of arcs.

Dial's buckets ("Algorithm 360", Communications of the ACM 12 (1969)) over
reduced costs: a bucket per distance, and within it one list per number of
hops, so that nodes are settled in the order of their new ranks. It ends as
soon as every node of positive excess is settled: nodes farther away rise by
the last distance, which keeps every reduced cost at 0 or more.

Exact hops matter: with hops off by a few, three times as many rounds of pushes
were needed.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import inlined, lean
from comity.solvers.kernels.setoff.network import COST, FAR, HOPS, HOPS_MASK, TWIN_CARRIES, Network

UNKNOWN = (1 << 63) - 1


class Search(NamedTuple):
    """Scratch space of the search, for the largest component."""

    trial: NDArray[np.int64]
    """nodes of the network: best rank known so far."""
    queue: NDArray[np.int32]
    """nodes: found at the present distance, by hops; each at most once."""
    distant: NDArray[np.int32]
    """distances: last slot that led to a node at this distance, -1 if none."""
    before: NDArray[np.int32]
    """slots of the network: the one entered before it at the same distance."""
    seed: NDArray[np.int32]
    """hops: node of the present distance with so many hops, -1 if none."""
    fellow: NDArray[np.int32]
    """nodes of the network: another such node."""


@inlined
def _scan(network: Network, search: Search, v: int, distance: int, queued: int, farthest: int) -> tuple[int, int]:
    """Offer a rank to every node that can reach settled `v` by one arc.

    A distance is below nodes * weight, plus the span of potentials at the start:
    it is the cost of a path to a negative excess, whose potential never changes,
    less the node's own potential.
    """
    rank = search.trial[v]
    for s in range(network.start[v], network.start[v + 1]):
        code = np.int64(network.code[s])
        if code & TWIN_CARRIES:
            w = network.head[s]
            offer = rank + ((-(code >> COST)) << HOPS) + 1
            known = search.trial[w]
            if offer < known:
                potential = network.rank[w] >> HOPS
                reached = (offer >> HOPS) - potential
                if reached == distance:
                    search.queue[queued] = w
                    queued += 1
                elif known == UNKNOWN or (known >> HOPS) - potential > reached:
                    search.before[s] = search.distant[reached]
                    search.distant[reached] = s
                    farthest = max(farthest, reached)
                search.trial[w] = offer
    return queued, farthest


@lean
def _begin(network: Network, search: Search, low: int, high: int) -> tuple[int, int]:
    """Settle the negative excesses at their own potentials; return their count and that of the positive ones."""
    queued, wanted = 0, 0
    for v in range(low, high):
        search.trial[v] = UNKNOWN
        if network.excess[v] < 0:
            search.trial[v] = (network.rank[v] >> HOPS) << HOPS
            search.queue[queued] = v
            queued += 1
        elif network.excess[v] > 0:
            wanted += 1
    return queued, wanted


@lean
def _sow(network: Network, search: Search, distance: int) -> tuple[int, int]:
    """List the nodes of a distance by their hops; return how many, and the fewest hops."""
    seeds, hops = 0, FAR
    s = search.distant[distance]
    search.distant[distance] = -1
    while s >= 0:
        v = network.head[s]
        if (search.trial[v] >> HOPS) - (network.rank[v] >> HOPS) == distance:
            near = search.trial[v] & HOPS_MASK
            search.fellow[v] = search.seed[near]
            search.seed[near] = v
            seeds += 1
            hops = min(hops, near)
        s = search.before[s]
    return seeds, hops


@lean
def _finish(network: Network, search: Search, low: int, high: int, distance: int, hops: int) -> None:
    """Adopt the ranks settled; everything else rises by `distance` and is far."""
    for v in range(low, high):
        potential = network.rank[v] >> HOPS
        trial = search.trial[v]
        network.rank[v] = ((potential + distance) << HOPS) + FAR
        if trial != UNKNOWN:
            reached = (trial >> HOPS) - potential
            if reached < distance or (reached == distance and (trial & HOPS_MASK) <= hops):
                network.rank[v] = trial


@lean
def renew(network: Network, search: Search, low: int, high: int) -> int:
    """Rank the nodes `low` to `high` anew; return how many of them have positive excess.

    Parameters
    ----------
    network
        `rank` is written, unless the answer is 0.
    search
        `distant` and `seed` hold -1 only, before and after.
    """
    queued, wanted = _begin(network, search, low, high)
    positive = wanted
    if positive == 0:
        return 0
    done, distance, farthest, seeds, hops = 0, 0, 0, 0, 0
    while wanted > 0:
        while wanted > 0 and (done < queued or seeds > 0):
            if done < queued:
                hops = search.trial[search.queue[done]] & HOPS_MASK
            else:
                while search.seed[hops] < 0:
                    hops += 1
            end = queued
            v = search.seed[hops]
            search.seed[hops] = -1
            while v >= 0:
                seeds -= 1
                if search.trial[v] & HOPS_MASK == hops:
                    wanted -= network.excess[v] > 0
                    queued, farthest = _scan(network, search, v, distance, queued, farthest)
                v = search.fellow[v]
            while done < end and search.trial[search.queue[done]] & HOPS_MASK == hops:
                v = search.queue[done]
                done += 1
                wanted -= network.excess[v] > 0
                queued, farthest = _scan(network, search, v, distance, queued, farthest)
        if wanted == 0:
            break
        distance += 1
        while distance <= farthest and search.distant[distance] < 0:
            distance += 1
        if distance > farthest:
            break
        seeds, hops = _sow(network, search, distance)
    _finish(network, search, low, high, distance, hops)
    search.distant[: farthest + 1] = -1
    if seeds > 0:
        search.seed[: high - low + 1] = -1
    return positive
