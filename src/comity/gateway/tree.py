"""The Merkle tree of a log, kept in a file beside it.

The node's thread writes it as records become durable, without waiting for the disk; whoever
serves reads it. What it holds follows from the log: if the file is lost it is made again at recovery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw

from comity.errors import EnvironmentFailed
from comity.log.tree import Tree, grow, leaf_hash

if TYPE_CHECKING:
    from pathlib import Path

    from comity.log.record import Head

_SCHEMA = """
CREATE TABLE IF NOT EXISTS nodes(
    level INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, number)) WITHOUT ROWID
"""
_INSERT = "INSERT INTO nodes VALUES(?, ?, ?)"
_NODE = "SELECT hash FROM nodes WHERE level = ? AND number = ?"
_SIZE = "SELECT coalesce(max(number) + 1, 0) FROM nodes WHERE level = 0"
_PATIENCE_MS = 5_000


class StoredTree:
    """Grows with the log; for the node's thread. Others open a `TreeReader`.

    Raises EnvironmentFailed if the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._connection = apsw.Connection(str(path))
            self._connection.set_busy_timeout(_PATIENCE_MS)
            self._connection.pragma("journal_mode", "wal")
            self._connection.pragma("synchronous", "off")
            self._connection.execute(_SCHEMA)
            self.size = _size(self._connection)
        except apsw.Error as error:
            raise EnvironmentFailed(f"{path} cannot be opened: {error}") from error

    def reached(self, head: Head) -> None:
        """Take in the next record; what is known already is passed over."""
        if head.sequence <= self.size:
            return
        try:
            nodes = list(grow(self.size, leaf_hash(head.hash), self._at))
            with self._connection:
                self._connection.executemany(_INSERT, nodes)
        except apsw.Error as error:
            raise EnvironmentFailed(f"{self.path} cannot be written: {error}") from error
        self.size += 1

    def holds_hash(self, sequence: int, value: bytes) -> bool:
        """Whether a record, 1 <= sequence <= size, is in the tree by this hash."""
        return self._at(0, sequence - 1) == leaf_hash(value)

    def forget(self) -> None:
        """Begin anew: it belongs to another log."""
        self._connection.execute("DELETE FROM nodes")
        self.size = 0

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _at(self, level: int, number: int) -> bytes:
        return _node(self._connection, level, number)


class TreeReader(Tree):
    """Reads the tree of a log; for one thread at a time, beside the one that writes."""

    def __init__(self, path: Path) -> None:
        self._connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        self._connection.set_busy_timeout(_PATIENCE_MS)
        super().__init__(lambda level, number: _node(self._connection, level, number))

    @property
    def size(self) -> int:
        """Records in the tree."""
        return _size(self._connection)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _size(connection: apsw.Connection) -> int:
    ((size,),) = connection.execute(_SIZE)
    return int(size)


def _node(connection: apsw.Connection, level: int, number: int) -> bytes:
    for (value,) in connection.execute(_NODE, (level, number)):
        return bytes(value)
    raise EnvironmentFailed(f"the tree of the log has no node {level}, {number}: remove its file, it is made again")
