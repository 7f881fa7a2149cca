"""Verifying a log from its start: that it is whole, and that it says what happened.

The log is walked (checksums, chain, numbers, epochs), replayed, every digest it
carries compared, and the invariants of the engine, its digest computed in full among
them, checked along the way and at the end. The first record that fails is named.
"""

from contextlib import closing
from os import PathLike
from typing import NamedTuple

from comity.engine import Engine
from comity.errors import InvariantBroken, LogCorrupt
from comity.log.protocol import LogReader
from comity.log.sqlite import SqliteReader
from comity.node.replay import replay

CHECK_EVERY = 256
"""Records between two checks of the invariants."""


class Verified(NamedTuple):
    """What a sound log holds."""

    records: int
    instructions: int
    """Payments, PvP entries, obligations and orders, whatever came of them."""
    head: bytes
    """Hash of the last record: 32 bytes that fix the whole log."""
    digest: bytes
    """Of the state after the last record, 16 bytes."""


def verify(log: LogReader, machine: type[Engine] = Engine, check_every: int = CHECK_EVERY) -> Verified:
    """Verify `log`; LogCorrupt names the first bad record, NotFound says that it is empty.

    Parameters
    ----------
    machine
        Class of the engine.
    check_every
        Records between two checks of the invariants, 1 or more.
    """

    def check(sequence: int, engine: Engine) -> None:
        if sequence % check_every == 0:
            _check(sequence, engine)

    replayed = replay(log, machine, after=check)
    _check(replayed.head.sequence, replayed.engine)
    return Verified(replayed.head.sequence, replayed.instructions, replayed.head.hash, replayed.engine.digest())


def verify_file(path: str | PathLike[str], check_every: int = CHECK_EVERY) -> Verified:
    """Verify the log at `path`, which a writer may hold meanwhile."""
    with closing(SqliteReader(path)) as log:
        return verify(log, check_every=check_every)


def _check(sequence: int, engine: Engine) -> None:
    try:
        engine.check()
    except InvariantBroken as error:
        raise LogCorrupt(sequence, f"an invariant does not hold after it: {error}") from error
