"""Commands, approvals and quorums over HTTP."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.engine import Engine
from comity.gateway.gateway import Gateway
from tests.gateway.people import as_, enrol
from tests.gateway.union import open_gateway

Client: TypeAlias = TestClient[Litestar]

RESERVE = {"command": "reserve", "participant": "ALFACNBJ", "currency": "CNY", "amount": "1.00", "value": "high"}
LIMIT = {"kind": "bilateral", "currency": "CNY", "counterparty": "BETACNBJ", "amount": "5.00"}
WAITING = {"id": "w1", "debtor": "ALFACNBJ", "creditor": "GAMARUMM", "currency": "RUB", "amount": "5.00"}


@pytest.fixture
def gateway() -> Gateway:
    return enrol(open_gateway())


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with TestClient(create_app(gateway)) as client:
        yield client


def head(gateway: Gateway) -> int:
    return gateway.writer.call(lambda node: node.head.sequence).result()


def test_commands_are_carried_out_in_one_record_and_each_is_answered(client: Client) -> None:
    rows = [RESERVE, {**RESERVE, "command": "transfer_out", "amount": "9999.00", "value": ""}]
    answer = client.post("/v1/commands", json={"commands": rows}, headers=as_("sender"))
    assert answer.status_code == 201
    first, second = answer.json()["answers"]
    assert first == {"command": "reserve", "state": "DONE", "detail": "set"}
    assert (second["state"], second["reason"]["code"]) == ("RJTD", "AM04")


@pytest.mark.parametrize(
    ("row", "pointer"),
    [
        ({**RESERVE, "command": "print_money"}, "/commands/0/command"),
        ({**RESERVE, "participant": "NOBODY"}, "/commands/0/participant"),
        ({**RESERVE, "currency": "USD"}, "/commands/0/currency"),
        ({**RESERVE, "amount": "1.001"}, "/commands/0/amount"),
        ({**RESERVE, "value": "low"}, "/commands/0/value"),
        ({"command": "phase", "value": "noon"}, "/commands/0/value"),
        ({"command": "close", "target": "CN FR"}, "/commands/0/target"),
        ({**RESERVE, "target": "a\u0000b"}, "/commands/0/target"),
    ],
)
def test_row_that_cannot_be_read_is_pointed_at(
    gateway: Gateway, client: Client, row: dict[str, str], pointer: str
) -> None:
    before = head(gateway)
    answer = client.post("/v1/commands", json={"commands": [row]}, headers=as_("sender"))
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:comity:problem:invalid")
    assert pointer in [fault["pointer"] for fault in answer.json()["faults"]]
    assert head(gateway) == before


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("business-day/close", {}, "/members"),
        ("business-day/close", {"members": ["CN", "FR"]}, "/members"),
        ("business-day/phase", {"phase": "noon"}, "/phase"),
        ("business-day/extend", {"cutoff": "noon", "until": "2021-12-15T17:30:00Z"}, "/cutoff"),
        ("limits", {**LIMIT, "counterparty": "NOBODY"}, "/counterparty"),
    ],
)
def test_field_of_a_command_with_a_route_of_its_own_is_pointed_at(
    client: Client, path: str, body: dict[str, Any], pointer: str
) -> None:
    answer = client.post(f"/v1/{path}", json=body, headers=as_("sender"))
    assert answer.status_code == 400
    assert pointer in [fault["pointer"] for fault in answer.json()["faults"]]


@pytest.mark.parametrize("body", [{}, {"commands": []}, {"commands": [RESERVE] * 101}, {"commands": [RESERVE], "x": 1}])
def test_body_of_another_shape_is_refused(client: Client, body: dict[str, Any]) -> None:
    assert client.post("/v1/commands", json=body, headers=as_("sender")).status_code == 400


def test_instruction_of_another_participant_is_not_found(client: Client) -> None:
    row = {"command": "cancel", "participant": "BETACNBJ", "target": "p1"}
    answer = client.post("/v1/commands", json={"commands": [row]}, headers=as_("sender"))
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:comity:problem:not-found")


@pytest.mark.parametrize("query", ["dry_run=true", "dry_run=1&dry_run=0", "x=y"])
def test_dry_run_of_what_has_none_is_refused_and_never_carried_out(
    gateway: Gateway, client: Client, query: str
) -> None:
    asked = client.post("/v1/limits", json=LIMIT, headers=as_("sender")).json()["id"]
    answer = client.post(f"/v1/approvals/{asked}/approve?{query}", headers=as_("approver"))
    assert (answer.status_code, answer.json()["faults"][0]["pointer"]) == (400, "/" + query.partition("=")[0])
    assert gateway.memory.approvals.find(int(asked)).state == "open"


def test_dry_run_answers_and_says_who_would_approve_and_changes_nothing(gateway: Gateway, client: Client) -> None:
    before = head(gateway)
    answer = client.post("/v1/limits?dry_run=true", json=LIMIT, headers=as_("sender"))
    assert answer.status_code == 200
    assert answer.json() == {
        "sequence": before,
        "answers": [{"command": "limit", "state": "DONE", "detail": "set"}],
        "needs": {"ALFACNBJ": 1},
        "dry_run": True,
    }
    assert head(gateway) == before
    assert client.get("/v1/approvals", headers=as_("approver")).json()["items"] == []


def test_dry_run_holds_the_node_up_no_longer_than_writing_its_state_down(
    gateway: Gateway, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copied(_: object) -> None:
        raise AssertionError("the state was copied in the node's thread")

    monkeypatch.setattr(Engine, "copy", copied)
    answer = client.post("/v1/limits?dry_run=true", json=LIMIT, headers=as_("sender"))
    assert (answer.status_code, gateway.writer.failure) == (200, None)


def test_limit_waits_for_approval_and_binds_from_then_on(client: Client) -> None:
    answer = client.post("/v1/limits", json={**LIMIT, "reason": "new line"}, headers=as_("sender"))
    assert answer.status_code == 202
    path = answer.headers["location"]
    assert answer.json()["changes"] == [
        {
            "before": "none",
            "after": "bilateral 5.00",
            "command": {
                "command": "limit",
                "participant": "ALFACNBJ",
                "currency": "CNY",
                "target": "BETACNBJ",
                "amount": "5.00",
                "value": "bilateral",
            },
        }
    ]
    payment = {"debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": "5.01"}
    assert client.post("/v1/payments", json={**payment, "id": "a"}, headers=as_("sender")).json()["state"] == "STLD"
    approved = client.post(f"{path}/approve", headers=as_("approver")).json()
    assert (approved["state"], approved["answers"][0]["state"]) == ("carried", "DONE")
    assert client.post("/v1/payments", json={**payment, "id": "b"}, headers=as_("sender")).json()["state"] == "SRBL"


def test_calendar_is_set_by_its_issuer_with_four_eyes(client: Client) -> None:
    asked = {"since": "2021-12-16", "weekend": ["sunday", "saturday"], "holidays": ["2021-12-24"]}
    answer = client.put("/v1/calendars/CNY", json=asked, headers=as_("member-operator"))
    assert answer.status_code == 202
    assert answer.json()["changes"][0]["after"] == "CNY from 2021-12-16 closed on saturday sunday 2021-12-24"
    assert client.get("/v1/calendars", headers=as_("sender")).json()["items"] == []
    path = answer.headers["location"]
    assert client.post(f"{path}/approve", headers=as_("cn-both")).status_code == 403
    assert client.post(f"{path}/approve", headers=as_("member-approver")).json()["state"] == "carried"
    (known,) = client.get("/v1/calendars", headers=as_("sender")).json()["items"]
    assert known == {"currency": "CNY", **asked, "weekend": ["saturday", "sunday"]}


@pytest.mark.parametrize(
    ("currency", "who", "more", "status"),
    [
        ("RUB", "member-operator", {}, 403),
        ("USD", "member-operator", {}, 400),
        ("CNY", "member-operator", {"since": "2021-12-15"}, 400),
        ("CNY", "member-operator", {"holidays": ["2021-02-30"]}, 400),
    ],
)
def test_calendar_of_others_or_of_the_past_is_refused(
    client: Client, currency: str, who: str, more: dict[str, Any], status: int
) -> None:
    answer = client.put(f"/v1/calendars/{currency}", json={"since": "2021-12-16", **more}, headers=as_(who))
    assert answer.status_code == status


def test_proposal_under_one_key_is_made_once(client: Client) -> None:
    keyed = as_("sender", idempotency_key="k")
    first, again = (client.post("/v1/limits", json=LIMIT, headers=keyed) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert len(client.get("/v1/approvals", headers=as_("sender")).json()["items"]) == 1


def test_approval_under_one_key_is_told_again(client: Client) -> None:
    path = client.post("/v1/limits", json=LIMIT, headers=as_("sender")).headers["location"]
    keyed = as_("approver", idempotency_key="k")
    first, again = (client.post(f"{path}/approve", headers=keyed) for _ in range(2))
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert client.post(f"{path}/approve", headers=as_("approver")).status_code == 409


def test_stale_approval_is_a_problem_of_its_own(client: Client) -> None:
    paths = [client.post("/v1/limits", json=LIMIT, headers=as_("sender")).headers["location"] for _ in range(2)]
    assert client.post(f"{paths[0]}/approve", headers=as_("approver")).status_code == 200
    answer = client.post(f"{paths[1]}/approve", headers=as_("approver"))
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:comity:problem:stale")
    assert client.get(paths[1], headers=as_("sender")).json()["state"] == "stale"


def test_approval_of_another_participant_is_not_found(client: Client) -> None:
    path = client.post("/v1/limits", json=LIMIT, headers=as_("sender")).headers["location"]
    for verb, name in (("approve", "beta-approver"), ("reject", "beta-approver"), ("withdraw", "beta-sender-2")):
        answer = client.post(f"{path}/{verb}", json={} if verb == "reject" else None, headers=as_(name))
        assert (verb, answer.status_code) == (verb, 404)
    assert client.get(path, headers=as_("beta-approver")).status_code == 404
    assert client.get("/v1/approvals", headers=as_("beta-approver")).json()["items"] == []


def test_rejection_and_withdrawal_end_an_approval(client: Client) -> None:
    first, second = (client.post("/v1/limits", json=LIMIT, headers=as_("sender")).headers["location"] for _ in range(2))
    rejected = client.post(f"{first}/reject", json={"reason": "too low"}, headers=as_("approver")).json()
    assert (rejected["state"], rejected["ended_reason"]) == ("rejected", "too low")
    assert client.post(f"{second}/withdraw", headers=as_("sender")).json()["state"] == "withdrawn"
    assert client.get("/v1/approvals", headers=as_("sender")).json()["items"] == []
    listed = client.get("/v1/approvals?show=all", headers=as_("sender")).json()["items"]
    assert [each["state"] for each in listed] == ["rejected", "withdrawn"]


def test_approvals_come_in_pages(client: Client) -> None:
    for _ in range(3):
        client.post("/v1/limits", json=LIMIT, headers=as_("sender"))
    first = client.get("/v1/approvals?limit=2", headers=as_("sender")).json()
    second = client.get(f"/v1/approvals?limit=2&cursor={first['next']}", headers=as_("sender")).json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, "")


@pytest.mark.parametrize("approval", [2**31, 10**30, -1, 0])
def test_number_that_no_approval_has_is_not_found(client: Client, approval: int) -> None:
    assert client.get(f"/v1/approvals/{approval}", headers=as_("sender")).status_code == 404


def test_member_closes_its_corridor_over_http_alone_and_opens_it_with_a_second_person(client: Client) -> None:
    scope = {"members": ["CN", "RU"]}
    assert client.post("/v1/business-day/close", json=scope, headers=as_("member-operator")).status_code == 201
    across = {**WAITING, "currency": "CNY", "amount": "1.00"}
    refused = client.post("/v1/payments", json=across, headers=as_("sender")).json()
    assert refused["reason"] == {"code": "AG01", "name": "CORRIDOR"}
    assert client.post("/v1/business-day/open", json=scope, headers=as_("ru-operator")).status_code == 403
    opening = client.post("/v1/business-day/open", json=scope, headers=as_("member-operator"))
    assert opening.status_code == 202
    path = opening.headers["location"]
    assert client.post(f"{path}/approve", headers=as_("cn-both")).status_code == 403
    assert client.post(f"{path}/approve", headers=as_("member-approver")).json()["state"] == "carried"
    assert client.post("/v1/payments", json={**across, "id": "w2"}, headers=as_("sender")).json()["state"] == "STLD"


def test_agreement_is_carried_out_by_the_consent_of_both_members(client: Client) -> None:
    body = {"members": ["CN", "RU"], "currencies": ["CNY", "RUB"], "services": ["payment"], "cap": "100.00"}
    path = client.post("/v1/agreements", json=body, headers=as_("union-operator")).headers["location"]
    assert client.post(f"{path}/approve", headers=as_("union-approver")).status_code == 403
    assert client.post(f"{path}/approve", headers=as_("member-approver")).json()["state"] == "open"
    assert client.post(f"{path}/approve", headers=as_("ru-approver")).json()["state"] == "carried"


def test_lot_is_set_by_the_union_and_the_issuer_and_binds_orders_from_then_on(client: Client) -> None:
    row = {"command": "lot", "currency": "CNY", "target": "RUB", "amount": "100.00"}
    asked = client.post("/v1/commands", json={"commands": [row]}, headers=as_("union-operator"))
    assert (asked.status_code, asked.json()["changes"][0]["before"]) == (202, "0.00")
    path = asked.headers["location"]
    assert client.post(f"{path}/approve", headers=as_("union-approver")).json()["state"] == "open"
    assert client.post(f"{path}/approve", headers=as_("member-approver")).json()["state"] == "carried"
    order = {"id": "o1", "participant": "ALFACNBJ", "sell": "CNY", "buy": "RUB", "amount": "150.00", "limit": "11"}
    assert client.post("/v1/orders", json=order, headers=as_("sender")).json()["reason"]["code"] == "AM09"


def test_member_keeps_another_out_of_its_component_alone_and_lets_it_in_with_a_second_person(client: Client) -> None:
    row = {"command": "exclude", "participant": "CN", "target": "RU"}
    assert client.post("/v1/commands", json={"commands": [row]}, headers=as_("ru-operator")).status_code in {403, 404}
    assert client.post("/v1/commands", json={"commands": [row]}, headers=as_("member-operator")).status_code == 201
    back = {"commands": [{**row, "command": "include"}]}
    asked = client.post("/v1/commands", json=back, headers=as_("member-operator"))
    assert (asked.status_code, asked.json()["changes"][0]["before"]) == (202, "kept out")
    path = asked.headers["location"]
    assert client.post(f"{path}/approve", headers=as_("member-approver")).json()["state"] == "carried"


def test_rate_is_decided_by_the_union_and_both_issuers(client: Client) -> None:
    row = {"command": "decide", "currency": "CNY RUB", "value": "uma ulf"}
    asked = client.post("/v1/commands", json={"commands": [row]}, headers=as_("union-operator"))
    assert (asked.status_code, asked.json()["changes"][0]["before"]) == (202, "undecided")
    path = asked.headers["location"]
    for approver in ("union-approver", "member-approver"):
        assert client.post(f"{path}/approve", headers=as_(approver)).json()["state"] == "open"
    assert client.post(f"{path}/approve", headers=as_("ru-approver")).json()["answers"][0]["state"] == "DONE"


def test_day_is_run_by_the_union_and_extended_by_two_of_it(client: Client) -> None:
    until = {"cutoff": "interbank_cutoff", "until": "2021-12-15T18:00:00Z"}
    path = client.post("/v1/business-day/extend", json=until, headers=as_("union-operator")).headers["location"]
    assert client.post(f"{path}/approve", headers=as_("union-approver")).json()["answers"][0]["state"] == "DONE"
    step = client.post("/v1/business-day/phase", json={"phase": "customer_cutoff"}, headers=as_("union-operator"))
    assert (step.status_code, step.json()["answers"][0]["state"]) == (201, "DONE")


def test_own_instruction_is_reprioritised_reordered_and_cancelled(client: Client) -> None:
    entered = client.post("/v1/payments", json=WAITING, headers=as_("sender")).json()
    assert entered["state"] == "PSTL"
    for verb, body in (("reprioritise", {"priority": "high"}), ("reorder", {"place": "front"})):
        answer = client.post(f"/v1/instructions/w1/{verb}", json=body, headers=as_("sender"))
        assert (verb, answer.status_code) == (verb, 201)
        assert answer.json()["answers"][0]["state"] == "DONE", verb
    cancelled, again = (client.delete("/v1/instructions/w1", headers=as_("sender")) for _ in range(2))
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "DONE")
    assert again.json()["state"] == "RJTD"


def test_reservation_is_set_on_the_account_of_the_sender(client: Client) -> None:
    body = {"currency": "CNY", "priority": "urgent", "amount": "10.00"}
    assert client.post("/v1/reservations", json=body, headers=as_("sender")).json()["answers"][0]["state"] == "DONE"


def test_offsetting_on_demand_settles_what_waits(client: Client) -> None:
    there = {**WAITING, "debtor": "ALFACNBJ", "creditor": "GAMARUMM", "currency": "RUB", "amount": "2.00"}
    assert client.post("/v1/payments", json=there, headers=as_("sender")).json()["state"] == "PSTL"
    patient = as_("union-operator", comity_deadline_ms="60000")  # the first search on a machine compiles its kernels
    answer = client.post("/v1/commands", json={"commands": [{"command": "offset"}]}, headers=patient)
    assert answer.status_code == 201
    assert answer.json()["answers"][0]["state"] == "DONE"


def test_quorum_is_set_by_as_many_as_it_asks_for_now(client: Client) -> None:
    assert client.get("/v1/quorum", headers=as_("member-operator")).json() == {"party": "CN", "count": 1}
    path = client.put("/v1/quorum", json={"count": 2}, headers=as_("member-operator")).headers["location"]
    assert client.post(f"{path}/approve", headers=as_("member-approver")).json()["state"] == "carried"
    assert client.get("/v1/quorum", headers=as_("member-operator")).json() == {"party": "CN", "count": 2}


def test_expiry_that_cannot_be_read_is_refused(client: Client) -> None:
    body = {**LIMIT, "expires": "2021-12-15 at noon, perhaps"}
    answer = client.post("/v1/limits", json=body, headers=as_("sender"))
    assert answer.json()["faults"][0]["pointer"] == "/expires"
