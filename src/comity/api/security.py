"""Who asks: every request below `/v1` proves it, or ends here."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from litestar.middleware import ASGIMiddleware

from comity.api.audit import watch
from comity.api.problems import Refused
from comity.gateway.authority import permits

if TYPE_CHECKING:
    from collections.abc import Callable

    from litestar.types import ASGIApp, Receive, Scope, Send

    from comity.gateway.gateway import Gateway

_SCHEME = b"Bearer "


class Authentication(ASGIMiddleware):
    """Finds the actor of a request, who has to be allowed to ask it, and leaves them in `scope["user"]`."""

    def __init__(self, find: Callable[[], Gateway]) -> None:
        self._find = find  # a function, since the application copies its middleware

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Refuse a request whose sender is not known."""
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        secret = given[len(_SCHEME) :].decode("latin-1") if given.startswith(_SCHEME) else ""
        actor = self._find().identities.by_key(secret)
        if actor is None:
            raise Refused("unauthenticated", HTTPStatus.UNAUTHORIZED)
        operation = scope["route_handler"].opt.get("operation", "")
        if not permits(actor, operation):
            raise Refused("forbidden", HTTPStatus.FORBIDDEN, f"{operation} is for other roles")
        await watch(self._find(), scope, actor, operation)
        scope["user"] = actor
        await next_app(scope, receive, send)
