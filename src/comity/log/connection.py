"""Connections to the SQLite file of a log, and SQLite's errors in our words.

The file holds one table, `records(sequence, record)`, with one row per record: a
row of the table is the record's bytes, header first. Pages are 64 KiB, so that a
batch of thousands of payments is a dozen pages. A writer works in WAL mode with
`synchronous` FULL: a commit is one synced write at the end of the write-ahead file.
The first page states the number of the last record, as `user_version`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import apsw

from comity.errors import LogCorrupt, LogError, LogFull, LogLocked, NotFound
from comity.log.lock import is_held

APPLICATION_ID = 0x434F4D49
"""Marks the file as ours: "COMI"."""
PAGE_SIZE = 65_536
BUSY_MS = 10_000
"""How long a statement waits for a lock that a checkpoint or another reader holds."""

_HEADER_SIZE = 100
_INSERT = "INSERT INTO records VALUES (?, ?)"
_TABLE = "CREATE TABLE records (sequence INTEGER PRIMARY KEY, record BLOB NOT NULL)"


@contextmanager
def translated(path: Path, doing: str, sequence: int = 0) -> Iterator[None]:
    """Turn SQLite's errors into the log's; `doing` completes "cannot ...", `sequence` is what is being read."""
    try:
        yield
    except apsw.FullError as error:
        raise LogFull(f"cannot {doing} {path}: no room on the device") from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise LogLocked(f"cannot {doing} {path}: another process holds it") from error
    except apsw.CorruptError as error:
        what = f"its pages in {path} are damaged" if sequence else f"{path} is damaged before any record"
        raise LogCorrupt(sequence or 1, f"{what}: {_found(path)}") from error
    except apsw.NotADBError as error:
        raise LogError(f"{path} is not a log: expected an SQLite file of records, found something else") from error
    except apsw.Error as error:
        raise LogError(f"cannot {doing} {path}: {error}") from error


def open_writer(path: Path, vfs: str | None = None) -> apsw.Connection:
    """Open `path` for appending; an empty file becomes an empty log."""
    with translated(path, "open"):
        connection = apsw.Connection(str(path), vfs=vfs)
    try:
        with translated(path, "open"):
            connection.set_busy_timeout(BUSY_MS)
            connection.pragma("page_size", PAGE_SIZE)
            _check_ours(connection, path)
            connection.pragma("journal_mode", "wal")
            connection.pragma("synchronous", "full")
            connection.pragma("temp_store", "memory")
            connection.pragma("wal_autocheckpoint", 0)
            if not connection.pragma("application_id"):
                with connection:
                    connection.pragma("application_id", APPLICATION_ID)
                    connection.execute(_TABLE)
    except BaseException:
        abandon(connection)
        raise
    return connection


def open_reader(path: Path, vfs: str | None = None) -> apsw.Connection:
    """Open `path` for reading only; NotFound if there is no such file, or nothing in it."""
    if not path.exists():
        raise NotFound(f"{path} does not exist")
    if path.is_dir():
        raise NotFound(f"{path} is a folder; a log is a file, such as day.log in the results of a day")
    with translated(path, "read"):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY, vfs=vfs)
        connection.set_busy_timeout(BUSY_MS)
    try:
        with translated(path, "read"):
            begun = _check_ours(connection, path)
    except BaseException:
        connection.close()
        raise
    if not begun:
        connection.close()
        raise NotFound(f"{path} is empty; a log begins with the genesis of a union")
    return connection


def insert(connection: apsw.Connection, rows: Sequence[tuple[int, bytes]]) -> None:
    """Add `rows`, one or more, in one transaction, and state the new end of the log.

    SQLite has no checksums of its own in a database: an index page that rots could
    hide the last rows. The end that is stated on the first page makes that seen.
    """
    connection.execute("BEGIN IMMEDIATE")
    for row in rows:
        connection.execute(_INSERT, row)
    state_end(connection, rows[-1][0])
    connection.execute("COMMIT")


def state_end(connection: apsw.Connection, sequence: int) -> None:
    """State that record `sequence` is the last."""
    connection.pragma("user_version", sequence)


def stated_end(connection: apsw.Connection) -> int:
    """Sequence of the last record, as the first page states it."""
    return int(connection.pragma("user_version"))


def abandon(connection: apsw.Connection) -> None:
    """Close without a checkpoint: what is in the write-ahead file stays there for recovery."""
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    connection.close()


def _check_ours(connection: apsw.Connection, path: Path) -> bool:
    """Refuse a database that holds something else; whether this one holds a log."""
    found = connection.pragma("application_id")
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").get
    if found == APPLICATION_ID and not tables:
        raise LogCorrupt(1, f"{path} is damaged before any record: expected the table of records, found no table")
    if found != APPLICATION_ID and (found or tables):
        raise LogError(f"{path} is a database, but not a log: expected the mark {APPLICATION_ID:#x}, found {found:#x}")
    return bool(tables)


def _found(path: Path) -> str:
    """Say what a damaged file should be and is: altered or, if nobody writes it any more, cut short."""
    altered = "expected the pages that were written, found altered ones"
    if is_held(path):
        return altered
    with path.open("rb") as stream:
        header = stream.read(_HEADER_SIZE)
    stated, size = int.from_bytes(header[28:32], "big") * PAGE_SIZE, path.stat().st_size
    return f"expected {stated} bytes, found {size}: the file is cut short" if size < stated else altered
