"""Noting: requests whose whole effect is a note in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comity.api.sending import act
from comity.engine.columns import RecordKind
from comity.gateway.notes import pack_notes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from litestar import Request

    from comity.gateway.actor import Actor
    from comity.gateway.gateway import Gateway
    from comity.gateway.notes import Note
    from comity.node import Node


async def note(
    gateway: Gateway, request: Request[Any, Any, Any], actor: Actor, make: Callable[[], Iterable[Note]]
) -> tuple[int, bool]:
    """Write what `make` returns into the log; the record, and whether that was told before.

    Parameters
    ----------
    make
        Runs in the node's thread, so what it checks still holds when the note is taken in.

    Raises
    ------
    Refused
        The key is in use, or the time that the sender waits is over.
    ComityError
        What `make` raises; nothing was written then.
    """

    def perform(node: Node, noted: list[Note]) -> int:
        body = pack_notes([*make(), *noted])
        ticket = node.submit(RecordKind.TICK, gateway.writer.now(), b"", 0, body)
        ticket.result()
        return ticket.sequence

    done, told_before = await act(gateway, request, actor, perform)
    return done.sequence, told_before
