"""Quota accounts: what is settled depends on where positions stand, sums are zero, misuse is said."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import InvalidRequest
from comity.model.amount import Rounding
from comity.union import (
    EPU_1950,
    EPU_1952,
    ClearingUnion,
    DayCount,
    QuotaAccount,
    Scale,
    Schedule,
    Tranche,
    accrue,
    early_warning,
    level_reached,
    periods_until_beyond,
    terminate_union,
)

amounts = st.integers(-(10**12), 10**12)
quotas = st.integers(0, 10**10)
scales = st.sampled_from([EPU_1950, EPU_1952])
roundings = st.sampled_from(Rounding)


@settings(deadline=None)
@given(st.lists(amounts, max_size=12), st.randoms(use_true_random=False), quotas, scales, roundings)
def test_settlement_in_all_does_not_depend_on_the_path(
    nets: list[int], chance: Callable[..., None], quota: int, scale: Scale, rounding: Rounding
) -> None:
    other = list(nets)
    chance.shuffle(other)  # type: ignore[attr-defined]
    accounts = [QuotaAccount("A", quota, scale, rounding) for _ in range(3)]
    for period, (one, two) in enumerate(zip(nets, other, strict=True)):
        accounts[0], accounts[1] = accounts[0].apply(str(period), one), accounts[1].apply(str(period), two)
    accounts[2] = accounts[2].apply("all at once", sum(nets))
    assert len({(each.position_minor, each.asset_minor, each.credit_minor) for each in accounts}) == 1


@settings(deadline=None)
@given(st.lists(amounts, min_size=1, max_size=12), quotas, scales)
def test_asset_and_credit_of_every_period_make_up_its_net_position(nets: list[int], quota: int, scale: Scale) -> None:
    account = QuotaAccount("A", quota, scale)
    for period, net in enumerate(nets):
        account = account.apply(str(period), net)
    assert all(each.asset_minor + each.credit_minor == each.net_minor for each in account.history)
    assert sum(each.asset_minor for each in account.history) == account.asset_minor
    assert abs(account.asset_minor) <= abs(account.position_minor)
    assert account.asset_minor * account.position_minor >= 0


@settings(deadline=None)
@given(st.lists(st.tuples(amounts, amounts), max_size=8), st.integers(0, 10**9), scales)
def test_positions_sum_to_zero_and_the_fund_holds_what_is_lent_less_what_is_borrowed(
    periods: list[tuple[int, int]], capital: int, scale: Scale
) -> None:
    union = ClearingUnion.of({"A": 100, "B": 10**6, "C": 10**11}, scale, capital)
    for period, (first, second) in enumerate(periods):
        union = union.apply(str(period), {"A": first, "B": second, "C": -first - second})
        accounts = union.accounts.values()
        assert sum(account.position_minor for account in accounts) == 0
        assert sum(account.credit_minor for account in accounts) == union.fund_minor - capital
    if union.fund_minor < 0:
        with pytest.raises(InvalidRequest, match="fund"):
            terminate_union(union)
        union = replace(union, capital_minor=capital - union.fund_minor)
    end = terminate_union(union)
    assert sum(end.assets_minor.values()) + end.capital_minor == union.fund_minor
    assert end.capital_minor + sum(end.capital_claims_minor.values()) == union.capital_minor


@settings(deadline=None)
@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=5), quotas, scales)
def test_positions_and_the_charges_account_sum_to_zero_after_charges(
    periods: list[tuple[int, int]], quota: int, scale: Scale
) -> None:
    quotas_minor = dict.fromkeys("ABC", quota)
    capital = 10**14
    union = ClearingUnion.of(quotas_minor, scale, capital)
    for month, (first, second) in enumerate(periods, 1):
        union = union.apply(str(month), {"A": first, "B": second, "C": -first - second})
        positions = {member: account.position_minor for member, account in union.accounts.items()}
        charged = accrue(positions, quotas_minor, (date(2024, month, 1), date(2024, month + 1, 1)), DayCount.ACT_360)
        union = union.charge(f"charges {month}", charged)
        accounts = union.accounts.values()
        assert sum(account.position_minor for account in accounts) + union.charges_minor == 0
        assert sum(account.credit_minor for account in accounts) == union.fund_minor - capital - union.charges_minor
    end = terminate_union(union)
    assert end.capital_minor + sum(end.capital_claims_minor.values()) == capital + union.charges_minor


def test_position_that_returns_is_settled_back_to_nothing() -> None:
    account = QuotaAccount("A", 100, EPU_1952).apply("1", -70).apply("2", 120).apply("3", -50)
    assert [each.asset_minor for each in account.history] == [-21, 36, -15]
    assert (account.position_minor, account.asset_minor, account.credit_minor) == (0, 0, 0)


def test_capital_pays_creditors_whom_debtors_do_not_yet_pay() -> None:
    union = ClearingUnion.of({"A": 100, "B": 500}, EPU_1950, capital_minor=50).apply("1", {"A": 100, "B": -100})
    assert (union.accounts["A"].asset_minor, union.accounts["B"].asset_minor, union.fund_minor) == (40, 0, 10)


@pytest.mark.parametrize(
    ("nets", "texts"),
    [
        ({"A": 1, "B": 0}, ["nets: expected positions that sum to zero, found a sum of 1"]),
        ({"A": 0}, ["nets[B]: expected a value, found none"]),
        ({"A": 0, "D": 0}, ["nets[B]: expected a value, found none", "nets: expected one of A, B, found 'D'"]),
    ],
)
def test_positions_that_cannot_be_are_refused(nets: dict[str, int], texts: list[str]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        ClearingUnion.of({"A": 1, "B": 1}, EPU_1950).apply("1", nets)
    assert str(caught.value).splitlines() == texts


def test_period_settles_once() -> None:
    account = QuotaAccount("A", 100, EPU_1950).apply("1950-07", 1)
    with pytest.raises(InvalidRequest, match="a period that was not settled yet, found '1950-07'"):
        account.apply("1950-07", 1)


def test_float_never_enters() -> None:
    with pytest.raises(TypeError, match="whole number"):
        QuotaAccount("A", 100, EPU_1950).apply("1", 0.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a Fraction"):
        Tranche(Fraction(1, 5), 0.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="whole number"):
        QuotaAccount("A", True, EPU_1950)


@pytest.mark.parametrize(
    ("text", "beyond", "expected"),
    [
        ("40/0 20/50", 100, "tranches[1].up_to: expected more than 2/5, found 1/5"),
        ("40", 100, "tranches[0]: expected two whole per cents such as 20/0, found '40'"),
        ("40/101", 100, "share: expected 0 to 1, found 101/100"),
        ("40/10", -1, "beyond: expected 0 to 1, found -1/100"),
    ],
)
def test_schedule_that_cannot_be_is_refused(text: str, beyond: int, expected: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        Schedule.of(text, beyond)
    assert str(caught.value) == expected


@settings(deadline=None)
@given(st.integers(-(10**6), 10**6), st.integers(-(10**4), 10**4), st.integers(0, 10**6))
def test_periods_left_are_those_that_counting_gives(position: int, change: int, limit: int) -> None:
    left = periods_until_beyond(position, Fraction(change, 3), limit)
    if left is None:
        assert change == 0
        assert abs(position) <= limit
        return
    assert abs(position + left * Fraction(change, 3)) > limit
    assert left == 0 or abs(position + (left - 1) * Fraction(change, 3)) <= limit


def test_warning_names_the_highest_level_and_the_trend() -> None:
    account = QuotaAccount("A", 100, EPU_1950)
    assert early_warning(account).level is None
    assert early_warning(account).periods_left is None
    for period, net in enumerate([-1000, 950, -20, -10]):
        account = account.apply(str(period), net)
    warning = early_warning(account, window=2)
    assert (warning.level, warning.periods_left) == (Fraction(3, 4), 2)
    assert early_warning(account.apply("beyond", -30)).periods_left == 0


@pytest.mark.parametrize(("position", "level"), [(49, None), (-50, "1/2"), (75, "3/4"), (-90, "9/10"), (500, "1")])
def test_level_counts_for_creditors_and_debtors_alike(position: int, level: str | None) -> None:
    assert level_reached(position, 100) == (None if level is None else Fraction(level))


def test_without_a_quota_nothing_is_warned_of_until_something_is_owed() -> None:
    assert level_reached(0, 0) is None
    assert level_reached(-1, 0) == 1
