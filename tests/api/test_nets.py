"""What a participant owes, and what clearing made of it, as messages."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.gateway.clock import SetClock
from comity.gateway.gateway import Gateway
from comity.gateway.plan import plain_day
from comity.gateway.sandbox import advance
from comity.iso20022.messages.nets import NetReport, PayInSchedule
from comity.model.command import Command
from comity.model.instant import parse_instant
from comity.node.clearing import Terms
from tests.api.test_messages import SENDER, Client, told
from tests.gateway.people import as_, enrol
from tests.gateway.union import KEYS, small_union

ALFA, BETA = "ALFACNBJ", "BETACNBJ"
DATE = "2021-12-15"


class Day:
    """A gateway whose days follow a timetable, at 02:00 of the first."""

    def __init__(self, client: Client, gateway: Gateway, clock: SetClock) -> None:
        self.client = client
        self.gateway = gateway
        self.clock = clock

    def until(self, instant: str) -> None:
        advance(self.gateway, self.clock, parse_instant(instant)).result()

    def enter(self, kind: str, name: str, debtor: str, creditor: str, amount: str) -> None:
        body = {"id": name, "debtor": debtor, "creditor": creditor, "currency": "CNY", "amount": amount}
        body |= {"due": DATE} if kind == "obligations" else {}
        who = SENDER if debtor == ALFA else "beta-sender"
        answer = self.client.post(f"/v1/{kind}", json=body, headers=as_(who))
        assert answer.status_code == 201, answer.text

    def clear(self, mode: str) -> None:
        now = self.gateway.now()
        self.gateway.writer.call(lambda node: node.clear(Terms(["CNY"], mode), now)).result()

    def ask(self, name: str, who: str = SENDER, date: str = DATE, query: str = "", **headers: str) -> Any:  # noqa: ANN401 - an answer
        return self.client.get(f"/v1/statements/{name}?date={date}{query}", headers=as_(who, **headers))

    def schedule(self, who: str = SENDER) -> list[tuple[str, str, str]]:
        _, message = told(self.ask("camt.062", who))
        assert isinstance(message, PayInSchedule)
        assert (message.value, message.status) == (DATE, "OFFI")
        return [(each.amount.text, each.amount.currency, each.deadline) for each in message.items]

    def report(self, who: str = SENDER) -> list[tuple[str, ...]]:
        _, message = told(self.ask("camt.088", who))
        assert isinstance(message, NetReport)
        assert (message.value, message.cut) == (DATE, "02:00:00Z")
        return [
            (each.id, each.direction, each.amount.text, each.amount.currency, each.counterparty, each.count)
            for each in message.items
        ]


@pytest.fixture(name="day")
def day_fixture() -> Iterator[Day]:
    clock = SetClock(parse_instant(f"{DATE}T00:00:00Z"))
    gateway = enrol(Gateway.in_memory(replace(small_union(), id_days_back=1), clock, plain_day))
    for secret, actor in KEYS.items():
        gateway.identities.enrol(secret, actor)
    with TestClient(create_app(gateway)) as client:
        day = Day(client, gateway, clock)
        day.until(f"{DATE}T02:00:00Z")
        yield day


def test_schedule_is_what_waits_and_is_owed_less_what_there_is(day: Day) -> None:
    assert day.schedule() == []
    day.enter("payments", "p1", ALFA, BETA, "1500.00")
    assert day.schedule() == [("500.00", "CNY", f"{DATE}T17:00:00Z")]
    day.enter("obligations", "o1", ALFA, BETA, "200.00")
    day.enter("obligations", "o2", BETA, ALFA, "50.00")
    assert day.schedule() == [("650.00", "CNY", f"{DATE}T17:00:00Z")], "obligations count by their balance"
    assert day.schedule("beta-sender") == [], "nothing that may come in is counted, and what is owed to it is no debt"
    day.gateway.give([Command("credit", ALFA, "CNY", "", 600_00)]).result()
    assert day.schedule() == [("50.00", "CNY", f"{DATE}T17:00:00Z")]


@pytest.mark.parametrize("mode", ["existing", "ccp"])
def test_net_report_is_what_each_cycle_moved(day: Day, mode: str) -> None:
    none = day.ask("camt.088")
    words = f"no clearing cycle ended on {DATE}, so there are no nets to report"
    assert (none.status_code, none.json()["detail"]) == (404, words)
    day.enter("obligations", "o1", ALFA, BETA, "200.00")
    day.enter("obligations", "o2", ALFA, BETA, "30.00")
    day.enter("obligations", "o3", BETA, ALFA, "50.00")
    day.clear(mode)
    moved = day.client.get("/v1/positions?currency=CNY", headers=as_(SENDER)).json()["items"][0]["balance"]
    assert moved == "820.00"
    (ours,) = day.report()
    (theirs,) = day.report("beta-sender")
    assert ours[:5] == ("1-CNY", "PAYM", "180.00", "CNY", "cycle 1")
    assert theirs[:5] == ("1-CNY", "RECE", "180.00", "CNY", "cycle 1")
    day.enter("obligations", "o4", ALFA, BETA, "5.00")
    day.clear(mode)
    assert [each[:3] for each in day.report()] == [("1-CNY", "PAYM", "180.00"), ("2-CNY", "PAYM", "5.00")]


def test_member_is_told_of_its_participants_with_a_reason(day: Day) -> None:
    day.enter("payments", "p1", ALFA, BETA, "1500.00")
    of_alfa = {"who": "member-operator", "query": f"&participant={ALFA}"}
    assert day.ask("camt.062", **of_alfa).status_code == 400
    _, message = told(day.ask("camt.062", **of_alfa, comity_reason="test"))
    assert isinstance(message, PayInSchedule)
    assert (message.party, [each.amount.text for each in message.items]) == (ALFA, ["500.00"])
    _, of_member = told(day.ask("camt.062", "member-operator", query="&participant=CN"))
    assert isinstance(of_member, PayInSchedule)
    assert (of_member.party, of_member.member) == ("", "CN")
    assert day.ask("camt.062", query=f"&participant={BETA}").status_code == 404


def test_what_is_of_no_date_or_asks_for_a_currency_is_not_told(day: Day) -> None:
    assert day.ask("camt.062", date="2021-12-16").status_code == 404
    assert day.ask("camt.088", date="2021-12-14").status_code == 404
    assert day.ask("camt.062", query="&currency=CNY").status_code == 400
    assert day.ask("camt.052").status_code == 400
    assert day.ask("camt.061").status_code == 404
    day.until("2021-12-16T02:00:00Z")
    past = day.ask("camt.062")
    words = f"no schedule of {DATE}: it is of today alone, 2021-12-16"
    assert (past.status_code, past.json()["detail"]) == (404, words)
