"""What each record did: the answers to its rows, and the instructions that it let in or changed.

This follows from the log and could be had by replaying it; it is kept so that events,
and answers given earlier, can be read without. The file is written without waiting for the
disk: after a crash it may end earlier than the log, and recovery makes the rest again.

Balances of all accounts are kept every so often, so that those as of any record follow from
a bounded number of changes; and the outcomes of proposals, see `comity.gateway.outcomes`.
"""

from __future__ import annotations

import json
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import apsw
import msgspec
import numpy as np

from comity.engine.columns import RESULT, RecordKind
from comity.errors import EnvironmentFailed
from comity.gateway.outcomes import FILL, PROPOSALS, Outcome, outcome_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from comity.engine import Applied, Engine
    from comity.log.record import Entry

CHANGE = np.dtype(
    [
        ("slot", "<i4"),
        ("kind", "i1"),  # InstructionKind
        ("state", "i1"),  # State
        ("reason", "i1"),  # Reason
        ("how", "i1"),  # How
        ("debtor", "<i4"),  # account indexes
        ("creditor", "<i4"),
        ("amount", "<i8"),  # minor units
        ("entry_sequence", "<i4"),  # the record and row by which it entered
        ("entry_row", "<i4"),
        ("priority", "i1"),
        ("pad", "i1", 3),
        ("date", "<i4"),  # business date as days since 1970-01-01
    ]
)
"""40 bytes: an instruction as a record left it."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS changes(
    sequence INTEGER PRIMARY KEY, kind INTEGER NOT NULL, instant INTEGER NOT NULL, block BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS balances(sequence INTEGER PRIMARY KEY, block BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS outcomes(
    sequence INTEGER PRIMARY KEY, kind INTEGER NOT NULL, block BLOB NOT NULL, fills BLOB NOT NULL);
"""
ROWS_BETWEEN, RECORDS_BETWEEN = 65_536, 1_024
"""Balances are kept after so many changes or records, whichever come first."""
_INSERT = "INSERT OR REPLACE INTO changes VALUES(?, ?, ?, ?)"
_READ = "SELECT sequence, kind, instant, block FROM changes WHERE sequence > ? ORDER BY sequence LIMIT ?"
_ONE = "SELECT sequence, kind, instant, block FROM changes WHERE sequence = ?"
_KEEP = "INSERT OR REPLACE INTO balances VALUES(?, ?)"
_BEFORE = "SELECT sequence, block FROM balances WHERE sequence <= ? ORDER BY sequence DESC LIMIT 1"
_OUTCOME = "INSERT OR REPLACE INTO outcomes VALUES(?, ?, ?, ?)"
_OUTCOMES = "SELECT block FROM outcomes WHERE kind IN ({}) AND sequence > ? ORDER BY sequence LIMIT ?"
_AUCTION = """
SELECT block FROM outcomes WHERE kind = ? AND json_extract(CAST(block AS TEXT), '$.number') = ?
    AND json_extract(CAST(block AS TEXT), '$.refused') = '' LIMIT 1
"""
_LAST_OUTCOME = """
SELECT block FROM outcomes WHERE kind = ? AND json_extract(CAST(block AS TEXT), '$.refused') = ''
    ORDER BY sequence DESC LIMIT 1
"""
_LAST = "SELECT coalesce(max(sequence), 1) FROM changes"
_OUTCOME_DECODER = msgspec.json.Decoder(Outcome)
_PATIENCE_MS = 5_000
_VERSION = 2
_HEAD = np.dtype(
    [
        ("results", "<i4"),
        ("changes", "<i4"),
        ("answers", "<i4"),
        ("refused", "<i4"),
        ("date", "<i4"),
        ("settled", "<i4"),
        ("value", "<i8"),
    ]
)


class Done(NamedTuple):
    """What one record did."""

    sequence: int
    kind: int
    """A `RecordKind`."""
    instant: int
    """Microseconds since 1970-01-01 UTC."""
    results: NDArray[np.void]
    """RESULT[n], one per row or command."""
    changes: NDArray[np.void]
    """CHANGE[m], one per instruction that entered or whose state changed, by slot."""
    answers: tuple[dict[str, str], ...]
    """One per command."""
    date: int = 0
    """Business date, days since 1970-01-01."""
    settled: int = 0
    """Of a proposal: instructions that it settled, discharged or took in."""
    value: int = 0
    """Of a cycle's proposal: minor units."""
    refused: str = ""
    """Of a proposal: why it was refused, empty if it was not."""


class Changes:
    """Follows a node, and keeps what its records did; for the node's thread. Others open a `ChangesReader`.

    Parameters
    ----------
    path
        File to keep it in; made if absent.

    Raises
    ------
    EnvironmentFailed
        The file cannot be opened or is something else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._connection = apsw.Connection(str(path))
            self._connection.set_busy_timeout(_PATIENCE_MS)
            self._connection.pragma("journal_mode", "wal")
            self._connection.pragma("synchronous", "off")
            self._begin_anew_unless(_VERSION)
            ((last,),) = self._connection.execute(_LAST)
            self.last = int(last)
            ((kept,),) = self._connection.execute("SELECT coalesce(max(sequence), 0) FROM balances")
            self._kept = int(kept)
            self._rows = 0
        except apsw.Error as error:
            raise EnvironmentFailed(f"{path} cannot be opened: {error}") from error

    @property
    def known(self) -> int:
        """Sequence up to which it need not be told again."""
        return self.last

    def forget(self) -> None:
        """Begin anew: what is kept belongs to another log; recovery makes it again."""
        self.forget_after(1)

    def forget_after(self, sequence: int) -> None:
        """Forget what came after a record, which is not known to be of this log."""
        self._connection.execute("DELETE FROM changes WHERE sequence > ?", (sequence,))
        self.last = max(min(self.last, sequence), 1)

    def applied(self, sequence: int, entry: Entry, applied: Applied, engine: Engine) -> None:
        """Keep what a record did; EnvironmentFailed if the device fails."""
        block = _pack(applied, engine)
        try:
            self._connection.execute(_INSERT, (sequence, int(entry.kind), entry.instant, block))
            if entry.kind in PROPOSALS:
                outcome, fills = outcome_of(sequence, entry, applied, engine)
                row = (sequence, int(entry.kind), msgspec.json.encode(outcome), fills.tobytes())
                self._connection.execute(_OUTCOME, row)
            self._keep_balances(sequence, len(applied.results) + len(applied.changed), engine)
        except apsw.Error as error:
            raise EnvironmentFailed(f"{self.path} cannot be written: {error}") from error
        self.last = sequence

    def _keep_balances(self, sequence: int, rows: int, engine: Engine) -> None:
        self._rows += rows
        if self._rows < ROWS_BETWEEN and sequence - self._kept < RECORDS_BETWEEN:
            return
        balances = engine.balances()["balance"]
        self._connection.execute(_KEEP, (sequence, balances.astype("<i8").tobytes()))
        self._kept, self._rows = sequence, 0

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _begin_anew_unless(self, version: int) -> None:
        """Drop what another version of this program has written."""
        if self._connection.pragma("user_version") != version:
            self._connection.execute("DROP TABLE IF EXISTS changes")
            self._connection.pragma("user_version", version)
        self._connection.execute(_SCHEMA)


class ChangesReader:
    """Reads what records did, from any thread, beside the one that writes."""

    def __init__(self, path: Path) -> None:
        self._connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        self._connection.set_busy_timeout(_PATIENCE_MS)
        self._lock = Lock()  # a connection serves one thread at a time
        self._latest: Done | None = None

    def done(self, sequence: int) -> Done | None:
        """Return what a record did; None if it is not known, as of the genesis."""
        found = self._latest  # those who share a record ask one after another
        if found is None or found.sequence != sequence:
            found = self._latest = next(self._rows(_ONE, (sequence,)), None)
        return found

    def after(self, sequence: int, limit: int) -> Iterator[Done]:
        """Yield what at most `limit` records after `sequence` did, in order."""
        yield from self._rows(_READ, (sequence, limit))

    def balances_before(self, sequence: int) -> tuple[int, NDArray[np.int64]] | None:
        """Return the youngest balances kept up to a record, by account, and the record; None if there are none."""
        rows = self._all(_BEFORE, (sequence,))
        return (int(rows[0][0]), np.frombuffer(rows[0][1], "<i8").astype(np.int64)) if rows else None

    def outcomes(self, kinds: Collection[int], after: int, limit: int) -> list[Outcome]:
        """Return the outcomes of at most `limit` records of some kinds after a sequence, in order."""
        wanted = ",".join(str(int(kind)) for kind in kinds)
        return self._outcomes(_OUTCOMES.format(wanted), (after, limit))

    def auction(self, number: int) -> Outcome | None:
        """Return the outcome of the record that ended an auction, None if it has not ended."""
        return next(iter(self._outcomes(_AUCTION, (int(RecordKind.CLEAR_AUCTION), number))), None)

    def last_outcome(self, kind: int) -> Outcome | None:
        """Return the outcome of the last record of a kind that was not refused, None if there is none."""
        return next(iter(self._outcomes(_LAST_OUTCOME, (int(kind),))), None)

    def fills(self, sequence: int) -> NDArray[np.void]:
        """Return what the record that ended an auction filled: FILL[n]."""
        rows = self._all("SELECT fills FROM outcomes WHERE sequence = ?", (sequence,))
        return np.frombuffer(rows[0][0] if rows else b"", FILL)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _rows(self, query: str, values: tuple[int, ...]) -> Iterator[Done]:
        return (_unpack(*row) for row in self._all(query, values))

    def _outcomes(self, query: str, values: tuple[int, ...]) -> list[Outcome]:
        return [_OUTCOME_DECODER.decode(block) for (block,) in self._all(query, values)]

    def _all(self, query: str, values: tuple[int, ...]) -> list[Any]:
        with self._lock:
            return list(self._connection.execute(query, values))


def _pack(applied: Applied, engine: Engine) -> bytes:
    slots = np.unique(np.concatenate((np.asarray(engine.entered(), np.int32), applied.changed)))
    ended = engine.table(slots)["final_sequence"]
    slots = slots[(ended == 0) | (ended == engine.sequence)]  # a command may name what was final before
    changes = np.zeros(len(slots), CHANGE)
    if len(slots):
        table = engine.table(slots)
        changes["slot"] = slots
        for name in CHANGE.names or ():
            if name in table:
                changes[name] = table[name]
    answers = json.dumps(applied.answers).encode() if applied.answers else b""
    refused = applied.refused.encode()
    head = np.zeros(1, _HEAD)
    head[0] = (
        len(applied.results),
        len(changes),
        len(answers),
        len(refused),
        engine.date,
        applied.settled,
        applied.value,
    )
    return b"".join((head.tobytes(), applied.results.tobytes(), changes.tobytes(), answers, refused))


def _unpack(sequence: int, kind: int, instant: int, block: bytes) -> Done:
    head = np.frombuffer(block, _HEAD, 1)[0]
    results, changes = int(head["results"]), int(head["changes"])
    second = _HEAD.itemsize + results * RESULT.itemsize
    third = second + changes * CHANGE.itemsize
    fourth = third + int(head["answers"])
    return Done(
        sequence,
        kind,
        instant,
        np.frombuffer(block, RESULT, results, _HEAD.itemsize),
        np.frombuffer(block, CHANGE, changes, second),
        tuple(json.loads(block[third:fourth])) if head["answers"] else (),
        int(head["date"]),
        int(head["settled"]),
        int(head["value"]),
        block[fourth:].decode(),
    )
