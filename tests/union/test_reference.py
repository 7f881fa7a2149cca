"""Reference rates: what is too old, what is contradictory, who decides, and what one unit is worth then."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.engine import auction
from comity.errors import InvalidRequest
from comity.union import SML, Decision, Pair, Quote, SourceRule, reference
from comity.union.worths import LEVEL_MAX, LEVEL_MIN, levels

DAY = date(2022, 3, 7)
"""A Monday."""
BOTH = (SourceRule("one"), SourceRule("two"))


def quote(text: str, source: str = "one", day: date = DAY) -> Quote:
    """A quote written `USD/CNY 6.3`."""
    pair, rate = text.split()
    base, other = pair.split("/")
    return Quote(day, base, other, Fraction(rate), source)


def decided(pair: str, source: str, first: str = "Ada", second: str = "Bo", day: date = DAY) -> Decision:
    return Decision(day, Pair(*pair.split("/")), source, first, second)


def test_cross_rates_follow_from_one_price_per_currency() -> None:
    rates = reference([quote("EUR/USD 1.1"), quote("EUR/CNY 7.7"), quote("USD/RUB 100")], BOTH, DAY)
    assert str(rates.rate("CNY", "RUB")) == "1 CNY = 100/7 RUB"
    assert str(rates.rate("USD", "CNY")) == "1 USD = 7 CNY"
    assert (rates.stopped, rates.refused, rates.inconsistent, rates.unreached) == ((), (), (), ())


def test_newest_rate_up_to_the_day_counts() -> None:
    old, new, later = (quote(f"USD/CNY {rate}", day=DAY + timedelta(rate - 7)) for rate in (6, 7, 8))
    assert reference([later, old, new], BOTH, DAY).rate("USD", "CNY").text() == "7"


def test_ages_count_calendar_days_so_the_rate_of_friday_holds_on_monday() -> None:
    friday = quote("USD/CNY 6.3", day=date(2022, 3, 4))
    assert not reference([friday], BOTH, DAY).refused
    (refused,) = reference([friday], (SourceRule("one", 2),), DAY).refused
    assert (refused.quote, refused.age_days, str(refused)) == (friday, 3, "3 days old, at most 2 allowed")


def test_rate_that_is_too_old_stops_its_pair_and_leaves_the_others() -> None:
    rates = reference([quote("EUR/USD 1.1"), quote("EUR/RUB 117.201", day=date(2022, 3, 1))], BOTH, DAY)
    (stopped,) = rates.stopped
    assert (stopped.pair, stopped.reason, stopped.sources) == (Pair("EUR", "RUB"), "stale", ("one",))
    assert rates.unreached == ("RUB",)
    assert list(rates.worth) == ["EUR", "USD"]
    with pytest.raises(InvalidRequest, match="EUR/RUB, which waits for two people"):
        rates.rate("EUR", "RUB")
    with pytest.raises(InvalidRequest, match="RUB, which has none"):
        rates.rate("USD", "RUB")


def test_rate_that_is_too_old_stops_nothing_where_another_source_prices_the_pair() -> None:
    quotes = [quote("EUR/RUB 117", day=date(2022, 3, 1)), quote("AMD/RUB 0.2", "two"), quote("EUR/AMD 600", "two")]
    rates = reference(quotes, BOTH, DAY)
    assert rates.stopped == ()
    assert rates.rate("EUR", "RUB").text() == "120"


def test_sources_further_apart_than_the_smaller_tolerance_stop_the_pair_and_its_cross_rates() -> None:
    quotes = [quote("USD/CNY 6.3"), quote("USD/RUB 100"), quote("USD/CNY 6.3", "two"), quote("USD/RUB 111", "two")]
    rates = reference(quotes, (SourceRule("one"), SourceRule("two", tolerance=Fraction(1, 10))), DAY)
    assert [str(each.pair) for each in rates.stopped] == ["CNY/RUB", "RUB/USD"]
    assert [(each.apart, each.tolerance) for each in rates.stopped] == [(Fraction(11, 100), Fraction(2, 100))] * 2
    assert rates.unreached == ("RUB",)
    wide = tuple(SourceRule(rule.source, tolerance=Fraction(11, 100)) for rule in BOTH)
    assert reference(quotes, wide, DAY).stopped == ()


def test_tolerance_does_not_depend_on_the_direction_of_a_quote() -> None:
    close = SourceRule("one", tolerance=Fraction(1, 10)), SourceRule("two", tolerance=Fraction(1, 10))
    for other in ("USD/CNY 7.7", "CNY/USD 10/77"):
        assert not reference([quote("USD/CNY 7"), quote(other, "two")], close, DAY).stopped
    for other in ("USD/CNY 7.71", "CNY/USD 100/771"):
        assert reference([quote("USD/CNY 7"), quote(other, "two")], close, DAY).stopped


def test_two_people_free_a_stopped_pair_for_the_day_and_the_source_they_name() -> None:
    quotes = [quote("USD/RUB 100"), quote("USD/RUB 111", "two")]
    rates = reference(quotes, BOTH, DAY, [decided("USD/RUB", "two")])
    assert (rates.stopped, rates.rate("USD", "RUB").text()) == ((), "111")
    assert [used.decided for used in rates.used] == [True]
    other_day = decided("USD/RUB", "two", day=DAY - timedelta(1))
    assert len(reference(quotes, BOTH, DAY, [other_day]).stopped) == 1


def test_two_people_may_take_a_rate_that_is_too_old() -> None:
    old = quote("EUR/RUB 117.201", day=date(2022, 3, 1))
    rates = reference([old], BOTH, DAY, [decided("RUB/EUR", "one")])
    assert (rates.stopped, rates.rate("EUR", "RUB").text()) == ((), "117.201")
    assert len(rates.refused) == 1


def test_decision_on_a_pair_that_does_not_stop_has_no_effect() -> None:
    quotes = [quote("USD/CNY 7"), quote("USD/CNY 7.01", "two")]
    assert reference(quotes, BOTH, DAY, [decided("USD/CNY", "two")]).rate("USD", "CNY").text() == "7"


@pytest.mark.parametrize("second", ["Ada", " ADA ", "ada", "\uff21da"])
def test_one_person_is_not_two(second: str) -> None:
    with pytest.raises(InvalidRequest, match="expected two different people, found Ada twice"):
        decided("USD/RUB", "one", "Ada", second)


def test_decision_of_nobody_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="the names of two people"):
        decided("USD/RUB", "one", "Ada", " ")


def test_decisions_that_cannot_be_followed_are_refused() -> None:
    quotes = [quote("USD/RUB 100"), quote("USD/RUB 111", "two")]
    with pytest.raises(InvalidRequest, match="a source with a rate of RUB/USD, found 'three'"):
        reference(quotes, BOTH, DAY, [decided("USD/RUB", "three")])
    with pytest.raises(InvalidRequest, match="one decision on RUB/USD"):
        reference(quotes, BOTH, DAY, [decided("USD/RUB", "one"), decided("USD/RUB", "two")])


def test_first_source_holds_and_the_others_are_told_how_far_off_they_are() -> None:
    quotes = [quote("USD/CNY 7"), quote("EUR/USD 1.1"), quote("EUR/CNY 7.777"), quote("USD/CNY 7.07", "two")]
    rates = reference(quotes, BOTH, DAY)
    assert [(str(used.quote.pair), used.quote.source) for used in rates.used] == [
        ("CNY/EUR", "one"),
        ("EUR/USD", "one"),
    ]
    assert [(each.quote, each.off) for each in rates.inconsistent] == [
        (quotes[0], Fraction(7) / Fraction("7.07") - 1),
    ]


def test_most_trusted_source_is_the_first_rule() -> None:
    quotes = [quote("USD/CNY 7"), quote("USD/CNY 7.07", "two")]
    assert reference(quotes, BOTH, DAY).rate("USD", "CNY").text() == "7"
    assert reference(quotes, BOTH[::-1], DAY).rate("USD", "CNY").text() == "7.07"


def test_largest_connected_group_is_taken() -> None:
    rates = reference([quote("AED/AFN 20"), quote("EUR/USD 1"), quote("EUR/CNY 7")], BOTH, DAY)
    assert (list(rates.worth), rates.unreached) == (["CNY", "EUR", "USD"], ("AED", "AFN"))


def test_order_of_the_quotes_decides_nothing() -> None:
    quotes = [quote(text, source) for source in ("one", "two") for text in ("EUR/USD 1.1", "EUR/CNY 8", "USD/CNY 7.2")]
    assert reference(quotes[::-1], BOTH, DAY) == reference(quotes, BOTH, DAY)


def test_misuse_is_said() -> None:
    with pytest.raises(InvalidRequest, match="a rule for 'three'"):
        reference([quote("USD/CNY 7", "three")], BOTH, DAY)
    with pytest.raises(InvalidRequest, match="one rule for each source"):
        reference([], (*BOTH, SourceRule("one")), DAY)
    with pytest.raises(InvalidRequest, match=f"one rate of one for USD/CNY on {DAY}, found two"):
        reference([quote("USD/CNY 7"), quote("USD/CNY 8")], BOTH, DAY)
    with pytest.raises(InvalidRequest, match="another currency than USD"):
        quote("USD/USD 1")
    with pytest.raises(InvalidRequest, match="a rate above 0"):
        quote("USD/CNY 0")
    with pytest.raises(TypeError):
        Quote(DAY, "USD", "CNY", 7.1, "one")  # type: ignore[arg-type]
    assert reference([], BOTH, DAY).prices() == {}


@pytest.mark.parametrize(
    ("peso", "real", "official"),
    [("108.88670", "5.02520", "21.66815"), ("108.78330", "5.05100", "21.537"), ("42.60400", "5.02520", "8.4781")],
)
def test_official_rate_follows_the_published_rule_from_reference_rates(peso: str, real: str, official: str) -> None:
    rates = reference([quote(f"USD/ARS {peso}"), quote(f"USD/BRL {real}", "two")], BOTH, DAY)
    assert str(SML.rate(rates, "BRL", "ARS")) == f"1 BRL = {official} ARS"


def test_official_rate_of_a_stopped_pair_is_refused() -> None:
    quotes = [quote("USD/ARS 108"), quote("USD/BRL 5"), quote("USD/ARS 150", "two"), quote("USD/BRL 5", "two")]
    with pytest.raises(InvalidRequest, match="BRL/ARS, which waits for two people"):
        SML.rate(reference(quotes, BOTH, DAY), "BRL", "ARS")


def test_levels_are_exact_in_minor_units_where_whole_numbers_allow_it() -> None:
    found = levels({"JPY": Fraction(1), "KWD": Fraction(500)})
    assert Fraction(found["KWD"], found["JPY"]) == Fraction(1, 2)
    assert LEVEL_MAX // 2 < found["JPY"] <= LEVEL_MAX


def test_levels_are_bounded_as_the_prices_of_an_auction_are() -> None:
    assert (LEVEL_MIN, LEVEL_MAX) == (auction.PRICE_MIN, auction.PRICE_MAX)
    with pytest.raises(InvalidRequest, match=r"reference\[KRW\]"):
        levels({"JPY": Fraction(1 << 30), "KRW": Fraction(1)})


@given(st.lists(st.fractions(Fraction(1, 10**4), 10**4).filter(bool), min_size=3, max_size=3))
def test_levels_keep_the_proportions_to_one_part_in_two_to_the_thirtieth(values: list[Fraction]) -> None:
    worth = dict(zip(("JPY", "KRW", "VND"), values, strict=True))
    found = levels(worth)
    assert all(LEVEL_MIN <= level <= LEVEL_MAX for level in found.values())
    for one, value in worth.items():
        for other, divisor in worth.items():
            exact = value / divisor
            assert abs(Fraction(found[one], found[other]) / exact - 1) < Fraction(1, 2**30)
