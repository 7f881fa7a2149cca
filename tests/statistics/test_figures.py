"""Figures of a day agree with sums made one instruction at a time in Python."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from comity.errors import NotFound
from comity.statistics import Figures, read_figures
from comity.statistics.delay import CLASSES
from tests.statistics.synthetic import Synthetic, synthetic_day

CUTOFF = 1_639_526_400_000_000 + 17 * 3_600_000_000


@dataclass(frozen=True)
class Leg:
    debtor: str
    creditor: str
    currency: str
    amount: int
    settled: bool
    how: str
    entered: int
    final: int


def micro(value: datetime) -> int:
    return int(value.timestamp()) * 1_000_000 + value.microsecond


def legs_of(out: Path) -> list[Leg]:
    legs = []
    for row in pq.read_table(out / "instructions.parquet").to_pylist():
        settled, entered, final = row["state"] == "STLD", micro(row["entered_at"]), micro(row["final_at"])
        debtor, creditor, how = row["debtor"], row["creditor"], row["how"]
        legs.append(Leg(debtor, creditor, row["currency"], row["amount_minor"], settled, how, entered, final))
        if row["counter_currency"]:
            money, amount = row["counter_currency"], row["counter_amount_minor"]
            legs.append(Leg(creditor, debtor, money, amount, settled, how, entered, final))
    return sorted(legs, key=lambda leg: leg.entered)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Synthetic:
    return synthetic_day(tmp_path_factory.mktemp("day"), 1200, 3, recorded=False)


@pytest.fixture(scope="module")
def legs(day: Synthetic) -> list[Leg]:
    return legs_of(day.out)


@pytest.fixture(scope="module")
def figures(day: Synthetic) -> Figures:
    return read_figures(day.out, day.setting)


def test_value_of_the_day_is_that_of_its_legs(figures: Figures, legs: list[Leg]) -> None:
    for code in figures.currencies:
        own = [leg for leg in legs if leg.currency == code]
        assert figures.flows[code].entered_minor == sum(leg.amount for leg in own)
        assert figures.flows[code].settled_minor == sum(leg.amount for leg in own if leg.settled)


def test_step_of_a_flow_holds_its_beginning_and_not_its_end(figures: Figures, legs: list[Leg]) -> None:
    clock = figures.clock
    for step in range(0, clock.count, 7):
        begin, end = clock.edge(step), clock.edge(step + 1)
        for code in figures.currencies:
            entered = sum(leg.amount for leg in legs if leg.currency == code and begin <= leg.entered < end)
            assert figures.flows[code].entered[step] == entered


def test_liquidity_bounds_are_those_of_a_walk_through_arrivals(figures: Figures, legs: list[Leg]) -> None:
    position: dict[tuple[str, str], int] = defaultdict(int)
    upper: dict[tuple[str, str], int] = defaultdict(int)
    for leg in legs:
        payer, payee = (leg.debtor, leg.currency), (leg.creditor, leg.currency)
        position[payer] += leg.amount
        position[payee] -= leg.amount
        upper[payer] = max(upper[payer], position[payer])
    found = {(one.participant, one.currency): one for one in figures.liquidity}

    assert set(found) == set(position)
    for account, one in found.items():
        assert (one.lower_minor, one.upper_minor) == (max(0, position[account]), upper[account])


def test_liquidity_used_is_opening_less_lowest(figures: Figures, day: Synthetic) -> None:
    with (day.out / "balances.csv").open(encoding="utf-8") as file:
        rows = {(row["participant"], row["currency"]): row for row in csv.DictReader(file)}

    for one in figures.liquidity:
        row = rows[one.participant, one.currency]
        used = (Fraction(row["opening"]) - Fraction(row["lowest"])) * 10 ** figures.setting.exponent(one.currency)
        assert one.used_minor == used


def test_delay_indicator_weighs_waiting_by_value(figures: Figures, legs: list[Leg]) -> None:
    for code in figures.currencies:
        own = [leg for leg in legs if leg.currency == code and leg.entered < CUTOFF]
        waited = sum(leg.amount * ((min(leg.final, CUTOFF) if leg.settled else CUTOFF) - leg.entered) for leg in own)
        possible = sum(leg.amount * (CUTOFF - leg.entered) for leg in own)
        assert (figures.delays[code].weighted, figures.delays[code].possible) == (waited, possible)


def test_classes_of_delay_hold_every_leg_once(figures: Figures, legs: list[Leg]) -> None:
    assert sum(sum(delay.items) for delay in figures.delays.values()) == len(legs)
    at_once = sum(leg.settled and leg.final == leg.entered for leg in legs)
    assert sum(delay.items[CLASSES.index("at once")] for delay in figures.delays.values()) == at_once
    never = sum(not leg.settled for leg in legs)
    assert sum(delay.items[CLASSES.index("never")] for delay in figures.delays.values()) == never


def test_corridors_add_up_to_the_legs_between_members(figures: Figures, legs: list[Leg]) -> None:
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    home = figures.setting.home
    for leg in legs:
        row = sums[home[leg.debtor], home[leg.creditor], leg.currency]
        for place, value in enumerate((1, leg.amount, leg.settled, leg.amount * leg.settled)):
            row[place] += value

    assert {
        (one.payer, one.payee, one.currency): [one.items, one.value_minor, one.settled_items, one.settled_minor]
        for one in figures.corridors
    } == dict(sums)


def test_waiting_at_a_step_is_what_entered_before_and_is_not_final(figures: Figures, legs: list[Leg]) -> None:
    for step in range(0, figures.clock.count, 11):
        at = figures.clock.edge(step)
        for code in figures.currencies:
            expected = sum(leg.amount for leg in legs if leg.currency == code and leg.entered <= at < leg.final)
            found = sum(values[step] for (own, _), values in figures.waiting.value.items() if own == code)
            assert found == expected


def test_queue_peaks_where_most_waits(figures: Figures, legs: list[Leg]) -> None:
    for queue in figures.queues[:40]:
        own = [leg for leg in legs if (leg.debtor, leg.currency) == (queue.participant, queue.currency)]
        at = {leg.entered for leg in own}
        most = max(sum(leg.amount for leg in own if leg.entered <= moment < leg.final) for moment in at)
        assert queue.value_minor == most == sum(queue.causes.values())


def test_queues_are_the_largest_of_each_currency(figures: Figures) -> None:
    for code in figures.currencies:
        values = [queue.value_minor for queue in figures.queues if queue.currency == code]
        assert values == sorted(values, reverse=True)
        assert len(values) <= 12


def test_outcomes_add_up_to_all_legs(figures: Figures, legs: list[Leg]) -> None:
    assert sum(one.items for one in figures.outcomes) == len(legs)
    bilateral = sum(leg.amount for leg in legs if leg.how == "bilateral" and leg.currency == "CNY")
    assert bilateral == sum(
        one.value_minor for one in figures.outcomes if (one.how, one.currency) == ("bilateral", "CNY")
    )


@pytest.mark.parametrize("name", ["instructions.parquet", "balances.csv", "cycles.csv", "summary.json"])
def test_missing_file_is_named(tmp_path: Path, name: str) -> None:
    day = synthetic_day(tmp_path / "day", 50)
    (day.out / name).unlink()

    with pytest.raises(NotFound, match=name):
        read_figures(day.out, day.setting)


def test_day_without_instructions_has_figures(tmp_path: Path) -> None:
    day = synthetic_day(tmp_path / "day", 50)
    empty = pq.read_table(day.out / "instructions.parquet").slice(0, 0)
    pq.write_table(empty, day.out / "instructions.parquet")
    found = read_figures(day.out, day.setting)

    assert (found.currencies, found.liquidity, found.corridors) == ((), (), ())


def test_transfers_repeats_and_amounts_of_zero_are_no_legs(tmp_path: Path) -> None:
    day = synthetic_day(tmp_path / "day", 50)
    table = pq.read_table(day.out / "instructions.parquet")
    rows = table.to_pylist()
    rows[0]["kind"], rows[1]["state"], rows[2]["amount_minor"] = "transfer", "repeated", 0
    pq.write_table(type(table).from_pylist(rows, table.schema), day.out / "instructions.parquet")
    legs = rows[3:]

    found = read_figures(day.out, day.setting)
    assert sum(one.items for one in found.outcomes) == len(legs) + sum(
        row["counter_currency"] is not None for row in legs
    )


def test_account_of_an_issuer_is_no_liquidity(tmp_path: Path) -> None:
    day = synthetic_day(tmp_path / "day", 200)
    path = day.out / "balances.csv"
    head, first, *rest = path.read_text(encoding="utf-8").splitlines()
    kinds = [f"{first},issuer", *(f"{line},settlement" for line in rest)]
    path.write_text("\n".join([f"{head},kind", *kinds]) + "\n", encoding="utf-8")
    holder, currency = first.split(",")[:2]

    accounts = {(one.participant, one.currency) for one in read_figures(day.out, day.setting).liquidity}
    assert accounts
    assert (holder, currency) not in accounts
