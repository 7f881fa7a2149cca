"""Dates that are over: balances at their ends, and instructions that the engine has forgotten."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeAlias

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.gateway.clock import SetClock
from comity.gateway.gateway import Gateway
from comity.gateway.plan import plain_day
from comity.gateway.sandbox import advance
from comity.model.instant import parse_instant
from tests.gateway.people import as_, enrol
from tests.gateway.union import small_union

Client: TypeAlias = TestClient[Litestar]
FIRST, SECOND, NOW = "2021-12-15", "2021-12-16", "2021-12-24"


def at(day: str) -> int:
    return parse_instant(f"{day}T02:00:00Z")


def pay(client: Client, name: str, amount: str) -> None:
    body = {"id": name, "debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": amount}
    answer = client.post("/v1/payments", json=body, headers=as_("sender"))
    assert answer.status_code == 201, answer.text


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Two days with payments, and eight more; the engine knows ids of one date back."""
    clock = SetClock(at(FIRST) - 3_600_000_000 * 2)
    gateway = enrol(Gateway.in_memory(replace(small_union(), id_days_back=1), clock, plain_day))
    with TestClient(create_app(gateway)) as client:
        advance(gateway, clock, at(FIRST)).result()
        pay(client, "p1", "10.00")
        pay(client, "too much", "5000.00")
        advance(gateway, clock, at(SECOND)).result()
        pay(client, "p2", "20.00")
        advance(gateway, clock, at(NOW)).result()
        pay(client, "p1", "30.00")
        yield client


def find(client: Client, name: str, who: str = "sender", **more: str) -> list[dict[str, Any]] | int:
    answer = client.get("/v1/instructions", params={"id": name, **more}, headers=as_(who))
    return list(answer.json()["items"]) if answer.status_code == 200 else answer.status_code


def test_instruction_of_a_date_that_is_over_is_found_as_it_ended(client: Client) -> None:
    assert find(client, "p2") == 404
    found = find(client, "p2", date=SECOND)
    assert isinstance(found, list)
    (paid,) = found
    assert {name: paid[name] for name in ("id", "state", "debtor", "creditor", "amount", "date", "entered_at")} == {
        "id": "p2",
        "state": "STLD",
        "debtor": "ALFACNBJ",
        "creditor": "BETACNBJ",
        "amount": "20.00",
        "date": SECOND,
        "entered_at": f"{SECOND}T02:00:00Z",
    }
    rejected = find(client, "too much", date=FIRST)
    assert isinstance(rejected, list)
    assert (rejected[0]["state"], rejected[0]["reason"]["code"] != "") == ("RJTD", True)
    assert rejected[0]["final_at"] > rejected[0]["entered_at"]


def test_id_that_was_used_again_is_told_by_its_date(client: Client) -> None:
    for given, amount in (({}, "30.00"), ({"date": NOW}, "30.00"), ({"date": FIRST}, "10.00")):
        found = find(client, "p1", **given)
        assert isinstance(found, list)
        assert found[0]["amount"] == amount


@pytest.mark.parametrize(
    ("name", "date", "who", "status"),
    [
        ("p2", FIRST, "sender", 404),
        ("p3", SECOND, "sender", 404),
        ("p2", "2021-12-14", "sender", 404),
        ("p2", "2022-01-01", "sender", 404),
        ("p2", "2021-02-30", "sender", 400),
        ("p2", SECOND, "ru-operator", 404),
    ],
)
def test_what_was_not_on_that_date_or_is_anothers_is_not_found(
    client: Client, name: str, date: str, who: str, status: int
) -> None:
    more = {"participant": "ALFACNBJ"} if who != "sender" else {}
    headers = as_(who, comity_reason="test")
    answer = client.get("/v1/instructions", params={"id": name, "date": date, **more}, headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(("date", "balance"), [(FIRST, "990.00"), (SECOND, "970.00"), (NOW, "940.00"), ("", "940.00")])
def test_balance_is_told_as_at_the_end_of_a_date(client: Client, date: str, balance: str) -> None:
    params = {"currency": "CNY", "participant": "ALFACNBJ", "date": date}
    answer = client.get("/v1/balances", params=params, headers=as_("reader"))
    assert answer.json()["items"][0]["balance"] == balance


def test_balance_of_no_business_date_is_not_found(client: Client) -> None:
    assert client.get("/v1/balances", params={"date": "2021-12-14"}, headers=as_("reader")).status_code == 404
