"""Batches of payments: lines of JSON, or columns of Arrow."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import numpy as np
from litestar import Request, Response, post
from litestar.di import NamedDependency

from comity.api.parameters import DryRun
from comity.api.problems import Refused
from comity.api.sending import enter
from comity.errors import FAULTS_MAX
from comity.gateway.bulk import ARROW, NDJSON, Bulk, TooMany, as_arrow, as_lines
from comity.gateway.gateway import Gateway
from comity.gateway.writer import ROWS_MAX
from comity.wire.answers import Fault


@post(
    "/payments/batch",
    opt={"operation": "payments.enter"},
    status_code=HTTPStatus.CREATED,
    summary="Enter payments in a batch",
)
async def enter_payments(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], dry_run: DryRun = False
) -> Response[bytes]:
    """Enter payments from accounts of the sender in one record: all are read, or none enters.

    Lines of JSON, each as a payment alone, or a stream of Arrow with columns of the same names; answered row by
    row in kind.
    """
    kind = request.content_type[0]
    if kind not in (NDJSON, ARROW):
        raise Refused("media-type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"{NDJSON} or {ARROW}, not {kind[:40]!r}")
    body = await request.body()
    try:
        bulk = await asyncio.to_thread(gateway.bulk.read, kind, body)
    except TooMany:
        raise Refused("too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"up to {ROWS_MAX} payments") from None
    _check_owner(bulk, request.user.party, gateway)
    done, told_before = await enter(gateway, request, request.user, bulk.batch, dry_run=dry_run)
    if kind == NDJSON:
        content = await asyncio.to_thread(as_lines, bulk.ids, done, dry_run=dry_run)
    else:
        content = await asyncio.to_thread(as_arrow, bulk.ids, done)
    headers = {"idempotency-replayed": "true"} if told_before else {}
    return Response(content, media_type=kind, headers=headers)


def _check_owner(bulk: Bulk, party: str, gateway: Gateway) -> None:
    """Refuse a batch in which somebody else pays."""
    directory = gateway.directory
    own = [index for (owner, _), index in directory.accounts.items() if owner == party]
    foreign = np.flatnonzero(~np.isin(bulk.debtors, own))[:FAULTS_MAX].tolist()
    if foreign:
        faults = tuple(Fault(f"/{row}/debtor", party, directory.owner[int(bulk.debtors[row])]) for row in foreign)
        raise Refused("forbidden", HTTPStatus.FORBIDDEN, f"{party} cannot pay for others", faults=faults)


ROUTES = [enter_payments]
