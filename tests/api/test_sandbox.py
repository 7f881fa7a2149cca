"""The sandbox over HTTP: its clock, and failures on request."""

from collections.abc import Iterator
from typing import TypeAlias

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.api.sandbox import sandbox_routes
from comity.gateway.sandbox import open_sandbox
from tests.gateway.union import open_gateway

Client: TypeAlias = TestClient[Litestar]

EAST = {"authorization": "Bearer sandbox-eastcnbj"}


def payment(name: str) -> dict[str, str]:
    return {"id": name, "debtor": "EASTCNBJ", "creditor": "PORTCNSH", "currency": "CNY", "amount": "5.00"}


@pytest.fixture
def client() -> Iterator[Client]:
    gateway, clock = open_sandbox()
    with TestClient(create_app(gateway, sandbox=sandbox_routes(clock, lambda: None))) as client:
        yield client


def test_clock_stands_until_it_is_advanced_and_phases_follow(client: Client) -> None:
    assert client.get("/v1/sandbox").json() == {"now": "2021-12-15T08:00:00Z", "phase": "open"}
    moved = client.post("/v1/sandbox/advance", json={"by": "8h"})
    assert moved.json() == {"now": "2021-12-15T16:00:00Z", "phase": "customer_cutoff"}
    assert client.post("/v1/payments", json=payment("p1"), headers=EAST).json()["state"] == "RJTD"
    moved = client.post("/v1/sandbox/advance", json={"to": "2021-12-16T02:00:00Z"})
    assert moved.json()["phase"] == "open"


@pytest.mark.parametrize(
    "asked",
    [{}, {"by": "1h", "to": "2021-12-15T16:00:00Z"}, {"by": "soon"}, {"to": "2021-12-15T07:00:00Z"}, {"by": "99d"}],
)
def test_time_passes_forward_and_not_too_far(client: Client, asked: dict[str, str]) -> None:
    answer = client.post("/v1/sandbox/advance", json=asked)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:comity:problem:invalid")


@pytest.mark.parametrize(
    ("kind", "status", "problem"),
    [
        ("busy", 503, "busy"),
        ("rate", 429, "rate"),
        ("in-flight", 409, "in-flight"),
        ("lost", 504, "unknown-outcome"),
        ("unknown-outcome", 504, "unknown-outcome"),
        ("perhaps", 400, "invalid"),
    ],
)
def test_request_fails_as_it_asks_to(client: Client, kind: str, status: int, problem: str) -> None:
    headers = {**EAST, "comity-sandbox-fail": kind}
    answer = client.post("/v1/payments", json=payment("p1"), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:comity:problem:{problem}")


@pytest.mark.parametrize(("kind", "is_repeated"), [("unknown-outcome", True), ("lost", False)])
def test_lost_answer_is_told_apart_from_a_lost_request_by_asking_again(
    client: Client, kind: str, *, is_repeated: bool
) -> None:
    client.post("/v1/payments", json=payment("p1"), headers={**EAST, "comity-sandbox-fail": kind})
    answer = client.post("/v1/payments", json=payment("p1"), headers=EAST).json()
    assert answer["state"] == "STLD"
    assert answer.get("repeated", False) is is_repeated


def test_request_fails_as_often_as_it_asks_to(client: Client) -> None:
    headers = {**EAST, "comity-sandbox-fail": "busy*2", "idempotency-key": "k"}
    statuses = [client.post("/v1/payments", json=payment("p1"), headers=headers).status_code for _ in range(3)]
    assert statuses == [503, 503, 201]


def test_nothing_of_a_sandbox_is_there_outside_one() -> None:
    with TestClient(create_app(open_gateway())) as client:
        assert client.get("/v1/sandbox").status_code == 404
        assert client.post("/v1/sandbox/advance", json={"by": "1h"}).status_code == 404
        headers = {"authorization": "Bearer alfa-sender", "comity-sandbox-fail": "busy"}
        body = {"id": "p1", "debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": "5.00"}
        assert client.post("/v1/payments", json=body, headers=headers).status_code == 201
