"""Conversion orders: entered, found, listed, amended and cancelled."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from litestar import Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from comity.api.asking import ask, missing, seen
from comity.api.entering import entered
from comity.api.instructions import cancelled, carried
from comity.api.parameters import DryRun, Holder, Id
from comity.api.problems import Refused
from comity.api.sending import command
from comity.gateway.fields import Fields
from comity.gateway.gateway import Gateway
from comity.gateway.orders import open_orders, order_batch, orders_told
from comity.model.command import Command
from comity.wire.answers import Page
from comity.wire.instructions import Amendment, Carried, Entered, Order, OrderStanding


@post("/orders", opt={"operation": "orders.enter"}, status_code=HTTPStatus.CREATED, summary="Enter an order")
async def enter_order(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], data: JSONBody[Order], dry_run: DryRun = False
) -> Response[Entered]:
    """Enter an order to convert in the next auction, or to pay somebody with what it buys."""
    party = request.user.party
    if data.participant != party:
        raise Refused("forbidden", HTTPStatus.FORBIDDEN, f"{party} cannot order for {data.participant}")
    return await entered(gateway, request, data.id, order_batch(data, gateway.directory), dry_run=dry_run)


@get("/orders", opt={"operation": "orders.read"}, summary="List orders")
async def list_orders(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], participant: Holder = ""
) -> Page[OrderStanding]:
    """List the orders that are open, or have ended since the day began, in order of entry."""
    accounts = set(seen(gateway, request, participant))
    rows = await ask(gateway, lambda node: open_orders(node, accounts))
    return Page(await asyncio.to_thread(orders_told, rows, gateway.directory, gateway.texts))


@get("/orders/{name:str}", opt={"operation": "orders.read"}, summary="Find an order")
async def find_order(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], name: Id, participant: Holder = ""
) -> OrderStanding:
    """Tell how an order stands, and what it has sold and bought."""
    return await _standing(gateway, request, name, participant)


@patch("/orders/{name:str}", opt={"operation": "orders.enter"}, summary="Amend an order")
async def amend_order(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    name: Id,
    data: JSONBody[Amendment],
    dry_run: DryRun = False,
) -> Carried:
    """Let an order sell less; any other change is a cancellation and a new order."""
    stands = await _standing(gateway, request, name)
    fields = Fields(gateway.directory)
    amount = fields.amount(data.amount, gateway.directory.exponents[stands.sell], "amount")
    fields.check()
    given = Command("amend", request.user.party, stands.sell, name, amount)
    return carried(name, *await command(gateway, request, request.user, given, dry_run=dry_run))


@delete("/orders/{name:str}", opt={"operation": "orders.enter"}, status_code=HTTPStatus.OK, summary="Cancel an order")
async def cancel_order(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], name: Id, dry_run: DryRun = False
) -> Carried:
    """Cancel an order that does not stand in the book of an auction; what it set aside is free again."""
    return await cancelled(gateway, request, name, dry_run=dry_run)


async def _standing(
    gateway: Gateway, request: Request[Any, Any, Any], name: str, participant: str = ""
) -> OrderStanding:
    owner = participant or request.user.party
    accounts = set(seen(gateway, request, owner))
    rows = await ask(gateway, lambda node: open_orders(node, accounts, (owner, name)))
    if not len(rows.columns["slot"]):
        raise missing(name)
    return (await asyncio.to_thread(orders_told, rows, gateway.directory, gateway.texts))[0]


ROUTES = [enter_order, list_orders, find_order, amend_order, cancel_order]
