"""Published cases of clearing unions and pools: scales, charges, votes, official rates, the funded session."""

from fractions import Fraction

import pytest

import comity
from comity.model.amount import Rate
from comity.model.currency import currency
from comity.union import (
    BRICS_2014,
    EPU_1950,
    EPU_1952,
    KEYNES_1943,
    ClearingUnion,
    Failing,
    QuotaAccount,
    Scale,
    SessionRules,
    SessionTrade,
    annual_charge,
    official_rate,
    settle_session,
)

QUOTA = 100
BILLION = 10**9
DEFICITS = (20, 40, 60, 80, 100, 120)
HAIRCUTS = {"EUR": Fraction(5, 100), "JPY": Fraction(6, 100)}


def test_package_is_reached_from_the_top() -> None:
    assert comity.union.EPU_1950 is EPU_1950
    with pytest.raises(AttributeError, match="onion"):
        _ = comity.onion  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("scale", "paid"), [(EPU_1950, (0, 4, 12, 24, 40, 60)), (EPU_1952, (2, 8, 16, 26, 40, 60))], ids=["1950", "1952"]
)
def test_debtor_of_the_european_payments_union_pays_the_published_gold(scale: Scale, paid: tuple[int, ...]) -> None:
    assert tuple(-scale.asset(-deficit, QUOTA) for deficit in DEFICITS) == paid


@pytest.mark.parametrize("scale", [EPU_1950, EPU_1952])
def test_creditor_of_the_european_payments_union_receives_the_published_gold(scale: Scale) -> None:
    assert [scale.asset(surplus, QUOTA) for surplus in (20, 40, 60, 80, 100)] == [0, 10, 20, 30, 40]


@pytest.mark.parametrize(
    ("scale", "paid"), [(EPU_1950, [0, 4, 8, 12, 16, 20]), (EPU_1952, [2, 6, 8, 10, 14, 20])], ids=["1950", "1952"]
)
def test_each_period_settles_the_difference_of_the_schedule(scale: Scale, paid: list[int]) -> None:
    account = QuotaAccount("FR", QUOTA, scale)
    for month in range(6):
        account = account.apply(str(month), -20)
    assert [-each.asset_minor for each in account.history] == paid
    assert (account.position_minor, account.beyond_quota_minor, account.credit_minor) == (-120, 20, -60)


def test_belgium_luxembourg_settles_half_of_its_excess_in_gold_on_30_june_1952() -> None:
    quota, surplus = 3306, 4158
    within = QuotaAccount("BE", quota, EPU_1950).apply("in quota", quota)
    account = within.apply("1952-06", surplus - quota)
    beyond = account.history[-1]
    assert (account.beyond_quota_minor, beyond.asset_minor, beyond.credit_minor) == (852, 426, 426)
    assert account.position_minor == 4158


@pytest.mark.parametrize(
    ("balance", "charge"),
    [(20, "0"), (25, "0"), (40, "0.15"), (50, "0.25"), (60, "0.45"), (75, "0.75"), (100, "1.25")],
)
def test_keynes_charges_credit_and_debit_alike(balance: int, charge: str) -> None:
    assert annual_charge(balance, QUOTA, KEYNES_1943) == Fraction(charge)
    assert annual_charge(-balance, QUOTA, KEYNES_1943) == Fraction(charge)


def test_balances_of_members_sum_to_zero() -> None:
    union = ClearingUnion.of(dict.fromkeys("ABC", QUOTA), EPU_1950)
    for period, nets in enumerate([(50, -30, -20), (-90, 40, 50), (7, -7, 0)]):
        union = union.apply(str(period), dict(zip("ABC", nets, strict=True)))
        assert sum(account.position_minor for account in union.accounts.values()) == 0


def test_brics_pool_gives_the_published_access_and_votes() -> None:
    members = ["CN", "BR", "RU", "IN", "ZA"]
    committed = [BRICS_2014.commitments[member].committed_minor for member in members]
    assert committed == [each * BILLION for each in (41, 18, 18, 18, 5)]
    access = [BRICS_2014.access_minor(member) for member in members]
    assert access == [each * BILLION // 10 for each in (205, 180, 180, 180, 100)]
    assert [BRICS_2014.free_minor(member) * 10 for member in members] == [each * 3 for each in access]
    votes = BRICS_2014.votes()
    assert [votes[member] * 100 for member in members] == [
        Fraction(each) for each in ("39.95", "18.10", "18.10", "18.10", "5.75")
    ]
    assert sum(votes.values()) == 1


@pytest.mark.parametrize(
    ("reference", "ptax", "official"),
    [("108.88670", "5.02520", "21.66815"), ("108.78330", "5.05100", "21.53700"), ("42.60400", "5.02520", "8.47810")],
)
def test_official_rate_of_the_local_currency_system(reference: str, ptax: str, official: str) -> None:
    dollar, peso, real = currency("USD"), currency("ARS"), currency("BRL")
    rate = official_rate(Rate.parse(reference, dollar, peso), Rate.parse(ptax, dollar, real))
    assert rate == Rate.parse(official, real, peso)


def test_trade_that_haircuts_do_not_cover_is_skipped_though_its_plain_sum_is_positive() -> None:
    rules = SessionRules(HAIRCUTS)
    positions = {"EUR": 100, "JPY": -90}
    assert sum(positions.values()) == 10
    assert rules.net_value(positions) == 95 - Fraction("95.4")
    assert rules.test(positions) is Failing.NET_VALUE
    trade = SessionTrade("1", "A", "B", "JPY", 90, "EUR", 100)
    result = settle_session([trade], {"B": {"EUR": 100}}, rules)
    assert (result.settled, result.recycled) == ((), ("1",))
    assert result.positions_minor == {"B": {"EUR": 100}}


def test_skipped_trade_is_recycled_and_settles_once_another_covers_it() -> None:
    trades = [SessionTrade("1", "A", "B", "JPY", 90, "EUR", 100), SessionTrade("2", "B", "A", "JPY", 10, "EUR", 8)]
    result = settle_session(trades, {"B": {"EUR": 100, "JPY": 10}}, SessionRules(HAIRCUTS))
    assert (result.settled, result.recycled) == (("2", "1"), ())
