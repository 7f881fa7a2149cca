"""Orders and auctions on the engine: entry, what is blocked, the close of the call, settlement, expiry."""

import numpy as np
import pytest

from comity.engine.columns import FLAG_SCREEN, INSTANT_MAX, ORDER, SIDE, RecordKind, pack, pack_arrays
from comity.engine.orders import closing_instant, commitment_to
from comity.model.reason import InstructionKind, Reason, State
from comity.model.union import Agreement, Limit
from tests.engine.market import DAY, TODAY, Market

STANDS, EXPIRED = (State.PSTL, Reason.NONE), (State.CAND, Reason.EXPIRED)


def a1() -> Market:
    """Case A1: 1000 JPY against 1500 KRW clear at 3 to 2."""
    market = Market()
    assert market.order("a JPY>KRW 1000 @1/2") == STANDS
    assert market.order("b KRW>JPY 1500 @1/2") == STANDS
    return market


def test_fills_settle_over_the_conversion_account_all_at_once() -> None:
    market = a1()
    assert (market.blocked("a"), market.blocked("b", "KRW")) == (1000, 1500)
    assert market.close().settled == 2
    applied = market.clear([3, 2], [1000, 1500])
    assert (applied.refused, applied.settled, applied.value) == ("", 2, 2 << 32)
    assert (market.held("a"), market.held("b")) == ([4000, 6500], [6000, 3500])
    assert (market.blocked("a"), market.blocked("b", "KRW")) == (0, 0)
    assert [market.outcome(0), market.outcome(1)] == [(State.STLD, Reason.NONE)] * 2
    assert (market.column("sold"), market.column("bought")) == ([1000, 1500], [1500, 1000])
    kinds = market.engine.table()["kind"].tolist()
    assert kinds.count(InstructionKind.CONVERSION) == 4
    assert market.engine.auction == 0


def test_what_rounding_leaves_goes_to_the_rounding_account() -> None:
    market = Market("a b c d", ("JPY", "KRW", "VND"))
    for text in ("a JPY>KRW 1000 @9/10", "b KRW>VND 1000 @9/10", "c VND>JPY 1000 @9/10", "d KRW>JPY 500 @19/20"):
        market.order(text)
    market.close()
    assert market.clear([20, 19, 19], [1000, 1000, 1000, 52], [0, 1, 0]).refused == ""
    assert market.held("rounding") == [1, 0, 0]
    assert market.held("conversion") == [0, 0, 0]
    assert market.held("d") == [5049, 4948, 5000]
    assert market.outcome(3) == EXPIRED
    assert (market.column("left")[3], market.column("bought")[3], market.blocked("d", "KRW")) == (448, 49, 0)


def test_a_proposal_that_does_not_hold_changes_nothing() -> None:
    market = a1()
    market.close()
    before = market.engine.digest()
    assert market.clear([3, 2], [1000, 1499]).refused == (
        "pair KRW>JPY: an order whose limit lies within the rate by more than the tolerance does not fill completely"
    )
    assert "is short of" in market.clear([29, 20], [1000, 1500]).refused
    assert "a potential of 3 is beyond 2" in market.clear([3, 2], [1000, 1500], [0, 3]).refused
    assert market.held("a") == [5000, 5000]
    assert market.engine.digest() != before, "every proposal is in the digest of what was said"
    assert market.clear([3, 2], [1000, 1500]).refused == ""


def test_an_order_blocks_its_amount_and_is_refused_without_it() -> None:
    market = Market()
    assert market.order("a JPY>KRW 3000 @1/1") == STANDS
    assert market.order("a JPY>KRW 2001 @1/1") == (State.RJTD, Reason.FUNDS)
    assert market.pay("a>b JPY 2001") == State.PSTL
    assert market.pay("a>b JPY 2000") == State.STLD
    assert market.command(command="cancel", participant="a", target="none").startswith("RJTD")


def test_nothing_is_blocked_while_something_urgent_or_high_waits() -> None:
    market = Market()
    assert market.pay("a>b JPY 6000", priority=1) == State.PSTL
    assert market.order("a JPY>KRW 10 @1/1") == (State.RJTD, Reason.FUNDS)
    assert market.order("a KRW>JPY 10 @1/1") == STANDS


def test_what_an_auction_frees_pays_what_waits() -> None:
    market = a1()
    assert market.pay("a>c JPY 4500") == State.PSTL
    market.close()
    assert market.no_trade().refused == ""
    assert market.outcome(0) == EXPIRED
    assert market.held("c") == [9500, 5000]


def test_that_nothing_trades_is_accepted_from_the_deadline_on() -> None:
    market = a1()
    market.close(deadline=market.instant + 3)
    assert "is accepted from" in market.no_trade().refused
    assert market.no_trade().refused == ""
    assert market.held("a") == [5000, 5000]


def test_in_the_book_an_order_is_neither_cancelled_nor_amended() -> None:
    market = Market()
    market.order("a JPY>KRW 1000 @1/2", until=3)
    name = "x"
    high, low = market.engine.key_of("a", name)
    row = np.zeros(1, ORDER)
    row["key"], row["amount"], row["numerator"], row["denominator"] = (high, low), 100, 1, 1
    row["pays"], row["gets"] = market.engine.account("a", "JPY"), market.engine.account("a", "KRW")
    row["until"] = DAY + 3
    market.apply(RecordKind.ORDERS, pack(row, np.zeros(0, SIDE), b""))
    assert market.command(command="amend", participant="a", currency="JPY", target=name, amount_minor=40).startswith(
        "STLD"
    )
    assert (market.column("left"), market.blocked("a")) == ([1000, 40], 1040)
    assert "above zero and below 40" in market.command(
        command="amend", participant="a", currency="JPY", target=name, amount_minor=40
    )
    market.close()
    for command in ({"command": "cancel"}, {"command": "amend", "currency": "JPY", "amount_minor": 10}):
        assert "in the book" in market.command(participant="a", target=name, **command)
    market.no_trade()
    assert market.command(command="cancel", participant="a", target=name).startswith("STLD")
    assert (market.blocked("a"), market.outcome(1)) == (1000, (State.CAND, Reason.NONE))


def test_of_two_own_orders_that_would_trade_the_later_sits_out() -> None:
    market = Market()
    market.order("a JPY>KRW 100 @2/1", until=1)
    market.order("a KRW>JPY 100 @1/2", until=1)
    market.order("a KRW>JPY 100 @51/100", until=1)
    market.order("b KRW>JPY 100 @1/4")
    assert market.close().settled == 3
    assert market.column("book") == [1, 0, 1, 1]


def test_an_account_whose_cap_its_fills_would_exceed_sits_out() -> None:
    market = Market(limits=(Limit("holding", "b", "", "JPY", 5_900),))
    market.order("a JPY>KRW 1000 @1/2", until=1)
    market.order("b KRW>JPY 1500 @1/2", until=1)
    market.close()
    refused = market.clear([3, 2], [1000, 1500]).refused
    assert refused == "b JPY would hold more than its cap: its orders sit out, and the auction is computed again"
    assert market.column("book") == [1, 0]
    assert market.engine.book().book.amount.tolist() == [1000]
    assert market.no_trade().refused == ""
    assert [market.outcome(0), market.outcome(1)] == [STANDS, STANDS]


def test_one_that_can_no_longer_pay_sits_out() -> None:
    market = a1()
    market.close()
    market.command(command="freeze", participant="a", currency="JPY", amount_minor=4500)
    assert market.clear([3, 2], [1000, 1500]).refused.startswith("a JPY cannot pay its fills")
    assert market.column("book") == [0, 1]


def test_an_unfreeze_cannot_touch_what_orders_block() -> None:
    market = a1()
    market.command(command="freeze", participant="a", currency="JPY", amount_minor=100)
    assert "100 is frozen" in market.command(command="unfreeze", participant="a", currency="JPY", amount_minor=101)
    assert market.blocked("a") == 1100


def test_held_orders_block_nothing_and_stand_once_released() -> None:
    market = Market()
    key = market.engine.key_of("a", "x")
    row = np.zeros(1, ORDER)
    row["key"], row["amount"], row["numerator"], row["denominator"] = key, 100, 1, 1
    row["pays"], row["gets"], row["flags"] = (
        market.engine.account("a", "JPY"),
        market.engine.account("a", "KRW"),
        FLAG_SCREEN,
    )
    market.apply(RecordKind.ORDERS, pack(row, np.zeros(0, SIDE), b""))
    assert (market.outcome(0)[0], market.blocked("a")) == (State.SSPD, 0)
    assert market.close().settled == 0
    market.no_trade()
    assert market.command(command="release", participant="a", target="x") == "STLD released"
    assert (market.outcome(0)[0], market.blocked("a")) == (State.PSTL, 100)
    assert "screening does not hold it" in market.command(command="refuse", participant="a", target="x")


def test_an_order_is_held_when_a_list_has_changed_unless_it_stands_in_the_book() -> None:
    market = Market()
    row = np.zeros(1, ORDER)
    row["key"], row["amount"], row["numerator"], row["denominator"] = market.engine.key_of("a", "x"), 100, 1, 1
    row["pays"], row["gets"] = market.engine.account("a", "JPY"), market.engine.account("a", "KRW")
    row["until"] = DAY + 3
    market.apply(RecordKind.ORDERS, pack(row, np.zeros(0, SIDE), b""))
    assert (market.outcome(0)[0], market.blocked("a")) == (State.PSTL, 100)
    assert market.command(command="hold", participant="a", target="x") == "STLD held"
    assert (market.outcome(0)[0], market.blocked("a")) == (State.SSPD, 0)
    assert "already" in market.command(command="hold", participant="a", target="x")
    assert market.command(command="release", participant="a", target="x") == "STLD released"
    assert (market.outcome(0)[0], market.blocked("a")) == (State.PSTL, 100)
    market.close()
    assert "book of an auction" in market.command(command="hold", participant="a", target="x")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a JPY>JPY 10 @1/1", Reason.CURRENCY),
        ("a JPY>KRW 0 @1/1", Reason.AMOUNT_NOT_POSITIVE),
        ("a JPY>KRW -5 @1/1", Reason.AMOUNT_NOT_POSITIVE),
        ("a JPY>KRW 1000000000000000000 @1/1", Reason.AMOUNT_TOO_LARGE),
        ("a JPY>KRW 10 @0/1", Reason.INVALID),
        ("a JPY>KRW 10 @1/0", Reason.INVALID),
        (f"a JPY>KRW 10 @{1 << 62}/1", Reason.INVALID),
        (f"a JPY>KRW 10 @1/{1 << 62}", Reason.INVALID),
    ],
)
def test_refusals(text: str, reason: Reason) -> None:
    assert Market().order(text) == (State.RJTD, reason)


def test_dates_and_minimum_fills_are_checked() -> None:
    market = Market()
    assert market.order("a JPY>KRW 10 @1/1", least=11) == (State.RJTD, Reason.INVALID)
    assert market.order("a JPY>KRW 10 @1/1", until=-1) == (State.RJTD, Reason.LATE)
    assert market.order("a JPY>KRW 10 @1/1", until=31) == (State.RJTD, Reason.DATE_OUTSIDE_WINDOW)
    assert market.order("a JPY>KRW 10 @1/1", until=30) == STANDS


def test_same_id_same_content_is_the_first_answer_again() -> None:
    market = Market()
    assert market.order("a JPY>KRW 10 @1/1", key=50) == STANDS
    assert market.order("a JPY>KRW 10 @1/1", key=50) == STANDS
    assert market.order("a JPY>KRW 10 @2/1", key=50) == (State.RJTD, Reason.DUPLICATE)
    assert (len(market.column("slot")), market.blocked("a")) == (1, 10)


def test_orders_keep_over_the_day_and_their_blocks_are_taken_again_in_order_of_entry() -> None:
    market = Market()
    market.order("a JPY>KRW 3000 @1/2", until=2)
    market.order("a JPY>KRW 2000 @1/2", until=2)
    market.order("a JPY>KRW 5 @1/2")
    assert market.outcome(2) == (State.RJTD, Reason.FUNDS) if len(market.column("slot")) > 2 else True
    for phase in ("customer_cutoff", "interbank_cutoff", "final_clearing", "accrual", "end"):
        market.command(command="phase", value=phase)
    assert (market.blocked("a"), [market.outcome(0), market.outcome(1)]) == (0, [STANDS, STANDS])
    market.instant += 86_400_000_000
    market.command(command="phase", value="start")
    market.command(command="phase", value="liquidity")
    market.command(command="transfer_out", participant="a", currency="JPY", target="t", amount_minor=1500)
    market.command(command="phase", value="open")
    assert (market.column("blocked"), market.blocked("a")) == ([3000, 0], 3000)
    assert market.close().settled == 1
    market.no_trade()
    for _ in range(2):
        for phase in ("customer_cutoff", "interbank_cutoff", "final_clearing", "accrual", "end"):
            market.command(command="phase", value=phase)
        market.instant += 86_400_000_000
        for phase in ("start", "liquidity", "open"):
            market.command(command="phase", value=phase)
    assert market.held("a") == [3500, 5000]
    assert market.blocked("a") == 0


def test_an_auction_needs_as_many_participants_as_it_says() -> None:
    market = a1()
    assert market.close(participants_min=3).refused == "2 participants stand in the book, 3 are needed"
    assert market.engine.auction == 0
    assert market.close(participants_min=2).settled == 2
    assert market.close().refused == "auction 1 is not over"


def test_a_participant_suspended_after_the_close_still_settles_and_before_it_sits_out() -> None:
    market = a1()
    market.command(command="suspend", participant="b", value="home")
    assert market.close().settled == 1
    market.no_trade()
    market = a1()
    market.close()
    market.command(command="suspend", participant="b", value="home")
    assert market.clear([3, 2], [1000, 1500]).refused == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        pack_arrays({"tolerance": [2, 1]}),
        pack_arrays({"ties": "alphabet"}),
        pack_arrays({"bands": [["JPY", "EUR", 1, 1]]}),
        pack_arrays({"bands": [["JPY", "KRW", 0, 1]]}),
        pack_arrays({"deadline": -1}),
        pack_arrays({"reference": {"JPY": 1.5}}),
    ],
)
def test_terms_that_cannot_be_read_are_no_record(body: bytes) -> None:
    market = a1()
    with pytest.raises(ValueError, match=r"."):
        market.apply(RecordKind.CLOSE_CALL, body)
    assert market.engine.auction == 0


def pays_with(
    market: Market, text: str, payee: str, *, target: int = 0, gets: str = "", **more: int
) -> tuple[State, Reason]:
    """Enter a cross-currency payment such as "a JPY>KRW 1000 @1/2" to a payee; `gets` takes what is over."""
    who, pair, amount, limit = text.split()
    (sell, buy), (numerator, denominator) = pair.split(">"), limit[1:].split("/")
    market.keys += 1
    row = np.zeros(1, ORDER)
    row["key"], row["amount"], row["least"] = (7, market.keys), int(amount), more.get("least", int(amount))
    row["pays"] = market.engine.account(who, sell)
    row["gets"] = market.engine.account(gets or (who if target else payee), buy)
    row["payee"], row["target"] = market.engine.account(payee, buy) + 1, target
    row["numerator"], row["denominator"] = int(numerator), int(denominator)
    row["until"] = DAY + more["until"] if "until" in more else 0
    result = market.apply(RecordKind.ORDERS, pack(row, np.zeros(0, SIDE), b"")).results[0]
    return State(int(result["state"])), Reason(int(result["reason"]))


def test_a_payment_of_fixed_source_gives_the_creditor_all_that_was_bought() -> None:
    market = Market()
    assert pays_with(market, "a JPY>KRW 1000 @1/2", "c") == STANDS
    market.order("b KRW>JPY 1500 @1/2")
    market.close()
    assert market.clear([3, 2], [1000, 1500]).refused == ""
    assert (market.held("a"), market.held("c"), market.held("b")) == ([4000, 5000], [5000, 6500], [6000, 3500])
    assert market.column("bought") == [1500, 1000]


def test_a_payment_of_fixed_target_gives_the_creditor_that_and_the_debtor_the_rest() -> None:
    market = Market()
    assert pays_with(market, "a JPY>KRW 1000 @6/5", "c", target=1200) == STANDS
    market.order("b KRW>JPY 1500 @1/2")
    market.close()
    assert market.clear([3, 2], [1000, 1500]).refused == ""
    assert (market.held("a"), market.held("c")) == ([4000, 5300], [5000, 6200])


def test_a_payment_that_is_not_converted_is_returned_whole() -> None:
    market = Market()
    pays_with(market, "a JPY>KRW 1000 @2/1", "c")
    market.order("b KRW>JPY 1500 @1/2")
    market.close()
    assert market.no_trade().refused == ""
    assert (market.outcome(0), market.held("a"), market.blocked("a")) == (EXPIRED, [5000, 5000], 0)


@pytest.mark.parametrize(
    ("text", "more", "reason"),
    [
        ("a JPY>KRW 1000 @1/2", {"least": 0}, Reason.INVALID),
        ("a JPY>KRW 1000 @1/2", {"until": 2}, Reason.INVALID),
        ("a JPY>KRW 1000 @1/2", {"target": 501}, Reason.INVALID),
        ("a JPY>KRW 1000 @1/2", {"target": -1}, Reason.INVALID),
    ],
)
def test_terms_under_which_a_payment_could_be_made_in_part_are_refused(
    text: str, more: dict[str, int], reason: Reason
) -> None:
    assert pays_with(Market(), text, "c", **more) == (State.RJTD, reason)  # type: ignore[arg-type]


def test_a_payee_is_another_participant_with_an_open_account_in_what_is_bought() -> None:
    market = Market()
    assert pays_with(market, "a JPY>KRW 10 @1/2", "a") == (State.RJTD, Reason.CREDITOR_ACCOUNT)
    market.command(command="close", participant="c", currency="KRW", value="hold")
    assert pays_with(market, "a JPY>KRW 10 @1/2", "c") == (State.RJTD, Reason.CREDITOR_ACCOUNT)
    assert pays_with(market, "a JPY>KRW 10 @1/2", "d", gets="b", target=1) == (State.RJTD, Reason.CREDITOR_ACCOUNT)


def test_a_payee_above_its_cap_keeps_the_payment_out() -> None:
    market = Market(limits=(Limit("holding", "c", "", "KRW", 5_100),))
    pays_with(market, "a JPY>KRW 1000 @1/2", "c")
    market.order("b KRW>JPY 1500 @1/2")
    market.close()
    assert market.clear([3, 2], [1000, 1500]).refused.startswith("c KRW would hold more than its cap")
    assert market.column("book") == [0, 1]


SEED = "00ff" * 8


def opened(market: Market, *, window: int = 1_000, extensions: int = 0) -> int:
    """Open a call that closes within a window that begins a second later; return when it will close."""
    earliest = market.instant + 1_000_000
    about = {
        "earliest": earliest,
        "latest": earliest + window,
        "commitment": commitment_to(SEED),
        "extensions": extensions,
    }
    assert market.apply(RecordKind.OPEN_CALL, pack_arrays(about)).refused == ""
    return closing_instant(earliest, earliest + window, SEED)


def test_a_call_closes_at_the_instant_that_its_seed_draws_and_at_no_other() -> None:
    market = a1()
    due = opened(market)
    market.instant = due - 3
    assert "the call closes at" in market.close(seed=SEED).refused
    assert "is not the one" in market.close(seed="11" * 16).refused
    assert market.instant == due - 1
    assert market.close(seed=SEED).settled == 2
    assert market.clear([3, 2], [1000, 1500]).refused == ""


def test_a_call_is_extended_as_often_as_it_said() -> None:
    market = a1()
    due = opened(market, extensions=1)
    extend = pack_arrays({"by_us": 500})
    assert market.apply(RecordKind.EXTEND_CALL, extend).refused == ""
    assert market.apply(RecordKind.EXTEND_CALL, extend).refused == "no call is open that may be extended"
    assert (
        "not over"
        in market.apply(
            RecordKind.OPEN_CALL,
            pack_arrays({"earliest": due + 1, "latest": due + 1, "commitment": commitment_to(SEED)}),
        ).refused
    )
    market.instant = due + 499
    assert market.close(seed=SEED).settled == 2


def next_day(market: Market, days: int = 1) -> None:
    for phase in ("customer_cutoff", "interbank_cutoff", "final_clearing", "accrual", "end"):
        market.command(command="phase", value=phase)
    market.instant += days * 86_400_000_000
    for phase in ("start", "liquidity", "open"):
        market.command(command="phase", value=phase)


def test_an_order_whose_last_date_was_no_business_day_has_expired_on_the_next() -> None:
    market = Market()
    market.order("a JPY>KRW 1000 @1/2", until=1)
    market.order("b KRW>JPY 1500 @1/2", until=3)
    next_day(market, days=3)
    assert (market.outcome(0), market.outcome(1), market.blocked("a")) == (EXPIRED, STANDS, 0)
    assert market.close().settled == 1


def test_a_proposal_under_which_nothing_trades_ends_no_auction_before_the_deadline() -> None:
    market = a1()
    market.close(deadline=market.instant + 1_000_000)
    assert market.clear([0, 0], [0, 0]).refused == "nothing trades: that is proposed as such"
    assert (market.outcome(0), market.engine.auction) == (STANDS, 1)


def test_what_a_seller_under_its_cap_sells_lets_those_pay_who_wait_for_room_below_it() -> None:
    market = Market(limits=(Limit("holding", "a", "", "JPY", 5_000),))
    market.order("a JPY>KRW 1000 @1/2")
    market.order("b KRW>JPY 1500 @1/2")
    assert market.pay("c>a JPY 500") == State.RMLR
    market.close()
    assert market.clear([3, 2], [1000, 1500]).refused == ""
    assert (market.held("a"), market.held("c")) == ([4500, 6500], [4500, 5000])


def test_a_price_moved_up_to_a_band_rations_nobody_who_sells_there() -> None:
    market = a1()
    market.close(bands=[["JPY", "KRW", 2, 1]])
    refused = market.clear([2, 1], [750, 1500], [1, 0]).refused
    assert "an order whose limit lies within the rate by more than the tolerance does not fill" in refused
    assert market.clear([3, 2], [1000, 1500]).refused == ""


def test_at_a_band_those_who_want_the_dear_currency_are_rationed() -> None:
    market = a1()
    market.close(bands=[["JPY", "KRW", 1, 1]])
    assert market.clear([1, 1], [1000, 1000], [0, 1]).refused == ""
    assert (market.held("a"), market.held("b")) == ([4000, 6000], [6000, 4000])


@pytest.mark.parametrize(("currency", "other"), [("JPY", "KRW"), ("KRW", "JPY")])
def test_a_closed_currency_takes_no_orders_and_those_that_stand_sit_out(currency: str, other: str) -> None:
    market = a1()
    market.command(command="close", currency=currency, value="hold")
    assert market.order(f"c {currency}>{other} 10 @1/2") == (State.RJTD, Reason.CURRENCY)
    assert market.order(f"c {other}>{currency} 10 @1/2") == (State.RJTD, Reason.CURRENCY)
    assert market.close().settled == 0
    market.no_trade()
    assert [market.outcome(0), market.outcome(1)] == [STANDS, STANDS]
    assert market.command(command="open", currency=currency) == "STLD open"
    assert market.close().settled == 2


def test_what_runs_off_may_still_be_converted() -> None:
    market = a1()
    assert market.command(command="close", currency="KRW", value="2021-12-15T23:00:00Z").startswith("STLD")
    assert market.close().settled == 2


@pytest.mark.parametrize("scope", [{"currency": "KRW"}, {"currency": "JPY"}, {"participant": "c"}])
def test_reject_now_ends_orders_by_either_currency_and_by_their_payee(scope: dict[str, str]) -> None:
    market = Market()
    pays_with(market, "a JPY>KRW 1000 @6/5", "c", target=1200)
    assert market.command(command="close", value="reject", **scope) == "STLD closed: reject"
    assert (market.outcome(0), market.blocked("a")) == ((State.RJTD, Reason.CLOSED_BY_OPERATOR), 0)


def test_a_payment_to_a_payee_is_not_amended() -> None:
    market = Market()
    key = market.engine.key_of("a", "x")
    row = np.zeros(1, ORDER)
    row["key"], row["amount"], row["least"], row["target"] = key, 1000, 1000, 1200
    row["numerator"], row["denominator"] = 6, 5
    row["pays"], row["gets"] = market.engine.account("a", "JPY"), market.engine.account("a", "KRW")
    row["payee"] = market.engine.account("c", "KRW") + 1
    market.apply(RecordKind.ORDERS, pack(row, np.zeros(0, SIDE), b""))
    answer = market.command(command="amend", participant="a", currency="JPY", target="x", amount_minor=100)
    assert answer == "RJTD a cross-currency payment is made as a whole or not at all"
    assert (market.column("left"), market.blocked("a")) == ([1000], 1000)


def test_a_corridor_that_has_closed_keeps_a_payment_to_a_payee_behind_it_out() -> None:
    market = Market(
        corridors_open=False,
        agreements=(Agreement("JP", "KR", ("payment", "conversion"), ("JPY", "KRW"), TODAY),),
    )
    assert pays_with(market, "a JPY>KRW 1000 @1/2", "KR") == STANDS
    market.order("b KRW>JPY 1500 @1/2")
    assert market.command(command="close", target="JP KR", currency="KRW", value="hold").startswith("STLD")
    assert market.close().settled == 0


def test_a_call_is_not_extended_beyond_all_instants() -> None:
    market = a1()
    opened(market, extensions=2)
    assert "a call closes up to" in market.apply(RecordKind.EXTEND_CALL, pack_arrays({"by_us": INSTANT_MAX})).refused
    with pytest.raises(ValueError, match="a call has an earliest"):
        market.apply(RecordKind.OPEN_CALL, pack_arrays({"earliest": 1, "latest": 1 << 61, "commitment": "00" * 32}))


def test_room_is_made_for_all_orders_that_one_command_ends() -> None:
    market = Market()
    for _ in range(120):
        market.order("a JPY>KRW 1 @1/2")
    market.engine.state = market.engine.state._replace(changed=market.engine.state.changed[:700].copy())
    next_day(market)
    assert market.outcome(119) == EXPIRED
    assert len(market.engine.state.changed) >= 6 * 120
