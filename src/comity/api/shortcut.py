"""A shortcut: one payment, or one small message, under an API key or signed, past the framework.

These are the commonest requests by far, and a framework that serves every kind costs them more than much of
what is done for them. What is not plainly such a request, or is refused for what it says, goes the ordinary way; what
both ways answer is the same.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from litestar.enums import ScopeType

from comity.api import messages
from comity.api.bodies import begun_with
from comity.api.entering import told
from comity.api.problems import Refused, refusal
from comity.api.security import joined, target_of
from comity.api.sending import DEADLINE_HEADER, KEY_HEADER, Terms, deadline_in, enter_as, is_key
from comity.api.tls import PEER
from comity.errors import ComityError
from comity.gateway.authority import permits
from comity.gateway.idempotency import fingerprint_of
from comity.gateway.inbox import SMALL
from comity.gateway.payments import payment_batch
from comity.gateway.signed import SignedRequest
from comity.wire.instructions import Payment
from comity.wire.signatures import INPUT, Unsigned

if TYPE_CHECKING:
    from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

    from comity.api.bounds import Buckets
    from comity.gateway.actor import Actor
    from comity.gateway.gateway import Gateway
    from comity.wire.signatures import Signed


class _Kind(NamedTuple):
    """A kind of request that may be taken here."""

    operation: str
    content: bytes
    """Content type."""
    body_max: int
    """Bytes of a body that is read here."""


PAYMENTS, MESSAGES = "/v1/payments", "/v1/messages"
_KINDS = {
    PAYMENTS: _Kind("payments.enter", b"application/json", 4_096),
    MESSAGES: _Kind("messages.send", messages.XML.encode(), SMALL),
}
"""By path. The longest payment without customers is shorter than its bound; a longer message is read in a thread."""

_SCHEME = b"Bearer "
_KEY, _DEADLINE = KEY_HEADER.encode(), DEADLINE_HEADER.encode()
_INPUT = INPUT.encode()
_PLAIN = frozenset({b"authorization", b"content-type", b"content-length", _KEY, _DEADLINE, _INPUT})
_ELSEWHERE = (b"cookie", b"comity-")
"""Beginnings of headers that mean something which is not looked at here."""
_DECODER = msgspec.json.Decoder(Payment)
_ENCODER = msgspec.json.Encoder()


class _Asked(NamedTuple):
    """What the headers say of a request that may be taken here."""

    path: str
    secret: str
    """Empty if it is signed."""
    signed: SignedRequest | None
    key: str
    deadline_s: float


class _Sender(NamedTuple):
    """Who asks, and what they signed."""

    actor: Actor
    signed: Signed | None


class Shortcut:
    """An ASGI application before another, which takes everything else.

    Parameters
    ----------
    origin
        What signed requests name; those of the request if it is empty.
    """

    def __init__(self, app: ASGIApp, gateway: Gateway, buckets: Buckets, origin: str = "") -> None:
        self._app = app
        self._gateway = gateway
        self._buckets = buckets
        self._origin = origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a payment or a message here if nothing speaks against it."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        asked = _plain(scope, self._origin)
        sender = self._sender(asked) if asked is not None else None
        if asked is None or sender is None:
            await self._app(scope, receive, send)  # nobody's body is waited for
            return
        actor = sender.actor
        try:
            with self._buckets.under_way(actor.party, receive) as counted:
                message: Any = await counted()
                body: bytes = message.get("body", b"")
                is_whole = message["type"] == "http.request" and not message.get("more_body")
                payment = self._asks(asked, sender, body) if is_whole else None
                if payment is not None:
                    scope["user"], scope["path_template"] = actor, asked.path
                    if isinstance(payment, Payment):
                        await self._enter(scope, asked, actor, payment, body, send)
                    else:
                        await self._answer(scope, asked, actor, body, send)
                    return
        except Refused as refused:
            await refusal(refused, scope, send)
            return
        await self._app(scope, begun_with(message, receive), send)

    def _sender(self, asked: _Asked) -> _Sender | None:
        """Return who proves to ask, None if nobody may or if there is no telling: why, the ordinary way says."""
        try:
            now = self._gateway.now()
            if asked.signed is not None:
                actor, signed = asked.signed.signer(self._gateway, now)
            else:
                known, signed = self._gateway.identities.by_key(asked.secret, now), None
                if known is None:
                    return None
                actor = known
        except (ComityError, Unsigned):
            return None
        return _Sender(actor, signed) if permits(actor, _KINDS[asked.path].operation) else None

    def _asks(self, asked: _Asked, sender: _Sender, body: bytes) -> Payment | bytes | None:
        """Return which payment is asked for, or the message; None if anything is not as it should be."""
        signed = sender.signed
        try:
            payment = _DECODER.decode(body) if asked.path == PAYMENTS else body
            if isinstance(payment, Payment) and payment.debtor != sender.actor.party:
                return None
            if asked.signed is not None and signed is not None:
                asked.signed.take(self._gateway, signed, body)
        except (msgspec.DecodeError, UnicodeDecodeError, Unsigned, ComityError):
            return None
        return payment

    async def _enter(
        self, scope: HTTPScope, asked: _Asked, actor: Actor, payment: Payment, body: bytes, send: Send
    ) -> None:
        terms = Terms(
            asked.key, fingerprint_of(b"POST", PAYMENTS.encode(), body) if asked.key else "", asked.deadline_s
        )
        try:
            batch = payment_batch(payment, self._gateway.directory)
            self._buckets.take(actor.party, self._gateway.now())
            done, told_before = await enter_as(self._gateway, terms, actor, batch)
        except (ComityError, Refused) as error:
            await refusal(error, scope, send)
            return
        answer = _ENCODER.encode(told(payment.id, done))
        await _send(send, HTTPStatus.CREATED, _KINDS[PAYMENTS].content, answer, told_before=told_before)

    async def _answer(self, scope: HTTPScope, asked: _Asked, actor: Actor, body: bytes, send: Send) -> None:
        try:
            self._buckets.take(actor.party, self._gateway.now())
            headers = {DEADLINE_HEADER: str(round(asked.deadline_s * 1000))}
            given = messages.Bare(actor, headers, scope)
            content, status, told_before = await messages.answered(self._gateway, given, body)
        except Exception as error:  # noqa: BLE001 - what the framework answers is answered here
            await refusal(error, scope, send)
            return
        await _send(send, status, _KINDS[MESSAGES].content, content, told_before=told_before)


async def _send(send: Send, status: HTTPStatus, kind: bytes, answer: bytes, *, told_before: bool) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(answer)).encode())]
    if told_before:
        headers.append((b"idempotency-replayed", b"true"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer, "more_body": False})


def _plain(scope: HTTPScope, origin: str) -> _Asked | None:
    """Return what a request's headers say if it is one for here."""
    kind = _KINDS.get(scope["path"])
    if kind is None or scope["method"] != "POST" or scope["query_string"] or _shows_certificate(scope):
        return None
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in _PLAIN:
            if name in found:
                return None
            found[name] = value
        elif name.startswith(_ELSEWHERE):
            return None
    given = found.get(b"authorization", b"")
    length = found.get(b"content-length", b"")
    is_kind = found.get(b"content-type", b"application/json").partition(b";")[0] == kind.content
    is_signed = _INPUT in found
    proves = is_signed is not given.startswith(_SCHEME) and not (is_signed and given)
    if not (proves and is_kind and length.isdigit() and int(length[:8]) <= kind.body_max):
        return None
    key = found.get(_KEY, b"").decode("latin-1")
    deadline_s = deadline_in(found[_DEADLINE].decode("latin-1") if _DEADLINE in found else None)
    if not is_key(key) or deadline_s is None or (key and scope["path"] == MESSAGES):
        return None
    signed = None
    if is_signed:
        headers = joined(scope)
        signed = SignedRequest("POST", target_of(scope, headers, origin), headers)
    return _Asked(scope["path"], given[len(_SCHEME) :].decode("latin-1"), signed, key, deadline_s)


def _shows_certificate(scope: HTTPScope) -> bool:
    """Whether the other side has shown one: whose it is, and whether it goes with the key, `Authentication` says."""
    return PEER in (scope.get("extensions") or {})
