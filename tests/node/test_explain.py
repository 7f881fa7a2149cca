"""Why something waits, and a pay-in that releases it where a unit less does not: tried out."""

import json
from datetime import date

import numpy as np
import pytest

from comity.engine.columns import PAYMENT, SIDE, RecordKind, pack
from comity.errors import NotFound
from comity.log.memory import MemoryLog
from comity.model.reason import State
from comity.model.union import Account, Genesis, Limit, Member, Participant
from comity.node import Node

OPENED = 1_639_530_000_000_000
PRIORITIES = {"urgent": 0, "high": 1, "normal": 2}


class Day:
    """A node with one currency and named payments."""

    def __init__(self, balances: dict[str, int], *, limits: tuple[Limit, ...] = (), bypass: bool = True) -> None:
        genesis = Genesis(
            name="Test",
            business_date=date(2021, 12, 15),
            currencies=(("CNY", 2),),
            members=(Member("CN", "CNY", "China"),),
            participants=(Participant("CN", "CN", ""), *(Participant(code, "CN", "") for code in balances)),
            accounts=tuple(Account(code, "CNY", minor) for code, minor in balances.items()),
            limits=limits,
            entry_offsetting=False,
            bypass_normal=bypass,
        )
        self.node = Node.create(MemoryLog(), genesis)
        self.command({"command": "phase", "value": "open"})

    def command(self, plain: dict[str, object]) -> None:
        self.node.submit(RecordKind.COMMANDS, OPENED, json.dumps([plain]).encode(), 1).result()

    def pay(self, text: str) -> None:
        """Enter payments such as "p1 A>B 10 urgent"."""
        for item in text.split(", "):
            name, pair, amount, *priority = item.split()
            row = np.zeros(1, PAYMENT)
            row["key"] = self.node.engine.key_of(pair[0], name)
            row["amount"] = int(amount)
            row["debtor"] = self.node.engine.account(pair[0], "CNY")
            row["creditor"] = self.node.engine.account(pair[2], "CNY")
            row["flags"], row["text"], row["side"] = PRIORITIES[(priority or ["normal"])[0]], -1, -1
            self.node.submit(RecordKind.PAYMENTS, OPENED, pack(row, np.zeros(0, SIDE), b""), 1).result()

    def needs(self, name: str) -> tuple[str, int]:
        explained = self.node.explain("A", name)
        return explained.participant, explained.injection_minor


def test_payment_that_lacks_money_needs_what_is_missing() -> None:
    day = Day({"A": 4, "B": 0})
    day.pay("p A>B 10")
    explained = day.node.explain("A", "p")
    assert (explained.state, explained.why, explained.injection_minor) == (State.PSTL, "0.06 CNY short", 6)


def test_payment_behind_an_urgent_one_needs_money_for_both() -> None:
    day = Day({"A": 5, "B": 0})
    day.pay("u A>B 20 urgent, p A>B 3")
    assert day.needs("p") == ("A", 18)
    assert day.needs("u") == ("A", 15)


def test_payment_behind_a_larger_normal_one_that_it_may_pass_needs_its_own_lack_only() -> None:
    day = Day({"A": 1, "B": 0})
    day.pay("large A>B 100, small A>B 3")
    assert day.needs("small") == ("A", 2)


def test_money_that_comes_round_counts() -> None:
    day = Day({"A": 0, "B": 0, "C": 0})
    day.pay("first A>B 10, second A>C 10")
    day.node.submit(RecordKind.TICK, OPENED, b"").result()
    back = np.zeros(1, PAYMENT)
    back["key"], back["amount"] = day.node.engine.key_of("B", "back"), 10
    back["debtor"], back["creditor"] = day.node.engine.account("B", "CNY"), day.node.engine.account("A", "CNY")
    back["flags"], back["text"], back["side"] = 2, -1, -1
    day.node.submit(RecordKind.PAYMENTS, OPENED, pack(back, np.zeros(0, SIDE), b""), 1).result()
    assert day.needs("second") == ("A", 10)


def test_payment_that_a_limit_stops_is_released_by_no_money() -> None:
    day = Day({"A": 100, "B": 0}, limits=(Limit("bilateral", "A", "B", "CNY", 0),))
    day.pay("p A>B 10")
    assert day.needs("p") == ("", 0)


def test_what_has_settled_needs_nothing() -> None:
    day = Day({"A": 100, "B": 0})
    day.pay("p A>B 10")
    assert day.node.explain("A", "p").state == State.STLD


def test_id_that_nobody_entered_is_not_found() -> None:
    with pytest.raises(NotFound, match="entered no 'x'"):
        Day({"A": 1}).node.explain("A", "x")


def test_explaining_changes_nothing() -> None:
    day = Day({"A": 4, "B": 0})
    day.pay("p A>B 10")
    before = day.node.engine.digest()
    day.needs("p")
    assert day.node.engine.digest() == before


def test_payment_that_passes_have_passed_a_hundred_times_stops_what_is_behind_it() -> None:
    day = Day({"A": 0, "B": 0}, bypass=False)
    day.pay("large A>B 1000")
    for turn in range(101):
        day.pay(f"small{turn} A>B 1")
        row = np.zeros(1, PAYMENT)
        row["key"], row["amount"] = day.node.engine.key_of("B", f"back{turn}"), 1
        row["debtor"], row["creditor"] = day.node.engine.account("B", "CNY"), day.node.engine.account("A", "CNY")
        row["flags"], row["text"], row["side"] = 2, -1, -1
        day.node.submit(RecordKind.PAYMENTS, OPENED, pack(row, np.zeros(0, SIDE), b""), 1).result()
        settled = day.node.offset("best", None, OPENED).settled
        assert settled == (2 if turn < 100 else 0)
