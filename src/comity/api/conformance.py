"""Conformance over HTTP: what a message is found to be, how a participant stands in the suite, and its certificate.

These routes exist in a sandbox alone.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from litestar import Request, get, post
from litestar.di import NamedDependency

from comity.api.messages import XML
from comity.api.problems import Refused
from comity.gateway.conformance import Conformance, examine
from comity.gateway.gateway import Gateway
from comity.wire.conformance import Certificate, Report, Standing


@post(
    "/conformance/messages",
    opt={"operation": "messages.send"},
    status_code=HTTPStatus.OK,
    summary="Examine a message",
)
async def examine_message(request: Request[Any, Any, Any], gateway: NamedDependency[Gateway]) -> Report:
    """Report whether a message follows its schema, and how it stands to every usage rule; it is not entered."""
    kind = request.content_type[0]
    if kind != XML:
        raise Refused("media-type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"{XML}, not {kind[:40]!r}")
    actor, data = request.user, await request.body()
    return await gateway.inbox.run(len(data), lambda desk: examine(desk, data, actor, gateway.now()))


@get("/conformance", opt={"operation": "messages.read"}, summary="Show what was passed of the suite")
async def show_standing(request: Request[Any, Any, Any], gateway: NamedDependency[Gateway]) -> Standing:
    """Tell which cases of the suite the participant that asks has passed, and by which messages."""
    return _of(gateway).standing(request.user.party)


@get("/conformance/certificate", opt={"operation": "messages.read"}, summary="Certify that the suite is passed")
async def certify(request: Request[Any, Any, Any], gateway: NamedDependency[Gateway]) -> Certificate:
    """Return the certificate of the participant that asks, once it has passed every case."""
    return _of(gateway).certificate(request.user.party)


def _of(gateway: Gateway) -> Conformance:
    assert gateway.conformance is not None, "these routes exist in a sandbox alone"
    return gateway.conformance


CONFORMANCE = [examine_message, show_standing, certify]
"""Routes of conformance, of a sandbox."""
