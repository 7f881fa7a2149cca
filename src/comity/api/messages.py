"""Messages of ISO 20022: one in, and the message that answers it out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter
from litestar.response import Stream

from comity.api.asking import ask, date_of, missing, seen
from comity.api.parameters import Code, DryRun, Holder, Money
from comity.api.problems import Refused
from comity.api.sending import KEY_HEADER, deadline_s, tried, within
from comity.engine.columns import RecordKind
from comity.errors import InvalidRequest, NotFound
from comity.gateway import outgoing
from comity.gateway.account_messages import HEADINGS, Stretch, write_account
from comity.gateway.answers import Outcome
from comity.gateway.authority import Forbidden, may_see
from comity.gateway.events import Cursor
from comity.gateway.four_eyes import body_of
from comity.gateway.gateway import Gateway
from comity.gateway.idempotency import Begun, Sent
from comity.gateway.inbox import Declined, Why
from comity.gateway.instructions import state_of
from comity.gateway.notes import Deed
from comity.iso20022.messages.accounts import Statements
from comity.wire.messages import Erased, Messages

if TYPE_CHECKING:
    from comity.gateway.actor import Actor
    from comity.gateway.batch import Batch
    from comity.gateway.inbox import Incoming
    from comity.model.reason import State
    from comity.node import Node

XML = "application/xml"
After = Annotated[str, QueryParameter(max_length=20, description="cursor: what comes after it; absent: from the start")]
Limit = Annotated[int, QueryParameter(ge=1, le=1_000, description="messages at most")]
Kind = Annotated[str, PathParameter(description="camt.052, camt.053 or camt.054")]
Date = Annotated[str, QueryParameter(max_length=10, description="business date, as 2021-12-15")]
Reference = Annotated[str, PathParameter(max_length=35, description="reference of the message, as its header has it")]
_STATUSES = {
    Why.UNREADABLE: HTTPStatus.BAD_REQUEST,
    Why.BROKEN: HTTPStatus.UNPROCESSABLE_ENTITY,
    Why.FOREIGN: HTTPStatus.FORBIDDEN,
    Why.USED: HTTPStatus.CONFLICT,
}
_CANCEL = "cancel"
_PART = 1 << 18
"""Bytes of a long message that are sent at once."""


@post("/messages", opt={"operation": "messages.send"}, status_code=HTTPStatus.CREATED, summary="Send a message")
async def send_message(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], dry_run: DryRun = False
) -> Response[bytes]:
    """Send a message of ISO 20022 with its header; it is answered with the message that belongs to it.

    Its reference is its idempotency key: the same message is carried out once, and answered the same again.
    """
    kind = request.content_type[0]
    if kind != XML:
        raise Refused("media-type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"{XML}, not {kind[:40]!r}")
    if KEY_HEADER in request.headers:
        raise Refused("invalid", HTTPStatus.BAD_REQUEST, f"a message has its reference, and no {KEY_HEADER}")
    actor: Actor = request.user
    data = await request.body()
    try:
        incoming = await gateway.inbox.run(len(data), lambda desk: desk.take(data, actor, gateway.now()))
        if dry_run:
            outcome, told_before = await _tried(gateway, request, incoming), False
        else:
            outcome, told_before = await _carried_out(gateway, request, incoming, data)
    except Declined as declined:
        answer, status = declined.answer, _STATUSES[declined.why]
        headers = {}
    else:
        answer = incoming.answered(outcome)
        waits = bool(incoming.commands) and not outcome.answers
        status = HTTPStatus.ACCEPTED if waits else HTTPStatus.OK if dry_run else HTTPStatus.CREATED
        headers = {"idempotency-replayed": "true"} if told_before else {}
    content = await gateway.inbox.run(len(data), lambda desk: desk.write(answer))
    return Response(content, status_code=status, media_type=XML, headers=headers)


async def _carried_out(
    gateway: Gateway, request: Request[Any, Any, Any], incoming: Incoming, data: bytes
) -> tuple[Outcome, bool]:
    """Carry out a message, once; what became of it, and whether that was told before."""
    note, messages = incoming.note, gateway.memory.correlation.messages
    begun = messages.begin(note.party, note.message, note.digest)
    if begun is Begun.IN_FLIGHT:
        raise Refused("in-flight", HTTPStatus.CONFLICT, "send it again a little later")
    if begun is Begun.OTHER:
        alarm = Deed(request.user.id, "messages.reused", f"{note.party} {note.message}", after=note.digest)
        await asyncio.wrap_future(gateway.note([alarm]))
        raise incoming.used()
    if isinstance(begun, Sent):
        return await _outcome(gateway, incoming, begun.sequence, begun.first), True
    working = asyncio.ensure_future(_enter(gateway, request.user, incoming, data))

    def end(done: asyncio.Task[tuple[int, int]]) -> None:
        messages.end(note.party, note.message)
        if not done.cancelled():
            done.exception()  # told to the sender if it still waits

    working.add_done_callback(end)
    sequence, first = await within(working, deadline_s(request.headers))
    return await _outcome(gateway, incoming, sequence, first), False


async def _enter(gateway: Gateway, actor: Actor, incoming: Incoming, data: bytes) -> tuple[int, int]:
    """Keep a message, then append the record that carries it out; the record, and its first row there."""
    note = incoming.note
    await gateway.originals.keep(note.digest, note.party, note.message, incoming.letter.instant, data)
    if incoming.batch is not None:
        batch, documents = await _screened(gateway, incoming, incoming.batch)
        if documents:
            await asyncio.to_thread(gateway.screening.keep, documents, incoming.letter.instant)
        reply = asyncio.get_running_loop().create_future()
        gateway.enter(actor.party, batch, reply)
        entered = await reply
        return entered.sequence, entered.first
    try:
        return await ask(gateway, lambda node: _give(gateway, node, actor, incoming)), 0
    except (InvalidRequest, NotFound, Forbidden) as error:
        await asyncio.to_thread(gateway.originals.drop, note.digest)
        raise incoming.declined(error) from None


async def _screened(gateway: Gateway, incoming: Incoming, batch: Batch) -> tuple[Batch, dict[str, bytes]]:
    """Screen the rows of a message: the batch that may enter, and what its cases show."""
    screening, parties = gateway.screening, incoming.parties
    if not parties:
        return batch, {}
    others = await screening.ask_others(parties)
    if screening.is_quick(parties):
        return screening.screened(batch, parties, gateway.now(), others)
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(screening.thread, screening.screened, batch, parties, gateway.now(), others)


def _give(gateway: Gateway, node: Node, actor: Actor, incoming: Incoming) -> int:
    return gateway.four_eyes.give(node, actor, incoming.commands, "", 0, [incoming.note])


async def _outcome(gateway: Gateway, incoming: Incoming, sequence: int, first: int) -> Outcome:
    """Return what the record of a message did."""
    done = gateway.changes.done(sequence)
    if done is None:
        raise Refused("unknown-outcome", HTTPStatus.GATEWAY_TIMEOUT, f"it was record {sequence}")
    results = done.results[first : first + incoming.note.count]
    states = await ask(gateway, lambda node: _states(node, incoming)) if incoming.commands else []
    return Outcome(sequence, first, done.instant, results, done.answers, states)


async def _tried(gateway: Gateway, request: Request[Any, Any, Any], incoming: Incoming) -> Outcome:
    """Return what would become of a message now."""
    patience_s = deadline_s(request.headers)
    if incoming.batch is not None:
        batch, _ = await _screened(gateway, incoming, incoming.batch)
        applied = await within(asyncio.ensure_future(asyncio.to_thread(gateway.tried, batch)), patience_s)
        return Outcome(0, 0, gateway.now(), applied.results)
    try:
        change = await ask(gateway, lambda node: gateway.four_eyes.asked(node, request.user, incoming.commands))
    except (InvalidRequest, NotFound, Forbidden) as error:
        raise incoming.declined(error) from None
    if change.needs:
        return Outcome(0, 0, gateway.now(), ())
    told = await tried(gateway, request, RecordKind.COMMANDS, body_of(incoming.commands))
    states = await ask(gateway, lambda node: _states(node, incoming))
    return Outcome(0, 0, gateway.now(), (), told.applied.answers, states)


def _states(node: Node, incoming: Incoming) -> list[State]:
    """Return how what is to be cancelled stands."""
    return [state_of(node, each.participant, each.target) for each in incoming.commands if each.command == _CANCEL]


@get("/messages", opt={"operation": "messages.read"}, summary="List messages")
async def list_messages(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], after: After = "0", limit: Limit = 100
) -> Messages:
    """List the messages for the participant that asks, after a cursor, in the order in which they arose.

    Payments that are final are passed on to the institution that they credit, and who sent an instruction as a
    message is told what became of it later than it was answered.
    """
    feed, party = gateway.feed, request.user.party
    versions, cursor = gateway.memory.correlation.versions, Cursor.parse(after)
    feed.check(cursor)
    return await feed.run(lambda: outgoing.listed(feed, versions, party, cursor, limit))


@get(
    "/messages/{name:str}",
    opt={"operation": "messages.read"},
    summary="Read a message",
)
async def read_message(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], name: Reference
) -> Response[bytes]:
    """Return a message for the participant that asks, as it is written."""
    feed, party, versions = gateway.feed, request.user.party, gateway.memory.correlation.versions
    due = await feed.run(lambda: outgoing.find(feed, versions, party, name))
    if due is None:
        raise missing(name)
    if not due.passes_on:
        answer = due.report()
        return Response(await gateway.inbox.run(0, lambda desk: desk.write(answer)), media_type=XML)
    original = await asyncio.to_thread(gateway.originals.read, due.note.digest)
    if original is None:
        raise Refused("not-found", HTTPStatus.NOT_FOUND, f"what {name} would pass on was erased")
    return Response(await gateway.inbox.run(len(original), lambda desk: due.passed_on(desk, original)), media_type=XML)


@get("/statements/{name:str}", opt={"operation": "statements.read"}, summary="Read an account as a message")
async def read_account(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    name: Kind,
    currency: Money,
    date: Date,
    participant: Holder = "",
) -> Stream:
    """Return what moved on an account on a business date, as camt.052, camt.053 or camt.054, however much it is.

    A camt.053 is made of a date that is over; the others also of the one under way, as far as it has come.
    """
    holder, last = participant or request.user.party, gateway.memory.changes.last
    accounts = seen(gateway, request, holder, currency)
    if name not in HEADINGS or not accounts:
        raise missing(name if accounts else f"{holder} {currency}")
    asked = date_of(date)
    today = await ask(gateway, lambda node: node.engine.date)
    if name == Statements.name and asked >= today:
        raise Refused("not-found", HTTPStatus.NOT_FOUND, f"{date} is not over: camt.052 tells how far it is")
    try:
        records = await asyncio.to_thread(gateway.past.records, asked, last)
    except NotFound:
        raise missing(date) from None
    writer, stretch = await gateway.inbox.new_writer(), Stretch(accounts[0], asked, records)
    file = TemporaryFile()  # noqa: SIM115 - closed once it was read
    await asyncio.to_thread(write_account, file, writer, name, gateway, stretch, request.user.party)
    return Stream(_read(file), media_type=XML)


async def _read(file: IO[bytes]) -> AsyncIterator[bytes]:
    """Yield a file from its beginning, and close it."""
    with file:
        file.seek(0)
        while part := await asyncio.to_thread(file.read, _PART):
            yield part


@delete(
    "/messages/{participant:str}/{reference:str}",
    opt={"operation": "messages.erase"},
    status_code=HTTPStatus.OK,
    summary="Erase a message",
)
async def erase_message(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], participant: Code, reference: Reference
) -> Erased:
    """Erase what a participant sent under a reference, and what it says of people; the log keeps its hash."""
    if participant not in gateway.directory.home or not may_see(request.user, participant, gateway.directory):
        raise missing(participant)
    count = await asyncio.to_thread(gateway.originals.erase, participant, reference)
    if not count:
        raise missing(reference)
    deed = Deed(request.user.id, "messages.erase", f"{participant} {reference}")
    sequence = await asyncio.wrap_future(gateway.note([deed]))
    return Erased(participant, reference, sequence)


ROUTES = [send_message, list_messages, read_message, read_account, erase_message]
"""Routes of messages."""
