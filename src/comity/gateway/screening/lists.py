"""Lists: which edition of which list is in force, as the log says, and the files that stand beside it.

The log has the hash of each file; the file itself stands in a folder, under that hash, and stays there when a later
edition comes. A file that is missing, or is not what was loaded, lets no gateway start: a list is never silently
empty.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple

from comity.errors import EnvironmentFailed, Fault, InvalidRequest
from comity.gateway.four_eyes import Change
from comity.gateway.notes import ListLoaded, unpack_notes
from comity.log.lock import sync_directory
from comity.screening import read_list

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from comity.gateway.actor import Actor
    from comity.gateway.approvals import Approvals
    from comity.gateway.notes import Proposed
    from comity.screening import Change as ListChange
    from comity.screening import SanctionsList

LOAD: Final = "lists.load"
LISTS_MAX = 16
"""Lists in force of one party: nobody's lists keep another's out."""
UNPACKED_MAX: Final = 256 << 20
"""Bytes of what a zip archive holds, uncompressed."""
FILES_MAX: Final = 8
NAME_MAX: Final = 100
"""Bytes of the name of a file in an archive."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
WORDS_MAX: Final = 200
"""Characters of what a list calls itself and its parties, as the log has them."""
_ZIP = b"PK\x03\x04"
_PART = 1 << 16


class Edition(NamedTuple):
    """A list in force."""

    note: ListLoaded
    sequence: int
    """Record that put it in force."""


class Editions:
    """Which editions of lists are and were in force: a fold over the notes of records.

    Attributes
    ----------
    current : dict
        Editions in force, by whose list it is and its name.
    earlier : list
        Those that were in force before, in the order of the log.
    sequence
        Record that changed them last, 0 if none did.
    changed
        Called whenever they do.
    """

    def __init__(self) -> None:
        self.current: dict[tuple[str, str], Edition] = {}
        self.earlier: list[Edition] = []
        self.sequence = 0
        self.changed: Callable[[], None] = _tell_nobody

    def take(self, sequence: int, note: ListLoaded) -> None:
        """Remember what a record says."""
        before = self.current.get((note.party, note.name))
        if before is not None:
            self.earlier.append(before)
        self.current[note.party, note.name] = Edition(note, sequence)
        self.sequence = sequence
        self.changed()

    def at(self, party: str, name: str, sequence: int) -> ListLoaded | None:
        """Return the edition of a list that was in force as of a record, None if none was."""
        every = [*self.earlier, *self.current.values()]
        found = [each for each in every if (each.note.party, each.note.name) == (party, name)]
        return next((each.note for each in reversed(found) if each.sequence <= sequence), None)

    def text(self, party: str, name: str) -> str:
        """Write which edition of a list is in force, for whoever approves another; empty if none is."""
        edition = self.current.get((party, name))
        return text_of(edition.note) if edition else ""


class ListFiles:
    """Files of lists, in a folder of their own; from any thread. EnvironmentFailed if it cannot be used."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()  # the same file may come twice at once
        self._sweeping = Lock()
        self._in_hand: Counter[str] = Counter()
        self._spared: set[str] = set()

    def keep(self, data: bytes) -> str:
        """Write a file, synced, unless it is there; its SHA-256, hexadecimal. It stays until `let_go` at least."""
        name = hashlib.sha256(data).hexdigest()
        path = self._folder / name
        with self._lock:
            self._in_hand[name] += 1
            self._spared.add(name)
        try:
            with self._lock:
                self._write(path, data)
        except OSError as error:
            self.let_go(name)
            raise EnvironmentFailed(f"{path} cannot be written: {error.strerror}") from error
        return name

    def _write(self, path: Path, data: bytes) -> None:
        """Write a file whole and synced, unless it is there."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if not path.exists():
            beside = path.with_suffix(".new")
            with beside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            sync_directory(self._folder)

    def let_go(self, name: str) -> None:
        """Say that it is decided about a file: the log needs it from now on, or nobody does."""
        with self._lock:
            self._in_hand[name] -= 1
            if not self._in_hand[name]:
                del self._in_hand[name]

    def sweep(self, find_needed: Callable[[], Collection[str]]) -> None:
        """Remove the files that nobody needs.

        Parameters
        ----------
        find_needed
            Returns those that the log needs. What comes while it does is not removed.
        """
        with self._sweeping, suppress(OSError):  # what cannot be removed now is, the next time
            with self._lock:
                self._spared = set(self._in_hand)
                there = [each for each in self._folder.iterdir() if each.is_file()] if self._folder.is_dir() else []
            needed = find_needed()
            with self._lock:
                for path in there:
                    if path.name not in needed and path.name not in self._spared:
                        path.unlink(missing_ok=True)

    def read(self, name: str) -> SanctionsList:
        """Read the list in a file.

        Raises
        ------
        InvalidRequest
            It is none, with every fault.
        EnvironmentFailed
            It is not there.
        """
        path = self._folder / name
        try:
            with path.open("rb") as opened:
                begin = opened.read(len(_ZIP))
        except OSError as error:
            raise EnvironmentFailed(f"{path} cannot be read: {error.strerror}") from error
        if begin != _ZIP:
            listed = read_list(path)
            return replace(listed, name="") if listed.name == path.stem else listed  # a list that does not name itself
        with TemporaryDirectory(prefix="comity-list-") as folder:
            return read_list(_unpacked(path, Path(folder)))

    def in_force(self, note: ListLoaded) -> SanctionsList:
        """Read a list that is in force; EnvironmentFailed if it is not what was loaded."""
        path = self._folder / note.file
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise EnvironmentFailed(
                f"{path} cannot be read: {error.strerror}; it is the list {note.name} of {note.party}, "
                "which is in force: put it back from a backup"
            ) from error
        listed = self.read(note.file) if found == note.file else None
        if listed is None or listed.digest != note.digest or listed.count != note.count:
            raise EnvironmentFailed(f"{path} is not the list {note.name} of {note.party} that was loaded")
        return listed


def _unpacked(path: Path, folder: Path) -> Path:
    """Unpack tables of a list into a folder: plain files alone, and no more than any list has."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            size = sum(each.file_size for each in members)
            if len(members) > FILES_MAX or size > UNPACKED_MAX:
                expected = f"up to {FILES_MAX} files of {UNPACKED_MAX} bytes together"
                raise InvalidRequest([Fault("", 0, "", expected, f"{len(members)} of {size}")])
            if any(each.compress_type not in _METHODS or len(each.filename.encode()) > NAME_MAX for each in members):
                raise InvalidRequest([Fault("", 0, "", f"deflated files, names up to {NAME_MAX} bytes", "others")])
            left = UNPACKED_MAX
            for each in members:
                with archive.open(each) as source, (folder / Path(each.filename).name).open("xb") as target:
                    while part := source.read(_PART):
                        left -= len(part)
                        if left < 0:
                            raise InvalidRequest([Fault("", 0, "", f"up to {UNPACKED_MAX} bytes", "more")])
                        target.write(part)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, FileExistsError, EOFError) as bad:
        raise InvalidRequest([Fault("", 0, "", "a zip archive of the tables of a list", str(bad)[:80])]) from None
    return folder


def note_of(party: str, name: str, file: str, listed: SanctionsList) -> ListLoaded:
    """Return what puts an edition in force."""
    version, date = listed.version[:WORDS_MAX], listed.date[:WORDS_MAX]
    return ListLoaded(party, name, file, listed.digest, version, date, listed.count, listed.orphans)


def loading(note: ListLoaded, change: ListChange, actor: Actor, lists: Editions, approvals: Approvals) -> Change:
    """Return the change that puts an edition in force, which needs another person where `change` gives reasons."""
    needs = {actor.party: approvals.quorum(actor.party)} if change.needs_two else {}
    words = f"{text_of(note)}; {len(change.added)} new, {len(change.removed)} gone, {len(change.changed)} changed"
    after = "; ".join((words, *change.reasons))
    return Change(LOAD, needs, notes=(note,), before=(lists.text(note.party, note.name),), after=(after,))


def text_of(note: ListLoaded) -> str:
    """Write which edition this is."""
    when = " ".join(part for part in (note.version, note.date) if part)
    return f"{note.party}/{note.name}: {note.count} parties, {when or 'undated'}, {note.digest[:16]}"


def files_needed(lists: Editions, approvals: Approvals) -> set[str]:
    """Return the files of every edition that was ever in force, or that waits for approval; in the node's thread."""
    waiting = (each.what for each in approvals.open.values() if each.what.operation == LOAD)
    proposed = (
        note.file for what in waiting for note in unpack_notes(bytes(what.notes)) if isinstance(note, ListLoaded)
    )
    return {*proposed, *(each.note.file for each in (*lists.earlier, *lists.current.values()))}


def list_in(what: Proposed, lists: Editions) -> str:
    """Return which edition is in force of the list that a proposal is about."""
    note = next(each for each in unpack_notes(bytes(what.notes)) if isinstance(each, ListLoaded))
    return lists.text(note.party, note.name)


def _tell_nobody() -> None:
    pass
