"""A watched folder: messages of one participant as files, taken once and answered once, whenever the machine stops.

| folder | holds |
|---|---|
| `in/` | what the participant puts there, by renaming; not looked at: `.this` and `this.part` |
| `out/` | answers and messages for the participant, each there whole; whoever fetches one deletes it |
| `done/` | what was carried out |
| `poison/` | what was refused, each with a file `.reason` beside it |
| `state/` | ours: the file that is being taken, what is about to be put out, and the cursor |

A file is first moved out of `in/`, so that what is read is what is filed. Its answer is written and synced in `state/`,
the file is moved to `done/` or `poison/`, and then the answer to `out/`. So an answer that waits in `state/` without
its file there is put out, for the file was filed; with its file there it is made again, from the log if the message was
carried out. A message for the participant is written in `state/` too, then the cursor that counts it, and then it is
put out; one that the cursor does not count is made again.

Names are derived: of a file with the name `N` whose bytes have a SHA-256 that begins with `M` the answer is
`answer.N.M.xml`, and it is filed as `N.M`. One thread at a time uses a folder.
"""

from __future__ import annotations

import hashlib
import os
import re
from heapq import nsmallest
from itertools import islice
from stat import S_IMODE, S_ISREG
from typing import TYPE_CHECKING, NamedTuple

from comity.errors import Conflict, InvalidRequest
from comity.gateway.events import START, Cursor
from comity.iso20022.parsing import BOUNDS
from comity.log.lock import sync_directory
from comity.model.plain import is_clean

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

IN, OUT, DONE, POISON, STATE = "in", "out", "done", "poison", "state"
FOLDERS = (IN, OUT, DONE, POISON, STATE)
FILES_AT_ONCE = 256
"""Files of a turn; then it is the messages' turn."""
OUT_MAX = 10_000
"""Files in `out/`: beyond that nothing is taken, and nothing put out, until some were fetched."""
NAME_SIZE_MAX = 150
"""Bytes of a name; what is derived from it still is one."""
RECORDS_UNCOUNTED_MAX = 1_000
"""Records without a message for the participant that may be looked at again after a start."""
_TAKEN, _STAGED, _CURSOR = "taken", "staged", "cursor"
_MARK_LENGTH = 16
_ANSWER = re.compile(rf"answer\.(.+)\.[0-9a-f]{{{_MARK_LENGTH}}}\.xml", re.DOTALL)
_MESSAGE = re.compile(r"message\.([0-9]+)-([0-9]+)\.xml")


class Unfit(Exception):  # noqa: N818 - the name says what happened
    """What lies in the folder is not a file that may be read."""


class Found(NamedTuple):
    """A file that was read."""

    data: bytes
    """No more than the bound and one byte."""
    mark: str


class Folder:
    """See the module; OSError if the folder cannot be used.

    Parameters
    ----------
    shared
        Whether files may be of other users, since messages prove by themselves who wrote them.

    Attributes
    ----------
    path
        Of the folder.
    cursor
        Up to where messages for the participant were put out.
    """

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        self.path = path
        self._shared = shared
        self._taken = path / STATE / _TAKEN
        self._staged = path / STATE / _STAGED
        for folder in (*(path / name for name in FOLDERS), self._taken, self._staged):
            folder.mkdir(mode=0o700, exist_ok=True)
        self.cursor = self._read_cursor()
        self._counted = self.cursor.sequence

    def settle(self) -> None:
        """Finish what was under way when the process before, or the turn before, ended."""
        staged = sorted(self._staged.iterdir())
        for each in staged:
            if self._is_due(each.name):
                each.rename(self.path / OUT / each.name)
            else:
                each.unlink()
        if staged:
            sync_directory(self.path / OUT)

    def waiting(self) -> list[str]:
        """Return the names of files that wait, in their order: what was taken before, then what lies in `in/`."""
        before = sorted(each.name for each in self._taken.iterdir())
        if self.is_full:
            return before
        with os.scandir(self.path / IN) as entries:
            return before + nsmallest(FILES_AT_ONCE, (each.name for each in entries if _is_offered(each)))

    @property
    def is_full(self) -> bool:
        """Whether the participant has to fetch something first."""
        with os.scandir(self.path / OUT) as entries:
            return sum(1 for _ in islice(entries, OUT_MAX)) >= OUT_MAX

    def take(self, name: str) -> str:
        """Move a file out of `in/`, unless it was before; the name that it has from now on."""
        if os.path.lexists(self._taken / name):
            return name
        own = _named(name)
        (self.path / IN / name).rename(self._taken / own)
        return own

    def read(self, name: str) -> Found:
        """Read a file that was taken; Unfit if it is none that may be read."""
        path = self._taken / name
        self._check(path.lstat())  # before it is opened: opening a device may do something
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except PermissionError as error:
            raise Unfit("it may not be read") from error
        with os.fdopen(handle, "rb") as file:
            self._check(os.fstat(handle))
            data = file.read(BOUNDS.size + 1)
        return Found(data, hashlib.sha256(data).hexdigest()[:_MARK_LENGTH])

    def mark(self, name: str) -> str:
        """Return a mark for what cannot be read: the same as long as it is the same file."""
        about = (self._taken / name).lstat()
        named = f"{about.st_dev} {about.st_ino} {about.st_mtime_ns} {about.st_size}"
        return hashlib.sha256(named.encode()).hexdigest()[:_MARK_LENGTH]

    def file(self, name: str, mark: str, answer: bytes, reason: str = "") -> None:
        """File what was taken, and put out its answer.

        Parameters
        ----------
        answer
            Empty: none.
        reason
            Why it was refused; empty: it was carried out.
        """
        put = f"answer.{name}.{mark}.xml"
        if answer:
            self._write(self._staged / put, answer)
        place = self.path / (POISON if reason else DONE)
        if reason:
            self._write(place / f"{name}.{mark}.reason", f"{reason}\n".encode())
        (self._taken / name).rename(place / f"{name}.{mark}")
        for each in (place, self._taken, self.path / IN):
            sync_directory(each)
        if answer:
            (self._staged / put).rename(self.path / OUT / put)
            sync_directory(self.path / OUT)

    def put(self, messages: Iterable[tuple[str, bytes]], cursor: Cursor) -> None:
        """Put out messages for the participant, by their references, and count them.

        Parameters
        ----------
        cursor
            Behind the last of them.
        """
        names = [(f"message.{reference}.xml", content) for reference, content in messages]
        if not names and cursor.sequence - self._counted < RECORDS_UNCOUNTED_MAX:
            self.cursor = cursor
            return
        for name, content in names:
            self._write(self._staged / name, content)
        self._write(self.path / STATE / _CURSOR, str(cursor).encode())
        self.cursor, self._counted = cursor, cursor.sequence
        for name, _ in names:
            (self._staged / name).rename(self.path / OUT / name)
        if names:
            sync_directory(self.path / OUT)

    def expire(self, before: int) -> None:
        """Delete what was filed before an instant, microseconds since 1970-01-01 UTC."""
        for name in (DONE, POISON):
            with os.scandir(self.path / name) as entries:
                old = [each.path for each in entries if _filed_at(each) < before]
            for path in old:
                os.unlink(path)  # noqa: PTH108 - as the directory names it

    def _check(self, about: os.stat_result) -> None:
        if not S_ISREG(about.st_mode):
            raise Unfit("it is not a file")
        if about.st_nlink != 1:
            raise Unfit("it has other names: a hard link")
        if self._shared:
            return
        if about.st_uid not in {os.geteuid(), 0}:
            raise Unfit("it belongs to another user")
        if S_IMODE(about.st_mode) & 0o022:
            raise Unfit(f"others may write it: mode {S_IMODE(about.st_mode):o}")

    def _is_due(self, name: str) -> bool:
        """Whether what is staged is to be put out: all that had to come before it has."""
        if answer := _ANSWER.fullmatch(name):
            return not os.path.lexists(self._taken / answer[1])
        message = _MESSAGE.fullmatch(name)
        return message is not None and (int(message[1]), int(message[2])) <= self.cursor

    def _read_cursor(self) -> Cursor:
        path = self.path / STATE / _CURSOR
        if not path.exists():
            return START
        try:
            return Cursor.parse(path.read_text(encoding="ascii"))
        except (InvalidRequest, UnicodeDecodeError):
            raise Conflict(f"{path} is no cursor: restore it, or put there the number of a record") from None

    def _write(self, path: Path, data: bytes) -> None:
        """Write a file, so that it is there whole and durable or not at all."""
        partial = path.with_name(f".{path.name}.part") if path.parent != self._staged else path
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(partial, flags, 0o640), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if partial != path:
            partial.rename(path)
        sync_directory(path.parent)


def _is_offered(entry: os.DirEntry[str]) -> bool:
    """Whether something in `in/` is to be taken; folders stay where they are."""
    name = entry.name
    return not name.startswith(".") and not name.endswith(".part") and not entry.is_dir(follow_symlinks=False)


def _filed_at(entry: os.DirEntry[str]) -> int:
    """Return when a file came to where it lies: renaming it changed what is kept of it."""
    return entry.stat(follow_symlinks=False).st_ctime_ns // 1000


def _named(name: str) -> str:
    """Return a name from which others can be derived: as it is, or a hash of one that is too long or not clean."""
    if is_clean(name) and len(os.fsencode(name)) <= NAME_SIZE_MAX:
        return name
    return f"name-{hashlib.sha256(os.fsencode(name)).hexdigest()[:32]}"
