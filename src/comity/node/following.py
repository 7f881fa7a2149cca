"""Following a node: to be told of every record, as it is read at recovery and once it is applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from comity.engine import Applied, Engine
    from comity.log.record import Entry, Head, Record


class Follower(Protocol):
    """Whoever keeps something beside the engine that follows from the log alone.

    What it keeps, it keeps in memory or may lose: after a crash it is made again from the log.
    """

    @property
    def known(self) -> int:
        """Sequence up to which it need not be told again what records did, 0 for none.

        Recovery does not start from a snapshot younger than that.
        """
        ...

    def read(self, record: Record) -> None:
        """Take in a record at recovery: each of the log, in order, proven, and before it is applied."""
        ...

    def reached(self, head: Head) -> None:
        """Take in the head that a record makes: at recovery and as it happens, each in order, the genesis too."""
        ...

    def applied(self, sequence: int, entry: Entry, applied: Applied, engine: Engine) -> None:
        """Take in what a record did: at recovery those that are replayed, then each as it happens."""
        ...
