"""Quotes: what a payment across currencies costs, from a provider, until an instant."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated, Any

import numpy as np
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter

from comity.api.asking import ask
from comity.api.parameters import Code, DryRun, Id
from comity.api.problems import Refused
from comity.api.sending import act, tried
from comity.engine.columns import RecordKind
from comity.gateway.gateway import Gateway
from comity.model.reason import Reason, State
from comity.wire.answers import Page
from comity.wire.auctions import Quote, QuoteAccepted, QuoteLeg, QuoteOffer, QuoteRequest

Number = Annotated[int, PathParameter(ge=1, le=(1 << 53) - 1, description="of the quote")]


@post("/quote-requests", opt={"operation": "quotes.use"}, status_code=HTTPStatus.CREATED, summary="Ask for quotes")
async def request_quote(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], data: JSONBody[QuoteRequest]
) -> QuoteRequest:
    """Ask providers what a payment across currencies costs; kept in memory until it is answered and accepted."""
    if data.debtor != request.user.party:
        raise Refused("forbidden", HTTPStatus.FORBIDDEN, f"{request.user.party} cannot ask for {data.debtor}")
    return await ask(gateway, lambda node: gateway.quotes.request(node, data))


@get("/quote-requests", opt={"operation": "quotes.use"}, summary="List requests for quotes")
async def list_requests(request: Request[Any, Any, Any], gateway: NamedDependency[Gateway]) -> Page[QuoteRequest]:
    """List the requests that the sender could answer, and its own."""
    party = request.user.party
    return Page(await ask(gateway, lambda node: gateway.quotes.open_requests(node, party)))


@post(
    "/quote-requests/{debtor:str}/{name:str}/quotes",
    opt={"operation": "quotes.use"},
    status_code=HTTPStatus.CREATED,
    summary="Answer a request for quotes",
)
async def make_quote(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    debtor: Code,
    name: Id,
    data: JSONBody[QuoteOffer],
) -> Quote:
    """Answer a request with the amount that it leaves open, until an instant."""
    provider = request.user.party
    return await ask(gateway, lambda node: gateway.quotes.quote(node, provider, debtor, name, data))


@get("/quotes", opt={"operation": "quotes.use"}, summary="List quotes")
async def list_quotes(request: Request[Any, Any, Any], gateway: NamedDependency[Gateway]) -> Page[Quote]:
    """List the quotes that the sender may accept now."""
    party = request.user.party
    return Page(await ask(gateway, lambda node: gateway.quotes.open_quotes(node, party)))


@post(
    "/quotes/{number:int}/acceptance",
    opt={"operation": "quotes.use"},
    status_code=HTTPStatus.CREATED,
    summary="Accept a quote",
)
async def accept_quote(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], number: Number, dry_run: DryRun = False
) -> QuoteAccepted:
    """Enter both payments of a quote as one linked set; what has not settled when it expires is rejected."""
    party, quotes = request.user.party, gateway.quotes
    if dry_run:
        body = await ask(gateway, lambda node: quotes.payments(node, party, number))
        applied = (await tried(gateway, request, RecordKind.PAYMENTS, body)).applied
        return QuoteAccepted(0, [_leg("", each) for each in applied.results])
    done, _ = await act(gateway, request, request.user, lambda node, notes: quotes.accept(node, party, number, notes))
    words = await asyncio.to_thread(gateway.texts.find, [(done.sequence, row) for row in range(len(done.results))])
    return QuoteAccepted(
        done.sequence, [_leg(*each) for each in zip((each.id for each in words), done.results, strict=True)]
    )


def _leg(name: str, result: np.void) -> QuoteLeg:
    return QuoteLeg(name, State(int(result["state"])).name, Reason(int(result["reason"])).code)


ROUTES = [request_quote, list_requests, make_quote, list_quotes, accept_quote]
