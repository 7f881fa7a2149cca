"""Figures of a running gateway: how far its log has come, and how its records fill."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from comity.engine.kernels.layout import TODAY
from comity.model.instant import date_of

if TYPE_CHECKING:
    from comity.gateway.gateway import Gateway
    from comity.node import Node

SIZES = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536)
"""Upper ends of the classes in which records are counted by their instructions."""


class Sizes:
    """Counts records by how many instructions they have; those of another kind have none."""

    def __init__(self) -> None:
        self.counts = [0] * len(SIZES)
        self.instructions = 0

    def add(self, rows: int) -> None:
        """Count a record."""
        if rows:
            self.counts[min(bisect_left(SIZES, rows), len(SIZES) - 1)] += 1
            self.instructions += rows


class Figures(NamedTuple):
    """Where a node stands."""

    head: int
    """Sequence of the last record."""
    phase: str
    business_date: str
    queued: int
    """Instructions that wait in the node's queues."""
    gathered: int
    """Instructions that wait to become part of a record."""
    sizes: tuple[int, ...]
    """Records since the start by their instructions, in the classes of `SIZES`."""
    instructions: int
    """In those records."""
    cases: int
    """Cases that are open."""
    is_behind: bool
    """Whether what entered before the lists changed could not be screened again; it is tried on."""


def figures_of(gateway: Gateway, node: Node) -> Figures:
    """Return where a node stands; in its thread."""
    engine, sizes = node.engine, gateway.memory.sizes
    today = date_of(int(engine.state.g[TODAY])).isoformat()
    waiting = gateway.writer.waiting
    return Figures(
        node.head.sequence,
        engine.phase,
        today,
        engine.waiting_count,
        waiting,
        tuple(sizes.counts),
        sizes.instructions,
        len(gateway.memory.cases.open),
        gateway.rescreening.failure is not None,
    )
