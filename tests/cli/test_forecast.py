"""`comity forecast` as a command: what it writes, what it prints, what it refuses."""

import json
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "rupee-rouble" / "trade.csv"


def _forecast(*words: str | Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "comity.cli", "forecast", *(str(word) for word in words)]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def test_forecast_writes_its_tables_and_report(tmp_path: Path) -> None:
    out = tmp_path / "out"
    answer = _forecast(EXAMPLE, "--members", "IN,RU", "--quota", "30000", "--by-month", "--out", out, "--json")
    assert answer.returncode == 0, answer.stderr
    names = ["by_month.csv", "forecast.csv", "members.csv", "report.html", "summary.json"]
    assert sorted(path.name for path in out.iterdir()) == names
    assert json.loads(answer.stdout) == json.loads((out / "summary.json").read_text())
    again = _forecast(EXAMPLE, "--members", "IN,RU", "--quota", "30000", "--out", out)
    assert (again.returncode, "--force" in again.stderr) == (2, True)


def test_faults_are_shown_and_nothing_is_written(tmp_path: Path) -> None:
    answer = _forecast(EXAMPLE, "--members", "IN,Atlantis", "--quota", "much", "--out", tmp_path / "out")
    assert answer.returncode == 2
    assert "2 faults" in answer.stderr
    assert "'Atlantis'" in answer.stderr
    assert "'much'" in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_looking_too_far_ahead_is_refused(tmp_path: Path) -> None:
    far = ("--quota", "1", "--ahead", "99999999", "--out", tmp_path / "out")
    answer = _forecast(EXAMPLE, "--members", "IN,RU", *far)
    assert answer.returncode == 2
    assert "at most 1200 periods" in answer.stderr
