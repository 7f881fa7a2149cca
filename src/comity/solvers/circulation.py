"""The circulation of largest value on merged arcs: components, network, rounds, potentials for the whole.

See `comity.solvers.setoff` for what it is, `comity.solvers.kernels.setoff` for how each step works.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.solvers.kernels.setoff import components, merge, network, push, ranks
from comity.solvers.obligations import WEIGHT_MAX, Arcs, fixed


class Start(NamedTuple):
    """An earlier answer to begin from: see the fields of the same name in `comity.solvers.setoff.SetOff`."""

    arcs: Arcs
    potential: NDArray[np.int64]
    money: NDArray[np.int64]


class _Graph(NamedTuple):
    """Arcs as the solver sees them: those of obligations, then one per participant to money."""

    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    weight: NDArray[np.int32]
    left: NDArray[np.int64]
    back: NDArray[np.int64]


class _Pieces(NamedTuple):
    """Strongly connected components; those of two or more participants are the network's nodes."""

    start: NDArray[np.int64]
    head: NDArray[np.int32]
    weight: NDArray[np.int32]
    component: NDArray[np.int32]
    members: NDArray[np.int32]
    nodes: NDArray[np.int32]
    """Participants of the network, by component, those with the most arcs first, then by number."""
    bounds: NDArray[np.int64]
    """First node of each component, then the number of nodes."""


def circulate(
    arcs: Arcs, room: NDArray[np.int64], participants: int, start: Start | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Return the flow of every arc, the potential of every participant and of money, and the rounds."""
    graph = _graph(arcs, room, participants)
    pieces = _pieces(graph, room, participants)
    node = np.full(participants + 1, -1, np.int32)
    node[pieces.nodes] = np.arange(len(pieces.nodes), dtype=np.int32)
    kept = pieces.component[graph.tail] == pieces.component[graph.head]
    potential = np.zeros(participants + 1, np.int64)
    net = _network(len(pieces.nodes), 2 * int(kept.sum()))
    if start is not None:
        potential = _start_potential(pieces, start)
        carry = _start_carry(arcs, start, len(graph.tail))
        network.take_start(
            node, graph.tail, graph.head, kept, graph.weight, potential, carry, graph.left, graph.back, net.excess
        )
        net.rank[:] = potential[pieces.nodes] << network.HOPS
    slot = np.zeros(len(graph.tail), np.int32)
    network.lay_out(
        net, np.empty(len(pieces.nodes), np.int64), node, *graph[:2], kept, graph.weight, graph.left, graph.back, slot
    )
    rounds = _solve(net, pieces.bounds, int(graph.weight.max(initial=1)), int(potential.max()))
    potential[:] = 0
    potential[pieces.nodes] = net.rank >> network.HOPS
    components.spread(pieces.start, pieces.head, pieces.weight, pieces.component, pieces.members, potential)
    flow = np.zeros(len(arcs.amount), np.int64)
    network.discharge(net, kept, slot, flow)
    return flow, potential, rounds


def _graph(arcs: Arcs, room: NDArray[np.int64], participants: int) -> _Graph:
    """Return the arcs, nothing left undischarged; with room also those to money, the last node.

    Left undischarged, an obligation costs its weight. Paying in money costs
    nothing, and the way back is wider than everything that can come: never full.
    """
    amounts, nothing = arcs.amount.copy(), np.zeros(len(arcs.amount), np.int64)
    if not len(room):
        return _Graph(arcs.debtor, arcs.creditor, arcs.weight, amounts, nothing)
    wide = np.full(participants, int(arcs.amount.sum()) + 1, np.int64)
    return _Graph(
        fixed(np.concatenate([arcs.debtor, np.arange(participants)]), np.int32),
        fixed(np.concatenate([arcs.creditor, np.full(participants, participants)]), np.int32),
        fixed(np.concatenate([arcs.weight, np.zeros(participants, np.int32)]), np.int32),
        np.concatenate([amounts, room]),
        np.concatenate([nothing, wide]),
    )


def _pieces(graph: _Graph, room: NDArray[np.int64], participants: int) -> _Pieces:
    """Find the components of what can circulate: whoever has room gets money, and everyone can give it back."""
    payers = np.flatnonzero(room)
    tail = np.concatenate([graph.tail, np.full(len(payers), participants, np.int32)])
    head = np.concatenate([graph.head, payers.astype(np.int32)])
    weight = np.concatenate([graph.weight, np.zeros(len(payers), np.int32)])
    if len(room):
        by_tail = np.argsort(tail, kind="stable")
        tail, head, weight = tail[by_tail], head[by_tail], weight[by_tail]
    count = participants + 1
    first = np.searchsorted(tail, np.arange(count + 1))
    component = np.full(count, -1, np.int32)
    entered, low, path, pending = (np.zeros(count, np.int32) for _ in range(4))
    found = components.find(first, head, component, entered, low, first[:-1].copy(), path, pending)
    sizes = np.bincount(component, minlength=found)
    members, by_arcs = np.empty(count, np.int32), np.empty(count, np.int32)
    inside = component[tail] == component[head]
    arcs = np.bincount(tail[inside], minlength=count) + np.bincount(head[inside], minlength=count)
    fewer = fixed(arcs.max() - arcs, np.int32)
    merge.reorder(fewer, np.arange(count, dtype=np.int32), np.zeros(int(fewer.max()) + 1, np.int64), by_arcs)
    merge.reorder(fixed(component, np.int32), by_arcs, np.zeros(found, np.int64), members)
    bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes[sizes > 1])])
    return _Pieces(first, head, weight, component, members, members[sizes[component[members]] > 1], bounds)


def _network(nodes: int, slots: int) -> network.Network:
    return network.Network(
        start=np.zeros(nodes + 1, np.int64),
        head=np.empty(slots, np.int32),
        twin=np.empty(slots, np.int32),
        code=np.empty(slots, np.int8),
        left=np.empty(slots, np.int64),
        excess=np.zeros(nodes, np.int64),
        rank=np.zeros(nodes, np.int64),
    )


def _solve(net: network.Network, bounds: NDArray[np.int64], weight: int, span: int) -> int:
    """Solve every component; return the most rounds that one took."""
    nodes, largest = len(net.rank), int(np.diff(bounds).max(initial=0))
    search = ranks.Search(
        trial=np.empty(nodes, np.int64),
        queue=np.empty(largest, np.int32),
        distant=np.full(largest * weight + span + 2, -1, np.int32),
        before=np.empty(len(net.head), np.int32),
        seed=np.full(largest + 1, -1, np.int32),
        fellow=np.empty(nodes, np.int32),
    )
    ring = push.Ring(np.empty(largest, np.int32), np.empty(nodes, np.int64), np.empty(largest + 1, np.int32))
    rounds = np.zeros(len(bounds) - 1, np.int32)
    push.solve(net, search, ring, bounds, rounds)
    return int(rounds.max(initial=0))


def _start_potential(pieces: _Pieces, start: Start) -> NDArray[np.int64]:
    """Return the start's potentials, lowest 0 in every component; 0 where they span more than paths can cost."""
    potential = np.zeros(len(pieces.component), np.int64)
    if len(pieces.bounds) > 1:
        given = start.potential[pieces.nodes]
        sizes = np.diff(pieces.bounds)
        low = np.minimum.reduceat(given, pieces.bounds[:-1])
        span = np.maximum.reduceat(given, pieces.bounds[:-1]) - low
        usable = np.repeat(span <= sizes * WEIGHT_MAX, sizes)
        potential[pieces.nodes] = np.where(usable, given - np.repeat(low, sizes), 0)
    return potential


def _start_carry(arcs: Arcs, start: Start, count: int) -> NDArray[np.int64]:
    """Return what the start leaves undischarged of every arc, and what it has everyone pay in money."""
    flow = np.zeros(len(arcs.amount), np.int64)
    merge.carry_over(*arcs[:3], *start.arcs[:3], start.arcs.flow, flow)
    left = arcs.amount - np.minimum(flow, arcs.amount)
    return np.concatenate([left, start.money])[:count]
