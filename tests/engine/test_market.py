"""What auctions ask of orders: lots, ticks, and members' demands that others stay out of their component."""

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.engine import Engine
from comity.engine.columns import ORDER, SIDE, RecordKind, pack
from comity.engine.market import Excluded, Lot
from comity.model.reason import Reason, State
from comity.model.union import Account, Genesis, Member, Participant
from tests.engine.market import OPENED, TODAY, Market

STANDS = (State.PSTL, Reason.NONE)
OFF_LOT, OFF_TICK = (State.RJTD, Reason.LOT), (State.RJTD, Reason.TICK)
FOUR = ("JPY", "KRW", "VND", "CLP")


def lot(market: Market, amount: int | None, pair: str = "JPY KRW") -> str:
    sell, buy = pair.split()
    more = {} if amount is None else {"amount_minor": amount}
    return market.command(command="lot", currency=sell, target=buy, **more)


def tick(market: Market, value: str, pair: str = "JPY KRW") -> str:
    sell, buy = pair.split()
    return market.command(command="tick", currency=sell, target=buy, **({"value": value} if value else {}))


def test_amount_and_minimum_fill_are_multiples_of_the_lot() -> None:
    market = Market()
    assert lot(market, 100) == "STLD set"
    assert market.order("a JPY>KRW 300 @1/1") == STANDS
    assert market.order("a JPY>KRW 350 @1/1") == OFF_LOT
    assert market.order("a JPY>KRW 300 @1/1", least=50) == OFF_LOT
    assert market.order("a JPY>KRW 300 @1/1", least=200) == STANDS
    assert (len(market.column("slot")), market.blocked("a")) == (2, 600)


def test_lot_binds_one_direction_and_one_pair() -> None:
    market = Market("a b", ("JPY", "KRW", "VND"))
    lot(market, 100)
    for pair in ("KRW>JPY", "JPY>VND", "VND>KRW"):
        assert market.order(f"a {pair} 7 @1/1") == STANDS
    assert market.order("a JPY>KRW 7 @1/1") == OFF_LOT


def test_lot_that_is_removed_or_changed_binds_as_it_is() -> None:
    market = Market()
    lot(market, 100)
    assert lot(market, 30) == "STLD set"
    assert market.order("a JPY>KRW 100 @1/1") == OFF_LOT
    assert market.order("a JPY>KRW 90 @1/1") == STANDS
    assert lot(market, None) == "STLD removed"
    assert market.order("a JPY>KRW 7 @1/1") == STANDS


def test_orders_that_stand_are_untouched_and_fill_by_any_amount() -> None:
    market = Market()
    market.order("a JPY>KRW 777 @1/2", until=3)
    market.order("b KRW>JPY 100 @1/2")
    lot(market, 1000)
    tick(market, "2")
    assert market.outcome(0) == STANDS
    assert market.close().settled == 2
    assert market.clear([1, 2], [200, 100], [1, 0]).refused == ""
    assert (market.outcome(0), market.column("left")[0]) == (STANDS, 577)


def test_amended_amount_is_a_multiple_of_the_lot() -> None:
    market = Market()
    row = np.zeros(1, ORDER)
    row["key"], row["amount"], row["numerator"], row["denominator"] = market.engine.key_of("a", "x"), 500, 1, 1
    row["pays"], row["gets"] = market.engine.account("a", "JPY"), market.engine.account("a", "KRW")
    market.apply(RecordKind.ORDERS, pack(row, np.zeros(0, SIDE), b""))
    lot(market, 100)
    amend = {"command": "amend", "participant": "a", "currency": "JPY", "target": "x"}
    assert market.command(**amend, amount_minor=250) == (
        "RJTD the amounts of orders that sell JPY for KRW are multiples of 100"
    )
    assert (market.column("left"), market.blocked("a")) == ([500], 500)
    assert market.command(**amend, amount_minor=200).startswith("STLD")


@pytest.mark.parametrize(
    ("limit", "outcome"),
    [
        ("1/4", STANDS),
        ("2/8", STANDS),
        ("5/1", STANDS),
        ("7/4", STANDS),
        ("1/2", STANDS),
        ("1/8", OFF_TICK),
        ("3/8", OFF_TICK),
        ("1/3", OFF_TICK),
        ("4/3", OFF_TICK),
        (f"{(1 << 62) - 1}/4", STANDS),
        (f"{(1 << 62) - 1}/{(1 << 62) - 2}", OFF_TICK),
    ],
)
def test_limit_is_a_multiple_of_the_tick_as_a_ratio(limit: str, outcome: tuple[State, Reason]) -> None:
    market = Market()
    assert tick(market, "0.25") == "STLD set"
    assert market.order(f"a JPY>KRW 10 @{limit}") == outcome


def test_tick_above_one_and_its_removal() -> None:
    market = Market()
    tick(market, "6")
    assert market.order("a JPY>KRW 10 @12/1") == STANDS
    assert market.order("a JPY>KRW 10 @9/1") == OFF_TICK
    assert market.order("a JPY>KRW 10 @13/2") == OFF_TICK
    assert tick(market, "") == "STLD removed"
    assert market.order("a JPY>KRW 10 @13/2") == STANDS


def test_tick_of_major_units_is_one_of_minor_units_where_decimals_differ() -> None:
    members = (Member("BH", "BHD", ""), Member("JP", "JPY", ""))
    banks = (Participant("BH", "BH", ""), Participant("JP", "JP", ""), Participant("a", "JP", ""))
    genesis = Genesis(
        "Test",
        TODAY,
        (("BHD", 3), ("JPY", 0)),
        members,
        banks,
        (Account("a", "BHD", 10**9), Account("a", "JPY", 10**9)),
    )
    engine = Engine.from_genesis(genesis)

    def order(number: int, sell: str, buy: str, limit: Fraction) -> Reason:
        row = np.zeros(1, ORDER)
        row["key"], row["amount"] = (1, number), 1000
        row["numerator"], row["denominator"] = limit.numerator, limit.denominator
        row["pays"], row["gets"] = engine.account("a", sell), engine.account("a", buy)
        applied = engine.apply(RecordKind.ORDERS, number + 2, OPENED, pack(row, np.zeros(0, SIDE), b""))
        return Reason(int(applied.results["reason"][0]))

    commands = [
        {"command": "phase", "value": "open"},
        {"command": "tick", "currency": "BHD", "target": "JPY", "value": "0.5"},
        {"command": "tick", "currency": "JPY", "target": "BHD", "value": "0.00001"},
    ]
    engine.apply(RecordKind.COMMANDS, 2, OPENED, json.dumps(commands).encode())
    assert engine.lot("BHD", "JPY") == Lot(0, Fraction(1, 2))
    assert engine.lot("JPY", "BHD").tick == Fraction(1, 100_000)
    to_minor = Fraction(1, 1000)
    assert order(1, "BHD", "JPY", Fraction("410.5") * to_minor) == Reason.NONE
    assert order(2, "BHD", "JPY", Fraction("410.3") * to_minor) == Reason.TICK
    assert order(3, "JPY", "BHD", Fraction("0.00243") / to_minor) == Reason.NONE
    assert order(4, "JPY", "BHD", Fraction("0.002435") / to_minor) == Reason.TICK
    assert engine.digest() == engine.full_digest() == engine.copy().digest()


def test_commands_that_cannot_be_meant_are_refused_and_change_nothing() -> None:
    market = Market()
    assert lot(market, 0) == "RJTD a lot above 0, or none to remove it"
    assert lot(market, 5, "JPY JPY") == "RJTD another currency than is sold"
    assert tick(market, "1", "KRW KRW") == "RJTD another currency than is sold"
    assert lot(market, 5, "JPY USD") == "RJTD no currency 'USD' in this union"
    assert market.engine.lot("JPY", "KRW") == Lot()


def test_rejected_order_is_told_which_lot_or_tick_it_misses() -> None:
    market = Market()
    lot(market, 100)
    tick(market, "0.05")
    market.order("a JPY>KRW 5 @1/1")
    assert market.engine.waiting_reason(0) == "the amounts of orders that sell JPY for KRW are multiples of 100"
    market.order("a JPY>KRW 100 @1/3")
    assert market.engine.waiting_reason(1) == "the limits of orders that sell JPY for KRW are multiples of 0.05"
    lot(market, None)
    assert "multiples" not in market.engine.waiting_reason(0)


def test_lots_are_in_the_digest_by_themselves() -> None:
    market = Market()
    before = market.engine.digest()
    lot(market, 100)
    changed = market.engine.copy()
    changed.state.lots[1, 0] = 200
    assert changed.full_digest() != market.engine.full_digest() != before


def union(homes: str = "a:JP b:KR c:VN d:CL e:KR") -> Market:
    """Four members, each with a currency, and a bank at home in each; `e` in KR too."""
    market = Market("", FOUR)
    members = tuple(Member(home, code, home) for home, code in zip(("JP", "KR", "VN", "CL"), FOUR, strict=True))
    issuers = tuple(Participant(member.code, member.code, "") for member in members)
    banks = tuple(Participant(bank[0], bank[2:], "") for bank in homes.split())
    held = tuple(Account(bank.code, code, 5_000) for code in FOUR for bank in banks)
    digits = tuple((code, 0) for code in FOUR)
    market.engine = Engine.from_genesis(Genesis("Test", TODAY, digits, members, issuers + banks, held))
    market.sequence, market.instant = 1, OPENED
    market.command(command="phase", value="open")
    return market


def demand(market: Market, text: str, command: str = "exclude") -> str:
    member, other = text.split("/")
    return market.command(command=command, participant=member, target=other)


def test_orders_of_the_excluded_that_touch_the_component_sit_out_and_stand_on() -> None:
    market = union()
    for text in (
        "a JPY>VND 10 @1/1",
        "b VND>JPY 20 @1/1",
        "b VND>CLP 30 @1/1",
        "b KRW>CLP 40 @1/1",
        "d CLP>KRW 50 @1/1",
    ):
        assert market.order(text, until=3) == STANDS
    assert demand(market, "JP/KR") == "STLD in force at the close of each call"
    assert market.close().settled == 3
    assert market.column("book") == [1, 0, 0, 1, 1], "CLP and KRW are no part of the component of JPY and VND"
    assert market.engine.book().excluded == (Excluded("JP", "KR", 2, [("VND", 50)]),)
    market.no_trade()
    assert [market.outcome(number) for number in range(5)] == [STANDS] * 5
    assert demand(market, "JP/KR", "include") == "STLD withdrawn"
    assert market.close().settled == 5
    assert market.engine.book().excluded == ()


def test_component_reaches_as_far_as_the_orders_of_others_connect_currencies() -> None:
    market = union()
    for text in ("a JPY>VND 10 @1/1", "c CLP>VND 20 @1/1", "b KRW>CLP 30 @1/1", "d VND>JPY 40 @1/1"):
        market.order(text, until=3)
    demand(market, "JP/KR")
    assert market.close().settled == 3
    assert market.column("book") == [1, 1, 0, 1]


def test_order_of_the_excluded_in_the_currency_of_who_demands_it_sits_out_alone() -> None:
    market = union()
    market.order("b KRW>JPY 10 @1/1", until=1)
    demand(market, "JP/KR")
    assert market.close().settled == 0
    assert market.engine.book().excluded == (Excluded("JP", "KR", 1, [("KRW", 10)]),)


def test_several_demands_do_not_depend_on_the_order_in_which_they_were_made() -> None:
    books, kept = [], []
    for demands in (("JP/KR", "CL/VN", "KR/JP"), ("KR/JP", "CL/VN", "JP/KR")):
        market = union()
        for text in ("a JPY>KRW 10 @1/1", "b KRW>JPY 20 @1/1", "c JPY>CLP 30 @1/1", "d CLP>KRW 40 @1/1"):
            market.order(text, until=1)
        for text in demands:
            demand(market, text)
        market.close()
        books.append(market.column("book"))
        kept.append(market.engine.book().excluded)
    assert books == [[0, 0, 0, 1]] * 2
    assert kept[0] == kept[1]
    assert [(each.member, each.other, each.orders) for each in kept[0]] == [
        ("CL", "VN", 1),
        ("JP", "KR", 1),
        ("KR", "JP", 1),
    ]


def test_payment_to_the_excluded_is_an_order_of_theirs() -> None:
    market = union()
    row = np.zeros(1, ORDER)
    row["key"], row["amount"], row["least"], row["numerator"], row["denominator"] = (7, 99), 10, 10, 1, 1
    row["pays"], row["payee"] = market.engine.account("a", "JPY"), market.engine.account("b", "VND") + 1
    row["gets"] = row["payee"] - 1
    market.apply(RecordKind.ORDERS, pack(row, np.zeros(0, SIDE), b""))
    demand(market, "JP/KR")
    assert market.close().settled == 0


def test_what_sits_out_does_not_keep_an_own_order_out() -> None:
    market = union()
    market.order("b KRW>JPY 10 @1/2", until=1)
    market.order("b KRW>CLP 10 @1/2", until=1)
    market.order("b CLP>KRW 10 @1/2", until=1)
    market.order("c CLP>KRW 10 @1/2", until=1)
    demand(market, "JP/KR")
    market.close()
    assert market.column("book") == [0, 1, 0, 1]
    assert market.engine.book().excluded[0].orders == 1


def test_fewest_participants_are_counted_without_the_excluded_and_the_refusal_says_so() -> None:
    market = union()
    market.order("a JPY>KRW 10 @1/1")
    market.order("b KRW>JPY 10 @1/1")
    demand(market, "JP/KR")
    assert market.close(participants_min=2).refused == (
        "1 participants stand in the book, 2 are needed; orders sit out because of demands: JP against KR"
    )


@pytest.mark.parametrize(
    ("command", "text", "why"),
    [
        ("exclude", "JP/JP", "RJTD a member demands nothing against itself"),
        ("exclude", "JP/XX", "RJTD no member 'XX' in this union"),
        ("include", "JP/KR", "RJTD JP demands nothing against KR"),
    ],
)
def test_demands_that_cannot_be_meant_are_refused(command: str, text: str, why: str) -> None:
    market = union()
    assert demand(market, text, command) == why
    assert market.engine.notes.exclusions == []


def test_demand_stays_over_the_turn_of_the_day_and_counts_once() -> None:
    market = union()
    demand(market, "JP/KR")
    demand(market, "JP/KR")
    for phase in ("customer_cutoff", "interbank_cutoff", "final_clearing", "accrual", "end"):
        market.command(command="phase", value=phase)
    lot(market, 100)
    market.instant += 86_400_000_000
    for phase in ("start", "liquidity", "open"):
        market.command(command="phase", value=phase)
    assert market.engine.notes.exclusions == [["JP", "KR"]]
    assert market.order("a JPY>KRW 10 @1/1") == OFF_LOT


HOMES = dict(zip("abcd", ("JP", "KR", "VN", "CL"), strict=True))
CODE_OF = dict(zip(("JP", "KR", "VN", "CL"), FOUR, strict=True))
placed = st.tuples(st.sampled_from("abcd"), st.permutations(FOUR).map(lambda codes: tuple(codes[:2])))
between = st.permutations(list(CODE_OF)).map(lambda members: tuple(members[:2]))
Placed = tuple[str, tuple[str, str]]


def kept_out(orders: list[Placed], member: str, other: str) -> set[int]:
    """Return which orders a demand keeps out, currency by currency."""
    inside, before = {CODE_OF[member]}, set[str]()
    while inside != before:
        before = set(inside)
        for bank, pair in orders:
            if HOMES[bank] != other and inside & set(pair):
                inside |= set(pair)
    return {row for row, (bank, pair) in enumerate(orders) if HOMES[bank] == other and inside & set(pair)}


@given(orders=st.lists(placed, max_size=8), demands=st.lists(between, max_size=4, unique=True))
@settings(max_examples=60, deadline=None)
def test_demands_keep_out_what_they_should_in_whatever_order(
    orders: list[Placed], demands: list[tuple[str, str]]
) -> None:
    market = union()
    market.copies = False
    for row, (bank, (sell, buy)) in enumerate(orders):
        market.order(f"{bank} {sell}>{buy} {row + 1} @2/1")
    for member, other in demands:
        demand(market, f"{member}/{other}")
    market.close()
    out = {each: kept_out(orders, *each) for each in demands}
    assert market.column("book") == [int(not any(row in rows for rows in out.values())) for row in range(len(orders))]
    left = [each for row, each in enumerate(orders) if market.column("book")[row]]
    assert all(kept_out(left, *each) == set() for each in demands), "every demand holds of what remains"
    told = {(each.member, each.other): (each.orders, dict(each.offered)) for each in market.engine.book().excluded}
    for each, rows in out.items():
        offered = {code: sum(row + 1 for row in rows if orders[row][1][0] == code) for code in FOUR}
        expected = (len(rows), {code: minor for code, minor in offered.items() if minor})
        assert told.get(each, (0, {})) == expected
