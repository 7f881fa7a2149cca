"""Following: requests that wait are counted, and one that does not read is cut off."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from litestar.middleware import ASGIMiddleware

from comity.api.problems import Refused

if TYPE_CHECKING:
    from collections import Counter

    from litestar.types import ASGIApp, Message, Receive, Scope, Send
    from litestar.types.asgi_types import HTTPReceiveMessage

PARTY_MAX, ALL_MAX = 32, 1_024
"""Requests of one party, and of all, that may follow at once."""
STALL_S = 30
"""Seconds that a chunk may take to be sent."""


class Following(ASGIMiddleware):
    """Bounds how many follow, and for how long one may keep the server from sending."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Count a request, and let its connection seem closed once a chunk is not taken in time."""
        followers: Counter[str] = scope["litestar_app"].state.gateway.feed.followers
        party = scope["user"].party
        if followers[party] >= PARTY_MAX or followers.total() >= ALL_MAX:
            raise Refused("busy", HTTPStatus.SERVICE_UNAVAILABLE, f"{followers[party]} requests of {party} follow")
        followers[party] += 1
        loop = asyncio.get_running_loop()
        stalled: asyncio.Future[None] = loop.create_future()

        async def send_in_time(message: Message) -> None:
            timer = loop.call_later(STALL_S, stalled.cancel)
            try:
                await send(message)
            finally:
                timer.cancel()

        async def receive_unless_stalled() -> HTTPReceiveMessage:
            received = asyncio.ensure_future(receive())
            try:
                both: set[asyncio.Future[Any]] = {received, stalled}
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                return received.result() if received.done() else {"type": "http.disconnect"}  # type: ignore[return-value]
            finally:
                received.cancel()

        try:
            await next_app(scope, receive_unless_stalled, send_in_time)
        finally:
            followers[party] -= 1
            if not followers[party]:
                del followers[party]
