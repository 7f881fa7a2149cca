"""Restoring a log: from a backup, or to an earlier record."""

from contextlib import closing
from os import PathLike

from comity.log.copy import copy_log
from comity.log.record import Head
from comity.log.sqlite import SqliteReader


def restore(source: str | PathLike[str], target: str | PathLike[str], until: int | None = None) -> Head:
    """Write the log at `source` to `target`, up to record `until` if given; the head of the new log.

    The history after `until` is not part of the new log: what goes on from there is
    another history, told apart by its epoch and hashes. Every record is proven on
    the way; a writer may hold `source` meanwhile.

    Raises
    ------
    NotFound
        There is no log at `source`, or no record `until` in it.
    Conflict
        `target` exists.
    LogCorrupt
        A record up to `until` is not what was written.
    LogError
        The device failed; nothing is left at `target`.
    """
    with closing(SqliteReader(source)) as log:
        return copy_log(log, target, until)
