"""Cross-currency payments at a quoted rate."""

from dataclasses import replace
from datetime import date

import pytest

from comity.engine.columns import INSTANT_MAX, RecordKind
from comity.errors import InvalidRequest, NotFound
from comity.log.memory import MemoryLog
from comity.model.reason import State
from comity.model.union import Account, Genesis, Member, Participant
from comity.node import Node, quotes
from comity.node.quotes import QuoteDesk, Request

OPENED = 1_639_530_000_000_000
MINUTE = 60_000_000
ASKED = Request("q1", "buyer", "maker", "CNY", "RUB", target_minor=1_000)


def opened(money: dict[str, dict[str, int]] | None = None) -> Node:
    held = money or {"buyer": {"CNY": 500}, "dealer": {"CNY": 0, "RUB": 5_000}, "maker": {"RUB": 0}}
    genesis = Genesis(
        name="Test",
        business_date=date(2021, 12, 15),
        currencies=(("CNY", 2), ("RUB", 2)),
        members=(Member("CN", "CNY", "China"), Member("RU", "RUB", "Russia")),
        participants=(Participant("RU", "RU", ""), *(Participant(code, "CN", "") for code in ("CN", *held))),
        accounts=tuple(Account(code, currency, minor) for code, own in held.items() for currency, minor in own.items()),
    )
    node = Node.create(MemoryLog(), genesis)
    node.submit(RecordKind.COMMANDS, OPENED, b'[{"command":"phase","value":"open"}]', 1).result()
    node.flush()
    return node


def balance(node: Node, code: str, currency: str) -> int:
    return int(node.engine.balances()["balance"][node.engine.account(code, currency)])


def test_debtor_pays_creditor_is_paid_and_provider_stands_between() -> None:
    node = opened()
    desk = QuoteDesk(node)
    desk.request(ASKED)
    dear = desk.quote("dealer", "buyer", "q1", 95, OPENED + MINUTE)
    quote = desk.quote("dealer", "buyer", "q1", 90, OPENED + MINUTE)
    assert (quote.source_minor, quote.target_minor) == (90, 1_000)
    done = desk.accept("buyer", quote.number, OPENED + 10)
    assert done.states == (State.STLD, State.STLD)
    assert [balance(node, "buyer", "CNY"), balance(node, "dealer", "CNY")] == [410, 90]
    assert [balance(node, "maker", "RUB"), balance(node, "dealer", "RUB")] == [1_000, 4_000]
    assert desk.open_requests() == ()
    with pytest.raises(NotFound):
        desk.accept("buyer", dear.number, OPENED + 20)
    node.engine.check()


def test_fixed_source_leaves_the_target_to_the_provider() -> None:
    node = opened()
    desk = QuoteDesk(node)
    desk.request(replace(ASKED, source_minor=100, target_minor=0))
    quote = desk.quote("dealer", "buyer", "q1", 1_111, OPENED + MINUTE)
    assert desk.accept("buyer", quote.number, OPENED + 1).states == (State.STLD, State.STLD)
    assert [balance(node, "buyer", "CNY"), balance(node, "maker", "RUB")] == [400, 1_111]


def test_what_cannot_settle_before_the_quote_expires_is_returned_whole() -> None:
    node = opened({"buyer": {"CNY": 500}, "dealer": {"CNY": 0, "RUB": 999}, "maker": {"RUB": 0}})
    desk = QuoteDesk(node)
    desk.request(ASKED)
    quote = desk.quote("dealer", "buyer", "q1", 90, OPENED + MINUTE)
    done = desk.accept("buyer", quote.number, OPENED + 1)
    assert done.states == (State.PSTL, State.PSTL)
    assert balance(node, "buyer", "CNY") == 500
    node.advance(OPENED + MINUTE + 1)
    states = {State(int(state)) for state in node.engine.table()["state"]}
    assert states == {State.RJTD}
    assert [balance(node, "buyer", "CNY"), balance(node, "dealer", "RUB")] == [500, 999]


def test_an_expired_quote_is_refused_and_another_may_be_accepted() -> None:
    node = opened()
    desk = QuoteDesk(node)
    desk.request(ASKED)
    short = desk.quote("dealer", "buyer", "q1", 80, OPENED + MINUTE)
    longer = desk.quote("dealer", "buyer", "q1", 90, OPENED + 2 * MINUTE)
    with pytest.raises(InvalidRequest, match="when the quote expires"):
        desk.accept("buyer", short.number, OPENED + MINUTE)
    assert desk.accept("buyer", longer.number, OPENED + MINUTE).states == (State.STLD, State.STLD)


def test_only_the_debtor_accepts() -> None:
    desk = QuoteDesk(opened())
    desk.request(ASKED)
    quote = desk.quote("dealer", "buyer", "q1", 90, OPENED + MINUTE)
    with pytest.raises(NotFound, match="maker has no quote"):
        desk.accept("maker", quote.number, OPENED + 1)


def test_a_name_serves_once_and_other_debtors_may_use_it_too() -> None:
    node = opened({code: {"CNY": 500, "RUB": 5_000} for code in ("buyer", "second", "dealer", "maker")})
    desk = QuoteDesk(node)
    for debtor in ("buyer", "second"):
        asked = replace(ASKED, debtor=debtor)
        desk.request(asked)
        with pytest.raises(InvalidRequest, match="has not used before"):
            desk.request(asked)
        quote = desk.quote("dealer", debtor, "q1", 90, OPENED + MINUTE)
        assert desk.accept(debtor, quote.number, OPENED + 5).states == (State.STLD, State.STLD)
        with pytest.raises(InvalidRequest, match="has not used before"):
            desk.request(asked)
    assert balance(node, "maker", "RUB") == 7_000


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 32}, "name"),
        ({"target": "CNY"}, "another currency"),
        ({"creditor": "buyer"}, "another participant"),
        ({"source_minor": 5}, "one of the two amounts"),
        ({"target_minor": 0}, "one of the two amounts"),
        ({"target_minor": -5}, "one of the two amounts"),
        ({"target_minor": 10**18}, "one of the two amounts"),
    ],
)
def test_requests_that_cannot_be_meant_are_refused(change: dict[str, str | int], match: str) -> None:
    desk = QuoteDesk(opened())
    with pytest.raises(InvalidRequest, match=match):
        desk.request(replace(ASKED, **change))  # type: ignore[arg-type]


def test_requests_and_quotes_name_accounts_that_exist() -> None:
    desk = QuoteDesk(opened())
    with pytest.raises(NotFound):
        desk.request(replace(ASKED, creditor="nobody"))
    desk.request(ASKED)
    with pytest.raises(InvalidRequest, match="third participant"):
        desk.quote("maker", "buyer", "q1", 90, OPENED + MINUTE)
    with pytest.raises(NotFound):
        desk.quote("CN", "buyer", "q1", 90, OPENED + MINUTE)
    with pytest.raises(InvalidRequest, match="1 to"):
        desk.quote("dealer", "buyer", "q1", 0, OPENED + MINUTE)
    with pytest.raises(InvalidRequest, match="an instant after"):
        desk.quote("dealer", "buyer", "q1", 90, OPENED)
    with pytest.raises(NotFound, match="no open request"):
        desk.quote("dealer", "buyer", "q2", 90, OPENED + MINUTE)


def test_a_request_that_made_room_takes_its_quotes_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotes, "REQUESTS_MAX", 1)
    desk = QuoteDesk(opened())
    desk.request(ASKED)
    quote = desk.quote("dealer", "buyer", "q1", 90, OPENED + MINUTE)
    desk.request(replace(ASKED, name="q2"))
    with pytest.raises(NotFound):
        desk.accept("buyer", quote.number, OPENED + 10)
    assert [request.name for request in desk.open_requests()] == ["q2"]


def test_an_acceptance_that_cannot_be_entered_leaves_the_quote_as_it_was() -> None:
    desk = QuoteDesk(opened())
    desk.request(ASKED)
    quote = desk.quote("dealer", "buyer", "q1", 90, OPENED + MINUTE)
    with pytest.raises(InvalidRequest, match="instant"):
        desk.accept("buyer", quote.number, OPENED - 10)
    assert desk.accept("buyer", quote.number, OPENED + 10).states == (State.STLD, State.STLD)


def test_a_quote_expires_at_an_instant_that_a_payment_can_name() -> None:
    desk = QuoteDesk(opened())
    desk.request(ASKED)
    with pytest.raises(InvalidRequest, match="expires"):
        desk.quote("dealer", "buyer", "q1", 90, INSTANT_MAX + 1)
