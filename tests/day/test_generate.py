"""Days made from trade: totals to the minor unit, the same bytes for the same seed, days that can be read."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.day.demo import build_demo, demo_rates, demo_sales
from comity.day.generate import draws, generate
from comity.day.generate.countries import countries
from comity.day.generate.hours import window
from comity.day.generate.rates import worth
from comity.day.generate.trade import Sale, read_baci, read_dots, read_trade
from comity.day.rates.sources import read_published
from comity.day.read import read_day
from comity.day.run import run_day
from comity.day.standing import Rate
from comity.errors import Conflict, InvalidRequest
from comity.log.memory import MemoryLog
from comity.model.currency import CURRENCIES
from comity.model.reason import State
from comity.node import Node

DAY = date(2021, 12, 15)
TRADE = "exporter,importer,value\nCN,RU,1000.55\nRU,CN,2000.25\nCN,IN,30.07\nIN,RU,4.01\nCN,World,99\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "trade.csv"
    path.write_text(TRADE)
    return path


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def paid(folder: Path) -> dict[tuple[str, str, str], Decimal]:
    """What was paid, by country of the payee, country of the payer, and currency."""
    totals: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in rows(folder, "payments.csv"):
        totals[row["creditor"][4:6], row["debtor"][4:6], row["currency"]] += Decimal(row["amount"])
    return dict(totals)


def check_totals(folder: Path, sales: Iterable[Sale], prices: dict[str, Fraction]) -> None:
    """Payments add up to totals.csv exactly, and each pair to its value within a minor unit of what it is paid in."""
    totals = paid(folder)
    listed = {(r["exporter"], r["importer"], r["currency"]): Decimal(r["amount"]) for r in rows(folder, "totals.csv")}
    assert totals == listed
    wanted: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for sale in sales:
        wanted[sale.exporter, sale.importer] += Fraction(sale.value) * prices[sale.currency or "USD"]
    worth_of: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    finest: dict[tuple[str, str], Fraction] = {}
    for (exporter, importer, currency), amount in totals.items():
        pair = (exporter, importer)
        worth_of[pair] += Fraction(amount) * prices[currency]
        minor = prices[currency] / 10 ** CURRENCIES[currency].exponent
        finest[pair] = min(finest.get(pair, minor), minor)
    assert all(abs(worth_of[pair] - value) <= finest[pair] / 2 for pair, value in wanted.items())
    assert set(worth_of) == set(wanted)


def test_without_rates_each_pair_is_paid_its_value_to_the_minor_unit(table: Path, tmp_path: Path) -> None:
    folder = generate(table, ["CN", "RU", "IN"], DAY, 500, 1, tmp_path / "day")
    pairs: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (exporter, importer, _), amount in paid(folder).items():
        pairs[exporter, importer] += amount
    assert pairs == {
        ("CN", "RU"): Decimal("1000.55"),
        ("RU", "CN"): Decimal("2000.25"),
        ("CN", "IN"): Decimal("30.07"),
        ("IN", "RU"): Decimal("4.01"),
    }
    assert len(rows(folder, "payments.csv")) == 500


def test_value_in_a_currency_of_the_union_is_paid_in_it(tmp_path: Path) -> None:
    sales = [Sale("CN", "RU", Decimal("10.50"), "CNY"), Sale("CN", "RU", Decimal(7), "RUB")]
    folder = generate(sales, ["CN", "RU"], DAY, 20, 1, tmp_path / "day")
    assert paid(folder) == {("CN", "RU", "CNY"): Decimal("10.50"), ("CN", "RU", "RUB"): Decimal(7)}


def test_generated_day_can_be_read_and_has_something_of_everything(table: Path, tmp_path: Path) -> None:
    day = read_day(generate(table, ["CN", "RU", "IN"], DAY, 6000, 3, tmp_path / "day"))
    assert len(day.payments) == 6000
    assert len(day.pvps) >= 60
    assert {limit.kind for limit in day.genesis.limits} == {"bilateral", "multilateral", "corridor"}
    assert not day.genesis.corridors_open
    assert {"transfer_in", "limit", "offset", "extend"} <= {given.command.command for given in day.commands}
    assert sorted(np.unique(day.payments.sides["link_size"]).tolist()) == [3]


def test_same_seed_gives_the_same_bytes_and_another_seed_others(table: Path, tmp_path: Path) -> None:
    folders = [
        generate(table, ["CN", "RU", "IN"], DAY, 300, seed, tmp_path / str(n)) for n, seed in enumerate((1, 1, 2))
    ]
    contents = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders]
    assert contents[0] == contents[1]
    assert contents[0]["payments.csv"] != contents[2]["payments.csv"]
    assert contents[0]["totals.csv"] == contents[2]["totals.csv"]


def test_countries_of_one_currency_share_a_member(tmp_path: Path) -> None:
    sales = [Sale("DE", "FR", Decimal(100), "EUR"), Sale("FR", "CN", Decimal(100), "EUR")]
    day = read_day(generate(sales, ["FR", "CN", "DE"], DAY, 50, 1, tmp_path / "day", banks=2))
    assert [(member.code, member.currency) for member in day.genesis.members] == [("EU", "EUR"), ("CN", "CNY")]
    assert {one.code[4:6] for one in day.genesis.participants if one.member == "EU" and len(one.code) > 2} == {
        "DE",
        "FR",
    }


@pytest.mark.parametrize(
    ("members", "payments", "text", "expected"),
    [
        (["CN", "QQ"], 10, TRADE, "countries by ISO 3166-1 code"),
        (["CN", "CN"], 10, TRADE, "each country once"),
        (["CN"], 10, TRADE, "two countries or more"),
        (["BR", "ZA"], 10, TRADE, "countries that trade with each other"),
        (["CN", "RU"], 1, TRADE, "at least 2 payments, one for each pair and currency"),
        (["CN", "RU"], 10, "exporter,importer,value\nCN,RU,0.001\n", "at most 2 decimals (CNY) from CN to RU"),
        (["CN", "RU"], 10, "exporter,importer,value\nCN,RU,0.05\n", "at most 5 payments"),
        (["CN", "RU"], 10, "exporter,importer,value\nCN,RU,-1\n", "a number of major units, 0 or more"),
        (["CN", "RU"], 10, "exporter,importer,value\nCN,RU,x\n", "a number of major units, 0 or more"),
        (["CN", "RU"], 10, "exporter,importer,value,currency\nCN,RU,1,USD\n", "rates, since values are in USD"),
        (["CN", "RU"], 10, "exporter,value\nCN,1\n", "a column importer"),
        (
            ["CN", "RU"],
            10,
            "exporter,importer,value\nCN,RU,99999999999999999999\n",
            "less than 2^60 minor units of RUB",
        ),
    ],
)
def test_what_cannot_be_generated_is_said(
    tmp_path: Path, members: list[str], payments: int, text: str, expected: str
) -> None:
    path = tmp_path / "trade.csv"
    path.write_text(text)
    with pytest.raises(InvalidRequest) as caught:
        generate(path, members, DAY, payments, 1, tmp_path / "day")
    assert caught.value.faults[0].expected.startswith(expected)
    assert not (tmp_path / "day").exists()


def test_folder_with_something_in_it_is_kept_unless_forced(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "day"
    out.mkdir()
    (out / "mine.txt").write_text("keep")
    with pytest.raises(Conflict):
        generate(table, ["CN", "RU"], DAY, 10, 1, out)
    assert (out / "mine.txt").read_text() == "keep"
    generate(table, ["CN", "RU"], DAY, 10, 1, out, force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["day", "trade.csv"]
    assert not (out / "mine.txt").exists()


def test_trade_may_come_as_arrow_with_names_codes_and_floats() -> None:
    table = pa.table({"exporter": ["CHN", "South Korea"], "importer": ["RU", "CN"], "value": [0.1, 2.0]})
    assert read_trade(table) == [Sale("CN", "RU", Decimal("0.1")), Sale("KR", "CN", Decimal(2))]


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 2**59)), min_size=1, max_size=20), st.integers(0, 9))
def test_parts_add_up_to_their_totals(flows: list[tuple[int, int]], seed: int) -> None:
    counts = np.array([count for count, _ in flows])
    totals = np.array([count + more for count, more in flows])
    chance = draws.generator(seed)
    parts = draws.split(totals, counts, draws.log_normal_weights(chance, int(counts.sum()), int(counts.max())))
    assert parts.min() >= 1
    assert np.add.reduceat(parts, np.cumsum(counts) - counts).tolist() == totals.tolist()


@given(st.integers(0, 10**6), st.lists(st.integers(1, 10**12), min_size=1, max_size=30))
def test_apportioned_counts_add_up_and_follow_weights(extra: int, weights: list[int]) -> None:
    counts = draws.apportion(extra + len(weights), np.array(weights), np.ones(len(weights), np.int64))
    assert counts.sum() == extra + len(weights)
    assert all(
        abs(count - 1 - extra * weight / sum(weights)) < 1 for count, weight in zip(counts, weights, strict=True)
    )


def test_times_crowd_at_both_ends_of_their_window() -> None:
    times = draws.u_shaped(draws.generator(1), np.full(10_000, 100), np.full(10_000, 200))
    counts, _ = np.histogram(times, bins=5, range=(100, 200))
    assert times.min() >= 100
    assert times.max() < 200
    assert min(counts[0], counts[4]) > 1.5 * max(counts[1:4])


@pytest.mark.parametrize(
    ("payer", "payee", "minutes"),
    [("RU", "CN", (360, 540)), ("CN", "BR", (60, 540)), ("BR", "CN", (720, 1200)), ("DE", "ZA", (480, 900))],
)
def test_payments_arrive_while_both_are_at_work_or_else_the_payer(
    payer: str, payee: str, minutes: tuple[int, int]
) -> None:
    assert window(payer, payee) == minutes


def test_every_country_has_a_known_currency_and_one_code_of_each_kind() -> None:
    known = countries().values()
    assert all(country.currency in CURRENCIES for country in known)
    assert len({country.alpha_3 for country in known}) == len(known)


def test_demo_states_china_and_russia_as_published(tmp_path: Path) -> None:
    sales = demo_sales()
    value = {(sale.exporter, sale.importer): sale.value * 250 / 10**9 for sale in sales}
    assert (value["CN", "RU"], value["RU", "CN"]) == (Decimal("67.56"), Decimal("79.32"))
    prices = worth(["CNY", "RUB", "INR", "BRL", "ZAR", "AED", "SAR", "EGP", "IDR", "KZT", "USD"], demo_rates(), DAY)
    assert prices is not None
    check_totals(build_demo(tmp_path / "demo", 2000), sales, prices)


def published(path: Path, day: date) -> list[Rate]:
    """Rates of a source in force on a day."""
    quotes = read_published([path], day).quotes
    return [Rate(one.day, one.base, one.quote, one.rate, one.source) for one in quotes]


def check_settles(folder: Path) -> None:
    """Run a day: all invariants hold at its end, everything is final, and most of it settled."""
    day = read_day(folder)
    with Node.create(MemoryLog(), day.genesis) as node:
        run_day(day, node)
        node.engine.check()
        states = node.engine.table()["state"]
    assert bool(np.isin(states, [State.STLD, State.RJTD, State.CAND, State.WHSD, State.SSPD]).all())
    assert 2 * int((states == State.STLD).sum()) > len(states)


def test_brics_of_2017_re_aggregate_to_the_published_table(shared: Path, tmp_path: Path) -> None:
    members = ["BR", "RU", "IN", "CN", "ZA"]
    sales = [
        sale
        for sale in read_baci(shared / "data/trade/D_baci_bilateral_annual_2000_2017.parquet", 2017)
        if sale.exporter in members and sale.importer in members
    ]
    assert sum(round(sale.value / 1000) for sale in sales) == 316_104_688
    day = date(2017, 12, 29)
    rates = published(shared / "data/fx/ecb_eurofxref-hist.zip", day)
    folder = generate(sales, members, day, 3000, 1, tmp_path / "day", rates=rates)
    prices = worth(["BRL", "RUB", "INR", "CNY", "ZAR", "USD"], rates, day)
    assert prices is not None
    check_totals(folder, sales, prices)
    assert len(read_day(folder).payments) == 3000
    check_settles(folder)


def test_fifteen_countries_of_december_2017_re_aggregate_at_that_days_rates(shared: Path, tmp_path: Path) -> None:
    members = ["US", "CA", "SG", "GB", "BR", "CN", "FR", "DE", "IN", "ID", "IT", "JP", "NL", "RU", "KR"]
    path = shared / "data/trade/D_imf_dots_15countries_monthly_2011_2017.csv.gz"
    sales = read_dots(path, 2017, 12)
    assert len(sales) == 15 * 14
    day = date(2017, 12, 29)
    ecb = published(shared / "data/fx/ecb_eurofxref-hist.zip", day)
    cba = [
        rate
        for rate in published(shared / "data/fx/cba_amd_official_daily_2000_2021.csv.gz", day)
        if rate.base in ("EUR", "KZT")
    ]
    rates = [*ecb, *cba]
    folder = generate(sales, members, day, 4000, 1, tmp_path / "day", rates=rates, banks=3)
    known = {countries()[code].currency for code in members}
    prices = worth(sorted(known), rates, day)
    assert prices is not None
    check_totals(folder, sales, prices)
    genesis = read_day(folder).genesis
    assert (len(genesis.members), len(genesis.participants)) == (12, 12 + 45)
    check_settles(folder)
