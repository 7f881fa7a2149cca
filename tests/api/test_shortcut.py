"""The shortcut for payments and messages: what it answers is what the framework answers, and it takes nothing else."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

import httpx
import pytest

from comity.api.app import create_app
from comity.api.bounds import Bounds, Buckets
from comity.api.shortcut import Shortcut
from comity.api.tls import PEER
from comity.errors import EnvironmentFailed
from tests.api.messages import item, limit, transfers, written
from tests.gateway.union import open_gateway

Answer: TypeAlias = tuple[int, dict[str, str], bytes, int]
"""Status, headers, body, and how many requests had gone to the framework by then."""
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Asked: TypeAlias = tuple[dict[str, str], dict[str, Any] | bytes]

PAYMENT = {"id": "p1", "debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": "12.50"}
SENDER = {"authorization": "Bearer alfa-sender"}
KEYED = {**SENDER, "idempotency-key": "k1"}
ASKED: list[Asked] = [
    (SENDER, PAYMENT),
    (SENDER, PAYMENT),
    (SENDER, {**PAYMENT, "amount": "13.00"}),
    (KEYED, {**PAYMENT, "id": "p2"}),
    (KEYED, {**PAYMENT, "id": "p2"}),
    (KEYED, {**PAYMENT, "id": "p3"}),
    (SENDER, {**PAYMENT, "id": "p4", "amount": "99999999.00"}),
    (SENDER, {**PAYMENT, "id": "p5", "creditor": "NOBODY"}),
    (SENDER, {**PAYMENT, "id": "p6", "amount": "0.00"}),
    (SENDER, {**PAYMENT, "id": "p7", "earliest": "2021-12-15T12:00:00Z"}),
    (SENDER, {**PAYMENT, "id": "p8", "extra": 1}),
    (SENDER, {**PAYMENT, "id": "p9", "amount": 1.5}),
    (SENDER, b"{"),
    (SENDER, b"\xff\xfe"),
    (SENDER, b""),
    (SENDER, b" " * 5_000),
    ({}, PAYMENT),
    ({"authorization": "Bearer guess"}, PAYMENT),
    ({"authorization": "Bearer alfa-reader"}, PAYMENT),
    ({"authorization": "Bearer beta-sender"}, PAYMENT),
    ({**SENDER, "comity-deadline-ms": "soon"}, PAYMENT),
    ({**SENDER, "comity-deadline-ms": "60001"}, PAYMENT),
    ({**SENDER, "idempotency-key": "k" * 65}, PAYMENT),
    ({**SENDER, "content-type": "text/plain"}, PAYMENT),
]

TAKEN = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6]
"""How many of these have gone to the framework after each: what is no payment goes there."""


class Entrance:
    """A gateway behind a server that hands over a body whole, as real ones do with small bodies.

    Attributes
    ----------
    ordinary
        How many requests went to the framework.
    """

    def __init__(self, *, short: bool, bounds: Bounds = Bounds(), peer: str = "") -> None:  # noqa: B008 - a tuple
        self.gateway = open_gateway()
        buckets = Buckets(bounds)
        self._app = create_app(self.gateway, buckets=buckets)
        self._inner: Any = Shortcut(self._ordinary, self.gateway, buckets) if short else self._app
        self._extensions = {PEER: {"fingerprint": peer}} if peer else {}
        self.ordinary = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]

        async def whole() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await self._inner({**scope, "extensions": self._extensions}, whole, send)

    async def _ordinary(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as the framework names them
        self.ordinary += 1
        await self._app(scope, receive, send)


XML = {**SENDER, "content-type": "application/xml"}
SENT: list[tuple[dict[str, str], bytes]] = [
    (XML, written(transfers("M-1", item(1)))),
    (XML, written(transfers("M-1", item(1)))),
    (XML, written(transfers("M-1", item(2)))),
    (XML, written(transfers("M-2", item(3, "999999999.00")))),
    (XML, written(transfers("M-3", item(4, date="2021-13-15")))),
    (XML, written(transfers("M-4", item(5), count="2"))),
    (XML, written(limit("L-1"))),
    (XML, written(transfers("M-5", item(6)), sender="BETACNBJ")),
    (XML, b"<Document/>"),
    (XML, b""),
    ({**XML, "content-type": "application/xml; charset=utf-8"}, written(transfers("M-6", item(7)))),
    ({**XML, "content-type": "application/xmlish"}, written(transfers("M-7", item(8)))),
    ({**XML, "idempotency-key": "k"}, written(transfers("M-8", item(9)))),
    ({**XML, "comity-deadline-ms": "soon"}, written(transfers("M-9", item(10)))),
    ({**XML, "authorization": "Bearer guess"}, written(transfers("M-10", item(11)))),
    ({**XML, "authorization": "Bearer alfa-reader"}, written(transfers("M-11", item(12)))),
    (XML, written(transfers("M-12", *(item(number) for number in range(20, 40))))),
]
SENT_TAKEN = [0] * 11 + [1, 2, 3, 4, 5, 6]
"""How many of these have gone to the framework after each."""


async def _answers_to_messages(*, short: bool) -> list[Answer]:
    served = Entrance(short=short)
    answers = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://gateway") as client:
        for headers, body in SENT:
            answer = await client.post("/v1/messages", content=body, headers=headers)
            answers.append((answer.status_code, dict(answer.headers), answer.content, served.ordinary))
    served.gateway.close()
    return answers


def test_messages_are_answered_the_same_on_both_ways() -> None:
    short, ordinary = (asyncio.run(_answers_to_messages(short=each)) for each in (True, False))
    assert [answer[:3] for answer in short] == [answer[:3] for answer in ordinary]
    assert {answer[0] for answer in short} >= {201, 400, 401, 403, 409, 415, 422}
    assert [answer[3] for answer in short] == SENT_TAKEN


async def _answers(*, short: bool) -> list[Answer]:
    served = Entrance(short=short)
    answers = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://gateway") as client:
        for headers, body in ASKED:
            content = body if isinstance(body, bytes) else httpx.Request("POST", "http://x", json=body).content
            typed = {"content-type": "application/json", **headers}
            answer = await client.post("/v1/payments", content=content, headers=typed)
            answers.append((answer.status_code, dict(answer.headers), answer.content, served.ordinary))
    served.gateway.close()
    return answers


@pytest.fixture(scope="module")
def both() -> tuple[list[Answer], list[Answer]]:
    return asyncio.run(_answers(short=True)), asyncio.run(_answers(short=False))


@pytest.mark.parametrize("number", range(len(ASKED)))
def test_shortcut_and_framework_answer_the_same(both: tuple[list[Answer], list[Answer]], number: int) -> None:
    assert both[0][number][:3] == both[1][number][:3]


def test_the_cases_reach_what_is_taken_here_and_what_is_not(both: tuple[list[Answer], list[Answer]]) -> None:
    statuses = {answer[0] for answer in both[0]}
    assert statuses >= {201, 400, 401, 403, 422}
    assert [answer[3] for answer in both[0]][: len(TAKEN)] == TAKEN


def test_key_with_the_certificate_of_nobody_is_refused_on_both_ways() -> None:
    async def status(*, short: bool) -> int:
        served = Entrance(short=short, peer="00" * 32)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://gateway") as client:
            answer = await client.post("/v1/payments", json=PAYMENT, headers=SENDER)
        served.gateway.close()
        return answer.status_code

    assert (asyncio.run(status(short=True)), asyncio.run(status(short=False))) == (401, 401)


def test_who_asks_too_often_is_turned_away_on_both_ways_together() -> None:
    async def statuses() -> tuple[list[int], int]:
        served = Entrance(short=True, bounds=Bounds(requests_per_s=1, burst=3))
        found = []
        async with httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://gateway") as client:
            for number in range(5):
                path = "/v1/payments" if number % 2 else "/v1/payments?dry_run=false"
                answer = await client.post(path, json={**PAYMENT, "id": f"p{number}"}, headers=SENDER)
                found.append(answer.status_code)
        served.gateway.close()
        return found, served.ordinary

    assert asyncio.run(statuses()) == ([201, 201, 201, 429, 429], 3)


def call(entrance: Entrance, receive: Receive) -> int:
    """Return the status of a payment under a key that nobody has."""
    statuses: list[int] = []

    async def send(message: Message) -> None:
        statuses.append(message.get("status", 0))

    names = {"authorization": "Bearer guess", "content-type": "application/json", "content-length": "80"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/payments",
        "raw_path": b"/v1/payments",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in names.items()],
        "client": ("127.0.0.1", 1),
        "server": ("gateway", 80),
        "scheme": "http",
        "http_version": "1.1",
    }
    asyncio.run(asyncio.wait_for(entrance._inner(scope, receive, send), 20))
    return statuses[0]


def test_body_of_somebody_unknown_is_not_waited_for() -> None:
    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    entrance = Entrance(short=True)
    assert call(entrance, never) == 401
    entrance.gateway.close()


def test_clock_that_was_set_is_told_as_the_framework_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def empty() -> Message:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    def jumped() -> int:
        raise EnvironmentFailed("the clock was set")

    entrance = Entrance(short=True)
    with monkeypatch.context() as during:
        during.setattr(entrance.gateway.clock, "now", jumped)
        assert call(entrance, empty) == 503
    entrance.gateway.close()
