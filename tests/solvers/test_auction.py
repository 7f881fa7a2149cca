from fractions import Fraction
from math import gcd
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.engine.auction import Band, Book, Proposal, Ties
from comity.errors import InvalidRequest
from comity.solvers.auction import pricing, solve
from comity.solvers.auction.curves import markets
from tests.oracles import auction as oracle
from tests.solvers.auctions import book, books, drawn, planted, written


def lowest(proposal: Proposal) -> list[int]:
    price: list[int] = proposal.price.tolist()
    shared = gcd(*price) or 1
    return [each // shared for each in price]


def bought(given_: Book, proposal: Proposal) -> list[int]:
    return [oracle.paid(given_, proposal, row) for row in range(len(given_.sell))]


def with_copy(given_: Book, row: int) -> dict[str, Any]:
    """Return the columns of a book with one order twice."""
    return {name: np.append(getattr(given_, name), getattr(given_, name)[row]) for name in given_._fields[1:8]}


RING = "A>B 100 @1/100; B>C 200 @1/100; C>A 400 @1/100"
TRAP = "A>B 1000 @9/10; B>C 1000 @9/10; C>A 1000 @9/10; B>A 500 @19/20"
TIED = "A>B 500 @6/5; A>B 500 @6/5; A>B 500 @6/5; B>A 1200 @1/2"
TWO = "A>B 1000 @1/2; B>A 1500 @1/2"
APART = "A>B 100 @2; B>A 100 @3/5"


@pytest.mark.parametrize(
    ("text", "price", "sold", "paid"),
    [
        pytest.param(TWO, [3, 2], [1000, 1500], [1500, 1000], id="A1"),
        pytest.param("A>B 1000 @1; A>B 1000 @3/2; B>A 1200 @1/2", [6, 5], [1000, 0, 1200], [1200, 0, 1000], id="A2"),
        pytest.param(RING, [4, 2, 1], [100, 200, 400], [200, 400, 100], id="A3"),
        pytest.param(APART, [0, 0], [0, 0], [0, 0], id="A4"),
        pytest.param(TRAP, [20, 19, 19], [1000, 1000, 1000, 52], [1052, 1000, 950, 49], id="A7"),
        pytest.param(TIED, [6, 5], [500, 500, 0, 1200], [600, 600, 0, 1000], id="A8"),
    ],
)
def test_published_book_clears_as_published(text: str, price: list[int], sold: list[int], paid: list[int]) -> None:
    given_ = written(text)
    proposal = solve(given_)
    assert lowest(proposal) == price
    assert proposal.sold.tolist() == sold
    assert bought(given_, proposal) == paid
    assert oracle.faults(given_, proposal) == []


def test_rounding_trap_leaves_one_unit_of_a() -> None:
    given_ = written(TRAP)
    assert oracle.surplus(given_, solve(given_)) == [1, 0, 0]


@pytest.mark.parametrize(
    ("reference", "price"),
    [([3, 1], [2, 1]), ([1, 1], [5, 3]), ([9, 5], [9, 5]), ([7, 0], [1, 0]), (None, [0, 0])],
)
def test_level_of_what_does_not_trade_is_the_reference_moved_into_the_limits(
    reference: list[int] | None, price: list[int]
) -> None:
    given_ = written(APART, reference=reference)
    proposal = solve(given_)
    assert lowest(proposal) == price
    assert not proposal.sold.any()
    assert oracle.faults(given_, proposal) == []


def test_price_stops_at_a_band_and_the_long_side_is_rationed() -> None:
    given_ = written(TWO, bands=(Band(0, 1, 6, 5),))
    proposal = solve(given_)
    assert (lowest(proposal), proposal.sold.tolist()) == ([6, 5], [1000, 1200])
    assert bought(given_, proposal) == [1200, 1000]
    assert oracle.faults(given_, proposal) == []


def test_two_markets_are_priced_apart() -> None:
    given_ = written("A>B 100 @1/2; B>A 300 @1/4; C>D 50 @1/2; D>C 50 @1/2")
    proposal = solve(given_)
    a, b, c, d = proposal.price.tolist()
    assert a == 3 * b
    assert c == d
    assert proposal.sold.tolist() == [100, 300, 50, 50]


def test_band_that_does_not_bind_changes_nothing() -> None:
    slack, free = solve(written(TWO, bands=(Band(0, 1, 2, 1),))), solve(written(TWO))
    assert lowest(slack) == lowest(free)
    assert slack.sold.tolist() == free.sold.tolist()


def test_peg_is_met_exactly() -> None:
    given_ = written(TWO, bands=(Band(0, 1, 7, 5), Band(1, 0, 5, 7)))
    proposal = solve(given_)
    assert (lowest(proposal), proposal.sold.tolist()) == ([7, 5], [1000, 1400])
    assert oracle.faults(given_, proposal) == []


def test_contradictory_bands_are_named_as_the_cycle_they_are() -> None:
    given_ = written(RING, bands=(Band(0, 1, 9, 1), Band(1, 2, 1, 2), Band(2, 0, 3, 2), Band(0, 1, 1, 1)))
    with pytest.raises(InvalidRequest) as refused:
        solve(given_)
    assert [fault.row for fault in refused.value.faults] == [2, 3, 4]


def test_bands_that_just_hold_together_are_not_refused() -> None:
    big = (1 << 62) - 1
    solve(written(RING, bands=(Band(0, 1, big, big - 1), Band(1, 0, big - 1, big))))
    with pytest.raises(InvalidRequest):
        solve(written(RING, bands=(Band(0, 1, big, big - 1), Band(1, 0, big - 2, big - 1))))


@pytest.mark.parametrize(
    ("currencies", "cycles", "others"),
    [(2, 1, 2), (3, 3, 5), (5, 10, 20), (10, 20, 50), (20, 60, 100), (50, 200, 500)],
)
@pytest.mark.parametrize("seed", range(4))
def test_planted_prices_are_found_exactly(seed: int, currencies: int, cycles: int, others: int) -> None:
    plant = planted(seed, currencies, cycles, others)
    proposal = solve(plant.book)
    shared = gcd(*plant.price)
    assert lowest(proposal) == [each // shared for each in plant.price]
    assert proposal.sold.tolist() == [
        amount if full else 0 for amount, full in zip(plant.book.amount.tolist(), plant.full, strict=True)
    ]
    assert not any(oracle.surplus(plant.book, proposal))
    assert oracle.faults(plant.book, proposal) == []


@pytest.mark.parametrize(("orders", "currencies"), [(30, 5), (100, 5), (300, 20), (1000, 20), (3000, 50)])
@pytest.mark.parametrize("seed", range(3))
def test_drawn_book_clears(seed: int, orders: int, currencies: int) -> None:
    given_ = drawn(seed, orders, currencies)
    proposal = solve(given_)
    assert proposal.sold.any()
    assert oracle.faults(given_, proposal) == []


@settings(max_examples=60, deadline=None)
@given(books())
def test_every_proposal_is_valid(given_: Book) -> None:
    assert oracle.faults(given_, solve(given_)) == []


@pytest.mark.parametrize("seed", range(4))
def test_minimum_fills_that_stand_in_each_others_way_do_not_stop_all_trade(seed: int) -> None:
    chance = Random(seed)
    rows = []
    for _ in range(43):
        sell, buy = chance.sample(range(4), 2)
        amount = chance.choice([1, 2, 7, 100, 1_000, 5_000, 99_999])
        least = chance.choice([0, 0, 0, amount, max(1, amount // 2)])
        rows.append((sell, buy, amount, Fraction(chance.randint(80, 120), 100), least))
    given_ = book(rows, 4)
    proposal = solve(given_)
    assert oracle.faults(given_, proposal) == []
    assert proposal.sold.any()


def test_large_minimum_fill_is_left_out_where_those_of_small_orders_can_trade() -> None:
    given_ = written(
        "A>B 3 @47/50 >=3; A>B 1 @1/5 >=1; A>B 100 @21/20 >=100; B>A 101 @9/13; B>A 1000003 @12/13 >=500001; "
        "A>B 99999 @1 >=99999",
        Ties.PRO_RATA,
        bands=(Band(1, 0, 1, 1), Band(0, 1, 9, 4)),
    )
    proposal = solve(given_)
    assert proposal.sold.tolist() == [3, 1, 0, 5, 0, 0]
    assert oracle.faults(given_, proposal) == []


@pytest.mark.parametrize(
    ("text", "meets"),
    [(TWO, True), (APART, False), ("A>B 9 @2; B>A 9 @1/2", True), ("A>B 9 @2; B>C 9 @1; C>A 9 @501/1000", False)],
)
def test_orders_meet_if_their_limits_multiply_to_one_at_most(text: str, meets: bool) -> None:  # noqa: FBT001 - pytest gives it
    (market,) = markets(written(text))
    assert pricing.meets(market.curves, len(market.currencies)) == meets


@settings(max_examples=25, deadline=None)
@given(books(least=True, bands=True))
def test_every_proposal_with_minimum_fills_and_bands_is_valid(given_: Book) -> None:
    try:
        proposal = solve(given_)
    except InvalidRequest:
        return
    assert oracle.faults(given_, proposal) == []


@settings(max_examples=25, deadline=None)
@given(books(), st.randoms(use_true_random=False))
def test_order_of_rows_and_numbers_of_currencies_decide_nothing(given_: Book, random: Random) -> None:
    rows = np.array(random.sample(range(len(given_.sell)), len(given_.sell)))
    names = np.array(random.sample(range(given_.currencies), given_.currencies), np.int32)
    other = given_._replace(
        sell=names[given_.sell[rows]],
        buy=names[given_.buy[rows]],
        reference=None if given_.reference is None else given_.reference[np.argsort(names)],
        **{name: getattr(given_, name)[rows] for name in ("amount", "numerator", "denominator", "least", "order")},
    )
    here, there = solve(given_), solve(other)
    assert there.sold.tolist() == here.sold[rows].tolist()
    assert there.price[names].tolist() == here.price.tolist()


@settings(max_examples=25, deadline=None)
@given(books(), st.data())
def test_splitting_an_order_changes_no_price_and_no_total(given_: Book, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(given_.sell) - 1))
    amount = int(given_.amount[row])
    if amount < 2 or given_.ties != Ties.TIME:
        return
    part = data.draw(st.integers(1, amount - 1))
    columns = with_copy(given_, row)
    columns["amount"][row], columns["amount"][-1] = part, amount - part
    columns["order"] = 2 * columns["order"]
    columns["order"][-1] += 1
    split = given_._replace(**columns)
    here, there = solve(given_), solve(split)
    assert lowest(there) == lowest(here)
    whole = there.sold[:-1].copy()
    whole[row] += there.sold[-1]
    assert np.abs(whole - here.sold).max() <= 1
    assert oracle.faults(split, there) == []


def with_far_order(given_: Book, amount: int) -> Book:
    """Return a book with one more order, the last in time, at a limit that no price reaches."""
    columns = with_copy(given_, 0)
    columns["amount"][-1], columns["least"][-1] = amount, 0
    columns["numerator"][-1], columns["denominator"][-1] = (1 << 62) - 1, 1
    columns["order"][-1] = columns["order"].max() + 1
    return given_._replace(**columns)


@given(books(), st.integers(2, 1000))
def test_order_far_out_of_the_money_takes_nothing_from_the_others(given_: Book, amount: int) -> None:
    larger, here = with_far_order(given_, amount), solve(given_)
    there = solve(larger)
    assert there.sold[-1] == 0
    assert oracle.faults(given_, there._replace(sold=there.sold[:-1])) == []
    assert oracle.faults(larger, here._replace(sold=np.append(here.sold, 0))) == []


@pytest.mark.parametrize("seed", range(5))
def test_order_far_out_of_the_money_changes_no_price_that_is_the_only_one(seed: int) -> None:
    given_ = planted(seed, 6, 12, 40).book
    here, there = solve(given_), solve(with_far_order(given_, 1000))
    assert lowest(there) == lowest(here)
    assert there.sold.tolist() == [*here.sold.tolist(), 0]


@pytest.mark.parametrize("factor", [10, 100, 1000, 7, 12345])
def test_redenomination_multiplies_amounts_and_divides_the_price(factor: int) -> None:
    text = "A>B 1000 @1; B>C 900 @9/10; C>A 1000 @9/10; B>A 500 @19/20; A>C 300 @11/10"
    given_ = written(text)
    rows = [
        (
            a,
            b,
            amount * (factor if a == 0 else 1),
            Fraction(numerator, denominator) * (factor if b == 0 else 1) / (factor if a == 0 else 1),
            0,
        )
        for a, b, amount, numerator, denominator in zip(
            *(getattr(given_, name).tolist() for name in ("sell", "buy", "amount", "numerator", "denominator")),
            strict=True,
        )
    ]
    other = book(rows, 3)
    here, there = solve(given_), solve(other)
    assert oracle.faults(other, there) == []
    scaled = [there.price.tolist()[0] * factor, *there.price.tolist()[1:]]
    shared = gcd(*scaled)
    assert [each // shared for each in scaled] == lowest(here)
    for row in range(len(rows)):
        assert abs(int(there.sold[row]) / (factor if rows[row][0] == 0 else 1) - int(here.sold[row])) <= 1


def test_thousand_orders_at_one_price_are_served_in_time() -> None:
    rows = [(0, 1, 10, Fraction(1), 0)] * 1000 + [(1, 0, 5005, Fraction(1, 2), 0)]
    given_ = book(rows, 2)
    proposal = solve(given_)
    assert proposal.sold.tolist() == [10] * 500 + [5] + [0] * 499 + [5005]
    assert oracle.faults(given_, proposal) == []


def test_thousand_orders_at_one_price_share_pro_rata() -> None:
    rows = [(0, 1, 10, Fraction(1), 0)] * 1000 + [(1, 0, 5005, Fraction(1, 2), 0)]
    given_ = book(rows, 2, ties=Ties.PRO_RATA)
    proposal = solve(given_)
    assert proposal.sold.tolist() == [6] * 5 + [5] * 995 + [5005]
    assert oracle.faults(given_, proposal) == []


def test_order_whose_minimum_cannot_be_met_is_passed_over() -> None:
    given_ = written("A>B 500 @6/5 >=500; A>B 500 @6/5 >=500; A>B 900 @6/5; B>A 1200 @1/2")
    proposal = solve(given_)
    assert proposal.sold.tolist() == [500, 500, 0, 1200]
    given_ = written("A>B 800 @6/5 >=800; A>B 500 @6/5 >=500; A>B 900 @6/5; B>A 1200 @1/2")
    proposal = solve(given_)
    assert proposal.sold.tolist() == [800, 0, 200, 1200]
    assert oracle.faults(given_, proposal) == []


def test_currency_that_nobody_wants_back_does_not_trade() -> None:
    given_ = written("A>B 1000 @1/2; B>A 1500 @1/2; C>A 700 @1/100; C>B 5 @1")
    proposal = solve(given_)
    assert (lowest(proposal), proposal.sold.tolist()) == ([3, 2, 0], [1000, 1500, 0, 0])


@pytest.mark.parametrize("orders", ["", "A>B 5 @1"])
def test_book_without_a_cycle_does_not_trade(orders: str) -> None:
    given_ = written(orders) if orders else book([], 3)
    proposal = solve(given_)
    assert not proposal.sold.any()
    assert not proposal.price.any()


def test_largest_amounts_and_limits_are_cleared() -> None:
    large, big = 1 << 60, (1 << 62) - 1
    tight, free = Fraction(big - 1, big), Fraction(1, big)
    given_ = book(
        [
            (0, 1, large, tight, 0),
            (1, 0, large - 1, tight, 0),
            (0, 1, 5, Fraction(big), 0),
            (1, 0, 7, Fraction(big), 0),
            (1, 2, large, free, 0),
            (2, 1, large - 12345, free, 0),
        ],
        3,
    )
    proposal = solve(given_)
    assert oracle.faults(given_, proposal) == []
    assert proposal.sold.any()


def test_dear_currency_balances_a_cheap_one_to_within_its_own_unit() -> None:
    given_ = written("A>B 10 @1000; B>A 5500 @1/2000")
    proposal = solve(given_)
    assert (lowest(proposal), proposal.sold.tolist()) == ([1000, 1], [5, 5500])
    assert oracle.surplus(given_, proposal) == [0, 500]
    assert oracle.faults(given_, proposal) == []


def test_orders_that_meet_in_one_rate_alone_trade() -> None:
    given_ = written("A>B 10 @3/2; B>A 30 @2/3; A>B 5 @8/5")
    proposal = solve(given_)
    assert (lowest(proposal), proposal.sold.tolist()) == ([3, 2], [10, 15, 0])
    assert oracle.faults(given_, proposal) == []
