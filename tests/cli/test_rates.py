"""`comity rates`: what it writes, what it prints, what it refuses."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

ONE = (
    "date,base,quote,rate,source\n2022-03-07,USD,CNY,6.3,one\n2022-03-07,USD,RUB,100,one\n2022-03-01,USD,JPY,115,one\n"
)
TWO = (
    "date,base,quote,rate,source\n2022-03-07,USD,CNY,6.363,two\n2022-03-07,USD,RUB,111,two\n2022-03-07,USD,BRL,5,two\n"
)


def _comity(*words: str | Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "comity.cli", "rates", *(str(word) for word in words)]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def _rows(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text().splitlines()))[1:]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for path, text in zip(paths, (ONE, TWO), strict=True):
        path.write_text(text)
    return paths


def test_day_before_every_rate_is_told_as_such(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("date,base,quote,rate\n2021-12-15,USD,CNY,6.37\n")
    answer = _comity(own, "--on", "1990-01-01", "--out", tmp_path / "out")
    assert answer.returncode == 0, answer.stderr
    assert "none: no rate of 1990-01-01 or before" in answer.stdout


def test_everything_that_holds_and_does_not_is_written(files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    answer = _comity(
        *files, "--on", "2022-03-07", "--official", "SML:BRL/CNY", "--official", "SML:BRL/RUB", "--out", out
    )
    assert answer.returncode == 0, answer.stderr
    assert [(row[0], row[3]) for row in _rows(out / "reference.csv")] == [
        ("BRL", "1"),
        ("CNY", "0.793650793651"),
        ("USD", "5"),
    ]
    assert _rows(out / "rates.csv") == [
        ["2022-03-07", "USD", "CNY", "6.3", "one"],
        ["2022-03-07", "USD", "BRL", "5", "two"],
    ]
    assert [row[:5] for row in _rows(out / "stopped.csv") if row[1] == "USD" or "JPY" in row] == [
        ["JPY", "USD", "stale", "one", "1/115"],
        ["RUB", "USD", "apart", "one", "0.01"],
        ["RUB", "USD", "apart", "two", "1/111"],
    ]
    assert _rows(out / "refused.csv") == [["one", "USD", "JPY", "115", "2022-03-01", "6", "3"]]
    assert _rows(out / "off.csv") == [["two", "USD", "CNY", "6.363", "2022-03-07", "6.3", "0.01"]]
    assert [row[2:] for row in _rows(out / "official.csv")] == [
        ["1.26", "SML", ""],
        ["", "SML", "USD/RUB, which waits for two people"],
    ]
    assert "SML BRL/CNY  1 BRL = 1.26 CNY" in answer.stdout
    assert "  JPY/USD    too old, and no other: one" in answer.stdout


def test_rates_in_use_are_rates_again(files: list[Path], tmp_path: Path) -> None:
    assert _comity(*files, "--on", "2022-03-07", "--out", tmp_path / "out").returncode == 0
    again = _comity(tmp_path / "out" / "rates.csv", "--out", tmp_path / "again", "--json")
    assert json.loads(again.stdout)["currencies"] == ["BRL", "CNY", "USD"]
    assert (tmp_path / "again/reference.csv").read_text() == (tmp_path / "out/reference.csv").read_text()


@pytest.mark.parametrize("option", [("--tolerance", "-1"), ("--tolerance", "x"), ("--official", "SML")])
def test_bad_options_end_with_2_and_nothing_is_written(
    option: tuple[str, str], files: list[Path], tmp_path: Path
) -> None:
    answer = _comity(*files, *option, "--out", tmp_path / "out")
    assert answer.returncode == 2
    assert option[0].strip("-") in answer.stderr
    assert not (tmp_path / "out").exists()


def test_faults_of_both_files_are_told_together(files: list[Path], tmp_path: Path) -> None:
    for path in files:
        path.write_text(path.read_text().replace("CNY", "CNX"))
    answer = _comity(*files, "--out", tmp_path / "out")
    assert answer.returncode == 2
    assert [line.split(":")[0] for line in answer.stderr.splitlines()[1:]] == [
        "one.csv, row 1, column quote",
        "two.csv, row 1, column quote",
    ]
