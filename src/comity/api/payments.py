"""Payments: entering one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from comity.api.problems import Refused
from comity.api.sending import enter
from comity.gateway.gateway import Gateway
from comity.gateway.payments import payment_batch
from comity.model.reason import Reason, State
from comity.wire.common import Why
from comity.wire.instructions import Entered, Payment


@post("/payments", opt={"operation": "payments.enter"}, status_code=HTTPStatus.CREATED, summary="Enter a payment")
async def enter_payment(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], data: JSONBody[Payment]
) -> Response[Entered]:
    """Enter a payment from an account of the sender; answered once it is durable and applied."""
    actor = request.user
    if data.debtor != actor.party:
        raise Refused("forbidden", HTTPStatus.FORBIDDEN, f"{actor.party} cannot pay for {data.debtor}")
    entered, told_before = await enter(gateway, request, actor, payment_batch(data, gateway.directory))
    result = entered.results[0]
    state, reason = State(int(result["state"])), Reason(int(result["reason"]))
    why = Why(reason.code, reason.name) if reason else None
    told = Entered(data.id, state.name, entered.sequence, entered.first, why, bool(result["repeated"]))
    headers = {"idempotency-replayed": "true"} if told_before else {}
    return Response(told, headers=headers)
