"""Conformance in a sandbox: a report of a message, and a suite that is passed by messages as they are sent."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from msgspec.structs import replace

from comity.api.app import create_app
from comity.api.sandbox import sandbox_routes
from comity.client.proof import ProofFailed, check_certificate
from comity.gateway.conformance import CASES, SUITE
from comity.gateway.sandbox import open_sandbox
from comity.iso20022.messages.parties import Agent
from comity.iso20022.messages.payments import CustomerTransfer
from comity.iso20022.messages.statuses import Cancellation
from comity.iso20022.rules import RULES
from comity.wire.conformance import Certificate, Report, Standing
from tests.api.messages import (
    between_institutions,
    cancellation,
    item,
    parsed,
    reservation,
    returned,
    trade,
    transfers,
    uetr,
    written,
)
from tests.gateway.people import as_
from tests.gateway.union import open_gateway

Client: TypeAlias = TestClient[Litestar]
EAST, PORT, NEVA = "EASTCNBJ", "PORTCNSH", "NEVARUMM"


@pytest.fixture(name="client")
def client_fixture() -> Iterator[Client]:
    gateway, clock = open_sandbox()
    with TestClient(create_app(gateway, sandbox=sandbox_routes(clock, lambda: None))) as client:
        yield client


def key_of(bank: str) -> dict[str, str]:
    return as_(f"sandbox-{bank.lower()}", content_type="application/xml")


def send(client: Client, data: bytes, bank: str = EAST, path: str = "/v1/messages") -> Any:  # noqa: ANN401 - an answer
    return client.post(path, content=data, headers=key_of(bank))


def paid(number: int, amount: str = "10.00", own: str = EAST, other: str = PORT) -> CustomerTransfer:
    return item(number, amount, instructing=Agent(bic=own), instructed=Agent(bic=other))


def examined(client: Client, data: bytes) -> Report:
    answer = send(client, data, path="/v1/conformance/messages")
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=Report)


def results(report: Report, result: str) -> list[str]:
    return [each.rule for each in report.rules if each.result == result]


def standing(client: Client, bank: str = EAST) -> Standing:
    answer = client.get("/v1/conformance", headers=key_of(bank))
    return msgspec.json.decode(answer.content, type=Standing)


def passed(client: Client) -> list[str]:
    return [each.case for each in standing(client).cases if each.passed]


def fetch(client: Client) -> None:
    for each in client.get("/v1/messages", headers=key_of(EAST)).json()["items"]:
        assert client.get(f"/v1/messages/{each['id']}", headers=key_of(EAST)).status_code == 200


def test_good_message_is_reported_rule_by_rule_and_not_entered(client: Client) -> None:
    report = examined(client, written(transfers("M-1", paid(1)), EAST))
    assert (report.accepted, report.definition, report.reference) == (True, "pacs.008.001.08", "M-1")
    assert [each.rule for each in report.rules] == list(RULES)
    assert results(report, "failed") == []
    assert {"HDR-1", "HDR-5", "IDS-3", "IDS-5", "CCY-1", "ADR-1", "BIC-1"} <= set(results(report, "passed"))
    assert {"PVP-1", "IBAN-1", "LEI-1", "CNT-2", "SIG-1", "SIG-5"} <= set(results(report, "not-applicable"))
    assert client.get("/v1/payments/I-1", headers=key_of(EAST)).status_code == 404
    assert passed(client) == []


def test_every_broken_rule_is_reported_with_its_places(client: Client) -> None:
    bad = transfers("M-1", paid(1, "1.001"), replace(paid(2), uetr=uetr(1)), count="3")
    report = examined(client, written(bad, EAST))
    assert not report.accepted
    assert results(report, "failed") == ["IDS-4", "CNT-1", "AMT-1"]
    (rule,) = [each for each in report.rules if each.rule == "AMT-1"]
    assert [(each.item, each.found) for each in rule.places] == [(1, "1.001 CNY")]
    assert parsed(report.answer.encode()).version == "pacs.002.001.10"


def test_message_of_another_sender_and_of_a_used_reference_is_reported(client: Client) -> None:
    send(client, written(transfers("M-1", paid(1)), EAST))
    assert results(examined(client, written(transfers("M-1", paid(2)), EAST)), "failed") == ["IDS-5"]
    assert results(examined(client, written(transfers("M-2", paid(2)), PORT)), "failed") == ["HDR-3", "HDR-5"]


def test_what_is_not_of_its_schema_is_reported_by_its_places(client: Client) -> None:
    data = written(transfers("M-1", paid(1)), EAST).replace(b"CLRG", b"WRNG")
    report = examined(client, data)
    assert (report.refusal, report.reference, report.rules) == ("NOT_OF_SCHEMA", "M-1", [])
    assert report.schema[0].found.startswith("Element 'SttlmMtd'")
    assert examined(client, b"<").refusal == "NOT_WELL_FORMED"


def test_name_that_is_not_in_the_union_is_reported_with_its_rule(client: Client) -> None:
    report = examined(client, written(transfers("M-1", paid(1, other="NOBOCNBJ")), EAST))
    assert (report.accepted, results(report, "failed")) == (False, ["AGT-3"])
    assert "names what is not in the union" in report.why


def test_body_of_another_kind_is_refused(client: Client) -> None:
    answer = client.post("/v1/conformance/messages", content=b"{}", headers=as_("sandbox-eastcnbj"))
    assert answer.status_code == 415


def test_certificate_is_given_once_every_case_is_passed(client: Client) -> None:
    first = written(transfers("M-1", paid(1)), EAST)
    send(client, first)
    assert passed(client) == ["customer-payment"]
    send(client, first)
    send(client, written(transfers("M-1", paid(2)), EAST))
    send(client, written(transfers("M-2", paid(3), paid(4, "5000000.00")), EAST))
    assert passed(client) == ["customer-payment", "file", "queued", "repeated", "reused"]
    gone = Cancellation(request="C-1", uetr=uetr(4))
    send(client, written(replace(cancellation("C-1", gone), assigner=Agent(bic=EAST)), EAST))
    institutions = between_institutions("N-1")
    own, other = Agent(bic=EAST), Agent(bic=PORT)
    payment = replace(institutions.items[0], instructing=own, instructed=other, debtor=own, creditor=other)
    send(client, written(replace(institutions, items=(payment,)), EAST))
    send(client, written(transfers("P-1", paid(5, "7.00", PORT, EAST)), PORT), PORT)
    back = returned("R-1")
    refund = replace(back.items[0], uetr=uetr(5), instructing=own, instructed=other)
    send(client, written(replace(back, items=(refund,)), EAST))
    send(client, written(reservation("L-1"), EAST))
    side = trade("T-1", EAST, NEVA)
    send(client, written(replace(side, bought=side.sold, sold=side.bought), EAST))
    send(client, written(transfers("M-3", paid(6), count="2"), EAST))
    answer = client.get("/v1/conformance/certificate", headers=key_of(EAST))
    assert (answer.status_code, answer.json()["detail"]) == (404, f"{EAST} has still to show: received, told-later")
    fetch(client)
    assert passed(client) == list(CASES)
    assert standing(client, PORT).complete is False
    answer = client.get("/v1/conformance/certificate", headers=key_of(EAST))
    assert answer.status_code == 200
    certificate = msgspec.json.decode(answer.content, type=Certificate)
    assert (certificate.participant, certificate.union, certificate.suite) == (EAST, "Sandbox", SUITE)
    assert [case.case for case in certificate.cases] == list(CASES)
    by = {case.case: case.passed for case in certificate.cases}
    assert by["customer-payment"] is not None
    assert (by["customer-payment"].message, by["customer-payment"].definition) == ("M-1", "pacs.008.001.08")
    for case, message in (("refused", "M-3"), ("reused", "M-1")):
        shown = by[case]
        assert shown is not None
        assert (shown.message, shown.definition) == (message, "pacs.008.001.08")
    head = client.get("/v1/log/head", headers=key_of(EAST)).json()
    assert certificate.key == head["key"]
    check_certificate(certificate, head["key"])
    for forged in ({"participant": PORT}, {"signature": "00" * 64}, {"signature": "?"}):
        with pytest.raises(ProofFailed):
            check_certificate(msgspec.structs.replace(certificate, **forged), head["key"])
    with pytest.raises(ProofFailed):
        check_certificate(certificate, "11" * 32)


def test_dry_run_passes_nothing(client: Client) -> None:
    send(client, written(transfers("M-1", paid(1)), EAST), path="/v1/messages?dry_run=true")
    assert passed(client) == []


def test_nothing_of_it_is_there_outside_a_sandbox() -> None:
    with TestClient(create_app(open_gateway())) as client:
        for path in ("/v1/conformance", "/v1/conformance/certificate"):
            assert client.get(path, headers=as_("alfa-sender")).status_code == 404
        answer = client.post("/v1/conformance/messages", content=b"<", headers=as_("alfa-sender"))
        assert answer.status_code == 404
