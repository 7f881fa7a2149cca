"""Files of published rates: every form is read exactly, every fault of every file is named, stale rates are caught."""

import gzip
import zipfile
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from comity.day.rates.fixing import Fixing, fix
from comity.day.rates.sources import read_published
from comity.errors import Fault, InvalidRequest, NotFound
from comity.union import Pair, Quote

DAY = date(2022, 3, 7)
XML = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject>
<Cube>
<Cube time='2022-03-07'>
<Cube currency='USD' rate='1.0895'/>
<Cube currency='JPY' rate='125.22'/>
<Cube currency='HRK' rate='7.5625'/>
</Cube>
</Cube>
</gesmes:Envelope>
"""
ECB = "Date,USD,CYP,RUB,\n2022-03-07,1.0895,N/A,N/A,\n2022-03-01,1.1162,N/A,117.201,\n"
CBA = "date,iso,amount,rate_amd\n2022-03-04,USD,1,500.0000\n2022-03-07,JPY,10,44.0000\n2022-03-07,ATS,1,0.0000\n"
OWN = "date,base,quote,rate,source\n2022-03-07,USD,CNY,6.3189,desk\n2022-03-07,CNY,RUB,64/3,\n"


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def faults(*paths: Path) -> list[Fault]:
    with pytest.raises(InvalidRequest) as raised:
        read_published(paths, DAY)
    return list(raised.value.faults)


def test_zipped_table_of_the_european_central_bank_gives_the_newest_rate_of_each_currency(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "hist.zip", "w") as archive:
        archive.writestr("hist.csv", ECB)
    published = read_published([tmp_path / "hist.zip"], DAY)
    assert published.quotes == (
        Quote(DAY, "EUR", "USD", Fraction("1.0895"), "ECB"),
        Quote(date(2022, 3, 1), "EUR", "RUB", Fraction("117.201"), "ECB"),
    )
    assert published.left_out == ("CYP",)
    assert read_published([tmp_path / "hist.zip"], date(2022, 3, 5)).quotes[0].rate == Fraction("1.1162")


DAILY = "Date, USD, JPY, HRK, ISK, \n7 March 2022, 1.0895, 125.22, 7.5625, N/A, \n"


@pytest.mark.parametrize("zipped", [False, True])
def test_daily_table_of_the_european_central_bank_is_read_as_the_daily_xml(zipped: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case
    path = file(tmp_path, "eurofxref.csv", DAILY)
    if zipped:
        path = tmp_path / "eurofxref.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("eurofxref.csv", DAILY)
    published = read_published([path], DAY)
    assert published == read_published([file(tmp_path, "daily.xml", XML)], DAY)
    assert read_published([path], date(2022, 3, 6)).quotes == ()


@pytest.mark.parametrize(
    ("text", "row", "column", "expected", "found"),
    [
        (DAILY.replace("March", "Marsh"), 1, "Date", "or as 21 November 2026", "'7 Marsh 2022'"),
        (DAILY.replace("7 March", "31 February"), 1, "Date", "or as 21 November 2026", "'31 February 2022'"),
        (DAILY.replace("1.0895", "1,0895"), 1, "", "6 cells", "7"),
        (DAILY.replace("1.0895", "x"), 1, "USD", "a rate above 0, or N/A", "'x'"),
        (DAILY.replace("JPY", "USD"), 0, "USD", "each column once", "it twice"),
        (DAILY.split("\n", maxsplit=1)[0] + "\n", 0, "", "a row of rates for each day", "none"),
    ],
    ids=["month", "no such day", "comma in a number", "no number", "currency twice", "header alone"],
)
def test_daily_table_that_is_malformed_names_the_cell(
    text: str, row: int, column: str, expected: str, found: str, tmp_path: Path
) -> None:
    fault = faults(file(tmp_path, "eurofxref.csv", text))[0]
    assert (fault.file, fault.row, fault.column) == ("eurofxref.csv", row, column)
    assert expected in fault.expected
    assert found in fault.found


def test_daily_xml_of_the_european_central_bank_is_read(tmp_path: Path) -> None:
    published = read_published([file(tmp_path, "daily.xml", XML)], DAY)
    assert [(one.quote, one.rate, one.day) for one in published.quotes] == [
        ("USD", Fraction("1.0895"), DAY),
        ("JPY", Fraction("125.22"), DAY),
    ]
    assert published.left_out == ("HRK",)


def test_rates_of_armenia_are_per_number_of_units_and_zero_is_none(tmp_path: Path) -> None:
    path = tmp_path / "cba.csv.gz"
    path.write_bytes(gzip.compress(CBA.encode()))
    assert read_published([path], DAY).quotes == (
        Quote(date(2022, 3, 4), "USD", "AMD", Fraction(500), "CBA"),
        Quote(DAY, "JPY", "AMD", Fraction("4.4"), "CBA"),
    )


def test_own_rates_may_be_ratios_and_have_the_name_of_their_file(tmp_path: Path) -> None:
    published = read_published([file(tmp_path, "own.csv", OWN)], DAY)
    assert published.sources == ("desk", "own.csv")
    assert [(str(one.pair), one.rate) for one in published.quotes] == [
        ("CNY/USD", Fraction("6.3189")),
        ("CNY/RUB", Fraction(64, 3)),
    ]


def test_every_fault_of_every_file_is_named(tmp_path: Path) -> None:
    ecb = file(tmp_path, "ecb.csv", "Date,USD,JPY\n2022-03-07,1.1,-\n2022-03-07,0,125\n7 Marsh 2022,1.1,\n")
    cba = file(tmp_path, "cba.csv", "date,iso,amount,rate_amd\n2022-03-07,USD,0,x\n2022-03-07,USD,1,2\n")
    own = file(tmp_path, "own.csv", OWN + "2022-03-07,USD,USD,1e5,\n2022-03-07,USD,CNY,6,desk\n")
    found = [(one.file, one.row, one.column, one.expected) for one in faults(ecb, cba, own)]
    assert found == [
        ("ecb.csv", 1, "JPY", "a rate above 0, or N/A"),
        ("ecb.csv", 2, "Date", "each day once"),
        ("ecb.csv", 2, "USD", "a rate above 0, or N/A"),
        ("ecb.csv", 3, "Date", "a date as YYYY-MM-DD, or as 21 November 2026"),
        ("cba.csv", 1, "amount", "a number of units, 1 or more"),
        ("cba.csv", 1, "rate_amd", "a rate of 0 or more"),
        ("cba.csv", 2, "iso", "each currency once a day"),
        ("own.csv", 3, "quote", "another currency than USD"),
        ("own.csv", 3, "rate", "a decimal or a ratio p/q above 0"),
        ("own.csv", 4, "base", "each source, date and pair once"),
    ]


def test_faults_of_xml_name_the_line(tmp_path: Path) -> None:
    text = XML.replace("1.0895", "0").replace("JPY", "HRK").replace("125.22", "NaN")
    found = faults(file(tmp_path, "daily.xml", text))
    assert [(one.row, one.column, one.found) for one in found] == [
        (7, "rate", "'0' (line 7)"),
        (8, "rate", "'NaN' (line 8)"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            XML.replace(
                "<gesmes:Envelope", "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><gesmes:Envelope", 1
            ),
            "a document type",
        ),
        ("<a><b></a>", "well-formed XML"),
        ("<a/>", "euro reference rates"),
        (XML.replace("2022-03-07", "today"), "a date as YYYY-MM-DD"),
    ],
)
def test_xml_that_is_something_else_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in faults(file(tmp_path, "daily.xml", text))[0].expected


def test_own_rates_need_no_column_of_sources(tmp_path: Path) -> None:
    own = file(tmp_path, "own.csv", "date,base,quote,rate\n2022-03-07,USD,CNY,6.3189\n")
    assert read_published([own], DAY).sources == ("own.csv",)


def test_archives_that_cannot_be_opened_are_refused(tmp_path: Path) -> None:
    broken = [file(tmp_path, "one.zip", "no archive"), file(tmp_path, "two.csv.gz", "no archive")]
    with zipfile.ZipFile(tmp_path / "three.zip", "w") as archive:
        for name in "ab":
            archive.writestr(name, ECB)
    cut = tmp_path / "four.csv.gz"
    cut.write_bytes(gzip.compress(CBA.encode())[:-9])
    assert [(one.file, one.expected) for one in faults(*broken, tmp_path / "three.zip", cut)] == [
        ("one.zip", "a complete .zip file"),
        ("two.csv.gz", "a complete .csv.gz file"),
        ("three.zip", "an archive of one file"),
        ("four.csv.gz", "a complete .csv.gz file"),
    ]
    with pytest.raises(NotFound):
        read_published([tmp_path / "none.csv"], DAY)


def test_decisions_are_read_with_all_their_faults(tmp_path: Path) -> None:
    one = file(tmp_path, "one.csv", "date,base,quote,rate,source\n2022-03-07,USD,RUB,100,a\n2022-03-07,USD,RUB,120,b\n")
    header = "date,base,quote,source,first,second\n"
    taken = file(tmp_path, "decisions.csv", header + "2022-03-07,USD,RUB,b,Ada,Bo\n")
    assert len(fix([one]).reference.stopped) == 1
    assert fix([one], decisions=taken).reference.rate("USD", "RUB").text() == "120"
    wrong = file(tmp_path, "wrong.csv", header + "2022-03-07,USD,RUB,b,Ada,ada\n7.3.22,USD,XXX,b,Ada,Bo\n")
    with pytest.raises(InvalidRequest) as raised:
        fix([one], decisions=wrong)
    assert [(each.row, each.column) for each in raised.value.faults] == [(1, "second"), (2, "date"), (2, "quote")]


def test_day_is_that_of_the_newest_rate_unless_given(tmp_path: Path) -> None:
    own = file(tmp_path, "own.csv", OWN)
    assert fix([own]).reference.day == DAY
    assert fix([own], date(2022, 4, 1)).reference.worth == {}


@pytest.mark.parametrize("wanted", ["SML", "BCB:BRL/ARS", "SML:BRL/BRL", "SML:BRL/XXX", "SML:BRL"])
def test_rule_that_is_not_published_is_refused(tmp_path: Path, wanted: str) -> None:
    with pytest.raises(InvalidRequest, match="official: expected a rule and a pair, such as SML:BRL/ARS"):
        fix([file(tmp_path, "own.csv", OWN)], official=[wanted])


def both(shared: Path, day: date) -> Fixing:
    fx = shared / "data/fx"
    return fix([fx / "ecb_eurofxref-hist.zip", fx / "cba_amd_official_daily_2000_2021.csv.gz"], day)


@pytest.mark.shared
def test_rouble_that_the_european_central_bank_no_longer_fixes_is_stopped_not_used(shared: Path) -> None:
    ecb = shared / "data/fx/ecb_eurofxref-hist.zip"
    assert fix([ecb], date(2022, 3, 4)).reference.rate("EUR", "RUB").text() == "117.201"
    rates = fix([ecb], date(2022, 3, 7)).reference
    assert [(str(one.pair), one.reason) for one in rates.stopped] == [("EUR/RUB", "stale")]
    assert [(one.quote.day, one.age_days) for one in rates.refused] == [(date(2022, 3, 1), 6)]
    assert rates.unreached == ("RUB",)


@pytest.mark.shared
def test_rouble_of_16_december_2014_is_11_per_cent_apart_and_stopped(shared: Path) -> None:
    rates = both(shared, date(2014, 12, 16)).reference
    (stopped,) = (one for one in rates.stopped if one.pair == Pair("RUB", "USD"))
    assert stopped.sources == ("ECB", "CBA")
    assert stopped.apart is not None
    assert round(float(stopped.apart), 4) == 0.1106
    assert not rates.is_stopped("USD", "CNY")


@pytest.mark.shared
def test_both_banks_agree_on_a_common_day(shared: Path) -> None:
    answer = both(shared, date(2021, 12, 15))
    rates = answer.reference
    assert (rates.stopped, rates.unreached, len(rates.worth)) == ((), (), 49)
    assert max(abs(one.off) for one in rates.inconsistent) < Fraction(1, 100)
    assert rates.rate("USD", "CNY").minor_ratio() == Fraction("7.1691") / Fraction("1.1262")
    assert {"XAU", "HRK", "SDR"} <= set(answer.published.left_out)
