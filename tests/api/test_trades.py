"""Sides of PvPs as messages: amended, withdrawn, and told with their details once they have settled."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from litestar.testing import TestClient
from msgspec.structs import replace

from comity.api.app import create_app
from comity.errors import LogError
from comity.gateway import trade_changes
from comity.gateway.actor import Actor
from comity.gateway.gateway import Gateway
from comity.iso20022.messages.parties import Agent
from comity.iso20022.messages.trades import Trade, TradeDetails, TradeStatus
from comity.iso20022.table import Message, Money
from tests.api.lists import open_screening
from tests.api.messages import ALFA, GAMA, amendment, item, trade, transfers, withdrawal, written
from tests.api.test_messages import SENDER, Client, fetched, receipt, report, send, told, waiting
from tests.gateway.people import as_, enrol

OTHER = "gama-sender"
Told: TypeAlias = tuple[str, str, str]
"""Reference, status and reason that a fxtr.008 tells."""


def opened(folder: Path | None = None) -> Gateway:
    gateway = enrol(open_screening(folder))
    gateway.identities.enrol(OTHER, Actor("key:gama", "galina", GAMA, frozenset({"sender"})))
    return gateway


@pytest.fixture(name="client")
def client_fixture() -> Iterator[Client]:
    with TestClient(create_app(opened())) as client:
        yield client


def status(client: Client, message: Message, code: int = 201, who: str = SENDER, query: str = "") -> Told:
    """Send a message about a trade; reference, status and reason of the answer."""
    answer = send(client, written(message, ALFA if who == SENDER else GAMA), who, query)
    assert answer.status_code == code, answer.text
    return read(told(answer)[1])


def read(message: Message) -> Told:
    assert isinstance(message, TradeStatus)
    return message.reference, message.status or message.own, message.why


def state(client: Client, name: str) -> str:
    legs = client.get(f"/v1/pvp/{name}", headers=as_(SENDER)).json()["items"]
    return next(str(leg["state"]) for leg in legs if leg["debtor"] == ALFA)


def fund(client: Client) -> None:
    """Give the bank in Russia the yuan, so that it is ready; rubles the bank in China has none to pay."""
    agent = Agent(bic=GAMA)
    funded = transfers("M-1", item(1, instructed=agent, creditor_agent=agent))
    assert report(send(client, written(funded)))[0] == "ACSC"


def theirs(bought: str = "900.00") -> Trade:
    return replace(trade("T-9", GAMA, ALFA), sold=Money(bought, "RUB"))


def test_unmatched_side_is_withdrawn_by_either_reference(client: Client) -> None:
    send(client, written(trade("T-1")))
    assert status(client, withdrawal("W-1", cancelled="T-1")) == ("T-1", "RSCD", "")
    _, entered = told(send(client, written(trade("T-2"))))
    assert isinstance(entered, TradeStatus)
    _, message = told(send(client, written(withdrawal("W-2", matching=entered.matching))))
    assert isinstance(message, TradeStatus)
    assert (message.status, message.matching) == ("RSCD", entered.matching)


def test_side_that_is_not_there_is_told_to_be_none(client: Client) -> None:
    assert status(client, withdrawal("W-1", cancelled="T-9"), 201) == ("T-9", "NONE", "NOOR")
    assert status(client, withdrawal("W-2", matching="77.0")) == ("W-2", "NONE", "NOOR")
    assert status(client, amendment("T-2", "T-9"), 422) == ("T-9", "NONE", "NOOR")
    send(client, written(transfers("M-1", item(1, "5000.00"))))
    assert status(client, withdrawal("W-3", cancelled="I-1"), 422) == ("I-1", "NONE", "NOOR")
    assert client.get("/v1/payments/I-1", headers=as_(SENDER)).json()["state"] == "PSTL"


def test_amended_side_is_withdrawn_and_entered_anew(client: Client) -> None:
    send(client, written(trade("T-1")))
    assert status(client, amendment("T-2", "T-1"), 200, query="?dry_run=true") == ("T-2", "UMTC", "")
    assert state(client, "T-1") == "UMAC"
    data = written(amendment("T-2", "T-1"))
    first = send(client, data)
    assert (first.status_code, read(told(first)[1])) == (201, ("T-2", "UMTC", ""))
    assert (state(client, "T-1"), state(client, "T-2")) == ("CAND", "UMAC")
    again = send(client, data)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    fund(client)
    assert status(client, theirs(), who=OTHER) == ("T-9", "UMTC", ""), "it is of other terms"
    assert status(client, replace(theirs("950.00"), reference="T-8"), who=OTHER) == ("T-8", "STLD", "")
    assert state(client, "T-2") == "STLD"


def test_dry_run_of_an_amendment_says_what_sending_it_does(client: Client) -> None:
    """Both of its records count: what withdraws a side may be refused, and what is entered then finds it withdrawn."""
    send(client, written(trade("T-1")))
    made = trade("T-1")
    same = replace(amendment("T-1", "T-1"), bought=made.bought, rate=made.rate, common=made.common)
    data = written(same, reference="A-1")
    dry = send(client, data, query="?dry_run=true")
    assert state(client, "T-1") == "UMAC"
    real = send(client, data)
    assert (dry.status_code, real.status_code) == (200, 201)
    assert read(told(dry)[1]) == read(told(real)[1]) == ("T-1", "RSCD", "")


def test_dry_run_of_an_amendment_by_a_key_that_may_not_withdraw_is_refused_as_sending_it_is() -> None:
    gateway = opened()
    narrow = frozenset({"messages.send", "pvp.enter"})
    gateway.identities.enrol("narrow", Actor("key:narrow", "anna", ALFA, frozenset({"sender"}), narrow))
    with TestClient(create_app(gateway)) as client:
        send(client, written(trade("T-1")))
        data = written(amendment("T-2", "T-1"))
        dry = send(client, data, "narrow", query="?dry_run=true")
        real = send(client, data, "narrow")
        assert (real.status_code, receipt(real)) == (403, [("RJCT", "AG01")])
        assert (dry.status_code, receipt(dry)) == (403, [("RJCT", "AG01")])
        assert state(client, "T-1") == "UMAC"


def test_matched_side_is_not_amended_and_its_reference_stays_free(client: Client) -> None:
    send(client, written(replace(trade("T-1"), sold=Money("1100.00", "CNY"))))
    matched = replace(theirs(), bought=Money("1100.00", "CNY"))
    assert status(client, matched, who=OTHER) == ("T-9", "FMTC", "")
    assert status(client, amendment("T-2", "T-1"), 422) == ("T-1", "FMTC", "NARR")
    assert status(client, trade("T-2")) == ("T-2", "UMTC", "")


def test_matched_side_is_cancelled_by_both(client: Client) -> None:
    send(client, written(replace(trade("T-1"), sold=Money("1100.00", "CNY"))))
    send(client, written(replace(theirs(), bought=Money("1100.00", "CNY")), GAMA), OTHER)
    assert status(client, withdrawal("W-1", cancelled="T-1")) == ("T-1", "PCAN", "")
    wish = withdrawal("W-2", cancelled="T-9", own=GAMA, other=ALFA)
    assert status(client, wish, who=OTHER) == ("T-9", "RSCD", "")
    (later,) = waiting(client)
    assert read(fetched(client, later["id"])[1]) == ("T-1", "RSCD", "")


def test_settled_side_stays_settled(client: Client) -> None:
    fund(client)
    send(client, written(trade("T-1")))
    assert status(client, theirs(), who=OTHER) == ("T-9", "STLD", "")
    assert status(client, withdrawal("W-1", cancelled="T-1")) == ("T-1", "STLD", "NARR")
    assert status(client, amendment("T-2", "T-1"), 422) == ("T-1", "STLD", "NARR")


def test_side_of_another_is_neither_amended_nor_withdrawn(client: Client) -> None:
    send(client, written(trade("T-1")))
    assert status(client, withdrawal("W-1", cancelled="T-1", own=GAMA, other=ALFA), who=OTHER)[1:] == ("NONE", "NOOR")
    forged = send(client, written(withdrawal("W-2", cancelled="T-1"), GAMA), OTHER)
    assert (forged.status_code, getattr(told(forged)[1], "code", "")) == (403, "PVP-2")
    for message in (withdrawal("W-3", cancelled="T-1"), amendment("T-3", "T-1")):
        refused = send(client, written(message), "reader")
        assert (refused.status_code, receipt(refused)) == (403, [("RJCT", "AG01")])
    assert state(client, "T-1") == "UMAC"


def test_amendment_that_a_stop_left_half_done_is_finished_when_it_is_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = written(amendment("T-2", "T-1"))

    def stop(*_: object) -> int:
        raise LogError("the machine stops here")

    with TestClient(create_app(opened(tmp_path))) as client, monkeypatch.context() as patched:
        send(client, written(trade("T-1")))
        patched.setattr(trade_changes, "_enter", stop)
        assert send(client, data).status_code == 503
    with TestClient(create_app(opened(tmp_path))) as client:
        assert state(client, "T-1") == "CAND"
        assert client.get("/v1/pvp/T-2", headers=as_(SENDER)).status_code == 404
        other = send(client, written(replace(amendment("T-2", "T-1"), rate="9.4")))
        assert other.status_code == 409
        first, again = send(client, data), send(client, data)
        assert read(told(first)[1]) == ("T-2", "UMTC", "")
        assert first.content == again.content
        assert state(client, "T-2") == "UMAC"
    with TestClient(create_app(opened(tmp_path))) as client:
        assert send(client, data).content == first.content


def test_both_sides_are_told_with_details_that_their_trade_settled(client: Client) -> None:
    fund(client)
    send(client, written(replace(trade("T-1"), common="COMMON-1")))
    assert status(client, replace(theirs(), common="COMMON-1"), who=OTHER) == ("T-9", "STLD", "")
    for who, reference, sold in ((SENDER, "T-1", "100.00"), (OTHER, "T-9", "900.00")):
        (settled,) = [each for each in waiting(client, who) if each["definition"].startswith("fxtr")]
        assert settled["definition"] == "fxtr.017.001.05"
        header, message = fetched(client, settled["id"], who)
        assert isinstance(message, TradeDetails)
        assert (header.reference, message.message) == (settled["id"], settled["id"])
        assert (message.reference, message.common, message.status) == (reference, "COMMON-1", "STLD")
        assert (message.sold.text, message.rate, message.date) == (sold, "9", "2021-12-15")


def test_trade_whose_message_was_erased_is_told_without_details(client: Client) -> None:
    fund(client)
    send(client, written(trade("T-1")))
    send(client, written(theirs(), GAMA), OTHER)
    erased = client.delete(f"/v1/messages/{ALFA}/T-1", headers=as_("member-operator"))
    assert erased.status_code == 200
    (settled,) = waiting(client)
    assert read(fetched(client, settled["id"])[1]) == ("T-1", "STLD", "")
