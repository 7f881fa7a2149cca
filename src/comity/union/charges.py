"""Symmetric charges: creditors pay for their balances as debtors do.

In Keynes's plan for an International Clearing Union a member pays 1 % a year on
the part of its average balance above a quarter of its quota, and another 1 % on
the part above half, *whether it is in credit or in debit*, so that both sides
have a reason to return to balance (Proposals for an International Clearing
Union, Cmd. 6437, April 1943, section II). What is charged goes to the
charges account of the union, and with it all balances still sum to zero.

The balance that counts is the absolute value of the average over the period,
signs included: a member that was in credit for half a year and in debit for the
other half, alike, was in balance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from comity.model.amount import Rounding, round_minor
from comity.union.checks import ratio, refusal, same_names, whole
from comity.union.day_count import DayCount


@dataclass(frozen=True, slots=True)
class Bracket:
    """A rate on the part of the average balance above a share of the quota.

    Attributes
    ----------
    above
        Share of the quota, 0 or more.
    rate
        Per year, 0 or more; added to the rates of lower brackets.
    """

    above: Fraction
    rate: Fraction

    def __post_init__(self) -> None:
        ratio("above", self.above)
        ratio("rate", self.rate)


KEYNES_1943 = (Bracket(Fraction(1, 4), Fraction(1, 100)), Bracket(Fraction(1, 2), Fraction(1, 100)))
"""1 % above a quarter of the quota and 1 % more above half."""


def annual_charge(average_minor: Fraction | int, quota_minor: int, brackets: Sequence[Bracket]) -> Fraction:
    """Return the charge for a year on an average balance, in minor units, exactly.

    Parameters
    ----------
    average_minor
        Average balance, of either sign: the charge is the same.
    quota_minor
        The member's quota, 0 or more.
    brackets
        In any order.

    Examples
    --------
    >>> annual_charge(-60_00, 100_00, KEYNES_1943)
    Fraction(45, 1)
    """
    whole("quota_minor", quota_minor, 0)
    size = abs(average_minor * Fraction(1))
    ratio("average_minor", size)
    return sum((each.rate * max(Fraction(0), size - each.above * quota_minor) for each in brackets), Fraction(0))


def average_balance(balances: Sequence[tuple[date, int]], last: date) -> Fraction:
    """Return the average balance by calendar days, in minor units, exactly.

    Parameters
    ----------
    balances
        From which date on (inclusive) the account stood at which balance; dates rise.
    last
        Where the period ends, exclusive; after the last of the dates.

    Raises
    ------
    InvalidRequest
        If there is no balance, or dates do not rise.

    Examples
    --------
    >>> average_balance([(date(2024, 1, 1), 100), (date(2024, 1, 11), 40)], date(2024, 1, 31))
    Fraction(60, 1)
    """
    if not balances:
        raise refusal("balances", "one balance or more", "none")
    starts = [start for start, _ in balances]
    total = 0
    for place, (start, end) in enumerate(zip(starts, [*starts[1:], last], strict=True)):
        if end <= start:
            raise refusal(f"balances[{place + 1}]", f"a date after {start}", str(end))
        whole(f"balances[{place}]", balances[place][1])
        total += balances[place][1] * (end - start).days
    return Fraction(total, (last - starts[0]).days)


@dataclass(frozen=True, slots=True)
class Charges:
    """What a period's accrual posts, minor units.

    Attributes
    ----------
    members_minor
        Charged to each member, 0 or more: debit its balance with it.
    account_minor
        Credited to the charges account: the sum of them.
    remainders
        What each exact charge exceeds the whole one by; pass them on to the next accrual, or drop them.
    """

    members_minor: Mapping[str, int]
    account_minor: int
    remainders: Mapping[str, Fraction]


def accrue(
    averages_minor: Mapping[str, Fraction | int],
    quotas_minor: Mapping[str, int],
    period: tuple[date, date],
    day_count: DayCount,
    *,
    brackets: Sequence[Bracket] = KEYNES_1943,
    rounding: Rounding = Rounding.HALF_EVEN,
) -> Charges:
    """Charge every member for a period.

    Parameters
    ----------
    averages_minor, quotas_minor
        Average balance over the period, and quota, of the same members.
    period
        First date, and the date after the last.
    day_count
        How much of a year the period is.
    rounding
        Of each member's charge.

    Raises
    ------
    InvalidRequest
        If a member has an average and no quota, or the other way round.

    Examples
    --------
    >>> year = (date(2023, 1, 1), date(2024, 1, 1))
    >>> charged = accrue({"X": 7500, "Y": -7500}, {"X": 10_000, "Y": 10_000}, year, DayCount.ACT_365F)
    >>> dict(charged.members_minor), charged.account_minor
    ({'X': 75, 'Y': 75}, 150)
    """
    same_names("averages", averages_minor, quotas_minor)
    years = day_count.years(*period)
    exact = {
        member: annual_charge(average, quotas_minor[member], brackets) * years
        for member, average in averages_minor.items()
    }
    charged = {member: round_minor(charge, rounding) for member, charge in exact.items()}
    remainders = {member: charge - charged[member] for member, charge in exact.items()}
    return Charges(charged, sum(charged.values()), remainders)
