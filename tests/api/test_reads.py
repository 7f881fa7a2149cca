"""Reading over HTTP: participants, accounts, balances, positions, instructions, queues, statements."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.gateway.actor import Actor
from tests.gateway.union import open_gateway

Client: TypeAlias = TestClient[Litestar]

ALFA = {"authorization": "Bearer alfa-sender"}
BETA = {"authorization": "Bearer beta-sender"}
CHINA = {"authorization": "Bearer china", "comity-reason": "supervision"}
RUSSIA = {"authorization": "Bearer russia", "comity-reason": "supervision"}
AUDITOR = {"authorization": "Bearer auditor", "comity-reason": "audit 7"}
MORE = {
    "china": Actor("person:li", "li", "CN", frozenset({"member-operator"})),
    "russia": Actor("person:olga", "olga", "RU", frozenset({"member-operator"})),
    "auditor": Actor("person:ada", "ada", "union", frozenset({"auditor"})),
    "gama-sender": Actor("key:gama-1", "gleb", "GAMARUMM", frozenset({"reader", "sender"})),
}


def opened() -> Iterator[Client]:
    gateway = open_gateway()
    for secret, actor in MORE.items():
        gateway.identities.enrol(secret, actor)
    with TestClient(create_app(gateway)) as client:
        for number, amount in enumerate(("600.00", "300.00", "200.00", "50.00")):
            pay(client, f"p{number}", amount)
        yield client


client = pytest.fixture(scope="module", name="client")(opened)
fresh = pytest.fixture(name="fresh")(opened)
"""For tests that change something."""


def pay(client: Client, name: str, amount: str, **more: str) -> dict[str, Any]:
    body = {"id": name, "debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": amount, **more}
    answer = client.post("/v1/payments", json=body, headers=ALFA)
    assert answer.status_code == 201, answer.json()
    told: dict[str, Any] = answer.json()
    return told


def get(client: Client, path: str, headers: dict[str, str] = ALFA, **query: str | int) -> dict[str, Any]:
    answer = client.get(f"/v1/{path}", headers=headers, params=query)
    assert answer.status_code == 200, answer.json()
    told: dict[str, Any] = answer.json()
    return told


def test_everybody_sees_who_takes_part(client: Client) -> None:
    items = get(client, "participants")["items"]
    assert [each["participant"] for each in items] == ["CN", "RU", "ALFACNBJ", "BETACNBJ", "GAMARUMM", "DELTRUMM"]
    assert items[0]["issues"] == "CNY"
    assert get(client, "participants/ALFACNBJ")["member"] == "CN"


@pytest.mark.parametrize(
    ("headers", "holders"),
    [
        (ALFA, {"ALFACNBJ"}),
        (CHINA, {"CN", "ALFACNBJ", "BETACNBJ"}),
        (AUDITOR, {"", "CN", "RU", "ALFACNBJ", "BETACNBJ", "GAMARUMM", "DELTRUMM"}),
    ],
)
def test_accounts_are_those_of_who_asks(client: Client, headers: dict[str, str], holders: set[str]) -> None:
    assert {each["participant"] for each in get(client, "accounts", headers)["items"]} == holders


def test_position_tells_what_is_held_and_what_waits(client: Client) -> None:
    (mine,) = get(client, "positions", currency="CNY")["items"]
    assert mine["opening"] == "1000.00"
    assert mine["balance"] == mine["available"] == mine["lowest"] == "50.00"
    assert mine["waiting_out"] == "200.00"
    (theirs,) = get(client, "positions", BETA, currency="CNY")["items"]
    assert theirs["waiting_in"] == "200.00"


def test_balance_as_of_a_record_is_what_it_was_then(client: Client) -> None:
    rows = get(client, "payments")["items"]
    held = []
    for row in rows:
        (one,) = get(client, "balances", currency="CNY", sequence=row["sequence"])["items"]
        held.append(one["balance"])
    assert held == ["400.00", "100.00", "100.00", "50.00"]
    assert get(client, "balances", currency="CNY", sequence=1)["items"][0]["balance"] == "1000.00"
    assert get(client, "balances", currency="CNY")["items"][0]["balance"] == "50.00"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("balances?participant=BETACNBJ", ALFA),
        ("positions?participant=ALFACNBJ", RUSSIA),
        ("accounts?participant=NOBODY", ALFA),
        ("positions?currency=USD", ALFA),
        ("balances?sequence=99999", ALFA),
        ("payments/p0?participant=ALFACNBJ", RUSSIA),
        ("payments/p0?participant=BETACNBJ", BETA),
        ("payments/p9", ALFA),
        ("pvp/p0", ALFA),
        ("queues/CNY?participant=ALFACNBJ", BETA),
        ("statements?currency=CNY&participant=ALFACNBJ", BETA),
        ("instructions/p2/explanation?participant=ALFACNBJ", BETA),
        ("orders/p0", ALFA),
        ("instructions?kind=nothing", ALFA),
    ],
)
def test_what_is_anothers_is_not_there(client: Client, path: str, headers: dict[str, str]) -> None:
    answer = client.get(f"/v1/{path}", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:comity:problem:not-found")


def test_payment_is_found_by_its_id_and_says_what_it_lacks(client: Client) -> None:
    found = get(client, "payments/p2")
    assert (found["id"], found["state"], found["amount"]) == ("p2", "PSTL", "200.00")
    assert found["waits_for"] == "150.00 CNY short"


def test_receiver_sees_a_payment_to_it_but_not_what_its_payer_lacks(client: Client) -> None:
    found = get(client, "payments/p2", BETA, participant="ALFACNBJ")
    assert found["state"] == "PSTL"
    assert "waits_for" not in found


def test_list_is_paged_in_order_of_entry(client: Client) -> None:
    names, after = [], ""
    while True:
        page = get(client, "payments", limit=1, after=after)
        names += [each["id"] for each in page["items"]]
        after = page["next"]
        if not after:
            break
    assert names == ["p0", "p1", "p2", "p3"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"state": "waiting"}, ["p2"]),
        ({"state": "STLD"}, ["p0", "p1", "p3"]),
        ({"state": "RJTD,CAND"}, []),
        ({"currency": "RUB"}, []),
        ({"id": "p1"}, ["p1"]),
    ],
)
def test_list_holds_what_was_asked_for(client: Client, query: dict[str, str | int], names: list[str]) -> None:
    assert [each["id"] for each in get(client, "payments", ALFA, **query)["items"]] == names


@pytest.mark.parametrize("query", ["after=1.2", "after=x.y.z", "state=LATE", "limit=0", "limit=501", "limit=ten"])
def test_parameter_that_cannot_be_read_is_refused(client: Client, query: str) -> None:
    answer = client.get(f"/v1/payments?{query}", headers=ALFA)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:comity:problem:invalid")


def test_explanation_names_the_money_that_would_release_a_payment(client: Client) -> None:
    told = get(client, "instructions/p2/explanation")
    assert (told["participant"], told["currency"], told["amount"]) == ("ALFACNBJ", "CNY", "150.00")


def test_queue_tells_what_waits_in_its_order(fresh: Client) -> None:
    pay(fresh, "urgent", "900.00", priority="urgent")
    assert [each["id"] for each in get(fresh, "queues/CNY")["items"]] == ["urgent", "p2"]
    answer = fresh.delete("/v1/instructions/urgent", headers=ALFA)
    assert (answer.status_code, answer.json()["state"]) == (200, "DONE")
    assert [each["id"] for each in get(fresh, "queues/CNY")["items"]] == ["p2"]


def test_statement_runs_from_opening_to_closing(client: Client) -> None:
    told = get(client, "statements", currency="CNY")
    assert (told["opening"], told["closing"]) == ("1000.00", "50.00")
    assert [(each["id"], each["amount"], each["balance"]) for each in told["items"]] == [
        ("p0", "-600.00", "400.00"),
        ("p1", "-300.00", "100.00"),
        ("p3", "-50.00", "50.00"),
    ]
    first = get(client, "statements", currency="CNY", limit=1)
    rest = get(client, "statements", currency="CNY", after=first["next"])
    assert first["items"] + rest["items"] == told["items"]


def test_cancelling_what_is_settled_is_refused_and_leaves_every_balance(fresh: Client) -> None:
    answer = fresh.delete("/v1/instructions/p0", headers=ALFA).json()
    assert (answer["state"], answer["reason"]["name"]) == ("RJTD", "INVALID")
    (held,) = get(fresh, "balances", currency="CNY", sequence=answer["sequence"])["items"]
    assert held["balance"] == "50.00"
