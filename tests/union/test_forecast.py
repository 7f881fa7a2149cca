"""The imbalance forecast: the period in which a corridor breaks is the one that adding up by hand gives."""

from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import InvalidRequest
from comity.union import Flow, Outlook, Period, forecast

NAMES = ("BR", "CN", "IN")


def sold(exporter: str, importer: str, period: str, value: int) -> Flow:
    return Flow(exporter, importer, Period.parse(period), value)


def told(outlook: Outlook) -> tuple[str, int, str, str]:
    return outlook.name, outlook.cumulative_minor, str(outlook.warning_period), str(outlook.breaking_period)


RISING = [sold("CN", "BR", f"2020-{month:02}", 25) for month in range(1, 7)]


def test_corridor_warns_at_the_share_and_breaks_beyond_the_quota() -> None:
    (corridor,) = forecast(RISING, NAMES, 100).corridors
    assert told(corridor) == ("BR-CN", -150, "2020-03", "2020-05")


def test_position_at_the_quota_itself_does_not_break() -> None:
    (corridor,) = forecast(RISING[:4], NAMES, 100).corridors
    assert told(corridor) == ("BR-CN", -100, "2020-03", "None")


def test_trend_is_carried_forward_when_asked() -> None:
    assert forecast(RISING, NAMES, 230).corridors[0].breaking_period is None
    ahead = forecast(RISING, NAMES, 230, ahead=6)
    assert told(ahead.corridors[0]) == ("BR-CN", -150, "2020-07", "2020-10")
    assert (ahead.data_periods, len(ahead.periods), len(ahead.corridors[0].path_minor)) == (6, 12, 12)


def test_only_the_latest_periods_make_the_trend() -> None:
    flows = [*RISING, sold("BR", "CN", "2020-07", 60)]
    assert forecast(flows, NAMES, 200, ahead=2, window=1).corridors[0].path_minor[-2:] == (-30, 30)


def test_period_without_rows_is_one_without_trade() -> None:
    flows = [sold("CN", "BR", "2019-12", 60), sold("CN", "BR", "2020-03", 60)]
    answer = forecast(flows, NAMES, 100)
    assert [str(period) for period in answer.periods] == ["2019-12", "2020-01", "2020-02", "2020-03"]
    assert answer.corridors[0].path_minor == (-60, -60, -60, -120)


def test_members_stand_where_their_corridors_together_leave_them() -> None:
    flows = [sold("BR", "CN", "2020", 100), sold("CN", "IN", "2020", 100), sold("IN", "BR", "2020", 90)]
    answer = forecast([*flows, sold("US", "BR", "2021", 5)], NAMES, 50)
    assert [told(one)[3] for one in answer.corridors] == ["2020", "2020", "2020"]
    assert [told(one) for one in answer.members] == [
        ("BR", 10, "None", "None"),
        ("CN", 0, "None", "None"),
        ("IN", -10, "None", "None"),
    ]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.permutations(NAMES), st.integers(0, 23), st.integers(0, 1000)).map(
            lambda one: sold(one[0][0], one[0][1], f"20{20 + one[1] // 12}-{one[1] % 12 + 1:02}", one[2])
        ),
        min_size=1,
        max_size=60,
    ),
    st.integers(0, 3000),
    st.integers(0, 10),
)
def test_forecast_agrees_with_adding_up_every_corridor_by_itself(flows: list[Flow], quota: int, ahead: int) -> None:
    answer = forecast(flows, NAMES, quota, warn_at=Fraction(1, 2), ahead=ahead)
    months = [answer.periods[0].later(place) for place in range(answer.data_periods)]
    for corridor in answer.corridors:
        first, second = corridor.name.split("-")
        nets: dict[Period, int] = defaultdict(int)
        for flow in flows:
            if (flow.exporter, flow.importer) == (first, second):
                nets[flow.period] += flow.value_minor
            if (flow.exporter, flow.importer) == (second, first):
                nets[flow.period] -= flow.value_minor
        position, warned, broke = Fraction(0), None, None
        recent = [nets[month] for month in months][-12:]
        for month in answer.periods:
            position += nets[month] if month in months else Fraction(sum(recent), len(recent))
            warned = warned or (month if position and 2 * abs(position) >= quota else None)
            broke = broke or (month if abs(position) > quota else None)
        assert (corridor.warning_period, corridor.breaking_period) == (warned, broke)
    assert sum(member.cumulative_minor for member in answer.members) == 0


@pytest.mark.parametrize("text", ["2020-01", "2020-12", "2020-Q1", "2020-Q4", "0999"])
def test_period_is_written_as_it_was_read(text: str) -> None:
    assert str(Period.parse(text)) == text
    assert Period.parse(text).later(1) > Period.parse(text)


@pytest.mark.parametrize("text", ["", "2020-13", "2020-1", "2020-Q5", "20-01", "2020-01-01", "٢٠٢٠"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="a month as 2017-04"):
        Period.parse(text)


@pytest.mark.parametrize(
    ("flows", "members", "quota", "expected"),
    [
        (RISING, ["CN"], 1, "members: expected two or more, each once, found CN"),
        (RISING, ["CN", "CN"], 1, "members: expected two or more, each once, found CN, CN"),
        (RISING, NAMES, -1, "quota_minor: expected 0 or more, found -1"),
        (RISING, ["CN", "IN"], 1, "members: expected members that trade with each other, found no such trade"),
        (
            [sold("CN", "BR", "1900-01", 1), sold("CN", "BR", "2000-01", 1)],
            NAMES,
            1,
            "period: expected at most 1200 periods in all, found 1900-01 to 2000-01 and 0 ahead",
        ),
        ([*RISING, sold("CN", "BR", "2020", 1)], NAMES, 1, "period: expected periods of one kind, found year, month"),
    ],
)
def test_what_cannot_be_forecast_is_said(flows: list[Flow], members: list[str], quota: int, expected: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        forecast(flows, members, quota)
    assert str(caught.value) == expected
