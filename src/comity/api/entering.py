"""Entering: one instruction, and the answer to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Response

from comity.api.sending import enter
from comity.gateway.instructions import why
from comity.model.reason import State
from comity.wire.instructions import Entered

if TYPE_CHECKING:
    from litestar import Request

    from comity.gateway import writer
    from comity.gateway.batch import Batch
    from comity.gateway.gateway import Gateway


async def entered(
    gateway: Gateway, request: Request[Any, Any, Any], name: str, batch: Batch, *, dry_run: bool
) -> Response[Entered]:
    """Hand in one instruction, and tell what became of it."""
    done, told_before = await enter(gateway, request, request.user, batch, dry_run=dry_run)
    answer = told(name, done, dry_run=dry_run)
    return Response(answer, headers={"idempotency-replayed": "true"} if told_before else {})


def told(name: str, done: writer.Entered, *, dry_run: bool = False) -> Entered:
    """Tell what became of one instruction."""
    result = done.results[0]
    return Entered(
        name,
        State(int(result["state"])).name,
        done.sequence,
        done.first,
        why(int(result["reason"])),
        repeated=bool(result["repeated"]),
        dry_run=dry_run,
    )
