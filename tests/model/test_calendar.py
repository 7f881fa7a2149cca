"""A calendar closes weekends and holidays, and finds the open date beside any date."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.model.calendar import FRIDAY_SATURDAY, Calendar, joined

NEW_YEAR = Calendar(frozenset({date(2024, 1, 1), date(2024, 1, 2)}))
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@pytest.mark.parametrize(
    ("calendar", "day", "following"),
    [
        (NEW_YEAR, date(2023, 12, 28), date(2023, 12, 29)),
        (NEW_YEAR, date(2023, 12, 29), date(2024, 1, 3)),
        (NEW_YEAR, date(2024, 1, 1), date(2024, 1, 3)),
        (Calendar(weekend=FRIDAY_SATURDAY), date(2024, 1, 4), date(2024, 1, 7)),
        (Calendar(weekend=frozenset()), date(2024, 1, 6), date(2024, 1, 7)),
    ],
)
def test_next_open_date_skips_weekend_and_holidays(calendar: Calendar, day: date, following: date) -> None:
    assert calendar.next_open(day) == following


@given(days, st.frozensets(days, max_size=30), st.frozensets(st.integers(0, 6), max_size=6))
def test_nothing_between_a_date_and_the_next_open_one_is_open(
    day: date, holidays: frozenset[date], weekend: frozenset[int]
) -> None:
    calendar = Calendar(holidays, weekend)
    following = calendar.next_open(day)
    assert calendar.is_open(following)
    assert not any(calendar.is_open(day + timedelta(n)) for n in range(1, (following - day).days))
    assert calendar.previous_open(following) <= day or not calendar.is_open(day)
    assert calendar.open_on_or_after(day) == (day if calendar.is_open(day) else following)


@given(days)
def test_joined_calendar_is_open_when_all_are(day: date) -> None:
    other = Calendar(frozenset({date(2024, 3, 1)}), FRIDAY_SATURDAY)
    assert joined([NEW_YEAR, other]).is_open(day) == (NEW_YEAR.is_open(day) and other.is_open(day))


@pytest.mark.parametrize("weekend", [frozenset(range(7)), frozenset({7}), frozenset({-1})])
def test_weekend_leaves_a_day_of_the_week(weekend: frozenset[int]) -> None:
    with pytest.raises(ValueError, match="weekend"):
        Calendar(weekend=weekend)


def test_calendar_closed_for_a_year_has_no_next_open_date() -> None:
    closed = frozenset(date(2024, 1, 1) + timedelta(n) for n in range(400))
    with pytest.raises(ValueError, match="no open date within 366 days of 2024-01-01"):
        Calendar(closed).next_open(date(2024, 1, 1))
