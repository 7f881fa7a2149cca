"""The audit, and the noting of reads of what is not the reader's own."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from comity.api.parameters import query_of
from comity.api.problems import Refused
from comity.gateway.authority import AUDITOR, MEMBER_ROLES, OPEN_READS, OWN_READS, UNION
from comity.gateway.gateway import Gateway
from comity.gateway.notes import Deed
from comity.model.instant import format_instant
from comity.wire import authority as wire
from comity.wire.answers import Fault, Page

if TYPE_CHECKING:
    from litestar.types import Scope

    from comity.gateway.actor import Actor

REASON_HEADER = "comity-reason"
REASON_LENGTH_MAX, ABOUT_LENGTH_MAX = 200, 1_000


@get("/audit", opt={"operation": "audit.read"}, summary="List what the privileged did")
async def read_audit(
    gateway: NamedDependency[Gateway],
    *,
    cursor: FromQuery[str] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 100,
) -> Page[wire.Deed]:
    """List deeds in the order of the log: acts of the privileged, and reads of what is not the reader's own."""
    sequence, place = _place(cursor)
    found = gateway.audit.after(sequence, place, limit + 1)
    items = [
        wire.Deed(
            each.sequence,
            format_instant(each.instant),
            each.deed.actor,
            each.deed.operation,
            each.deed.about,
            each.deed.before,
            each.deed.after,
            each.deed.reason,
            each.deed.approved_by,
        )
        for each in found[:limit]
    ]
    last = found[limit - 1] if len(found) > limit else None
    return Page(items, f"{last.sequence}.{last.place}" if last else "")


ROUTES = [read_audit]


async def watch(gateway: Gateway, scope: Scope, actor: Actor, operation: str) -> None:
    """Note a read of what is not the reader's own, before it is answered; others pass.

    Raises
    ------
    Refused
        It needs a reason and has none, or cannot be noted whole.
    """
    if scope.get("method", "GET") not in {"GET", "HEAD"} or query_of(scope).get("participant") == actor.party:
        return
    query = scope["query_string"].decode("latin-1")
    await watch_asked(gateway, scope, actor, operation, scope["path"] + (f"?{query}" if query else ""))


async def watch_asked(gateway: Gateway, scope: Scope, actor: Actor, operation: str, about: str) -> None:
    """Do what `watch` does for a read that a request asks for otherwise, described by `about`."""
    if operation in OPEN_READS or not _sees_others(actor):
        return
    if operation in OWN_READS and AUDITOR not in actor.roles:
        return
    if len(about) > ABOUT_LENGTH_MAX:
        raise Refused("invalid", HTTPStatus.BAD_REQUEST, f"noted whole, a path and query has up to {ABOUT_LENGTH_MAX}")
    deed = Deed(actor.id, operation, about, reason=_reason(scope))
    await asyncio.wrap_future(gateway.watch.note(deed))


def _sees_others(actor: Actor) -> bool:
    return AUDITOR in actor.roles or actor.party == UNION or not actor.roles.isdisjoint(MEMBER_ROLES)


def _reason(scope: Scope) -> str:
    given = next((value for name, value in scope["headers"] if name == REASON_HEADER.encode()), b"")
    reason = given.decode("utf-8", "replace").strip()
    if not reason or len(reason) > REASON_LENGTH_MAX or not reason.isprintable():
        expected = f"why, in 1 to {REASON_LENGTH_MAX} printable characters: this is not yours"
        raise Refused("invalid", HTTPStatus.BAD_REQUEST, faults=(Fault(REASON_HEADER, expected, repr(reason[:40])),))
    return reason


def _place(cursor: str) -> tuple[int, int]:
    """Read a cursor: the deed after which to go on."""
    if not cursor:
        return 0, -1
    sequence, _, place = cursor.partition(".")
    if not (cursor.isascii() and sequence.isdecimal() and place.isdecimal() and len(cursor) <= 20):  # noqa: PLR2004 - two numbers
        fault = Fault("cursor", "`next` of the page before", repr(cursor[:40]))
        raise Refused("invalid", HTTPStatus.BAD_REQUEST, faults=(fault,))
    return int(sequence), int(place)
