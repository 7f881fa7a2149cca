"""Events: as a stream, by long poll, and as a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Stream

from comity.api.following import Following
from comity.api.log import SEQUENCE_MAX
from comity.api.problems import Refused
from comity.api.security import Again
from comity.gateway.actor import Actor
from comity.gateway.events import WHOLE, Cursor, View, view_of
from comity.gateway.export import exported
from comity.gateway.feed import Feed
from comity.gateway.gateway import Gateway
from comity.wire.events import Events

STREAM = "text/event-stream"
AT_ONCE = 256
"""Events in a chunk of a stream."""
HEARTBEAT_S = 15
BEHIND_MAX = 65_536
"""Records that who had caught up may fall behind before it is cut off."""

After = Annotated[str, QueryParameter(max_length=20, description="cursor: all events after it; absent: from the start")]
Limit = Annotated[int, QueryParameter(ge=1, le=1_000)]
WaitS = Annotated[int, QueryParameter(ge=0, le=60, description="seconds to wait if there is nothing yet")]
Record = Annotated[int, QueryParameter(ge=0, le=SEQUENCE_MAX)]

_ENCODER = msgspec.json.Encoder()


@get("/events", opt={"operation": "events.read"}, middleware=[Following()], summary="What happens")
async def read_events(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    after: After = "0",
    limit: Limit = 100,
    wait_s: WaitS = 0,
) -> Response[Events] | Stream:
    """Return events after a cursor: as Server-Sent Events if asked for, else a part, waiting for the first.

    A stream begins after `Last-Event-ID` if that is sent. It tells `heartbeat` with the record up to which
    there is nothing more, and `cut-off` before it ends because its reader was too slow or is known no more.
    """
    view = view_of(request.user, gateway.directory)
    streams = STREAM in request.headers.get("accept", "")
    cursor = Cursor.parse(request.headers.get("last-event-id", after) if streams else after)
    gateway.feed.check(cursor)
    if streams:
        headers = {"x-accel-buffering": "no"}
        known = partial(_is_known, request.user, request.scope["auth"])
        return Stream(_streamed(gateway.feed, view, cursor, known), media_type=STREAM, headers=headers)
    return Response(await _waited(gateway.feed, view, cursor, limit, wait_s))


async def _waited(feed: Feed, view: View, after: Cursor, limit: int, wait_s: int) -> Events:
    """Return the next events, waiting for the first."""
    until = asyncio.get_running_loop().time() + wait_s
    cursor = after
    while True:
        told = await feed.read(view, cursor, limit, str(after))
        cursor = told.cursor
        in_time = asyncio.get_running_loop().time() < until
        if told.events or (told.is_all and not in_time):
            return Events(told.events, str(cursor), cursor.sequence if told.is_all else cursor.sequence - 1)
        if told.is_all:
            cursor = Cursor(await feed.wait(view, cursor.sequence, until), WHOLE)


def _is_known(actor: Actor, again: Again) -> bool:
    """Whether who asked is still who they were."""
    try:
        return again() == actor
    except Refused:
        return False


async def _streamed(feed: Feed, view: View, after: Cursor, known: Callable[[], bool]) -> AsyncIterator[bytes]:
    """Yield events as long as who asks is known, and heartbeats between them."""
    loop = asyncio.get_running_loop()
    last, cursor, had_caught_up = str(after), after, False
    due = loop.time() + HEARTBEAT_S
    yield b"retry: 2000\n\n"
    while True:
        if not known():
            yield b'event: cut-off\ndata: {"reason":"unknown","after":"%b"}\n\n' % last.encode()
            return
        told = await feed.read(view, cursor, AT_ONCE, last)
        cursor = told.cursor
        if told.events:
            last = told.events[-1].id
            due = loop.time() + HEARTBEAT_S
            yield b"".join(
                b"id: %b\nevent: %b\ndata: %b\n\n" % (each.id.encode(), each.type.encode(), _ENCODER.encode(each))
                for each in told.events
            )
        if told.is_all:
            had_caught_up = True
            cursor = Cursor(await feed.wait(view, cursor.sequence, due), WHOLE)
        elif had_caught_up and told.through - cursor.sequence > BEHIND_MAX:
            yield b'event: cut-off\ndata: {"reason":"slow","after":"%b"}\n\n' % last.encode()
            return
        if loop.time() >= due:
            due = loop.time() + HEARTBEAT_S
            if cursor.place == WHOLE:
                last = str(cursor)
                yield b': heartbeat\nid: %b\nevent: heartbeat\ndata: {"through":%d}\n\n' % (
                    last.encode(),
                    cursor.sequence,
                )


@get("/events/export", opt={"operation": "events.export"}, middleware=[Following()], summary="Events as Parquet")
async def export_events(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    first: Record = 0,
    last: Record = SEQUENCE_MAX,
) -> Stream:
    """Return the events of records `first` to `last`, as far as there are, as a Parquet file."""
    if last < first:
        raise Refused("invalid", HTTPStatus.BAD_REQUEST, "last comes before first")
    view = view_of(request.user, gateway.directory)
    headers = {"content-disposition": 'attachment; filename="events.parquet"'}
    body = exported(gateway.feed, view, first, last)
    return Stream(body, media_type="application/vnd.apache.parquet", headers=headers)


EVENTS = [read_events, export_events]
"""Routes of events."""
