"""Files of lists are there whole, whoever brings them."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from comity.gateway.screening.lists import WORDS_MAX, ListFiles, note_of
from comity.screening import SanctionsList

SYNC = os.fsync


def slowly(handle: int) -> None:
    time.sleep(0.1)
    SYNC(handle)


def test_the_same_file_may_come_twice_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = ListFiles(tmp_path / "lists")
    monkeypatch.setattr(os, "fsync", slowly)
    with ThreadPoolExecutor(4) as threads:
        names = set(threads.map(files.keep, [b"a list"] * 4))
    assert [each.name for each in (tmp_path / "lists").iterdir()] == list(names)


def test_what_a_list_calls_itself_is_cut_before_it_enters_the_log() -> None:
    note = note_of("union", "main", "aa", SanctionsList("UN", "v" * 2 * WORDS_MAX, "d" * 2 * WORDS_MAX, "bb", ()))
    assert (len(note.version), len(note.date)) == (WORDS_MAX, WORDS_MAX)


def test_what_nobody_needs_is_removed_and_what_is_in_hand_stays(tmp_path: Path) -> None:
    files = ListFiles(tmp_path / "lists")
    files.sweep(set)  # there is no folder yet
    needed, refused, in_hand = (files.keep(data) for data in (b"needed", b"refused", b"in hand"))
    (tmp_path / "lists" / "torn.new").touch()
    files.let_go(needed)
    files.let_go(refused)
    files.sweep(lambda: {needed})
    assert names(tmp_path) == {needed, in_hand}
    files.let_go(in_hand)
    files.sweep(lambda: {needed})
    assert names(tmp_path) == {needed}


def test_a_file_that_comes_again_while_others_are_removed_stays(tmp_path: Path) -> None:
    files = ListFiles(tmp_path / "lists")
    name = files.keep(b"a list")
    files.let_go(name)

    def meanwhile() -> set[str]:
        files.let_go(files.keep(b"a list"))  # it was put in force after the log was asked
        return set()

    files.sweep(meanwhile)
    assert names(tmp_path) == {name}


def names(folder: Path) -> set[str]:
    return {each.name for each in (folder / "lists").iterdir()}
