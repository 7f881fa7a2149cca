"""The funded session and the official rate: limits hold for everyone, money is conserved, misuse is said."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import InvalidRequest
from comity.model.amount import Rate
from comity.model.currency import currency
from comity.union import Failing, SessionRules, SessionTrade, official_rate, settle_session

NAMES = ("A", "B", "C")
MONEYS = ("EUR", "JPY", "CNY")
RULES = SessionRules(dict.fromkeys(MONEYS, Fraction(5, 100)), {"JPY": 300}, 400)

trades = st.builds(
    lambda parties, moneys, sold, bought: (*parties, moneys[0], sold, moneys[1], bought),
    st.permutations(NAMES).map(lambda names: names[:2]),
    st.permutations(MONEYS),
    st.integers(1, 500),
    st.integers(1, 500),
)
DOLLAR, PESO, REAL = currency("USD"), currency("ARS"), currency("BRL")


@settings(deadline=None)
@given(st.lists(trades, max_size=12), st.lists(st.integers(0, 300), min_size=9, max_size=9))
def test_session_conserves_every_currency_and_leaves_all_within_their_limits(
    queue: list[tuple[str, str, str, int, str, int]], paid_in: list[int]
) -> None:
    positions = {
        name: dict(zip(MONEYS, paid_in[3 * place : 3 * place + 3], strict=True)) for place, name in enumerate(NAMES)
    }
    items = [SessionTrade(str(place), *trade) for place, trade in enumerate(queue)]
    result = settle_session(items, positions, RULES)
    for money in MONEYS:
        before, after = (sum(own[money] for own in each.values()) for each in (positions, result.positions_minor))
        assert before == after
    assert all(RULES.test(own) is Failing.NONE for own in result.positions_minor.values())
    assert sorted((*result.settled, *result.recycled), key=int) == [item.id for item in items]


@pytest.mark.parametrize(
    ("positions", "failing"),
    [
        ({"EUR": 1000, "JPY": -300}, Failing.NONE),
        ({"EUR": 1000, "JPY": -301}, Failing.SHORT_LIMIT),
        ({"EUR": 1000, "JPY": -300, "CNY": -100}, Failing.NONE),
        ({"EUR": 1000, "JPY": -300, "CNY": -101}, Failing.SHORT_TOTAL_LIMIT),
        ({"EUR": 100, "JPY": -301}, Failing.NET_VALUE),
    ],
)
def test_first_test_that_fails_is_named(positions: dict[str, int], failing: Failing) -> None:
    assert RULES.test(positions) is failing


def test_misuse_of_a_session_is_said() -> None:
    with pytest.raises(InvalidRequest, match="positions: expected one of EUR, JPY, CNY, found 'XXX'"):
        RULES.test({"XXX": 1})
    with pytest.raises(InvalidRequest, match=r"haircuts\[EUR\]: expected 0 to 1, found 2"):
        SessionRules({"EUR": Fraction(2)})
    with pytest.raises(InvalidRequest, match="sold_minor: expected 1 or more, found 0"):
        SessionTrade("1", "A", "B", "EUR", 0, "JPY", 1)


@settings(deadline=None)
@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_official_rate_is_less_than_a_step_above_the_quotient(peso: int, real: int) -> None:
    reference, other = Rate(peso, 10**4, DOLLAR, PESO), Rate(real, 10**4, DOLLAR, REAL)
    quotient = Fraction(peso, real)
    if quotient < Fraction(1, 10**5):
        with pytest.raises(InvalidRequest, match="a quotient of 1/100000 or more"):
            official_rate(reference, other)
        return
    rate = official_rate(reference, other)
    exact = Fraction(rate.numerator, rate.denominator)
    assert -Fraction(1, 10**5) < exact - quotient < Fraction(5, 10**5)
    assert (exact / Fraction(5, 10**5)).denominator == 1


@pytest.mark.parametrize(
    ("peso", "official"),
    [("1.000050", "1.00005"), ("1.000059", "1.00005"), ("1.000060", "1.0001"), ("1.0000999", "1.0001")],
)
def test_what_is_beyond_five_decimals_is_cut_before_the_rate_is_raised(peso: str, official: str) -> None:
    rate = official_rate(Rate.parse(peso, DOLLAR, PESO), Rate(1, 1, DOLLAR, REAL))
    assert rate == Rate.parse(official, REAL, PESO)


def test_misuse_of_rates_is_said() -> None:
    with pytest.raises(InvalidRequest, match="other: expected a rate of USD, found one of BRL"):
        official_rate(Rate(1, 1, DOLLAR, PESO), Rate(1, 1, REAL, PESO))
    with pytest.raises(InvalidRequest, match="a step above 0"):
        official_rate(Rate(1, 1, DOLLAR, PESO), Rate(1, 1, DOLLAR, REAL), step=Fraction(0))
