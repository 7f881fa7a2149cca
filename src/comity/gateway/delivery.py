"""Delivery: events sent to webhooks, in order, at least once, signed as Standard Webhooks says.

Each webhook has a task that reads its events from the feed and posts them, a few at a time, and does not go on
before they were taken. What fails is tried again after 1, 2, 4, ... seconds, at most an hour apart;
after `ATTEMPTS_MAX` in a row it stops until somebody lets it go on. When something is due is
a matter of the gateway's clock, so a sandbox can let an hour pass at once.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import httpx
import msgspec

from comity.errors import ComityError
from comity.gateway.destinations import Rules, parse_url, resolve
from comity.gateway.events import WHOLE, Cursor, view_of
from comity.gateway.outbox import Attempt, Place

if TYPE_CHECKING:
    import ssl

    from comity.gateway.clock import Clock
    from comity.gateway.events import View
    from comity.gateway.feed import Feed
    from comity.gateway.outbox import Outbox
    from comity.gateway.signing import Signer
    from comity.gateway.webhooks import Webhook, Webhooks
    from comity.wire.events import Event

EVENTS_MAX = 100
"""Events of a message."""
ATTEMPTS_MAX = 20
BACKOFF_US, BACKOFF_MAX_US = 1_000_000, 3_600_000_000
TIMEOUT_S = 10
LOOK_S = 1
"""Seconds after which a clock that is set by hand is looked at again."""
IDLE_S = 60
_HTTP_OK = range(200, 300)
_OUTCOME_MAX = 200
_ENCODER = msgspec.json.Encoder()


class Message(NamedTuple):
    """What is posted."""

    id: str
    body: bytes
    last: str
    """Cursor once it is taken."""
    events: int


@dataclass(slots=True)
class _Serving:
    webhook: Webhook
    task: asyncio.Task[None]
    changed: asyncio.Event


def backoff_us(failures: int) -> int:
    """Return the microseconds to wait after so many failures in a row, 1 or more."""
    return min(BACKOFF_US << min(failures - 1, 40), BACKOFF_MAX_US)


def sign(webhook: Webhook, message: str, seconds: int, body: bytes, signer: Signer, now: int) -> str:
    """Return the signatures of a message: over its id, its timestamp and its body."""
    signed = b"%b.%d.%b" % (message.encode(), seconds, body)
    if webhook.signature == "ed25519":
        return "v1a," + base64.b64encode(signer.sign(signed)).decode()
    secrets = [webhook.secret(signer)]
    if webhook.generation and now < webhook.old_until:
        secrets.append(webhook.secret(signer, old=True))
    return " ".join("v1," + base64.b64encode(hmac.digest(each, signed, "sha256")).decode() for each in secrets)


class Delivery:
    """Sends events to webhooks while it runs; used from one event loop.

    Parameters
    ----------
    rules
        Which addresses are allowed; looked at again for every attempt.
    trust
        Certificates to trust; those that are usual if absent.
    """

    def __init__(
        self,
        webhooks: Webhooks,
        feed: Feed,
        outbox: Outbox,
        signer: Signer,
        clock: Clock,
        rules: Rules,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.rules = rules
        self.outbox = outbox
        self._webhooks = webhooks
        self._feed = feed
        self._signer = signer
        self._clock = clock
        self._trust = trust
        self._serving: dict[str, _Serving] = {}
        self._client: httpx.AsyncClient | None = None
        self._tried_at = 0
        """Instant of the last attempt to anybody: what stands in for the clock once it is not to be trusted."""

    def start(self) -> None:
        """Begin to send; from now on webhooks that come and go are followed."""
        loop = asyncio.get_running_loop()
        limits = httpx.Limits(max_keepalive_connections=0)  # a connection is for one name, not for all at its address
        self._client = httpx.AsyncClient(
            verify=self._trust if self._trust is not None else True,
            trust_env=False,
            follow_redirects=False,
            timeout=TIMEOUT_S,
            limits=limits,
        )

        def changed() -> None:
            with suppress(RuntimeError):  # the loop has closed
                loop.call_soon_threadsafe(self._follow)

        self._webhooks.changed = changed
        self._follow()

    async def stop(self) -> None:
        """Send nothing more; what was not taken is sent after the next start."""
        tasks = [each.task for each in self._serving.values()]
        self._serving.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _follow(self) -> None:
        """Let there be a task for each webhook, that knows it as it is now."""
        if self._client is None:
            return
        known = {each.id: each for each in self._webhooks.all()}
        for gone in self._serving.keys() - known.keys():
            self._serving.pop(gone).task.cancel()
            self.outbox.forget(gone)
        for name, webhook in known.items():
            serving = self._serving.get(name)
            if serving is None:
                changed = asyncio.Event()
                task = asyncio.get_running_loop().create_task(self._serve(name))
                self._serving[name] = _Serving(webhook, task, changed)
            elif serving.webhook != webhook:
                serving.webhook = webhook
                serving.changed.set()

    async def _serve(self, name: str) -> None:
        """Send what there is to a webhook, for ever."""
        idle = 0
        while True:
            serving = self._serving[name]
            serving.changed.clear()
            try:
                idle = await self._step(serving, idle)
            except Exception as error:  # noqa: BLE001 - shown where deliveries are listed, and tried again
                self.outbox.log(name, Attempt(0, self._tried_at, "", 0, 0, 0, f"{type(error).__name__}: {error}"))
                await _until(serving.changed, IDLE_S)

    async def _step(self, serving: _Serving, idle: int) -> int:
        """Send the next message if it is due, replays first, or wait; the record up to which there is nothing."""
        webhook = serving.webhook
        stream, through, start = self._next_stream(webhook)
        place = self.outbox.place(stream, start)
        if place.resumed < webhook.resumed:
            place = place._replace(failures=0, due=0, resumed=webhook.resumed)
            self.outbox.put(stream, place)
        if place.failures >= ATTEMPTS_MAX:
            await serving.changed.wait()
        elif self._clock.now() < place.due:
            await _until(serving.changed, LOOK_S)
        else:
            view = view_of(webhook.actor, self._feed.directory)
            message, clear = await self._message(view, stream, place, through, idle)
            if message is not None:
                await self._attempt(webhook, stream, place, message)
            elif through is not None:
                self.outbox.put(stream, place._replace(cursor=str(Cursor(through, WHOLE))))
            else:
                return await self._idle(view, serving, clear)
        return idle

    def _next_stream(self, webhook: Webhook) -> tuple[str, int | None, str]:
        """Choose what to send: a replay that is not done, with its last record, else what happens; and its start."""
        for sequence, first, last in webhook.replays:
            stream, start = f"{webhook.id}/{sequence}", str(first - 1)
            if Cursor.parse(self.outbox.place(stream, start).cursor) < Cursor(last, WHOLE):
                return stream, last, start
        return webhook.id, None, str(webhook.since)

    async def _message(
        self, view: View, stream: str, place: Place, through: int | None, idle: int
    ) -> tuple[Message | None, int]:
        """Read the next events; or the record up to which there are none."""
        cursor = Cursor.parse(place.cursor)
        if cursor.place != WHOLE:
            self._feed.check(cursor)
        if through is None and idle > cursor.sequence:
            cursor = Cursor(idle, WHOLE)
        while True:
            told = await self._feed.read(view, cursor, EVENTS_MAX, place.cursor, through)
            cursor = told.cursor
            if told.events:
                return _message_of(stream, told.events), cursor.sequence
            if told.is_all:
                return None, cursor.sequence

    async def _idle(self, view: View, serving: _Serving, clear: int) -> int:
        """Wait until something happens or the webhook changes; the record up to which nothing concerns it."""
        until = asyncio.get_running_loop().time() + IDLE_S
        waiting = asyncio.ensure_future(self._feed.wait(view, clear, until))
        changed = asyncio.ensure_future(serving.changed.wait())
        try:
            await asyncio.wait({waiting, changed}, return_when=asyncio.FIRST_COMPLETED)
            return waiting.result() if waiting.done() else clear
        finally:
            waiting.cancel()
            changed.cancel()

    async def _attempt(self, webhook: Webhook, stream: str, place: Place, message: Message) -> None:
        """Post a message, and remember what came of it."""
        now = self._tried_at = self._clock.now()
        status, outcome = await self._post(webhook, message, now)
        taken = status in _HTTP_OK
        failures = 0 if taken else place.failures + 1
        due = 0 if taken else now + backoff_us(failures)
        cursor = message.last if taken else place.cursor
        self.outbox.log(
            webhook.id, Attempt(0, now, message.id, message.events, place.failures + 1, status, outcome[:_OUTCOME_MAX])
        )
        self.outbox.put(stream, Place(cursor, failures, due, place.resumed))

    async def _post(self, webhook: Webhook, message: Message, now: int) -> tuple[int, str]:
        """Post a message once; the status, 0 for none, and what happened in words."""
        assert self._client is not None
        seconds = now // 1_000_000
        try:
            destination = parse_url(webhook.url, self.rules)
            address = await resolve(destination, self.rules)
            headers = {
                "host": destination.authority,
                "content-type": "application/json",
                "user-agent": "comity",
                "webhook-id": message.id,
                "webhook-timestamp": str(seconds),
                "webhook-signature": sign(webhook, message.id, seconds, message.body, self._signer, now),
            }
            async with (
                asyncio.timeout(TIMEOUT_S),
                self._client.stream(
                    "POST",
                    destination.pinned(address),
                    content=message.body,
                    headers=headers,
                    extensions={"sni_hostname": destination.host},
                ) as answer,
            ):
                status = answer.status_code
        except (httpx.HTTPError, TimeoutError, ComityError, OSError) as error:
            return 0, f"{type(error).__name__}: {error}"
        return status, "taken" if status in _HTTP_OK else f"answered {status}"


def _message_of(stream: str, events: list[Event]) -> Message:
    """Make a message of events; its id is theirs, so that what is sent again has the same."""
    first, last = events[0].id, events[-1].id
    name = f"{stream.partition('/')[0]}_{first}_{last}"
    return Message(name, _ENCODER.encode({"events": events}), last, len(events))


async def _until(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
