"""People: listing them, and proposing that somebody be known, or known otherwise."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated, Any

from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter

from comity.api.approving import Told, propose
from comity.gateway.actor import Actor
from comity.gateway.authority import sees_all
from comity.gateway.gateway import Gateway
from comity.gateway.people import enrolment, sign_in_end
from comity.wire.answers import Page
from comity.wire.authority import Asked
from comity.wire.identities import PersonAsked, PersonKnown

Name = Annotated[str, PathParameter(max_length=35, description="name of a person")]


@get("/people", opt={"operation": "people.read"}, summary="List people")
async def list_people(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    *,
    cursor: Annotated[str, QueryParameter(max_length=35)] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=1_000)] = 100,
) -> Page[PersonKnown]:
    """List people by name: those of the country of who asks; for the union and an auditor everybody."""
    actor: Actor = request.user

    def find() -> list[PersonKnown]:
        people = gateway.identities.people
        names = sorted(name for name in people if name > cursor and _may_see(actor, people[name].party, gateway))
        wanted = [people[name] for name in names[: limit + 1]]
        return [PersonKnown(each.name, each.party, list(each.roles), each.subject) for each in wanted]

    found = await asyncio.wrap_future(gateway.writer.call(lambda _: find()))
    return Page(found[:limit], found[limit - 1].name if len(found) > limit else "")


@post("/people", opt={"operation": "people.enrol"}, status_code=HTTPStatus.ACCEPTED, summary="Enrol a person")
async def enrol_person(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], data: JSONBody[PersonAsked]
) -> Told:
    """Propose that a person be known, with these roles and no others; another person has to approve it."""
    actor: Actor = request.user
    identities, approvals = gateway.identities, gateway.memory.approvals
    return await propose(
        gateway,
        request,
        lambda _: enrolment(data, actor, identities, gateway.directory, approvals, gateway.writer.now()),
        data,
    )


@delete(
    "/people/{name:str}/sign-in",
    opt={"operation": "people.sign-in"},
    status_code=HTTPStatus.ACCEPTED,
    summary="End what a person signs in with",
)
async def end_sign_in(request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], name: Name) -> Told:
    """Propose that a person be signed out everywhere, and their passkeys, password and codes be worth nothing."""
    identities, approvals = gateway.identities, gateway.memory.approvals
    return await propose(
        gateway, request, lambda _: sign_in_end(name, request.user, identities, gateway.directory, approvals), Asked()
    )


def _may_see(actor: Actor, party: str, gateway: Gateway) -> bool:
    return sees_all(actor) or party == actor.party or gateway.directory.home.get(party) == actor.party


ROUTES = [list_people, enrol_person, end_sign_in]
