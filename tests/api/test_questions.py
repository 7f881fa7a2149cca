"""Messages that ask: answered at once with what whoever asks may see, and nothing enters the log."""

import re
from collections.abc import Iterator
from dataclasses import replace as replace_of

import pytest
from litestar.testing import TestClient
from msgspec.structs import replace

from comity.api.app import create_app
from comity.gateway.actor import Actor
from comity.gateway.clock import SetClock
from comity.gateway.gateway import Gateway
from comity.gateway.notes import CalendarSet
from comity.gateway.plan import plain_day
from comity.gateway.questions import DAYS_MAX, ITEMS_MAX, OPERATIONS, REPORTS_MAX
from comity.gateway.sandbox import advance
from comity.iso20022.messages.accounts import Notices, ReportRequest, Reports, Statements, Wanted
from comity.iso20022.messages.orders import Receipt
from comity.iso20022.messages.parties import Agent
from comity.iso20022.messages.questions import (
    AccountAnswer,
    AccountCriteria,
    AccountQuestion,
    DayAnswer,
    DayCriteria,
    DayQuestion,
    DayStanding,
    LimitAnswer,
    LimitCriteria,
    LimitQuestion,
    PaymentAnswer,
    PaymentCriteria,
    PaymentQuestion,
    ReservationAnswer,
    ReservationCriteria,
    ReservationQuestion,
)
from comity.iso20022.messages.statuses import OriginalGroup, StatusQuestion, StatusReport, StatusRequest
from comity.iso20022.table import Message
from comity.model.command import Command
from comity.model.instant import DAY_US
from comity.model.instant import parse_instant as at
from tests.api.lists import NOBODY, put_in_force
from tests.api.messages import ALFA, AT, BETA, GAMA, item, reservation, returned, transfers, uetr, written
from tests.api.test_messages import SENDER, Client, receipt, send, told
from tests.gateway.people import as_, enrol
from tests.gateway.union import KEYS, small_union

REASON = {"comity_reason": "reconciliation"}
OF_M_1 = StatusQuestion(original_message="M-1", original_name="pacs.008.001.08")
WAITING, FINAL = ("PSTL",), ("STLD",)


def ask(client: Client, question: Message, who: str = SENDER, party: str = ALFA, **headers: str) -> Message:
    answer = send(client, written(question, party), who, **headers)
    assert answer.status_code == 200, answer.text
    header, message = told(answer)
    assert (header.receiver or header.receiver_member) == party
    return message


def statuses(
    client: Client, *items: StatusQuestion, who: str = SENDER, party: str = ALFA, group: str = ""
) -> list[str]:
    """Ask what became of payments; status or reason of each."""
    groups = (OriginalGroup(group, "pacs.008.001.08"),) if group else ()
    question = StatusRequest("Q-1", AT, groups=groups, items=items)
    message = ask(client, question, who, party)
    assert isinstance(message, StatusReport)
    return [row.status or row.reasons[0].code for row in message.items]


def payments(client: Client, criteria: PaymentCriteria, who: str = SENDER, party: str = ALFA) -> PaymentAnswer:
    message = ask(client, PaymentQuestion("Q-1", AT, (criteria,)), who, party)
    assert isinstance(message, PaymentAnswer)
    return message


def states(answer: PaymentAnswer) -> list[tuple[str, str]]:
    """Return state or error of each payment, by its UETR or id."""
    return [
        (
            row.uetr or row.reference,
            row.errors[0].own if row.errors else row.states[0].waiting or row.states[0].final or row.states[0].own,
        )
        for row in answer.payments
    ]


def day_of(client: Client, date: str = "") -> DayStanding:
    message = ask(client, DayQuestion("Q-1", AT, (DayCriteria(date),)))
    assert isinstance(message, DayAnswer)
    (day,) = message.days
    return day


def next_day(gateway: Gateway) -> None:
    assert isinstance(gateway.clock, SetClock)
    gateway.clock.advance(DAY_US)
    for phase in ("end", "start", "open"):
        gateway.give([Command("phase", value=phase)]).result()


def test_status_of_a_payment_is_told_by_each_of_its_references(client: Client) -> None:
    send(client, written(transfers("M-1", item(1), item(2, "5000.00"), item(3, "0", transaction="TX-3"))))
    assert statuses(client, StatusQuestion(uetr=uetr(1)), StatusQuestion(uetr=uetr(2))) == ["ACSC", "ACSP"]
    assert statuses(client, StatusQuestion(instruction="I-2"), StatusQuestion(end_to_end="E-1")) == ["ACSP", "ACSC"]
    assert statuses(client, replace(OF_M_1, transaction="TX-3")) == ["RJCT"]
    assert statuses(client, StatusQuestion(end_to_end="E-2"), group="M-1") == ["ACSP"]
    assert statuses(client, group="M-1") == ["ACSC", "ACSP", "RJCT"]


def test_status_of_what_is_unknown_is_none_and_its_reason_says_so(client: Client) -> None:
    send(client, written(transfers("M-1", item(1))))
    unknown = [StatusQuestion(uetr=uetr(9)), StatusQuestion(instruction="I-9"), StatusQuestion(end_to_end="E-9")]
    contradicts = StatusQuestion(uetr=uetr(1), end_to_end="E-2")
    assert statuses(client, *unknown, contradicts) == ["NOOR"] * 4
    message = ask(client, StatusRequest("Q-1", AT, groups=(OriginalGroup("M-9", "pacs.008.001.08"),)))
    assert isinstance(message, StatusReport)
    assert (message.groups[0].status, message.groups[0].reasons[0].code, message.items) == ("", "NOOR", ())


def test_status_has_reference_and_instant_of_settlement(client: Client) -> None:
    send(client, written(transfers("M-1", item(1))))
    message = ask(client, StatusRequest("Q-1", AT, items=(StatusQuestion(request="S-1", uetr=uetr(1)),)))
    assert isinstance(message, StatusReport)
    (row,) = message.items
    assert (row.status_id, row.original_message, row.original_name) == ("S-1", "M-1", "pacs.008.001.08")
    found = client.get("/v1/payments/I-1", headers=as_(SENDER)).json()
    entry = f"{found['sequence']}.{found['row']}"
    assert (row.instruction, row.settled_at, row.reference) == ("I-1", "2021-12-15T01:00:00Z", entry)


def test_other_side_is_told_that_a_payment_waits_and_not_why(client: Client) -> None:
    send(client, written(transfers("M-1", item(1, "5000.00"))))
    question = StatusRequest("Q-1", AT, items=(StatusQuestion(uetr=uetr(1)),))
    for who, party, status, reasons in ((SENDER, ALFA, "ACSP", ["PSTL"]), ("beta-sender", BETA, "PDNG", [])):
        message = ask(client, question, who, party)
        assert isinstance(message, StatusReport)
        assert (message.items[0].status, [each.own for each in message.items[0].reasons]) == (status, reasons)
    by_uetr = PaymentCriteria(uetrs=(uetr(1),))
    assert states(payments(client, by_uetr)) == [(uetr(1), "PSTL")]
    (row,) = payments(client, by_uetr, "beta-sender", BETA).payments
    assert (row.states[0].own, row.side, row.priority) == ("PDNG", "CRDT", "")
    assert payments(client, PaymentCriteria(waiting=WAITING), "beta-sender", BETA).payments == ()


def test_payment_of_others_is_unknown(client: Client, gateway: Gateway) -> None:
    send(client, written(transfers("M-1", item(1))))
    gateway.identities.enrol("gama", Actor("key:gama", "galina", GAMA, frozenset({"reader"})))
    assert statuses(client, StatusQuestion(uetr=uetr(1)), who="gama", party=GAMA) == ["NOOR"]
    assert states(payments(client, PaymentCriteria(uetrs=(uetr(1),)), "gama", GAMA)) == [(uetr(1), "NOT_FOUND")]
    assert payments(client, PaymentCriteria(), "gama", GAMA).errors[0].own == "NOT_FOUND"


@pytest.fixture(name="timed")
def timed_fixture() -> Iterator[tuple[Client, Gateway, SetClock]]:
    """A gateway whose days follow a timetable, at 02:00 of the first; its engine knows ids of one date back."""
    clock = SetClock(at("2021-12-15T00:00:00Z"))
    gateway = enrol(Gateway.in_memory(replace_of(small_union(), id_days_back=1), clock, plain_day))
    gateway.identities.enrol(SENDER, KEYS[SENDER])
    put_in_force(gateway, NOBODY)
    with TestClient(create_app(gateway)) as client:
        advance(gateway, clock, at("2021-12-15T02:00:00Z")).result()
        yield client, gateway, clock


def test_payment_of_a_day_that_is_over_is_still_told(timed: tuple[Client, Gateway, SetClock]) -> None:
    client, gateway, clock = timed
    send(client, written(transfers("M-1", item(1), item(2, "0"), item(3, "5000.00"))))
    advance(gateway, clock, at("2021-12-24T02:00:00Z")).result()
    assert client.get("/v1/payments/I-1", headers=as_(SENDER)).status_code == 404
    known = [StatusQuestion(uetr=uetr(number)) for number in (1, 2, 3)]
    assert statuses(client, *known, StatusQuestion(end_to_end="E-3")) == ["ACSC", "RJCT", "RJCT", "RJCT"]
    assert statuses(client, StatusQuestion(instruction="I-1"), replace(OF_M_1, instruction="I-1")) == ["NOOR", "ACSC"]
    by_uetr = PaymentCriteria(uetrs=(uetr(1), uetr(3)))
    assert states(payments(client, by_uetr)) == [(uetr(1), "STLD"), (uetr(3), "RJTD")]


def test_day_is_told_with_its_timetable(timed: tuple[Client, Gateway, SetClock]) -> None:
    client, gateway, clock = timed
    note = CalendarSet("RUB", ("saturday", "sunday"), ("2021-12-17",), "2021-12-16")
    gateway.note([note]).result()
    today = day_of(client)
    assert (today.date, today.status) == ("2021-12-15", "ACTV")
    cny = today.currencies[0]
    assert (cny.opens, cny.closes) == ("01:00:00Z", "17:00:00Z")
    assert [(each.own, each.scheduled, each.happened) for each in cny.events][2:4] == [
        ("OPEN", "2021-12-15T01:00:00Z", "2021-12-15T01:00:00Z"),
        ("CUSTOMER_CUTOFF", "2021-12-15T16:00:00Z", ""),
    ]
    later = day_of(client, date="2021-12-17")
    cny, rub = later.currencies
    assert (cny.closures, [each.code for each in rub.closures], rub.opens) == ((), ["BHOL"], "")
    assert (later.status, {each.happened for each in cny.events}) == ("", {""}), "it is still to come"
    advance(gateway, clock, at("2021-12-15T16:30:00Z")).result()
    cny = day_of(client).currencies[0]
    assert cny.events[3].happened == "2021-12-15T16:00:00Z"
    advance(gateway, clock, at("2021-12-15T23:00:00Z")).result()
    assert day_of(client).status == "CLSD"


def test_cutoff_that_was_extended_is_told_as_it_is_due_and_as_it_was(timed: tuple[Client, Gateway, SetClock]) -> None:
    client, gateway, clock = timed
    extend = Command("extend", currency="CNY", target="customer_cutoff", value="2021-12-15T16:20:00Z")
    gateway.give([extend]).result()
    for time, late in (("16:10", ""), ("16:30", "2021-12-15T16:20:00Z")):
        advance(gateway, clock, at(f"2021-12-15T{time}:00Z")).result()
        events = [each.events[3] for each in day_of(client).currencies]
        assert [each.scheduled[11:16] for each in events] == ["16:20", "16:00"]
        assert [each.happened for each in events] == [late, "2021-12-15T16:00:00Z"]


def test_several_dates_are_told_at_once_or_none(timed: tuple[Client, Gateway, SetClock]) -> None:
    client, _, _ = timed
    dates = [f"2021-12-{day}" for day in range(15, 31)]
    answer = ask(client, DayQuestion("Q-1", AT, tuple(DayCriteria(date, ("CNY",)) for date in dates)))
    assert isinstance(answer, DayAnswer)
    assert [each.date for each in answer.days] == dates
    assert {each.currency for day in answer.days for each in day.currencies} == {"CNY"}
    for wrong in (("2021-12-16", "2021-12-14"), ("2021-12-16",) * (DAYS_MAX + 1), ("2021-12-16", "2021-12-16+01:00")):
        answer = ask(client, DayQuestion("Q-1", AT, tuple(DayCriteria(date) for date in wrong)))
        assert isinstance(answer, DayAnswer)
        assert (answer.days, answer.errors[0].own) == ((), "NOT_FOUND")


def test_payments_are_found_by_reference_state_and_date(client: Client) -> None:
    send(client, written(transfers("M-1", item(1), item(2, "5000.00"), item(3))))
    send(client, written(returned("M-2"), BETA), "beta-sender")
    plain = {"id": "p1", "debtor": ALFA, "creditor": BETA, "currency": "CNY", "amount": "1.00"}
    client.post("/v1/payments", json=plain, headers=as_(SENDER))
    settled = [(uetr(1), "STLD"), (uetr(3), "STLD"), (uetr(1), "STLD"), ("p1", "STLD")]
    assert states(payments(client, PaymentCriteria(final=FINAL))) == settled
    assert states(payments(client, PaymentCriteria(waiting=WAITING))) == [(uetr(2), "PSTL")]
    assert states(payments(client, PaymentCriteria(either=("PDNG",)))) == [(uetr(2), "PSTL")]
    assert len(payments(client, PaymentCriteria(dates=("2021-12-15",))).payments) == 5
    assert payments(client, PaymentCriteria(dates=("2021-12-16",))).errors[0].own == "NOT_FOUND"
    assert [key for key, _ in states(payments(client, PaymentCriteria(messages=("M-1",))))] == [
        uetr(number) for number in (1, 2, 3)
    ]
    named = PaymentCriteria(transactions=("p1", "I-9"), uetrs=(uetr(9),), end_to_ends=("E-2",))
    assert states(payments(client, named)) == [
        ("p1", "STLD"),
        (uetr(2), "PSTL"),
        ("I-9", "NOT_FOUND"),
        (uetr(9), "NOT_FOUND"),
    ]
    (row,) = payments(client, PaymentCriteria(end_to_ends=("E-2",))).payments
    assert (row.side, row.amount.text, row.amount.currency, row.priority) == ("DBIT", "5000.00", "CNY", "NORM")
    assert (row.message, row.date, row.end_to_end) == ("M-1", "2021-12-15", "E-2")


def test_day_is_active_as_long_as_one_currency_settles(client: Client, gateway: Gateway) -> None:
    for phase in ("customer_cutoff", "interbank_cutoff"):
        gateway.give([Command("phase", currency="RUB", value=phase)]).result()
    assert day_of(client).status == "ACTV"
    for phase in ("customer_cutoff", "interbank_cutoff"):
        gateway.give([Command("phase", currency="CNY", value=phase)]).result()
    assert day_of(client).status == "CLSG"
    for phase in ("final_clearing", "accrual", "end"):
        gateway.give([Command("phase", value=phase)]).result()
    assert day_of(client).status == "CLSD"


def test_more_payments_than_an_answer_holds_are_not_told_in_part(client: Client) -> None:
    many = [item(number, "0.01") for number in range(ITEMS_MAX + 1)]
    assert send(client, written(transfers("M-1", *many))).status_code == 201
    for criteria in (PaymentCriteria(final=FINAL), PaymentCriteria(messages=("M-1",))):
        answer = payments(client, criteria)
        assert (answer.payments, answer.errors[0].own) == ((), "TOO_MANY")
    message = ask(client, StatusRequest("Q-1", AT, groups=(OriginalGroup("M-1", "pacs.008.001.08"),)))
    assert isinstance(message, StatusReport)
    assert (message.items, message.groups[0].reasons[0].own) == ((), "TOO_MANY")
    assert len(payments(client, PaymentCriteria(uetrs=(uetr(7),))).payments) == 1


def test_accounts_are_told_with_what_they_hold_and_what_waits(client: Client) -> None:
    send(client, written(transfers("M-1", item(1), item(2, "5000.00"))))
    message = ask(client, AccountQuestion("Q-1", AT))
    assert isinstance(message, AccountAnswer)
    assert message.question == "Q-1"
    cny, rub = message.accounts
    assert (cny.account, cny.currency, rub.account) == (f"{ALFA}-CNY", "CNY", f"{ALFA}-RUB")
    assert cny.servicer == Agent(member="CN")
    assert [(each.kind or each.own, each.amount, each.side, each.status) for each in cny.balances] == [
        ("OPNG", "1000.00", "CRDT", "STLD"),
        ("CRRT", "990.00", "CRDT", "STLD"),
        ("AVLB", "990.00", "CRDT", "STLD"),
        ("BLCK", "0.00", "CRDT", "STLD"),
        ("CREDIT_LIMIT", "0.00", "CRDT", "STLD"),
        ("PDNG", "5000.00", "DBIT", "PDNG"),
        ("PDNG", "0.00", "CRDT", "PDNG"),
    ]


def test_account_of_another_and_one_that_there_is_not_are_both_unknown(client: Client) -> None:
    names = (f"{BETA}-CNY", "NOBODY-CNY", f"{ALFA}-RUB")
    criteria = tuple(AccountCriteria(accounts=(name,)) for name in names)
    message = ask(client, AccountQuestion("Q-1", AT, criteria))
    assert isinstance(message, AccountAnswer)
    found = [(each.account, [error.own for error in each.errors]) for each in message.accounts]
    assert found == [(f"{ALFA}-RUB", []), (f"{BETA}-CNY", ["NOT_FOUND"]), ("NOBODY-CNY", ["NOT_FOUND"])]
    none = ask(client, AccountQuestion("Q-1", AT, (AccountCriteria(currencies=("INR",)),)))
    assert isinstance(none, AccountAnswer)
    assert (none.accounts, none.errors[0].own) == ((), "NOT_FOUND")


def test_member_and_auditor_ask_with_a_reason_which_is_noted(client: Client) -> None:
    question = AccountQuestion("Q-1", AT, (AccountCriteria(currencies=("CNY",)),))
    data = written(question, "CN")
    assert send(client, data, "member-operator").status_code == 400
    message = ask(client, question, "member-operator", "CN", **REASON)
    assert isinstance(message, AccountAnswer)
    assert {each.account for each in message.accounts} == {"CN-CNY", f"{ALFA}-CNY", f"{BETA}-CNY"}
    everything = ask(client, question, "auditor", "union", **REASON)
    assert isinstance(everything, AccountAnswer)
    assert f"{GAMA}-CNY" in {each.account for each in everything.accounts}
    noted = client.get("/v1/audit", headers=as_("auditor", comity_reason="test")).json()["items"]
    found = [(each["operation"], each["about"], each["reason"]) for each in noted][-3:-1]
    assert found == [("positions.read", "camt.003.001.08 Q-1 CNY", "reconciliation")] * 2


def test_limits_are_told_with_their_use(client: Client, gateway: Gateway) -> None:
    for given in (
        Command("limit", ALFA, "CNY", BETA, 500_00, "bilateral"),
        Command("limit", ALFA, "CNY", "", 800_00, "multilateral"),
        Command("limit", BETA, "CNY", ALFA, 10_00, "bilateral"),
        Command("limit", ALFA, "CNY", GAMA, 10_00, "bilateral"),
        Command("limit", ALFA, "CNY", GAMA, None, "bilateral"),
    ):
        gateway.give([given]).result()
    send(client, written(transfers("M-1", item(1, "120.00"))))
    message = ask(client, LimitQuestion("Q-1", AT))
    assert isinstance(message, LimitAnswer)
    found = [
        (each.kind, each.counterparty and each.counterparty.code, each.amount.text, each.used.text, each.remaining.text)
        for each in message.limits
    ]
    assert found == [("BILI", BETA, "500.00", "120.00", "380.00"), ("MULT", None, "800.00", "0.00", "800.00")]
    for criteria in (
        LimitCriteria(kinds=("MULT",)),
        LimitCriteria(counterparties=(BETA,)),
        LimitCriteria(currency="RUB"),
    ):
        answer = ask(client, LimitQuestion("Q-1", AT, (criteria,)))
        assert isinstance(answer, LimitAnswer)
        assert [each.kind for each in answer.limits] == {"CNY": [], "RUB": []}.get(
            criteria.currency, ["MULT"] if criteria.kinds else ["BILI"]
        )
    others = ask(client, LimitQuestion("Q-1", AT), "beta-sender", BETA)
    assert isinstance(others, LimitAnswer)
    assert [(each.used.text, each.used_side) for each in others.limits] == [("120.00", "CRDT")]


def test_reservations_are_told(client: Client) -> None:
    nothing = ask(client, ReservationQuestion("Q-1", AT))
    assert isinstance(nothing, ReservationAnswer)
    assert nothing.errors[0].own == "NOT_FOUND"
    send(client, written(reservation("L-1")))
    for criteria in ((), (ReservationCriteria(kinds=("UPAR",), account=f"{ALFA}-CNY"),)):
        message = ask(client, ReservationQuestion("Q-1", AT, criteria))
        assert isinstance(message, ReservationAnswer)
        assert [(each.kind, each.account, each.amount.text) for each in message.reservations] == [
            ("UPAR", f"{ALFA}-CNY", "7.00")
        ]
    other = ask(client, ReservationQuestion("Q-1", AT, (ReservationCriteria(kinds=("HPAR",)),)))
    assert isinstance(other, ReservationAnswer)
    assert other.reservations == ()


@pytest.mark.parametrize(
    ("criteria", "path"),
    [
        (b"<PmtSch><IntrBkSttlmAmtCcy>CNY</IntrBkSttlmAmtCcy></PmtSch>", "PmtSch/IntrBkSttlmAmtCcy"),
        (b"<PmtSch><PmtId><QId><QId>1</QId><PosInQ>1</PosInQ></QId></PmtId></PmtSch>", "PmtSch/PmtId/QId"),
    ],
)
def test_question_with_a_criterion_that_is_not_known_is_not_answered_as_if_it_had_none(
    client: Client, criteria: bytes, path: str
) -> None:
    send(client, written(transfers("M-1", item(1))))
    plain = written(PaymentQuestion("Q-1", AT, (PaymentCriteria(final=FINAL),)))
    known = re.sub(rb"<PmtSch>.*</PmtSch>", criteria, plain)
    _, message = told(send(client, known))
    assert isinstance(message, PaymentAnswer)
    assert (message.payments, message.errors[0].own) == ((), "CRITERION")
    assert path in message.errors[0].words
    named = re.sub(rb"<NewCrit>.*</NewCrit>", b"<QryNm>MINE</QryNm>", plain)
    _, message = told(send(client, named))
    assert isinstance(message, PaymentAnswer)
    assert message.errors[0].words == "not known here: TxQryDef/TxCrit/QryNm"
    kind = plain.replace(b"<TxQryDef>", b"<TxQryDef><QryTp>ALLL</QryTp>")
    _, message = told(send(client, kind))
    assert isinstance(message, PaymentAnswer)
    assert len(message.payments) == 1


def test_day_is_told_without_a_timetable(client: Client) -> None:
    message = ask(client, DayQuestion("Q-1", AT))
    assert isinstance(message, DayAnswer)
    (day,) = message.days
    assert (day.date, day.status) == ("2021-12-15", "ACTV")
    assert [each.currency for each in day.currencies] == ["CNY", "RUB"]
    for criteria in (DayCriteria(date="2021-12-14"), DayCriteria(currencies=("INR",))):
        answer = ask(client, DayQuestion("Q-1", AT, (criteria,)))
        assert isinstance(answer, DayAnswer)
        assert (answer.days, answer.errors[0].own) == ((), "NOT_FOUND")


def wanted(name: str, **about: str) -> ReportRequest:
    return ReportRequest(
        "Q-1", AT, (Wanted(report=name, owner=ALFA, period="ALLL" if "first" in about else "", **about),)
    )


def test_account_is_reported_as_it_stands_and_stated_once_its_date_is_over(client: Client, gateway: Gateway) -> None:
    send(client, written(transfers("M-1", item(1), item(2, "7.50"))))
    cny = f"{ALFA}-CNY"
    reports = ask(client, wanted("camt.052.001.08", account=cny))
    assert isinstance(reports, Reports)
    assert reports.question == "Q-1"
    assert [each.amount.text for each in reports.reports[0].entries] == ["10.00", "7.50"]
    early = send(client, written(wanted("camt.053", account=cny)))
    assert (early.status_code, receipt(early)) == (422, [("RJCT", "FF01")])
    next_day(gateway)
    date = {"first": "2021-12-15", "last": "2021-12-15"}
    statements = ask(client, wanted("camt.053", currency="CNY", **date))
    assert isinstance(statements, Statements)
    assert [(each.kind, each.amount.text) for each in statements.statements[0].balances] == [
        ("OPBD", "1000.00"),
        ("CLBD", "982.50"),
    ]
    notices = ask(client, wanted("camt.054", account=cny, **date))
    assert isinstance(notices, Notices)
    assert notices.notices[0].entries == statements.statements[0].entries


@pytest.mark.parametrize(
    ("name", "about", "words"),
    [
        ("camt.052", {"account": f"{BETA}-CNY"}, f"Acct: expected one of {ALFA}-CNY, {ALFA}-RUB, found {BETA}-CNY"),
        ("camt.052", {"currency": "INR"}, f"Acct: expected one of {ALFA}-CNY, {ALFA}-RUB, found {ALFA} in INR"),
        (
            "camt.052",
            {"account": f"{ALFA}-CNY", "first": "2021-12-14"},
            "RptgPrd: expected a business date up to 2021-12-15, found 2021-12-14",
        ),
        (
            "camt.052",
            {"account": f"{ALFA}-CNY", "first": "2021-12-15", "last": "2021-12-16"},
            "RptgPrd/FrToDt: expected one business date, found 2021-12-15 to 2021-12-16",
        ),
        (
            "camt.053",
            {"account": f"{ALFA}-CNY", "first": "2021-12-15"},
            "RptgPrd: expected a date before 2021-12-15, today's, found 2021-12-15",
        ),
    ],
)
def test_report_of_what_may_not_be_seen_is_refused_with_what_was_expected_and_found(
    client: Client, name: str, about: dict[str, str], words: str
) -> None:
    answer = send(client, written(wanted(name, **about)))
    assert (answer.status_code, receipt(answer)) == (422, [("RJCT", "FF01")])
    _, message = told(answer)
    assert isinstance(message, Receipt)
    assert message.items[0].outcomes[0].lines == (words,)


def test_reports_of_two_kinds_or_of_too_many_entries_are_refused(client: Client) -> None:
    one = wanted("camt.052", account=f"{ALFA}-CNY")
    both = replace(one, items=(*one.items, replace(one.items[0], report="camt.054")))
    assert send(client, written(both)).status_code == 422
    assert send(client, written(wanted("camt.060", account=f"{ALFA}-CNY"))).status_code == 422
    assert send(client, written(replace(one, items=one.items * (REPORTS_MAX + 1)))).status_code == 422
    send(client, written(transfers("M-1", *(item(number, "0.01") for number in range(ITEMS_MAX + 1)))))
    answer = send(client, written(one))
    assert answer.status_code == 422
    _, message = told(answer)
    assert isinstance(message, Receipt)
    assert "GET /v1/statements" in message.items[0].outcomes[0].lines[0]


QUESTIONS: list[Message] = [
    StatusRequest("Q-1", AT, items=(StatusQuestion(uetr=uetr(1)),)),
    AccountQuestion("Q-1", AT),
    PaymentQuestion("Q-1", AT),
    LimitQuestion("Q-1", AT),
    DayQuestion("Q-1", AT),
    ReservationQuestion("Q-1", AT),
    wanted("camt.052", account=f"{ALFA}-CNY"),
]


def test_every_question_is_tried() -> None:
    assert {type(question) for question in QUESTIONS} == set(OPERATIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_question_enters_nothing_and_a_reader_may_ask_it(client: Client, gateway: Gateway, question: Message) -> None:
    before = gateway.memory.changes.last
    for who in ("reader", "approver", SENDER):
        assert send(client, written(question), who).status_code == 200
    assert gateway.memory.changes.last == before
    assert send(client, written(transfers("Q-1", item(1)))).status_code == 201, "the reference is still free"
    foreign = send(client, written(question, BETA))
    assert (foreign.status_code, told(foreign)[1].name) == (403, "admi.002")


def test_reader_sends_no_payment_and_no_command(client: Client) -> None:
    refused = send(client, written(transfers("M-1", item(1))), "reader")
    assert (refused.status_code, told(refused)[1].name) == (403, "pacs.002")
    refused = send(client, written(reservation("L-1")), "reader")
    assert (refused.status_code, receipt(refused)) == (403, [("RJCT", "AG01")])
