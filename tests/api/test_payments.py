"""Payments over HTTP."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from comity.api.app import create_app
from tests.gateway.union import open_gateway

Client: TypeAlias = TestClient[Litestar]

PAYMENT = {"id": "p1", "debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": "12.50"}
SENDER = {"authorization": "Bearer alfa-sender"}


@pytest.fixture
def client() -> Iterator[Client]:
    with TestClient(create_app(open_gateway())) as client:
        yield client


def test_payment_is_settled_before_it_is_answered(client: Client) -> None:
    answer = client.post("/v1/payments", json=PAYMENT, headers=SENDER)
    assert answer.status_code == 201
    assert answer.json() == {"id": "p1", "state": "STLD", "sequence": 3, "row": 0}


def test_same_key_and_body_gives_the_same_answer_and_another_body_is_refused(client: Client) -> None:
    keyed = {**SENDER, "idempotency-key": "k1"}
    first = client.post("/v1/payments", json=PAYMENT, headers=keyed)
    again = client.post("/v1/payments", json=PAYMENT, headers=keyed)
    other = client.post("/v1/payments", json={**PAYMENT, "amount": "13.00"}, headers=keyed)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert (other.status_code, other.json()["type"]) == (422, "urn:comity:problem:key-reused")


@pytest.mark.parametrize(
    ("headers", "body", "status", "kind"),
    [
        ({}, PAYMENT, 401, "unauthenticated"),
        ({"authorization": "Bearer guess"}, PAYMENT, 401, "unauthenticated"),
        ({"authorization": "Bearer alfa-reader"}, PAYMENT, 403, "forbidden"),
        ({"authorization": "Bearer beta-sender"}, PAYMENT, 403, "forbidden"),
        (SENDER, {**PAYMENT, "creditor": "NOBODY"}, 400, "invalid"),
        (SENDER, {**PAYMENT, "amount": 12.5}, 400, "invalid"),
        (SENDER, {**PAYMENT, "extra": "1"}, 400, "invalid"),
        ({**SENDER, "comity-deadline-ms": "soon"}, PAYMENT, 400, "invalid"),
    ],
)
def test_refusal_is_a_problem_of_a_stable_type(
    client: Client, headers: dict[str, str], body: dict[str, Any], status: int, kind: str
) -> None:
    answer = client.post("/v1/payments", json=body, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:comity:problem:{kind}")
    assert answer.headers["content-type"].startswith("application/problem+json")
