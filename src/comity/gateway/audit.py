"""The audit: what the privileged did, and who read what is not their own.

Every such deed is a note in the log. So that an auditor can page through them, they are kept
a second time, by record, in the file of `comity.gateway.changes` and under its terms: what a crash
takes from it, recovery puts back.
"""

from __future__ import annotations

from concurrent.futures import Future
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import apsw
import msgspec

from comity.engine.columns import RecordKind
from comity.errors import EnvironmentFailed
from comity.gateway.notes import Deed, pack_notes, unpack_notes
from comity.gateway.writer import Busy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from comity.gateway.writer import Writer
    from comity.log.record import Entry
    from comity.node import Node

PENDING_MAX = 1024
"""Deeds that wait to be noted; beyond that readers are turned away."""
_PATIENCE_MS = 5_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS deeds(
    sequence INTEGER NOT NULL, place INTEGER NOT NULL, instant INTEGER NOT NULL, deed BLOB NOT NULL,
    PRIMARY KEY(sequence, place)) WITHOUT ROWID
"""
_INSERT = "INSERT OR REPLACE INTO deeds VALUES(?, ?, ?, ?)"
_READ = """
SELECT sequence, place, instant, deed FROM deeds WHERE (sequence, place) > (?, ?) ORDER BY sequence, place LIMIT ?
"""
_DECODER = msgspec.json.Decoder(Deed)


class Noted(NamedTuple):
    """A deed, and where it stands in the log."""

    sequence: int
    place: int
    """Among the deeds of its record, from 0."""
    instant: int
    """Microseconds since 1970-01-01 UTC."""
    deed: Deed


class Audit:
    """Keeps the deeds of records; for the node's thread.

    It is told of a record before `Changes` is, whose last record says up to where both are whole.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._connection = apsw.Connection(str(path))
            self._connection.set_busy_timeout(_PATIENCE_MS)
            self._connection.pragma("synchronous", "off")
            self._connection.execute(_SCHEMA)
        except apsw.Error as error:
            raise EnvironmentFailed(f"{path} cannot be opened: {error}") from error

    def applied(self, sequence: int, entry: Entry) -> None:
        """Keep what a record's note says was done; EnvironmentFailed if the device fails."""
        if b'"deed"' not in entry.note:
            return
        deeds = [each for each in unpack_notes(entry.note) if isinstance(each, Deed)]
        rows = [(sequence, place, entry.instant, msgspec.json.encode(deed)) for place, deed in enumerate(deeds)]
        try:
            self._connection.executemany(_INSERT, rows)
        except apsw.Error as error:
            raise EnvironmentFailed(f"{self._path} cannot be written: {error}") from error

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


class AuditReader:
    """Reads deeds; for one thread at a time, beside the one that writes."""

    def __init__(self, path: Path) -> None:
        self._connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        self._connection.set_busy_timeout(_PATIENCE_MS)

    def after(self, sequence: int, place: int, limit: int) -> list[Noted]:
        """Return at most `limit` deeds after one, in the order of the log."""
        rows = self._connection.execute(_READ, (sequence, place, limit))
        return [Noted(record, at, instant, _DECODER.decode(deed)) for record, at, instant, deed in rows]

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


class Watch:
    """Notes reads of what is not the reader's own, before they are answered; from any thread.

    What comes while one record is on its way goes into the next, so that many readers share one.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._lock = Lock()
        self._pending: list[tuple[Deed, Future[int]]] = []

    def note(self, deed: Deed) -> Future[int]:
        """Write a deed into the log; the record, once it is durable.

        Raises
        ------
        Busy
            Too many wait already.
        LogError
            The writer has stopped.
        """
        answer: Future[int] = Future()
        with self._lock:
            if len(self._pending) >= PENDING_MAX:
                raise Busy("too many reads wait to be noted")
            self._pending.append((deed, answer))
            if len(self._pending) > 1:
                return answer
        try:
            self._writer.call(self._write).add_done_callback(self._ended)
        except BaseException:
            self._take()
            raise
        return answer

    def _take(self) -> list[tuple[Deed, Future[int]]]:
        with self._lock:
            taken, self._pending = self._pending, []
        return taken

    def _write(self, node: Node) -> None:
        taken = self._take()
        try:
            note = pack_notes(deed for deed, _ in taken)
            ticket = node.submit(RecordKind.TICK, self._writer.now(), b"", 0, note)
            ticket.result()
        except BaseException as error:
            _fail(taken, error)
            raise
        for _, answer in taken:
            answer.set_result(ticket.sequence)

    def _ended(self, future: Future[None]) -> None:
        """The writer stopped before it came to it."""
        if (error := future.exception()) is not None:
            _fail(self._take(), error)


def _fail(taken: Sequence[tuple[Deed, Future[int]]], error: BaseException) -> None:
    for _, answer in taken:
        answer.set_exception(error)
