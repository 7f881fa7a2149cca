"""Instants are exact microseconds, read and written without a clock."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import InvalidRequest
from comity.model.instant import (
    DAY_US,
    date_of,
    days_of,
    format_instant,
    format_time,
    is_canonical_instant,
    midnight,
    parse_date,
    parse_instant,
    parse_time,
)

DAY = date(2021, 12, 15)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
instants = st.integers(midnight(date.min), midnight(date.max) + DAY_US - 1)


@given(instants)
def test_written_instant_is_read_back(instant: int) -> None:
    assert parse_instant(format_instant(instant)) == instant


@given(instants)
def test_written_instant_is_the_one_of_the_standard_library(instant: int) -> None:
    assert datetime.fromisoformat(format_instant(instant)) == EPOCH + timedelta(microseconds=instant)


@given(st.dates())
def test_days_and_dates_are_the_same(day: date) -> None:
    assert date_of(days_of(day)) == day == parse_date(day.isoformat())
    assert midnight(day) == days_of(day) * DAY_US


@given(st.integers(0, DAY_US - 1))
def test_written_time_is_read_back(time: int) -> None:
    assert parse_time(format_time(time)) == time
    assert parse_instant(format_time(time), DAY) == midnight(DAY) + time


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("16:00", "2021-12-15T16:00:00Z"),
        ("16:00:01", "2021-12-15T16:00:01Z"),
        ("16:00:01.5", "2021-12-15T16:00:01.500000Z"),
        ("00:00:00.000001", "2021-12-15T00:00:00.000001Z"),
        ("2021-12-14T23:00:00Z", "2021-12-14T23:00:00Z"),
        ("2021-12-15t03:00:00.25z", "2021-12-15T03:00:00.250000Z"),
        ("2021-12-15 03:00:00+03:00", "2021-12-15T00:00:00Z"),
        ("2021-12-14T19:00:00-05:30", "2021-12-15T00:30:00Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
    ],
)
def test_instant_text_is_read_exactly(text: str, written: str) -> None:
    assert format_instant(parse_instant(text, DAY)) == written


@pytest.mark.parametrize(
    "text",
    [
        "", "16", "16:0", "24:00", "16:60", "16:00:60", "16:00:00.", "16:00:00.1234567", "-1:00", " 16:00", "16:00\n",
        "2021-12-15", "2021-12-15T16:00Z", "2021-12-15T16:00:00", "2021-02-30T16:00:00Z", "2021-12-15T16:00:00+24:00",
        "2021-12-15T16:00:00+0300", "20211215T160000Z", "2021-12-15T16:00:00.1234567Z", "now", "0", "1639584000",
        "\u0661\u0666:00", "9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00",
    ],
)  # fmt: skip
def test_other_instant_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="expected an instant in RFC 3339, or a time"):
        parse_instant(text, DAY)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2021-12-15T16:00:00Z", True),
        ("2021-12-15T16:00:00.500000Z", True),
        ("2021-12-15T16:00:00.5Z", False),
        ("2021-12-15T16:00:00+00:00", False),
        ("2021-12-15 16:00:00Z", False),
        ("9999-12-31T23:59:59-01:00", False),
        ("16:00", False),
    ],
)
def test_one_way_of_writing_an_instant_is_canonical(text: str, canonical: bool) -> None:  # noqa: FBT001
    assert is_canonical_instant(text) == canonical


def test_time_without_date_is_no_instant() -> None:
    with pytest.raises(InvalidRequest, match="expected an instant in RFC 3339, found '16:00'"):
        parse_instant("16:00")


@pytest.mark.parametrize("text", ["2021-02-29", "2021-13-01", "0000-01-01", "20211215", "2021-W50-3", "2021-12-15 "])
def test_other_date_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="expected a date YYYY-MM-DD"):
        parse_date(text)


@pytest.mark.parametrize("time", [-1, DAY_US])
def test_time_of_another_day_is_not_written(time: int) -> None:
    with pytest.raises(ValueError, match="another day"):
        format_time(time)


@pytest.mark.parametrize("days", [days_of(date.min) - 1, days_of(date.max) + 1])
def test_days_outside_the_calendar_are_no_date(days: int) -> None:
    with pytest.raises(ValueError, match="no date"):
        date_of(days)
