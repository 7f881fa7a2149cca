"""Every scenario of this folder, on the engine and, but for what it does not know, on the naive ledger."""

from pathlib import Path

import pytest

from tests.engine.engine_day import EngineDay
from tests.oracles.day import LedgerDay
from tests.scenarios.play import play
from tests.scenarios.text import read_scenarios

pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
"""Hashes wrap; compiled code does so in silence."""

SCENARIOS = {
    f"{path.stem}: {scenario.title}": scenario
    for path in sorted(Path(__file__).parent.glob("*.txt"))
    for scenario in read_scenarios(path)
}
OF_BOTH = [title for title in SCENARIOS if not title.startswith(("issuers: ", "phases: "))]
"""Scenarios whose commands the naive ledger knows."""


@pytest.mark.parametrize("title", OF_BOTH)
def test_naive_ledger_does_what_the_scenario_says(title: str) -> None:
    day = LedgerDay(SCENARIOS[title].genesis)
    play(SCENARIOS[title], day)
    assert not day.ledger.waiting_payable()


@pytest.mark.jit_off
@pytest.mark.parametrize("title", SCENARIOS)
def test_engine_does_what_the_scenario_says(title: str) -> None:
    day = EngineDay(SCENARIOS[title].genesis)
    play(SCENARIOS[title], day)
    assert day.replay() == day.engine.digest()
