from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import apsw
import pytest

from comity.errors import LogCorrupt, LogError, LogLocked, NotFound
from comity.log.copy import copy_log
from comity.log.record import START, Algorithm
from comity.log.sqlite import SqliteLog, SqliteReader
from comity.log.verify import walk
from tests.ports.log_cases import LogCases, entry

if TYPE_CHECKING:
    from pathlib import Path


class TestSqliteLog(LogCases):
    def open(self, folder: Path, algorithm: Algorithm = Algorithm.SHA256) -> SqliteLog:
        return SqliteLog(folder / "day.log", algorithm)

    def truncate_last(self, folder: Path, size: int) -> None:
        change(folder / "day.log", "UPDATE records SET record = substr(record, 1, ?) WHERE sequence = "
               "(SELECT max(sequence) FROM records)", size)  # fmt: skip

    def append_bytes(self, folder: Path, sequence: int, data: bytes) -> None:
        change(folder / "day.log", "INSERT INTO records VALUES (?, ?)", sequence, data)
        change(folder / "day.log", f"PRAGMA user_version = {sequence}")


def change(path: Path, statement: str, *values: int | bytes) -> None:
    """Alter the file at `path` behind the log's back."""
    connection = apsw.Connection(str(path))
    connection.execute(statement, values)
    connection.close()


def fill(path: Path, first: int, last: int, size: int = 50_000) -> None:
    with closing(SqliteLog(path, checkpoint_bytes=200_000)) as log:
        for number in range(first, last + 1):
            log.append([entry(number, size)])


def test_closing_leaves_one_file(tmp_path: Path) -> None:
    fill(tmp_path / "day.log", 1, 30)
    assert [path.name for path in tmp_path.iterdir()] == ["day.log"]


def test_same_appends_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        fill(tmp_path / name, 1, 30)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_bytes_do_not_depend_on_when_checkpoints_ran(tmp_path: Path) -> None:
    fill(tmp_path / "a", 1, 30)
    with closing(SqliteLog(tmp_path / "b")) as log:
        for number in range(1, 31):
            log.append([entry(number, 50_000)])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_write_ahead_file_stays_small_while_checkpoints_run(tmp_path: Path) -> None:
    with closing(SqliteLog(tmp_path / "day.log", checkpoint_bytes=1_000_000)) as log:
        for number in range(1, 401):
            log.append([entry(number, 50_000)])
        assert (tmp_path / "day.log-wal").stat().st_size < 20_000_000


def test_write_ahead_file_stays_small_although_records_are(tmp_path: Path) -> None:
    with closing(SqliteLog(tmp_path / "day.log", checkpoint_bytes=1_000_000)) as log:
        for number in range(1, 401):
            log.append([entry(number, 50)])
        assert (tmp_path / "day.log-wal").stat().st_size < 20_000_000


def test_second_writer_in_the_same_process_is_refused(tmp_path: Path) -> None:
    with closing(SqliteLog(tmp_path / "day.log")) as log:
        with pytest.raises(LogLocked, match=r"day\.log is held by another process"):
            SqliteLog(tmp_path / "day.log")
        log.append([entry(1)])


def test_second_process_is_refused_until_the_first_closes(tmp_path: Path) -> None:
    path = tmp_path / "day.log"
    program = f"from comity.log.sqlite import SqliteLog; print(SqliteLog({str(path)!r}).head.sequence)"
    log = SqliteLog(path)
    log.append([entry(1)])
    refused = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "is held by another process; a log has one writer at a time" in refused.stderr
    log.close()
    admitted = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert admitted.stdout == "1\n"


def test_reader_sees_what_is_durable_while_a_writer_appends(tmp_path: Path) -> None:
    with closing(SqliteLog(tmp_path / "day.log")) as log:
        log.append([entry(1)])
        with closing(SqliteReader(tmp_path / "day.log")) as reader:
            assert [record.sequence for record, _ in walk(reader.read())] == [1]
            log.append([entry(2)])
            assert [record.sequence for record, _ in walk(reader.read())] == [1, 2]


def test_reading_a_closed_log_leaves_it_as_it_was(tmp_path: Path) -> None:
    fill(tmp_path / "day.log", 1, 3)
    before = (tmp_path / "day.log").read_bytes()
    with closing(SqliteReader(tmp_path / "day.log")) as reader:
        assert len(list(reader.read())) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["day.log"]
    assert (tmp_path / "day.log").read_bytes() == before


def test_absent_log_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"day\.log does not exist"):
        SqliteReader(tmp_path / "day.log")


def test_folder_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    with pytest.raises(NotFound, match=r"results is a folder; a log is a file, such as day\.log"):
        SqliteReader(tmp_path / "results")


def test_empty_file_holds_no_log_to_read(tmp_path: Path) -> None:
    (tmp_path / "day.log").touch()
    with pytest.raises(NotFound, match=r"day\.log is empty; a log begins with the genesis of a union"):
        SqliteReader(tmp_path / "day.log")


@pytest.mark.parametrize("left", [99, 65_536, 200_000])
def test_log_that_is_cut_short_says_how_long_it_was(tmp_path: Path, left: int) -> None:
    path = tmp_path / "day.log"
    fill(path, 1, 12)
    whole = path.read_bytes()
    path.write_bytes(whole[:left])
    short = f"day.log is damaged before any record: expected {len(whole)} bytes, found {left}: the file is cut short"
    with pytest.raises(LogCorrupt, match=short), closing(SqliteReader(path)) as reader:
        list(walk(reader.read()))


def test_log_without_its_table_is_damaged(tmp_path: Path) -> None:
    fill(tmp_path / "day.log", 1, 2)
    change(tmp_path / "day.log", "DROP TABLE records")
    for opening in (SqliteLog, SqliteReader):
        with pytest.raises(LogCorrupt, match="expected the table of records, found no table"):
            opening(tmp_path / "day.log")


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "day.log"
    path.write_text("instant,command\n" * 1_000)
    for opening in (SqliteLog, SqliteReader):
        with pytest.raises(LogError, match="is not a log: expected an SQLite file of records"):
            opening(path)
    assert path.read_text() == "instant,command\n" * 1_000


def test_database_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    change(path, "CREATE TABLE people (name)")
    for opening in (SqliteLog, SqliteReader):
        with pytest.raises(LogError, match="is a database, but not a log: expected the mark 0x434f4d49, found 0x0"):
            opening(path)


def test_directory_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"nowhere/day\.log cannot be opened for writing: No such file"):
        SqliteLog(tmp_path / "nowhere" / "day.log")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_read_only_directory_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(LogError, match="cannot be opened for writing: Permission denied"):
            SqliteLog(tmp_path / "day.log")
    finally:
        tmp_path.chmod(0o700)


def test_missing_record_is_named(tmp_path: Path) -> None:
    fill(tmp_path / "day.log", 1, 5)
    change(tmp_path / "day.log", "DELETE FROM records WHERE sequence = 3")
    missing = "record 3: is missing; the next one stored is record 4"
    with closing(SqliteReader(tmp_path / "day.log")) as reader, pytest.raises(LogCorrupt, match=missing):
        list(walk(reader.read()))


def test_missing_last_record_is_noticed(tmp_path: Path) -> None:
    fill(tmp_path / "day.log", 1, 5)
    change(tmp_path / "day.log", "DELETE FROM records WHERE sequence = 5")
    missing = "record 5: is missing; the log says that it ends with record 5"
    with closing(SqliteReader(tmp_path / "day.log")) as reader, pytest.raises(LogCorrupt, match=missing):
        list(walk(reader.read()))
    with pytest.raises(LogCorrupt, match=missing):
        SqliteLog(tmp_path / "day.log")


def test_altered_last_record_is_refused_not_cut(tmp_path: Path) -> None:
    fill(tmp_path / "day.log", 1, 3, 40)
    data = (tmp_path / "day.log").read_bytes()
    body = entry(3).body
    assert data.count(body) == 1
    (tmp_path / "day.log").write_bytes(data.replace(body, body[:-1] + b"?"))
    with pytest.raises(LogCorrupt, match="record 3: checksum of its body"):
        SqliteLog(tmp_path / "day.log")


def test_copy_has_the_bytes_of_the_closed_log(tmp_path: Path) -> None:
    with closing(SqliteLog(tmp_path / "day.log", checkpoint_bytes=300_000)) as log:
        for number in range(1, 31):
            log.append([entry(number, 50_000)])
        assert copy_log(log, tmp_path / "copy.log") == log.head
        log.append([entry(31)])
    with closing(SqliteReader(tmp_path / "day.log")) as reader:
        copy_log(reader, tmp_path / "whole.log")
        assert copy_log(reader, tmp_path / "begin.log", 30).sequence == 30
    assert (tmp_path / "whole.log").read_bytes() == (tmp_path / "day.log").read_bytes()
    assert (tmp_path / "begin.log").read_bytes() == (tmp_path / "copy.log").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["begin.log", "copy.log", "day.log", "whole.log"]


def test_copy_past_the_end_leaves_nothing(tmp_path: Path) -> None:
    fill(tmp_path / "day.log", 1, 3)
    absent = "the log has 3 records; there is no record 4"
    with closing(SqliteReader(tmp_path / "day.log")) as reader, pytest.raises(NotFound, match=absent):
        copy_log(reader, tmp_path / "copy.log", 4)
    assert [path.name for path in tmp_path.iterdir()] == ["day.log"]


def test_opened_and_closed_empty_log_is_empty(tmp_path: Path) -> None:
    SqliteLog(tmp_path / "day.log").close()
    with closing(SqliteLog(tmp_path / "day.log")) as log:
        assert log.head == START
