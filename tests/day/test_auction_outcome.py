"""What is told of an auction: states of rows, stopped pairs, unfilled interest, pair books, the hash of the orders."""

from datetime import date
from fractions import Fraction

import numpy as np
import pytest

import comity
from comity.day.auction import run
from comity.day.auction.pair_books import pair_books
from comity.engine.auction import Book, Proposal
from comity.errors import InvalidRequest, InvariantBroken
from comity.union import Quote, SourceRule, reference
from tests.day.test_auction import Row, order

RING = [order("JPY>KRW 100 1/100", "1"), order("KRW>VND 200 1/100", "2"), order("VND>JPY 400 1/100", "3")]
CROSSED = [order("JPY>KRW 1000 1/2", "1"), order("KRW>JPY 1500 1/2", "2")]


def column(rows: list[Row], name: str) -> list[str]:
    answer: list[str] = comity.auction(rows).to_arrow().column(name).to_pylist()
    return answer


def test_every_row_has_one_state() -> None:
    rows = [*CROSSED, CROSSED[0], {**CROSSED[0], "amount": "7"}, order("JPY>KRW 0 1", "3"), order("JPY>KRW 5 99", "4")]
    assert column(rows, "state") == ["filled", "filled", "repeated", "RJTD", "RJTD", "unfilled"]
    assert column(rows, "reason") == ["", "", "", "AM05", "AM02", ""]


def test_fills_are_in_major_units() -> None:
    rows = [order("USD>CNY 100.00 7", "1"), order("CNY>USD 700.00 1/7", "2")]
    fills = comity.auction(rows).fills()
    assert list(fills)[:3] == ["id", "sold", "bought"]
    assert fills["sold"].to_pylist() == ["100.00", "700.00"]
    assert fills["bought"].to_pylist() == ["700.00", "100.00"]


def test_orders_of_a_pair_on_which_sources_disagree_sit_out() -> None:
    day = date(2026, 3, 2)
    quotes = [Quote(day, "JPY", "KRW", Fraction(rate), name) for rate, name in ((9, "one"), (10, "two"))]
    rates = reference(quotes, [SourceRule("one"), SourceRule("two")], day)
    answer = comity.auction(CROSSED, rates)
    assert answer.to_arrow().column("state").to_pylist() == ["stopped", "stopped"]
    assert (answer.status, answer.summary()["stopped"]) == ("no trade", ["JPY/KRW"])
    ring = comity.auction([*RING, *({**row, "participant": "B"} for row in CROSSED)], rates)
    assert ring.status == "no trade"


def test_joint_auction_converts_what_no_pair_does() -> None:
    books = pair_books(comity.auction(RING))
    assert (books.joint_share, books.alone_share) == (Fraction(1), Fraction(0))
    both = pair_books(comity.auction(CROSSED))
    assert (both.joint_share, both.alone_share) == (Fraction(1), Fraction(1))


def test_hash_is_of_the_orders_in_their_time_and_of_nothing_else() -> None:
    first = comity.auction(CROSSED)
    later = [{**row, "instant": f"1{number}:30:00"} for number, row in enumerate(CROSSED)]
    assert comity.auction(later).order_hash() == first.order_hash()
    assert comity.auction(later[::-1]).order_hash() == first.order_hash()
    other = [CROSSED[0], {**CROSSED[1], "amount": "1501"}]
    assert comity.auction(other).order_hash() != first.order_hash()
    assert comity.auction(CROSSED[::-1]).order_hash() != first.order_hash()


def test_auction_without_orders_has_no_prices() -> None:
    answer = comity.auction([])
    assert (answer.status, answer.prices, answer.order_hash()[:8]) == ("no trade", {}, "e3b0c442")
    rejected = comity.auction([order("JPY>KRW 0 1")])
    assert (rejected.prices, rejected.unfilled()) == ({"JPY": None, "KRW": None}, ())


def test_proposal_that_does_not_verify_gives_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(book: Book) -> Proposal:
        return Proposal(np.full(book.currencies, 1 << 40), book.amount, np.zeros(book.currencies, np.int64))

    monkeypatch.setattr(run, "solve", wrong)
    with pytest.raises(InvariantBroken, match="the solver's proposal is not valid"):
        comity.auction(CROSSED)


def test_rule_for_ties_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="ties: expected time or pro-rata"):
        comity.auction(CROSSED, ties="luck")


@pytest.mark.parametrize("tolerance", ["1", "-0.1", "1e-30", "x", "1/0"])
def test_tolerance_that_is_none_is_refused(tolerance: str) -> None:
    with pytest.raises(InvalidRequest, match="tolerance: expected"):
        comity.auction(CROSSED, tolerance=tolerance)
