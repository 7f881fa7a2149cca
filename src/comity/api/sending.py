"""Sending: from a request that changes something to the answer that it has.

An answer is given once the record is durable and applied. If that takes longer than the
sender waits, the answer is that the outcome is unknown; it can be had by id, or by
sending the same again under the same key.
"""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from msgspec import structs

from comity.api.problems import Refused
from comity.engine.columns import RecordKind
from comity.errors import InvalidRequest
from comity.gateway.idempotency import Begun, Sent, fingerprint_of
from comity.gateway.notes import Keyed, pack_notes
from comity.gateway.screening.customers import check_named, entered_of_customers, screened
from comity.gateway.writer import Entered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from litestar import Request

    from comity.gateway.actor import Actor
    from comity.gateway.batch import Batch
    from comity.gateway.changes import Done
    from comity.gateway.gateway import Gateway
    from comity.gateway.notes import Note
    from comity.gateway.trials import Tried
    from comity.model.command import Command
    from comity.node import Node

KEY_HEADER, DEADLINE_HEADER = "idempotency-key", "comity-deadline-ms"
KEY_LENGTH_MAX = 64
DEADLINE_MS, DEADLINE_MS_MAX = 10_000, 60_000

Result = TypeVar("Result")


class Terms(NamedTuple):
    """On what terms a request changes something."""

    key: str
    """Idempotency key, empty for none."""
    fingerprint: str
    """Hash of what is asked, if there is a key."""
    deadline_s: float
    """So long the sender waits."""


async def enter(
    gateway: Gateway, request: Request[Any, Any, Any], actor: Actor, batch: Batch, *, dry_run: bool = False
) -> tuple[Entered, bool]:
    """Hand in a batch; what became of it, and whether that was told before.

    In a dry run nothing is appended and no key is used up; the sequence told is 0.

    Raises
    ------
    Refused
        The key is in use, or the time that the sender waits is over.
    """
    if dry_run:
        patience_s = deadline_s(request.headers)
        if gateway.screening.customers_named:
            check_named(batch)
        if batch.customers:
            batch, _ = await screened(gateway, batch)
        trying = asyncio.ensure_future(asyncio.to_thread(gateway.tried, batch))
        return Entered(0, 0, (await within(trying, patience_s)).results), False
    return await enter_as(gateway, await terms_of(request), actor, batch)


async def enter_as(gateway: Gateway, terms: Terms, actor: Actor, batch: Batch) -> tuple[Entered, bool]:
    """Hand in a batch on the terms of its request; see `enter`."""
    if batch.customers and terms.key:  # the log keeps the hash, and what is hashed names people
        terms = terms._replace(fingerprint=gateway.screening.sealed(terms.fingerprint))
    claim = _claim(gateway, terms, actor)
    if isinstance(claim, Sent):
        done = _done(gateway, claim)
        return Entered(claim.sequence, claim.first, done.results[claim.first : claim.first + claim.rows]), True
    if gateway.screening.customers_named:  # what entered before that was asked for is answered as it was
        try:
            check_named(batch)
        except InvalidRequest:
            if claim is not None:
                gateway.memory.keys.end(claim.actor, claim.key)
            raise
    if claim is None:
        return await _entered(gateway, terms, actor, batch), False
    keyed = structs.replace(batch, actor=claim.actor, key=claim.key, fingerprint=claim.fingerprint)
    return await _entered(gateway, terms, actor, keyed), False


async def act(
    gateway: Gateway,
    request: Request[Any, Any, Any],
    actor: Actor,
    perform: Callable[[Node, list[Note]], int],
    notes: Iterable[Note] = (),
) -> tuple[Done, bool]:
    """Do something rarer than entering instructions; what its record did, and whether that was told before.

    Parameters
    ----------
    perform
        Runs in the node's thread: appends one record that carries the notes it is given, and returns its
        sequence once it is applied. It may raise, if it has appended nothing.
    notes
        What else is to be noted.

    Raises
    ------
    Refused
        The key is in use, or the time that the sender waits is over.
    """
    terms = await terms_of(request)
    claim = _claim(gateway, terms, actor)
    if isinstance(claim, Sent):
        return _done(gateway, claim), True
    noted = [*notes, *([claim] if claim else [])]
    future = asyncio.wrap_future(gateway.writer.call(lambda node: perform(node, noted)))
    if claim:
        future.add_done_callback(lambda _: gateway.memory.keys.end(claim.actor, claim.key))
    sequence = await within(future, terms.deadline_s)
    return _done(gateway, Sent("", sequence, 0, 0)), False


async def command(
    gateway: Gateway, request: Request[Any, Any, Any], actor: Actor, given: Command, *, dry_run: bool = False
) -> tuple[int, dict[str, str], bool]:
    """Give a command to the engine: its record, 0 in a dry run, its answer, and whether that was told before.

    Raises
    ------
    Refused
        As `act` does.
    """
    body = json.dumps([given.to_json()], ensure_ascii=False).encode()
    if dry_run:
        return 0, (await tried(gateway, request, RecordKind.COMMANDS, body)).applied.answers[0], False

    def perform(node: Node, notes: list[Note]) -> int:
        ticket = node.submit(RecordKind.COMMANDS, gateway.writer.now(), body, 1, pack_notes(notes))
        ticket.result()
        return ticket.sequence

    done, told_before = await act(gateway, request, actor, perform)
    return done.sequence, done.answers[0], told_before


async def tried(gateway: Gateway, request: Request[Any, Any, Any], kind: RecordKind, body: bytes) -> Tried:
    """Return what a record would do now, tried elsewhere than in the node's thread.

    Raises
    ------
    Refused
        The time that the sender waits is over.
    Busy
        Something else is being tried out.
    """
    patience_s = deadline_s(request.headers)
    trial = asyncio.ensure_future(asyncio.to_thread(gateway.trials.apply, kind, body))
    return await within(trial, patience_s)


async def terms_of(request: Request[Any, Any, Any]) -> Terms:
    """Return the terms of a request; Refused if they cannot be read."""
    key = key_of(request.headers)
    fingerprint = ""
    if key:
        path = request.scope["path"]
        fingerprint = fingerprint_of(request.method.encode(), path.encode(), await request.body())
    return Terms(key, fingerprint, deadline_s(request.headers))


def _claim(gateway: Gateway, terms: Terms, actor: Actor) -> Keyed | Sent | None:
    """Claim the key of a request: where it was carried out if it was, None if it has no key."""
    key, fingerprint, _ = terms
    if not key:
        return None
    begun = gateway.memory.keys.begin(actor.id, key, fingerprint)
    if begun is Begun.IN_FLIGHT:
        raise Refused("in-flight", HTTPStatus.CONFLICT, "ask again a little later")
    if begun is Begun.OTHER:
        raise Refused("key-reused", HTTPStatus.UNPROCESSABLE_ENTITY, key)
    return begun if isinstance(begun, Sent) else Keyed(actor.id, key, fingerprint, 0, 1)


def _done(gateway: Gateway, sent: Sent) -> Done:
    done = gateway.changes.done(sent.sequence)
    if done is None:
        raise Refused("unknown-outcome", HTTPStatus.GATEWAY_TIMEOUT, f"it was record {sent.sequence}")
    return done


async def _entered(gateway: Gateway, terms: Terms, actor: Actor, batch: Batch) -> Entered:
    reply: asyncio.Future[Entered]
    if batch.customers:
        reply = asyncio.ensure_future(entered_of_customers(gateway, actor.party, batch))
        reply.add_done_callback(_heard)
    else:
        reply = asyncio.get_running_loop().create_future()
    if batch.key:
        reply.add_done_callback(lambda _: gateway.memory.keys.end(batch.actor, batch.key))
    if not batch.customers:
        try:
            gateway.enter(actor.party, batch, reply)
        except BaseException:
            reply.cancel()
            raise
    return await within(reply, terms.deadline_s)


def _heard(done: asyncio.Future[Entered]) -> None:
    """Take note of how it ended; its sender is told, if it still waits."""
    if not done.cancelled():
        done.exception()


async def within(future: asyncio.Future[Result], seconds: float) -> Result:
    """Wait as long as the sender does; what it waits for goes on in any case."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()

    def end(_: object = None) -> None:
        if not over.done():
            over.set_result(None)

    future.add_done_callback(end)
    timer = loop.call_later(seconds, end)
    try:
        await over
    finally:
        timer.cancel()
    if not future.done():
        raise Refused("unknown-outcome", HTTPStatus.GATEWAY_TIMEOUT, "ask by id")
    return future.result()


def check_terms(headers: Mapping[str, str]) -> None:
    """Refuse terms that cannot be read, also where they make no difference, as in a dry run."""
    key_of(headers)
    deadline_s(headers)


def key_of(headers: Mapping[str, str]) -> str:
    """Return the idempotency key of a request, empty if there is none; Refused if it is too long."""
    key = headers.get(KEY_HEADER, "")
    if not is_key(key):
        raise Refused(
            "invalid", HTTPStatus.BAD_REQUEST, f"{KEY_HEADER} has up to {KEY_LENGTH_MAX} printable characters"
        )
    return key


def deadline_s(headers: Mapping[str, str]) -> float:
    """Return how long the sender waits, seconds; Refused if that cannot be read."""
    text = headers.get(DEADLINE_HEADER)
    seconds = deadline_in(text)
    if seconds is None:
        raise Refused(
            "invalid", HTTPStatus.BAD_REQUEST, f"{DEADLINE_HEADER} is 1 to {DEADLINE_MS_MAX}, not {str(text)[:20]!r}"
        )
    return seconds


def is_key(key: str) -> bool:
    """Whether this may be an idempotency key, or none."""
    return len(key) <= KEY_LENGTH_MAX and key.isprintable()


def deadline_in(text: str | None) -> float | None:
    """Return how many seconds a header gives, None if it cannot be read."""
    if text is None:
        return DEADLINE_MS / 1000
    fits = text.isascii() and text.isdigit() and len(text) <= len(str(DEADLINE_MS_MAX))
    return int(text) / 1000 if fits and 1 <= int(text) <= DEADLINE_MS_MAX else None
