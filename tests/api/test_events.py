"""Events over HTTP: streams, long polls and files, over a real socket."""

import asyncio
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import msgspec
import pyarrow.parquet as pq
import pytest
from litestar.types import Receive, Scope, Send

from comity.api import events as routes
from comity.api import following
from comity.api.app import create_app
from comity.gateway.actor import Actor
from comity.gateway.enrolments import Person, Revoked
from comity.gateway.events import WHOLE, Cursor, view_of
from comity.gateway.gateway import Gateway
from comity.gateway.payments import payment_batch
from comity.gateway.people import let_in
from tests.api.serving import served
from tests.gateway.test_writer import payment
from tests.gateway.union import KEYS, open_gateway

ALFA = {"authorization": "Bearer alfa-sender"}
BETA = {"authorization": "Bearer beta-sender"}
OTHER = {"authorization": "Bearer delt-reader"}
STREAM = {"accept": "text/event-stream"}


@pytest.fixture
def gateway() -> Gateway:
    gateway = open_gateway()
    gateway.identities.enrol("delt-reader", Actor("key:d", "dora", "DELTRUMM", frozenset({"reader"})))
    gateway.identities.enrol("auditor", Actor("key:u", "ada", "audit", frozenset({"auditor"})))
    return gateway


@pytest.fixture
def http(gateway: Gateway) -> Iterator[httpx.Client]:
    with served(gateway) as base, httpx.Client(base_url=base, timeout=20) as client:
        yield client


def pay(gateway: Gateway, *names: str) -> None:
    for name in names:
        gateway.writer.enter("ALFACNBJ", payment_batch(payment(name, amount="0.01"), gateway.directory)).result()


def blocks(answer: httpx.Response) -> Iterator[dict[str, str]]:
    """Yield the fields of each block of a stream."""
    block: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(":")
            block[name or "comment"] = value.strip()
        elif block:
            yield block
            block = {}


def told(answer: httpx.Response, count: int, kind: str = "instruction") -> list[dict[str, Any]]:
    """Read so many events of a kind, each of which names the one before it."""
    found: list[dict[str, Any]] = []
    last = ""
    for block in blocks(answer):
        if "data" not in block:
            continue
        event = msgspec.json.decode(block["data"])
        if "previous" in event:
            assert last in {"", event["previous"]}
            assert event["id"] == block["id"]
            if event["type"] == kind:
                found.append(event)
        last = block["id"]
        if len(found) == count:
            break
    return found


def test_stream_tells_what_was_and_then_what_happens(gateway: Gateway, http: httpx.Client) -> None:
    pay(gateway, "p1")
    with http.stream("GET", "/v1/events", headers=ALFA | STREAM) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        first = told(answer, 1)
    with http.stream("GET", "/v1/events", headers=ALFA | STREAM | {"last-event-id": first[0]["id"]}) as answer:
        pay(gateway, "p2", "p3")
        later = told(answer, 2)
    assert [event["instruction"]["id"] for event in first + later] == ["p1", "p2", "p3"]
    assert later[0]["previous"] == first[0]["id"]


def test_heartbeat_says_up_to_which_record_there_is_nothing_more(
    gateway: Gateway, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "HEARTBEAT_S", 0.2)
    with http.stream("GET", "/v1/events?after=2", headers=OTHER | STREAM) as answer:
        pay(gateway, "p1", "p2", "p3")
        through = gateway.feed.through
        for block in blocks(answer):
            if block.get("event") == "heartbeat" and block["id"] == str(through):
                assert msgspec.json.decode(block["data"]) == {"through": through}
                break
            assert block.get("event") in {None, "heartbeat"}


@pytest.mark.parametrize("how", ["revoked", "role lost"])
def test_stream_ends_once_its_reader_is_known_no_more(
    gateway: Gateway, http: httpx.Client, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(routes, "HEARTBEAT_S", 0.2)
    issued = let_in(gateway, "anna", "ALFACNBJ", ["reader", "sender"], 10**12)
    key = {"authorization": f"Bearer {issued.secret}"}
    with http.stream("GET", "/v1/events?after=2", headers=key | STREAM) as answer:
        stream = blocks(answer)
        assert any(each.get("event") == "heartbeat" for each in stream)
        gone = Revoked(issued.note.id, "x") if how == "revoked" else Person("anna", "ALFACNBJ", ("reader",), "x")
        gateway.note([gone]).result()
        pay(gateway, "p1")
        rest = list(stream)
    assert rest[-1]["event"] == "cut-off"
    assert msgspec.json.decode(rest[-1]["data"])["reason"] == "unknown"
    assert "instruction" not in {each.get("event") for each in rest}


def test_reader_that_falls_behind_is_told_and_cut_off(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "AT_ONCE", 1)
    monkeypatch.setattr(routes, "BEHIND_MAX", 5)
    view = view_of(KEYS["alfa-sender"], gateway.directory)

    async def read() -> list[bytes]:
        has_caught_up, wait = asyncio.Event(), gateway.feed.wait

        async def told_of(*at: Any) -> int:  # noqa: ANN401 - as they come
            has_caught_up.set()
            return await wait(*at)

        monkeypatch.setattr(gateway.feed, "wait", told_of)
        stream = routes._streamed(gateway.feed, view, Cursor(2, WHOLE), lambda: True)
        chunks = [await anext(stream)]
        await asyncio.to_thread(pay, gateway, "p0")
        chunks.append(await anext(stream))
        following = asyncio.ensure_future(anext(stream))
        await has_caught_up.wait()
        await asyncio.to_thread(pay, gateway, *(f"p{number}" for number in range(1, 20)))
        chunks.append(await following)
        return chunks + [chunk async for chunk in stream]

    chunks = asyncio.run(read())
    last = chunks[-2].split(b"\n")[0].removeprefix(b"id: ").decode()
    assert chunks[-1].decode().strip().splitlines() == ["event: cut-off", f'data: {{"reason":"slow","after":"{last}"}}']
    assert len(chunks) < 20
    gateway.close()


def test_connection_that_takes_no_chunk_in_time_seems_closed(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "STALL_S", 0.05)
    app, ended = create_app(gateway), []

    async def never(_: object = None) -> Any:  # noqa: ANN401 - a message
        await asyncio.Event().wait()

    async def stream(_: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.ensure_future(send({"type": "http.response.body", "body": b"x", "more_body": True}))
        ended.append((await receive())["type"])
        sending.cancel()

    scope: Any = {"litestar_app": app, "user": KEYS["alfa-sender"]}
    asyncio.run(following.Following().handle(scope, never, never, stream))
    assert ended == ["http.disconnect"]
    assert not gateway.feed.followers
    gateway.close()


def test_long_poll_answers_when_something_happens_and_not_before(gateway: Gateway, http: httpx.Client) -> None:
    nothing = http.get("/v1/events?after=2", headers=ALFA).json()
    assert nothing == {"events": [], "next": "2", "through": 2}
    with ThreadPoolExecutor(1) as asking:
        asked = asking.submit(http.get, "/v1/events?after=2&wait_s=20", headers=ALFA)
        while not gateway.feed.followers:
            pass
        pay(gateway, "p1")
        part = asked.result().json()
    assert [event["instruction"]["id"] for event in part["events"]] == ["p1"]
    assert part["events"][0]["previous"] == "2"


def test_parts_follow_each_other_without_a_gap(gateway: Gateway, http: httpx.Client) -> None:
    pay(gateway, *(f"p{number}" for number in range(25)))
    cursor, names = "0", []
    while True:
        part = http.get(f"/v1/events?after={cursor}&limit=4", headers=BETA).json()
        if not part["events"]:
            break
        assert part["events"][0]["previous"] == cursor
        names += [event["instruction"]["id"] for event in part["events"] if "instruction" in event]
        cursor = part["next"]
    assert names == [f"p{number}" for number in range(25)]
    assert part["through"] == gateway.feed.through


@pytest.mark.parametrize(
    "query", ["after=x", "after=1.2.3", "after=99", "after=99.5", "limit=0", "limit=1001", "wait_s=61", "wait_s=-1"]
)
def test_question_that_cannot_be_read_is_refused(http: httpx.Client, query: str) -> None:
    for headers in (ALFA, ALFA | STREAM) if query.startswith("after") else (ALFA,):
        answer = http.get(f"/v1/events?{query}", headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:comity:problem:invalid")


def test_who_follows_with_too_many_requests_is_turned_away(gateway: Gateway, http: httpx.Client) -> None:
    gateway.feed.followers["ALFACNBJ"] = 32
    answer = http.get("/v1/events", headers=ALFA)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:comity:problem:busy")
    assert http.get("/v1/events", headers=BETA).status_code == 200


def test_export_has_the_events_of_the_range_and_of_the_party(gateway: Gateway, http: httpx.Client) -> None:
    pay(gateway, "p1", "p2", "p3")
    through = gateway.feed.through
    mine = pq.read_table(io.BytesIO(http.get(f"/v1/events/export?first={through}", headers=ALFA).content)).to_pylist()
    assert [(row["sequence"], row["id"], row["amount_minor"], row["state"]) for row in mine] == [
        (through, "p3", 1, "STLD")
    ]
    other = pq.read_table(io.BytesIO(http.get("/v1/events/export", headers=OTHER).content)).to_pylist()
    assert [row["type"] for row in other] == ["command"]
    everything = pq.read_table(
        io.BytesIO(
            http.get(
                "/v1/events/export", headers={"authorization": "Bearer auditor", "comity-reason": "audit 7"}
            ).content
        )
    )
    assert [row["id"] for row in everything.to_pylist() if row["type"] == "instruction"] == ["p1", "p2", "p3"]
