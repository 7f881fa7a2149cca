"""Asking: what a request for somebody's things may touch, and running what answers it elsewhere than in the loop."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from comity.api.problems import Refused, invalid
from comity.errors import InvalidRequest
from comity.gateway.authority import may_see
from comity.gateway.positions import accounts_seen
from comity.model.instant import days_of, parse_date

if TYPE_CHECKING:
    from collections.abc import Callable

    from litestar import Request

    from comity.gateway.gateway import Gateway
    from comity.node import Node

Result = TypeVar("Result")


def seen(gateway: Gateway, request: Request[Any, Any, Any], participant: str = "", currency: str = "") -> list[int]:
    """Return the accounts that who asks may see, of one participant and in one currency if they are named.

    Raises
    ------
    Refused
        The participant is not in the union, or not theirs to see: both are the same to whoever asks.
    """
    directory = gateway.directory
    if participant and (participant not in directory.home or not may_see(request.user, participant, directory)):
        raise missing(participant)
    if currency and currency not in directory.exponents:
        raise missing(currency)
    return accounts_seen(request.user, directory, participant, currency)


def missing(what: str) -> Refused:
    """Return the answer for what is not there or not theirs."""
    return Refused("not-found", HTTPStatus.NOT_FOUND, f"no {what!r} that you may see")


def date_of(text: str) -> int:
    """Read a business date that is asked for, days since 1970-01-01; Refused if it is none."""
    try:
        return days_of(parse_date(text))
    except InvalidRequest as bad:
        raise invalid(InvalidRequest(fault.at("", 0, "date") for fault in bad.faults)) from None


async def ask(gateway: Gateway, function: Callable[[Node], Result]) -> Result:
    """Run a function in the node's thread, and wait for what it returns."""
    return await asyncio.wrap_future(gateway.writer.call(function))
