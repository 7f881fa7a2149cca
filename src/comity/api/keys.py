"""Keys of machines: making, listing, rotating and revoking them; and who asks."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from comity.api.noting import note
from comity.api.parameters import DryRun
from comity.errors import NotFound
from comity.gateway.actor import Actor
from comity.gateway.credentials import Issued, issue, own, rotate
from comity.gateway.enrolments import Revoked
from comity.gateway.gateway import Gateway
from comity.gateway.identities import Held, Identities
from comity.gateway.notes import Deed, Note
from comity.model.instant import format_instant
from comity.wire.answers import Page
from comity.wire.identities import Key, KeyAsked, KeyIssued, KeyRevoked, Me, RotationAsked

UNION = "union"
Limit = Annotated[int, QueryParameter(ge=1, le=1_000)]
Cursor = Annotated[str, QueryParameter(pattern="^[0-9]{0,18}$")]


@get("/me", opt={"operation": "me"}, summary="Who asks")
async def who_asks(request: Request[Any, Any, Any]) -> Me:
    """Tell who asks, as the gateway knows them."""
    actor: Actor = request.user
    return Me(actor.id, actor.person, actor.party, sorted(actor.roles), sorted(actor.operations or ()))


@get("/keys", opt={"operation": "keys.read"}, summary="List keys")
async def list_keys(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], cursor: Cursor = "", limit: Limit = 100
) -> Page[Key]:
    """List the keys of the party of who asks that are not revoked; for the union and an auditor those of everybody."""
    actor: Actor = request.user
    after = int(cursor or 0)
    held = [each for each in list(gateway.identities.held.values()) if each.sequence > after and _may_see(actor, each)]
    return Page([_key(each) for each in held[:limit]], str(held[limit - 1].sequence) if len(held) > limit else "")


@get("/keys/{key_id:str}", opt={"operation": "keys.read"}, summary="Show a key")
async def show_key(request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], key_id: FromPath[str]) -> Key:
    """Show a key, never its secret."""
    return _key(_visible(key_id, request.user, gateway.identities))


@post("/keys", opt={"operation": "keys.create"}, status_code=HTTPStatus.CREATED, summary="Make a key")
async def make_key(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    data: JSONBody[KeyAsked],
    dry_run: DryRun = False,
) -> KeyIssued:
    """Make a key for a machine; it answers to the person who asks, and may do at most what they may."""
    actor: Actor = request.user
    identities = gateway.identities
    return await _issue(
        gateway, request, lambda: (issue(data, actor, identities, gateway.now()), None), dry_run=dry_run
    )


@post(
    "/keys/{key_id:str}/rotation",
    opt={"operation": "keys.rotate"},
    status_code=HTTPStatus.CREATED,
    summary="Replace a key",
)
async def rotate_key(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    key_id: FromPath[str],
    data: JSONBody[RotationAsked],
    dry_run: DryRun = False,
) -> KeyIssued:
    """Make a key of the same scope in place of one, which stays good for `overlap_s` seconds more."""
    actor: Actor = request.user
    identities = gateway.identities
    return await _issue(
        gateway, request, lambda: rotate(key_id, data, actor, identities, gateway.now()), dry_run=dry_run
    )


@delete("/keys/{key_id:str}", opt={"operation": "keys.revoke"}, status_code=HTTPStatus.OK, summary="Revoke a key")
async def revoke_key(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    key_id: FromPath[str],
    dry_run: DryRun = False,
) -> KeyRevoked:
    """Make a key worth nothing, at once: one's own, or as an operator of the union anybody's."""
    actor: Actor = request.user

    def make() -> list[Note]:
        held = gateway.identities.held.get(key_id)
        if "union-operator" not in actor.roles:
            held = own(key_id, actor, gateway.identities)
        if held is None:
            raise NotFound(f"no key {key_id!r}")
        deed = Deed(actor.id, "keys.revoke", about=held.note.party, before=key_id)
        return [Revoked(key_id, actor.id), *([deed] if held.note.person != actor.person else [])]

    if dry_run:
        make()
        return KeyRevoked(key_id, 0, dry_run=True)
    sequence, _ = await note(gateway, request, actor, make)
    return KeyRevoked(key_id, sequence)


async def _issue(
    gateway: Gateway,
    request: Request[Any, Any, Any],
    attempt: Callable[[], tuple[Issued, Revoked | None]],
    *,
    dry_run: bool,
) -> KeyIssued:
    if dry_run:
        issued, _ = attempt()
        return KeyIssued(_key(Held(issued.note, 0, issued.note.expires)), dry_run=True)
    made: list[Issued] = []

    def make() -> list[Note]:
        issued, ended = attempt()
        made.append(issued)
        return [issued.note, *([ended] if ended else [])]

    sequence, _ = await note(gateway, request, request.user, make)
    held = gateway.identities.made_at(sequence)
    if held is None:
        raise NotFound("the key that was made has been revoked since")
    return KeyIssued(_key(held), made[0].secret if made else "")


def _visible(key_id: str, actor: Actor, identities: Identities) -> Held:
    held = identities.held.get(key_id)
    if held is None or not _may_see(actor, held):
        raise NotFound(f"no key {key_id!r}")
    return held


def _may_see(actor: Actor, held: Held) -> bool:
    return actor.party in {held.note.party, UNION} or "auditor" in actor.roles


def _key(held: Held) -> Key:
    note = held.note
    return Key(
        note.id,
        note.kind,
        note.person,
        note.party,
        list(note.roles),
        format_instant(held.until),
        held.sequence,
        list(note.operations),
        note.label,
        note.proof if note.kind != "api-key" else "",
        note.replaces,
    )


ROUTES = [who_asks, list_keys, show_key, make_key, rotate_key, revoke_key]
