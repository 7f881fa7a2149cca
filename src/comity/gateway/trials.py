"""Trials: what would happen, tried out on a copy of the state that is thrown away.

A copy costs memory and time in proportion to the day, so there is one trial at a time, and
who comes meanwhile is asked to come later. In the node's thread the state is only
written down; it is read, and tried, elsewhere.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from comity.engine import Applied, Engine
from comity.engine.columns import RecordKind
from comity.errors import NotFound
from comity.gateway.batch import join
from comity.gateway.writer import Busy
from comity.model.reason import State
from comity.node.admission import admit
from comity.node.auction import Auctioned, AuctionTerms, indicate
from comity.node.explain import Explanation, explain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comity.gateway.batch import Batch
    from comity.gateway.writer import Writer
    from comity.node import Node

SEARCH_MAX = 200_000
"""With more instructions than that in the day no amount is sought that would release one: it takes many copies."""


class Tried(NamedTuple):
    """What a record would do."""

    sequence: int
    """Record as of which."""
    applied: Applied


class Explained(NamedTuple):
    """Why an instruction waits."""

    explanation: Explanation
    searched: bool


class Trials:
    """Tries out; in a thread that may wait, not the node's, and not one that serves."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._lock = Lock()

    def enter(self, batch: Batch, commands: bytes = b"") -> Applied:
        """Return what would become of a batch that entered now.

        Parameters
        ----------
        commands
            Body of a record that is carried out before it; empty: none.

        Raises
        ------
        Busy
            Another trial is under way.
        """
        with self._copy() as (trial, instant):
            if commands:
                _apply(trial, RecordKind.COMMANDS, instant, commands)
            body, _, _ = join([batch], trial)
            return _apply(trial, batch.kind, instant, body)

    def apply(self, kind: int, body: bytes) -> Tried:
        """Return what a record would do now; Busy as above, InvalidRequest if it cannot be read."""
        with self._copy() as (trial, instant):
            return Tried(trial.sequence, _apply(trial, kind, instant, body))

    def indicate(self, terms: AuctionTerms) -> Auctioned:
        """Return what an auction would do now; Busy if another trial is under way."""
        with self._copy() as (trial, instant):
            return indicate(trial, instant, terms)

    def explain(self, participant: str, name: str) -> Explained:
        """Say why an instruction waits, and what would release it.

        Raises
        ------
        Busy
            Another trial is under way.
        NotFound
            The participant entered nothing under that id.
        """
        slot, now, count = self._writer.call(lambda node: _look(node, participant, name)).result()
        if now.state.is_final or count > SEARCH_MAX:
            return Explained(now, searched=now.state.is_final)
        with self._copy() as (trial, _):
            return Explained(explain(trial, slot), searched=True)

    @contextmanager
    def _copy(self) -> Iterator[tuple[Engine, int]]:
        """Lend an engine of the present state, and the instant that a record would have."""
        if not self._lock.acquire(blocking=False):
            raise Busy("something else is being tried out")
        try:
            parts, instant = self._writer.call(lambda node: _save(node, self._writer.now())).result()
            yield Engine.load(parts), instant
        finally:
            self._lock.release()


def _save(node: Node, instant: int) -> tuple[dict[str, np.ndarray], int]:
    node.flush()
    return node.engine.save(), instant


def _look(node: Node, participant: str, name: str) -> tuple[int, Explanation, int]:
    node.flush()
    engine = node.engine
    slot = engine.find(participant, name)
    if slot < 0:
        raise NotFound(f"{participant} entered no {name!r}")
    state = State(int(engine.table(np.array([slot]))["state"][0]))
    return slot, Explanation(state, engine.waiting_reason(slot)), engine.instruction_count


def _apply(trial: Engine, kind: int, instant: int, body: bytes) -> Applied:
    admit(trial, kind, instant, body, trial.now)
    return trial.apply(kind, trial.sequence + 1, instant, body)
