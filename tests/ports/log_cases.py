"""What every log must do; each backend's test class inherits these cases and says how to open it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from comity.errors import LogError, LogLocked
from comity.log.record import NO_DIGEST, START, Algorithm, Entry, Incomplete
from comity.log.verify import walk

if TYPE_CHECKING:
    from pathlib import Path

    from comity.log.protocol import Log


def entry(number: int, size: int = 40) -> Entry:
    """An entry whose every field depends on `number`."""
    body = bytes((number * 7 + index) % 256 for index in range(size))
    return Entry(2 + number % 4, 1_000 * number, body, number, 1, max(0, number - 2), bytes([number % 256]) * 16)


class LogCases:
    """Cases of the protocol `Log`."""

    def open(self, folder: Path, algorithm: Algorithm = Algorithm.SHA256) -> Log:
        """Open the log in `folder` for appending; an empty one at first."""
        raise NotImplementedError

    def truncate_last(self, folder: Path, size: int) -> None:
        """Keep `size` bytes of the last record, while no writer is there."""
        raise NotImplementedError

    def test_new_log_is_empty_and_of_epoch_one(self, tmp_path: Path) -> None:
        log = self.open(tmp_path)
        assert (log.head, log.epoch, log.cut) == (START, 1, 0)
        assert list(log.read()) == []
        log.close()

    def test_records_are_read_as_they_were_appended(self, tmp_path: Path) -> None:
        log = self.open(tmp_path)
        entries = [entry(number, size) for number, size in enumerate([0, 1, 40, 70_000, 700_000], 1)]
        for one in entries:
            log.append([one])
        walked = list(walk(log.read()))
        assert [record.entry for record, _ in walked] == entries
        assert walked[-1][1] == log.head
        assert log.head.sequence == 5
        log.close()

    def test_group_is_appended_whole_and_in_order(self, tmp_path: Path) -> None:
        log = self.open(tmp_path)
        head = log.append([entry(1), entry(2), entry(3)])
        assert head == log.head
        assert [record.sequence for record, _ in walk(log.read())] == [1, 2, 3]
        log.close()

    def test_empty_group_changes_nothing(self, tmp_path: Path) -> None:
        log = self.open(tmp_path)
        log.append([entry(1)])
        head = log.head
        assert log.append([]) == head
        log.close()

    def test_reading_from_a_number_starts_there(self, tmp_path: Path) -> None:
        log = self.open(tmp_path)
        log.append([entry(number) for number in range(1, 6)])
        assert [sequence for sequence, _ in log.read(4)] == [4, 5]
        assert [sequence for sequence, _ in log.read(6)] == []
        log.close()

    def test_reading_does_not_hold_up_an_append(self, tmp_path: Path) -> None:
        log = self.open(tmp_path)
        log.append([entry(1), entry(2)])
        reading = log.read()
        assert next(reading).sequence == 1
        log.append([entry(3)])
        assert [sequence for sequence, _ in reading] == [2, 3]
        log.close()

    def test_reopened_log_goes_on_in_a_new_epoch(self, tmp_path: Path) -> None:
        log = self.open(tmp_path)
        log.append([entry(1)])
        log.close()
        again = self.open(tmp_path)
        assert (again.head, again.epoch) == (log.head, 2)
        again.append([entry(2)])
        assert [record.epoch for record, _ in walk(again.read())] == [1, 2]
        again.close()

    def test_algorithms_may_change_within_a_log(self, tmp_path: Path) -> None:
        for number, algorithm in enumerate([Algorithm.SHA256, Algorithm.BLAKE2B, Algorithm.SHA256], 1):
            log = self.open(tmp_path, algorithm)
            log.append([entry(number)])
            log.close()
        log = self.open(tmp_path)
        assert [record.algorithm for record, _ in walk(log.read())] == [1, 2, 1]
        log.close()

    def test_closed_log_refuses_to_append_and_closes_twice(self, tmp_path: Path) -> None:
        log = self.open(tmp_path)
        log.close()
        log.close()
        with pytest.raises(LogError):
            log.append([entry(1)])

    def test_field_out_of_range_is_not_written(self, tmp_path: Path) -> None:
        log = self.open(tmp_path)
        with pytest.raises(LogError, match="cannot be laid out"):
            log.append([entry(1), Entry(-1, 0, b"", 0, 1, 0, NO_DIGEST)])
        log.close()
        again = self.open(tmp_path)
        assert again.head == START
        again.close()

    @pytest.mark.parametrize("size", [0, 100, 160, 199])
    def test_incomplete_last_record_is_cut_on_opening(self, tmp_path: Path, size: int) -> None:
        log = self.open(tmp_path)
        log.append([entry(1), entry(2)])
        kept = log.head
        log.append([entry(3)])
        log.close()
        self.truncate_last(tmp_path, size)
        again = self.open(tmp_path)
        assert (again.cut, again.head) == (3, kept)
        again.append([entry(3)])
        assert [record.sequence for record, _ in walk(again.read())] == [1, 2, 3]
        again.close()

    def test_incomplete_only_record_leaves_an_empty_log(self, tmp_path: Path) -> None:
        log = self.open(tmp_path)
        log.append([entry(1)])
        log.close()
        self.truncate_last(tmp_path, 10)
        again = self.open(tmp_path)
        assert (again.cut, again.head) == (1, START)
        again.close()

    def test_incomplete_record_before_the_last_is_refused(self, tmp_path: Path) -> None:
        log = self.open(tmp_path)
        log.append([entry(1), entry(2)])
        log.close()
        self.truncate_last(tmp_path, 100)
        self.append_bytes(tmp_path, 3, b"COMITY")
        with pytest.raises(LogError, match="record 2: ends after 100 of 160 bytes of its header, and another"):
            self.open(tmp_path)

    def append_bytes(self, folder: Path, sequence: int, data: bytes) -> None:
        """Store `data` as record `sequence`, past the log's own checks."""
        raise NotImplementedError

    def test_walk_of_an_incomplete_record_says_so(self, tmp_path: Path) -> None:
        log = self.open(tmp_path)
        log.append([entry(1)])
        self.append_bytes(tmp_path, 2, b"COMITY")
        with pytest.raises(Incomplete, match="record 2: ends after 6 of 160 bytes of its header"):
            list(walk(log.read()))
        log.close()


class FencedLogCases(LogCases):
    """Cases of logs that another writer can take over without asking."""

    def test_writer_of_an_older_epoch_is_fenced_off(self, tmp_path: Path) -> None:
        older = self.open(tmp_path)
        older.append([entry(1)])
        newer = self.open(tmp_path)
        newer.append([entry(2)])
        with pytest.raises(LogLocked, match="epoch 2; this one is 1"):
            older.append([entry(2)])
        assert [record.epoch for record, _ in walk(newer.read())] == [1, 2]
        older.close()
        newer.close()
