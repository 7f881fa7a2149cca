"""Payment versus payment: entered by its sides, found and listed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from comity.api.asking import missing
from comity.api.entering import entered
from comity.api.instructions import found, listed
from comity.api.parameters import After, DryRun, Holder, Id, InState, Limit, OfCurrency, WithId
from comity.api.problems import Refused
from comity.gateway.gateway import Gateway
from comity.gateway.pvps import pvp_batch, sides_of
from comity.wire.answers import Page
from comity.wire.instructions import Entered, Instruction, Pvp


@post("/pvp", opt={"operation": "pvp.enter"}, status_code=HTTPStatus.CREATED, summary="Enter a PvP")
async def enter_pvp(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], data: JSONBody[Pvp], dry_run: DryRun = False
) -> Response[Entered]:
    """Enter one side of a payment versus payment; it settles once the other side has entered the same."""
    party = request.user.party
    others = [side for side in sides_of(data) if side != party]
    if others:
        raise Refused("forbidden", HTTPStatus.FORBIDDEN, f"{party} cannot enter a PvP for {others[0]}: each side does")
    return await entered(gateway, request, data.id, pvp_batch(data, gateway.directory), dry_run=dry_run)


@get("/pvp", opt={"operation": "instructions.read"}, summary="List PvP legs")
async def list_pvp(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    participant: Holder = "",
    currency: OfCurrency = "",
    in_state: InState = "",
    with_id: WithId = "",
    after: After = "",
    limit: Limit = 100,
) -> Page[Instruction]:
    """List the legs of PvP that debit or credit the sender, in order of entry."""
    return await listed(
        gateway,
        request,
        "pvp",
        participant=participant,
        currency=currency,
        state=in_state,
        name=with_id,
        after=after,
        limit=limit,
    )


@get("/pvp/{name:str}", opt={"operation": "instructions.read"}, summary="Find a PvP")
async def find_pvp(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], name: Id, participant: Holder = ""
) -> Page[Instruction]:
    """Tell how the legs of a PvP stand: both once it is matched, before that the one that was entered."""
    legs = await found(gateway, request, name, participant)
    if legs[0].kind != "pvp":
        raise missing(name)
    return Page(legs)


ROUTES = [enter_pvp, list_pvp, find_pvp]
