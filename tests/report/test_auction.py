"""The report of an auction stands alone, whatever the orders say and however little trades."""

import comity
from comity.day.auction.pair_books import pair_books
from comity.report.auction import render_auction
from tests.day.test_auction import Row, order
from tests.report.test_report import ALLOWED, HOSTILE, Reader

RING = [order("JPY>KRW 100 1/100", "1"), order("KRW>VND 200 1/100", "2"), order("VND>JPY 400 1/100", "3")]


def page(rows: list[Row]) -> Reader:
    answer = comity.auction(rows)
    return Reader(render_auction(answer, pair_books(answer)))


def test_page_holds_only_plain_markup() -> None:
    hostile = HOSTILE.replace("\x00", "").replace("\x1b", "")[:35].strip()
    found = page([{**row, "participant": hostile} for row in RING])
    assert found.tags <= ALLOWED
    assert found.open == []


def test_findings_name_what_only_the_joint_auction_converts() -> None:
    text = " ".join(page(RING).text)
    assert "3 of 3 orders trade in 3 currencies, each at one price." in text
    assert "The joint auction converts 100.0% of the offered value, separate pair books 0.0%" in text
    assert "3 cross rates from 3 prices" in text


def test_auction_in_which_nothing_trades_says_so() -> None:
    text = " ".join(page(RING[:1]).text)
    assert "Nothing trades" in text
    assert "Levels alone: nothing trades" in text
    assert "Nothing trades" in " ".join(page([]).text)
