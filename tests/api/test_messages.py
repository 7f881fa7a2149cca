"""Messages over HTTP: carried out once, and answered with the message that belongs to them, of its schema."""

import dataclasses
import re
import zlib
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from msgspec.structs import replace

from comity.api.app import create_app
from comity.errors import LogError
from comity.gateway.actor import Actor
from comity.gateway.clock import SetClock
from comity.gateway.gateway import ORIGINALS, Gateway
from comity.gateway.inbox import TAKEN
from comity.gateway.originals import Originals, digest_of
from comity.gateway.settings import Settings
from comity.iso20022.definitions import DEFINITIONS
from comity.iso20022.header import Header
from comity.iso20022.messages import MESSAGES
from comity.iso20022.messages.accounts import Notices, Reports, Statements
from comity.iso20022.messages.administration import Rejection
from comity.iso20022.messages.orders import Handling, Receipt
from comity.iso20022.messages.orders import Outcome as Told
from comity.iso20022.messages.parties import Agent, Party
from comity.iso20022.messages.payments import (
    Covered,
    CustomerTransfer,
    CustomerTransfers,
    InstitutionTransfers,
    Returns,
)
from comity.iso20022.messages.statuses import Cancellation, Resolution, StatusReport, Underlying
from comity.iso20022.messages.trades import TradeStatus
from comity.iso20022.reading import read
from comity.iso20022.table import Message, Money
from comity.model.command import Command
from comity.model.instant import DAY_US
from tests.api.lists import open_screening
from tests.api.messages import (
    ALFA,
    BETA,
    GAMA,
    between_institutions,
    cancellation,
    enveloped,
    funding,
    header_of,
    initiation,
    item,
    limit,
    parsed,
    reprioritised,
    reservation,
    returned,
    spoken,
    trade,
    transfers,
    uetr,
    wish,
    written,
)
from tests.gateway.people import as_, enrol
from tests.gateway.union import small_union

Client: TypeAlias = TestClient[Litestar]
SENDER = "alfa-sender"
GONE = Agent(bic="NOBOCNBJ")


def send(client: Client, data: bytes, who: str = SENDER, query: str = "", **headers: str) -> Any:  # noqa: ANN401 - an answer
    given = as_(who, content_type="application/xml", **headers)
    return client.post(f"/v1/messages{query}", content=data, headers=given)


def told(answer: Any) -> tuple[Header, Message]:  # noqa: ANN401 - an answer
    """Read an answer, which has to follow its schemas and to be what its header says."""
    assert answer.headers["content-type"] == "application/xml", answer.text
    found = parsed(answer.content)
    assert found.header is not None
    header = read(found.header, Header)
    assert (header.definition, header.sender_member) == (found.version, "union")
    return header, read(found.content, MESSAGES[found.name])


def report(answer: Any) -> tuple[str, list[tuple[str, str, str]]]:  # noqa: ANN401 - an answer
    """Read a pacs.002: status of the message, then id, status and code of each payment."""
    _, message = told(answer)
    assert isinstance(message, StatusReport)
    rows = [
        (row.instruction, row.status, row.reasons[0].code or row.reasons[0].own if row.reasons else "")
        for row in message.items
    ]
    return message.groups[0].status, rows


def receipt(answer: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - an answer
    """Read a camt.025: status and code of each command."""
    _, message = told(answer)
    assert isinstance(message, Receipt)
    return [(outcome.status, outcome.code) for handling in message.items for outcome in handling.outcomes]


def test_payment_settles_and_is_answered_with_what_became_of_it(client: Client) -> None:
    answer = send(client, written(transfers("M-1", item(1))))
    assert answer.status_code == 201
    header, message = told(answer)
    assert isinstance(message, StatusReport)
    assert (header.receiver, header.reference) == (ALFA, message.message)
    (row,) = message.items
    assert (row.status, row.end_to_end, row.uetr, row.original_message) == ("ACSC", "E-1", uetr(1), "M-1")
    assert (row.original_name, row.settled_at) == ("pacs.008.001.08", "2021-12-15T01:00:00Z")
    found = client.get("/v1/payments/I-1", headers=as_(SENDER)).json()
    assert (found["state"], found["amount"], f"{found['sequence']}.{found['row']}") == ("STLD", "10.00", row.reference)


def test_file_enters_in_one_record_and_is_answered_row_by_row(client: Client) -> None:
    items = [item(1), item(2, "5000.00"), item(3, "0"), *(item(number) for number in range(4, 20))]
    answer = send(client, written(transfers("M-1", *items)))
    status, rows = report(answer)
    assert status == "PART"
    assert rows[:3] == [("I-1", "ACSC", ""), ("I-2", "ACSP", "PSTL"), ("I-3", "RJCT", "AM02")]
    assert rows[3:] == [(f"I-{number}", "ACSC", "") for number in range(4, 20)]
    listed = client.get("/v1/payments", headers=as_(SENDER)).json()["items"]
    assert len({each["sequence"] for each in listed}) == 1


@pytest.mark.parametrize("count", [1, 2])
def test_same_message_is_answered_the_same_and_happens_once(client: Client, count: int) -> None:
    data = written(transfers("M-1", *(item(number) for number in range(count))))
    first, again = send(client, data), send(client, data)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(client.get("/v1/payments", headers=as_(SENDER)).json()["items"]) == count


def test_another_message_of_the_same_reference_is_refused_and_noted(client: Client) -> None:
    send(client, written(transfers("M-1", item(1))))
    other = written(transfers("M-1", item(2)))
    answer = send(client, other)
    assert answer.status_code == 409
    _, message = told(answer)
    assert isinstance(message, StatusReport)
    assert (message.groups[0].status, message.groups[0].reasons[0].code) == ("RJCT", "DU01")
    assert client.get("/v1/payments/I-2", headers=as_(SENDER)).status_code == 404
    (deed,) = client.get("/v1/audit", headers=as_("auditor", comity_reason="test")).json()["items"][-2:-1]
    assert (deed["operation"], deed["about"], deed["after"]) == ("messages.reused", f"{ALFA} M-1", digest_of(other))


def test_references_of_two_senders_are_apart(client: Client) -> None:
    assert send(client, written(transfers("M-1", item(1)))).status_code == 201
    assert send(client, written(returned("M-1"), BETA), "beta-sender").status_code == 201


def test_message_of_another_participant_is_refused(client: Client) -> None:
    answer = send(client, written(transfers("M-1", item(1))), "beta-sender")
    assert answer.status_code == 403
    assert report(answer)[0] == "RJCT"
    forged = enveloped(transfers("M-1", item(1)), replace(header_of(transfers("M-1")), sender=BETA))
    answer = send(client, forged, "beta-sender")
    assert answer.status_code == 422
    assert report(answer) == ("RJCT", [("I-1", "RJCT", "AGNT")])
    assert client.get("/v1/payments", headers=as_(SENDER)).json()["items"] == []


def test_agents_of_leis_are_found_where_one_participant_alone_has_theirs() -> None:
    leis = {ALFA: "V459EV5XD3WK5MR0HW37", BETA: "M312WZV08Y7LYUC71685", GAMA: "M312WZV08Y7LYUC71685"}
    union = small_union()
    known = [dataclasses.replace(each, lei=leis.get(each.code, "")) for each in union.participants]
    gateway = open_screening(union=dataclasses.replace(union, participants=tuple(known)))
    with TestClient(create_app(gateway)) as client:
        message = transfers(
            "M-1", item(1, instructing=Agent(lei=leis[ALFA])), item(2, instructed=Agent(lei=leis[BETA]))
        )
        sent = enveloped(message, replace(header_of(message), sender="", sender_lei=leis[ALFA]))
        answer = send(client, sent)
        assert told(answer)[0].receiver_lei == leis[ALFA]
        assert report(answer) == ("PART", [("I-1", "ACSC", ""), ("I-2", "RJCT", "AGNT")])


def test_message_to_somebody_else_is_refused(client: Client) -> None:
    message = transfers("M-1", item(1))
    answer = send(client, enveloped(message, replace(header_of(message), receiver=BETA, receiver_member="")))
    assert answer.status_code == 422
    _, refused = told(answer)
    assert isinstance(refused, StatusReport)
    assert refused.groups[0].reasons[0].lines[0].startswith("HDR-6 AppHdr/To")


def test_message_without_a_header_is_refused(client: Client) -> None:
    data = written(transfers("M-1", item(1)))
    document = b"<Document" + data.partition(b"<Document")[2].partition(b"</Envelope>")[0]
    answer = send(client, document)
    assert answer.status_code == 422
    assert report(answer)[0] == "RJCT"


FAULTY: dict[str, tuple[CustomerTransfer, str]] = {
    "no UETR": (item(2, uetr=""), "FF01"),
    "an agent that nobody knows": (item(2, instructed=GONE), "RC04"),
    "a currency that is not settled": (replace(item(2), amount=Money("1.00", "EUR")), "AM03"),
    "no date": (item(2, date=""), "DT01"),
    "an account of somebody else": (item(2, instructing=Agent(bic=BETA), instructed=Agent(bic=ALFA)), "AGNT"),
    "the reference of another": (item(2, instruction="I-1"), "DU03"),
}


@pytest.mark.parametrize("fault", FAULTY)
def test_payment_of_its_own_fault_is_refused_alone(tmp_path: Path, fault: str) -> None:
    bad, code = FAULTY[fault]
    data = written(transfers("M-1", item(1), bad, item(3), item(4)))
    words = [("I-1", "ACSC", ""), (bad.instruction, "RJCT", code), ("I-3", "ACSC", ""), ("I-4", "ACSC", "")]
    with TestClient(create_app(open_screening(tmp_path))) as client:
        tried = send(client, data, query="?dry_run=true")
        assert (tried.status_code, report(tried)) == (200, ("PART", words))
        answer = send(client, data)
        assert (answer.status_code, report(answer)) == (201, ("PART", words))
        listed = client.get("/v1/payments", headers=as_(SENDER)).json()["items"]
        assert [each["id"] for each in listed] == ["I-1", "I-3", "I-4"]
        passed = [fetched(client, each["id"], "beta-sender")[1] for each in waiting(client, "beta-sender")]
        assert [getattr(each, "items", ()) for each in passed] == [(item(1),), (item(3),), (item(4),)]
        assert send(client, written(transfers("M-1", item(1)))).status_code == 409, "the reference is used"
    with TestClient(create_app(open_screening(tmp_path))) as client:
        again = send(client, data)
        assert (again.content, again.headers["idempotency-replayed"]) == (answer.content, "true")
        assert len(client.get("/v1/payments", headers=as_(SENDER)).json()["items"]) == 3


def test_file_of_faulty_payments_alone_is_refused_with_what_is_wrong_with_each(client: Client) -> None:
    answer = send(client, written(transfers("M-1", item(1, uetr=""), item(2, instructed=GONE))))
    words = [("I-1", "RJCT", "FF01"), ("I-2", "RJCT", "RC04")]
    assert (answer.status_code, report(answer)) == (422, ("RJCT", words))
    _, message = told(answer)
    assert isinstance(message, StatusReport)
    assert message.items[1].reasons[0].lines == ("AGT-3 InstdAgt: NOBOCNBJ",)
    assert client.get("/v1/payments", headers=as_(SENDER)).json()["items"] == []
    assert send(client, written(transfers("M-1", item(1)))).status_code == 201, "the reference is still free"


def test_more_faulty_payments_than_faults_are_told_at_once_are_refused_alone(client: Client) -> None:
    items = [item(number, instructed=GONE) if number % 2 else item(number, "0.01") for number in range(400)]
    status, rows = report(send(client, written(transfers("M-1", *items))))
    assert status == "PART"
    assert rows == [(f"I-{n}", "RJCT", "RC04") if n % 2 else (f"I-{n}", "ACSC", "") for n in range(400)]


@pytest.mark.parametrize("changes", [{"count": "3"}, {"total": Money("99.00", "CNY")}, {"method": "INDA"}])
def test_fault_of_the_whole_refuses_every_payment(client: Client, changes: dict[str, object]) -> None:
    answer = send(client, written(transfers("M-1", item(1), item(2), **changes)))
    assert (answer.status_code, report(answer)) == (422, ("RJCT", []))
    assert client.get("/v1/payments", headers=as_(SENDER)).json()["items"] == []
    assert send(client, written(transfers("M-1", item(1)))).status_code == 201, "the reference is still free"


def test_payment_of_a_later_date_is_accepted_and_settles_on_it(client: Client, gateway: Gateway) -> None:
    later = send(client, written(transfers("M-1", item(1, date="2021-12-16"))))
    assert report(later) == ("ACCP", [("I-1", "ACCP", "WHSD")])
    assert isinstance(gateway.clock, SetClock)
    gateway.clock.advance(DAY_US)
    for phase in ("end", "start", "open"):
        gateway.give([Command("phase", value=phase)]).result()
    send(client, written(transfers("M-2", item(2, date="2021-12-16"))))
    (told_later,) = waiting(client)
    _, message = fetched(client, told_later["id"])
    assert isinstance(message, StatusReport)
    assert [(each.instruction, each.status) for each in message.items] == [("I-1", "ACSC")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "NOT_WELL_FORMED"),
        (b"<x/>", "NO_DOCUMENT"),
        (b"\xff\xfe<", "NOT_UTF_8"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "DOCUMENT_TYPE"),
        (written(transfers("M-1", item(1))).replace(b"<IntrBkSttlmAmt", b"<Amount"), "NOT_WELL_FORMED"),
        (written(transfers("M-1", item(1))).replace(b"CdtTrfTxInf", b"Payment"), "NOT_OF_SCHEMA"),
        (written(Rejection("M-1", "R", "2021-12-15T01:00:00Z"), ALFA), "UNKNOWN_MESSAGE"),
    ],
)
def test_what_is_no_message_that_is_taken_is_answered_with_admi_002(client: Client, data: bytes, code: str) -> None:
    answer = send(client, data)
    assert answer.status_code == 400
    header, message = told(answer)
    assert header.definition == "admi.002.001.01"
    assert getattr(message, "code", "") == code


def test_message_or_version_that_is_not_taken_is_refused_with_those_that_are(client: Client) -> None:
    good = written(transfers("M-1", item(1)))
    _, message = told(send(client, good.replace(b"xsd:pacs.008.001.08", b"xsd:pacs.008.001.99")))
    words = getattr(message, "words", "")
    assert words.startswith("pacs.008.001.99: known are pacs.008.001.")
    assert all(version in words for version in DEFINITIONS["pacs.008"].versions)
    _, message = told(send(client, good.replace(b"xsd:pacs.008.001.08", b"xsd:pacs.003.001.08")))
    assert getattr(message, "words", "") == "pacs.003.001.08: no version is known"
    _, message = told(
        send(
            client,
            written(
                Receipt(
                    message="M-1",
                    created="2021-12-15T01:00:00Z",
                    items=(Handling(original_message="M-1", outcomes=(Told("ACSC"),)),),
                )
            ),
        )
    )
    words = getattr(message, "words", "")
    assert words.endswith("pain.001")
    assert all(name in words for name in TAKEN)


def test_body_of_another_kind_and_a_key_beside_the_reference_are_refused(client: Client) -> None:
    data = written(transfers("M-1", item(1)))
    assert client.post("/v1/messages", content=data, headers=as_(SENDER)).status_code == 415
    assert send(client, data, idempotency_key="k1").status_code == 400
    assert send(client, data, "alfa-reader").status_code == 403
    assert send(client, data).status_code == 201


def test_payment_of_an_institution_and_a_return_settle(client: Client) -> None:
    send(client, written(transfers("M-1", item(1))))
    assert report(send(client, written(between_institutions("M-2"))))[0] == "ACSC"
    assert report(send(client, written(returned("M-3"), BETA), "beta-sender")) == ("ACSC", [("R-1", "ACSC", "")])


def test_cancellation_finds_payments_by_each_of_their_references(client: Client) -> None:
    send(client, written(transfers("M-1", item(1, "5000.00"), item(2, "6000.00"), item(3))))
    wanted = [
        Cancellation(request="X-1", uetr=uetr(1)),
        Cancellation(request="X-2", instruction="I-2"),
        Cancellation(request="X-3", instruction="I-3"),
        Cancellation(request="X-4", instruction="I-4"),
        Cancellation(request="X-5", uetr=uetr(5)),
    ]
    data = written(cancellation("C-1", *wanted))
    answer = send(client, data)
    assert answer.status_code == 201, answer.text
    _, message = told(answer)
    assert isinstance(message, Resolution)
    outcomes = [
        (each.status_id, each.status, each.reasons[0].code or each.reasons[0].own if each.reasons else "")
        for each in message.details[0].items
    ]
    unknown = [("X-4", "RJCR", "NOOR"), ("X-5", "RJCR", "NOOR")]
    assert outcomes == [("X-1", "ACCR", ""), ("X-2", "ACCR", ""), ("X-3", "RJCR", "STLD"), *unknown]
    states = [client.get(f"/v1/payments/I-{n}", headers=as_(SENDER)).json()["state"] for n in (1, 2, 3)]
    assert states == ["CAND", "CAND", "STLD"]
    assert send(client, data).content == answer.content


def of_whole(name: str, message: str) -> bytes:
    """Ask that all payments of a message be cancelled."""
    all_of_it = Underlying(group=f"G-{name}", original_message=message, original_name="pacs.008.001.08", whole="true")
    return written(replace(cancellation(name), underlying=(all_of_it,)))


def test_cancellation_of_a_whole_message_is_answered_payment_by_payment(tmp_path: Path) -> None:
    items = [item(1, "5000.00"), item(2, instructed=GONE), item(3), item(4, "6000.00")]
    with TestClient(create_app(open_screening(tmp_path))) as client:
        send(client, written(transfers("M-1", *items)))
    with TestClient(create_app(open_screening(tmp_path))) as client:
        data = of_whole("C-1", "M-1")
        answer = send(client, data)
        assert answer.status_code == 201, answer.text
        _, message = told(answer)
        assert isinstance(message, Resolution)
        (details,) = message.details
        assert (details.group, details.original_message, details.count, details.status) == ("G-C-1", "M-1", "3", "PACR")
        words = [(each.original_message, each.instruction, each.uetr, each.status) for each in details.items]
        status_by_number = {1: "ACCR", 3: "RJCR", 4: "ACCR"}
        assert words == [("M-1", f"I-{n}", uetr(n), status) for n, status in status_by_number.items()]
        states = [client.get(f"/v1/payments/I-{n}", headers=as_(SENDER)).json()["state"] for n in (1, 3, 4)]
        assert states == ["CAND", "STLD", "CAND"]
        assert send(client, data).content == answer.content


def test_cancellation_of_a_message_that_its_sender_did_not_send_is_refused(client: Client) -> None:
    send(client, written(transfers("M-1", item(1, "5000.00"))))
    unknown = send(client, of_whole("C-1", "M-2"))
    assert (unknown.status_code, receipt(unknown)) == (422, [("RJCT", "FF01")])
    foreign = replace(cancellation("C-1"), underlying=(Underlying(original_message="M-1", original_name="pacs.008"),))
    other = send(client, written(foreign, BETA), "beta-sender")
    assert (other.status_code, receipt(other)) == (422, [("RJCT", "FF01")])
    assert client.get("/v1/payments/I-1", headers=as_(SENDER)).json()["state"] == "PSTL"


def test_trade_waits_for_its_other_side_and_settles_with_it(client: Client, gateway: Gateway) -> None:
    gateway.identities.enrol("gama-sender", Actor("key:gama", "galina", GAMA, frozenset({"sender"})))
    funded = transfers("M-1", item(1, instructed=Agent(bic=GAMA), creditor_agent=Agent(bic=GAMA)))
    assert report(send(client, written(funded)))[0] == "ACSC"
    words = []
    for data, who in ((written(trade("T-1")), SENDER), (written(trade("T-2", GAMA, ALFA), GAMA), "gama-sender")):
        answer = send(client, data, who)
        assert answer.status_code == 201
        _, message = told(answer)
        assert isinstance(message, TradeStatus)
        words.append((message.reference, message.status))
    assert words == [("T-1", "UMTC"), ("T-2", "STLD")]
    foreign = send(client, written(trade("T-3", GAMA, ALFA), ALFA))
    assert (foreign.status_code, getattr(told(foreign)[1], "code", "")) == (403, "PVP-2")


def test_commands_pass_through_the_same_consents_as_everywhere(client: Client) -> None:
    done = send(client, written(reservation("L-1")))
    assert (done.status_code, receipt(done)) == (201, [("ACSC", "")])
    waits = send(client, written(limit("L-2")))
    assert (waits.status_code, receipt(waits)) == (202, [("ACTC", "")])
    (approval,) = client.get("/v1/approvals", headers=as_(SENDER)).json()["items"]
    assert approval["changes"][0]["command"]["command"] == "limit"
    again = send(client, written(limit("L-2")))
    assert (again.status_code, again.content) == (202, waits.content)
    unknown = send(client, written(reprioritised("L-3", "I-9")))
    assert (unknown.status_code, receipt(unknown)) == (201, [("RJCT", "NOOR")])
    may_not = send(client, written(funding("L-4")))
    assert (may_not.status_code, receipt(may_not)) == (403, [("RJCT", "AG01")])
    funded = send(client, written(funding("L-5"), "CN"), "member-operator")
    assert (funded.status_code, receipt(funded)) == (202, [("ACTC", "")])
    nobody = send(client, written(funding("L-6", creditor="NOBODY"), "CN"), "member-operator")
    assert (nobody.status_code, receipt(nobody)) == (422, [("RJCT", "FF01")])


def test_dry_run_answers_the_same_and_uses_nothing_up(client: Client) -> None:
    data = written(transfers("M-1", item(1)))
    for _ in range(2):
        answer = send(client, data, query="?dry_run=true")
        assert (answer.status_code, report(answer)) == (200, ("ACSC", [("I-1", "ACSC", "")]))
    assert receipt(send(client, written(reservation("L-1")), query="?dry_run=true")) == [("ACSC", "")]
    assert client.get("/v1/payments", headers=as_(SENDER)).json()["items"] == []
    assert send(client, data).status_code == 201


def test_log_has_references_and_hash_and_nothing_personal(tmp_path: Path) -> None:
    gateway = open_screening(tmp_path)
    data = written(transfers("M-1", item(1), item(2)))
    with TestClient(create_app(gateway)) as client:
        assert send(client, data).status_code == 201
        assert gateway.originals.read(digest_of(data)) == data
        assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("originals*")} == {0o600}
    log = (tmp_path / "day.log").read_bytes()
    for word in (b"M-1", b"I-1", b"E-2", uetr(2).encode(), digest_of(data).encode()):
        assert word in log
    others = b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "originals.sqlite"
    )
    assert re.findall(rb"Secret|6222000011112222|Invoice", others) == []


def test_reopened_gateway_knows_what_was_sent_and_answers_the_same(tmp_path: Path) -> None:
    data, wish = written(transfers("M-1", item(1, "5000.00"))), written(cancellation("C-1", Cancellation(uetr=uetr(1))))
    with TestClient(create_app(open_screening(tmp_path))) as client:
        first = send(client, data)
    with TestClient(create_app(open_screening(tmp_path))) as client:
        again = send(client, data)
        assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
        assert send(client, written(transfers("M-1", item(2)))).status_code == 409
        _, message = told(send(client, wish))
    assert isinstance(message, Resolution)
    assert message.status == "CNCL"


def test_message_is_on_the_disk_before_its_record_and_a_stop_between_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = written(transfers("M-1", item(1), item(2)))
    gateway = open_screening(tmp_path)

    def stop(*_: object) -> None:
        beside = Originals(tmp_path / ORIGINALS)
        assert beside.read(digest_of(data)) == data
        beside.close()
        raise LogError("the machine stops here")

    with TestClient(create_app(gateway)) as client:
        monkeypatch.setattr(gateway.writer, "enter", stop)
        assert send(client, data).status_code == 503
    with TestClient(create_app(open_screening(tmp_path))) as client:
        assert client.get("/v1/payments", headers=as_(SENDER)).json()["items"] == []
        answer = send(client, data)
        assert (answer.status_code, report(answer)[0]) == (201, "ACSC")
        assert len(client.get("/v1/payments", headers=as_(SENDER)).json()["items"]) == 2


def waiting(client: Client, who: str = SENDER, after: str = "0") -> list[dict[str, Any]]:
    """Return what waits for a participant, all of it but for the events of the day and the calendar."""
    return [each for each in all_waiting(client, who, after) if each["definition"][:8] not in {"admi.004", "camt.019"}]


def all_waiting(client: Client, who: str = SENDER, after: str = "0") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    while True:
        page = client.get(f"/v1/messages?after={after}&limit=2", headers=as_(who)).json()
        items += page["items"]
        if page["after"] == after:
            return items
        after = page["after"]


def fetched(client: Client, name: str, who: str = SENDER) -> tuple[Header, Message]:
    answer = client.get(f"/v1/messages/{name}", headers=as_(who))
    assert answer.status_code == 200, answer.text
    return told(answer)


def test_payment_is_passed_on_as_it_came_once_it_is_final(client: Client) -> None:
    items = [item(1), item(2, "5000.00"), item(3)]
    send(client, written(transfers("M-1", *items)))
    first, second = waiting(client, "beta-sender")
    assert [(each["message"], each["instruction"]) for each in (first, second)] == [("M-1", "I-1"), ("M-1", "I-3")]
    header, message = fetched(client, second["id"], "beta-sender")
    assert (header.receiver, header.reference, header.definition) == (BETA, second["id"], second["definition"])
    assert isinstance(message, CustomerTransfers)
    assert (message.message, message.count, message.items) == (second["id"], "1", (items[2],))
    assert waiting(client) == [], "its sender was answered"
    assert client.get(f"/v1/messages/{first['id']}", headers=as_(SENDER)).status_code == 404
    assert client.get("/v1/messages/999-0", headers=as_("beta-sender")).status_code == 404
    assert client.get("/v1/messages/x", headers=as_("beta-sender")).status_code == 400


def from_beta(number: int, definition: str, head_version: str = "head.001.001.02") -> bytes:
    """A payment of the other bank, in a version that it speaks."""
    changes: dict[str, object] = {"instructing": Agent(bic=BETA), "instructed": Agent(bic=ALFA)}
    if definition < "pacs.008.001.08":
        changes |= {"uetr": "", "transaction": f"T-{number}"}
    message = transfers(f"B-{number}", item(number, "1.00", **changes))
    return spoken(message, definition, BETA, head_version)


def test_payment_is_passed_on_in_the_version_that_its_receiver_speaks(tmp_path: Path) -> None:
    with TestClient(create_app(enrol(open_screening(tmp_path)))) as client:
        send(client, from_beta(7, "pacs.008.001.10", "head.001.001.01"), "beta-sender")
        send(client, written(transfers("M-1", item(1))))
        (passed,) = waiting(client, "beta-sender")
        path = f"/v1/messages/{passed['id']}"
        content = client.get(path, headers=as_("beta-sender")).content
        found = parsed(content)
        assert (passed["definition"], found.version) == ("pacs.008.001.10", "pacs.008.001.10")
        assert found.header_version == "head.001.001.01"
        message = read(found.content, CustomerTransfers)
        assert message.items == (item(1),)
        send(client, from_beta(8, "pacs.008.001.12"), "beta-sender")
        assert client.get(path, headers=as_("beta-sender")).content == content, "as it was due then"
        send(client, written(transfers("M-2", item(2))))
    with TestClient(create_app(open_screening(tmp_path))) as client:
        assert client.get(path, headers=as_("beta-sender")).content == content
        words = [each["definition"] for each in waiting(client, "beta-sender")]
        assert words == ["pacs.008.001.10", "pacs.008.001.12"]


def test_payment_that_another_version_has_no_room_for_is_passed_on_in_its_own(client: Client) -> None:
    assert send(client, from_beta(7, "pacs.008.001.06"), "beta-sender").status_code == 201
    send(client, written(transfers("M-1", item(1))))
    (passed,) = waiting(client, "beta-sender")
    assert passed["definition"] == "pacs.008.001.06"
    header, message = fetched(client, passed["id"], "beta-sender")
    assert isinstance(message, CustomerTransfers)
    assert (header.definition, message.items[0].uetr) == ("pacs.008.001.08", uetr(1))


@pytest.mark.parametrize("head_version", DEFINITIONS["head.001"].versions)
def test_answer_has_a_header_as_its_message_had(client: Client, head_version: str) -> None:
    for data in (
        spoken(transfers("M-1", item(1)), "pacs.008.001.09", head_version=head_version),
        spoken(transfers("M-1", item(2)), "pacs.008.001.09", head_version=head_version),
        spoken(limit("L-1"), "camt.011.001.08", head_version=head_version),
    ):
        answer = send(client, data)
        told(answer)
        assert parsed(answer.content).header_version == head_version


def test_return_and_institutions_payment_are_passed_on(client: Client) -> None:
    send(client, written(transfers("M-1", item(1))))
    send(client, written(between_institutions("M-2")))
    send(client, written(returned("M-3"), BETA), "beta-sender")
    assert [each["definition"] for each in waiting(client, "beta-sender")] == ["pacs.008.001.08", "pacs.009.001.08"]
    (back,) = waiting(client)
    _, message = fetched(client, back["id"])
    assert isinstance(message, Returns)
    assert message.items[0].instruction == "R-1"


def test_cover_is_passed_on_with_the_payment_that_it_covers(client: Client) -> None:
    customer = Party(name="Secret Customer", town="Beijing", country="CN")
    agent = Agent(bic=ALFA)
    covered = Covered(debtor=customer, debtor_agent=agent, creditor_agent=Agent(bic=BETA), creditor=customer)
    message = between_institutions("M-1")
    cover = replace(message, items=(replace(message.items[0], covered=covered),))
    data = spoken(cover, "pacs.009.001.09").replace(
        b"</UndrlygCstmrCdtTrf>", b'<InstdAmt Ccy="USD">0.70</InstdAmt></UndrlygCstmrCdtTrf>'
    )
    assert report(send(client, data))[0] == "ACSC"
    (passed,) = waiting(client, "beta-sender")
    content = client.get(f"/v1/messages/{passed['id']}", headers=as_("beta-sender")).content
    assert b'<InstdAmt Ccy="USD">0.70</InstdAmt></UndrlygCstmrCdtTrf>' in content
    found = read(parsed(content).content, InstitutionTransfers)
    assert found.items == cover.items


def test_payments_that_a_customer_asks_for_settle_and_are_passed_on_as_pacs_008(tmp_path: Path) -> None:
    items = [wish(1, uetr=uetr(1)), wish(2, creditor_agent=GONE), wish(3), wish(4, "5000.00"), wish(5, creditor=None)]
    data = spoken(initiation("P-1", *items), "pain.001.001.10")
    words = [("E-1", "ACSC", ""), ("E-2", "RJCT", "RC04"), ("E-3", "ACSC", ""), ("E-4", "ACSP", "PSTL")]
    with TestClient(create_app(open_screening(tmp_path))) as client:
        assert send(client, data, "beta-sender").status_code == 403
        answer = send(client, data)
        assert (answer.status_code, report(answer)) == (201, ("PART", [*words, ("E-5", "RJCT", "FF01")]))
        _, message = told(answer)
        assert isinstance(message, StatusReport)
        assert (message.groups[0].original_message, message.groups[0].original_name) == ("P-1", "pain.001.001.10")
        _, third = waiting(client, "beta-sender")
        header, passed = fetched(client, third["id"], "beta-sender")
        assert (third["definition"], header.definition) == ("pacs.008.001.08", "pacs.008.001.08")
        assert isinstance(passed, CustomerTransfers)
        (payment,) = passed.items
        assert (payment.end_to_end, payment.debtor_account, payment.creditor_account) == (
            *("E-3", "6222000011112222", "6222000033334444"),
        )
        assert (payment.instructing, payment.instructed) == (Agent(bic=ALFA), Agent(bic=BETA))
        assert payment.uetr == message.items[2].uetr != ""
    with TestClient(create_app(open_screening(tmp_path))) as client:
        assert send(client, data).content == answer.content
        assert fetched(client, third["id"], "beta-sender")[1] == passed
        wanted = replace(cancellation("C-1", Cancellation(request="X-1", uetr=message.items[3].uetr)))
        _, resolved = told(send(client, written(wanted)))
        assert isinstance(resolved, Resolution)
        assert resolved.status == "CNCL"


def test_initiation_of_a_wrong_count_or_of_anothers_customer_is_refused(client: Client) -> None:
    answer = send(client, spoken(initiation("P-1", wish(1), count="2"), "pain.001.001.09"))
    assert (answer.status_code, report(answer)) == (422, ("RJCT", []))
    message = initiation("P-1", wish(1), wish(2))
    foreign = replace(message, blocks=(replace(message.blocks[0], debtor_agent=Agent(bic=BETA)),))
    answer = send(client, spoken(foreign, "pain.001.001.09"))
    assert (answer.status_code, report(answer)) == (
        *(422, ("RJCT", [("E-1", "RJCT", "AGNT"), ("E-2", "RJCT", "AGNT")])),
    )
    assert client.get("/v1/payments", headers=as_(SENDER)).json()["items"] == []


def test_sender_is_told_what_became_of_a_payment_later(client: Client) -> None:
    send(client, written(transfers("M-1", item(1, "1500.00"), item(2, "9000.00"))))
    assert waiting(client) == waiting(client, "beta-sender") == []
    back = transfers("M-2", item(3, "700.00", instructing=Agent(bic=BETA), instructed=Agent(bic=ALFA)))
    send(client, written(back, BETA), "beta-sender")
    client.delete("/v1/instructions/I-2", headers=as_(SENDER))
    settled, received, cancelled = waiting(client)
    assert (received["definition"], received["instruction"]) == ("pacs.008.001.08", "I-3")
    words = []
    for each in (settled, cancelled):
        header, message = fetched(client, each["id"])
        assert isinstance(message, StatusReport)
        (row,) = message.items
        words.append((header.reference, row.original_message, row.instruction, row.uetr, row.status))
    assert words == [(settled["id"], "M-1", "I-1", uetr(1), "ACSC"), (cancelled["id"], "M-1", "I-2", uetr(2), "RJCT")]
    assert [each["instruction"] for each in waiting(client, "beta-sender")] == ["I-1"]


def test_payments_entered_otherwise_are_no_messages(client: Client) -> None:
    plain = {"id": "p1", "debtor": ALFA, "creditor": BETA, "currency": "CNY", "amount": "1.00"}
    assert client.post("/v1/payments", json=plain, headers=as_(SENDER)).status_code == 201
    assert waiting(client, "beta-sender") == []


def test_erased_message_is_gone_and_the_log_still_has_its_hash(tmp_path: Path) -> None:
    data = written(transfers("M-1", item(1)))
    gateway = enrol(open_screening(tmp_path))
    with TestClient(create_app(gateway)) as client:
        first = send(client, data)
        path = f"/v1/messages/{ALFA}/M-1"
        assert client.delete(path, headers=as_(SENDER)).status_code == 403
        assert client.delete(path, headers=as_("ru-operator")).status_code == 404
        erased = client.delete(path, headers=as_("member-operator"))
        assert (erased.status_code, erased.json()["message"]) == (200, "M-1")
        assert client.delete(path, headers=as_("member-operator")).status_code == 404
        assert gateway.originals.read(digest_of(data)) is None
        (passed,) = waiting(client, "beta-sender")
        assert client.get(f"/v1/messages/{passed['id']}", headers=as_("beta-sender")).status_code == 404
        again = send(client, data)
        assert (again.content, gateway.originals.read(digest_of(data))) == (first.content, None)
        deeds = client.get("/v1/audit", headers=as_("auditor", comity_reason="test")).json()["items"]
        assert ("messages.erase", f"{ALFA} M-1") in [(each["operation"], each["about"]) for each in deeds]
    assert zlib.compress(data, 1) not in b"".join(path.read_bytes() for path in tmp_path.glob("originals*"))
    assert digest_of(data).encode() in (tmp_path / "day.log").read_bytes()


def test_messages_older_than_they_may_become_are_erased_at_a_start(tmp_path: Path) -> None:
    settings = Settings(str(tmp_path), messages_days=30)
    data = written(transfers("M-1", item(1)))
    for days, kept in ((0, data), (30, data), (31, None)):
        gateway = open_screening(tmp_path)
        assert isinstance(gateway.clock, SetClock)
        gateway.clock.advance(days * DAY_US)
        with TestClient(create_app(gateway, settings)) as client:
            if not days:
                assert send(client, data).status_code == 201
            assert gateway.originals.read(digest_of(data)) == kept


def day_of_account(client: Client, name: str, date: str, who: str = SENDER) -> Any:  # noqa: ANN401 - an answer
    return client.get(f"/v1/statements/{name}?currency=CNY&date={date}", headers=as_(who))


def test_account_on_a_date_is_a_message_of_its_schema_with_every_entry(client: Client, gateway: Gateway) -> None:
    send(client, written(transfers("M-1", item(1), item(2, "7.50"), item(3, "9000.00"))))
    send(client, written(returned("M-2"), BETA), "beta-sender")
    plain = {"id": "p1", "debtor": BETA, "creditor": ALFA, "currency": "CNY", "amount": "1.00"}
    client.post("/v1/payments", json=plain, headers=as_("beta-sender"))
    assert day_of_account(client, "camt.053", "2021-12-15").status_code == 404, "it is not over"
    reports, notices = (told(day_of_account(client, name, "2021-12-15"))[1] for name in ("camt.052", "camt.054"))
    assert isinstance(reports, Reports)
    assert isinstance(notices, Notices)
    assert isinstance(gateway.clock, SetClock)
    gateway.clock.advance(DAY_US)
    gateway.give([Command("phase", value="end")]).result()
    gateway.give([Command("phase", value="start")]).result()
    _, statements = told(day_of_account(client, "camt.053", "2021-12-15"))
    assert isinstance(statements, Statements)
    (statement,) = statements.statements
    assert [(each.kind, each.amount.text, each.side) for each in statement.balances] == [
        ("OPBD", "1000.00", "CRDT"),
        ("CLBD", "993.50", "CRDT"),
    ]
    assert (statement.credits, statement.credited, statement.debits, statement.debited) == ("2", "11.00", "2", "17.50")
    entries = [(each.side, each.amount.text, each.message, each.instruction) for each in statement.entries]
    assert entries == [
        ("DBIT", "10.00", "M-1", "I-1"),
        ("DBIT", "7.50", "M-1", "I-2"),
        ("CRDT", "10.00", "M-2", "R-1"),
        ("CRDT", "1.00", "", "p1"),
    ]
    assert notices.notices[0].entries == reports.reports[0].entries == statement.entries
    before = day_of_account(client, "camt.053", "2021-12-14")
    words = "2021-12-14 is no business date up to 2021-12-16, today's"
    assert (before.status_code, before.json()["detail"]) == (404, words)
    of_none = client.get("/v1/statements/camt.053?date=2021-12-15", headers=as_(SENDER)).json()
    assert of_none["faults"][0]["expected"] == "the currency of the account: CNY, RUB"
    assert day_of_account(client, "camt.055", "2021-12-15").status_code == 404
    other = client.get(f"/v1/statements/camt.053?currency=CNY&date=2021-12-15&participant={BETA}", headers=as_(SENDER))
    assert other.status_code == 404


def test_payment_of_a_known_uetr_is_refused_under_another_id_and_told_as_it_entered_under_its_own(
    client: Client,
) -> None:
    first = read(parsed(send(client, written(transfers("U-1", item(1)))).content).content, StatusReport)
    other = send(client, written(transfers("U-2", item(1, instruction="B-1"))))
    assert report(other) == ("RJCT", [("B-1", "RJCT", "AM05")])
    again = read(parsed(send(client, written(transfers("U-3", item(1)))).content).content, StatusReport)
    assert [each.status for each in again.items] == ["ACSC"]
    assert again.items[0].reference == first.items[0].reference


def test_another_participant_may_send_a_payment_on_under_its_uetr(client: Client) -> None:
    send(client, written(transfers("U-1", item(1))))
    onward = item(1, instruction="O-1", instructing=Agent(bic=BETA), instructed=Agent(bic=GAMA))
    answer = send(client, written(transfers("U-2", onward), BETA), "beta-sender")
    assert report(answer) == ("ACSC", [("O-1", "ACSC", "")])
