from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from comity.errors import LogError
from comity.log.snapshots import Snapshot, Snapshots

if TYPE_CHECKING:
    from pathlib import Path


def snapshot(sequence: int) -> Snapshot:
    row = np.dtype([("slot", "<i4"), ("amount", "<i8", 2)])
    parts = {
        "rows": np.zeros(3, row),
        "table": np.arange(sequence * 4).reshape(2, -1),
        "json": np.frombuffer(b'{"day": 1}', np.uint8),
        "none": np.zeros((0, 5), np.int8),
    }
    return Snapshot(sequence, bytes([sequence]) * 32, ((sequence - 1, b"a" * 16), (sequence, b"b" * 16)), parts)


def test_snapshot_is_read_as_it_was_saved(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path / "states")
    saved = snapshot(5)
    snapshots.save(saved)
    (found,) = snapshots.youngest(5)
    assert found[:3] == saved[:3]
    assert list(found.parts) == list(saved.parts)
    for name, part in saved.parts.items():
        assert found.parts[name].dtype == part.dtype
        np.testing.assert_array_equal(found.parts[name], part)


def test_same_state_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (Snapshots(tmp_path / name).save(snapshot(5)).read_bytes() for name in ("a", "b"))
    assert first == second


def test_youngest_come_first_and_later_ones_are_left_out(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, keep=5)
    for sequence in (3, 11, 7):
        snapshots.save(snapshot(sequence))
    assert [found.sequence for found in snapshots.youngest(10)] == [7, 3]


def test_oldest_are_dropped(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, keep=2)
    for sequence in (1, 2, 3):
        snapshots.save(snapshot(sequence))
    assert [found.sequence for found in snapshots.youngest(10)] == [3, 2]
    assert len(list(tmp_path.iterdir())) == 2


def test_every_damage_is_passed_over(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    path = snapshots.save(snapshot(2))
    sound = path.read_bytes()
    for at in range(0, len(sound), 11):
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
        assert list(snapshots.youngest(2)) == []
        path.write_bytes(sound[:at])
        assert list(snapshots.youngest(2)) == []


def test_file_left_over_from_a_crash_while_saving_is_no_snapshot(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    path = snapshots.save(snapshot(2))
    path.rename(path.with_suffix(".part"))
    assert list(snapshots.youngest(9)) == []


def test_place_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "states").write_text("")
    with pytest.raises(LogError, match="states cannot be created: File exists"):
        Snapshots(tmp_path / "states")


def test_folder_that_went_away_is_named(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path / "states")
    (tmp_path / "states").rmdir()
    with pytest.raises(LogError, match="cannot be written: No such file or directory"):
        snapshots.save(snapshot(2))
