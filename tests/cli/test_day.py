"""`comity run` on a small day: what it writes, what it prints, what it refuses."""

import csv
import json
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "two-countries"


def _comity(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "comity.cli", *(str(word) for word in words)]
    return subprocess.run(line, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of the example."""
    out = tmp_path_factory.mktemp("example") / "out"
    answer = _comity("run", EXAMPLE, "--out", out)
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    assert str(out / "report.html") in answer.stdout
    return out


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """A copy of the example, to be spoiled."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "day"))


def test_run_writes_every_file_and_nothing_beside(settled: Path) -> None:
    names = {
        "instructions.parquet",
        "balances.csv",
        "cycles.csv",
        "summary.json",
        "report.html",
        "day.log",
        "timing.json",
    }
    assert names <= {path.name for path in settled.iterdir()}
    assert [path.name for path in settled.parent.iterdir()] == ["out"]


def test_every_row_of_the_example_has_one_result(settled: Path) -> None:
    states = {
        row["id"]: (row["state"], row["reason"], row["how"])
        for row in pq.read_table(settled / "instructions.parquet").to_pylist()
    }
    assert states == {
        "gas-1": ("STLD", "", "gross"),
        "gas-2": ("STLD", "", "gross"),
        "tools-1": ("STLD", "", "gross"),
        "ring-a": ("STLD", "", "multilateral"),
        "ring-b": ("STLD", "", "multilateral"),
        "ring-c": ("STLD", "", "multilateral"),
        "too-much": ("RJTD", "AM04", ""),
        "late": ("RJTD", "TM01", ""),
        "swap-1": ("STLD", "", "gross"),
    }


def test_balances_of_each_currency_sum_to_zero(settled: Path) -> None:
    totals: dict[str, int] = {}
    for row in csv.DictReader((settled / "balances.csv").read_text().splitlines()):
        totals[row["currency"]] = totals.get(row["currency"], 0) + int(row["closing"].replace(".", ""))
    assert totals == {"CNY": 0, "RUB": 0}


def test_same_day_gives_the_same_bytes(settled: Path, tmp_path: Path) -> None:
    assert _comity("run", EXAMPLE, "--out", tmp_path / "again").returncode == 0
    same = [
        path.name
        for path in settled.iterdir()
        if path.suffix in (".csv", ".json", ".log") and path.name != "timing.json"
    ]
    assert [name for name in same if (settled / name).read_bytes() != (tmp_path / "again" / name).read_bytes()] == []


def test_json_is_the_summary_and_nothing_else(settled: Path, tmp_path: Path) -> None:
    answer = _comity("run", EXAMPLE, "--out", tmp_path / "again", "--json")
    assert json.loads(answer.stdout) == json.loads((settled / "summary.json").read_text())


def test_verify_agrees_with_the_summary(settled: Path) -> None:
    answer = _comity("verify", settled / "day.log", "--json")
    assert answer.returncode == 0, answer.stderr
    found, summary = json.loads(answer.stdout), json.loads((settled / "summary.json").read_text())
    assert (found["digest"], found["log_head"]) == (summary["digest"], summary["log_head"])
    assert found["instructions"] == 9


def test_verify_names_the_first_bad_record(settled: Path, tmp_path: Path) -> None:
    spoiled = tmp_path / "day.log"
    shutil.copy(settled / "day.log", spoiled)
    with closing(sqlite3.connect(spoiled)) as file, file:
        (record,) = file.execute("SELECT record FROM records WHERE sequence = 3").fetchone()
        changed = record[:-1] + bytes([record[-1] ^ 1])
        file.execute("UPDATE records SET record = ? WHERE sequence = 3", (changed,))
    answer = _comity("verify", spoiled)
    assert answer.returncode == 1
    assert "record 3" in answer.stderr


def test_backup_of_the_day_verifies_and_restores_to_a_sequence(settled: Path, tmp_path: Path) -> None:
    assert _comity("backup", settled / "day.log", tmp_path / "saved").returncode == 0
    assert _comity("restore", tmp_path / "saved", tmp_path / "early", "--sequence", "4").returncode == 0
    assert json.loads(_comity("verify", tmp_path / "early", "--json").stdout)["records"] == 4


def test_existing_results_are_replaced_only_by_force(day: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "letter").write_text("of value")
    refused = _comity("run", day, "--out", out)
    assert refused.returncode == 2
    assert "--force" in refused.stderr
    assert (out / "letter").read_text() == "of value"
    assert _comity("run", day, "--out", out, "--force").returncode == 0
    assert not (out / "letter").exists()


def test_faults_of_all_files_are_listed_and_nothing_is_written(day: Path, tmp_path: Path) -> None:
    with (day / "payments.csv").open("a") as file:
        file.write("x1,01:00:00,NOBODY,PORTCNSH,CNY,1.00,normal,customer,\n")
        file.write("x2,01:00:00,EASTCNBJ,PORTCNSH,CNY,1.005,normal,customer,\n")
    with (day / "accounts.csv").open("a") as file:
        file.write("EASTCNBJ,XXQ,1.00,0\n")
    answer = _comity("run", day, "--out", tmp_path / "out")
    assert answer.returncode == 2
    assert "accounts.csv, row 9, column currency: expected" in answer.stderr
    assert "payments.csv, row 10, column amount: expected at most 2 decimals (CNY), found '1.005'" in answer.stderr
    assert answer.stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["day"]


@pytest.mark.parametrize(
    ("file", "content", "named"),
    [
        pytest.param("payments.parquet", b"PAR1 and no more", "payments", id="truncated Parquet"),
        pytest.param("rates.csv", b"date,base,quote,rate,source\n2021-12-15,CNY,R\0B,1,x\n", "NUL", id="NUL byte"),
        pytest.param("pvp.csv", b"id,instant\n", "seller", id="missing columns"),
        pytest.param("members.csv", "member,currency,name\nCN,CNY,\xff\n".encode("latin-1"), "UTF-8", id="not UTF-8"),
        pytest.param("union.toml", b'name = "x"\nbusiness_date = 2021-12-15\nfee = 3\n', "fee", id="unknown key"),
        pytest.param(
            "orders.csv",
            b"id,instant,participant,sell,buy,amount,limit\n1,09:00,EASTCNBJ,CNY,RUB,1,0\n",
            "above 0 and finite",
            id="limit of nothing",
        ),
    ],
)
def test_file_that_cannot_be_read_is_named(day: Path, tmp_path: Path, file: str, content: bytes, named: str) -> None:
    if file == "payments.parquet":
        (day / "payments.csv").unlink()
    (day / file).write_bytes(content)
    answer = _comity("run", day, "--out", tmp_path / "out")
    assert answer.returncode == 2
    assert named in answer.stderr
    assert file in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder in which nobody can write")
def test_folder_that_cannot_be_written_is_the_environment_s_failure(day: Path) -> None:
    answer = _comity("run", day, "--out", "/proc/out")
    assert answer.returncode == 3
    assert "/proc/out" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_interrupt_ends_with_130_and_leaves_nothing(tmp_path: Path) -> None:
    """The progress bar on a terminal tells when the work is under way."""
    terminal, stderr = pty.openpty()
    line = [sys.executable, "-m", "comity.cli", "demo", "--payments", "300000", "--out", "out"]
    with subprocess.Popen(line, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=stderr) as started:
        os.close(stderr)
        assert os.read(terminal, 1)
        started.send_signal(signal.SIGINT)
        started.wait(timeout=300)
    os.close(terminal)
    assert started.returncode == 130
    assert list(tmp_path.iterdir()) == []
