"""A binary heap whose nodes can be found again, so that a key can change.

Nodes are numbers 0 to size - 1. The first node is the one with the lowest
(key, tie). Every operation is O(log n) and allocates nothing.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import inlined, lean


class Heap(NamedTuple):
    """Nodes 0 to size - 1, inside or outside."""

    slot: NDArray[np.int32]
    """size rows: see the columns."""
    key: NDArray[np.int64]
    """size: of the node, while it is inside."""
    inside: NDArray[np.int64]
    """One place: how many nodes are inside."""


NODE = 0  # the node at this place of the heap; meant for the first `inside[0]` rows
PLACE = 1  # where this row's node stands, -1 outside
TIE = 2  # decides between nodes of equal key; never changes
COLUMNS = 3


def empty(tie: NDArray[np.int64]) -> Heap:
    """Return a heap for `len(tie)` nodes, none inside; every tie fits 32 bits."""
    slot = np.zeros((len(tie), COLUMNS), np.int32)
    slot[:, PLACE] = -1
    slot[:, TIE] = tie
    return Heap(slot, np.zeros(len(tie), np.int64), np.zeros(1, np.int64))


@inlined
def _before(heap: Heap, a: int, b: int) -> bool:
    if heap.key[a] != heap.key[b]:
        return bool(heap.key[a] < heap.key[b])
    return bool(heap.slot[a, TIE] < heap.slot[b, TIE])


@lean
def _rise(heap: Heap, node: int, place: int) -> None:
    """Move `node` from `place` towards the front until its parent comes before it."""
    while place > 0:
        parent = (place - 1) >> 1
        other = heap.slot[parent, NODE]
        if not _before(heap, node, other):
            break
        heap.slot[place, NODE] = other
        heap.slot[other, PLACE] = place
        place = parent
    heap.slot[place, NODE] = node
    heap.slot[node, PLACE] = place


@lean
def _sink(heap: Heap, node: int, place: int) -> None:
    """Move `node` from `place` towards the back until it comes before its children."""
    count = heap.inside[0]
    while True:
        child = 2 * place + 1
        if child >= count:
            break
        if child + 1 < count and _before(heap, heap.slot[child + 1, NODE], heap.slot[child, NODE]):
            child += 1
        other = heap.slot[child, NODE]
        if not _before(heap, other, node):
            break
        heap.slot[place, NODE] = other
        heap.slot[other, PLACE] = place
        place = child
    heap.slot[place, NODE] = node
    heap.slot[node, PLACE] = place


@lean
def put(heap: Heap, node: int, key: int) -> None:
    """Insert `node`, or move it to its new `key`."""
    place = heap.slot[node, PLACE]
    if place < 0:
        place = heap.inside[0]
        heap.inside[0] = place + 1
        heap.key[node] = key
        _rise(heap, node, place)
        return
    old = heap.key[node]
    heap.key[node] = key
    if key < old:
        _rise(heap, node, place)
    elif key > old:
        _sink(heap, node, place)


@lean
def take_out(heap: Heap, node: int) -> None:
    """Remove `node`; nothing happens if it is outside."""
    place = heap.slot[node, PLACE]
    if place < 0:
        return
    heap.slot[node, PLACE] = -1
    last = heap.inside[0] - 1
    heap.inside[0] = last
    moved = heap.slot[last, NODE]
    if moved == node:
        return
    if _before(heap, moved, node):
        _rise(heap, moved, place)
    else:
        _sink(heap, moved, place)


@inlined
def first(heap: Heap) -> int:
    """Return the node of lowest (key, tie), -1 if none is inside."""
    if heap.inside[0] == 0:
        return -1
    node: int = heap.slot[0, NODE]
    return node
