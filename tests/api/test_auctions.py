"""Auctions, rates, cycles and offsettings over HTTP."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.gateway.actor import Actor
from comity.gateway.gateway import Gateway
from comity.node.auction import AuctionTerms
from comity.node.clearing import Terms
from tests.gateway.union import open_gateway

Client: TypeAlias = TestClient[Litestar]

ALFA = {"authorization": "Bearer alfa-sender"}
BETA = {"authorization": "Bearer beta-sender"}
GAMA = {"authorization": "Bearer gama-sender"}
SELL = {"id": "o1", "participant": "ALFACNBJ", "sell": "CNY", "buy": "RUB", "amount": "100.00", "limit": "8"}
BUY = {"id": "o2", "participant": "GAMARUMM", "sell": "RUB", "buy": "CNY", "amount": "900.00", "limit": "1/10"}


@pytest.fixture
def gateway() -> Gateway:
    gateway = open_gateway()
    gateway.identities.enrol("gama-sender", Actor("key:gama", "gleb", "GAMARUMM", frozenset({"reader", "sender"})))
    return gateway


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with TestClient(create_app(gateway)) as client:
        yield client


def get(client: Client, path: str, headers: dict[str, str] = ALFA) -> dict[str, Any]:
    answer = client.get(f"/v1/{path}", headers=headers)
    assert answer.status_code == 200, answer.json()
    told: dict[str, Any] = answer.json()
    return told


def enter_orders(client: Client) -> None:
    for body, headers in ((SELL, ALFA), (BUY, GAMA)):
        assert client.post("/v1/orders", json=body, headers=headers).json()["state"] == "PSTL"


def hold(gateway: Gateway, terms: AuctionTerms) -> None:
    gateway.writer.call(lambda node: node.auction(terms, gateway.writer.now())).result()


def test_indication_is_what_the_auction_then_decides(client: Client, gateway: Gateway) -> None:
    assert get(client, "auctions/indication")["reason"] == "no two orders meet"
    enter_orders(client)
    shown = get(client, "auctions/indication")
    hold(gateway, AuctionTerms())
    (held,) = get(client, "auctions")["items"]
    assert (held["auction"], held["status"], held["prices"]) == (1, "cleared", shown["prices"])
    assert get(client, "auctions/1") == held


def test_fill_is_what_the_accounts_moved_by(client: Client, gateway: Gateway) -> None:
    enter_orders(client)
    hold(gateway, AuctionTerms())
    (mine,) = get(client, "auctions/1/fills")["items"]
    assert (mine["id"], mine["sell"], mine["buy"]) == ("o1", "CNY", "RUB")
    held = {each["currency"]: each["balance"] for each in get(client, "balances")["items"]}
    assert float(held["CNY"]) == 1000 - float(mine["sold"])
    assert held["RUB"] == mine["bought"]
    (theirs,) = get(client, "auctions/1/fills", GAMA)["items"]
    assert theirs["id"] == "o2"
    assert get(client, "auctions/1/fills", BETA)["items"] == []


def test_rates_are_those_of_the_last_auction_and_of_its_reference(client: Client, gateway: Gateway) -> None:
    assert get(client, "rates")["items"] == []
    enter_orders(client)
    hold(gateway, AuctionTerms(reference={"CNY": 9, "RUB": 1}))
    decided, official = get(client, "rates")["items"]
    assert (decided["base"], decided["quote"], decided["source"]) == ("CNY", "RUB", "auction")
    assert 8 <= float(decided["rate"]) <= 10
    assert (official["source"], official["rate"]) == ("official", "9")


def test_auction_that_has_not_ended_is_not_there(client: Client) -> None:
    assert client.get("/v1/auctions/1", headers=ALFA).status_code == 404


def test_cycle_tells_what_was_cut_set_off_and_paid(client: Client, gateway: Gateway) -> None:
    for debtor, creditor, amount, headers in (
        ("ALFACNBJ", "BETACNBJ", "10.00", ALFA),
        ("BETACNBJ", "ALFACNBJ", "7.00", BETA),
    ):
        body = {"id": "d", "debtor": debtor, "creditor": creditor, "currency": "CNY", "amount": amount}
        client.post("/v1/obligations", json={**body, "due": "2021-12-15"}, headers=headers)
    terms = Terms(("CNY",), "existing", 3)
    gateway.writer.call(lambda node: node.clear(terms, gateway.writer.now())).result()
    steps = get(client, "cycles")["items"]
    assert [(step["step"], step["settled"]) for step in steps] == [("cut", 2), ("discharge", 2), ("pay", 1)]
    assert (steps[1]["value"], steps[1]["bound"]) == ("14.00", "14.00")


def test_offsetting_tells_its_rule_and_what_settled(client: Client, gateway: Gateway) -> None:
    gateway.writer.call(lambda node: node.offset("fifo", None, gateway.writer.now())).result()
    (step,) = get(client, "offsettings")["items"]
    assert (step["rule"], step["step"], step["settled"]) == ("fifo", "offset", 0)
