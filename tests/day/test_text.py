"""Numbers, dates and instants out of columns of text, against Python's own parsers."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.day.text import Text, read_amounts, read_dates, read_instants

MIDNIGHT = 1_639_526_400_000_000


def text(*cells: str) -> Text:
    return Text.of(pa.array(list(cells), pa.string()))


def amounts(cells: list[str], exponent: int) -> list[int | None]:
    read = read_amounts(text(*cells), np.full(len(cells), exponent, np.int64))
    bad = read.not_decimal | read.decimals_over | read.digits_over
    return [None if wrong else int(minor) for minor, wrong in zip(read.minor, bad, strict=True)]


@given(
    st.lists(
        st.one_of(
            st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**15), max_value=10**15).map(
                lambda value: format(value, "f")
            ),
            st.text(st.sampled_from("0123456789.-+e ,"), max_size=24),
        ),
        min_size=1,
    ),
    st.sampled_from([0, 2, 3, 4]),
)
def test_amounts_agree_with_decimal(cells: list[str], exponent: int) -> None:
    assert amounts(cells, exponent) == [naive_amount(cell, exponent) for cell in cells]


def naive_amount(cell: str, exponent: int) -> int | None:
    digits = cell.removeprefix("-")
    whole, point, fraction = digits.partition(".")
    if not (whole.isdigit() and (fraction.isdigit() if point else True)) or len(fraction) > exponent:
        return None
    minor = int(Decimal(cell).scaleb(exponent)) if len(whole + fraction) <= 18 else 10**18
    return minor if abs(minor) < 10**18 else None


@pytest.mark.parametrize(
    ("cell", "exponent", "expected"),
    [
        ("999999999999999999", 0, 999_999_999_999_999_999),
        ("1000000000000000000", 0, None),
        ("9999999999999999.99", 2, 999_999_999_999_999_999),
        ("99999999999999999", 2, None),
        ("-0.0001", 4, -1),
        ("1.0", 0, None),
        (".5", 2, None),
        ("5.", 2, None),
        ("-", 2, None),
        ("--5", 2, None),
        ("1e3", 2, None),
        ("1 000", 2, None),
        ("٣", 2, None),
        ("", 2, None),
    ],
)
def test_amount_at_the_edge_is_read_or_refused(cell: str, exponent: int, expected: int | None) -> None:
    assert amounts([cell], exponent) == [expected]


def test_why_an_amount_is_refused_is_told_apart() -> None:
    cells = ["x", "1.234", "1234567890123456789", "12345678901234567"]
    read = read_amounts(text(*cells), np.full(4, 2, np.int64))
    assert read.not_decimal.tolist() == [True, False, False, False]
    assert read.decimals_over.tolist() == [False, True, False, False]
    assert read.digits_over.tolist() == [False, False, True, True]


@given(st.lists(st.dates(), min_size=1))
def test_dates_agree_with_the_calendar(days: list[date]) -> None:
    values, wrong = read_dates(text(*(day.isoformat() for day in days)))
    assert not wrong.any()
    assert values.tolist() == [day.toordinal() - date(1970, 1, 1).toordinal() for day in days]


@pytest.mark.parametrize("cell", ["2021-02-29", "2021-13-01", "2021-00-10", "2021-1-1", "15.12.2021", "2021-12-32"])
def test_date_that_does_not_exist_is_refused(cell: str) -> None:
    assert read_dates(text(cell))[1].tolist() == [True]


@given(st.datetimes(), st.integers(-14 * 60, 14 * 60), st.sampled_from(["T", "t", " "]))
def test_timestamps_agree_with_the_calendar(moment: datetime, offset: int, mark: str) -> None:
    sign, ahead = "+-"[offset < 0], abs(offset)
    cell = f"{moment.date()}{mark}{moment.time().isoformat('microseconds')}{sign}{ahead // 60:02d}:{ahead % 60:02d}"
    values, wrong = read_instants(text(cell), MIDNIGHT)
    expected = (moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert (values.tolist(), wrong.tolist()) == ([expected - offset * 60_000_000], [False])


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        ("09:30", 34_200_000_000),
        ("09:30:01", 34_201_000_000),
        ("09:30:01.5", 34_201_500_000),
        ("09:30:01.000001", 34_201_000_001),
        ("2021-12-15T09:30:00Z", 34_200_000_000),
        ("2021-12-15T17:30:00+08:00", 34_200_000_000),
        ("2021-12-15T09:30:00.25z", 34_200_250_000),
    ],
)
def test_instant_in_any_form_is_the_same(cell: str, time: int) -> None:
    values, wrong = read_instants(text(cell), MIDNIGHT)
    assert (values.tolist(), wrong.tolist()) == ([MIDNIGHT + time], [False])


@pytest.mark.parametrize(
    "cell",
    [
        *("9:30:00", "24:00:00", "09:60:00", "09:30:60", "09:30:00.", "09:30:00.1234567", "09-30-00", "0x:00:00"),
        *("2021-12-15T09:30:00", "2021-12-15", "2021-12-15T09:30Z", "2021-12-15T09:30:00+0800", "2021-02-30T00:00:00Z"),
    ],
)
def test_instant_in_another_form_is_refused(cell: str) -> None:
    values, wrong = read_instants(text(cell), MIDNIGHT)
    assert (values.tolist(), wrong.tolist()) == ([0], [True])


def test_slices_and_nulls_are_read_as_they_stand() -> None:
    column = Text.of(pa.array(["skip", "12", None, "3"], pa.string()).slice(1))
    assert column.absent.tolist() == [False, True, False]
    assert read_amounts(column, np.zeros(3, np.int64)).minor.tolist() == [12, 0, 3]
