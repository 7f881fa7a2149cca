"""Breaches that the checks after every record must find."""

import pytest

from comity.engine.kernels.layout import BALANCE
from comity.errors import InvariantBroken
from comity.model.union import Account, Genesis, Member, Participant
from tests.engine.engine_day import EngineDay
from tests.oracles.events import Payment, Trade
from tests.scenarios.text import TODAY, at

pytestmark = [
    pytest.mark.jit_off,
    pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning"),
]


@pytest.fixture
def day() -> EngineDay:
    opened = EngineDay(
        Genesis(
            name="Two",
            business_date=TODAY,
            currencies=(("CNY", 2), ("RUB", 2)),
            members=(Member("CN", "CNY", "China"), Member("RU", "RUB", "Russia")),
            participants=tuple(Participant(code, "CN", code) for code in ("CN", "RU", "A", "B")),
            accounts=tuple(Account(code, currency, 0) for code in "AB" for currency in ("CNY", "RUB")),
        )
    )
    opened.open(at("09:00"))
    return opened


def slip_in(day: EngineDay, participant: str, currency: str, amount: int) -> None:
    """Move money from an issuer without telling the work list."""
    state = day.engine.state
    issuer = day.engine.account(day.engine.issuer_of(currency), currency)
    for account, change in ((day.engine.account(participant, currency), amount), (issuer, -amount)):
        state.accounts[account, BALANCE] += change
        state.openings[account] += change


def test_payment_that_waits_though_it_is_payable_is_found(day: EngineDay) -> None:
    day.apply(at("09:00"), Payment("p1", "A", "B", "CNY", 60))
    slip_in(day, "A", "CNY", 60)
    with pytest.raises(InvariantBroken, match="instruction 0 waits at rest although it is payable"):
        day.engine.check()


def test_pvp_that_waits_though_it_is_payable_is_found(day: EngineDay) -> None:
    day.apply(at("09:00"), Trade("x1", "A", "B", "CNY", 60, "RUB", 50))
    slip_in(day, "A", "CNY", 60)
    with pytest.raises(InvariantBroken, match="digest"):
        day.engine.check()
    slip_in(day, "B", "RUB", 50)
    with pytest.raises(InvariantBroken, match="bundle 0 waits at rest although it is payable"):
        day.engine.check()


def test_linked_set_that_waits_though_it_is_payable_is_found(day: EngineDay) -> None:
    day.apply(at("09:00"), Payment("p1", "A", "B", "CNY", 60, link="L", link_size=2))
    day.apply(at("09:00"), Payment("p2", "B", "A", "CNY", 50, link="L", link_size=2))
    slip_in(day, "A", "CNY", 10)
    with pytest.raises(InvariantBroken, match="bundle 0 waits at rest although it is payable"):
        day.engine.check()
