"""Signing in and out, and what people sign in with."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from comity.api.noting import note
from comity.api.oidc import Provider
from comity.api.problems import Refused
from comity.api.security import COOKIE, cookie_of
from comity.errors import NotFound
from comity.gateway.actor import Actor
from comity.gateway.authority import UNION
from comity.gateway.enrolments import Passkey, Revoked
from comity.gateway.gateway import Gateway
from comity.gateway.notes import Deed
from comity.gateway.passkeys import NotProven
from comity.gateway.sessions import id_of
from comity.gateway.sign_ins import SignIns
from comity.model.instant import format_instant
from comity.wire import identities as wire
from comity.wire.answers import Page

Asking = Request[Any, Any, Any]
FLOW_COOKIE = "__Host-comity-flow"
PUBLIC = {"operation": "sign-in"}


@post("/sign-in/passkey/options", opt=PUBLIC, status_code=HTTPStatus.OK, summary="Begin to sign in with a passkey")
async def ask_passkey(sign_ins: NamedDependency[SignIns]) -> wire.PasskeyAsking:
    """Return what a device is asked; any passkey of ours may answer."""
    _need_origin(sign_ins)
    return wire.PasskeyAsking(*sign_ins.ask_passkey())


@post("/sign-in/passkey", opt=PUBLIC, status_code=HTTPStatus.OK, summary="Sign in with a passkey")
async def answer_passkey(
    request: Asking, sign_ins: NamedDependency[SignIns], data: JSONBody[wire.PasskeyAnswer]
) -> Response[wire.Me]:
    """Sign in with what a device has signed; the answer sets the cookie of a session."""
    _need_origin(sign_ins)
    try:
        secret = await sign_ins.by_passkey(data.flow, data.credential)
    except NotProven as bad:
        raise Refused("unauthenticated", HTTPStatus.UNAUTHORIZED, str(bad)) from None
    return _begun(request, sign_ins, secret)


@post("/sign-in/password", opt=PUBLIC, status_code=HTTPStatus.OK, summary="Sign in with a password and a code")
async def answer_password(
    request: Asking,
    gateway: NamedDependency[Gateway],
    sign_ins: NamedDependency[SignIns],
    data: JSONBody[wire.PasswordAnswer],
) -> Response[wire.Me]:
    """Sign in with a password and a code of the minute; the answer sets the cookie of a session."""
    _need_origin(sign_ins)
    if data.person in gateway.identities.people:  # what else is typed there may be a password
        request.scope["tried"] = data.person  # type: ignore[typeddict-unknown-key]
    try:
        secret = await sign_ins.by_password(data.person, data.password, data.code)
    except NotProven as bad:
        raise Refused("unauthenticated", HTTPStatus.UNAUTHORIZED, str(bad)) from None
    return _begun(request, sign_ins, secret)


@get("/sign-in/oidc", opt=PUBLIC, status_code=HTTPStatus.SEE_OTHER, summary="Sign in at the provider of identities")
async def ask_provider(
    request: Asking, gateway: NamedDependency[Gateway], provider: NamedDependency[Provider | None]
) -> Response[None]:
    """Send the browser to the provider of identities, unless another site sent it here: nobody is signed in unasked."""
    if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        raise Refused("forbidden", HTTPStatus.FORBIDDEN, "signing in begins here, not on another site")
    there, flow = await _known(provider).begin(gateway.now())
    cookie = Cookie(FLOW_COOKIE, value=flow, path="/", secure=True, httponly=True, samesite="lax", max_age=300)
    return Response(None, status_code=HTTPStatus.SEE_OTHER, headers={"location": there}, cookies=[cookie])


@get("/sign-in/oidc/return", opt=PUBLIC, summary="Come back from the provider of identities")
async def answer_provider(
    request: Asking,
    gateway: NamedDependency[Gateway],
    sign_ins: NamedDependency[SignIns],
    provider: NamedDependency[Provider | None],
    code: Annotated[str, QueryParameter(max_length=2_048)] = "",
    flow: Annotated[str, QueryParameter(name="state", max_length=64)] = "",
) -> Response[wire.Me]:
    """Sign in with what the provider says; the answer sets the cookie of a session."""
    try:
        subject = await _known(provider).end(flow, code, cookie_of(request.headers, FLOW_COOKIE), gateway.now())
        secret = await sign_ins.by_subject(subject)
    except NotProven as bad:
        raise Refused("unauthenticated", HTTPStatus.UNAUTHORIZED, str(bad)) from None
    return _begun(request, sign_ins, secret)


@post("/sign-out", opt={"operation": "sign-out"}, status_code=HTTPStatus.OK, summary="Sign out")
async def sign_out(
    request: Asking,
    sign_ins: NamedDependency[SignIns],
    everywhere: FromQuery[bool] = False,
) -> Response[None]:
    """End the session of the cookie, or every session of the person."""
    sign_ins.sessions.end(cookie_of(request.headers, COOKIE))
    if everywhere:
        sign_ins.sessions.end_all(request.user.person)
    return Response(None, cookies=[_cookie("", 0)])


@get("/sessions", opt={"operation": "sessions.read"}, summary="List one's sessions")
async def list_sessions(
    request: Asking, gateway: NamedDependency[Gateway], sign_ins: NamedDependency[SignIns]
) -> Page[wire.SessionKnown]:
    """List the sessions of the person who asks, the least lately used first."""
    own = id_of(cookie_of(request.headers, COOKIE))
    return Page(
        [
            wire.SessionKnown(name, format_instant(each.began), format_instant(each.seen), own=name == own)
            for name, each in sign_ins.sessions.of(request.user.person, gateway.now())
        ]
    )


@delete("/sessions/{session:str}", opt={"operation": "sessions.end"}, summary="End a session")
async def end_session(request: Asking, sign_ins: NamedDependency[SignIns], session: FromPath[str]) -> None:
    """End a session of the person who asks."""
    if not sign_ins.sessions.end_one(request.user.person, session):
        raise NotFound(f"no session {session!r}")


@delete(
    "/people/{person:str}/sessions",
    opt={"operation": "people.sign-out"},
    status_code=HTTPStatus.OK,
    summary="Sign somebody out",
)
async def sign_person_out(
    request: Asking, gateway: NamedDependency[Gateway], sign_ins: NamedDependency[SignIns], person: FromPath[str]
) -> wire.Done:
    """End every session of somebody of the country of who asks, for an operator of the union of anybody."""
    actor: Actor = request.user

    def make() -> list[Deed]:
        known = gateway.identities.people.get(person)
        if known is None or actor.party not in {UNION, known.party, gateway.directory.home.get(known.party)}:
            raise NotFound(f"nobody is called {person!r}")
        return [Deed(actor.id, "people.sign-out", about=known.party, before=person)]

    sequence, _ = await note(gateway, request, actor, make)
    sign_ins.sessions.end_all(person)
    return wire.Done(sequence)


@get("/passkeys", opt={"operation": "passkeys.read"}, summary="List passkeys")
async def list_passkeys(request: Asking, gateway: NamedDependency[Gateway]) -> Page[wire.PasskeyKnown]:
    """List the passkeys of the person who asks."""
    return Page([_passkey(each) for each in gateway.identities.passkeys_of(request.user.person)])


@post("/passkeys/options", opt={"operation": "passkeys.manage"}, status_code=HTTPStatus.OK, summary="Begin a passkey")
async def ask_new_passkey(
    request: Asking, gateway: NamedDependency[Gateway], sign_ins: NamedDependency[SignIns]
) -> wire.PasskeyAsking:
    """Return what a device is asked to make a passkey for the person who asks."""
    _need_origin(sign_ins)
    return wire.PasskeyAsking(*sign_ins.ask_new_passkey(_whole(request.user, gateway)))


@post("/passkeys", opt={"operation": "passkeys.manage"}, status_code=HTTPStatus.CREATED, summary="Take in a passkey")
async def make_passkey(
    request: Asking,
    gateway: NamedDependency[Gateway],
    sign_ins: NamedDependency[SignIns],
    data: JSONBody[wire.PasskeyAnswer],
) -> wire.PasskeyKnown:
    """Take in the passkey that a device has made; the person signs in with it from now on."""
    person = _whole(request.user, gateway)
    made: list[Passkey] = []

    def make() -> list[Passkey]:
        made.append(sign_ins.new_passkey(person, data.flow, data.credential, data.label))
        return made

    try:
        sequence, _ = await note(gateway, request, request.user, make)
    except NotProven as bad:
        raise Refused("invalid", HTTPStatus.BAD_REQUEST, str(bad)) from None
    if not made:
        raise Refused("key-reused", HTTPStatus.UNPROCESSABLE_ENTITY, "the passkey was taken in before: list them")
    return wire.PasskeyKnown(made[0].id, made[0].label, sequence)


@delete(
    "/passkeys/{passkey:str}",
    opt={"operation": "passkeys.manage"},
    status_code=HTTPStatus.OK,
    summary="Revoke a passkey",
)
async def revoke_passkey(
    request: Asking, gateway: NamedDependency[Gateway], sign_ins: NamedDependency[SignIns], passkey: FromPath[str]
) -> wire.Done:
    """Make a passkey worth nothing, and end the person's sessions."""
    actor: Actor = request.user

    def make() -> list[Revoked]:
        if passkey not in {each.id for each in gateway.identities.passkeys_of(actor.person)}:
            raise NotFound(f"no passkey {passkey!r}")
        return [Revoked(passkey, actor.id)]

    sequence, _ = await note(gateway, request, actor, make)
    sign_ins.sessions.end_all(actor.person)
    return wire.Done(sequence)


@post("/password/options", opt={"operation": "password.set"}, status_code=HTTPStatus.OK, summary="Begin a password")
async def ask_new_code(
    request: Asking, gateway: NamedDependency[Gateway], sign_ins: NamedDependency[SignIns]
) -> wire.CodeAsking:
    """Return a new secret for codes of the minute; it counts once a password is set with a code of it."""
    return wire.CodeAsking(*sign_ins.ask_new_code(_whole(request.user, gateway)))


@post("/password", opt={"operation": "password.set"}, status_code=HTTPStatus.OK, summary="Set a password")
async def set_password(
    request: Asking,
    gateway: NamedDependency[Gateway],
    sign_ins: NamedDependency[SignIns],
    data: JSONBody[wire.PasswordAsked],
) -> wire.Done:
    """Set the password and the secret for codes of the person who asks, and end their sessions."""
    person = _whole(request.user, gateway)
    try:
        sealed = await sign_ins.new_password(person, data.flow, data.password, data.code)
    except NotProven as bad:
        raise Refused("invalid", HTTPStatus.BAD_REQUEST, str(bad)) from None
    sequence, _ = await note(gateway, request, request.user, lambda: [sealed])
    sign_ins.sessions.end_all(person)
    return wire.Done(sequence)


ROUTES = [
    ask_passkey,
    answer_passkey,
    answer_password,
    ask_provider,
    answer_provider,
    sign_out,
    list_sessions,
    end_session,
    sign_person_out,
    list_passkeys,
    ask_new_passkey,
    make_passkey,
    revoke_passkey,
    ask_new_code,
    set_password,
]


def _begun(request: Asking, sign_ins: SignIns, secret: str) -> Response[wire.Me]:
    sign_ins.sessions.end(cookie_of(request.headers, COOKIE))  # who signs in again goes on in the new one alone
    actor = sign_ins.signed_in(secret)
    if actor is None:
        raise Refused("unauthenticated", HTTPStatus.UNAUTHORIZED)
    me = wire.Me(actor.id, actor.person, actor.party, sorted(actor.roles))
    return Response(me, cookies=[_cookie(secret, sign_ins.terms.session_s)])


def _cookie(secret: str, age_s: int) -> Cookie:
    return Cookie(COOKIE, value=secret, path="/", secure=True, httponly=True, samesite="strict", max_age=age_s)


def _whole(actor: Actor, gateway: Gateway) -> str:
    """Return the person who asks, if they ask with all that they are: no key of less may make what is worth more."""
    person = gateway.identities.person(actor.person)
    if person is None or actor.operations is not None or actor.roles != person.roles:
        raise Refused("forbidden", HTTPStatus.FORBIDDEN, "this is not for a key of less than its person may do")
    return actor.person


def _need_origin(sign_ins: SignIns) -> None:
    if not sign_ins.origin:
        raise Refused("not-found", HTTPStatus.NOT_FOUND, "people sign in where the settings name an origin")


def _known(provider: Provider | None) -> Provider:
    if provider is None:
        raise Refused("not-found", HTTPStatus.NOT_FOUND, "the settings name no provider of identities")
    return provider


def _passkey(passkey: Passkey) -> wire.PasskeyKnown:
    return wire.PasskeyKnown(passkey.id, passkey.label)
