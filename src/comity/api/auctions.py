"""Auctions, the rates they decide, and what cycles and offsettings came to."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import PathParameter

from comity.api.asking import missing, seen
from comity.api.parameters import AfterSequence, Holder, Limit
from comity.engine.columns import RecordKind
from comity.gateway import results
from comity.gateway.gateway import Gateway
from comity.gateway.instructions import LIMIT_MAX
from comity.gateway.outcomes import Outcome
from comity.node.auction import AuctionTerms
from comity.wire.answers import Page
from comity.wire.auctions import Auction, Fill, Indication, Rate, Step

SEARCH_S = 5
"""Longest that an indication is sought."""

Number = Annotated[int, PathParameter(ge=1, le=(1 << 31) - 1, description="of the auction")]


@get("/auctions", opt={"operation": "auctions.read"}, summary="List auctions")
async def list_auctions(
    gateway: NamedDependency[Gateway], after: AfterSequence = 0, limit: Limit = 100
) -> Page[Auction]:
    """List the auctions that are over, with the prices they decided; everybody may know."""
    found, cursor = _outcomes(gateway, (RecordKind.CLEAR_AUCTION,), after, limit)
    return Page([results.auction(each) for each in found if not each.refused], cursor)


@get("/auctions/indication", opt={"operation": "auctions.read"}, summary="Ask what an auction would do now")
async def indicate(gateway: NamedDependency[Gateway]) -> Indication:
    """Tell at which prices the orders that stand now would be converted; nothing is promised."""
    terms = AuctionTerms(deadline_s=SEARCH_S)
    found = await asyncio.to_thread(gateway.trials.indicate, terms)
    return results.indication(found, gateway.directory)


@get("/auctions/{number:int}", opt={"operation": "auctions.read"}, summary="Find an auction")
async def find_auction(gateway: NamedDependency[Gateway], number: Number) -> Auction:
    """Tell what an auction decided."""
    return results.auction(_auction(gateway, number))


@get("/auctions/{number:int}/fills", opt={"operation": "orders.read"}, summary="List the fills of own orders")
async def list_fills(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    number: Number,
    participant: Holder = "",
) -> Page[Fill]:
    """Tell what an auction sold and bought for the orders that the sender may see."""
    accounts = seen(gateway, request, participant)
    rows = gateway.changes.fills(_auction(gateway, number).sequence)
    told = await asyncio.to_thread(results.fills, rows, accounts, gateway.directory, gateway.texts, LIMIT_MAX)
    return Page(told)


@get("/rates", opt={"operation": "auctions.read"}, summary="Read rates")
async def read_rates(gateway: NamedDependency[Gateway]) -> Page[Rate]:
    """Tell the rates that the last auction decided, and the official ones that it was held under."""
    last = gateway.changes.last_outcome(RecordKind.CLEAR_AUCTION)
    close = gateway.changes.last_outcome(RecordKind.CLOSE_CALL)
    decided = results.rates(last.prices, "auction", last.sequence) if last else []
    return Page([*decided, *(results.official(close) if close else [])])


@get("/cycles", opt={"operation": "cycles.read"}, summary="List the steps of clearing cycles")
async def list_cycles(gateway: NamedDependency[Gateway], after: AfterSequence = 0, limit: Limit = 100) -> Page[Step]:
    """List what was cut, set off and paid in clearing cycles, and what was refused."""
    kinds = (RecordKind.CUT, RecordKind.DISCHARGE, RecordKind.PAY_OBLIGATIONS)
    found, cursor = _outcomes(gateway, kinds, after, limit)
    return Page([results.step(each, gateway.directory) for each in found], cursor)


@get("/offsettings", opt={"operation": "cycles.read"}, summary="List offsettings")
async def list_offsettings(
    gateway: NamedDependency[Gateway], after: AfterSequence = 0, limit: Limit = 100
) -> Page[Step]:
    """List what was proposed to settle together, by whom, and what came of it."""
    found, cursor = _outcomes(gateway, (RecordKind.SETTLE_TOGETHER,), after, limit)
    return Page([results.step(each, gateway.directory) for each in found], cursor)


def _outcomes(gateway: Gateway, kinds: tuple[RecordKind, ...], after: int, limit: int) -> tuple[list[Outcome], str]:
    found = gateway.changes.outcomes(kinds, after, limit)
    return found, str(found[-1].sequence) if len(found) == limit else ""


def _auction(gateway: Gateway, number: int) -> Outcome:
    found = gateway.changes.auction(number)
    if found is None:
        raise missing(f"auction {number}")
    return found


ROUTES = [
    list_auctions,
    indicate,
    find_auction,
    list_fills,
    read_rates,
    list_cycles,
    list_offsettings,
]
