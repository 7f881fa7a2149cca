"""The sandbox over HTTP: time that passes on request, failures on request, and a new beginning.

Nothing of this exists outside a sandbox, and a sandbox listens on loopback alone, so these routes ask for no key.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from http import HTTPStatus
from typing import TYPE_CHECKING

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.middleware import ASGIMiddleware
from litestar.params import JSONBody

from comity.api.problems import Refused, refusal
from comity.errors import Fault, InvalidRequest
from comity.gateway.clock import SetClock
from comity.gateway.gateway import Gateway
from comity.gateway.sandbox import advance
from comity.model.instant import format_instant, parse_instant
from comity.wire.sandbox import Advance, Now

if TYPE_CHECKING:
    from collections.abc import Callable

    from litestar.types import ASGIApp, Message, Receive, Scope, Send

FAIL_HEADER = b"comity-sandbox-fail"
SLOW_S = 2.0
REMEMBERED_MAX = 10_000
_UNITS = {"ms": 1_000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_LENGTH = re.compile(r"([0-9]{1,9})(ms|s|min|h|d)", re.ASCII)
_FAIL = re.compile(r"([a-z-]{1,20})(?:\*([1-9][0-9]{0,2}))?", re.ASCII)
_BEFORE = {
    "busy": ("busy", HTTPStatus.SERVICE_UNAVAILABLE),
    "rate": ("rate", HTTPStatus.TOO_MANY_REQUESTS),
    "in-flight": ("in-flight", HTTPStatus.CONFLICT),
    "stopped": ("stopped", HTTPStatus.SERVICE_UNAVAILABLE),
    "lost": ("unknown-outcome", HTTPStatus.GATEWAY_TIMEOUT),
    "defect": ("defect", HTTPStatus.INTERNAL_SERVER_ERROR),
}
"""Failures before anything is done."""
_AFTER = ("unknown-outcome", "slow")
"""Failures of a request that was carried out."""


def sandbox_routes(clock: SetClock, reset: Callable[[], None]) -> Router:
    """Return the routes of a sandbox; `reset` begins it anew once the answer is out."""

    @get("/", summary="Where the clock of the sandbox stands")
    async def stand(gateway: NamedDependency[Gateway]) -> Now:
        """Return the present instant, which stays until it is advanced."""
        return await _now(gateway, clock)

    @post("/advance", status_code=HTTPStatus.OK, summary="Let time pass")
    async def pass_time(gateway: NamedDependency[Gateway], data: JSONBody[Advance]) -> Now:
        """Let time pass by a length, or to an instant; everything due on the way happens at its own instant."""
        await asyncio.wrap_future(advance(gateway, clock, _target(data, clock)))
        return await _now(gateway, clock)

    @post("/reset", status_code=HTTPStatus.ACCEPTED, summary="Begin anew")
    async def begin_anew() -> dict[str, str]:
        """Forget everything, and begin anew; connections are closed, and those made next find it as at first."""
        asyncio.get_running_loop().call_soon(reset)
        return {"status": "resetting"}

    return Router("/v1/sandbox", route_handlers=[stand, pass_time, begin_anew], tags=["sandbox"])


class Failing(ASGIMiddleware):
    """Lets a request fail as it asks to in its header: `busy`, or `busy*2` for the first two under its key."""

    def __init__(self) -> None:
        self._failed: OrderedDict[bytes, int] = OrderedDict()

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Fail as asked."""
        headers = dict(scope["headers"])
        kind = self._wanted(headers)
        if kind in _BEFORE:
            raise Refused(*_BEFORE[kind], "as the request asked for")
        if kind == "slow":
            await asyncio.sleep(SLOW_S)
        if kind != "unknown-outcome":
            await next_app(scope, receive, send)
            return

        async def dropped(_: Message) -> None:
            """Let the answer get lost."""

        await next_app(scope, receive, dropped)
        lost = Refused("unknown-outcome", HTTPStatus.GATEWAY_TIMEOUT, "it was carried out, and its answer lost")
        await refusal(lost, scope, send)

    def _wanted(self, headers: dict[bytes, bytes]) -> str:
        """Return how a request is to fail this time, empty if it is not."""
        text = headers.get(FAIL_HEADER, b"").decode("latin-1")
        if not text:
            return ""
        match = _FAIL.fullmatch(text)
        if match is None or match.group(1) not in (*_BEFORE, *_AFTER):
            expected = f"one of {', '.join((*_BEFORE, *_AFTER))}, with *2 behind it for the first two times"
            raise InvalidRequest([Fault("", 0, FAIL_HEADER.decode(), expected, repr(text[:40]))])
        key = headers.get(b"idempotency-key", b"")
        if match.group(2) is None:
            return match.group(1)
        failed = self._failed.get(key, 0)
        if failed >= int(match.group(2)):
            return ""
        self._failed[key] = failed + 1
        if len(self._failed) > REMEMBERED_MAX:
            self._failed.popitem(last=False)
        return match.group(1)


async def _now(gateway: Gateway, clock: SetClock) -> Now:
    phase = await asyncio.wrap_future(gateway.writer.call(lambda node: node.engine.phase))
    return Now(format_instant(clock.now()), phase)


def _target(data: Advance, clock: SetClock) -> int:
    if (data.by == "") == (data.to == ""):
        raise InvalidRequest([Fault("", 0, "by", "either by or to", "both" if data.by else "none")])
    if data.to:
        return parse_instant(data.to)
    match = _LENGTH.fullmatch(data.by)
    if match is None:
        raise InvalidRequest([Fault("", 0, "by", "a length of time such as 300s, 5min or 2h", repr(data.by))])
    return clock.now() + int(match.group(1)) * _UNITS[match.group(2)]
