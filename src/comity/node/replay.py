"""Replay: from the records of a log to the state that they make.

Every record is proven (checksums, chain, numbers) before it is applied, and every
digest that a record carries is compared with what replay gives. A snapshot saves
the applying, not the proving: the whole chain is read in any case.
"""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, NamedTuple

from comity.engine import Applied, Engine
from comity.engine.columns import RecordKind
from comity.errors import InvalidRequest, InvariantBroken, LogCorrupt, NotFound
from comity.log.record import START, chain_hash, decode
from comity.log.verify import walk
from comity.model.union import Genesis
from comity.node.digests import Digests
from comity.node.reading import read_ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from comity.log.protocol import LogReader
    from comity.log.record import Head, Record
    from comity.log.snapshots import Snapshot
    from comity.node.following import Follower

_INSTRUCTIONS = frozenset({RecordKind.PAYMENTS, RecordKind.PVPS, RecordKind.OBLIGATIONS, RecordKind.ORDERS})


class Replayed(NamedTuple):
    """A state, and where in its log it stands."""

    engine: Engine
    digests: Digests
    head: Head
    rulebook: int
    pending: bool
    """Whether the last answer said that releases remain."""
    instructions: int
    """Payments, PvP entries, obligations and orders in the log, whatever came of them."""


class _Begin(NamedTuple):
    """A state that the records up to `sequence` have already made."""

    sequence: int
    engine: Engine | None
    digests: Digests


def replay(
    log: LogReader,
    machine: type[Engine] = Engine,
    snapshots: Iterable[Snapshot] = (),
    after: Callable[[int, Engine], None] | None = None,
    follower: Follower | None = None,
) -> Replayed:
    """Apply all of `log`, or what follows the first of `snapshots` that lies on it.

    Parameters
    ----------
    machine
        Class of the engine.
    after
        Called with the sequence of each record that was applied, and the engine.
    follower
        Told of every record read, and of what those did that were applied.

    Raises
    ------
    NotFound
        The log is empty.
    LogCorrupt
        A record is not what was written, cannot be applied, or carries another
        digest than its replay gives.
    """
    sequence, engine, digests = _begin(log, machine, snapshots)
    head, rulebook, pending, instructions = START, 0, False, 0
    with closing(read_ahead(walk(log.read()))) as walked:
        for record, head in walked:
            rulebook = record.entry.rulebook
            instructions += record.entry.count if record.entry.kind in _INSTRUCTIONS else 0
            if follower is not None:
                follower.read(record)
                follower.reached(head)
            if record.sequence <= sequence:
                continue
            digests.compare(record)
            with _named(record):
                engine, applied = _applied(record, engine, machine)
            pending = applied.pending
            digests.add(record.sequence, engine.digest())
            if follower is not None:
                follower.applied(record.sequence, record.entry, applied, engine)
            if after is not None:
                after(record.sequence, engine)
    if engine is None:
        raise NotFound("the log is empty; it begins with the genesis of a union")
    return Replayed(engine, digests, head, rulebook, pending, instructions)


def genesis_body(genesis: Genesis) -> bytes:
    """Body of a log's first record; the same genesis gives the same bytes."""
    return json.dumps(genesis.as_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_genesis(record: Record) -> Genesis:
    """Genesis in the first record; LogCorrupt if the log begins otherwise."""
    if record.entry.kind != RecordKind.GENESIS:
        raise LogCorrupt(record.sequence, f"is of kind {record.entry.kind}; a log begins with its genesis")
    with _named(record):
        return Genesis.from_json(json.loads(record.entry.body))


def _applied(record: Record, engine: Engine | None, machine: type[Engine]) -> tuple[Engine, Applied]:
    """Let `record` happen: the engine, and what it did."""
    if engine is None:
        return machine.from_genesis(read_genesis(record)), Applied()
    entry = record.entry
    return engine, engine.apply(entry.kind, record.sequence, entry.instant, entry.body)


@contextmanager
def _named(record: Record) -> Iterator[None]:
    """Name the record that could not be applied."""
    try:
        yield
    except (InvariantBroken, InvalidRequest, ValueError, KeyError, TypeError, RecursionError) as error:
        raise LogCorrupt(record.sequence, f"cannot be applied: {error}") from error


def _begin(log: LogReader, machine: type[Engine], snapshots: Iterable[Snapshot]) -> _Begin:
    """State of the first snapshot that lies on `log` and has the digest it says, or none."""
    for snapshot in snapshots:
        if not _lies_on(snapshot, log):
            continue
        try:
            engine = machine.load(snapshot.parts)
        except (InvariantBroken, InvalidRequest, ValueError, KeyError):
            continue
        if snapshot.digests[-1:] == ((snapshot.sequence, engine.digest()),):
            return _Begin(snapshot.sequence, engine, Digests(snapshot.digests))
    return _Begin(0, None, Digests())


def _lies_on(snapshot: Snapshot, log: LogReader) -> bool:
    """Whether the record that `snapshot` was taken after is the one in `log`."""
    stored = next(log.read(snapshot.sequence), None)
    if stored is None or stored.sequence != snapshot.sequence:
        return False
    try:
        record = decode(stored.data, stored.sequence)
    except LogCorrupt:
        return False
    return chain_hash(record.algorithm, stored.data) == snapshot.hash
