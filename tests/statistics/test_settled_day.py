"""The figures of a day that the engine settled are those of its summary, and what waited is what its rows say."""

import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from comity.day.folder import run_folder
from comity.statistics import Figures, Setting, read_figures
from comity.statistics.exact import Sums
from comity.statistics.legs import read_legs
from comity.statistics.liquidity import liquidity, read_balances
from comity.statistics.waiting import Waiting, waiting

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "two-countries"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("day") / "out"
    run_folder(EXAMPLE, folder)
    return folder


@pytest.fixture(scope="module")
def figures(out: Path) -> Figures:
    return read_figures(out, Setting.from_folder(EXAMPLE))


def totals(found: Waiting) -> dict[tuple[str, int], int]:
    sums: dict[tuple[str, int], int] = defaultdict(int)
    for (currency, _), steps in found.value.items():
        for step, minor in enumerate(steps):
            sums[currency, step] += minor
    return {key: minor for key, minor in sums.items() if minor}


def test_figures_are_those_of_the_summary(out: Path, figures: Figures) -> None:
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert figures.currencies == tuple(sorted(summary["currencies"]))
    for code, block in summary["currencies"].items():
        outcomes = [one for one in figures.outcomes if one.currency == code]
        accounts = [one for one in figures.liquidity if one.currency == code]
        assert block["instructions"] == sum(one.items for one in outcomes)
        assert block["settled"] == sum(one.items for one in outcomes if one.state == "STLD")
        assert block["value_minor"] == figures.flows[code].entered_minor
        assert block["settled_value_minor"] == figures.flows[code].settled_minor
        assert block["multilateral_value_minor"] == sum(
            one.value_minor for one in outcomes if one.how == "multilateral"
        )
        assert block["liquidity_used_minor"] == sum(one.used_minor for one in accounts)
        assert block["liquidity_lower_bound_minor"] == sum(one.lower_minor for one in accounts)
        assert block["liquidity_upper_bound_minor"] == sum(one.upper_minor for one in accounts)
        assert block["delay_indicator"] == pytest.approx(figures.delays[code].indicator, abs=1e-12)


def test_bounds_that_balances_state_are_those_of_the_legs(out: Path, figures: Figures) -> None:
    balances = read_balances(out / "balances.csv", dict.fromkeys(figures.currencies, 2))
    assert all(held.bounds is not None for held in balances.values())
    unstated = {key: replace(held, bounds=None) for key, held in balances.items()}
    legs = read_legs(out / "instructions.parquet")
    assert liquidity(legs, unstated) == liquidity(legs, balances) == list(figures.liquidity)


def test_what_was_recorded_as_waiting_is_what_the_rows_say(out: Path, figures: Figures, tmp_path: Path) -> None:
    legs = read_legs(out / "instructions.parquet")
    with Sums(legs) as sums:
        inferred = waiting(tmp_path, sums, legs, figures.clock)

    assert figures.waiting.by_cause
    assert totals(figures.waiting) == totals(inferred)


def test_causes_are_told_apart(figures: Figures) -> None:
    assert {"PSTL", "SRBL"} <= set(figures.waiting.labels)
