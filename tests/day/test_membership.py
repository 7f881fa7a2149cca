"""Proposed memberships compared on small tables, on the forms of public sources, and on what cannot be read."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity.day.membership import Comparison, Savings, compare, parse_proposal
from comity.day.trade_debts import read_debts
from comity.errors import Fault, InvalidRequest, NotFound

RING = ["CN,RU,300", "RU,IN,200", "IN,CN,100", "RU,CN,30"]


def table(*lines: str, header: str = "exporter,importer,value") -> pa.Table:
    """A table of trade as text."""
    cells = list(zip(*(line.split(",") for line in lines), strict=True))
    return pa.table(dict(zip(header.split(","), map(list, cells), strict=True)))


def faults(trade: pa.Table | Path, *proposals: str, period: str = "") -> list[Fault]:
    with pytest.raises(InvalidRequest) as raised:
        compare(trade, proposals, period)
    return list(raised.value.faults)


def savings(answer: Comparison) -> list[Savings]:
    return [one.savings for one in answer.memberships]


def test_importer_owes_exporter_and_three_ways_are_compared() -> None:
    answer = compare(table(*RING), ["CN,RU,IN"])
    (one,) = answer.memberships
    assert one.savings == Savings(gross=630, bilateral=60, set_off=360, ccp=460)
    assert one.net == 170
    assert [(each.member, each.net) for each in one.standings] == [("IN", -100), ("RU", -70), ("CN", 170)]


def test_member_adds_what_would_be_missing_without_it() -> None:
    (one,) = compare(table(*RING), ["CN,RU,IN"]).memberships
    adds = {each.member: each.adds for each in one.standings}
    assert adds["IN"] == Savings(gross=300, bilateral=0, set_off=300, ccp=400)
    assert adds["RU"] == Savings(gross=530, bilateral=60, set_off=360, ccp=460)


def test_memberships_are_compared_in_the_order_given_under_their_names() -> None:
    answer = compare(table(*RING), ["two=CN,RU", "all"])
    assert [one.proposal.name for one in answer.memberships] == ["two", "all"]
    assert answer.memberships[1].proposal.members == ("CN", "IN", "RU")
    assert savings(answer)[0] == Savings(gross=330, bilateral=60, set_off=60, ccp=60)


def test_pair_that_stands_repeatedly_is_added_up_to_the_last_decimal() -> None:
    debts = read_debts(table("CN,RU,1.25", "China,RUS,0.5", "CN,CN,7", "World,CN,9"))
    assert (debts.countries, debts.amount.tolist(), debts.decimals) == (("CN", "RU"), [175], 2)


def test_floats_count_as_the_decimals_that_mean_them_six_at_most() -> None:
    trade = pa.table({"exporter": ["CN", "RU"], "importer": ["RU", "CN"], "value": [0.1, 0.2500000001]})
    debts = read_debts(trade)
    assert (debts.amount.tolist(), debts.decimals) == ([250000, 100000], 6)


def test_period_is_taken_by_its_name_or_the_year_it_begins_with() -> None:
    trade = table("CN,RU,1,2017-01", "CN,RU,2,2017-02", "CN,RU,4,2018-01", header="exporter,importer,value,period")
    assert read_debts(trade, "2017-02").amount.tolist() == [2]
    assert read_debts(trade, "2017").amount.tolist() == [3]


@pytest.mark.parametrize(("period", "found"), [("", "none chosen (--period)"), ("2019", "'2019'"), ("20", "'20'")])
def test_period_that_is_none_is_refused_with_those_there_are(period: str, found: str) -> None:
    trade = table("CN,RU,1,2017", "CN,RU,2,2018", header="exporter,importer,value,period")
    (fault,) = faults(trade, "CN,RU", period=period)
    assert (fault.column, fault.expected, fault.found) == ("period", "one of the periods 2017, 2018", found)


def test_table_without_periods_has_none_to_choose() -> None:
    assert faults(table(*RING), "CN,RU", period="2017")[0].column == "period"


def test_baci_is_counted_in_whole_thousands_of_dollars(tmp_path: Path) -> None:
    rows = {"year": [2016, 2017, 2017], "exporter": ["CHN", "CHN", "RUS"], "importer": ["RUS", "RUS", "CHN"]}
    pq.write_table(pa.table({**rows, "value_kusd": [9.0, 1.6, 2.4]}), tmp_path / "baci.parquet")
    debts = read_debts(tmp_path / "baci.parquet", "2017")
    assert (debts.unit.name, debts.decimals, debts.amount.tolist()) == ("thousand USD", 0, [2, 2])
    assert debts.countries == ("CN", "RU")


def test_direction_of_trade_takes_what_exporters_declared_in_dollars(tmp_path: Path) -> None:
    lines = ["countrySource,countryTarget,value,type,year,month"]
    lines += ["China,Russia,1.5,export,2017,1", "China,Russia,9,import,2017,1", "China,Russia,0.25,export,2017,12"]
    path = tmp_path / "dots.csv.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    assert read_debts(path, "2017").amount.tolist() == [1_750_000]
    assert read_debts(path, "2017-12").amount.tolist() == [250_000]
    assert read_debts(path, "2017").unit.name == "million USD"


@pytest.mark.parametrize(
    ("text", "name", "members"),
    [
        ("CN,RU", "CN RU", ("CN", "RU")),
        ("BRICS=China, RUS,IN", "BRICS", ("CN", "RU", "IN")),
        ("A,B,C,D,E,F,G", "A B C D E +2", tuple("ABCDEFG")),
        ("all", "all", ("all",)),
    ],
)
def test_proposal_is_read(text: str, name: str, members: tuple[str, ...]) -> None:
    assert parse_proposal(text) == (name, members)


@pytest.mark.parametrize("text", ["", "CN", "CN,", "X="])
def test_proposal_of_fewer_than_two_is_refused(text: str) -> None:
    assert faults(table(*RING), text)[0].column == "members"


@pytest.mark.parametrize(("text", "found"), [("CN,CN", "CN"), ("X=RU,CN,China,RUS", "CN and RU"), ("all,all", "all")])
def test_country_that_is_named_twice_is_refused_and_named(text: str, found: str) -> None:
    (fault,) = faults(table(*RING), text)
    assert (fault.column, fault.expected, fault.found) == ("members", "each country once", f"{found} twice in {text!r}")


def test_country_without_trade_is_refused() -> None:
    (fault,) = faults(table(*RING), "CN,RU", "CN,BR")
    assert (fault.expected, fault.found) == ("countries with trade in the table", "'BR'")


def test_membership_that_stands_twice_is_refused() -> None:
    assert faults(table(*RING), "CN,RU", "CN,RU")[0].expected == "each membership once"


def test_values_of_several_currencies_are_not_added_up() -> None:
    trade = table("CN,RU,1,CNY", "RU,CN,2,RUB", header="exporter,importer,value,currency")
    (fault,) = faults(trade, "CN,RU")
    assert (fault.row, fault.column, fault.expected) == (2, "currency", "'CNY', as in the first row of the period")


@pytest.mark.parametrize("value", ["", "x", "-1", "nan", "inf"])
def test_value_that_is_no_number_is_refused(value: str) -> None:
    (fault,) = faults(table("CN,RU,1", f"RU,CN,{value}"), "CN,RU")
    assert (fault.row, fault.column) == (2, "value")


def test_sum_that_does_not_fit_is_refused_with_its_size() -> None:
    (fault,) = faults(table("CN,RU,9e18", "RU,CN,1"), "CN,RU")
    assert fault.found == "a sum of 9000000000000000001"


def test_file_that_is_missing_or_cut_short_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"nothing\.csv"):
        compare(tmp_path / "nothing.csv", ["CN,RU"])
    path = tmp_path / "trade.parquet"
    pq.write_table(table(*RING), path)
    path.write_bytes(path.read_bytes()[:-5])
    assert faults(path, "CN,RU")[0].file == "trade.parquet"
    (tmp_path / "trade.csv.gz").write_bytes(gzip.compress(b"exporter,importer,value\nCN,RU,1\n")[:-12])
    assert faults(tmp_path / "trade.csv.gz", "CN,RU")[0].file == "trade.csv.gz"


def test_table_with_other_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "trade.csv").write_text("from,to,value\nCN,RU,1\n")
    assert "exporter" in {fault.column for fault in faults(tmp_path / "trade.csv", "CN,RU")}


def test_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "trade.csv").touch()
    assert faults(tmp_path / "trade.csv", "CN,RU")[0].expected == "a header line"
