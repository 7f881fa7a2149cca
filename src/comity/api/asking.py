"""Asking: what a request for somebody's things may touch, and running what answers it elsewhere than in the loop."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from comity.api.problems import Refused
from comity.gateway.authority import may_see
from comity.gateway.positions import accounts_seen

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


async def ask(gateway: Gateway, function: Callable[[Node], Result]) -> Result:
    """Run a function in the node's thread, and wait for what it returns."""
    return await asyncio.wrap_future(gateway.writer.call(function))
