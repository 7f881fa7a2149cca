"""Decisions on rates: two people, one business date, kept in snapshot and digest, and held to by the engine."""

import json

import pytest

from comity.engine import Engine
from comity.engine.columns import RecordKind
from tests.engine.market import Market

DATE = "2021-12-15"


def decide(market: Market, source: str, people: str, pair: str = "KRW JPY") -> dict[str, str]:
    plain = {"command": "decide", "currency": pair, "target": source, "value": people}
    body = json.dumps([{name: text for name, text in plain.items() if text}]).encode()
    return market.apply(RecordKind.COMMANDS, body).answers[0]


def test_decision_of_two_people_is_kept_with_their_names_in_snapshot_and_digest() -> None:
    market = Market()
    before = market.engine.digest()
    assert decide(market, "the bank", f"{DATE} ana bo")["detail"] == "the rate of the bank"
    (kept,) = Engine.load(market.engine.save()).decisions()
    assert (str(kept.pair), kept.source, kept.first, kept.second) == ("JPY/KRW", "the bank", "ana", "bo")
    assert kept.day.isoformat() == DATE
    assert market.engine.digest() != before


def test_same_decision_of_other_people_is_another_state() -> None:
    digests = set()
    for people in ("ana bo", "ana cy"):
        market = Market()
        decide(market, "the bank", f"{DATE} {people}")
        digests.add(market.engine.digest())
    assert len(digests) == 2


@pytest.mark.parametrize(
    ("people", "pair", "why"),
    [
        (f"{DATE} ana", "JPY KRW", "NOT_AUTHORISED"),
        (f"{DATE} ana Ana", "JPY KRW", "NOT_AUTHORISED"),
        ("2021-12-14 ana bo", "JPY KRW", "DATE_OUTSIDE_WINDOW"),
        ("2021-12-16 ana bo", "JPY KRW", "DATE_OUTSIDE_WINDOW"),
        (f"{DATE} ana bo", "JPY USD", "UNKNOWN"),
    ],
)
def test_decision_that_is_none_is_refused_and_nothing_is_kept(people: str, pair: str, why: str) -> None:
    market = Market()
    assert decide(market, "the bank", people, pair)["why"] == why
    assert market.engine.decisions() == ()


def test_pair_that_two_people_keep_stopped_stays_out_of_the_book_whatever_the_terms_say() -> None:
    market = Market()
    market.order("a JPY>KRW 1000 @1/2")
    market.order("b KRW>JPY 1500 @1/2")
    assert decide(market, "", f"{DATE} ana bo")["detail"] == "JPY/KRW stays stopped"
    assert market.close().settled == 0
    taken = Market()
    taken.order("a JPY>KRW 1000 @1/2")
    taken.order("b KRW>JPY 1500 @1/2")
    decide(taken, "", f"{DATE} ana bo")
    decide(taken, "the bank", f"{DATE} ana bo")
    assert taken.close().settled == 2


def test_decision_ends_with_its_day() -> None:
    market = Market()
    decide(market, "the bank", f"{DATE} ana bo")
    market.command(command="phase", value="end")
    market.instant += 24 * 3_600_000_000
    market.command(command="phase", value="start")
    assert market.engine.decisions() == ()
