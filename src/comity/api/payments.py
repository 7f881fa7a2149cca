"""Payments: entered, found and listed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from comity.api.entering import entered
from comity.api.instructions import found, listed, only
from comity.api.messages import erased
from comity.api.parameters import After, Code, DryRun, Holder, Id, InState, Limit, OfCurrency, WithId
from comity.api.problems import Refused
from comity.gateway.gateway import Gateway
from comity.gateway.payments import payment_batch
from comity.gateway.screening.customers import OF_PAYMENT
from comity.wire.answers import Page
from comity.wire.instructions import Entered, Instruction, Payment
from comity.wire.messages import Erased


@post("/payments", opt={"operation": "payments.enter"}, status_code=HTTPStatus.CREATED, summary="Enter a payment")
async def enter_payment(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    data: JSONBody[Payment],
    dry_run: DryRun = False,
) -> Response[Entered]:
    """Enter a payment from an account of the sender; answered once it is durable and applied."""
    party = request.user.party
    if data.debtor != party:
        raise Refused("forbidden", HTTPStatus.FORBIDDEN, f"{party} cannot pay for {data.debtor}")
    return await entered(gateway, request, data.id, payment_batch(data, gateway.directory), dry_run=dry_run)


@get("/payments", opt={"operation": "instructions.read"}, summary="List payments")
async def list_payments(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    participant: Holder = "",
    currency: OfCurrency = "",
    in_state: InState = "",
    with_id: WithId = "",
    after: After = "",
    limit: Limit = 100,
) -> Page[Instruction]:
    """List payments that debit or credit the sender, in order of entry."""
    return await listed(
        gateway,
        request,
        "payment",
        participant=participant,
        currency=currency,
        state=in_state,
        name=with_id,
        after=after,
        limit=limit,
    )


@get("/payments/{name:str}", opt={"operation": "instructions.read"}, summary="Find a payment")
async def find_payment(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], name: Id, participant: Holder = ""
) -> Instruction:
    """Tell how a payment stands, and what it waits for; `participant` is who entered it, if not the sender."""
    return only(await found(gateway, request, name, participant), "payment", name)


@delete(
    "/payments/{participant:str}/{name:str}/customers",
    opt={"operation": "messages.erase"},
    status_code=HTTPStatus.OK,
    summary="Erase the customers of a payment",
)
async def erase_customers(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], participant: Code, name: Id
) -> Erased:
    """Erase what payments that a participant entered under an id say of customers; the log keeps a hash."""
    return await erased(gateway, request.user, participant, name, OF_PAYMENT)


ROUTES = [enter_payment, list_payments, find_payment, erase_customers]
