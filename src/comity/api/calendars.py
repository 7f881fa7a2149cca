"""Calendars: on which dates each currency settles, and proposing others."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated, Any

from litestar import Request, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter

from comity.api.approving import Told, propose
from comity.gateway.calendars import SET, calendar_change
from comity.gateway.gateway import Gateway
from comity.model.instant import date_of
from comity.wire.answers import Page
from comity.wire.calendars import CalendarAsked, CalendarKnown

Money = Annotated[str, PathParameter(pattern="^[A-Z]{3}$", description="ISO 4217")]


@get("/calendars", opt={"operation": "calendars.read"}, summary="List calendars")
async def list_calendars(gateway: NamedDependency[Gateway]) -> Page[CalendarKnown]:
    """List what issuers have said, by currency and in order; a currency that is not listed settles every day."""

    def read() -> list[CalendarKnown]:
        said = gateway.memory.calendars.said
        notes = [note for currency in sorted(said) for _, note in said[currency]]
        return [CalendarKnown(each.currency, each.since, each.weekend, each.holidays) for each in notes]

    return Page(await asyncio.wrap_future(gateway.writer.call(lambda _: read())))


@put("/calendars/{currency:str}", opt={"operation": SET}, status_code=HTTPStatus.ACCEPTED, summary="Set a calendar")
async def set_calendar(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], currency: Money, data: JSONBody[CalendarAsked]
) -> Told:
    """Propose on which dates a currency does not settle; its issuer alone may, and another of its people approves."""
    memory = gateway.memory
    return await propose(
        gateway,
        request,
        lambda node: calendar_change(
            currency,
            data,
            request.user,
            gateway.directory,
            memory.approvals,
            memory.calendars,
            date_of(node.engine.date),
        ),
        data,
    )


ROUTES = [list_calendars, set_calendar]
