"""Orders in the figures of a day: beside payments, alone, and among instructions of all kinds."""

import json
from pathlib import Path

import pytest

from comity.day.folder import run_folder
from comity.statistics import Figures, Setting, read_figures
from comity.statistics.exact import Sums
from comity.statistics.legs import read_legs
from comity.statistics.waiting import waiting
from tests.day.auction_days import NOON, orders, write_auction_day

A1 = "A>B 1000 @1/2; B>A 1500 @1/2"
CROSSED = f"{A1}; A>C 300 @1; B>C 5 @1"
PAYMENTS = (
    "id,instant,debtor,creditor,currency,amount\n"
    "p1,09:00,BANK0,BANK1,JPY,1000\np2,09:30,BANK2,BANK3,JPY,1200000\np3,11:00,BANK4,BANK2,JPY,400000\n"
)
PVP = (
    "id,instant,seller,buyer,sell_currency,sell_amount,buy_currency,buy_amount\n"
    "x1,09:00,BANK0,BANK1,JPY,100,KRW,900\nx2,09:00,BANK5,BANK6,JPY,2000000,KRW,900\n"
)
OBLIGATIONS = (
    "id,debtor,creditor,currency,amount,due\n"
    "d1,BANK0,BANK1,JPY,90,2021-12-15\nd2,BANK1,BANK0,JPY,70,2021-12-15\nd3,BANK0,BANK1,KRW,5,2021-12-20\n"
)
DAYS = {
    "payments and orders": {"payments": PAYMENTS},
    "orders alone": {},
    "all kinds": {"payments": PAYMENTS, "pvp": PVP, "obligations": OBLIGATIONS},
}


@pytest.fixture(scope="module", params=DAYS)
def out(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("day")
    settings = NOON + '[clearing]\nat = ["10:00"]\n'
    run_folder(write_auction_day(folder / "day", orders(CROSSED), settings, **DAYS[request.param]), folder / "out")
    return folder / "out"


@pytest.fixture(scope="module")
def figures(out: Path) -> Figures:
    return read_figures(out, Setting.from_folder(out.parent / "day"))


def test_what_orders_sold_is_settled_by_auction_in_the_currency_sold(out: Path, figures: Figures) -> None:
    blocks = json.loads((out / "summary.json").read_text(encoding="utf-8"))["currencies"]
    sold = figures.orders.sold_minor
    assert {code: block["auction_value_minor"] for code, block in blocks.items()} == {
        "JPY": sold["JPY"],
        "KRW": sold["KRW"],
        "VND": 0,
        "CLP": 0,
    }
    assert (sold["JPY"], sold["KRW"]) == (1000, 1500)
    auction = figures.auctions[0].conversion.currencies
    assert {code: auction[code].sold_minor for code in ("JPY", "KRW")} == sold


def test_orders_are_no_legs_of_payments(out: Path, figures: Figures) -> None:
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    owed = dict.fromkeys(summary["currencies"], 0)
    for one in figures.obligations.outcomes:
        owed[one.currency] += one.amount_minor
    for code, block in summary["currencies"].items():
        legs = figures.flows[code].entered_minor if code in figures.flows else 0
        offered = figures.orders.offered_minor.get(code, 0)
        assert block["value_minor"] == legs + offered + owed[code]
    assert not any(one.how == "auction" for one in figures.outcomes)
    assert sum(one.items for one in figures.corridors) == sum(one.items for one in figures.outcomes)


def test_orders_never_queue(out: Path, figures: Figures, tmp_path: Path) -> None:
    legs = read_legs(out / "instructions.parquet")
    with Sums(legs) as sums:
        inferred = waiting(tmp_path, sums, legs, figures.clock)

    def total(found: object) -> dict[tuple[str, int], int]:
        steps: dict[tuple[str, int], int] = {}
        for (currency, _), values in found.value.items():  # type: ignore[attr-defined]
            for step, minor in enumerate(values):
                if minor:
                    steps[currency, step] = steps.get((currency, step), 0) + minor
        return steps

    assert total(figures.waiting) == total(inferred)
    peaks = (out / "peaks.csv").read_text(encoding="utf-8")
    assert "BANK7" not in peaks
    if figures.pays_nothing:
        assert total(figures.waiting) == {}
        assert peaks.count("\n") == 1


def test_orders_and_auctions_of_the_day_are_read(figures: Figures) -> None:
    (auction,) = figures.auctions
    assert (auction.status, auction.open_orders, auction.conversion.orders, auction.conversion.fills) == (
        "cleared",
        4,
        4,
        2,
    )
    assert auction.conversion.traded == ("JPY", "KRW")
    rate = auction.conversion.rate("JPY", "KRW")
    assert rate is not None
    assert float(rate) == pytest.approx(1.5)
    assert auction.conversion.rate("JPY", "VND") is None
    found = [(one.currency, one.state, one.reason, one.items, one.sold_minor) for one in figures.orders.outcomes]
    assert found == [
        ("JPY", "CAND", "TM01", 1, 0),
        ("JPY", "STLD", "", 1, 1000),
        ("KRW", "CAND", "TM01", 1, 0),
        ("KRW", "STLD", "", 1, 1500),
    ]


def test_day_that_pays_nothing_is_told_apart(figures: Figures) -> None:
    assert figures.pays_nothing == (not figures.outcomes)


def test_order_among_rejected_ones_counts_in_no_offer(tmp_path: Path) -> None:
    rows = orders(A1) + "bad,11:00,BANK5,JPY,KRW,2000000,1,,\n" + orders(A1)
    run_folder(write_auction_day(tmp_path / "day", rows), tmp_path / "out")
    found = read_figures(tmp_path / "out", Setting.from_folder(tmp_path / "day")).orders
    assert (found.items, found.count("RJTD")) == (3, 1), "rows that repeat another count nowhere"
    assert found.offered_minor == {"JPY": 1000, "KRW": 1500}
