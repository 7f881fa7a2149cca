"""Messages of ISO 20022: one in, and the message that answers it out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Annotated, Any, NamedTuple

from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter
from litestar.response import Stream

from comity.api.asking import ask, date_of, missing, seen
from comity.api.audit import watch_asked
from comity.api.parameters import Code, DryRun, Holder, OfCurrency
from comity.api.problems import Refused, invalid
from comity.api.sending import KEY_HEADER, deadline_s, tried, within
from comity.engine.columns import RecordKind
from comity.errors import Fault, InvalidRequest, NotFound
from comity.gateway import outgoing, trade_changes
from comity.gateway.account_messages import HEADINGS, Stretch, write_account
from comity.gateway.answers import Outcome
from comity.gateway.authority import Forbidden, may_see
from comity.gateway.events import Cursor
from comity.gateway.four_eyes import body_of
from comity.gateway.gateway import Gateway
from comity.gateway.inbox import Why
from comity.gateway.net_messages import NETS, write_net
from comity.gateway.notes import Deed
from comity.gateway.taking import InFlight, Untold, carry_out, reported, screened, standings, take
from comity.gateway.trade_changes import SideStands
from comity.iso20022.messages.accounts import Statements
from comity.iso20022.messages.statuses import StatusReport
from comity.iso20022.messages.trades import TradeAmendment, TradeCancellation
from comity.model.instant import date_of as day_of
from comity.wire.messages import Erased, Messages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from litestar.types import Scope

    from comity.gateway.actor import Actor
    from comity.gateway.inbox import Incoming
    from comity.gateway.questions import Inquiry
    from comity.gateway.taking import Taken

XML = "application/xml"
After = Annotated[str, QueryParameter(max_length=20, description="cursor: what comes after it; absent: from the start")]
Limit = Annotated[int, QueryParameter(ge=1, le=1_000, description="messages at most")]
Kind = Annotated[str, PathParameter(description="camt.052, camt.053 or camt.054; camt.062 or camt.088")]
Date = Annotated[str, QueryParameter(max_length=10, description="business date, as 2021-12-15")]
Reference = Annotated[str, PathParameter(max_length=35, description="reference of the message, as its header has it")]
_STATUSES = {
    Why.UNREADABLE: HTTPStatus.BAD_REQUEST,
    Why.BROKEN: HTTPStatus.UNPROCESSABLE_ENTITY,
    Why.FOREIGN: HTTPStatus.FORBIDDEN,
    Why.USED: HTTPStatus.CONFLICT,
}
_PART = 1 << 18
"""Bytes of a long message that are sent at once."""


class Bare(NamedTuple):
    """A request past the framework, as far as messages need it."""

    user: Actor
    headers: Mapping[str, str]
    scope: Scope


class Answered(NamedTuple):
    """The answer to a message."""

    content: bytes
    status: HTTPStatus
    told_before: bool
    """Whether the same message was answered before."""


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
    data = await request.body()

    async def tried_out(incoming: Incoming) -> tuple[Outcome, bool]:
        return await _tried(gateway, request, incoming), False

    told = await answered(gateway, request, data, tried_out if dry_run else None)
    headers = {"idempotency-replayed": "true"} if told.told_before else {}
    return Response(told.content, status_code=told.status, media_type=XML, headers=headers)


async def answered(
    gateway: Gateway,
    request: Request[Any, Any, Any] | Bare,
    data: bytes,
    tried_out: Callable[[Incoming], Awaitable[tuple[Outcome, bool]]] | None = None,
) -> Answered:
    """Take a message and answer it.

    Parameters
    ----------
    tried_out
        In a dry run: returns what would become of it.
    """
    actor: Actor = request.user
    patience_s = deadline_s(request.headers)

    async def carry(incoming: Incoming) -> tuple[Outcome, bool]:
        working = asyncio.ensure_future(carry_out(gateway, incoming, data))
        working.add_done_callback(_heard)
        return await within(working, patience_s)

    async def admit(asked: Inquiry) -> None:
        await watch_asked(gateway, request.scope, asked.actor, asked.operation, asked.about)

    try:
        taken = await take(gateway, actor, data, tried_out or carry, admit)
    except InFlight as error:
        raise Refused("in-flight", HTTPStatus.CONFLICT, str(error)) from None
    except Untold as error:
        raise Refused("unknown-outcome", HTTPStatus.GATEWAY_TIMEOUT, str(error)) from None
    request.scope["taken"] = taken.noted  # type: ignore[typeddict-unknown-key] # for the journal
    return Answered(taken.content, _status(taken, dry_run=tried_out is not None), taken.told_before)


def _status(taken: Taken, *, dry_run: bool) -> HTTPStatus:
    if taken.why is not None:
        return _STATUSES[taken.why]
    if taken.waits:
        return HTTPStatus.ACCEPTED
    return HTTPStatus.OK if dry_run or taken.asks else HTTPStatus.CREATED


def _heard(done: asyncio.Future[tuple[Outcome, bool]]) -> None:
    """Take note of how it ended; its sender is told, if it still waits."""
    if not done.cancelled():
        done.exception()


async def _tried(gateway: Gateway, request: Request[Any, Any, Any], incoming: Incoming) -> Outcome:
    """Return what would become of a message now."""
    patience_s = deadline_s(request.headers)
    if isinstance(incoming.message, TradeAmendment | TradeCancellation):
        try:
            await ask(gateway, lambda node: trade_changes.check(node, incoming))
        except SideStands as stands:
            raise incoming.stood(stands) from None
    if isinstance(incoming.message, StatusReport):
        await reported(gateway, incoming)
        return Outcome(0, 0, gateway.now(), ())
    given = body_of(incoming.commands) if incoming.commands else b""
    if given:
        try:
            change = await ask(gateway, lambda node: gateway.four_eyes.asked(node, incoming.actor, incoming.commands))
        except (InvalidRequest, NotFound, Forbidden) as error:
            raise incoming.declined(error) from None
        if change.needs:
            return Outcome(0, 0, gateway.now(), ())
    if incoming.batch is not None:
        named, _ = await screened(gateway, incoming, incoming.batch)
        applied = await within(asyncio.ensure_future(asyncio.to_thread(gateway.tried, named, given)), patience_s)
        return Outcome(0, 0, gateway.now(), applied.results)
    told = await tried(gateway, request, RecordKind.COMMANDS, given)
    return Outcome(0, 0, gateway.now(), (), told.applied.answers, await standings(gateway, incoming))


@get("/messages", opt={"operation": "messages.read"}, summary="List messages")
async def list_messages(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], after: After = "0", limit: Limit = 100
) -> Messages:
    """List the messages for the participant that asks, after a cursor, in the order in which they arose.

    Payments that are final are passed on to the institution that they credit, and who sent an instruction, or commands
    that others had to approve, as a message is told what became of them later than it was answered; and what the
    receiver of a payment says of it. Everybody is told when currencies open, reach a cut-off and close, and sent the
    calendar when a day opens.
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
    content = await outgoing.written(gateway, due)
    if content is None:
        raise Refused("not-found", HTTPStatus.NOT_FOUND, f"what {name} would pass on was erased")
    return Response(content, media_type=XML)


@get("/statements/{name:str}", opt={"operation": "statements.read"}, summary="Read an account as a message")
async def read_account(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    name: Kind,
    date: Date,
    currency: OfCurrency = "",
    participant: Holder = "",
) -> Response[bytes] | Stream:
    """Return what moved on an account on a business date, as camt.052, camt.053 or camt.054, however much it is.

    A camt.053 is made of a date that is over; the others also of the one under way, as far as it has come. As camt.062
    and camt.088, of all accounts of a participant: what it has to pay in today, and what the cycles of a date moved.
    """
    holder, last = participant or request.user.party, gateway.memory.changes.last
    accounts = seen(gateway, request, holder, currency)
    if (name not in HEADINGS and name not in NETS) or not accounts:
        raise missing(name if accounts else f"{holder} {currency}")
    if (name in HEADINGS) != bool(currency):
        held = ", ".join(gateway.directory.currency[each] for each in accounts)
        expected = f"the currency of the account: {held}" if name in HEADINGS else f"none: a {name} is of all of them"
        raise invalid(InvalidRequest([Fault("", 0, "currency", expected, repr(currency))]))
    asked = date_of(date)
    if name in NETS:
        return await _net(gateway, name, holder, asked, request.user.party)
    today = await ask(gateway, lambda node: node.engine.date)
    if name == Statements.name and asked >= today:
        raise Refused("not-found", HTTPStatus.NOT_FOUND, f"{date} is not over: camt.052 tells how far it is")
    try:
        records = await asyncio.to_thread(gateway.past.records, asked, last)
    except NotFound:
        words = f"{date} is no business date up to {day_of(today)}, today's"
        raise Refused("not-found", HTTPStatus.NOT_FOUND, words) from None
    writer, stretch = await gateway.inbox.new_writer(), Stretch(accounts[0], asked, records)
    file = TemporaryFile()  # noqa: SIM115 - closed once it was read
    await asyncio.to_thread(write_account, file, writer, name, gateway, stretch, request.user.party)
    return Stream(_read(file), media_type=XML)


async def _net(gateway: Gateway, name: str, holder: str, date: int, party: str) -> Response[bytes]:
    try:
        told = await asyncio.to_thread(write_net, gateway, name, holder, date, party)
    except NotFound as error:
        raise Refused("not-found", HTTPStatus.NOT_FOUND, str(error)) from None
    return Response(await gateway.inbox.run(0, lambda desk: desk.write(told)), media_type=XML)


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
    return await erased(gateway, request.user, participant, reference)


async def erased(gateway: Gateway, actor: Actor, participant: str, name: str, of: str = "") -> Erased:
    """Erase what a participant sent under a name, and note who did; `of` stands before the name in the originals.

    Raises
    ------
    Refused
        There is no such participant for who asks, or nothing under the name.
    """
    if participant not in gateway.directory.home or not may_see(actor, participant, gateway.directory):
        raise missing(participant)
    if not await asyncio.to_thread(gateway.originals.erase, participant, of + name):
        raise missing(name)
    deed = Deed(actor.id, "messages.erase", f"{participant} {of}{name}".replace("\0", " "))
    return Erased(participant, name, await asyncio.wrap_future(gateway.note([deed])))


ROUTES = [send_message, list_messages, read_message, read_account, erase_message]
"""Routes of messages."""
