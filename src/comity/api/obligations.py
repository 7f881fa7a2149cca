"""Obligations: entered, found and listed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from comity.api.entering import entered
from comity.api.instructions import found, listed, only
from comity.api.parameters import After, DryRun, Holder, Id, InState, Limit, OfCurrency, WithId
from comity.api.problems import Refused
from comity.gateway.gateway import Gateway
from comity.gateway.obligations import obligation_batch
from comity.wire.answers import Page
from comity.wire.instructions import Entered, Instruction, Obligation


@post(
    "/obligations",
    opt={"operation": "obligations.enter"},
    status_code=HTTPStatus.CREATED,
    summary="Enter an obligation",
)
async def enter_obligation(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    data: JSONBody[Obligation],
    dry_run: DryRun = False,
) -> Response[Entered]:
    """Enter what the sender owes, to be set off and paid in clearing cycles from its due date on."""
    party = request.user.party
    if data.debtor != party:
        raise Refused("forbidden", HTTPStatus.FORBIDDEN, f"{party} cannot owe for {data.debtor}")
    return await entered(gateway, request, data.id, obligation_batch(data, gateway.directory), dry_run=dry_run)


@get("/obligations", opt={"operation": "instructions.read"}, summary="List obligations")
async def list_obligations(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    participant: Holder = "",
    currency: OfCurrency = "",
    in_state: InState = "",
    with_id: WithId = "",
    after: After = "",
    limit: Limit = 100,
) -> Page[Instruction]:
    """List what the sender owes or is owed, in order of entry; the amount is what is still owed."""
    return await listed(
        gateway,
        request,
        "obligation",
        participant=participant,
        currency=currency,
        state=in_state,
        name=with_id,
        after=after,
        limit=limit,
    )


@get("/obligations/{name:str}", opt={"operation": "instructions.read"}, summary="Find an obligation")
async def find_obligation(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], name: Id, participant: Holder = ""
) -> Instruction:
    """Tell how an obligation stands."""
    return only(await found(gateway, request, name, participant), "obligation", name)


ROUTES = [enter_obligation, list_obligations, find_obligation]
