"""Notices: events of the day, and what became of commands that others had to approve."""

from pathlib import Path

from litestar.testing import TestClient

from comity.api.app import create_app
from comity.gateway.business_days import DAYS_AHEAD
from comity.gateway.clock import SetClock
from comity.gateway.four_eyes import EXPIRY_US
from comity.gateway.gateway import Gateway
from comity.gateway.notes import CalendarSet
from comity.gateway.plan import plain_day
from comity.gateway.sandbox import advance
from comity.iso20022.messages.accounts import Reports
from comity.iso20022.messages.administration import SystemEvent
from comity.iso20022.messages.orders import Receipt
from comity.iso20022.messages.questions import DayAnswer
from comity.model.command import Command
from comity.model.instant import parse_instant as at
from comity.model.reason import Phase
from tests.api.lists import NOBODY, put_in_force
from tests.api.messages import funding, item, limit, reprioritised, transfers, written
from tests.api.test_messages import SENDER, Client, all_waiting, fetched, send, told, waiting
from tests.gateway.people import as_, enrol
from tests.gateway.union import small_union


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
        assert len(events[who]) == len(told) - 1, "and the calendar once"
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
    opened, _ = all_waiting(client)
    assert (opened["definition"], opened["message"]) == ("admi.004.001.02", "")
    _, message = fetched(client, opened["id"])
    assert message == SystemEvent("PHAS", ("2021-12-15", "OPEN"), "opens", "2021-12-15T01:00:00Z")


def calendars(client: Client, who: str = SENDER) -> list[DayAnswer]:
    """Fetch every calendar that waits."""
    found = [fetched(client, each["id"], who) for each in all_waiting(client, who) if "camt.019" in each["definition"]]
    assert all(header.definition == "camt.019.001.07" for header, _ in found)
    return [message for _, message in found if isinstance(message, DayAnswer)]


def test_calendar_is_sent_to_everybody_when_a_day_opens() -> None:
    clock = SetClock(at("2021-12-15T00:30:00Z"))
    gateway = put_in_force(enrol(Gateway.in_memory(small_union(), clock, plain_day)), NOBODY)
    gateway.note([CalendarSet("RUB", ("saturday", "sunday"), ("2021-12-17",), "2021-12-16")]).result()
    with TestClient(create_app(gateway)) as client:
        advance(gateway, clock, at("2021-12-15T00:59:00Z")).result()
        assert calendars(client, "sender") == []
        advance(gateway, clock, at("2021-12-15T02:00:00Z")).result()
        (first,) = calendars(client, "sender")
        assert (first.question, first.created) == ("", "2021-12-15T01:00:00Z")
        assert [day.date for day in first.days] == [f"2021-12-{day}" for day in range(15, 16 + DAYS_AHEAD)]
        assert [day.status for day in first.days] == ["ACTV", *[""] * DAYS_AHEAD]
        closed = {"2021-12-17", "2021-12-18", "2021-12-19"}
        for day in first.days:
            cny, rub = day.currencies
            assert ([each.code for each in rub.closures], cny.closures) == (["BHOL"] * (day.date in closed), ())
            assert [each.own for each in cny.events] == [phase.name for phase in Phase]
            assert cny.events[2].scheduled == f"{day.date}T01:00:00Z"
        happened = [[each.own for each in day.currencies[0].events if each.happened] for day in first.days]
        assert happened == [["LIQUIDITY", "OPEN"], *[[]] * DAYS_AHEAD], "the first day has started before all records"
        gateway.note([CalendarSet("CNY", (), ("2021-12-16",), "2021-12-16")]).result()
        extend = Command("extend", currency="CNY", target="customer_cutoff", value="2021-12-15T16:20:00Z")
        gateway.give([extend]).result()
        advance(gateway, clock, at("2021-12-17T02:00:00Z")).result()
        before, *others = calendars(client, "sender")
        assert before == first, "it is told as it was known when the day opened"
        assert [each.days[0].date for each in others] == ["2021-12-16", "2021-12-17"]
        assert [each.code for each in others[0].days[0].currencies[0].closures] == ["BHOL"]
        assert calendars(client, "beta-sender-2") == calendars(client, "member-operator")
        assert [each.days for each in calendars(client, "member-operator")] == [each.days for each in (first, *others)]


def test_calendar_is_the_same_after_a_restart(tmp_path: Path) -> None:
    clock = SetClock(at("2021-12-15T00:30:00Z"))
    gateway = enrol(Gateway.open(tmp_path, small_union(), clock, plain_day))
    with TestClient(create_app(gateway)) as client:
        advance(gateway, clock, at("2021-12-16T02:00:00Z")).result()
        before = calendars(client, "sender")
    assert [len(each.days) for each in before] == [DAYS_AHEAD + 1] * 2
    assert [each.own for each in before[1].days[0].currencies[0].events if each.happened] == [
        "START",
        "LIQUIDITY",
        "OPEN",
    ]
    later = SetClock(at("2021-12-16T03:00:00Z"))
    gateway = enrol(Gateway.open(tmp_path, small_union(), later, plain_day))
    with TestClient(create_app(gateway)) as client:
        assert calendars(client, "sender") == before


def test_calendar_of_a_union_without_a_timetable_says_which_currencies_settle(client: Client) -> None:
    (calendar,) = calendars(client)
    assert {(each.opens, each.events, each.closures) for day in calendar.days for each in day.currencies} == {
        ("", (), ())
    }


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
