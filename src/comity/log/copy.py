"""Copying a log: a backup while it runs, or its beginning up to a record.

Records are proven as they are copied and keep their bytes, so the copy has the
same hashes. It is written beside and renamed: a file of the name asked for is a
whole log. Copying a log that is being written takes a beginning of it, up to the
last record that was durable when the copy came there.
"""

import os
from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import apsw

from comity.errors import Conflict, LogError, NotFound
from comity.log.connection import insert, open_writer, translated
from comity.log.lock import FileLock, sync_directory
from comity.log.protocol import LogReader, Stored
from comity.log.record import START, Head
from comity.log.verify import walk

_CHECKPOINT_PAGES = 512


def copy_log(source: LogReader, path: str | PathLike[str], until: int | None = None) -> Head:
    """Copy `source` to a new file at `path`, up to record `until` if given; the head of the copy.

    Raises
    ------
    Conflict
        `path` exists.
    NotFound
        `source` has no record `until`, or none at all.
    LogCorrupt
        A record of `source` is not what was written.
    LogError
        The device failed; nothing is left at `path`.
    """
    target = Path(path)
    if target.exists():
        raise Conflict(f"{target} exists; name a file that does not")
    beside = target.with_name(target.name + ".part")
    _remove(beside)
    lock = FileLock(beside)
    try:
        head = _fill(beside, source.read(), until)
        _make_durable(beside)
        beside.rename(target)
        sync_directory(target.parent)
    except BaseException:
        _remove(beside)
        raise
    finally:
        lock.release()
    return head


def _fill(path: Path, stored: Iterator[Stored], until: int | None) -> Head:
    """Write the records into a new log file, unsynced, one transaction each as a writer does."""
    connection = open_writer(path)
    try:
        with translated(path, "write"):
            connection.pragma("synchronous", "off")
            connection.pragma("wal_autocheckpoint", _CHECKPOINT_PAGES)
            head = _insert_all(connection, stored, until)
            connection.pragma("journal_mode", "delete")
    finally:
        connection.close()
    return head


def _insert_all(connection: apsw.Connection, stored: Iterator[Stored], until: int | None) -> Head:
    head = START
    for item in stored:
        ((_, head),) = walk([item], head)
        insert(connection, [item])
        if item.sequence == until:
            break
    if head.sequence < (until or 1):
        raise NotFound(f"the log has {head.sequence} records; there is no record {until or 1}")
    return head


def _make_durable(path: Path) -> None:
    try:
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
    except OSError as error:
        raise LogError(f"{path} cannot be made durable: {error.strerror}") from error


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
