"""Notices: events of the day, and what became of commands that others had to approve."""

from collections.abc import Iterator

import pytest
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.gateway.clock import SetClock
from comity.gateway.four_eyes import EXPIRY_US
from comity.gateway.gateway import Gateway
from comity.iso20022.messages.accounts import Reports
from comity.iso20022.messages.administration import SystemEvent
from comity.iso20022.messages.orders import Receipt
from comity.model.command import Command
from tests.api.lists import open_screening
from tests.api.messages import funding, item, limit, reprioritised, transfers, written
from tests.api.test_messages import SENDER, Client, all_waiting, fetched, send, told, waiting
from tests.gateway.people import as_, enrol


@pytest.fixture(name="gateway")
def gateway_fixture() -> Gateway:
    return enrol(open_screening())


@pytest.fixture(name="client")
def client_fixture(gateway: Gateway) -> Iterator[Client]:
    with TestClient(create_app(gateway)) as client:
        yield client


def outcomes(client: Client, who: str = SENDER) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Fetch every camt.025 that waits: reference and version of the message, status and reason of each command."""
    found = []
    for each in waiting(client, who):
        assert each["definition"] == "camt.025.001.08"
        header, message = fetched(client, each["id"], who)
        assert isinstance(message, Receipt)
        (handling,) = message.items
        assert (header.reference, each["message"]) == (message.message, handling.original_message)
        words = [(one.status, one.code or one.own) for one in handling.outcomes]
        found.append((handling.original_message, handling.original_name, words))
    return found


def decide(client: Client, word: str, who: str, body: dict[str, str] | None = None) -> None:
    (approval,) = client.get("/v1/approvals", headers=as_(who)).json()["items"][-1:]
    answer = client.post(f"/v1/approvals/{approval['id']}/{word}", json=body or {}, headers=as_(who))
    assert answer.status_code == 200, answer.text


def test_everybody_is_told_when_the_day_opens_reaches_its_cutoffs_and_closes(client: Client, gateway: Gateway) -> None:
    for given in ("customer_cutoff", "interbank_cutoff", "final_clearing", "accrual", "end"):
        gateway.give(
            [Command("phase", currency="CNY", value=given), Command("phase", currency="RUB", value=given)]
        ).result()
    gateway.give([Command("phase", value="open")]).result()
    events = {}
    for who in (SENDER, "beta-sender", "member-operator"):
        told = [fetched(client, each["id"], who)[1] for each in all_waiting(client, who)]
        events[who] = [each.parameters for each in told if isinstance(each, SystemEvent)]
        assert len(events[who]) == len(told)
    assert events[SENDER] == events["beta-sender"] == events["member-operator"]
    assert events[SENDER] == [
        ("2021-12-15", "OPEN"),
        *[
            ("2021-12-15", currency, word)
            for word in ("CUSTOMER_CUTOFF", "INTERBANK_CUTOFF", "END")
            for currency in ("CNY", "RUB")
        ],
    ], "a command that was refused is no event"


def test_event_is_told_as_it_was(client: Client) -> None:
    (opened,) = all_waiting(client)
    assert (opened["definition"], opened["message"]) == ("admi.004.001.02", "")
    _, message = fetched(client, opened["id"])
    assert message == SystemEvent("PHAS", ("2021-12-15", "OPEN"), "opens", "2021-12-15T01:00:00Z")


def test_commands_that_were_approved_are_told_to_who_sent_them(client: Client) -> None:
    assert send(client, written(limit("L-1"))).status_code == 202
    assert outcomes(client) == []
    decide(client, "approve", "approver")
    assert outcomes(client) == [("L-1", "camt.011.001.08", [("ACSC", "")])]
    assert waiting(client, "beta-sender") == []


def test_commands_that_the_rulebook_refused_once_approved_are_told_so(client: Client, gateway: Gateway) -> None:
    assert send(client, written(funding("L-1"), "CN"), "member-operator").status_code == 202
    gateway.give([Command("limit", "ALFACNBJ", "CNY", "", 0, "holding")]).result()
    decide(client, "approve", "member-approver")
    assert outcomes(client, "member-operator") == [("L-1", "camt.050.001.07", [("RJCT", "AM21")])]


def test_commands_that_were_rejected_withdrawn_or_expired_are_told_so(client: Client, gateway: Gateway) -> None:
    send(client, written(limit("L-1")))
    decide(client, "reject", "approver", {"reason": "not this month"})
    send(client, written(limit("L-2")))
    decide(client, "withdraw", SENDER)
    send(client, written(limit("L-3")))
    assert isinstance(gateway.clock, SetClock)
    gateway.clock.advance(EXPIRY_US)
    send(client, written(limit("L-4")))
    version = "camt.011.001.08"
    assert outcomes(client) == [
        ("L-1", version, [("RJCT", "REJECTED")]),
        ("L-2", version, [("RJCT", "WITHDRAWN")]),
        ("L-3", version, [("RJCT", "EXPIRED")]),
    ]
    _, message = fetched(client, waiting(client)[0]["id"])
    assert isinstance(message, Receipt)
    assert message.items[0].outcomes[0].lines == ("not this month",)


def test_approvals_that_came_otherwise_and_commands_that_needed_none_are_no_messages(client: Client) -> None:
    plain = {"currency": "CNY", "kind": "multilateral", "amount": "5.00"}
    assert client.post("/v1/limits", json=plain, headers=as_(SENDER)).status_code == 202
    decide(client, "approve", "approver")
    send(client, written(transfers("M-1", item(1, "5000.00"))))
    assert send(client, written(reprioritised("L-1", "I-1"))).status_code == 201
    assert waiting(client) == []


def test_money_paid_in_by_message_stands_in_the_account(client: Client) -> None:
    send(client, written(funding("L-1"), "CN"), "member-operator")
    decide(client, "approve", "member-approver")
    report = client.get("/v1/statements/camt.052?currency=CNY&date=2021-12-15", headers=as_(SENDER))
    _, message = told(report)
    assert isinstance(message, Reports)
    assert [each.amount.text for each in message.reports[0].entries] == ["9.00"]
