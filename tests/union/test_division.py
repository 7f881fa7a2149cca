"""Termination, withdrawal, pools: amounts are divided in proportion, and no unit is lost or made."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import InvalidRequest
from comity.union import BRICS_2014, Commitment, ReservePool, apportion, apportion_claims, terminate, withdraw

weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=8)


@settings(deadline=None)
@given(st.integers(0, 10**12), weights)
def test_parts_add_up_and_are_within_a_unit_of_their_share(total: int, given_weights: list[int]) -> None:
    if not sum(given_weights):
        return
    parts = apportion(total, given_weights)
    assert sum(parts) == total
    for part, weight in zip(parts, given_weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(given_weights))) < 1


@settings(deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=7), st.lists(st.integers(0, 60), min_size=1, max_size=7))
def test_claims_add_up_in_both_directions_and_are_within_a_unit_of_their_share(
    claims: list[int], debts: list[int]
) -> None:
    difference = sum(claims) - sum(debts)
    claims, debts = [*claims, max(0, -difference)], [*debts, max(0, difference)]
    rows = apportion_claims(claims, debts)
    assert [sum(row) for row in rows] == claims
    assert [sum(column) for column in zip(*rows, strict=True)] == debts
    for claim, row in zip(claims, rows, strict=True):
        for debt, part in zip(debts, row, strict=True):
            assert part >= 0
            assert abs(part - Fraction(claim * debt, sum(claims) or 1)) < 1


@settings(deadline=None)
@given(st.lists(st.integers(-(10**9), 10**9), min_size=2, max_size=9), st.integers(0, 10**9))
def test_termination_conserves_what_everyone_is_owed_and_owes(positions: list[int], capital: int) -> None:
    own = sum(positions)
    if own + capital < 0:
        positions, own = [-each for each in positions], -own
    credits_minor = {str(place): position for place, position in enumerate(positions)}
    end = terminate(credits_minor, own + capital, capital)
    for member, credit in credits_minor.items():
        due = sum(claim for (creditor, _), claim in end.claims_minor.items() if creditor == member)
        owing = sum(claim for (_, debtor), claim in end.claims_minor.items() if debtor == member)
        owing += end.capital_claims_minor.get(member, 0)
        assert end.assets_minor.get(member, 0) + due == max(0, credit)
        assert owing == max(0, -credit)
    assert sum(end.assets_minor.values()) + end.capital_minor == own + capital
    assert end.capital_minor + sum(end.capital_claims_minor.values()) == capital


def test_assets_go_pro_rata_and_what_remains_is_bilateral() -> None:
    end = terminate({"DE": 60, "BE": 40, "FR": -50, "GB": -20}, assets_minor=80, capital_minor=50)
    assert end.assets_minor == {"DE": 18, "BE": 12}
    assert end.claims_minor == {("DE", "FR"): 30, ("DE", "GB"): 12, ("BE", "FR"): 20, ("BE", "GB"): 8}
    assert (end.capital_minor, end.capital_claims_minor) == (50, {})


def test_capital_that_was_lent_is_owed_by_debtors() -> None:
    end = terminate({"DE": 30, "FR": -40}, assets_minor=40, capital_minor=50)
    assert (end.assets_minor, end.claims_minor) == ({"DE": 0}, {("DE", "FR"): 30})
    assert (end.capital_minor, end.capital_claims_minor) == (40, {"FR": 10})


def test_books_that_do_not_balance_do_not_end() -> None:
    with pytest.raises(InvalidRequest, match="credits: expected a sum of 30, the assets less the capital, found 20"):
        terminate({"DE": 60, "FR": -40}, assets_minor=30)


@settings(deadline=None)
@given(st.integers(-(10**9), 10**9), st.lists(st.integers(1, 10**6), min_size=2, max_size=9))
def test_withdrawal_conserves_the_credit_of_who_leaves(credit: int, quotas: list[int]) -> None:
    replaced = withdraw("0", credit, {str(place): quota for place, quota in enumerate(quotas)})
    assert "0" not in replaced
    assert sum(replaced.values()) == credit


def test_drawing_beyond_the_free_part_needs_the_conditions() -> None:
    billion = 10**9
    assert BRICS_2014.room_minor("ZA", 2 * billion, conditions_hold=False) == billion
    assert BRICS_2014.room_minor("ZA", 2 * billion, conditions_hold=True) == 8 * billion
    assert BRICS_2014.room_minor("ZA", 11 * billion, conditions_hold=True) == 0
    parts = BRICS_2014.providers("ZA", billion)
    assert parts["CN"] == billion * 41 // 95 + 1
    assert sum(parts.values()) == billion


def test_misuse_of_a_pool_is_said() -> None:
    with pytest.raises(InvalidRequest, match="member: expected one of CN, BR, RU, IN, ZA, found 'XX'"):
        BRICS_2014.access_minor("XX")
    with pytest.raises(InvalidRequest, match="a sum above zero"):
        ReservePool({"A": Commitment(0, Fraction(1))}, Fraction(1, 2), Fraction(0))
    with pytest.raises(InvalidRequest, match="member: expected one of A, found 'B'"):
        withdraw("B", 1, {"A": 1})
    with pytest.raises(InvalidRequest, match="weights: expected one above zero, found none"):
        apportion(1, [0, 0])
    with pytest.raises(InvalidRequest, match="debts: expected the sum of the claims, 1, found 2"):
        apportion_claims([1], [2])
