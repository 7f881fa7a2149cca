"""`comity clear` on small tables: what it writes, what it prints, what it refuses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "clearing" / "obligations.csv"
FILES = {"discharged.csv", "positions.csv", "potentials.csv", "summary.json"}


def _comity(*words: str | Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "comity.cli", "clear", *(str(word) for word in words)]
    return subprocess.run(line, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def cleared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of the example."""
    out = tmp_path_factory.mktemp("clear") / "out"
    answer = _comity(EXAMPLE, "--out", out)
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    assert "CNY" in answer.stdout
    assert str(out) in answer.stdout
    return out


def test_every_file_is_written_and_nothing_beside(cleared: Path) -> None:
    assert {path.name for path in cleared.iterdir()} == FILES
    assert [path.name for path in cleared.parent.iterdir()] == ["out"]


def test_amounts_are_in_major_units_and_potentials_are_not(cleared: Path) -> None:
    assert (cleared / "discharged.csv").read_text().splitlines()[:3] == [
        "id,currency,amount,discharged,remaining",
        "a1,CNY,10.00,10.00,0.00",
        "b1,CNY,4.00,0.00,4.00",
    ]
    assert (cleared / "positions.csv").read_text().splitlines()[:3] == [
        "participant,currency,payable,receivable,net,payable_discharged,receivable_discharged",
        "ANKARA,CNY,10.00,14.00,4.00,10.00,10.00",
        "BEIJING,CNY,14.00,10.00,-4.00,10.00,10.00",
    ]
    assert (cleared / "potentials.csv").read_text().splitlines()[:2] == [
        "participant,currency,potential",
        "ANKARA,CNY,0",
    ]


def test_same_table_gives_the_same_bytes(cleared: Path, tmp_path: Path) -> None:
    assert _comity(EXAMPLE, "--out", tmp_path / "again").returncode == 0
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (cleared / name).read_bytes()


def test_json_prints_the_summary(cleared: Path, tmp_path: Path) -> None:
    answer = _comity(EXAMPLE, "--out", tmp_path / "out", "--json")
    assert json.loads(answer.stdout) == json.loads((cleared / "summary.json").read_text())


def test_ccp_discharges_all(tmp_path: Path) -> None:
    answer = _comity(EXAMPLE, "--mode", "ccp", "--out", tmp_path / "out", "--json")
    assert {block["remaining_minor"] for block in json.loads(answer.stdout)["currencies"].values()} == {0}


def test_ids_with_commas_and_quotes_are_written_so_that_they_can_be_read(tmp_path: Path) -> None:
    table = tmp_path / "owed.csv"
    header, *lines = EXAMPLE.read_text().splitlines()
    table.write_text("\n".join([header, lines[0].replace("a1", '"say ""1,5"""'), *lines[1:]]) + "\n")
    assert _comity(table, "--out", tmp_path / "out").returncode == 0
    assert (tmp_path / "out" / "discharged.csv").read_text().splitlines()[1].startswith('"say ""1,5""",CNY')


def test_empty_file_is_an_empty_cycle(tmp_path: Path) -> None:
    (tmp_path / "owed.csv").touch()
    answer = _comity(tmp_path / "owed.csv", "--out", tmp_path / "out")
    assert answer.returncode == 0, answer.stderr
    assert json.loads((tmp_path / "out" / "summary.json").read_text()) == {"currencies": {}}
    assert (tmp_path / "out" / "positions.csv").read_text().count("\n") == 1


def test_bad_input_ends_with_2_and_writes_nothing(tmp_path: Path) -> None:
    table = tmp_path / "owed.csv"
    table.write_text(EXAMPLE.read_text().replace("10.00", "0"))
    answer = _comity(table, "--out", tmp_path / "out")
    assert answer.returncode == 2
    assert "owed.csv, row 1, column amount: expected an amount above 0, found '0'" in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["owed.csv"]


def test_unknown_mode_ends_with_2(tmp_path: Path) -> None:
    answer = _comity(EXAMPLE, "--mode", "net", "--out", tmp_path / "out")
    assert answer.returncode == 2
    assert "expected existing or ccp, found 'net'" in answer.stderr


def test_output_that_exists_is_replaced_only_by_force(cleared: Path) -> None:
    assert _comity(EXAMPLE, "--out", cleared).returncode == 2
    assert _comity(EXAMPLE, "--out", cleared, "--force").returncode == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a1", "a1, ANKARA to BEIJING: discharged in full."),
        ("b1", "would leave 1 more in all: less of BEIJING to CAIRO, CAIRO to ANKARA would be discharged."),
        ("c2", "nothing that BEIJING owes comes back to CAIRO, so only money can end it."),
    ],
)
def test_why_says_in_words_what_stays_and_what_would_end_it(name: str, said: str, tmp_path: Path) -> None:
    answer = _comity(EXAMPLE, "--why", name, "--out", tmp_path / "out")
    assert answer.returncode == 0, answer.stderr
    assert said in answer.stdout


def test_why_is_in_the_json_and_not_in_the_files(cleared: Path, tmp_path: Path) -> None:
    answer = _comity(EXAMPLE, "--why", "b1", "--out", tmp_path / "out", "--json")
    assert json.loads(answer.stdout)["why"]["injection_minor"] == 400
    assert (tmp_path / "out" / "summary.json").read_bytes() == (cleared / "summary.json").read_bytes()


def test_why_names_every_amount_in_minor_units_so(tmp_path: Path) -> None:
    why = json.loads(_comity(EXAMPLE, "--why", "b1", "--out", tmp_path / "out", "--json").stdout)["why"]
    assert (why["amount_minor"], why["discharged_minor"], why["released_minor"]) == (400, 0, 400)
    part = {"amount_minor": 400, "loss": 1, "displaced": [["BEIJING", "CAIRO"], ["CAIRO", "ANKARA"]]}
    assert why["rest"] == [part]
    assert {"amount", "discharged"}.isdisjoint(why)


def test_why_of_what_is_partly_discharged_speaks_of_all_that_stays(tmp_path: Path) -> None:
    rows = "1,A,B,CNY,3,2021-12-15\n2,A,B,CNY,3,2021-12-15\n3,B,A,CNY,2,2021-12-15\n"
    (tmp_path / "owed.csv").write_text("id,debtor,creditor,currency,amount,due\n" + rows)
    answer = _comity(tmp_path / "owed.csv", "--why", "1", "--out", tmp_path / "out")
    assert answer.stdout.split("\n\n", 2)[2].splitlines() == [
        "1, A to B: CNY 1.00 of 3.00 is discharged. CNY 2.00 stays:",
        "- CNY 1.00 of it, since as much could be discharged with it, but then less of A to B.",
        "- CNY 1.00 of it, since nothing more that B owes comes back to A, so only money can end it.",
        "With CNY 2.00 more in the account of A it would end, and with no smaller sum unless others lose.",
    ]


def test_why_of_an_unknown_id_writes_nothing(tmp_path: Path) -> None:
    answer = _comity(EXAMPLE, "--why", "zz", "--out", tmp_path / "out")
    assert answer.returncode == 2
    assert "why: expected the id of an obligation of the table, found 'zz'" in answer.stderr
    assert list(tmp_path.iterdir()) == []
