"""The edge of a gateway: ids, bounds, figures, and a journal that keeps secrets."""

import asyncio
import io
import json
import logging
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar.types import HTTPReceiveMessage, HTTPScope, Message, Receive, Scope, Send

from comity.api.app import create_app
from comity.api.bounds import MILLION, Bounds, Bucket, Buckets
from comity.api.edge import Edge
from comity.api.journal import Journal, kept_in
from comity.api.metrics import Metrics
from comity.api.problems import Refused
from comity.gateway.gateway import Gateway
from tests.api.lists import open_screening
from tests.api.messages import BETA, item, transfers, written
from tests.gateway.union import open_gateway

ROOT = Path(__file__).resolve().parents[2]
SENDER = {"authorization": "Bearer alfa-sender"}
PAYMENT = {"id": "p1", "debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": "12.50"}


class Asked:
    """A gateway behind its edge, what it wrote, and a client."""

    def __init__(self, bounds: Bounds, gateway: Gateway | None = None) -> None:
        self.written = io.BytesIO()
        self.gateway = gateway or open_gateway()
        self.meters = Metrics()
        app = create_app(self.gateway, meters=self.meters, buckets=Buckets(bounds))
        self.edge = Edge(app, self.meters, Journal(self.written), bounds, 0)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.written.getvalue().splitlines()]


def ask(
    *requests: tuple[str, str, dict[str, Any]],
    bounds: Bounds = Bounds(),  # noqa: B008
    gateway: Gateway | None = None,
) -> tuple[Asked, list[httpx.Response]]:
    asked = Asked(bounds, gateway)

    async def run() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=asked.edge)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            return [await client.request(method, path, **more) for method, path, more in requests]

    answers = asyncio.run(run())
    asked.gateway.close()
    return asked, answers


def test_every_answer_carries_the_id_under_which_the_journal_has_it() -> None:
    asked, answers = ask(("GET", "/health", {}), ("GET", "/v1/positions", {}), ("GET", "/nothing", {}))
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == 3
    assert [line["request"] for line in asked.lines()] == ids
    assert answers[1].json()["instance"] == ids[1]
    assert [line["status"] for line in asked.lines()] == [200, 401, 404]


def test_journal_has_no_key_no_amount_and_no_path() -> None:
    asked, answers = ask(
        ("POST", "/v1/payments", {"json": PAYMENT, "headers": {**SENDER, "idempotency-key": "very-secret"}}),
        ("GET", "/v1/payments/p1?participant=ALFACNBJ", {"headers": SENDER}),
    )
    assert answers[0].status_code == 201
    text = asked.written.getvalue().decode()
    for secret in ("alfa-sender", "12.50", "very-secret", "/p1", "BETACNBJ"):
        assert secret not in text
    assert asked.lines()[0]["actor"] == "key:alfa-1"


def test_journal_says_of_a_refusal_which_it_was_whose_and_from_where() -> None:
    asked, answers = ask(
        ("GET", "/v1/me", {"headers": {"authorization": "Bearer guessed-key"}}),
        ("GET", "/v1/audit", {"headers": {**SENDER, "comity-reason": "curious"}}),
        ("POST", "/v1/payments", {"json": {**PAYMENT, "creditor": "NOBODYXX"}, "headers": SENDER}),
        ("POST", "/v1/payments", {"content": b"{", "headers": SENDER}),
        ("POST", "/v1/payments", {"content": b"", "headers": {**SENDER, "content-encoding": "gzip"}}),
    )
    assert [answer.status_code for answer in answers] == [401, 403, 400, 400, 415]
    lines = asked.lines()
    assert [line["problem"] for line in lines] == ["unauthenticated", "forbidden", "invalid", "invalid", "media-type"]
    assert [line.get("actor", "") for line in lines] == ["", "key:alfa-1", "key:alfa-1", "key:alfa-1", ""]
    assert {line["from"] for line in lines} == {"127.0.0.1"}
    assert {line["event"] for line in lines} == {"refused"}
    text = asked.written.getvalue().decode()
    assert not any(word in text for word in ("guessed-key", "alfa-sender", "NOBODYXX", "curious", "12.50"))


def test_journal_says_of_a_message_which_it_was_and_how_it_ended() -> None:
    headers = {**SENDER, "content-type": "application/xml"}
    data = written(transfers("M-1", item(1)))
    asked, answers = ask(
        ("POST", "/v1/messages", {"content": data, "headers": headers}),
        ("POST", "/v1/messages?dry_run=true", {"content": written(transfers("M-2", item(2))), "headers": headers}),
        ("POST", "/v1/messages", {"content": data, "headers": headers}),
        ("POST", "/v1/messages", {"content": written(transfers("M-1", item(2))), "headers": headers}),
        ("POST", "/v1/messages", {"content": written(transfers("M-3", item(3)), BETA), "headers": headers}),
        ("POST", "/v1/messages", {"content": written(transfers("M-4", item(3), count="2")), "headers": headers}),
        ("POST", "/v1/messages", {"content": b"<Secret>", "headers": headers}),
        gateway=open_screening(),
    )
    assert [answer.status_code for answer in answers] == [201, 200, 201, 409, 403, 422, 400]
    lines = asked.lines()
    assert [line.get("outcome", "") for line in lines] == ["carried-out", "tried", "repeated", "", "", "", ""]
    assert [line.get("problem", "") for line in lines] == ["", "", "", "used", "foreign", "broken", "unreadable"]
    assert [line.get("message", "") for line in lines] == [*["pacs.008.001.08"] * 6, ""]
    assert [line.get("record", 0) > 1 for line in lines] == [True, False, True, False, False, False, False]
    assert all("from" in line for line in lines if line["event"] == "refused")
    text = asked.written.getvalue().decode()
    assert not any(word in text for word in ("Secret", BETA, "10.00", "M-1", "I-1"))


def test_journal_says_where_a_defect_came_from_and_not_what_it_was_about(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError("somebody's words")

    monkeypatch.setattr("comity.api.keys.Me", breaks)
    asked, (answer,) = ask(("GET", "/v1/me", {"headers": SENDER}))
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:comity:problem:defect")
    (line,) = asked.lines()
    assert (line["event"], line["problem"], line["error"]) == ("failed", "defect", "ZeroDivisionError")
    assert line["at"][-1].startswith("test_edge.py:")
    assert any(place.startswith("keys.py:") for place in line["at"])
    assert "somebody's words" not in asked.written.getvalue().decode() + answer.text


def test_journal_has_what_libraries_log_as_a_line_of_its_own() -> None:
    written = io.BytesIO()
    with kept_in(Journal(written)):
        logging.getLogger("library").warning("a %s\nwith its end", "line")
        try:
            int("somebody's words")
        except ValueError:
            logging.getLogger("library").exception("broken")
        logging.getLogger("library").info("chatter")
    logging.getLogger("library").warning("later")
    first, second = (json.loads(line) for line in written.getvalue().splitlines())
    assert (first["level"], first["by"], first["said"]) == ("warning", "library", "a line\nwith its end")
    assert (second["level"], second["error"]) == ("error", "ValueError")
    assert "somebody's words" not in written.getvalue().decode()


def test_health_tells_ready_from_alive() -> None:
    asked = Asked(Bounds())
    asked.gateway.writer.close()

    async def run() -> list[int]:
        transport = httpx.ASGITransport(app=asked.edge)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            return [(await client.get(path)).status_code for path in ("/health", "/health/ready", "/metrics")]

    assert asyncio.run(run()) == [200, 503, 200]
    asked.gateway.close()


def test_metrics_count_requests_by_template_and_tell_where_the_node_stands() -> None:
    _, answers = ask(
        ("POST", "/v1/payments", {"json": PAYMENT, "headers": SENDER}),
        ("GET", "/v1/payments/p1", {"headers": SENDER}),
        ("GET", "/metrics", {}),
    )
    text = answers[2].text
    assert 'comity_requests_total{method="POST",route="/v1/payments",status="201"} 1.0' in text
    assert "/p1" not in text
    assert "comity_log_head 3.0" in text
    assert 'comity_phase{phase="open"} 1.0' in text
    assert 'comity_record_instructions_bucket{le="1"} 1.0' in text


def test_packed_body_is_refused_before_it_is_unpacked() -> None:
    headers = {**SENDER, "content-encoding": "gzip"}
    _, (answer,) = ask(("POST", "/v1/payments", {"content": b"\x1f\x8b" + bytes(100), "headers": headers}))
    assert (answer.status_code, answer.json()["type"]) == (415, "urn:comity:problem:media-type")


def test_too_many_requests_are_told_when_to_come_back() -> None:
    bounds = Bounds(requests_per_s=1, burst=2)
    one = ("GET", "/v1/positions", {"headers": SENDER})
    other = ("GET", "/v1/positions", {"headers": {"authorization": "Bearer beta-sender"}})
    _, answers = ask(one, one, one, other, bounds=bounds)
    assert [answer.status_code for answer in answers] == [200, 200, 429, 200]
    assert answers[2].headers["retry-after"] == "1"
    assert answers[2].json()["type"] == "urn:comity:problem:rate"


def test_bucket_fills_at_its_rate_and_never_beyond_its_size() -> None:
    bucket = Bucket(Bounds(requests_per_s=2, burst=3), 0)
    assert [bucket.take(0) for _ in range(4)] == [0, 0, 0, 1]
    assert [bucket.take(500_000), bucket.take(500_000)] == [0, 1]
    assert [bucket.take(60 * MILLION) for _ in range(4)] == [0, 0, 0, 1]
    assert bucket.take(0) == 1  # a clock that runs back fills nothing


def test_requests_beyond_those_under_way_are_turned_away() -> None:
    bounds = Bounds(under_way_max=1)
    came, holds = asyncio.Event(), asyncio.Event()

    async def waits(_scope: Scope, _receive: Receive, send: Send) -> None:
        came.set()
        await holds.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    edge = Edge(waits, Metrics(), Journal(io.BytesIO()), bounds, 0)

    async def run() -> list[int]:
        transport = httpx.ASGITransport(app=edge)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            first = asyncio.create_task(client.get("/a"))
            await came.wait()
            second = await client.get("/b")
            holds.set()
            return [(await first).status_code, second.status_code]

    assert asyncio.run(run()) == [200, 503]


def test_flood_of_one_participant_leaves_room_for_the_requests_of_others() -> None:
    buckets = Buckets(Bounds(of_one_max=2, bytes_of_one_max=100))

    async def receive() -> HTTPReceiveMessage:
        return {"type": "http.request", "body": bytes(60), "more_body": True}

    async def run() -> None:
        with buckets.under_way("one", receive) as first:
            await first()
            with buckets.under_way("one", receive) as second:
                with pytest.raises(Refused, match="too large"):
                    await second()
                with pytest.raises(Refused, match="under way"), buckets.under_way("one", receive):
                    pass
                with buckets.under_way("another", receive) as its:
                    await its()
            with buckets.under_way("one", receive):
                pass
        with buckets.under_way("one", receive) as again:
            await again()
        assert not buckets._under_way
        assert not buckets._bytes

    asyncio.run(run())


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("nothing=1", ["/nothing"]),
        ("participant=ALFACNBJ&curency=CNY&Participant=", ["/curency", "/Participant"]),
        ("currency=CNY&currency=RUB", ["/currency"]),
        ("%ff=1&=2", ["/\ufffd", "/"]),
        ("&".join(f"p{number}=" for number in range(500)), [f"/p{number}" for number in range(100)]),
    ],
)
def test_parameter_that_a_route_does_not_take_is_refused_with_those_it_takes(query: str, pointers: list[str]) -> None:
    _, (answer,) = ask(("GET", f"/v1/positions?{query}", {"headers": SENDER}))
    assert answer.status_code == 400
    faults = answer.json()["faults"]
    assert [each["pointer"] for each in faults] == pointers
    assert {each["expected"] for each in faults} <= {"one of currency, participant", "once"}


def test_route_without_parameters_says_so() -> None:
    _, answers = ask(("GET", "/v1/me?x=1", {"headers": SENDER}), ("GET", "/v1/me?x=1", {}))
    assert [answer.status_code for answer in answers] == [400, 401]
    assert answers[0].json()["faults"][0]["expected"] == "no parameters"


@pytest.mark.parametrize("headers", [{"idempotency-key": "k" * 65}, {"comity-deadline-ms": "0"}])
def test_terms_that_cannot_be_read_are_refused_in_a_dry_run_too(headers: dict[str, str]) -> None:
    asked = {"json": PAYMENT, "headers": {**SENDER, **headers}}
    _, answers = ask(("POST", "/v1/payments?dry_run=true", asked), ("POST", "/v1/payments?dry_run=true", asked))
    assert [answer.status_code for answer in answers] == [400, 400]


def test_method_that_a_path_does_not_have_is_answered_with_those_it_has() -> None:
    _, answers = ask(("PUT", "/v1/payments/", {}), ("TRACE", "/v1/orders/o1", {}), ("PUT", "/nothing", {}))
    assert [answer.status_code for answer in answers] == [405, 405, 404]
    assert answers[0].headers["allow"] == "GET, OPTIONS, POST"
    assert answers[1].headers["allow"] == "DELETE, GET, OPTIONS, PATCH"


def test_body_that_does_not_arrive_is_given_up() -> None:
    asked = Asked(Bounds(body_s=0.05))
    sent: list[Any] = []

    async def never() -> HTTPReceiveMessage:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope: HTTPScope = {  # type: ignore[typeddict-item]
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/payments",
        "raw_path": b"/v1/payments",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "client": None,
        "server": None,
        "headers": [(b"authorization", b"Bearer alfa-sender"), (b"content-type", b"application/json")],
        "state": {},
    }
    asyncio.run(edge_call(asked.edge, scope, never, send))
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    asked.gateway.close()


async def edge_call(edge: Edge, scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.wait_for(edge(scope, receive, send), 10)


def test_description_of_the_routes_is_one_document() -> None:
    _, (answer,) = ask(("GET", "/openapi.json", {}))
    assert answer.json()["openapi"].startswith("3.1")
    assert "/v1/payments" in answer.json()["paths"]


def test_dashboard_and_reference_name_metrics_that_there_are() -> None:
    _, (answer,) = ask(("GET", "/metrics", {}))
    there = set(re.findall(r"^# TYPE (\w+) ", answer.text, re.MULTILINE))
    dashboard = (ROOT / "deploy" / "grafana" / "comity.json").read_text()
    reference = (ROOT / "docs" / "reference" / "serve.md").read_text()
    for text in (dashboard, reference):
        named = {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"\bcomity_\w+", text)}
        assert named
        assert named <= there, named - there


@pytest.mark.parametrize("kind", ["busy", "slow"])
def test_sandbox_values_stand_in_the_reference(kind: str) -> None:
    assert f"`{kind}`" in (ROOT / "docs" / "reference" / "serve.md").read_text()
