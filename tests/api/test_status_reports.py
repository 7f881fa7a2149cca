"""A pacs.002 from the receiver of payments: noted once, shown with the payment, and passed on to who sent it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from msgspec.structs import replace

from comity.api.app import create_app
from comity.gateway.actor import Actor
from comity.gateway.creditor_statuses import CreditorStatuses, Said, may_follow
from comity.gateway.gateway import Gateway
from comity.gateway.inbox import Incoming
from comity.gateway.notes import CreditorStatus
from comity.gateway.status_reports import Misreported, check, statuses_in
from comity.gateway.status_reports import tell as note_said
from comity.iso20022.definitions import DEFINITIONS
from comity.iso20022.messages.administration import Acknowledged, Acknowledgement, Rejection
from comity.iso20022.messages.parties import Agent, Reason
from comity.iso20022.messages.questions import PaymentAnswer, PaymentCriteria, PaymentQuestion
from comity.iso20022.messages.statuses import (
    GroupStatus,
    StatusQuestion,
    StatusReport,
    StatusRequest,
    TransactionStatus,
)
from comity.iso20022.rules import REPORTED_MAX
from comity.iso20022.table import Money
from tests.api.lists import open_screening
from tests.api.messages import (
    ALFA,
    AT,
    BETA,
    GAMA,
    between_institutions,
    initiation,
    item,
    returned,
    spoken,
    transfers,
    uetr,
    wish,
    written,
)
from tests.api.test_messages import SENDER, Client, fetched, send, told, waiting
from tests.gateway.people import as_, enrol
from tests.gateway.union import KEYS

RECEIVER = "beta-sender"


def about(status: str = "ACCC", code: str = "", **words: str) -> TransactionStatus:
    if "original_message" in words:  # the schema has it with its name alone
        words = {"original_name": "pacs.008.001.08", **words}
    reasons = (Reason(code=code, lines=("Secret words",)),) if code else ()
    return replace(TransactionStatus(status=status, reasons=reasons), **words)


def report(name: str, *items: TransactionStatus, **changes: Any) -> StatusReport:  # noqa: ANN401 - fields of a report
    return replace(StatusReport(message=name, created=AT, items=items), **changes)


def tell(client: Client, message: StatusReport, who: str = RECEIVER, party: str = BETA, query: str = "") -> Any:  # noqa: ANN401 - an answer
    return send(client, written(message, party), who, query)


def rule(answer: Any) -> str:  # noqa: ANN401 - an answer
    """Read the id of the rule by which a report was refused."""
    assert answer.status_code == 422, answer.text
    _, message = told(answer)
    assert isinstance(message, Rejection)
    return message.code


def relayed(client: Client, who: str = SENDER) -> list[TransactionStatus]:
    """Fetch what receivers said of somebody's payments."""
    found = [fetched(client, each["id"], who)[1] for each in waiting(client, who) if "pacs.002" in each["definition"]]
    return [each.items[0] for each in found if isinstance(each, StatusReport)]


def paid(client: Client, *numbers: int) -> str:
    """Pay, and return the reference of the message that passed the last payment on."""
    send(client, written(transfers("M-1", *(item(number) for number in numbers or (1,)))))
    return str(waiting(client, RECEIVER)[-1]["id"])


def test_report_is_acknowledged_and_passed_on_to_who_sent_the_payment(client: Client) -> None:
    paid(client)
    answer = tell(client, report("S-1", about(uetr=uetr(1))))
    assert answer.status_code == 201
    header, message = told(answer)
    assert (header.receiver, header.definition) == (BETA, "admi.007.001.01")
    assert isinstance(message, Acknowledgement)
    (found,) = message.items
    assert (found.original_message, found.original_name[:8], found.status, found.words) == (
        "S-1",
        "pacs.002",
        "ACTC",
        "",
    )
    assert message.message == header.reference
    (passed,) = relayed(client)
    assert passed == TransactionStatus(
        original_message="M-1",
        original_name="pacs.008.001.08",
        instruction="I-1",
        end_to_end="E-1",
        uetr=uetr(1),
        status="ACCC",
        reference=passed.reference,
        instructing=Agent(bic=BETA),
    )
    (listed,) = waiting(client)
    assert (listed["message"], listed["instruction"], listed["uetr"]) == ("M-1", "I-1", uetr(1))
    assert [each["definition"][:8] for each in waiting(client, RECEIVER)] == ["pacs.008"]


@pytest.mark.parametrize("definition", DEFINITIONS["pacs.002"].versions)
def test_report_is_taken_in_every_version_and_passed_on_in_that_of_who_sent_the_payment(
    client: Client, definition: str
) -> None:
    paid(client)
    answer = send(client, spoken(report("S-1", about("RJCT", "AC04", instruction="I-1")), definition, BETA), RECEIVER)
    assert answer.status_code == 201, answer.text
    assert waiting(client)[0]["definition"] == "pacs.002.001.10"
    passed = send(client, written(returned("M-2"), BETA), RECEIVER)
    assert told(passed)[0].definition == definition, "in which it speaks"
    own = waiting(client)[-1]["id"]
    answer = send(
        client, spoken(report("S-2", about(original_message=own, original_name="pacs.004")), definition), SENDER
    )
    assert answer.status_code == 201, answer.text
    (one,) = relayed(client, RECEIVER)
    assert (one.instruction, one.status) == ("R-1", "ACCC")
    assert [each["definition"] for each in waiting(client, RECEIVER)][1:] == [definition]


@pytest.mark.parametrize(
    "words",
    [
        {"uetr": uetr(2)},
        {"instruction": "I-2"},
        {"transaction": "I-2"},
        {"end_to_end": "E-2"},
        {"original_message": "M-1", "end_to_end": "E-2"},
        {"original_message": "5-1"},
        {"original_message": "5-1", "instruction": "I-2", "end_to_end": "E-2", "uetr": uetr(2)},
    ],
)
def test_payment_is_found_by_each_of_its_references(client: Client, words: dict[str, str]) -> None:
    assert paid(client, 1, 2) == "5-1"
    assert tell(client, report("S-1", about(**words))).status_code == 201
    assert [(each.instruction, each.status) for each in relayed(client)] == [("I-2", "ACCC")]


@pytest.mark.parametrize(
    "words",
    [
        {"uetr": uetr(9)},
        {"instruction": "I-9"},
        {"end_to_end": "E-9"},
        {"original_message": "5-1"},
        {"original_message": "M-1"},
        {"original_message": "9999999999-0"},
        {"uetr": uetr(1), "instruction": "I-2"},
        {"uetr": uetr(1), "original_message": "M-9"},
        {"uetr": uetr(1), "original_name": "pacs.009.001.08", "original_message": "M-1"},
        {"original_message": "5-0", "end_to_end": "E-2"},
        {"original_message": "5-0", "original_name": "pacs.004.001.09"},
        {},
    ],
)
def test_what_was_not_passed_on_or_is_named_wrongly_is_unknown(client: Client, words: dict[str, str]) -> None:
    paid(client)
    assert rule(tell(client, report("S-1", about(**words)))) == "STS-3"
    assert relayed(client) == []


def test_payment_of_others_or_one_that_waits_is_as_unknown_as_one_that_never_was(client: Client) -> None:
    passed = paid(client)
    send(client, written(transfers("M-2", item(2, "5000.00"))))
    never = tell(client, report("S-1", about(uetr=uetr(9)))).content
    for answer in (
        tell(client, report("S-1", about(uetr=uetr(2)))),
        tell(client, report("S-1", about(uetr=uetr(1))), SENDER, ALFA),
        tell(client, report("S-1", about(original_message=passed)), SENDER, ALFA),
    ):
        assert rule(answer) == "STS-3"
        one, other = (told_words(content) for content in (never, answer.content))
        assert one == other, "nothing is told of it"
    reader = send(client, written(report("S-1", about(uetr=uetr(1))), ALFA), "alfa-reader")
    assert reader.status_code == 403


def told_words(content: bytes) -> str:
    return content.decode().partition("<RsnDesc>")[2].partition("</RsnDesc>")[0]


def test_payment_entered_otherwise_was_not_passed_on(client: Client) -> None:
    plain = {"id": "p1", "debtor": ALFA, "creditor": BETA, "currency": "CNY", "amount": "1.00"}
    client.post("/v1/payments", json=plain, headers=as_(SENDER))
    assert rule(tell(client, report("S-1", about(instruction="p1")))) == "STS-3"


def test_payments_of_two_senders_with_the_same_references_are_told_apart(client: Client, gateway: Gateway) -> None:
    paid(client)
    gateway.identities.enrol("gama", Actor("key:gama", "gina", GAMA, frozenset({"reader", "sender"})))
    agents = {"instructing": Agent(bic=GAMA), "debtor_agent": Agent(bic=GAMA)}
    other = replace(item(1), amount=Money("5.00", "RUB"), uetr=uetr(2), **agents)
    assert send(client, written(transfers("G-1", other), GAMA), "gama").status_code == 201
    for words in ({"instruction": "I-1"}, {"end_to_end": "E-1"}, {"instruction": "I-1", "end_to_end": "E-1"}):
        answer = tell(client, report("S-1", about(**words)))
        assert rule(answer) == "STS-3"
        assert "more than one" in answer.text
    assert tell(client, report("S-1", about(instruction="I-1", uetr=uetr(2)))).status_code == 201
    assert tell(client, report("S-2", about("ACSP", end_to_end="E-1", original_message="M-1"))).status_code == 201
    assert [each.status for each in relayed(client, "gama")] == ["ACCC"]
    assert [each.status for each in relayed(client)] == ["ACSP"]


def test_payments_of_one_sender_with_the_same_end_to_end_reference_are_told_apart(client: Client) -> None:
    send(client, written(transfers("M-1", item(1))))
    send(client, written(transfers("M-2", item(2, end_to_end="E-1"))))
    answer = tell(client, report("S-1", about("RJCT", "AC04", end_to_end="E-1")))
    assert rule(answer) == "STS-3"
    assert "more than one" in answer.text
    assert tell(client, report("S-2", about(end_to_end="E-1", original_message="M-1"))).status_code == 201
    assert [each.instruction for each in relayed(client)] == ["I-1"]


def test_status_is_shown_with_the_payment_to_both_sides(client: Client) -> None:
    paid(client)
    tell(client, report("S-1", about("PDNG", "NARR", uetr=uetr(1))))
    shown = {"status": "PDNG", "at": AT, "code": "NARR"}
    assert client.get("/v1/payments/I-1", headers=as_(SENDER)).json()["creditor_status"] == shown
    path = f"/v1/payments/I-1?participant={ALFA}"
    assert client.get(path, headers=as_(RECEIVER)).json()["creditor_status"] == shown
    assert client.get("/v1/payments", headers=as_(SENDER)).json()["items"][0]["creditor_status"] == shown
    _, answer = told(send(client, written(StatusRequest("Q-1", AT, items=(StatusQuestion(uetr=uetr(1)),)))))
    assert isinstance(answer, StatusReport)
    own, said = answer.items
    assert (own.status, own.instructing) == ("ACSC", None)
    assert (said.status, said.reasons[0].code, said.instructing) == ("PDNG", "NARR", Agent(bic=BETA))
    assert own.reference == said.reference
    _, found = told(send(client, written(PaymentQuestion("Q-2", AT, (PaymentCriteria(uetrs=(uetr(1),)),)))))
    assert isinstance(found, PaymentAnswer)
    states = [(each.final or each.own, each.reasons) for each in found.payments[0].states]
    assert states == [("STLD", ()), ("PDNG", ("NARR",))]


def test_rejection_moves_no_money_and_says_how_to_return_it(client: Client) -> None:
    paid(client)
    before = client.get("/v1/positions", headers=as_(SENDER)).json()
    _, message = told(tell(client, report("S-1", about("RJCT", "AC04", uetr=uetr(1)))))
    assert isinstance(message, Acknowledgement)
    assert "pacs.004" in message.items[0].words
    assert client.get("/v1/payments/I-1", headers=as_(SENDER)).json()["state"] == "STLD"
    assert client.get("/v1/positions", headers=as_(SENDER)).json() == {**before, "sequence": before["sequence"] + 1}
    (passed,) = relayed(client)
    assert passed.reasons == (Reason(code="AC04", lines=("Secret words",)),)
    assert send(client, written(returned("M-2"), BETA), RECEIVER).status_code == 201


def test_report_sent_again_is_answered_the_same_and_passed_on_once(client: Client, gateway: Gateway) -> None:
    paid(client)
    data = written(report("S-1", about(uetr=uetr(1))), BETA)
    first = send(client, data, RECEIVER)
    head = gateway.memory.changes.last
    again = send(client, data, RECEIVER)
    assert (again.content, again.status_code) == (first.content, 201)
    assert again.headers["idempotency-replayed"] == "true"
    assert gateway.memory.changes.last == head
    assert tell(client, report("S-2", about(uetr=uetr(1)))).status_code == 201, "the same may be said again"
    assert len(relayed(client)) == 1
    other = tell(client, report("S-1", about("RJCT", "AC04", uetr=uetr(1))))
    assert other.status_code == 409


def test_payment_does_not_go_back(client: Client) -> None:
    paid(client)
    for number, status in enumerate(("PDNG", "ACSP", "ACSC", "ACCC")):
        assert tell(client, report(f"S-{number}", about(status, uetr=uetr(1)))).status_code == 201
    for status, code in (("PDNG", ""), ("ACSP", ""), ("ACSC", ""), ("RJCT", "AC04")):
        data = written(report("S-9", about(status, code, uetr=uetr(1))), BETA)
        assert rule(send(client, data, RECEIVER)) == "STS-4"
        assert rule(send(client, data, RECEIVER, "?dry_run=true")) == "STS-4"
    assert [each.status for each in relayed(client)] == ["PDNG", "ACSP", "ACSC", "ACCC"]


def test_report_that_another_overtook_is_refused_where_it_is_noted(client: Client, gateway: Gateway) -> None:
    paid(client)
    data = written(report("S-1", about("ACSP", uetr=uetr(1))), BETA)
    receiver = KEYS[RECEIVER]
    incoming = asyncio.run(gateway.inbox.run(0, lambda desk: desk.take(data, receiver, gateway.now())))
    assert isinstance(incoming, Incoming)
    statuses = statuses_in(gateway, incoming)
    assert check(gateway, statuses) == statuses
    assert tell(client, report("S-2", about(uetr=uetr(1)))).status_code == 201
    head = gateway.memory.changes.last
    with pytest.raises(Misreported, match="ACSP after ACCC"):
        gateway.writer.call(lambda node: note_said(gateway, node, incoming, statuses)).result()
    assert gateway.memory.changes.last == head


@pytest.mark.parametrize(
    ("before", "after", "follows"),
    [
        ("PDNG", "ACCC", True),
        ("PDNG", "RJCT", True),
        ("ACSP", "RJCT", True),
        ("ACSP", "PDNG", False),
        ("ACSC", "RJCT", False),
        ("RJCT", "ACCC", False),
        ("RJCT", "RJCT", True),
    ],
)
def test_what_may_follow_what(before: str, after: str, follows: bool) -> None:  # noqa: FBT001 - a case of the table
    assert may_follow(Said(before, "", 0), after) is follows
    assert may_follow(None, after)


def test_report_is_whole_or_not_at_all(client: Client) -> None:
    paid(client, 1, 2)
    both = (about(uetr=uetr(1)), about(uetr=uetr(9)))
    assert rule(tell(client, report("S-1", *both))) == "STS-3"
    assert relayed(client) == []
    twice = (about(uetr=uetr(1)), about("ACSP", instruction="I-1"))
    assert rule(tell(client, report("S-1", *twice))) == "STS-4"
    assert tell(client, report("S-1", about(uetr=uetr(1)), about("RJCT", "AC04", uetr=uetr(2)))).status_code == 201
    assert [(each.instruction, each.status) for each in relayed(client)] == [("I-1", "ACCC"), ("I-2", "RJCT")]


def test_message_that_passed_a_payment_on_stands_for_it_and_its_status_for_its_payments(client: Client) -> None:
    first = paid(client, 1, 2).replace("-1", "-0")
    group = GroupStatus(first, "pacs.008.001.08", status="ACSP")
    assert tell(client, report("S-1", groups=(group,))).status_code == 201
    named = replace(group, original_message=first.replace("-0", "-1"))
    one = TransactionStatus(end_to_end="E-2")
    assert tell(client, report("S-2", one, groups=(named,))).status_code == 201
    assert [(each.instruction, each.status) for each in relayed(client)] == [("I-1", "ACSP"), ("I-2", "ACSP")]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (report("S-1"), "STS-1"),
        (report("S-1", *(about(end_to_end=f"E-{number}") for number in range(REPORTED_MAX + 1))), "STS-1"),
        (report("S-1", about("ACTC", uetr=uetr(1))), "STS-2"),
        (report("S-1", about("", uetr=uetr(1))), "STS-2"),
        (report("S-1", about("RJCT", uetr=uetr(1))), "STS-2"),
        (report("S-1", groups=(GroupStatus("5-0", "pacs.008", status="PART"),)), "STS-2"),
        (report("S-1", about(instruction=" I-1")), "IDS-1"),
    ],
)
def test_report_that_breaks_a_rule_is_refused_with_its_id(client: Client, message: StatusReport, expected: str) -> None:
    paid(client)
    assert rule(tell(client, message)) == expected


def test_payment_between_institutions_and_one_that_a_customer_asked_for_are_reported_alike(client: Client) -> None:
    send(client, written(between_institutions("M-1")))
    send(client, written(initiation("M-2", wish(1))))
    for number, each in enumerate(waiting(client, RECEIVER)):
        own = about(original_message=each["id"], original_name=each["definition"])
        assert tell(client, report(f"S-{number}", own)).status_code == 201
    assert [each.original_message for each in relayed(client)] == ["M-1", "M-2"]


def test_what_was_said_survives_a_restart_and_the_erasure_of_its_words(tmp_path: Path) -> None:
    gateway = enrol(open_screening(tmp_path))
    with TestClient(create_app(gateway)) as client:
        paid(client)
        assert tell(client, report("S-1", about("RJCT", "AC04", uetr=uetr(1)))).status_code == 201
        before = relayed(client)
    gateway = enrol(open_screening(tmp_path))
    with TestClient(create_app(gateway)) as client:
        assert relayed(client) == before
        assert rule(tell(client, report("S-2", about(uetr=uetr(1))))) == "STS-4"
        assert client.get("/v1/payments/I-1", headers=as_(SENDER)).json()["creditor_status"]["status"] == "RJCT"
        assert client.delete(f"/v1/messages/{BETA}/S-1", headers=as_("member-operator")).status_code == 200
        (passed,) = relayed(client)
        assert (passed.status, passed.reasons) == ("RJCT", (Reason(code="AC04"),))
    assert b"Secret words" not in (tmp_path / "day.log").read_bytes()


def test_payments_of_which_something_was_said_are_remembered_up_to_a_number() -> None:
    known = CreditorStatuses(2)
    for row in range(3):
        known.take(CreditorStatus(7, row, "ACCC"), 5)
    assert [known.of((7, row)) for row in range(3)] == [None, Said("ACCC", "", 5), Said("ACCC", "", 5)]


def test_dry_run_of_a_report_notes_nothing(client: Client, gateway: Gateway) -> None:
    paid(client)
    head = gateway.memory.changes.last
    answer = tell(client, report("S-1", about(uetr=uetr(1))), query="?dry_run=true")
    _, message = told(answer)
    assert answer.status_code == 200
    assert isinstance(message, Acknowledgement)
    assert isinstance(message.items[0], Acknowledged)
    assert gateway.memory.changes.last == head
