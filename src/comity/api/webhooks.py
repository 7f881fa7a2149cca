"""Webhooks: register, rotate, replay, remove, and see what was delivered."""

from __future__ import annotations

import base64
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from comity.api.parameters import DryRun
from comity.api.problems import Refused
from comity.api.sending import act
from comity.engine.columns import RecordKind
from comity.gateway.delivery import ATTEMPTS_MAX
from comity.gateway.destinations import parse_url, resolve
from comity.gateway.gateway import Gateway
from comity.gateway.notes import Note, WebhookAdded, WebhookRemoved, WebhookReplayed, WebhookRotated, pack_notes
from comity.gateway.webhooks import Webhook
from comity.model.instant import format_instant
from comity.node import Node
from comity.wire.answers import Page
from comity.wire.webhooks import DeliveryTried, ReplayWanted, Rotation, WebhookShown, WebhookWanted

Limit = Annotated[int, QueryParameter(ge=1, le=1_000)]
Before = Annotated[int, QueryParameter(ge=1, le=1 << 60)]
_READ, _CHANGE = {"operation": "webhooks.read"}, {"operation": "webhooks.change"}


@post("/webhooks", opt=_CHANGE, status_code=HTTPStatus.CREATED, summary="Have events sent to an address")
async def add_webhook(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    data: JSONBody[WebhookWanted],
    dry_run: DryRun = False,
) -> Response[WebhookShown]:
    """Register an address; events that follow are sent there. The answer has its secret."""
    actor = request.user
    rules = gateway.delivery.rules
    await resolve(parse_url(data.url, rules), rules)
    note = WebhookAdded(actor.id, actor.party, sorted(actor.roles), data.url, data.signature)
    if dry_run:
        gateway.memory.webhooks.check_room(actor.party)
        return Response(WebhookShown("", data.url, data.signature, "active", "", dry_run=True))
    done, told_before = await act(
        gateway, request, actor, _noting(gateway, note, lambda: gateway.memory.webhooks.check_room(actor.party))
    )
    return _answer(gateway, actor.party, str(done.sequence), told_before=told_before, secret=True)


@get("/webhooks", opt=_READ, summary="Webhooks")
async def list_webhooks(request: Request[Any, Any, Any], gateway: NamedDependency[Gateway]) -> Page[WebhookShown]:
    """Return the webhooks of the party."""
    return Page([_shown(gateway, each) for each in gateway.memory.webhooks.of(request.user.party)])


@get("/webhooks/{webhook:str}", opt=_READ, summary="A webhook")
async def read_webhook(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], webhook: FromPath[str]
) -> WebhookShown:
    """Return a webhook, and how far it was sent to."""
    return _shown(gateway, gateway.memory.webhooks.find(request.user.party, webhook))


@delete("/webhooks/{webhook:str}", opt=_CHANGE, status_code=HTTPStatus.OK, summary="Remove a webhook")
async def remove_webhook(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    webhook: FromPath[str],
    dry_run: DryRun = False,
) -> Response[WebhookShown]:
    """Send nothing more to an address."""
    hooks, party = gateway.memory.webhooks, request.user.party
    if dry_run:
        return Response(_removed(hooks.find(party, webhook)))
    perform = _noting(gateway, WebhookRemoved(webhook), _find(request, gateway, webhook))
    _, told_before = await act(gateway, request, request.user, perform)
    headers = {"idempotency-replayed": "true"} if told_before else {}
    return Response(_removed(hooks.removed(party, webhook)), headers=headers)


@post("/webhooks/{webhook:str}/rotate", opt=_CHANGE, status_code=HTTPStatus.OK, summary="Replace a webhook's secret")
async def rotate_secret(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    webhook: FromPath[str],
    data: JSONBody[Rotation],
    dry_run: DryRun = False,
) -> Response[WebhookShown]:
    """Give a webhook its next secret; for a while messages are signed with both."""
    known = gateway.memory.webhooks.find(request.user.party, webhook)
    if known.signature != "hmac":
        raise Refused("conflict", HTTPStatus.CONFLICT, "it has no secret: the gateway's key signs")
    if dry_run:
        return Response(_shown(gateway, known))

    def rotated() -> Note:
        return WebhookRotated(webhook, gateway.writer.now() + data.overlap_s * 1_000_000)

    perform = _noting(gateway, rotated, _find(request, gateway, webhook))
    _, told_before = await act(gateway, request, request.user, perform)
    return _answer(gateway, request.user.party, webhook, told_before=told_before, secret=True)


@post("/webhooks/{webhook:str}/replay", opt=_CHANGE, status_code=HTTPStatus.ACCEPTED, summary="Send events again")
async def replay_events(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    webhook: FromPath[str],
    data: JSONBody[ReplayWanted],
    dry_run: DryRun = False,
) -> Response[WebhookShown]:
    """Send the events of some records again, before anything else; a webhook that had stopped goes on."""
    if not data.first <= data.last <= gateway.feed.through:
        raise Refused("invalid", HTTPStatus.BAD_REQUEST, f"first and last are records up to {gateway.feed.through}")
    note = WebhookReplayed(webhook, data.first, data.last)
    return await _go_on(request, gateway, webhook, note, dry_run=dry_run)


@post("/webhooks/{webhook:str}/resume", opt=_CHANGE, status_code=HTTPStatus.ACCEPTED, summary="Let a webhook go on")
async def resume_webhook(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    webhook: FromPath[str],
    dry_run: DryRun = False,
) -> Response[WebhookShown]:
    """Try at once what failed, also if the webhook had stopped."""
    return await _go_on(request, gateway, webhook, WebhookReplayed(webhook), dry_run=dry_run)


@get("/webhooks/{webhook:str}/deliveries", opt=_READ, summary="What was delivered to a webhook")
async def list_deliveries(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    webhook: FromPath[str],
    before: Before = 1 << 60,
    limit: Limit = 100,
) -> Page[DeliveryTried]:
    """Return the latest attempts, the latest first; `before` is the cursor."""
    known = gateway.memory.webhooks.find(request.user.party, webhook)
    tried = gateway.delivery.outbox.attempts(known.id, before, limit)
    shown = [
        DeliveryTried(format_instant(each.instant), each.message, each.events, each.attempt, each.status, each.outcome)
        for each in tried
    ]
    return Page(shown, str(tried[-1].number) if len(tried) == limit else "")


WEBHOOKS = [
    add_webhook,
    list_webhooks,
    read_webhook,
    remove_webhook,
    rotate_secret,
    replay_events,
    resume_webhook,
    list_deliveries,
]
"""Routes of webhooks."""


async def _go_on(
    request: Request[Any, Any, Any], gateway: Gateway, webhook: str, note: WebhookReplayed, *, dry_run: bool
) -> Response[WebhookShown]:
    known = gateway.memory.webhooks.find(request.user.party, webhook)
    if dry_run:
        return Response(_shown(gateway, known))
    perform = _noting(gateway, note, _find(request, gateway, webhook))
    _, told_before = await act(gateway, request, request.user, perform)
    return _answer(gateway, request.user.party, webhook, told_before=told_before)


def _find(request: Request[Any, Any, Any], gateway: Gateway, webhook: str) -> Callable[[], object]:
    """Look again once nothing else can change it: somebody may have removed it meanwhile."""
    return lambda: gateway.memory.webhooks.find(request.user.party, webhook)


def _noting(
    gateway: Gateway, note: Note | Callable[[], Note], check: Callable[[], object]
) -> Callable[[Node, list[Note]], int]:
    """Return what writes a note, which may be made there, if a check raises nothing."""

    def perform(node: Node, notes: list[Note]) -> int:
        check()
        noted = note() if callable(note) else note
        ticket = node.submit(RecordKind.TICK, gateway.writer.now(), b"", 0, pack_notes([noted, *notes]))
        ticket.result()
        return ticket.sequence

    return perform


def _answer(
    gateway: Gateway, party: str, webhook: str, *, told_before: bool, secret: bool = False
) -> Response[WebhookShown]:
    shown = _shown(gateway, gateway.memory.webhooks.find(party, webhook), secret=secret)
    return Response(shown, headers={"idempotency-replayed": "true"} if told_before else {})


def _removed(webhook: Webhook) -> WebhookShown:
    """Tell of a webhook that there is no more: the same however often it is asked."""
    by_key = webhook.signature == "ed25519"
    return WebhookShown(webhook.id, webhook.url, "ed25519" if by_key else "hmac", "removed", "")


def _shown(gateway: Gateway, webhook: Webhook, *, secret: bool = False) -> WebhookShown:
    place = gateway.delivery.outbox.place(webhook.id, str(webhook.since))
    stopped = place.failures >= ATTEMPTS_MAX and place.resumed >= webhook.resumed
    by_key = webhook.signature == "ed25519"
    return WebhookShown(
        webhook.id,
        webhook.url,
        "ed25519" if by_key else "hmac",
        "stopped" if stopped else "failing" if place.failures else "active",
        place.cursor,
        place.failures,
        format_instant(place.due) if place.due and not stopped else "",
        webhook.generation,
        "whpk_" + base64.b64encode(gateway.signer.public).decode() if by_key else "",
        "whsec_" + base64.b64encode(webhook.secret(gateway.signer)).decode() if secret and not by_key else "",
    )
