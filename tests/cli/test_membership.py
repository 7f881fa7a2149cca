"""`comity membership` on a small table: what it writes, what it prints, what it refuses."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

TRADE = Path(__file__).resolve().parents[2] / "examples" / "trade" / "trade.csv"
PROPOSALS = ("--members", "CN,RU", "--members", "three=CN,RU,IN")


def _comity(*words: str | Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "comity.cli", "membership", *(str(word) for word in words)]
    return subprocess.run(line, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("membership") / "out"
    answer = _comity(TRADE, *PROPOSALS, "--out", out)
    assert answer.returncode == 0, answer.stderr
    assert "CN -11,760,000" in answer.stdout
    assert str(out / "report.html") in answer.stdout
    return out


def test_every_file_is_written_and_nothing_beside(compared: Path) -> None:
    assert {path.name for path in compared.iterdir()} == {
        *("membership.csv", "positions.csv", "summary.json", "report.html")
    }
    assert [path.name for path in compared.parent.iterdir()] == ["out"]


def test_savings_and_shares_are_written_per_membership(compared: Path) -> None:
    rows = list(csv.DictReader((compared / "membership.csv").read_text().splitlines()))
    assert [row["membership"] for row in rows] == ["CN RU", "three"]
    assert (rows[0]["gross"], rows[0]["set_off"], rows[0]["net"]) == ("146880000.00", "135120000.00", "11760000.00")
    assert rows[1]["set_off_share"] == "0.822852"


def test_positions_say_who_ends_in_debt_and_what_each_adds(compared: Path) -> None:
    rows = list(csv.DictReader((compared / "positions.csv").read_text().splitlines()))
    assert [(row["membership"], row["member"]) for row in rows[:3]] == [
        ("CN RU", "CN"),
        ("CN RU", "RU"),
        ("three", "IN"),
    ]
    assert (rows[2]["net"], rows[2]["adds_set_off"]) == ("-30320000.00", "44920000.00")


def test_report_stands_alone(compared: Path) -> None:
    html = (compared / "report.html").read_text()
    assert "What a membership saves" in html
    assert "default-src 'none'" in html
    assert "<script" not in html
    assert "http" not in html.replace('http-equiv="', "")


def test_same_table_gives_the_same_bytes_and_json_the_summary(compared: Path, tmp_path: Path) -> None:
    answer = _comity(TRADE, *PROPOSALS, "--out", tmp_path / "again", "--json")
    assert json.loads(answer.stdout) == json.loads((compared / "summary.json").read_text())
    for path in compared.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("values", "gross", "debt"),
    [(("2.6", "1.3"), "4", "RU -1"), (("2.5", "1.0"), "4", "RU -2"), (("2.5", "0"), "2", "RU -2")],
)
def test_whole_units_on_the_terminal_are_the_nearest(
    values: tuple[str, str], gross: str, debt: str, tmp_path: Path
) -> None:
    trade = tmp_path / "trade.csv"
    trade.write_text(f"exporter,importer,value\nCN,RU,{values[0]}\nRU,CN,{values[1]}\n")
    answer = _comity(trade, "--members", "CN,RU", "--out", tmp_path / "out")
    line = answer.stdout.splitlines()[1]
    assert line.split()[3] == gross
    assert line.endswith(debt)


@pytest.mark.parametrize("members", ["CN", "CN,XX", "CN,CN"])
def test_membership_that_cannot_be_ends_with_2_and_writes_nothing(members: str, tmp_path: Path) -> None:
    answer = _comity(TRADE, "--members", members, "--out", tmp_path / "out")
    assert answer.returncode == 2
    assert "members: expected" in answer.stderr
    assert list(tmp_path.iterdir()) == []
