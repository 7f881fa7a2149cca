"""Charges: the same for credit and debit, by named day counts, and nothing lost in rounding."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import InvalidRequest
from comity.model.amount import Rounding
from comity.union import KEYNES_1943, Bracket, DayCount, accrue, annual_charge, average_balance

YEAR = (date(2023, 1, 1), date(2024, 1, 1))
balances = st.integers(-(10**12), 10**12)
dates = st.dates(date(1950, 1, 1), date(2100, 1, 1))


@settings(deadline=None)
@given(st.lists(balances, min_size=1, max_size=6), st.integers(0, 10**12), st.sampled_from(Rounding), dates, dates)
def test_charges_are_symmetric_and_the_account_receives_all_of_them(
    averages: list[int], quota: int, rounding: Rounding, one: date, two: date
) -> None:
    names = [str(place) for place in range(len(averages))]
    quotas = dict.fromkeys(names, quota)
    period = (min(one, two), max(one, two))
    charged = [
        accrue(
            {name: sign * average for name, average in zip(names, averages, strict=True)},
            quotas,
            period,
            DayCount.ACT_360,
            rounding=rounding,
        )
        for sign in (1, -1)
    ]
    assert charged[0] == charged[1]
    assert charged[0].account_minor == sum(charged[0].members_minor.values())
    for name, average in zip(names, averages, strict=True):
        exact = annual_charge(average, quota, KEYNES_1943) * DayCount.ACT_360.years(*period)
        assert charged[0].members_minor[name] + charged[0].remainders[name] == exact
        assert abs(charged[0].remainders[name]) < 1


@pytest.mark.parametrize(
    ("convention", "first", "last", "years"),
    [
        (DayCount.ACT_360, date(2024, 1, 1), date(2025, 1, 1), Fraction(366, 360)),
        (DayCount.ACT_365F, date(2024, 1, 1), date(2025, 1, 1), Fraction(366, 365)),
        (DayCount.THIRTY_360, date(2024, 1, 1), date(2025, 1, 1), Fraction(1)),
        (DayCount.THIRTY_360, date(2024, 1, 30), date(2024, 3, 31), Fraction(60, 360)),
        (DayCount.THIRTY_360, date(2024, 1, 29), date(2024, 3, 31), Fraction(62, 360)),
        (DayCount.THIRTY_360, date(2023, 2, 28), date(2023, 3, 1), Fraction(3, 360)),
        (DayCount.ACT_360, date(2024, 1, 1), date(2024, 1, 1), Fraction(0)),
    ],
)
def test_day_count_gives_the_years_of_its_convention(
    convention: DayCount, first: date, last: date, years: Fraction
) -> None:
    assert convention.years(first, last) == years


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 40), balances), min_size=1, max_size=10))
def test_average_is_that_of_the_balances_of_all_days(spells: list[tuple[int, int]]) -> None:
    start, known, daily = date(2024, 1, 1), [], []
    for days, balance in spells:
        known.append((start, balance))
        daily += [balance] * days
        start += timedelta(days)
    assert average_balance(known, start) == Fraction(sum(daily), len(daily))


def test_year_of_half_credit_and_half_debit_was_in_balance() -> None:
    average = average_balance([(date(2023, 1, 1), 100), (date(2023, 7, 2), -100)], date(2023, 12, 31))
    assert average == 0
    assert annual_charge(average, 100, KEYNES_1943) == 0


def test_part_of_a_unit_is_handed_on() -> None:
    brackets = [Bracket(Fraction(0), Fraction(1, 100))]
    quotas = {"A": 100, "B": 100}
    charged = accrue({"A": 150, "B": -150}, quotas, YEAR, DayCount.ACT_365F, brackets=brackets, rounding=Rounding.FLOOR)
    assert (charged.account_minor, charged.remainders["B"]) == (2, Fraction(1, 2))


def test_what_cannot_be_charged_is_said() -> None:
    with pytest.raises(InvalidRequest, match=r"averages\[B\]: expected a value, found none"):
        accrue({"A": 1}, {"A": 1, "B": 1}, YEAR, DayCount.ACT_360)
    with pytest.raises(InvalidRequest, match="expected a date from 2024-01-01 on, found 2023-01-01"):
        accrue({}, {}, YEAR[::-1], DayCount.ACT_360)
    with pytest.raises(InvalidRequest, match="one balance or more"):
        average_balance([], YEAR[1])
    with pytest.raises(InvalidRequest, match="a date after 2024-01-01"):
        average_balance([(YEAR[1], 1)], YEAR[0])
    with pytest.raises(TypeError):
        annual_charge(0.5, 100, KEYNES_1943)  # type: ignore[arg-type]
