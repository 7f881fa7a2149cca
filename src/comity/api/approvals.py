"""Approvals: what waits for whom, and what they answer; and how many people of a party have to."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Literal

from litestar import Request, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from comity.api.approving import Told, ended, propose, written
from comity.api.sending import act
from comity.errors import NotFound
from comity.gateway.four_eyes import quorum_change
from comity.gateway.gateway import Gateway
from comity.wire import authority as wire
from comity.wire.answers import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from comity.gateway.approvals import Approval
    from comity.gateway.notes import Note
    from comity.node import Node

Asking = Request[Any, Any, Any]
Limit = Annotated[int, QueryParameter(ge=1, le=200, description="so many at most")]
Cursor = Annotated[int, QueryParameter(ge=0, le=2**31, description="`next` of the page before")]
ApprovalId = FromPath[int]


@get("/approvals", opt={"operation": "approvals.read"}, summary="List approvals")
async def list_approvals(
    request: Asking,
    gateway: NamedDependency[Gateway],
    *,
    show: FromQuery[Literal["open", "all"]] = "open",
    cursor: Cursor = 0,
    limit: Limit = 50,
) -> Page[wire.Approval]:
    """List what waits for approval, or all that is remembered, oldest first: what concerns who asks."""

    def find(node: Node) -> list[Approval]:
        gateway.four_eyes.expire(node)
        known = gateway.memory.approvals.after(cursor)
        mine = (each for each in known if gateway.four_eyes.visible(request.user, each))
        wanted = (each for each in mine if show in ("all", each.state))
        return list(islice(wanted, limit + 1))

    found = await asyncio.wrap_future(gateway.writer.call(find))
    items = [written(gateway, each) for each in found[:limit]]
    return Page(items, items[-1].id if len(found) > limit else "")


@get("/approvals/{approval:int}", opt={"operation": "approvals.read"}, summary="Read an approval")
async def read_approval(request: Asking, gateway: NamedDependency[Gateway], approval: ApprovalId) -> wire.Approval:
    """Return an approval as it stands."""

    def find(node: Node) -> Approval:
        gateway.four_eyes.expire(node)
        found = gateway.memory.approvals.find(approval)
        if not gateway.four_eyes.visible(request.user, found):
            raise NotFound(f"there is no approval {approval}")
        return found

    return written(gateway, await asyncio.wrap_future(gateway.writer.call(find)))


@post(
    "/approvals/{approval:int}/approve",
    opt={"operation": "approvals.decide"},
    status_code=HTTPStatus.OK,
    summary="Approve",
)
async def approve(request: Asking, gateway: NamedDependency[Gateway], approval: ApprovalId) -> Response[wire.Approval]:
    """Approve; it is carried out, and answered once that is durable, if nobody else has to approve."""
    actor = request.user
    return await _decide(
        gateway, request, approval, lambda node, notes: gateway.four_eyes.approve(node, actor, approval, notes)
    )


@post(
    "/approvals/{approval:int}/reject",
    opt={"operation": "approvals.decide"},
    status_code=HTTPStatus.OK,
    summary="Reject",
)
async def reject(
    request: Asking, gateway: NamedDependency[Gateway], approval: ApprovalId, data: JSONBody[wire.Decision]
) -> Response[wire.Approval]:
    """Reject; one rejection ends it."""
    actor, reason = request.user, data.reason
    return await _decide(
        gateway, request, approval, lambda node, notes: gateway.four_eyes.reject(node, actor, approval, reason, notes)
    )


@post(
    "/approvals/{approval:int}/withdraw",
    opt={"operation": "approvals.withdraw"},
    status_code=HTTPStatus.OK,
    summary="Withdraw",
)
async def withdraw(request: Asking, gateway: NamedDependency[Gateway], approval: ApprovalId) -> Response[wire.Approval]:
    """Withdraw what one has asked for."""
    actor = request.user
    return await _decide(
        gateway, request, approval, lambda node, notes: gateway.four_eyes.withdraw(node, actor, approval, notes)
    )


@get("/quorum", opt={"operation": "quorums.read"}, summary="Read how many have to approve")
async def read_quorum(request: Asking, gateway: NamedDependency[Gateway]) -> wire.QuorumOf:
    """Return how many people of the party that asks have to approve what needs its consent."""
    party = request.user.party
    count = await asyncio.wrap_future(gateway.writer.call(lambda _: gateway.memory.approvals.quorum(party)))
    return wire.QuorumOf(party, count)


@put(
    "/quorum", opt={"operation": "quorums.set"}, status_code=HTTPStatus.ACCEPTED, summary="Set how many have to approve"
)
async def set_quorum(request: Asking, gateway: NamedDependency[Gateway], data: JSONBody[wire.QuorumAsked]) -> Told:
    """Propose how many people of the party have to approve from now on; as many as until now agree to it."""
    party, approvals = request.user.party, gateway.memory.approvals
    return await propose(gateway, request, lambda _: quorum_change(data.count, party, approvals.quorum(party)), data)


ROUTES = [list_approvals, read_approval, approve, reject, withdraw, read_quorum, set_quorum]


async def _decide(
    gateway: Gateway, request: Asking, number: int, perform: Callable[[Node, list[Note]], int]
) -> Response[wire.Approval]:
    _, told_before = await act(gateway, request, request.user, perform)
    found = await asyncio.wrap_future(gateway.writer.call(lambda _: gateway.memory.approvals.find(number)))
    headers = {"idempotency-replayed": "true"} if told_before else {}
    return Response(written(gateway, ended(found)), headers=headers)
