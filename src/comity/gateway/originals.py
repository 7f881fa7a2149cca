"""Originals: messages as they were sent, beside the log and never in it.

A message names people, and a log forgets nothing. So the log has a message's hash, and the message itself stands
here, compressed, in a file of its own that is written and synced before the record which carries the message out. A
crash between the two leaves a message that nothing refers to: its sender was not answered, and sends it again.

Messages are erased when they are as old as they may become, or one by one on request; what was erased is
overwritten. The log still proves what was sent, to whoever has it.

One thread writes. What comes while it does is written together: one sync for all of them.
"""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING

import apsw

from comity.errors import EnvironmentFailed
from comity.model.instant import DAY_US

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS originals(
    digest TEXT PRIMARY KEY, party TEXT NOT NULL, message TEXT NOT NULL, instant INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS originals_by_reference ON originals(party, message);
CREATE INDEX IF NOT EXISTS originals_by_age ON originals(instant);
"""
_INSERT = "INSERT OR IGNORE INTO originals VALUES(?, ?, ?, ?, ?)"
_REPLACE = "INSERT OR REPLACE INTO originals VALUES(?, ?, ?, ?, ?)"
_READ = "SELECT body FROM originals WHERE digest = ?"
_ERASE = "DELETE FROM originals WHERE party = ? AND message = ?"
_DROP = "DELETE FROM originals WHERE digest = ? AND instant = ?"
_BEFORE = "SELECT digest FROM originals WHERE instant < ?"
_DROP_BEFORE = "DELETE FROM originals WHERE digest = ? AND instant < ?"
_EXPIRE = "DELETE FROM originals WHERE instant < ?"
_PATIENCE_MS = 5_000
_TOGETHER = 256
"""Messages that are written at once, at most."""
_LEVEL = 1
"""Of compression: a message becomes a third at the least cost."""

_EXPIRE_S = 3_600.0

_Row = tuple[str, str, str, int, bytes]


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of a message, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


class Originals:
    """See the module; from any thread. EnvironmentFailed if the file cannot be used.

    Parameters
    ----------
    durable
        Whether what was kept is synced before it is said to be kept.
    """

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self._path = path
        try:
            path.touch(mode=0o600)  # its journal is made with the same mode
            self._connection = apsw.Connection(str(path))
            self._connection.set_busy_timeout(_PATIENCE_MS)
            self._connection.pragma("journal_mode", "wal")
            self._connection.pragma("synchronous", "full" if durable else "off")
            self._connection.pragma("secure_delete", "on")
            self._connection.execute(_SCHEMA)
        except (apsw.Error, OSError) as error:
            raise self._failed(error) from error
        self._lock = Lock()
        self._waiting: SimpleQueue[tuple[_Row, asyncio.Future[None]] | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="comity-originals", daemon=True)
        self._thread.start()

    def keep(self, digest: str, party: str, message: str, instant: int, data: bytes) -> asyncio.Future[None]:
        """Keep a message, for the event loop that runs; done once it is synced, EnvironmentFailed if it cannot be.

        Who waits for the same sync goes on in the same turn of the loop, so that they share a record too.

        Parameters
        ----------
        message
            Its reference.
        instant
            When it came, microseconds since 1970-01-01 UTC.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.put(((digest, party, message, instant, data), future))
        return future

    def put(self, documents: Mapping[str, bytes], instant: int) -> None:
        """Keep what is nobody's message by its SHA-256, at once; what is there already is as young from now on.

        From any thread.

        Raises
        ------
        EnvironmentFailed
            It cannot be written.
        """
        rows = [(digest, "", "", instant, zlib.compress(data, _LEVEL)) for digest, data in documents.items()]
        try:
            with self._lock, self._connection:
                self._connection.executemany(_REPLACE, rows)
        except apsw.Error as error:
            raise self._failed(error) from error

    def read(self, digest: str) -> bytes | None:
        """Return a message; None if it was erased, or never kept."""
        with self._lock:
            row = self._connection.execute(_READ, (digest,)).fetchone()
        return None if row is None else zlib.decompress(row[0])

    def erase(self, party: str, message: str) -> int:
        """Erase what a party sent under a reference; how many messages that were."""
        return self._delete(_ERASE, (party, message))

    async def discard(self, digests: Iterable[str], instant: int) -> None:
        """Erase what came at an instant and was not taken after all; what cannot be erased now is as old as it is."""
        rows = [(digest, instant) for digest in digests]
        with suppress(EnvironmentFailed):
            await asyncio.to_thread(self._delete, _DROP, *rows)

    def keep_only(self, needed: Collection[str], instant: int) -> int:
        """Erase what came before an instant and nobody needs; how much that was."""
        with self._lock:
            known = [digest for (digest,) in self._connection.execute(_BEFORE, (instant,))]
        rows = [(digest, instant) for digest in known if digest not in needed]
        return self._delete(_DROP_BEFORE, *rows) if rows else 0

    def expire(self, instant: int) -> int:
        """Erase what came before an instant; how many messages that were."""
        return self._delete(_EXPIRE, (instant,))

    def close(self) -> None:
        """Write what waits, and let go of the file."""
        self._waiting.put(None)
        self._thread.join()
        self._connection.close()

    def _delete(self, statement: str, *rows: tuple[str | int, ...]) -> int:
        try:
            with self._lock:
                before = self._connection.total_changes()
                with self._connection:
                    self._connection.executemany(statement, rows)
                count = self._connection.total_changes() - before
                if count:  # the pages as they were stand in the journal too
                    self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except apsw.Error as error:
            raise self._failed(error) from error
        return count

    def _run(self) -> None:
        going = True
        while going:
            parts = [self._waiting.get()]
            while parts[-1] is not None and len(parts) < _TOGETHER and not self._waiting.empty():
                parts.append(self._waiting.get())
            going = parts[-1] is not None
            self._write([part for part in parts if part is not None])

    def _write(self, parts: list[tuple[_Row, asyncio.Future[None]]]) -> None:
        error: EnvironmentFailed | None = None
        rows = [(*about, zlib.compress(data, _LEVEL)) for (*about, data), _ in parts]
        try:
            with self._lock, self._connection:
                self._connection.executemany(_INSERT, rows)
        except apsw.Error as bad:
            error = self._failed(bad)
        for loop in {future.get_loop() for _, future in parts}:
            if not loop.is_closed():
                loop.call_soon_threadsafe(_answer, [part for _, part in parts if part.get_loop() is loop], error)

    def _failed(self, error: Exception) -> EnvironmentFailed:
        return EnvironmentFailed(f"{self._path} cannot be used: {error}")


def _answer(futures: list[asyncio.Future[None]], error: EnvironmentFailed | None) -> None:
    for future in futures:
        if future.cancelled():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)


class Retention:
    """Erases messages that are older than they may become, at the start and every hour; used from one event loop.

    Parameters
    ----------
    now
        Returns the instant.
    days
        How old they may become; 0: as old as they like.
    sweep
        Removes what nobody needs, whatever its age, if anything does.
    """

    def __init__(
        self, originals: Originals, now: Callable[[], int], days: int, sweep: Callable[[], None] | None = None
    ) -> None:
        self._originals = originals
        self._now = now
        self._days = days
        self._sweep = sweep
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin; EnvironmentFailed if what is too old cannot be erased."""
        if self._days:
            await self._expire()
            self._task = asyncio.create_task(self._keep_on())

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep_on(self) -> None:
        while True:
            await asyncio.sleep(_EXPIRE_S)
            with suppress(EnvironmentFailed):  # a device that fails now is tried again in an hour
                await self._expire()

    async def _expire(self) -> None:
        await asyncio.to_thread(self._originals.expire, self._now() - self._days * DAY_US)
        if self._sweep is not None:
            await asyncio.to_thread(self._sweep)
