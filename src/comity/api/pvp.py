"""Payment versus payment: entered by its sides, found and listed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from comity.api.approving import Told, propose
from comity.api.asking import missing
from comity.api.entering import entered
from comity.api.instructions import found, listed
from comity.api.parameters import After, DryRun, Holder, Id, InState, Limit, OfCurrency, WithId
from comity.api.problems import Refused
from comity.gateway.four_eyes import pvp_change
from comity.gateway.gateway import Gateway
from comity.gateway.pvps import pvp_batch, sides_of
from comity.wire.answers import Page
from comity.wire.authority import Approval, Asked
from comity.wire.instructions import Entered, Instruction, Pvp


@post(
    "/pvp",
    opt={"operation": "pvp.enter"},
    status_code=HTTPStatus.CREATED,
    responses={HTTPStatus.ACCEPTED.value: ResponseSpec(Approval, description="The other side has to approve it first")},
    summary="Enter a PvP",
)
async def enter_pvp(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], data: JSONBody[Pvp], dry_run: DryRun = False
) -> Response[Entered] | Told:
    """Enter one side of a PvP, which settles once the other side has entered the same; or both, if that approves it."""
    party, sides = request.user.party, sides_of(data)
    if party not in sides:
        raise Refused("forbidden", HTTPStatus.FORBIDDEN, f"{party} cannot enter a PvP for {sides[0]}: each side does")
    batch = pvp_batch(data, gateway.directory, party)
    if dry_run or set(sides) == {party}:
        return await entered(gateway, request, data.id, batch, dry_run=dry_run)
    quorum = gateway.memory.approvals.quorum
    return await propose(gateway, request, lambda _: pvp_change(data, party, quorum), Asked())


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
