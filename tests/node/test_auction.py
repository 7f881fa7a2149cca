"""Auctions through a node: from the close of the call to its end, whatever solvers do and wherever a node stops."""

from datetime import date
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from comity.engine.auction import Book, Proposal
from comity.engine.columns import ORDER, SIDE, RecordKind, pack, pack_arrays
from comity.engine.orders import Standing
from comity.errors import InvariantBroken
from comity.log.memory import MemoryLog
from comity.log.protocol import Log
from comity.log.sqlite import SqliteLog
from comity.model.reason import Reason
from comity.model.union import Account, Genesis, Limit, Member, Participant
from comity.node import Node
from comity.node.auction import Auctioned, AuctionTerms, run_auction
from comity.node.calls import Call, CallTerms, imbalance, indicated_prices, largest_move
from comity.solvers.auction import curves, solve

OPENED = 1_639_530_000_000_000
CODES = ("JPY", "KRW", "VND")
RING = ("a JPY>KRW 100 @1/100", "b KRW>VND 200 @1/100", "c VND>JPY 400 @1/100")


def opened(log: Log | None = None, **more: object) -> Node:
    members = tuple(Member(code[:2], code, code) for code in CODES)
    banks = [Participant(code, members[0].code, "") for code in "abcd"]
    genesis = Genesis(
        name="Test",
        business_date=date(2021, 12, 15),
        currencies=tuple((code, 0) for code in CODES),
        members=members,
        participants=(*(Participant(member.code, member.code, "") for member in members), *banks),
        accounts=tuple(Account(bank.code, code, 5_000) for code in CODES for bank in banks),
        **more,  # type: ignore[arg-type]
    )
    node = Node.create(log or MemoryLog(), genesis)
    node.submit(RecordKind.COMMANDS, OPENED, b'[{"command":"phase","value":"open"}]', 1).result()
    return node


def order(node: Node, *texts: str) -> None:
    """Enter orders such as "a JPY>KRW 1000 @1/2"; one that ends in " +1" stands until tomorrow."""
    rows = np.zeros(len(texts), ORDER)
    for row, text in enumerate(texts):
        who, pair, amount, limit, *until = text.split()
        (sell, buy), (numerator, denominator) = pair.split(">"), limit[1:].split("/")
        rows[row]["key"] = 5, hash(text) & 0x7FFFFFFF
        rows[row]["amount"], rows[row]["numerator"], rows[row]["denominator"] = amount, numerator, denominator
        rows[row]["pays"], rows[row]["gets"] = (node.engine.account(who, code) for code in (sell, buy))
        rows[row]["until"] = 18_977 if until else 0
    node.submit(RecordKind.ORDERS, OPENED, pack(rows, np.zeros(0, SIDE), b""), len(rows)).result()
    node.flush()


def held(node: Node, *codes: str) -> list[list[int]]:
    balance = node.engine.balances()["balance"]
    return [[int(balance[node.engine.account(code, currency)]) for currency in CODES] for code in codes]


def blocked(node: Node) -> int:
    return int(node.engine.balances()["blocked"].sum())


def test_a_ring_of_three_currencies_converts_without_any_pair_of_them() -> None:
    node = opened()
    order(node, *RING)
    done = node.auction(AuctionTerms(), OPENED + 5)
    assert done.found is not None
    assert (done.traded, done.orders, done.refused, done.found.surplus) == (True, 3, [], (0, 0, 0))
    assert held(node, "a", "b", "c") == [[4900, 5200, 5000], [5000, 4800, 5400], [5100, 5000, 4600]]
    assert blocked(node) == 0
    node.engine.check()


def test_an_empty_book_ends_without_trade() -> None:
    node = opened()
    done = node.auction(AuctionTerms(), OPENED + 5)
    assert (done.traded, node.engine.auction) == (False, 0)


def test_an_indication_changes_nothing() -> None:
    node = opened()
    order(node, *RING)
    head, digest = node.head, node.engine.digest()
    seen = node.indicate(AuctionTerms(), OPENED + 5)
    assert seen.traded
    assert (node.head, node.engine.digest()) == (head, digest)
    assert indicated_prices(seen, list(CODES)).keys() == set(CODES)
    assert imbalance(seen, 3) == [0, 0, 0]


def test_imbalance_is_what_orders_at_the_rate_or_better_could_not_sell_exactly_to_the_bit() -> None:
    top = (1 << 62) - 1
    rows = [
        (0, 1, 100, top, top - 1, 30),  # its limit is above the rate by one part in 2^62
        (0, 1, 100, top - 1, top - 1, 30),
        (0, 1, 100, top - 1, top, 30),
        (1, 0, 7, 1, 1, 0),
        (2, 0, 5, 1, 1, 0),  # nothing has a price of the third
    ]
    sell, buy, amount, numerator, denominator, sold = (np.array(column) for column in zip(*rows, strict=True))
    book = Book(3, sell, buy, amount, numerator, denominator, np.zeros(5, np.int64), np.arange(5))
    price = np.array([top, top, 0])
    proposal = Proposal(price, sold, np.zeros(3, np.int64))
    assert imbalance(Auctioned(1, 5, Standing(1, np.arange(5, dtype=np.int32), book), proposal), 3) == [140, 7, 0]


def test_what_a_node_has_sorted_for_indications_serves_its_auction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curves, "KEPT_MIN", 1)
    node, plain = opened(), opened()
    for each in (node, plain):
        order(each, *RING, "d JPY>KRW 7 @99/1 +1")
    for text in ("d KRW>JPY 9 @1/150", "a VND>KRW 50 @1/3"):
        assert node.indicate(AuctionTerms(), OPENED + 5).traded
        order(node, text)
        order(plain, text)
    kept, fresh = (each.auction(AuctionTerms(), OPENED + 6).proposal for each in (node, plain))
    assert kept is not None
    assert fresh is not None
    assert all(one.tobytes() == other.tobytes() for one, other in zip(kept, fresh, strict=True))
    assert node.engine.digest() == plain.engine.digest()


def nothing(book: Book) -> Proposal:
    c = book.currencies
    return Proposal(np.zeros(c, np.int64), np.zeros(len(book.amount), np.int64), np.zeros(c, np.int64))


def broken(book: Book) -> Proposal:
    raise InvariantBroken(f"no answer to {len(book.amount)} orders")


def lying(book: Book) -> Proposal:
    answer = solve(book)
    return answer._replace(sold=np.minimum(answer.sold + 1, book.amount), price=answer.price // 2)


def test_solvers_compete_and_the_best_that_verifies_is_applied() -> None:
    node = opened()
    order(node, *RING, "d JPY>VND 100 @5/1")
    done = run_auction(
        node.engine,
        lambda kind, body: node.submit(kind, OPENED + 5, body).result(),
        AuctionTerms(),
        (broken, nothing, lying, solve),
    )
    assert done.traded
    assert done.refused[0] == "no answer to 4 orders"
    assert held(node, "d") == [[5000, 5000, 5000]]


@pytest.mark.parametrize("solver", [broken, nothing])
def test_without_an_answer_nothing_trades_and_all_is_given_back(solver: object) -> None:
    node = opened()
    order(node, *RING)
    run_auction(
        node.engine,
        lambda kind, body: node.submit(kind, OPENED + 5, body).result(),
        AuctionTerms(),
        (solver,),  # type: ignore[arg-type]
    )
    node.flush()
    assert (node.engine.auction, blocked(node)) == (0, 0)
    assert held(node, "a") == [[5000, 5000, 5000]]


def test_a_solver_that_does_not_return_is_left_behind() -> None:
    node, never = opened(), Event()
    order(node, *RING)

    def waits(book: Book) -> Proposal:
        never.wait(30)
        return solve(book)

    done = run_auction(
        node.engine,
        lambda kind, body: node.submit(kind, OPENED + 5, body).result(),
        AuctionTerms(deadline_s=0.05),
        (waits,),
    )
    never.set()
    assert done.refused == ["no proposal was found within 0.05 s"]
    assert node.engine.auction == 0


def test_who_would_hold_too_much_sits_out_and_the_others_trade() -> None:
    node = opened(limits=(Limit("holding", "d", "", "KRW", 5_001),))
    order(node, "a JPY>KRW 100 @1/1", "b KRW>JPY 300 @1/3", "d JPY>KRW 100 @1/1")
    done = node.auction(AuctionTerms(), OPENED + 5)
    assert done.traded
    assert done.refused == ["d KRW would hold more than its cap: its orders sit out, and the auction is computed again"]
    assert held(node, "d") == [[5000, 5000, 5000]]
    assert blocked(node) == 100


@pytest.mark.parametrize("cleared", [False, True])
def test_a_node_that_stopped_after_the_close_goes_on_with_the_same_auction(tmp_path: Path, cleared: bool) -> None:  # noqa: FBT001 - pytest gives it
    node = opened(SqliteLog(tmp_path / "log"))
    order(node, *RING, "d JPY>KRW 7 @99/1 +1")
    node.submit(RecordKind.CLOSE_CALL, OPENED + 5, pack_arrays({})).result()
    if cleared:
        node.auction(AuctionTerms(), OPENED + 6)
    before = blocked(node)
    node.close()
    with Node.recover(SqliteLog(tmp_path / "log")) as again:
        assert (again.engine.auction, blocked(again)) == ((0, 7) if cleared else (1, before))
        done = again.auction(AuctionTerms(), OPENED + 7)
        assert (done.number, done.traded) == ((2, False) if cleared else (1, True))
        assert held(again, "a", "d") == [[4900, 5200, 5000], [5000, 5000, 5000]]
        assert blocked(again) == 7
        again.engine.check()


def test_a_call_that_is_open_closes_by_its_seed() -> None:
    node = opened()
    order(node, *RING)
    call = Call.of(OPENED + 1_000_000, CallTerms(window_us=1_000, extend_by_us=500, extensions=1, seed="ab" * 16))
    assert node.open_call(call, OPENED + 10) == ""
    assert node.open_call(call, OPENED + 11) == "a call is open, or an auction is not over"
    assert node.indicate(AuctionTerms(), OPENED + 12).traded
    assert node.extend_call(500, OPENED + 13) == ""
    call = call.extended(500)
    assert not node.auction(AuctionTerms(seed=call.seed), call.close - 1).traded
    assert node.auction(AuctionTerms(seed=call.seed), call.close).traded


def test_moves_are_those_of_cross_rates_whatever_the_scale() -> None:
    assert largest_move({}, {"A": 5, "B": 5}) is None
    assert largest_move({"A": 5, "B": 5}, {"A": 5, "C": 9}) is None
    assert largest_move({"A": 5, "B": 10}, {"A": 50, "B": 100}) == 0
    assert largest_move({"A": 100, "B": 100, "C": 100}, {"A": 100, "B": 102, "C": 99}) == pytest.approx(102 / 99 - 1)


def test_until_its_deadline_an_auction_without_a_proposal_stays_under_way_and_is_taken_up_again() -> None:
    node = opened()
    order(node, "a JPY>KRW 100 @9/1 +1")
    terms = AuctionTerms(no_trade_from=OPENED + 100)
    head = node.head
    assert not node.indicate(terms, OPENED + 5).under_way_until
    done = node.auction(terms, OPENED + 5)
    assert (done.number, done.traded, done.under_way_until, node.engine.auction) == (1, False, OPENED + 100, 1)
    assert node.head.sequence <= head.sequence + 2, "the close, and no proposal that would be refused"
    assert node.auction(AuctionTerms(), OPENED + 99).under_way_until == OPENED + 100
    done = node.auction(AuctionTerms(), OPENED + 100)
    assert (done.number, done.under_way_until, node.engine.auction) == (1, 0, 0)


def test_what_is_found_before_the_deadline_is_settled_at_once() -> None:
    node = opened()
    order(node, *RING)
    done = node.auction(AuctionTerms(no_trade_from=OPENED + 100), OPENED + 5)
    assert (done.traded, done.under_way_until, node.engine.auction) == (True, 0, 0)


def test_dry_run_of_an_order_and_replay_know_the_lot(tmp_path: Path) -> None:
    node = opened(SqliteLog(tmp_path / "log"))
    commands = b'[{"command":"lot","currency":"JPY","target":"KRW","amount_minor":50}]'
    node.submit(RecordKind.COMMANDS, OPENED, commands, 1).result()
    row = np.zeros(1, ORDER)
    row["key"], row["amount"], row["numerator"], row["denominator"] = (5, 1), 30, 1, 1
    row["pays"], row["gets"] = node.engine.account("a", "JPY"), node.engine.account("a", "KRW")
    body = pack(row, np.zeros(0, SIDE), b"")
    assert Reason(int(node.dry_run(RecordKind.ORDERS, OPENED + 1, body).results["reason"][0])) == Reason.LOT
    assert node.engine.orders()["slot"].size == 0
    node.flush()
    digest = node.engine.digest()
    node.close()
    with Node.recover(SqliteLog(tmp_path / "log")) as again:
        assert again.engine.digest() == digest
        assert again.engine.lot("JPY", "KRW").lot_minor == 50
