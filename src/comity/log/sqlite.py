"""A log in one SQLite file: embedded, durable, read by any SQLite.

While a writer holds the log, a write-ahead file stands beside it; closing folds
that in and leaves one file, whose bytes are the same for the same appends. Opening
takes an exclusive lock, so a second process is refused at once.

A failed write or sync is never tried again: the device may have dropped what it
had accepted, and a second sync that succeeds would prove nothing. The log stops,
leaves the write-ahead file as it stands, and recovery decides what is in force.
"""

from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path

import apsw

from comity.errors import LogCorrupt, LogError
from comity.log import wal
from comity.log.checkpoint import BYTES_DUE, Checkpointer
from comity.log.connection import abandon, insert, open_reader, open_writer, state_end, stated_end, translated
from comity.log.lock import FileLock, is_held, sync_directory
from comity.log.protocol import Stored
from comity.log.record import Algorithm, Entry, Head, seal
from comity.log.verify import last_head

_NEXT = "SELECT sequence, record FROM records WHERE sequence >= ? ORDER BY sequence LIMIT 1"
_LAST = "SELECT sequence, record FROM records ORDER BY sequence DESC LIMIT 2"


class SqliteReader:
    """A log file to read from, whether or not a writer holds it.

    If none does, a write-ahead file that a crash left is judged as at a recovery.

    Parameters
    ----------
    path
        The log; NotFound if absent, LogError if it is something else.
    vfs
        Name of a registered SQLite file system; the usual one if absent.
    """

    def __init__(self, path: str | PathLike[str], vfs: str | None = None) -> None:
        self.path = Path(path)
        if self.path.exists() and not is_held(self.path):
            wal.check(self.path)
        self._connection = open_reader(self.path, vfs)

    def read(self, first: int = 1) -> Iterator[Stored]:
        """Yield records from `first` on; see `LogReader.read`."""
        sequence = max(first, 1)
        while (stored := self._next(sequence)) is not None:
            yield stored
            sequence = stored.sequence + 1

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _next(self, sequence: int) -> Stored | None:
        """First record from `sequence` on; a row that its index lost is noticed by the stated end."""
        with translated(self.path, "read", sequence):
            row = self._connection.execute(_NEXT, (sequence,)).fetchone()
            if row is None and stated_end(self._connection) >= sequence:
                row = self._connection.execute(_NEXT, (sequence,)).fetchone()
                if row is None:
                    raise LogCorrupt(sequence, f"is missing; the log says that it ends with record {sequence}")
        return None if row is None else Stored(*row)


class SqliteLog:
    """A log file to append to.

    Parameters
    ----------
    path
        The log; created if absent.
    algorithm
        Hash of the records appended from now on.
    vfs
        Name of a registered SQLite file system; the usual one if absent.
    checkpoint_bytes
        Bytes of the write-ahead file after which a checkpoint runs in the background.

    Raises
    ------
    LogLocked
        Another process, or another part of this one, holds the log.
    LogCorrupt
        The last record is altered.
    LogError
        The write-ahead file is altered before its end, the file is something else, or the device failed.
    """

    durable = True

    def __init__(
        self,
        path: str | PathLike[str],
        algorithm: Algorithm = Algorithm.SHA256,
        *,
        vfs: str | None = None,
        checkpoint_bytes: int = BYTES_DUE,
    ) -> None:
        self.path = Path(path)
        self._vfs = vfs
        self._algorithm = algorithm
        self._failed = ""
        self._lock: FileLock | None = FileLock(self.path)
        try:
            wal.check(self.path)
            self._connection = open_writer(self.path, vfs)
        except BaseException:
            self._lock.release()
            raise
        try:
            self.head, self.cut = self._find_head()
            self.epoch = self.head.epoch + 1
            self._checkpointer = Checkpointer(self.path, vfs, checkpoint_bytes)
            sync_directory(self.path.parent)
        except BaseException:
            abandon(self._connection)
            self._lock.release()
            raise

    def append(self, entries: Sequence[Entry]) -> Head:
        """Add all of `entries` in one transaction; see `Log.append`."""
        if self._failed:
            raise LogError(f"the log stopped earlier: {self._failed}")
        try:
            return self._append(entries)
        except BaseException as error:
            self._failed = str(error) or type(error).__name__
            raise

    def read(self, first: int = 1) -> Iterator[Stored]:
        """Yield records from `first` on, on a connection of its own; see `LogReader.read`."""
        reader = SqliteReader(self.path, self._vfs)
        try:
            yield from reader.read(first)
        finally:
            reader.close()

    def close(self) -> None:
        """Fold the write-ahead file in and let go; after a failure, let go only."""
        if self._lock is None:
            return
        safely = not self._failed
        self._failed = self._failed or "it is closed"
        try:
            self._checkpointer.close(safely=safely)
            self._close_connection(safely=safely)
        finally:
            self._lock.release()
            self._lock = None

    def _append(self, entries: Sequence[Entry]) -> Head:
        head = self.head
        rows = []
        for entry in entries:
            header, head = seal(entry, head, self.epoch, self._algorithm)
            rows.append((head.sequence, header + entry.body + entry.note))
        if rows:
            with translated(self.path, "append to"):
                insert(self._connection, rows)
        self.head = head
        if self._checkpointer.appended(sum(len(data) for _, data in rows)):
            with translated(self.path, "checkpoint"):
                self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        return head

    def _find_head(self) -> tuple[Head, int]:
        """Head to go on from; an incomplete last record is deleted."""
        with translated(self.path, "read"):
            rows = [Stored(*row) for row in self._connection.execute(_LAST)]
            stated = stated_end(self._connection)
        found = rows[0].sequence if rows else 0
        if found < stated:
            raise LogCorrupt(found + 1, f"is missing; the log says that it ends with record {stated}")
        if found > stated:
            raise LogCorrupt(stated + 1, f"is stored, but the log says that it ends with record {stated}")
        head, cut = last_head(rows[0] if rows else None, lambda: rows[1])
        if cut:
            with translated(self.path, "repair"), self._connection:
                state_end(self._connection, head.sequence)
                self._connection.execute("DELETE FROM records WHERE sequence = ?", (cut,))
        return head, cut

    def _close_connection(self, *, safely: bool) -> None:
        """Leave one file without a write-ahead file, unless a reader elsewhere still needs it."""
        if not safely:
            abandon(self._connection)
            return
        try:
            with translated(self.path, "close"):
                self._connection.set_busy_timeout(0)
                try:
                    self._connection.pragma("journal_mode", "delete")
                except apsw.BusyError:
                    self._connection.pragma("wal_checkpoint", "passive")
        finally:
            self._connection.close()
