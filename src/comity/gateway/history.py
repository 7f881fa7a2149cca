"""History: balances as of any record, and the postings between two.

A balance is what it was when balances were last kept, and every settled instruction
since. So a question about any record costs a bounded number of changes, however long the log.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from comity.engine import Engine
from comity.errors import NotFound
from comity.gateway.changes import ChangesReader
from comity.model.reason import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from comity.gateway.changes import Done
    from comity.model.union import Genesis

_AT_ONCE = 1_024


class Posting(NamedTuple):
    """A settled instruction, as one of its accounts sees it."""

    sequence: int
    """Record that made it final."""
    instant: int
    entry_sequence: int
    """The record and row by which it entered."""
    entry_row: int
    kind: int
    counterparty: int
    """The other account."""
    change_minor: int
    """Positive when received, negative when paid."""


class Postings(NamedTuple):
    """An account over a stretch of the log."""

    opening_minor: int
    closing_minor: int
    until: int
    """Last record that was looked at."""
    postings: list[Posting]


class History:
    """Answers questions about the past; from any thread, one at a time.

    Parameters
    ----------
    path
        Of the changes, see `comity.gateway.changes`.
    genesis
        What the balances were before the first change.
    """

    def __init__(self, path: Path, genesis: Genesis) -> None:
        self._changes = ChangesReader(path)
        self._genesis = genesis
        self._first: NDArray[np.int64] | None = None
        self._lock = Lock()

    def balances(self, sequence: int) -> NDArray[np.int64]:
        """Return the balance of every account with all records up to `sequence` applied, minor units."""
        with self._lock:
            return self._balances(sequence)

    def instant(self, sequence: int) -> int:
        """Return the instant of a record; NotFound if what it did is not known."""
        with self._lock:
            done = self._changes.done(sequence)
        if done is None:
            raise NotFound(f"there is no record {sequence}")
        return done.instant

    def postings(self, account: int, after: int, until: int, limit: int) -> Postings:
        """Return what moved on an account by the records after one up to another.

        At most `limit` postings are returned and one record more than enough of them; `until` says how far they go.
        """
        with self._lock:
            opening = closing = int(self._balances(after)[account])
            found: list[Posting] = []
            last = after
            for done in self._between(after, until):
                if len(found) >= limit:
                    return Postings(opening, closing, last, found)
                own = list(_postings(done, account))
                closing += sum(each.change_minor for each in own)
                found += own
                last = done.sequence
            return Postings(opening, closing, until, found)

    def close(self) -> None:
        """Let go of the file."""
        self._changes.close()

    def _balances(self, sequence: int) -> NDArray[np.int64]:
        if self._first is None:
            self._first = Engine.from_genesis(self._genesis).balances()["balance"]
        kept, balances = self._changes.balances_before(sequence) or (1, self._first.copy())
        for done in self._between(kept, sequence):
            changes = done.changes[done.changes["state"] == State.STLD]
            np.subtract.at(balances, changes["debtor"], changes["amount"])
            np.add.at(balances, changes["creditor"], changes["amount"])
        return balances

    def _between(self, after: int, until: int) -> Iterator[Done]:
        """Yield what the records after one up to another did."""
        while after < until:
            some = list(self._changes.after(after, min(until - after, _AT_ONCE)))
            for done in some:
                if done.sequence <= until:
                    yield done
            if not some:
                return
            after = some[-1].sequence


def _postings(done: Done, account: int) -> Iterator[Posting]:
    changes = done.changes[(done.changes["state"] == State.STLD) & (done.changes["amount"] > 0)]
    own = changes[(changes["debtor"] == account) | (changes["creditor"] == account)]
    for row in own.tolist():
        each = dict(zip(own.dtype.names or (), row, strict=True))
        pays = each["debtor"] == account
        yield Posting(
            done.sequence,
            done.instant,
            each["entry_sequence"],
            each["entry_row"],
            each["kind"],
            each["creditor"] if pays else each["debtor"],
            -each["amount"] if pays else each["amount"],
        )
