"""Every scenario of this folder, on the naive ledger and on the engine."""

from pathlib import Path

import pytest

from tests.engine.engine_day import EngineDay
from tests.oracles.day import LedgerDay
from tests.scenarios.play import play
from tests.scenarios.text import Scenario, read_scenarios

pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
"""Hashes wrap; compiled code does so in silence."""

SCENARIOS = [
    pytest.param(scenario, id=f"{path.stem}: {scenario.title}")
    for path in sorted(Path(__file__).parent.glob("*.txt"))
    for scenario in read_scenarios(path)
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_naive_ledger_does_what_the_scenario_says(scenario: Scenario) -> None:
    day = LedgerDay(scenario.genesis)
    play(scenario, day)
    assert not day.ledger.waiting_payable()


@pytest.mark.jit_off
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_engine_does_what_the_scenario_says(scenario: Scenario) -> None:
    day = EngineDay(scenario.genesis)
    play(scenario, day)
    assert day.replay() == day.engine.digest()
