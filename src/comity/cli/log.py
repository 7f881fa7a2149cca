"""`comity verify`, `backup` and `restore`: a log as a file.

A backup and a restored log are copies whose records were proven one by one; both
are written beside and renamed. With `--force` an existing file is replaced only
if no process holds it, which `LogLocked` says, and its last writer closed it: a
write-ahead file left beside it would otherwise be taken for part of the new log.
"""

from collections.abc import Iterator
from pathlib import Path

from comity.cli.progress import Bar
from comity.cli.summary import show
from comity.errors import Conflict, LogError
from comity.log.copy import copy_log
from comity.log.lock import FileLock, sync_directory
from comity.log.protocol import LogReader, Stored
from comity.log.record import Head
from comity.log.sqlite import SqliteReader


class Watched:
    """A reader that tells a bar how far it has come."""

    def __init__(self, reader: LogReader, bar: Bar) -> None:
        self._reader = reader
        self._bar = bar

    def read(self, first: int = 1) -> Iterator[Stored]:
        """Yield what the reader yields."""
        for item in self._reader.read(first):
            self._bar(item.sequence, None)
            yield item

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()


def verify_log(log: Path, *, as_json: bool) -> None:
    """Replay `log` from its start; LogCorrupt names the first bad record."""
    from comity.node.verify import verify

    reader = SqliteReader(log)
    try:
        with Bar("replaying records") as bar:
            sound = verify(Watched(reader, bar))
    finally:
        reader.close()
    figures = {
        "log": str(log),
        "records": sound.records,
        "instructions": sound.instructions,
        "log_head": sound.head.hex(),
        "digest": sound.digest.hex(),
    }
    show(figures, as_json=as_json)


def backup_log(log: Path, to: Path, *, force: bool, as_json: bool) -> None:
    """Copy `log`, in use or not, to `to`."""
    head = _copy(log, to, None, "copying records", force=force)
    _show(to, head, as_json=as_json)


def restore_log(saved: Path, to: Path, sequence: int | None, *, force: bool, as_json: bool) -> None:
    """Make the log `to` from `saved`, up to record `sequence` if given."""
    head = _copy(saved, to, sequence, "restoring records", force=force)
    _show(to, head, as_json=as_json)


def _copy(source: Path, to: Path, until: int | None, what: str, *, force: bool) -> Head:
    reader = SqliteReader(source)
    try:
        with Bar(what) as bar:
            watched = Watched(reader, bar)
            if force and to.exists():
                return _replace(watched, to, until)
            _refuse_left_over(to)
            return copy_log(watched, to, until)
    finally:
        reader.close()


def _refuse_left_over(to: Path) -> None:
    beside = to.with_name(to.name + "-wal")
    if beside.exists():
        raise Conflict(f"{beside} is part of a log that its writer did not close: recover that log, or move it away")


def _replace(source: LogReader, to: Path, until: int | None) -> Head:
    lock = FileLock(to)
    beside = to.with_name(to.name + ".new")
    try:
        _refuse_left_over(to)
        beside.unlink(missing_ok=True)
        head = copy_log(source, beside, until)
        beside.replace(to)
        sync_directory(to.parent)
    except OSError as error:
        raise LogError(f"{to} cannot be replaced: {error.strerror}") from error
    finally:
        lock.release()
    return head


def _show(to: Path, head: Head, *, as_json: bool) -> None:
    figures = {"log": str(to), "records": head.sequence, "log_head": head.hash.hex()}
    show(figures, as_json=as_json)
