"""The edge: what every request passes before anything looks at it, and every answer after.

A request gets an id, which its answer carries as `x-request-id` and problems as `instance`. It is
counted, timed, and noted in the journal. What would take more than there is, or cannot be
read as it is packed, ends here.
"""

from __future__ import annotations

from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Any

from litestar.enums import ScopeType

from comity.api.bounds import in_time
from comity.api.journal import told_of
from comity.api.problems import Refused, refusal
from comity.gateway.origins import ORIGIN

if TYPE_CHECKING:
    from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

    from comity.api.bounds import Bounds
    from comity.api.journal import Journal
    from comity.api.metrics import Metrics
    from comity.gateway.traces import Traces

_UNKNOWN = "none"
_SLOW_S = 1.0


class Edge:
    """An ASGI application around another.

    Parameters
    ----------
    started
        Instant of the start; part of the ids of requests.
    traces
        Told of every request; None for no traces.
    """

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        journal: Journal,
        bounds: Bounds,
        started: int,
        traces: Traces | None = None,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._journal = journal
        self._bounds = bounds
        self._traces = traces
        self._run = f"{started:x}"
        self._count = 0
        self._under_way = 0
        metrics.active.set_function(lambda: self._under_way)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or whatever else the server wants."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        self._count += 1
        request_id = f"{self._run}-{self._count:x}"
        scope["request_id"] = request_id  # type: ignore[typeddict-unknown-key]
        if self._traces is None:
            await self._serve(scope, receive, send, request_id)
            return
        span, origin = self._traces.request(request_id, scope["method"])
        before = ORIGIN.set(origin)
        status = 0
        try:
            status = await self._serve(scope, receive, send, request_id)
        finally:
            ORIGIN.reset(before)
            self._traces.answered(span, scope["method"], _route(scope), status)

    async def _serve(self, scope: HTTPScope, receive: Receive, send: Send, request_id: str) -> int:
        """Serve a request; the status that it was answered with, 0 if it was not."""
        since = perf_counter()
        status = 0

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        self._under_way += 1
        try:
            refused = self._refuses(scope)
            if refused is not None:
                self._metrics.refused.labels(refused.problem.type.rpartition(":")[2]).inc()
                await refusal(refused, scope, answered)
            else:
                has_body = scope["method"] not in ("GET", "HEAD")
                await self._app(scope, in_time(receive, self._bounds.body_s) if has_body else receive, answered)
        except BaseException as error:
            self._journal.error("defect", request=request_id, **told_of(error))
            raise
        finally:
            self._under_way -= 1
            self._note(scope, request_id, status, perf_counter() - since)
        return status

    def _refuses(self, scope: HTTPScope) -> Refused | None:
        if self._under_way > self._bounds.under_way_max:
            return Refused("busy", HTTPStatus.SERVICE_UNAVAILABLE, "too many requests are under way")
        for name, value in scope["headers"]:
            if name == b"content-encoding" and value.lower() != b"identity":
                return Refused("media-type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a body is sent as it is, not packed")
        return None

    def _note(self, scope: HTTPScope, request_id: str, status: int, seconds: float) -> None:
        """Count a request, and write down its end: of what went well only what changed something or took long."""
        route = _route(scope)
        method = scope["method"]
        self._metrics.answered(route, method, status, seconds)
        said: dict[str, Any] = {
            "request": request_id,
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
        }
        actor = scope.get("user")
        if actor is not None:
            said["actor"] = actor.id
        said |= scope.get("taken", {})  # type: ignore[call-overload]
        if status >= HTTPStatus.BAD_REQUEST:
            said |= _why(scope)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or not status:
            self._journal.error("failed", **said)
        elif status >= HTTPStatus.BAD_REQUEST:
            self._journal.warning("refused", **said)
        elif seconds > _SLOW_S:
            self._journal.warning("slow", **said)
        else:
            self._journal.info("answered", **said)


def _why(scope: HTTPScope) -> dict[str, Any]:
    """Return what the journal says of a request that was not answered as it asked: which problem, and from where."""
    said: dict[str, Any] = dict(scope.get("refused", {}))  # type: ignore[call-overload]
    if scope["client"] is not None:
        said["from"] = scope["client"][0]
    tried = scope.get("tried")
    return said | ({"tried": tried} if tried else {})


def _route(scope: HTTPScope) -> str:
    """Return the template of a request's path, never the path."""
    return str(scope.get("path_template") or _UNKNOWN)
