"""Trade tables as flows, and the forecast written from them: both forms, exact figures, every fault at once."""

import csv
import gzip
import json
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity.day.imbalance import forecast_trade, write_forecast
from comity.day.trade_flows import read_flows
from comity.errors import InvalidRequest, NotFound
from comity.report.imbalance import render_imbalance
from comity.union import Flow, Period

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "rupee-rouble" / "trade.csv"
DOTS = "countrySource,countryTarget,value,type,year,month\n"


def table(folder: Path, text: str, name: str = "trade.csv") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def test_plain_table_is_counted_in_its_smallest_decimal(tmp_path: Path) -> None:
    text = (
        "exporter,importer,value,period\nIN,RUS,1.25,2022-08\nRussia,India,3,2022-09\n"
        "RU,World,9,2022-09\nRU,RU,9,2022-09\n"
    )
    flows = read_flows(table(tmp_path, text))
    assert flows.decimals == 2
    assert flows.flows == (
        Flow("IN", "RU", Period.parse("2022-08"), 125),
        Flow("RU", "IN", Period.parse("2022-09"), 300),
    )


@pytest.mark.parametrize("name", ["dots.csv", "dots.csv.gz"])
def test_direction_of_trade_is_taken_as_exporters_declare_it_in_dollars(tmp_path: Path, name: str) -> None:
    text = (
        f"{DOTS}India,Russia,143.13,export,2017,1\nIndia,Russia,391.61,import,2017,1\n"
        "Russia,India,0.0000001,export,2017,12\n"
    )
    flows = read_flows(table(tmp_path, text, name))
    assert flows.flows == (
        Flow("IN", "RU", Period.parse("2017-01"), 14_313_000_000),
        Flow("RU", "IN", Period.parse("2017-12"), 10),
    )


def test_parquet_and_arrow_give_the_same_flows_and_floats_mean_their_shortest_decimals(tmp_path: Path) -> None:
    columns = {"exporter": ["CHN"], "importer": ["BR"], "value": [0.1], "period": ["2020-Q1"]}
    arrow = pa.table(columns)
    pq.write_table(arrow, tmp_path / "trade.parquet")
    wanted = (Flow("CN", "BR", Period.parse("2020-Q1"), 1),)
    assert read_flows(arrow).flows == read_flows(tmp_path / "trade.parquet").flows == wanted


def test_every_fault_of_a_table_is_reported_at_once(tmp_path: Path) -> None:
    text = (
        "exporter,importer,value,period,currency\nIN,RU,x,2022-08,USD\nIN,RU,-1,2022-13,USD\nIN,RU,1,2022,USD\n"
        "IN,RU,1E+30,2022-08,USD\nIN,RU,1,2022-08,EUR\n"
    )
    with pytest.raises(InvalidRequest) as caught:
        read_flows(table(tmp_path, text))
    found = {(fault.row, fault.column) for fault in caught.value.faults}
    assert found == {(1, "value"), (2, "value"), (2, "period"), (3, "period"), (4, "value"), (5, "currency")}
    assert all(fault.expected and fault.found for fault in caught.value.faults)


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("exporter,importer,value\nIN,RU,1\n", "trade.csv", "a column period"),
        (DOTS + "India,Russia,x,export,2017,1\n", "trade.csv", "a number of 0 or more"),
        (DOTS + "India,Russia,1,export,2017,13\n", "trade.csv", "a month as 2017-04"),
        ("", "trade.csv", "a header line"),
        ("", "trade.csv.gz", "a complete CSV file in gzip"),
        ("no Parquet", "trade.parquet", "a complete Parquet file"),
    ],
)
def test_file_that_cannot_be_read_is_said(tmp_path: Path, text: str, name: str, expected: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_flows(table(tmp_path, text, name))
    assert caught.value.faults[0].expected.startswith(expected)
    assert caught.value.faults[0].file == name


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"nowhere\.csv"):
        read_flows(tmp_path / "nowhere.csv")


def test_gzip_that_is_cut_short_is_said(tmp_path: Path) -> None:
    path = table(tmp_path, DOTS + "India,Russia,1,export,2017,1\n" * 1000, "trade.csv.gz")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InvalidRequest, match="a complete CSV file in gzip"):
        read_flows(path)


def test_everything_wrong_with_a_request_is_reported_at_once() -> None:
    with pytest.raises(InvalidRequest) as caught:
        forecast_trade(EXAMPLE, ["IN", "Atlantis"], "-5", warn_at="1.5")
    assert [fault.column for fault in caught.value.faults] == ["members", "quota", "warn_at"]


def test_quota_may_be_finer_than_the_table() -> None:
    answer = forecast_trade(EXAMPLE, ["IN", "RU"], "43060.001")
    assert (answer.decimals, answer.quota_minor) == (3, 43_060_001)
    assert answer.forecast.corridors[0].breaking_period is None
    assert str(forecast_trade(EXAMPLE, ["IN", "RU"], "43059.999").forecast.corridors[0].breaking_period) == "2023-03"


def test_rupee_rouble_corridor_ends_at_the_published_deficit() -> None:
    (corridor,) = forecast_trade(EXAMPLE, ["IN", "RU"], "0").forecast.corridors
    assert corridor.cumulative_minor == -4_306_000
    assert dict(zip(("2022-08", "2023-01"), (corridor.path_minor[4], corridor.path_minor[9]), strict=True)) == {
        "2022-08": -1_624_356,
        "2023-01": -3_479_000,
    }


def test_tables_and_report_hold_the_same_figures(tmp_path: Path) -> None:
    answer = forecast_trade(EXAMPLE, ["IN", "RU"], "40000", ahead=2)
    write_forecast(answer, tmp_path, by_month=True)
    (line,) = csv.DictReader((tmp_path / "forecast.csv").read_text().splitlines())
    assert line == {
        "corridor": "IN-RU",
        "cumulative": "-43060.00",
        "quota": "40000.00",
        "warning_period": "2023-01",
        "breaking_period": "2023-03",
    }
    members = list(csv.DictReader((tmp_path / "members.csv").read_text().splitlines()))
    assert sum(Decimal(member["cumulative"]) for member in members) == 0
    months = list(csv.DictReader((tmp_path / "by_month.csv").read_text().splitlines()))
    assert [month["period"] for month in months][-3:] == ["2023-03", "2023-04", "2023-05"]
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert (summary["last_period"], summary["looked_to"], summary["first_to_break"]) == ("2023-03", "2023-05", "IN-RU")
    page = render_imbalance(answer)
    assert "IN-RU is the first to break, in 2023-03" in page
    assert "<script" not in page
    assert render_imbalance(forecast_trade(EXAMPLE, ["IN", "RU"], "50000")).count("No corridor breaks its quota") == 1


def test_monthly_statistics_of_fifteen_countries_add_up_by_another_way(shared: Path) -> None:
    path = shared / "data/trade/D_imf_dots_15countries_monthly_2011_2017.csv.gz"
    members = ["US", "CA", "SG", "GB", "BR", "CN", "FR", "DE", "IN", "ID", "IT", "JP", "NL", "RU", "KR"]
    answer = forecast_trade(path, members, "10000000000")
    assert (len(answer.forecast.corridors), answer.forecast.data_periods) == (105, 84)
    nets: dict[str, Fraction] = defaultdict(Fraction)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            pair = (row["countrySource"], row["countryTarget"])
            if row["type"] == "export" and pair in (("India", "Russia"), ("Russia", "India")):
                sign = 1 if pair[0] == "India" else -1
                nets[f"{row['year']}-{int(row['month']):02}"] += sign * Fraction(row["value"])
    months = sorted(nets)
    totals = list(accumulate(nets[month] for month in months))
    broke = next(month for month, total in zip(months, totals, strict=True) if abs(total) > 10_000)
    corridor = next(one for one in answer.forecast.corridors if one.name == "IN-RU")
    assert str(corridor.breaking_period) == broke
    assert abs(corridor.cumulative_minor - totals[-1] * 10**8) < 168
    assert sum(member.cumulative_minor for member in answer.forecast.members) == 0
