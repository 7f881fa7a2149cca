"""Bounds: no participant, and nobody unknown, may take more of the gateway than it has to give.

A participant has a bucket of requests that fills at a steady rate; who empties it is told when to come back.
Requests under way are counted, of each and of all together, and so is what has arrived of the bodies of each. The
time in which a body has to arrive is limited, and a body arrives as it is: nothing is unpacked.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from litestar.middleware import ASGIMiddleware

from comity.api.problems import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send, WebSocketReceiveMessage

    from comity.gateway.gateway import Gateway

MILLION = 1_000_000
BUCKETS_MAX = 10_000


class Bounds(NamedTuple):
    """How much is taken at once."""

    requests_per_s: int = 10_000
    """Of one participant, over time."""
    burst: int = 20_000
    """Requests of one participant that may come at once after a pause."""
    under_way_max: int = 4_096
    """Requests of all together that may be under way."""
    of_one_max: int = 1_024
    """Requests of one participant that may be under way."""
    bytes_of_one_max: int = 64 << 20
    """Bytes of bodies that have arrived for them."""
    body_s: float = 30.0
    """In which a body has to arrive."""


class Bucket:
    """Requests that one participant may still make; whole millionths of a request, no float."""

    def __init__(self, bounds: Bounds, now: int) -> None:
        self._rate = bounds.requests_per_s
        self._full = bounds.burst * MILLION
        self._left = self._full
        self._at = now

    def take(self, now: int) -> int:
        """Take one request at an instant in microseconds: 0 if there is one, else seconds until there is."""
        self._left = min(self._full, self._left + max(now - self._at, 0) * self._rate)
        self._at = max(now, self._at)
        if self._left >= MILLION:
            self._left -= MILLION
            return 0
        return -(-(MILLION - self._left) // (self._rate * MILLION))


class Buckets:
    """The buckets of all who ask: by party, or by the address of who is not known yet."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._of: OrderedDict[str, Bucket] = OrderedDict()
        self._under_way: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()

    def take(self, name: str, now: int) -> None:
        """Take one request; Refused with 429 if none is left."""
        bucket = self._of.get(name)
        if bucket is None:
            bucket = self._of[name] = Bucket(self._bounds, now)
            if len(self._of) > BUCKETS_MAX:
                self._of.popitem(last=False)
        if bucket.take(now):
            raise Refused("rate", HTTPStatus.TOO_MANY_REQUESTS, f"{self._bounds.requests_per_s} a second")

    @contextmanager
    def under_way(self, name: str, receive: Receive) -> Iterator[Receive]:
        """Count a request for as long as it is under way, and what arrives of its body; Refused with 429 beyond."""
        if self._under_way[name] >= self._bounds.of_one_max:
            raise Refused("rate", HTTPStatus.TOO_MANY_REQUESTS, f"{self._bounds.of_one_max} are under way")
        self._under_way[name] += 1
        arrived = 0

        async def counted() -> HTTPReceiveMessage | WebSocketReceiveMessage:
            nonlocal arrived
            message = await receive()
            size = len(message["body"]) if message["type"] == "http.request" else 0
            arrived += size
            self._bytes[name] += size
            if self._bytes[name] > self._bounds.bytes_of_one_max:
                raise Refused("rate", HTTPStatus.TOO_MANY_REQUESTS, "the bodies that are under way are too large")
            return message

        try:
            yield counted
        finally:
            self._under_way -= Counter([name])
            self._bytes -= Counter({name: arrived})


class RateLimit(ASGIMiddleware):
    """Turns away who asks too often; behind `Authentication`, which says who it is."""

    def __init__(self, find: Callable[[], Gateway], buckets: Buckets) -> None:
        self._find = find
        self._buckets = buckets

    def __deepcopy__(self, _: object) -> RateLimit:
        """Return itself: the application copies its middleware, and the buckets are shared."""
        return self

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Refuse with 429 a request for which there is no room in its sender's bucket."""
        actor = scope.get("user")
        name = actor.party if actor is not None else str((scope["client"] or ("",))[0])
        self._buckets.take(name, self._find().now())
        with self._buckets.under_way(name, receive) as counted:
            await next_app(scope, counted, send)


def in_time(receive: Receive, body_s: float) -> Receive:
    """Return `receive` with an end to the patience for the body; Refused once it is over."""
    loop = asyncio.get_running_loop()
    until = loop.time() + body_s
    complete = False

    async def received() -> HTTPReceiveMessage | WebSocketReceiveMessage:
        nonlocal complete
        if complete:
            return await receive()
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            raise Refused("slow", HTTPStatus.REQUEST_TIMEOUT, f"a body arrives within {body_s:g} s") from None
        complete = not message.get("more_body", False)
        return message

    return received
