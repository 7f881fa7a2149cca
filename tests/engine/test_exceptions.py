"""What the engine leaves to people."""

import pytest

from comity.model.command import Command
from comity.model.instant import format_instant
from comity.model.union import Account, Genesis, Member, Participant
from tests.engine.engine_day import EngineDay
from tests.oracles.events import Tick
from tests.scenarios.text import TODAY, at

pytestmark = [
    pytest.mark.jit_off,
    pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning"),
]


@pytest.fixture
def day() -> EngineDay:
    opened = EngineDay(
        Genesis(
            name="One",
            business_date=TODAY,
            currencies=(("CNY", 2),),
            members=(Member("CN", "CNY", "China"),),
            participants=(Participant("CN", "CN", "CN"), Participant("A", "CN", "A")),
            accounts=(Account("A", "CNY", 100),),
        )
    )
    opened.open(at("09:00"))
    return opened


def pay_out(day: EngineDay, name: str, deadline: str) -> int:
    """Pay out 1, to be confirmed until `deadline` if there is one; the slot."""
    value = format_instant(at(deadline)) if deadline else ""
    day.apply(at("09:00"), Command("transfer_out", "A", "CNY", name, 1, value))
    return day.engine.find("A", name)


def test_payout_is_an_exception_from_its_deadline_until_it_is_confirmed(day: EngineDay) -> None:
    first, _, second = (pay_out(day, name, deadline) for name, deadline in (("a", "10:00"), ("b", ""), ("c", "11:00")))
    day.apply(at("10:00"), Tick())
    assert day.engine.exceptions().unconfirmed == []
    day.apply(at("10:01"), Tick())
    assert day.engine.exceptions().unconfirmed == [first]
    day.apply(at("11:01"), Tick())
    assert day.engine.exceptions().unconfirmed == [first, second]
    day.apply(at("11:02"), Command("confirm_out", "A", "CNY", "a"))
    assert day.engine.exceptions().unconfirmed == [second]


def test_books_that_do_not_agree_are_an_exception_until_they_do(day: EngineDay) -> None:
    day.apply(at("09:00"), Command("reconcile", "CN", "CNY", amount_minor=103))
    assert day.engine.exceptions().differences == {"CNY": 3}
    day.apply(at("09:01"), Command("reconcile", "CN", "CNY", amount_minor=100))
    assert day.engine.exceptions().differences == {}
