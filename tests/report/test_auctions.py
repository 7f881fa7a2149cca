"""The report tells of a day's auctions: prices, pairs, fills, and what became of the orders."""

from pathlib import Path

import pytest

from comity.day.folder import run_folder
from comity.report.write import render
from comity.statistics import read_figures
from comity.statistics.setting import Setting
from tests.day.auction_days import COMMANDS, NOON, orders, write_auction_day
from tests.report.test_obligations import plain
from tests.report.test_report import ALLOWED, Reader, downloads

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "auction-day"
RING = "A>B 100 @1/100; B>C 200 @1/100; C>A 400 @1/100"


def page(folder: Path, rows: str, settings: str = NOON, **files: str) -> str:
    """The report of a day of these orders."""
    day = write_auction_day(folder / "day", rows, settings, **files)
    run_folder(day, folder / "out")
    return render(read_figures(folder / "out", Setting.from_folder(day)))


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of the example."""
    out = tmp_path_factory.mktemp("auction") / "out"
    run_folder(EXAMPLE, out)
    return render(read_figures(out, Setting.from_folder(EXAMPLE)))


def test_page_is_well_formed_and_leads_to_its_auctions(html: str) -> None:
    read = Reader(html)
    assert read.open == []
    assert read.tags <= ALLOWED
    assert '<a href="#auctions">Conversion auctions</a>' in html
    assert html.count('id="auction-1-prices"') == 1
    names = [name for name in downloads(html) if name.startswith("auction-")]
    assert len(names) == len(set(names)) == 10


def test_day_of_payments_and_orders_tells_of_both(html: str) -> None:
    text = plain(html)
    assert "4 members exchanged 4 payment legs" in text
    assert "4 members placed 12 orders to sell 4 currencies." in text
    told = "with 100% of the money that settling each payment on its own at once would have taken, auctions included."
    assert f"100% of the value settled, {told}" in text
    assert "What became of orders stands under Conversion auctions ." in text


def test_every_auction_has_a_line_with_what_it_converted_and_what_pairs_would_have(html: str) -> None:
    rows = downloads(html)["auctions.csv"]
    assert rows[1][:6] == ["1", "11:00", "cleared", "10", "9", "8"]
    assert float(rows[1][6]) > 2 * float(rows[1][7])
    assert rows[2][6] == rows[2][7], "of two currencies alone there is nothing to gain"
    assert rows[1][8] == "CNY/RUB at its band"


def test_prices_stand_beside_official_levels(html: str) -> None:
    rows = {row[0]: row for row in downloads(html)["auction-1-prices.csv"][1:]}
    assert set(rows) == {"BRL", "CNY", "INR", "RUB"}
    assert rows["BRL"][3] == "1.12"
    assert float(rows["BRL"][2]) == pytest.approx(1 / 0.88)
    assert float(rows["BRL"][4]) == pytest.approx(1 / 0.88 / 1.12 - 1)
    assert "CNY in RUB 11.5" in plain(html)


def test_outcomes_of_orders_are_told_with_their_reason(html: str) -> None:
    rows = {(row[0], row[1]): row[3:] for row in downloads(html)["orders.csv"][1:]}
    assert rows["BRL", "PSTL"] == ["1", "1", "1500000.00", "121739.13", "1378260.87"]
    assert rows["INR", "CAND"][:2] == ["2", "1"]
    assert "Of 12 orders 7 filled whole and 4 in part" in plain(html)


def test_headline_of_a_day_of_orders_alone_speaks_of_orders(tmp_path: Path) -> None:
    html = page(tmp_path, orders(RING))
    text = plain(html)
    assert "4 members placed 3 orders to sell 3 currencies." in text
    assert "Of the value that was offered, each currency weighing the same, 100% was sold in 1 auction" in text
    assert "100% of what was offered was sold, 100% of it only because all pairs clear together" in text
    assert "payment leg" not in text
    assert 'id="flow"' not in html
    assert Reader(html).tags <= ALLOWED


def test_auction_in_which_nothing_trades_says_so(tmp_path: Path) -> None:
    html = page(tmp_path, orders("A>B 100 @2; B>A 100 @3/5"))
    assert "Nothing was converted." in plain(html)
    assert downloads(html)["auctions.csv"][1][:6] == ["1", "12:00", "no trade", "2", "2", "0"]


def test_auction_without_any_order_says_so(tmp_path: Path) -> None:
    html = page(tmp_path, "")
    assert downloads(html)["auctions.csv"][1][:6] == ["1", "12:00", "no trade", "0", "0", "0"]
    assert "Nothing was converted" in plain(html)


def test_auction_that_was_not_held_says_why(tmp_path: Path) -> None:
    text = plain(page(tmp_path, orders(RING), NOON + "participants_min = 4\n"))
    assert "not held" in text
    assert "3 participants stand in the book, 4 are needed" in text


def test_day_without_an_auction_says_that_its_orders_found_none(tmp_path: Path) -> None:
    text = plain(page(tmp_path, orders(RING), ""))
    assert "No auction was held." in text
    assert "3 expired or withdrawn." in text


def test_stopped_pair_is_named(tmp_path: Path) -> None:
    rates = "date,base,quote,rate,source\n2021-12-15,JPY,KRW,1,one\n2021-12-15,JPY,KRW,3,two\n"
    assert "JPY/KRW stopped" in plain(page(tmp_path, orders(RING), rates=rates))


def test_day_of_obligations_and_orders_has_the_tiles_of_both(tmp_path: Path) -> None:
    owed = "id,debtor,creditor,currency,amount,due\n1,BANK0,BANK1,JPY,90,2021-12-15\n"
    html = page(tmp_path, orders(RING), NOON + '[clearing]\nat = ["10:00"]\n', obligations=owed)
    text = plain(html)
    assert "cleared 1 obligation" in text
    assert "placed 3 orders" in text
    assert "Obligations ended" in text
    assert "Auctions that cleared" in text


def test_demands_that_kept_orders_out_have_a_line_each(html: str, tmp_path: Path) -> None:
    commands = COMMANDS + "09:00,exclude,JP,,KR,,\n09:00,exclude,JP,,VN,,\n"
    told = page(tmp_path, orders("A>C 10 @1; C>A 20 @1/2; C>A 30 @1/2; B>A 40 @1"), commands=commands)
    assert downloads(told)["demands.csv"] == [
        ["auction", "utc", "member", "other", "orders", "currency", "offered"],
        ["1", "12:00", "JP", "KR", "1", "VND", "20"],
        ["1", "12:00", "JP", "VN", "1", "VND", "30"],
    ]
    assert "Members' demands kept orders out" in plain(told)
    assert Reader(told).open == []
    assert "demands kept orders out" not in html


def test_order_off_its_lot_is_said_to_be_so(tmp_path: Path) -> None:
    told = page(tmp_path, orders("A>C 10 @1"), commands=COMMANDS + "09:00,lot,,JPY,VND,3,\n")
    assert "no multiple of the lot of its pair" in plain(told)
