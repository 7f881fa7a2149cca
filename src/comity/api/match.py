"""Matching for clients of yente: the routes that they call, outside `/v1`, on the lists of this gateway.

A large request takes seconds of a processor. Requests take turns, one question at a time, in a thread beside the one
that serves, and of each participant a few may be under way.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import PathParameter, QueryParameter

from comity.api.problems import Refused, invalid
from comity.errors import InvalidRequest
from comity.gateway import yente

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from litestar.types import Middleware

    from comity.gateway.yente import Matcher, Terms
    from comity.screening import Hit
    from comity.wire.match import MatchRequest, MatchResponse

BODY_MAX = 1 << 20
"""Bytes of a request."""
UNDER_WAY_MAX = 4
"""Requests of whoever asks that may be under way."""
_JSON = "application/json"

Threshold = Annotated[
    str,
    QueryParameter(
        max_length=yente.DECIMAL_LENGTH_MAX, description="score from which on a result is a match, 0.5 to 1"
    ),
]
Cutoff = Annotated[
    str,
    QueryParameter(max_length=yente.DECIMAL_LENGTH_MAX, description="score from which on there is a result, 0.5 to 1"),
]
Limit = Annotated[int, QueryParameter(ge=1, le=yente.LIMIT_MAX, description="results of a party at most")]
Algorithm = Annotated[str, QueryParameter(max_length=40, description="best or comity: there is one")]
DatasetPath = Annotated[str, PathParameter(max_length=200, description="a list by its name, or default: all of them")]


class Matching:
    """Answers requests one after another; used from the loop that serves.

    Parameters
    ----------
    find
        Returns the lists in force that a party sees.
    """

    def __init__(self, find: Callable[[str], Matcher]) -> None:
        self.find = find
        self._turn = asyncio.Lock()
        self._under_way: Counter[str] = Counter()

    async def answer(self, party: str, dataset: str, request: MatchRequest, terms: Terms) -> MatchResponse:
        """Answer as `yente.match`; Refused with 429 if too many requests of the party that asks are under way."""
        if self._under_way[party] >= UNDER_WAY_MAX:
            raise Refused("rate", HTTPStatus.TOO_MANY_REQUESTS, f"{UNDER_WAY_MAX} are under way")
        self._under_way[party] += 1
        try:
            return await yente.match(self.find(party), dataset, request, terms, self._in_turn)
        finally:
            self._under_way[party] -= 1

    async def _in_turn(self, work: Callable[[], list[Hit]]) -> list[Hit]:
        async with self._turn:
            return await asyncio.to_thread(work)


@post(
    "/match/{dataset:str}",
    opt={"operation": "screening.match"},
    status_code=HTTPStatus.OK,
    request_max_body_size=BODY_MAX,
    summary="Match parties against lists",
)
async def match_parties(
    request: Request[Any, Any, Any],
    matching: NamedDependency[Matching],
    dataset: DatasetPath,
    *,
    threshold: Threshold = "",
    cutoff: Cutoff = "",
    limit: Limit = yente.LIMIT,
    algorithm: Algorithm = "best",
) -> Response[bytes]:
    """Answer which listed parties those asked about may be, as yente does; nothing is kept, held or decided."""
    try:
        asked = yente.read_request(await request.body())
    except InvalidRequest as bad:
        raise _refused(bad, HTTPStatus.UNPROCESSABLE_ENTITY) from None
    try:
        terms = yente.read_terms(threshold, cutoff, limit, algorithm)
        answer = await matching.answer(request.user.party, dataset, asked, terms)
    except InvalidRequest as bad:
        raise _refused(bad, HTTPStatus.BAD_REQUEST) from None
    return Response(yente.written(answer), media_type=_JSON, headers={"x-batch-size": str(len(answer.responses))})


@get("/catalog", opt={"operation": "screening.match"}, summary="List the lists that are matched against")
async def read_catalog(request: Request[Any, Any, Any], matching: NamedDependency[Matching]) -> Response[bytes]:
    """List the lists in force with their editions and numbers of parties."""
    return Response(yente.written(yente.catalog(matching.find(request.user.party).lists)), media_type=_JSON)


def match_routes(find: Callable[[str], Matcher], middleware: Sequence[Middleware]) -> Router:
    """Return the routes.

    Parameters
    ----------
    find
        Returns the lists in force that a party sees.
    middleware
        What requests pass through: who asks, and how often.
    """
    matching = Matching(find)

    async def given() -> Matching:
        return matching

    return Router(
        "/",
        route_handlers=ROUTES,
        dependencies={"matching": Provide(given)},
        middleware=middleware,
    )


def _refused(error: InvalidRequest, status: HTTPStatus) -> Refused:
    """Say also in `detail` what is wrong: there clients of yente look."""
    return Refused("invalid", status, str(error).replace("\n", "; "), faults=invalid(error).problem.faults)


ROUTES = [match_parties, read_catalog]
"""Each names in `opt` the operation of the table of roles that it is."""
