"""Who asks: every request below `/v1` proves it, or ends here."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias, cast

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware

from comity.api.audit import watch
from comity.api.bodies import begun_with
from comity.api.parameters import check_query
from comity.api.problems import Refused
from comity.api.sending import check_terms
from comity.api.tls import PEER
from comity.gateway.authority import LATELY, is_public, permits, refusal_of
from comity.gateway.signed import SignedRequest
from comity.wire.signatures import INPUT, Unsigned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

    from comity.api.bounds import Buckets
    from comity.gateway.actor import Actor
    from comity.gateway.gateway import Gateway
    from comity.gateway.sign_ins import SignIns

BODY_MAX = 32 << 20
"""Bytes of a body."""
BODY_S = 30
"""So long may the body of a signed request take to arrive, seconds."""
COOKIE = "__Host-comity"
"""Cookie of a session: the browser sends it to us alone, over TLS alone, and shows it to no script."""
_SCHEME = "Bearer "
_NOBODY = "expected `Authorization: Bearer` and a key, a signature, a certificate or a session; found none that is good"
Again: TypeAlias = "Callable[[], Actor | None]"
"""Looks again who asks, for what lasts: None, or Refused, if they are known no more."""


class Authentication(ASGIMiddleware):
    """Finds the actor of a request, who has to be allowed to ask it, and leaves them in `scope["user"]`.

    In `scope["auth"]` it leaves what looks again who that is, see `Again`.

    Parameters
    ----------
    find
        Returns the gateway; a function, since the application copies its middleware.
    find_sign_ins
        Returns how people sign in, likewise; its origin is what signed requests name, those of the request if it
        is empty.
    find_buckets
        Returns what bodies of signed requests are counted in, likewise: they are read here.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(
        self,
        find: Callable[[], Gateway],
        find_sign_ins: Callable[[], SignIns],
        find_buckets: Callable[[], Buckets],
    ) -> None:
        self._find = find
        self._find_sign_ins = find_sign_ins
        self._find_buckets = find_buckets

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Refuse a request whose sender is not known, or may not ask it."""
        gateway = self._find()
        headers = joined(scope)
        operation = scope["route_handler"].opt.get("operation", "")
        peer = _peer(gateway, scope)
        if is_public(operation):
            self._check_origin(scope, headers)
            await next_app(scope, receive, send)
            return
        again: Again
        if INPUT in headers:
            actor, receive, again = await self._signed(gateway, cast("HTTPScope", scope), headers, receive)
        elif peer is not None and "authorization" not in headers:
            self._check_origin(scope, headers)
            actor, again = peer, lambda: _peer(gateway, scope)
        elif "authorization" in headers:
            actor, again = _bearer(gateway, headers), lambda: _bearer(gateway, headers)
        else:
            actor, again = self._signed_in(scope, headers, operation)
        scope["user"], scope["auth"] = actor, again  # also of a request that is refused: the journal says whose it was
        if peer is not None and peer.party != actor.party:
            raise Refused("unauthenticated", HTTPStatus.UNAUTHORIZED, "the certificate is of another party")
        if not permits(actor, operation):
            raise Refused("forbidden", HTTPStatus.FORBIDDEN, refusal_of(actor, operation))
        check_query(scope)
        if scope.get("method") not in {"GET", "HEAD"}:
            check_terms(headers)
        await watch(gateway, scope, actor, operation)
        await next_app(scope, receive, send)

    def _check_origin(self, scope: Scope, headers: dict[str, str], *, is_needed: bool = False) -> None:
        """Refuse a change that another page than ours has a browser ask for: what the browser adds proves no will."""
        given = headers.get("origin") if is_needed else headers.get("origin", self._find_sign_ins().origin)
        if scope.get("method") not in {"GET", "HEAD"} and given != self._find_sign_ins().origin:
            raise Refused("forbidden", HTTPStatus.FORBIDDEN, "the request comes from another origin than ours")

    def _signed_in(self, scope: Scope, headers: dict[str, str], operation: str) -> tuple[Actor, Again]:
        """Return who has signed in, by their session's cookie; what changes something has to come from our page."""
        sign_ins, secret = self._find_sign_ins(), cookie_of(headers, COOKIE)
        actor = sign_ins.signed_in(secret)
        if actor is None:
            raise Refused("unauthenticated", HTTPStatus.UNAUTHORIZED, _NOBODY)
        self._check_origin(scope, headers, is_needed=True)
        if operation in LATELY and not sign_ins.has_lately(secret):
            raise Refused("unauthenticated", HTTPStatus.UNAUTHORIZED, "sign in again: this is for who just has")
        return actor, lambda: sign_ins.signed_in(secret, is_seen=False)

    async def _signed(
        self, gateway: Gateway, scope: HTTPScope, headers: dict[str, str], receive: Receive
    ) -> tuple[Actor, Receive, Again]:
        """Prove a signature, then the body against it, then take the nonce: only now does anything happen."""
        target = target_of(scope, headers, self._find_sign_ins().origin)
        request = SignedRequest(scope["method"], target, headers)
        try:
            actor, signed = request.signer(gateway, gateway.now())
            with self._find_buckets().under_way(actor.party, receive) as counted:
                body = await _body(counted) if _has_body(headers) else b""
            request.take(gateway, signed, body)
        except Unsigned as bad:
            raise Refused("unauthenticated", HTTPStatus.UNAUTHORIZED, str(bad)) from None

        def again() -> Actor | None:
            known = gateway.identities.signer(signed.keyid, gateway.now())
            return known[0] if known else None

        return actor, begun_with({"type": "http.request", "body": body, "more_body": False}, receive), again


def target_of(scope: HTTPScope, headers: Mapping[str, str], origin: str) -> str:
    """Return what a request asks for, as its sender signs it; `origin` as the gateway is known, empty for any."""
    origin = origin or f"{scope['scheme']}://{headers.get('host', '')}"
    query = scope["query_string"]
    path = scope["raw_path"].partition(b"?")[0].decode("latin-1")  # some servers leave the query in it
    return f"{origin}{path}?{query.decode('latin-1')}" if query else f"{origin}{path}"


def joined(scope: Scope) -> dict[str, str]:
    """Return headers by name, several of a name joined as RFC 9421 says."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1"), value.decode("latin-1").strip()
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _bearer(gateway: Gateway, headers: dict[str, str]) -> Actor:
    given = headers["authorization"]
    if not given.startswith(_SCHEME):
        raise Refused("unauthenticated", HTTPStatus.UNAUTHORIZED, "expected `Authorization: Bearer` and a key")
    actor = gateway.identities.by_key(given[len(_SCHEME) :], gateway.now())
    if actor is None:
        raise Refused("unauthenticated", HTTPStatus.UNAUTHORIZED, "the key is not known here, or has ended")
    return actor


def _peer(gateway: Gateway, scope: Scope) -> Actor | None:
    """Return whose certificate the other side has shown, None if none; Refused if it is pinned to nobody."""
    extensions: Mapping[str, object] = scope.get("extensions") or {}
    shown = extensions.get(PEER)
    if not isinstance(shown, dict):
        return None
    actor = gateway.identities.by_certificate(shown["fingerprint"], gateway.now())
    if actor is None:
        raise Refused("unauthenticated", HTTPStatus.UNAUTHORIZED, "the certificate is pinned to nobody")
    return actor


def cookie_of(headers: Mapping[str, str], name: str) -> str:
    """Return the value of a cookie, empty if there is none."""
    for part in headers.get("cookie", "").replace(",", ";").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""


def _has_body(headers: dict[str, str]) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


async def _body(receive: Receive) -> bytes:
    """Read a whole body; Refused if it is too large or takes too long."""
    parts: list[bytes] = []
    size, more = 0, True
    try:
        async with asyncio.timeout(BODY_S):
            while more:
                message = await receive()
                if message["type"] != "http.request":
                    raise Refused("invalid", HTTPStatus.BAD_REQUEST, "the body ended early")
                parts.append(message["body"])
                size += len(message["body"])
                if size > BODY_MAX:
                    raise Refused(
                        "too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body has up to {BODY_MAX} bytes"
                    )
                more = message["more_body"]
    except TimeoutError:
        raise Refused("invalid", HTTPStatus.REQUEST_TIMEOUT, f"the body took longer than {BODY_S} s") from None
    return b"".join(parts)
