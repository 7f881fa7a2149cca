"""A table is read by the suffix of its name, and one of another suffix is refused, whoever reads it."""

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from comity.day.clearing import clear
from comity.day.generate.trade import read_trade
from comity.day.offsetting import offset
from comity.day.rates.sources import read_published
from comity.day.standing import read_rates
from comity.day.trade_debts import read_debts
from comity.day.trade_flows import read_flows
from comity.errors import InvalidRequest

Read = Callable[[Path], object]
TRADE = "exporter,importer,value,period\nCN,RU,1,2017\n"
OWED = "id,debtor,creditor,currency,amount,due\n1,A,B,CNY,1,2021-12-15\n"
ACCOUNTS = "participant,currency,opening,credit_limit\nA,CNY,1,0\n"
RATES = "date,base,quote,rate,source\n2021-12-15,CNY,RUB,11.60,x\n"
CBA = "date,iso,amount,rate_amd\n2021-12-15,CNY,1,70\n"
READERS: dict[str, tuple[Read, str]] = {
    "clear": (clear, OWED),
    "offset": (lambda path: offset(path, []), ACCOUNTS),
    "generate": (read_trade, TRADE),
    "membership": (read_debts, TRADE),
    "forecast": (read_flows, TRADE),
    "rates": (read_rates, RATES),
    "official rates": (lambda path: read_published([path], date(2021, 12, 15)), CBA),
}
PACKED = ("membership", "forecast", "official rates")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("name", "found"), [("table.txt", "'.txt'"), ("table", "no suffix"), ("table.csv.bak", "'.bak'")]
)
def test_file_of_another_suffix_is_refused_with_what_was_expected(
    reader: str, name: str, found: str, tmp_path: Path
) -> None:
    read, text = READERS[reader]
    (tmp_path / name).write_text(text)
    with pytest.raises(InvalidRequest) as raised:
        read(tmp_path / name)
    (fault,) = raised.value.faults
    assert (fault.file, fault.found) == (name, found)
    assert fault.expected.startswith("a file that ends in .csv")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", ["table.csv", "TABLE.CSV"])
def test_suffix_counts_in_small_letters_and_capitals(reader: str, name: str, tmp_path: Path) -> None:
    read, text = READERS[reader]
    (tmp_path / name).write_text(text)
    assert read(tmp_path / name)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", ["table.csv.gz", "TABLE.CSV.GZ"])
def test_gzip_is_read_where_statistics_are_and_refused_elsewhere(reader: str, name: str, tmp_path: Path) -> None:
    read, text = READERS[reader]
    (tmp_path / name).write_bytes(gzip.compress(text.encode()))
    if reader in PACKED:
        assert read(tmp_path / name)
    else:
        with pytest.raises(InvalidRequest, match=r"ends in \.csv or \.parquet"):
            read(tmp_path / name)


def test_empty_file_without_a_suffix_is_no_cycle_without_obligations(tmp_path: Path) -> None:
    (tmp_path / "owed").touch()
    with pytest.raises(InvalidRequest, match="no suffix"):
        clear(tmp_path / "owed")
