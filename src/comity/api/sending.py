"""Sending: from a request that changes something to the answer that it has.

An answer is given once the record is durable and applied. If that takes longer than the
sender waits, the answer is that the outcome is unknown; it can be had by id, or by
sending the same again under the same key.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from comity.api.problems import Refused
from comity.engine.columns import RecordKind
from comity.gateway.idempotency import Begun, Sent, fingerprint_of
from comity.gateway.notes import Keyed, pack_notes
from comity.gateway.writer import Entered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from litestar import Request

    from comity.gateway.actor import Actor
    from comity.gateway.batch import Batch
    from comity.gateway.changes import Done
    from comity.gateway.gateway import Gateway
    from comity.gateway.notes import Note
    from comity.model.command import Command
    from comity.node import Node

KEY_HEADER, DEADLINE_HEADER = "idempotency-key", "comity-deadline-ms"
KEY_LENGTH_MAX = 64
DEADLINE_MS, DEADLINE_MS_MAX = 10_000, 60_000

Result = TypeVar("Result")


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
        tried = await _in_time(asyncio.ensure_future(asyncio.to_thread(gateway.trials.enter, batch)), request)
        return Entered(0, 0, tried.results), False
    claim = await _claim(gateway, request, actor)
    if claim is None:
        return await _entered(gateway, request, actor, batch), False
    if isinstance(claim, Sent):
        done = _done(gateway, claim)
        return Entered(claim.sequence, claim.first, done.results[claim.first : claim.first + claim.rows]), True
    keyed = replace(batch, actor=claim.actor, key=claim.key, fingerprint=claim.fingerprint)
    return await _entered(gateway, request, actor, keyed), False


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
    claim = await _claim(gateway, request, actor)
    if isinstance(claim, Sent):
        return _done(gateway, claim), True
    noted = [*notes, *([claim] if claim else [])]
    future = asyncio.wrap_future(gateway.writer.call(lambda node: perform(node, noted)))
    if claim:
        future.add_done_callback(lambda _: gateway.memory.keys.end(claim.actor, claim.key))
    sequence = await _in_time(future, request)
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
        trial = asyncio.to_thread(gateway.trials.apply, RecordKind.COMMANDS, body)
        return 0, (await _in_time(asyncio.ensure_future(trial), request)).answers[0], False

    def perform(node: Node, notes: list[Note]) -> int:
        ticket = node.submit(RecordKind.COMMANDS, gateway.writer.now(), body, 1, pack_notes(notes))
        ticket.result()
        return ticket.sequence

    done, told_before = await act(gateway, request, actor, perform)
    return done.sequence, done.answers[0], told_before


async def _claim(gateway: Gateway, request: Request[Any, Any, Any], actor: Actor) -> Keyed | Sent | None:
    """Claim the key of a request: where it was carried out if it was, None if it has no key."""
    key = key_of(request)
    if not key:
        return None
    body = await request.body()
    fingerprint = fingerprint_of(request.method.encode(), request.url.path.encode(), body)
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


async def _entered(gateway: Gateway, request: Request[Any, Any, Any], actor: Actor, batch: Batch) -> Entered:
    reply: asyncio.Future[Entered] = asyncio.get_running_loop().create_future()
    if batch.key:
        reply.add_done_callback(lambda _: gateway.memory.keys.end(batch.actor, batch.key))
    try:
        gateway.writer.enter(actor.party, batch, reply)
    except BaseException as error:
        reply.set_exception(error)
        raise
    return await _in_time(reply, request)


async def _in_time(future: asyncio.Future[Result], request: Request[Any, Any, Any]) -> Result:
    """Wait as long as the sender does; what it waits for goes on in any case."""
    try:
        return await asyncio.wait_for(asyncio.shield(future), deadline_s(request))
    except TimeoutError:
        raise Refused("unknown-outcome", HTTPStatus.GATEWAY_TIMEOUT, "ask by id") from None


def key_of(request: Request[Any, Any, Any]) -> str:
    """Return the idempotency key of a request, empty if there is none; Refused if it is too long."""
    key = request.headers.get(KEY_HEADER, "")
    if len(key) > KEY_LENGTH_MAX or not key.isprintable():
        raise Refused(
            "invalid", HTTPStatus.BAD_REQUEST, f"{KEY_HEADER} has up to {KEY_LENGTH_MAX} printable characters"
        )
    return key


def deadline_s(request: Request[Any, Any, Any]) -> float:
    """Return how long the sender waits, seconds; Refused if that cannot be read."""
    text = request.headers.get(DEADLINE_HEADER)
    if text is None:
        return DEADLINE_MS / 1000
    if not text.isdecimal() or not 1 <= int(text[:9]) <= DEADLINE_MS_MAX:
        raise Refused(
            "invalid", HTTPStatus.BAD_REQUEST, f"{DEADLINE_HEADER} is 1 to {DEADLINE_MS_MAX}, not {text[:20]!r}"
        )
    return int(text) / 1000
