"""Traces: a span per request and one per record, with the request's id and nobody's data."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import pytest
from litestar.testing import TestClient
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from comity.api.app import whole_app
from comity.gateway.gateway import Gateway
from comity.gateway.traces import Traces
from tests.gateway.people import as_, enrol
from tests.gateway.union import open_gateway

if TYPE_CHECKING:
    from litestar.types import ASGIApp

PAYMENT = {"id": "secret-id", "debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": "12.51"}


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def gateway(exporter: InMemorySpanExporter) -> Gateway:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    gateway = enrol(open_gateway())
    gateway.trace(Traces(provider))
    return gateway


@pytest.fixture
def client(gateway: Gateway) -> Iterator[TestClient[Any]]:
    with TestClient(cast("ASGIApp", whole_app(gateway))) as client:
        yield client


def spans(exporter: InMemorySpanExporter) -> tuple[list[ReadableSpan], list[ReadableSpan]]:
    """Return the spans of requests and those of records, in the order of their ends."""
    ended = exporter.get_finished_spans()
    return [each for each in ended if each.name != "record"], [each for each in ended if each.name == "record"]


def about(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


@pytest.mark.parametrize("query", ["", "?dry_run=false"])
def test_record_of_a_payment_is_traced_below_its_request(
    client: TestClient[Any], exporter: InMemorySpanExporter, query: str
) -> None:
    answer = client.post(f"/v1/payments{query}", json=PAYMENT, headers=as_("sender"))
    assert answer.status_code == 201
    (request,), (record,) = spans(exporter)
    request_id = answer.headers["x-request-id"]
    assert (request.name, about(request)) == (
        "POST /v1/payments",
        {
            "comity.request_id": request_id,
            "http.request.method": "POST",
            "http.route": "/v1/payments",
            "http.response.status_code": 201,
        },
    )
    sequence = answer.json()["sequence"]
    assert about(record) == {
        "comity.requests": (request_id,),
        "comity.sequence": sequence,
        "comity.kind": "PAYMENTS",
        "comity.count": 1,
    }
    assert record.parent is not None
    assert request.context is not None
    assert record.parent.span_id == request.context.span_id


def test_every_record_of_a_command_and_of_an_approval_is_traced_once(
    client: TestClient[Any], gateway: Gateway, exporter: InMemorySpanExporter
) -> None:
    before = gateway.writer.call(lambda node: node.head.sequence).result()
    row = {"command": "credit", "participant": "ALFACNBJ", "currency": "CNY", "amount": "5.00"}
    asked = client.post("/v1/commands", json={"commands": [row]}, headers=as_("member-operator"))
    done = client.post(f"{asked.headers['location']}/approve", headers=as_("member-approver"))
    last = gateway.writer.call(lambda node: node.head.sequence).result()
    _, records = spans(exporter)
    assert [about(each)["comity.sequence"] for each in records] == list(range(before + 1, last + 1))
    named = [about(each)["comity.requests"] for each in records]
    assert named == [(each.headers["x-request-id"],) for each in (asked, done)]


def test_spans_hold_nobodys_data(client: TestClient[Any], exporter: InMemorySpanExporter) -> None:
    client.post("/v1/payments", json=PAYMENT, headers=as_("sender"))
    client.get("/v1/payments/secret-id", headers=as_("sender"))
    client.get("/v1/payments/secret-id?participant=ALFACNBJ", headers=as_("auditor", comity_reason="case 7 of sam"))
    client.get("/nothing/secret-id")
    said = " ".join(each.to_json() for each in exporter.get_finished_spans())
    assert "GET /v1/payments/{name}" in said.replace("{name:str}", "{name}")
    for word in ("secret-id", "12.51", "ALFACNBJ", "sam", "ann", "sender", "auditor", "case 7"):
        assert word not in said
