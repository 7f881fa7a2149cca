"""Numbers and names as people read them."""

import pytest

from comity.report.charts.axes import tick_texts, ticks
from comity.report.table import Download
from comity.report.text import Scale, esc, joined, major, percent, short, span, tell


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.034, "0.03"),
        (4.5, "4.50"),
        (45.04, "45.0"),
        (999, "999"),
        (1234, "1.23 k"),
        (12_345_678, "12.3 m"),
        (97.7e9, "97.7 bn"),
        (3.2e12, "3.20 tn"),
        (4.1e16, "41,000 tn"),
    ],
)
def test_value_is_told_in_three_digits_and_its_unit(value: float, text: str) -> None:
    assert tell(value) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 100, "0%"),
        (1, 10**9, "<0.1%"),
        (4.25, 100, "4.2%"),
        (50, 100, "50%"),
        (99.6, 100, "99.6%"),
        (99.999, 100, ">99.9%"),
        (100, 100, "100%"),
        (104, 100, "104%"),
    ],
)
def test_percent_says_all_only_of_all_and_nothing_only_of_nothing(part: float, whole: float, text: str) -> None:
    assert percent(part, whole) == text


def test_percent_of_nothing_is_a_dash() -> None:
    assert percent(3, 0) == "\N{EN DASH}"


@pytest.mark.parametrize(
    ("minor", "exponent", "text"), [(5, 2, "0.05"), (-1234, 2, "-12.34"), (7, 0, "7"), (1, 4, "0.0001")]
)
def test_minor_units_become_exact_decimal_text(minor: int, exponent: int, text: str) -> None:
    assert major(minor, exponent) == text


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [(0, "no time"), (5, "under a second"), (12_000_000, "12 s"), (240_000_000, "4 min"), (3_900_000_000, "1 h 05")],
)
def test_length_of_time_is_told_in_the_unit_that_suits_it(microseconds: int, text: str) -> None:
    assert span(microseconds) == text


def test_markup_and_control_characters_become_text() -> None:
    assert esc("<a href=\"x\" on='y'>&\x00") == "&lt;a href=&quot;x&quot; on=&#x27;y&#x27;&gt;&amp; "


def test_words_are_joined_as_in_a_sentence() -> None:
    assert (joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])) == ("a", "a and b", "a, b and c")


@pytest.mark.parametrize("top", [0.003, 0.7, 1, 3, 17, 99, 100, 5432, 7.7e12])
def test_ticks_are_round_and_reach_the_top(top: float) -> None:
    marks = ticks(top)

    assert marks[0] == 0
    assert marks[-2] < top <= marks[-1] * (1 + 1e-9)
    assert 3 <= len(marks) <= 7


def test_ticks_of_an_axis_have_the_same_decimals() -> None:
    assert tick_texts([0, 0.5, 1.0, 1.5], 1) == ["0", "0.5", "1.0", "1.5"]
    assert tick_texts([0, 2e10, 4e10], 1e9) == ["0", "20", "40"]


def test_small_numbers_are_not_told_as_nothing() -> None:
    assert short(0.0042) == "0.0042"
    assert short(0.00001) == "1.0e-05"


def test_scale_of_nothing_has_no_name() -> None:
    assert Scale.for_largest([]).tell(0) == "0"


def test_csv_quotes_what_a_spreadsheet_would_run_and_leaves_numbers() -> None:
    text = Download("x", ("a", "b"), [("=1+1", "-5.25"), ("-x", 7)]).text()

    assert text == "a,b\r\n'=1+1,-5.25\r\n'-x,7\r\n"
