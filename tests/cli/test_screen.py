"""`comity screen` as a command: what it writes, how it ends, what it refuses."""

import csv
import json
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "screening"
LIST = EXAMPLE / "list.ftm.json"


def _screen(*words: str | Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "comity.cli", "screen", *(str(word) for word in words)]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def test_hits_are_written_with_their_reasons_and_the_exit_code_is_1(tmp_path: Path) -> None:
    out = tmp_path / "out"
    answer = _screen(EXAMPLE / "names.csv", "--list", LIST, "--out", out, "--json")
    assert answer.returncode == 1, answer.stderr
    summary = json.loads((out / "summary.json").read_text())
    assert json.loads(answer.stdout) == summary
    assert (summary["parties"], summary["hits"], summary["lists"][0]["count"]) == (8, 6, 5)
    rows = list(csv.DictReader((out / "hits.csv").read_text().splitlines()))
    assert list(rows[0]) == ["id", "entity", "score", "list", "explanation"]
    assert {row["id"]: row["entity"] for row in rows}["p4"] == "ex-2"
    assert all(row["explanation"] for row in rows)
    again = _screen(EXAMPLE / "names.csv", "--list", LIST, "--out", out)
    assert (again.returncode, "--force" in again.stderr) == (2, True)


def test_a_clean_name_ends_with_0(tmp_path: Path) -> None:
    answer = _screen("Jane Example", "--list", LIST, "--out", tmp_path / "out")
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "out" / "hits.csv").read_text() == "id,entity,score,list,explanation\n"


def test_the_threshold_decides(tmp_path: Path) -> None:
    asked = ("Sergei Primerev", "--list", LIST)
    assert _screen(*asked, "--threshold", "60", "--out", tmp_path / "low").returncode == 1
    assert _screen(*asked, "--threshold", "100", "--out", tmp_path / "high").returncode == 0


def test_all_faults_of_a_table_are_told_and_nothing_is_written(tmp_path: Path) -> None:
    table = tmp_path / "names.csv"
    table.write_text(
        "id,name,schema,country,birth_date,identifiers\n"
        "1,Ann,Persona,,,\n1,Ben,,Atlantis,,\n3,,,,1970-13-01,\n4,Eve,,,,colour:7\n"
    )
    answer = _screen(table, "--list", LIST, "--out", tmp_path / "out")
    assert answer.returncode == 2
    for said in ("'Persona'", "each id once", "'Atlantis'", "column name", "'1970-13-01'", "'colour:7'"):
        assert said in answer.stderr
    assert not (tmp_path / "out").exists()


def test_without_a_list_or_with_a_bad_one_nothing_is_screened(tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    empty.write_text("")
    for words, said in (((), "--list"), (("--list", empty), "none of these"), (("--list", tmp_path / "none"), "none")):
        answer = _screen("Jane Example", *words, "--out", tmp_path / "out")
        assert (answer.returncode, said in answer.stderr) == (2, True), answer.stderr
    assert not (tmp_path / "out").exists()


def test_without_a_folder_hits_are_shown_with_what_made_their_scores() -> None:
    asked = ("Sergei Primerev", "--list", LIST, "--threshold", "60")
    table = _screen(*asked)
    assert table.returncode == 1, table.stderr
    assert "name +" in table.stdout
    assert "written" not in table.stdout
    found = json.loads(_screen(*asked, "--json").stdout)["found"]
    assert found
    assert list(found[0]) == ["id", "entity", "score", "list", "explanation"]
    clean = _screen("Jane Example", "--list", LIST)
    assert (clean.returncode, "hits               0" in clean.stdout) == (0, True)


def test_file_that_is_no_table_is_not_taken_for_a_name(tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_text("Ivan Primerov")
    answer = _screen(path, "--list", LIST)
    assert (answer.returncode, ".csv or .parquet" in answer.stderr) == (2, True)
