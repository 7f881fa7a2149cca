"""PvP, linked sets, obligations and orders over HTTP, and what would become of them."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.gateway.actor import Actor
from tests.gateway.people import as_
from tests.gateway.union import open_gateway

Client: TypeAlias = TestClient[Litestar]

ALFA = {"authorization": "Bearer alfa-sender"}
BETA = {"authorization": "Bearer beta-sender"}
GAMA = {"authorization": "Bearer gama-sender"}
PVP = {
    "id": "t1",
    "seller": "ALFACNBJ",
    "buyer": "GAMARUMM",
    "sell_currency": "CNY",
    "sell_amount": "100.00",
    "buy_currency": "RUB",
    "buy_amount": "900.00",
}
ORDER = {"id": "o1", "participant": "ALFACNBJ", "sell": "CNY", "buy": "RUB", "amount": "100.00", "limit": "9"}
DEBT = {
    "id": "d1",
    "debtor": "ALFACNBJ",
    "creditor": "GAMARUMM",
    "currency": "CNY",
    "amount": "10.00",
    "due": "2021-12-15",
}
LEG = {"id": "l1", "debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": "1500.00"}


@pytest.fixture
def client() -> Iterator[Client]:
    gateway = open_gateway()
    gateway.identities.enrol("gama-sender", Actor("key:gama", "gleb", "GAMARUMM", frozenset({"reader", "sender"})))
    for name, person, party in (("gama-approver", "gala", "GAMARUMM"), ("alfa-approver", "alba", "ALFACNBJ")):
        gateway.identities.enrol(name, Actor(f"key:{person}", person, party, frozenset({"approver"})))
    with TestClient(create_app(gateway)) as client:
        yield client


def post(client: Client, path: str, body: dict[str, Any], headers: dict[str, str] = ALFA) -> dict[str, Any]:
    answer = client.post(f"/v1/{path}", json=body, headers=headers)
    assert answer.status_code == 201, answer.json()
    told: dict[str, Any] = answer.json()
    return told


def get(client: Client, path: str, headers: dict[str, str] = ALFA) -> dict[str, Any]:
    answer = client.get(f"/v1/{path}", headers=headers)
    assert answer.status_code == 200, answer.json()
    told: dict[str, Any] = answer.json()
    return told


def test_pvp_waits_for_its_other_side_and_then_settles_both_legs(client: Client) -> None:
    assert post(client, "pvp", {**PVP, "entered_by": "seller"})["state"] == "UMAC"
    (leg,) = get(client, "pvp/t1")["items"]
    assert leg["waits_for"] == "its counterpart or the rest of its linked set"
    assert post(client, "pvp", {**PVP, "entered_by": "buyer"}, GAMA)["state"] == "STLD"
    legs = get(client, "pvp/t1")["items"]
    assert {(leg["debtor"], leg["currency"], leg["amount"], leg["state"]) for leg in legs} == {
        ("ALFACNBJ", "CNY", "100.00", "STLD"),
        ("GAMARUMM", "RUB", "900.00", "STLD"),
    }


@pytest.mark.parametrize(("by", "headers"), [("buyer", ALFA), ("seller", BETA), ("both", BETA), ("seller", GAMA)])
def test_nobody_enters_the_other_side_of_a_pvp(client: Client, by: str, headers: dict[str, str]) -> None:
    answer = client.post("/v1/pvp", json={**PVP, "entered_by": by}, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:comity:problem:forbidden")


@pytest.mark.parametrize(("asks", "approves"), [(ALFA, "gama-approver"), (GAMA, "alfa-approver")])
def test_pvp_entered_by_one_side_for_both_waits_for_an_approver_of_the_other(
    client: Client, asks: dict[str, str], approves: str
) -> None:
    answer = client.post("/v1/pvp", json={**PVP, "entered_by": "both"}, headers=asks)
    assert (answer.status_code, answer.json()["pvp"]) == (202, {**PVP, "entered_by": "both"})
    assert client.get("/v1/pvp/t1", headers=asks).status_code == 404
    path = answer.headers["location"]
    assert client.get(path, headers=BETA).status_code == 404
    (other,) = {"gama-approver", "alfa-approver"} - {approves}
    assert client.post(f"{path}/approve", headers=as_(other)).status_code == 403
    carried = client.post(f"{path}/approve", headers=as_(approves)).json()
    assert (carried["state"], carried["entered"]["state"]) == ("carried", "STLD")
    assert carried["entered"]["sequence"] == carried["ended_at"]
    assert {leg["state"] for leg in get(client, "pvp/t1", asks)["items"]} == {"STLD"}
    assert client.post(f"{path}/approve", headers=as_(approves)).status_code == 409


def test_pvp_for_both_that_is_rejected_is_never_entered(client: Client) -> None:
    keyed = {**ALFA, "idempotency-key": "k"}
    answer, again = (client.post("/v1/pvp", json={**PVP, "entered_by": "both"}, headers=keyed) for _ in range(2))
    assert (again.status_code, again.json()) == (202, answer.json())
    path = answer.headers["location"]
    told = client.post(f"{path}/reject", json={"reason": "not agreed"}, headers=as_("gama-approver")).json()
    assert (told["state"], "entered" in told) == ("rejected", False)
    assert client.get("/v1/pvp/t1", headers=ALFA).status_code == 404


def test_pvp_for_both_that_cannot_be_read_is_not_proposed(client: Client) -> None:
    answer = client.post("/v1/pvp", json={**PVP, "entered_by": "both", "buyer": "NOBODY"}, headers=ALFA)
    assert (answer.status_code, answer.json()["faults"][0]["pointer"]) == (400, "/buyer")


def test_linked_set_settles_once_it_is_whole(client: Client) -> None:
    back = {**LEG, "id": "l2", "debtor": "BETACNBJ", "creditor": "ALFACNBJ", "amount": "1400.00"}
    linked = {"link": "swap", "link_size": 2}
    assert post(client, "payments", {**LEG, **linked})["state"] == "UMAC"
    assert post(client, "payments", {**back, **linked}, BETA)["state"] == "STLD"
    assert get(client, "payments/l1")["state"] == "STLD"


def test_obligation_is_told_with_its_reference_until_it_is_cleared(client: Client) -> None:
    post(client, "obligations", {**DEBT, "reference": "invoice 7"})
    found = get(client, "obligations/d1")
    assert (found["purpose"], found["amount"], found["kind"]) == ("invoice 7", "10.00", "obligation")
    (seen,) = get(client, "obligations", GAMA)["items"]
    assert seen["id"] == "d1"


def test_order_blocks_what_it_sells_until_it_is_amended_and_cancelled(client: Client) -> None:
    post(client, "orders", {**ORDER, "min_fill": "5", "until": "2021-12-16"})
    order = get(client, "orders/o1")
    assert (order["blocked"], order["limit"], order["min_fill"], order["until"]) == (
        "100.00",
        "9/1",
        "5.00",
        "2021-12-16",
    )
    amended = client.patch("/v1/orders/o1", json={"amount": "40.00"}, headers=ALFA).json()
    assert (amended["state"], get(client, "orders/o1")["blocked"]) == ("DONE", "40.00")
    assert client.delete("/v1/orders/o1", headers=ALFA).json()["state"] == "DONE"
    (ended,) = get(client, "orders")["items"]
    assert (ended["state"], ended["blocked"]) == ("CAND", "0.00")


def test_order_with_a_creditor_is_a_payment_as_a_whole(client: Client) -> None:
    post(client, "orders", {**ORDER, "creditor": "GAMARUMM", "target": "800.00", "limit": "17/2"})
    order = get(client, "orders/o1")
    assert (order["creditor"], order["target"], order["min_fill"], order["limit"]) == (
        "GAMARUMM",
        "800.00",
        "100.00",
        "17/2",
    )


@pytest.mark.parametrize(
    ("path", "body", "pointers"),
    [
        ("orders", {**ORDER, "limit": "0"}, {"/limit"}),
        ("orders", {**ORDER, "limit": "1/0"}, {"/limit"}),
        ("orders", {**ORDER, "target": "1.00"}, {"/target"}),
        ("orders", {**ORDER, "buy": "USD"}, {"/buy"}),
        ("obligations", {**DEBT, "due": "2021-02-30"}, {"/due"}),
        ("pvp", {**PVP, "entered_by": "seller", "buyer": "NOBODY", "sell_amount": "1.001"}, {"/buyer", "/sell_amount"}),
    ],
)
def test_field_that_cannot_be_read_is_pointed_at(
    client: Client, path: str, body: dict[str, Any], pointers: set[str]
) -> None:
    answer = client.post(f"/v1/{path}", json=body, headers=ALFA)
    assert answer.status_code == 400
    assert {fault["pointer"] for fault in answer.json()["faults"]} == pointers


@pytest.mark.parametrize(
    ("path", "body", "state"),
    [
        ("payments", {**LEG, "amount": "10.00"}, "STLD"),
        ("payments", LEG, "PSTL"),
        ("pvp", {**PVP, "entered_by": "seller"}, "UMAC"),
        ("obligations", DEBT, "PSTL"),
        ("orders", ORDER, "PSTL"),
        ("orders", {**ORDER, "amount": "5000.00"}, "RJTD"),
    ],
)
def test_dry_run_answers_as_it_would_and_leaves_no_trace(
    client: Client, path: str, body: dict[str, Any], state: str
) -> None:
    before = get(client, "positions")
    tried = post(client, f"{path}?dry_run=true", body)
    assert (tried["state"], tried["dry_run"], tried["sequence"]) == (state, True, 0)
    assert get(client, "positions") == before
    assert post(client, path, body)["state"] == state


def test_dry_run_of_a_cancellation_cancels_nothing(client: Client) -> None:
    post(client, "payments", LEG)
    tried = client.delete("/v1/instructions/l1?dry_run=true", headers=ALFA).json()
    assert (tried["state"], tried["dry_run"]) == ("DONE", True)
    assert get(client, "payments/l1")["state"] == "PSTL"


def test_cancellation_under_a_key_happens_once(client: Client) -> None:
    post(client, "payments", LEG)
    keyed = {**ALFA, "idempotency-key": "c1"}
    first, again = (client.delete("/v1/instructions/l1", headers=keyed).json() for _ in range(2))
    assert first == again
    assert first["state"] == "DONE"


def test_amendment_with_too_many_decimals_points_at_its_amount(client: Client) -> None:
    post(client, "orders", ORDER)
    answer = client.patch("/v1/orders/o1", json={"amount": "1.005"}, headers=ALFA)
    assert (answer.status_code, answer.json()["faults"][0]["pointer"]) == (400, "/amount")


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        ("pvp", {**PVP, "entered_by": "seller"}, "its counterpart or the rest of its linked set"),
        ("obligations", DEBT, "a clearing cycle"),
        ("orders", ORDER, "an auction"),
        ("payments", {**LEG, "earliest": "2021-12-15T12:00:00Z"}, "its date or earliest instant"),
    ],
)
def test_what_no_money_releases_is_explained_without_an_amount(
    client: Client, path: str, body: dict[str, Any], why: str
) -> None:
    post(client, path, body)
    told = get(client, f"instructions/{body['id']}/explanation")
    assert told == {"id": body["id"], "state": told["state"], "why": why, "searched": True}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("pvp", {**PVP, "entered_by": "seller", "buyer": "ALFACNBJ"}),
        ("payments", {**LEG, "creditor": "ALFACNBJ"}),
        ("orders", {**ORDER, "buy": "CNY"}),
        ("obligations", {**DEBT, "creditor": "ALFACNBJ", "amount": "-1.00"}),
    ],
)
def test_instruction_to_oneself_is_answered_by_the_rulebook(client: Client, path: str, body: dict[str, Any]) -> None:
    told = post(client, path, body)
    assert told["state"] in {"RJTD", "STLD", "UMAC", "PSTL"}
    assert get(client, f"instructions?id={body['id']}")["items"][0]["state"] == told["state"]


def test_linked_payments_of_one_sender_are_found_one_by_one(client: Client) -> None:
    linked = {"link": "pair", "link_size": 2, "amount": "1.00"}
    post(client, "payments", {**LEG, **linked})
    post(client, "payments", {**LEG, **linked, "id": "l2"})
    assert [get(client, f"payments/{name}")["state"] for name in ("l1", "l2")] == ["STLD", "STLD"]
