"""The outbox: how far each webhook was sent to, and what was tried last.

It is kept in a file beside the log, written without waiting for the disk. If it is lost, events are
sent again from where the webhook was registered: at least once, each under an id of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import apsw

from comity.errors import EnvironmentFailed

if TYPE_CHECKING:
    from pathlib import Path

LOGGED_MAX = 1_000
"""Attempts of one webhook that are kept."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS places(
    stream TEXT PRIMARY KEY, cursor TEXT NOT NULL, failures INTEGER NOT NULL, due INTEGER NOT NULL,
    resumed INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attempts(
    number INTEGER PRIMARY KEY, webhook TEXT NOT NULL, instant INTEGER NOT NULL, message TEXT NOT NULL,
    events INTEGER NOT NULL, attempt INTEGER NOT NULL, status INTEGER NOT NULL, outcome TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS attempts_of ON attempts(webhook, number);
"""
_PATIENCE_MS = 5_000
_TRIM_EVERY = 64


class Place(NamedTuple):
    """How far a stream of a webhook was sent."""

    cursor: str
    failures: int = 0
    """Attempts that failed since the last one that did not."""
    due: int = 0
    """Instant before which nothing is tried."""
    resumed: int = 0
    """Record that last told it to go on, as far as that was heeded."""


class Attempt(NamedTuple):
    """One attempt to deliver."""

    number: int
    instant: int
    message: str
    events: int
    attempt: int
    status: int
    """Of HTTP; 0 if there was no answer."""
    outcome: str


class Outbox:
    """See the module; for one thread. EnvironmentFailed if the file cannot be used."""

    def __init__(self, path: Path) -> None:
        try:
            self._connection = apsw.Connection(str(path))
            self._connection.set_busy_timeout(_PATIENCE_MS)
            self._connection.pragma("journal_mode", "wal")
            self._connection.pragma("synchronous", "off")
            self._connection.execute(_SCHEMA)
        except apsw.Error as error:
            raise EnvironmentFailed(f"{path} cannot be opened: {error}") from error

    def place(self, stream: str, start: str) -> Place:
        """Return how far a stream was sent; `start` if nothing is known of it."""
        for row in self._connection.execute(
            "SELECT cursor, failures, due, resumed FROM places WHERE stream = ?", (stream,)
        ):
            return Place(*row)
        return Place(start)

    def put(self, stream: str, place: Place) -> None:
        """Remember how far a stream was sent."""
        self._connection.execute("INSERT OR REPLACE INTO places VALUES(?, ?, ?, ?, ?)", (stream, *place))

    def log(self, webhook: str, attempt: Attempt) -> None:
        """Remember an attempt; its number is given here, and the oldest are forgotten."""
        self._connection.execute(
            "INSERT INTO attempts(webhook, instant, message, events, attempt, status, outcome) VALUES(?, ?, ?, ?, ?, ?, ?)",
            (webhook, *attempt[1:]),
        )
        number = self._connection.last_insert_rowid()
        if number % _TRIM_EVERY == 0:
            self._connection.execute(
                "DELETE FROM attempts WHERE webhook = ?1 AND number <= "
                "(SELECT number FROM attempts WHERE webhook = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
                (webhook, LOGGED_MAX),
            )

    def attempts(self, webhook: str, before: int, limit: int) -> list[Attempt]:
        """Return attempts of a webhook, the latest first, with numbers below `before`."""
        rows = self._connection.execute(
            "SELECT number, instant, message, events, attempt, status, outcome FROM attempts "
            "WHERE webhook = ? AND number < ? ORDER BY number DESC LIMIT ?",
            (webhook, before, limit),
        )
        return [Attempt(*row) for row in rows]

    def forget(self, webhook: str) -> None:
        """Forget a webhook that was removed."""
        self._connection.execute("DELETE FROM attempts WHERE webhook = ?", (webhook,))
        self._connection.execute("DELETE FROM places WHERE stream = ?1 OR stream LIKE ?1 || '/%'", (webhook,))

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
