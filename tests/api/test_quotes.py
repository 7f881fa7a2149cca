"""Quotes over HTTP: asked for, given, accepted, and settled as one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.gateway.actor import Actor
from comity.gateway.clock import SetClock
from comity.gateway.gateway import Gateway
from tests.api.lists import NOBODY, company, ftm, put_in_force
from tests.gateway.union import open_gateway

Client: TypeAlias = TestClient[Litestar]

ALFA = {"authorization": "Bearer alfa-sender"}
BETA = {"authorization": "Bearer beta-sender"}
DELTA = {"authorization": "Bearer delta-sender"}
ASKED = {
    "name": "q1",
    "debtor": "ALFACNBJ",
    "creditor": "GAMARUMM",
    "source": "CNY",
    "target": "RUB",
    "source_amount": "100.00",
}
OFFER = {"amount": "890.00", "expires": "2021-12-15T02:00:00Z"}
ANSWER = "/v1/quote-requests/ALFACNBJ/q1/quotes"


@pytest.fixture
def gateway() -> Gateway:
    gateway = open_gateway()
    gateway.identities.enrol("delta-sender", Actor("key:delta", "daria", "DELTRUMM", frozenset({"sender"})))
    return gateway


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with TestClient(create_app(gateway)) as client:
        yield client


def post(client: Client, path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    answer = client.post(path, json=body, headers=headers)
    return answer.status_code, answer.json()


def test_accepted_quote_settles_both_payments_at_once(client: Client) -> None:
    assert post(client, "/v1/quote-requests", ASKED, ALFA) == (201, ASKED)
    assert client.get("/v1/quote-requests", headers=DELTA).json()["items"] == [ASKED]
    status, quote = post(client, ANSWER, OFFER, DELTA)
    assert (status, quote["target_amount"], quote["provider"]) == (201, "890.00", "DELTRUMM")
    assert client.get("/v1/quotes", headers=ALFA).json()["items"] == [quote]
    acceptance = f"/v1/quotes/{quote['quote']}/acceptance"
    assert post(client, f"{acceptance}?dry_run=true", None, ALFA)[1]["sequence"] == 0
    keyed = {**ALFA, "idempotency-key": "a1"}
    status, accepted = post(client, acceptance, None, keyed)
    assert (status, [leg["state"] for leg in accepted["payments"]]) == (201, ["UMAC", "STLD"])
    assert post(client, acceptance, None, keyed) == (201, accepted)
    assert client.get("/v1/payments/q1%2Fpay", headers=ALFA).status_code == 404
    (paid,) = client.get("/v1/payments?id=q1/pay", headers=ALFA).json()["items"]
    assert (paid["id"], paid["state"]) == (accepted["payments"][0]["id"], "STLD")
    assert client.get("/v1/quotes", headers=ALFA).json()["items"] == []


def test_quote_that_has_expired_is_neither_told_nor_accepted(client: Client, gateway: Gateway) -> None:
    post(client, "/v1/quote-requests", ASKED, ALFA)
    _, quote = post(client, ANSWER, OFFER, DELTA)
    assert isinstance(gateway.clock, SetClock)
    gateway.clock.advance(3_600_000_000)
    assert client.get("/v1/quotes", headers=ALFA).json()["items"] == []
    assert post(client, f"/v1/quotes/{quote['quote']}/acceptance", None, ALFA)[0] == 400


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/v1/quote-requests", ASKED, BETA, 403),
        ("/v1/quote-requests", {**ASKED, "target_amount": "1.00"}, ALFA, 400),
        ("/v1/quote-requests", {**ASKED, "target": "USD"}, ALFA, 400),
        (ANSWER, OFFER, DELTA, 404),
        ("/v1/quotes/1/acceptance", None, ALFA, 404),
    ],
)
def test_what_cannot_be_asked_or_answered_is_refused(
    client: Client, path: str, body: dict[str, Any] | None, headers: dict[str, str], status: int
) -> None:
    assert post(client, path, body, headers)[0] == status


def test_acceptance_sent_again_after_a_restart_accepts_no_other_quote(tmp_path: Path) -> None:
    delta = Actor("key:delta", "daria", "DELTRUMM", frozenset({"sender"}))
    numbers: list[int] = []
    for amount in ("890.00", "1.00"):
        gateway = open_gateway(tmp_path)
        assert isinstance(gateway.clock, SetClock)
        gateway.clock.advance(len(numbers) * 1_000_000)
        gateway.identities.enrol("delta-sender", delta)
        with TestClient(create_app(gateway)) as client:
            post(client, "/v1/quote-requests", ASKED, ALFA)
            numbers.append(post(client, ANSWER, {**OFFER, "amount": amount}, DELTA)[1]["quote"])
            if amount == "1.00":
                assert post(client, f"/v1/quotes/{numbers[0]}/acceptance", None, ALFA)[0] == 404
    assert len(set(numbers)) == 2


@pytest.mark.parametrize("offer", [{**OFFER, "amount": "1.001"}, {**OFFER, "expires": "2021-12-15T00:00:00Z"}])
def test_offer_that_cannot_hold_is_refused(client: Client, offer: dict[str, str]) -> None:
    post(client, "/v1/quote-requests", ASKED, ALFA)
    assert post(client, ANSWER, offer, DELTA)[0] == 400


def test_quote_of_a_listed_participant_is_not_accepted_and_settles_once_it_is_cleared(
    client: Client, gateway: Gateway
) -> None:
    assert post(client, "/v1/quote-requests", ASKED, ALFA)[0] == 201
    _, quote = post(client, ANSWER, OFFER, DELTA)
    put_in_force(gateway, ftm(company("b-1", "Delta Bank of Elsewhere", swiftBic=["DELTRUMM"])))
    acceptance = f"/v1/quotes/{quote['quote']}/acceptance"
    for path in (acceptance, f"{acceptance}?dry_run=true"):
        assert post(client, path, None, ALFA)[0] == 409
    put_in_force(gateway, NOBODY)
    assert post(client, acceptance, None, ALFA)[0] == 201
