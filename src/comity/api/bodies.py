"""Bodies that were read before the application that is to serve them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from litestar.types import HTTPReceiveMessage, Receive, WebSocketReceiveMessage


def begun_with(message: HTTPReceiveMessage | WebSocketReceiveMessage, receive: Receive) -> Receive:
    """Return a channel that gives a message that was read already, and then goes on as before."""
    first = [message]

    async def again() -> HTTPReceiveMessage | WebSocketReceiveMessage:
        return first.pop() if first else await receive()

    return again
