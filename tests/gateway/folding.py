"""A participant that has nothing but its events, and a day drawn by chance on a gateway."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from comity.gateway.clock import SetClock
from comity.gateway.events import START, Cursor, view_of
from comity.gateway.gateway import Gateway
from comity.model.amount import parse_minor
from tests.engine.engine_day import EngineDay

if TYPE_CHECKING:
    from pathlib import Path

    from comity.engine import Applied, Engine
    from comity.engine.columns import RecordKind
    from comity.gateway.actor import Actor
    from comity.model.union import Genesis
    from comity.node import Node
    from comity.wire.events import Event


class GatewayDay(EngineDay):
    """A day whose records go through a gateway's node, with its feed told of each."""

    def __init__(self, genesis: Genesis, folder: Path | None = None) -> None:
        self.genesis = genesis
        clock = SetClock(0)
        self.gateway = Gateway.open(folder, genesis, clock) if folder else Gateway.in_memory(genesis, clock)
        self.node: Node = self.gateway.writer.call(lambda node: node).result()
        self.records = []
        self.checked = False

    @property
    def engine(self) -> Engine:  # type: ignore[override]
        return self.node.engine

    def _apply(self, kind: RecordKind, instant: int, body: bytes) -> Applied:
        def submit(node: Node) -> Applied:
            return node.submit(kind, max(instant, node.engine.now), body).result()

        return self.gateway.writer.call(submit).result()


def follow(gateway: Gateway, actor: Actor, limit: int = 7, after: Cursor = START) -> list[Event]:
    """Read all events of an actor, a few at a time, and check that each names the one before it."""
    view = view_of(actor, gateway.directory)
    events: list[Event] = []
    last, cursor = str(after), after

    async def read() -> None:
        nonlocal cursor, last
        told = await gateway.feed.read(view, cursor, limit, last)
        for event in told.events:
            assert event.previous == last
            last = event.id
        events.extend(told.events)
        cursor = told.cursor
        if not told.is_all or told.events:
            await read()

    asyncio.run(read())
    return events


def balances(events: list[Event], gateway: Gateway, opening: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Add what events say to opening balances, by holder and currency, minor units."""
    held = dict(opening)
    for event in events:
        left = event.instruction
        if left is not None and left.state == "STLD":
            minor = parse_minor(left.amount, gateway.directory.exponents[left.currency])
            for holder, change in ((left.debtor, -minor), (left.creditor, minor)):
                held[holder, left.currency] = held.get((holder, left.currency), 0) + change
    return held
