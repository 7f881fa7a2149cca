"""Phases that do not come to all currencies alike, and what they are answered."""

import json

import pytest

from comity.engine.columns import RecordKind
from comity.model.command import Command
from comity.model.reason import Reason, State
from tests.engine.engine_day import EngineDay
from tests.oracles.events import Payment
from tests.scenarios.text import at, read_union

pytestmark = [
    pytest.mark.jit_off,
    # Hashes wrap; compiled code does so in silence.
    pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning"),
]

UNION = "\n".join(f"account {bank} {currency} 0" for bank in "AB" for currency in ("CNY", "RUB", "INR"))


@pytest.fixture
def day() -> EngineDay:
    """A union on its first date, before any phase."""
    return EngineDay(read_union(UNION))


def answered(day: EngineDay, instant: int, command: Command) -> dict[str, str]:
    (answer,) = day._append(RecordKind.COMMANDS, instant, json.dumps([command.to_json()]).encode()).answers
    return answer


def phase(day: EngineDay, instant: int, value: str, currency: str = "") -> dict[str, str]:
    return answered(day, instant, Command("phase", currency=currency, value=value))


def test_standing_order_is_served_once_though_its_currency_begins_before_the_others(day: EngineDay) -> None:
    for currency, amount in (("CNY", 100), ("RUB", 70)):
        day.apply(at("00:10"), Command("standing", "A", currency, amount_minor=amount))
    phase(day, at("00:11"), "liquidity", "CNY")
    assert (day.money("A", "CNY").balance, day.money("A", "RUB").balance) == (100, 0)
    phase(day, at("00:12"), "liquidity")
    assert (day.money("A", "CNY").balance, day.money("A", "RUB").balance) == (100, 70)


def test_opening_names_the_currency_whose_books_differ_and_is_refused_only_for_it_alone(day: EngineDay) -> None:
    day.apply(at("00:10"), Command("reconcile", "CN", "CNY", amount_minor=1))
    phase(day, at("00:11"), "liquidity")
    answer = phase(day, at("00:12"), "open")
    assert answer["reason"] == ""
    assert "CNY" in answer["detail"]
    assert "RUB" not in answer["detail"]
    opened = {currency: day.apply(at("00:13"), Payment(currency, "A", "B", currency, 1)) for currency in ("CNY", "RUB")}
    assert opened["CNY"].reason == Reason.CURRENCY
    assert opened["RUB"].state == State.PSTL
    again = phase(day, at("00:14"), "open")
    assert (again["why"], again["detail"]) == ("CLOSED", answer["detail"].partition("but ")[2])
