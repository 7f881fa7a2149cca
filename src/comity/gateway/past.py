"""The past: business dates that are over, and what was entered on them and the engine has forgotten.

Dates follow one another in the log, so the records of one are found by halving. An instruction of that
date is found by the hash of its id, row by row, and what became of it in what later records did.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from comity.engine.columns import RecordKind, unpack
from comity.engine.kernels.identity import hash_one
from comity.errors import NotFound
from comity.gateway.batch import ROWS
from comity.gateway.changes import CHANGE, ChangesReader
from comity.gateway.instructions import Rows
from comity.gateway.writer import Busy
from comity.log.record import decode
from comity.model.instant import date_of
from comity.model.reason import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from comity.gateway.directory import Directory
    from comity.log.protocol import LogReader

_FIRST = 2
"""The record after the genesis."""
_AT_ONCE = 1_024


class Past:
    """Answers about dates that are over; from any thread, one question at a time.

    Parameters
    ----------
    path
        Of the changes, see `comity.gateway.changes`.
    log
        To read from, by nobody else; closed with this.
    seed
        Of the union's hashes.
    """

    def __init__(self, path: Path, log: LogReader, directory: Directory, seed: int) -> None:
        self._changes = ChangesReader(path)
        self._log = log
        self._directory = directory
        self._seed = seed
        self._lock = Lock()

    def records(self, date: int, head: int) -> range:
        """Return the records of a business date, days since 1970-01-01, up to record `head`; else NotFound."""
        known = range(_FIRST, head + 1)
        first, beyond = (find(known, date, key=self._date) for find in (bisect_left, bisect_right))
        if first == beyond:
            raise NotFound(f"{date_of(date)} was no business date")
        return known[first:beyond]

    def last_of(self, date: int, head: int) -> int:
        """Return the last record of a business date, days since 1970-01-01, up to record `head`; else NotFound."""
        return self.records(date, head)[-1]

    def find(self, participant: str, name: str, date: int, head: int) -> Rows:
        """Return what a participant entered under an id on a business date, as it ended.

        Raises
        ------
        NotFound
            Nothing that has ended by record `head`.
        Busy
            Another search is under way: each reads the records of a day.
        """
        if participant not in self._directory.participants:
            raise NotFound(f"there is no participant {participant!r}")
        if not self._lock.acquire(blocking=False):
            raise Busy("another day is being searched")
        try:
            for sequence, row, instant in self._entered(participant, name, self.records(date, head)):
                ended = self._ended(sequence, row, head)
                if ended:
                    return _rows(head, instant, ended)
        finally:
            self._lock.release()
        raise NotFound(f"{participant} entered no {name!r} on {date_of(date)}")

    def ended(self, sequence: int, row: int, head: int) -> Rows | None:
        """Return how what entered with a row of a record ended by record `head`; None if it has not, or never entered.

        Raises
        ------
        Busy
            Another search is under way.
        """
        done = self._changes.done(sequence)
        if done is None:
            return None
        if not self._lock.acquire(blocking=False):
            raise Busy("another day is being searched")
        try:
            ended = self._ended(sequence, row, head)
        finally:
            self._lock.release()
        return _rows(head, done.instant, ended) if ended else None

    def close(self) -> None:
        """Let go of the files."""
        self._changes.close()
        self._log.close()

    def _date(self, sequence: int) -> int:
        done = self._changes.done(sequence)
        return done.date if done is not None else 0

    def _entered(self, participant: str, name: str, records: range) -> Iterator[tuple[int, int, int]]:
        """Yield the rows that carry an id: record, row and instant of each."""
        key = hash_one(self._directory.participants[participant], name, self._seed)
        for stored in self._log.read(records[0]):
            if stored.sequence > records[-1]:
                return
            entry = decode(stored.data, stored.sequence).entry
            dtype = ROWS.get(RecordKind(entry.kind))
            if dtype is None:
                continue
            rows, _, _ = unpack(entry.body, dtype)
            for row in np.flatnonzero((rows["key"] == key).all(axis=1)).tolist():
                yield stored.sequence, row, entry.instant + int(rows["offset"][row])

    def _ended(self, sequence: int, row: int, head: int) -> list[tuple[np.void, int]]:
        """Return how each leg that entered with a row ended, and when; nothing if one has not, or none entered."""
        latest: dict[tuple[int, int], tuple[np.void, int]] = {}
        after = sequence - 1
        while after < head:
            some = list(self._changes.after(after, min(head - after, _AT_ONCE)))
            for done in some:
                own = (done.changes["entry_sequence"] == sequence) & (done.changes["entry_row"] == row)
                for each in done.changes[own]:
                    latest[int(each["debtor"]), int(each["creditor"])] = each, done.instant
                if latest and all(State(int(each["state"])).is_final for each, _ in latest.values()):
                    return list(latest.values())
                if not latest:
                    return []
            if not some:
                break
            after = some[-1].sequence
        return []


def _rows(head: int, entered: int, ended: list[tuple[np.void, int]]) -> Rows:
    """Return legs as rows, with columns as the engine has them."""
    changes = np.array([each for each, _ in ended], CHANGE)
    table: dict[str, np.ndarray] = {name: changes[name] for name in CHANGE.names or ()}
    table["entered"] = np.full(len(ended), entered)
    table["final"] = np.array([instant for _, instant in ended])
    return Rows(head, table, [""] * len(ended))
