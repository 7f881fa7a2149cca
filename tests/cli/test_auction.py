"""`comity auction` on the example: what it writes, what it prints, what it refuses."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "auction"
ORDERS = FOLDER / "orders.csv"


def _comity(*words: str | Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "comity.cli", "auction", *(str(word) for word in words)]
    return subprocess.run(line, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def cleared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of the example."""
    out = tmp_path_factory.mktemp("auction") / "out"
    answer = _comity(ORDERS, "--reference", FOLDER / "rates.csv", "--out", out)
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    assert str(out / "report.html") in answer.stdout
    return out


def test_every_file_is_written_and_nothing_beside(cleared: Path) -> None:
    assert {path.name for path in cleared.iterdir()} == {"fills.csv", "prices.json", "summary.json", "report.html"}
    assert [path.name for path in cleared.parent.iterdir()] == ["out"]


def test_one_row_is_written_for_each_order_and_amounts_are_in_major_units(cleared: Path) -> None:
    lines = (cleared / "fills.csv").read_text().splitlines()
    assert lines[0] == "id,sold,bought,participant,sell,buy,state,reason"
    assert [line.split(",")[0] for line in lines[1:]] == ["c1", "b1", "i1", "c2", "i2", "b2"]
    assert lines[1].split(",")[1] == "7000000.00"


def test_every_fill_is_the_floor_of_what_the_published_prices_give(cleared: Path) -> None:
    prices = json.loads((cleared / "prices.json").read_text())
    left = dict.fromkeys(prices, 0)
    for row in csv.DictReader((cleared / "fills.csv").read_text().splitlines()):
        sold, bought = (int(row[name].replace(".", "")) for name in ("sold", "bought"))
        assert bought == sold * prices[row["sell"]] // prices[row["buy"]]
        left[row["sell"]] += sold
        left[row["buy"]] -= bought
    summary = json.loads((cleared / "summary.json").read_text())
    assert left == summary["surplus_minor"]
    assert all(minor >= 0 for minor in left.values())


def test_summary_has_the_figures_of_the_contract(cleared: Path) -> None:
    summary = json.loads((cleared / "summary.json").read_text())
    assert {"status", "volume", "surplus_minor", "active_bands", "unfilled"} <= summary.keys()
    assert summary["status"] == "cleared"
    assert float(summary["pair_books_share"]) < float(summary["joint_share"]) <= 1


def test_same_orders_give_the_same_bytes_and_json_the_summary(cleared: Path, tmp_path: Path) -> None:
    answer = _comity(ORDERS, "--reference", FOLDER / "rates.csv", "--out", tmp_path / "again", "--json")
    assert json.loads(answer.stdout) == json.loads((cleared / "summary.json").read_text())
    for path in cleared.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_faults_end_with_2_and_nothing_is_written(tmp_path: Path) -> None:
    bad = tmp_path / "orders.csv"
    bad.write_text(ORDERS.read_text().replace("0.7,", "0,").replace("BRL,INR", "BRL,XXX"))
    answer = _comity(bad, "--out", tmp_path / "out")
    assert answer.returncode == 2
    assert [line.split(":")[0] for line in answer.stderr.splitlines()[1:]] == [
        "orders.csv, row 1, column limit",
        "orders.csv, row 2, column buy",
    ]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", [("--ties", "luck"), ("--tolerance", "2")])
def test_unknown_rules_end_with_2(option: tuple[str, str], tmp_path: Path) -> None:
    answer = _comity(ORDERS, *option, "--out", tmp_path / "out")
    assert answer.returncode == 2
    assert option[0].strip("-") in answer.stderr
    assert not (tmp_path / "out").exists()


def test_output_that_is_there_is_kept(cleared: Path) -> None:
    before = (cleared / "summary.json").read_bytes()
    assert _comity(ORDERS, "--out", cleared).returncode == 2
    assert (cleared / "summary.json").read_bytes() == before
