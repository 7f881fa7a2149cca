"""The published case `eight`: three banks, eight payments, one a tick, at three levels of liquidity.

The reference simulator and the engine answer two different questions: what a
pass of maximum value each tick would do, and what the rulebook does without any pass.
"""

from fractions import Fraction

import pytest

from comity.model.reason import State
from tests.engine.engine_day import EngineDay
from tests.oracles.day import Day, LedgerDay
from tests.oracles.events import Payment
from tests.oracles.reference_simulator import Arrival, Simulator
from tests.published.test_offsetting import BANKS, OPEN, genesis_of

pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
"""Hashes wrap; compiled code does so in silence."""

TICKS = 10
MINUTE = 60_000_000
ARRIVALS = [
    Arrival(tick, way[0], way[2], amount)
    for tick, (way, amount) in enumerate(
        [("A>B", 60), ("B>A", 40), ("B>C", 50), ("C>A", 30), ("A>C", 45), ("C>B", 35), ("A>B", 20), ("B>A", 55)]
    )
]
LOWER = (0, 30, 0)
UPPER = (60, 30, 0)
ROUNDING = Fraction(6, 10_000)
"""Published to three places; one figure, 67/226 = 0.29646, as 0.297."""


def opening(share: Fraction) -> tuple[int, ...]:
    """Return the balances: the lower bound of liquidity, and so much of the way to the upper one."""
    return tuple(int(low + share * (high - low)) for low, high in zip(LOWER, UPPER, strict=True))


SHARES = (Fraction(0), Fraction(1, 2), Fraction(1))

REFERENCE = {
    (False, "none"): ((0, "1.000"), (0, "1.000"), (335, "0")),
    (True, "none"): ((0, "1.000"), (140, "0.752"), (335, "0")),
    (True, "bilateral"): ((335, "0.513"), (200, "0.297"), (335, "0")),
    (True, "multilateral"): ((335, "0.237"), (335, "0.117"), (335, "0")),
}

RULEBOOK = {
    (False, False): ((0, "1.000"), (0, "1.000"), (335, "0")),
    (False, True): ((0, "1.000"), (135, "0.761"), (335, "0")),
    (True, False): ((0, "1.000"), (180, "0.332"), (335, "0")),
    (True, True): ((85, "0.812"), (200, "0.296"), (335, "0")),
}
"""By (offsetting on entry, bypass)."""


@pytest.mark.parametrize(("bypass", "netting"), REFERENCE)
def test_reference_simulator_gives_the_published_figures(bypass: bool, netting: str) -> None:  # noqa: FBT001 - a case
    for share, (settled, delay) in zip(SHARES, REFERENCE[bypass, netting], strict=True):
        balances = dict(zip(BANKS, opening(share), strict=True))
        outcome = Simulator(balances, TICKS, bypass=bypass, netting=netting).run(ARRIVALS)
        assert outcome.settled == settled
        assert abs(outcome.delay - Fraction(delay)) < ROUNDING


def value_and_delay(day: Day) -> tuple[int, Fraction]:
    """Let the eight payments arrive; return the value settled and the delay indicator."""
    for each in ARRIVALS:
        payment = Payment(str(each.tick), each.debtor, each.creditor, "CNY", each.amount)
        day.apply(OPEN + each.tick * MINUTE, payment)
    end = OPEN + TICKS * MINUTE
    outcomes = [day.outcome(each.debtor, str(each.tick))[0] for each in ARRIVALS]
    settled = [each for each in outcomes if each.state == State.STLD]
    waited = sum(each.amount * ((each.final or end) - each.entered) for each in outcomes)
    longest = sum(each.amount * (end - each.entered) for each in outcomes)
    return sum(each.amount for each in settled), Fraction(waited, longest)


@pytest.mark.parametrize("kind", [EngineDay, LedgerDay])
@pytest.mark.parametrize(("on_entry", "bypass"), RULEBOOK)
def test_rulebook_gives_the_published_figures(
    on_entry: bool,  # noqa: FBT001 - a case
    bypass: bool,  # noqa: FBT001 - a case
    kind: type[EngineDay] | type[LedgerDay],
) -> None:
    for share, (settled, delay) in zip(SHARES, RULEBOOK[on_entry, bypass], strict=True):
        day = kind(genesis_of(opening(share), entry_offsetting=on_entry, bypass=bypass))
        if isinstance(day, EngineDay):
            day.open(OPEN)
        value, indicator = value_and_delay(day)
        assert value == settled
        assert abs(indicator - Fraction(delay)) < ROUNDING
