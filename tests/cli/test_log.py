"""`comity backup` and `comity restore` on logs as files."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from comity.log.record import Entry, Head
from comity.log.sqlite import SqliteLog, SqliteReader
from comity.log.verify import walk


def _comity(*words: str | Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "comity.cli", *(str(word) for word in words)]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def _head(path: Path) -> Head:
    reader = SqliteReader(path)
    *_, (_, head) = walk(reader.read())
    reader.close()
    return head


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A closed log of five records."""
    path = tmp_path / "node.log"
    writer = SqliteLog(path)
    for number in range(1, 6):
        writer.append([Entry(kind=6, instant=number, count=0, body=b"body %d" % number)])
    writer.close()
    return path


def test_backup_has_the_same_head_as_its_log(log: Path, tmp_path: Path) -> None:
    answer = _comity("backup", log, tmp_path / "saved", "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == {
        "log": str(tmp_path / "saved"),
        "records": 5,
        "log_head": _head(log).hash.hex(),
    }
    assert _head(tmp_path / "saved") == _head(log)


def test_backup_of_a_log_in_use_is_taken_beside_its_writer(log: Path, tmp_path: Path) -> None:
    writer = SqliteLog(log)
    writer.append([Entry(kind=6, instant=6, count=0, body=b"not yet folded in")])
    try:
        answer = _comity("backup", log, tmp_path / "saved")
    finally:
        writer.close()
    assert answer.returncode == 0, answer.stderr
    assert _head(tmp_path / "saved").sequence == 6


def test_restore_to_a_sequence_gives_the_log_as_it_was_then(log: Path, tmp_path: Path) -> None:
    answer = _comity("restore", log, tmp_path / "restored", "--sequence", "3")
    assert answer.returncode == 0, answer.stderr
    assert _head(tmp_path / "restored").sequence == 3


def test_restore_to_a_sequence_that_the_log_has_not_reached_leaves_nothing(log: Path, tmp_path: Path) -> None:
    answer = _comity("restore", log, tmp_path / "restored", "--sequence", "9")
    assert answer.returncode == 2
    assert "there is no record 9" in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["node.log"]


def test_existing_file_is_replaced_only_by_force(log: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    saved.write_bytes(b"something of value")
    assert _comity("backup", log, saved).returncode == 2
    assert saved.read_bytes() == b"something of value"
    assert _comity("backup", log, saved, "--force").returncode == 0
    assert _head(saved) == _head(log)


@pytest.mark.parametrize("appended", [False, True], ids=["just opened", "with a record not yet folded in"])
def test_log_that_is_held_is_not_replaced_even_by_force(log: Path, tmp_path: Path, *, appended: bool) -> None:
    held = tmp_path / "held"
    assert _comity("backup", log, held).returncode == 0
    writer = SqliteLog(held)
    if appended:
        writer.append([Entry(kind=6, instant=6, count=0, body=b"not yet folded in")])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    try:
        answer = _comity("restore", log, held, "--force")
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    finally:
        writer.close()
    assert answer.returncode == 3
    assert "held is held by another process" in answer.stderr
    assert _head(held).sequence == 5 + appended


def test_log_that_its_writer_did_not_close_is_not_replaced_even_by_force(log: Path, tmp_path: Path) -> None:
    left, beside = tmp_path / "left", tmp_path / "left-wal"
    left.write_bytes(log.read_bytes())
    beside.write_bytes(b"what a crash left")
    answer = _comity("restore", log, left, "--force")
    assert answer.returncode == 2
    assert "left-wal is part of a log that its writer did not close" in answer.stderr
    assert beside.read_bytes() == b"what a crash left"


def test_backup_of_a_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear sir or madam" * 100)
    answer = _comity("backup", tmp_path / "letter.txt", tmp_path / "saved")
    assert answer.returncode == 3
    assert "is not a log" in answer.stderr
    assert not (tmp_path / "saved").exists()


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        pytest.param(b"", 2, "log is empty; a log begins with the genesis of a union", id="empty file"),
        pytest.param(None, 2, "log is a folder; a log is a file, such as day.log", id="folder"),
        pytest.param(b"Dear sir", 3, "log is not a log: expected an SQLite file of records", id="letter"),
    ],
)
def test_what_is_no_log_is_told_when_it_is_verified(
    tmp_path: Path, content: bytes | None, code: int, told: str
) -> None:
    path = tmp_path / "log"
    path.mkdir() if content is None else path.write_bytes(content)
    answer = _comity("verify", path)
    assert (answer.returncode, answer.stdout) == (code, "")
    assert answer.stderr.startswith(f"comity: {tmp_path}")
    assert told in answer.stderr


def test_restore_from_a_backup_that_is_cut_short_says_so_and_leaves_nothing(log: Path, tmp_path: Path) -> None:
    size = log.stat().st_size
    log.write_bytes(log.read_bytes()[:-65_536])
    answer = _comity("restore", log, tmp_path / "restored")
    assert answer.returncode == 1
    assert f"node.log is damaged before any record: expected {size} bytes, found {size - 65_536}" in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["node.log"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder in which nobody can write")
def test_backup_into_a_folder_that_cannot_be_written_is_the_environment_s_failure(log: Path) -> None:
    answer = _comity("backup", log, "/proc/saved")
    assert answer.returncode == 3
    assert "/proc/saved" in answer.stderr
    assert "Traceback" not in answer.stderr
