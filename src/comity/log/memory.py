"""A log in memory: for tests, dry days and figures without a device.

`MemoryStore` is what would be on disk and outlives its writers; `MemoryLog` is
one writer's hold on it. A store can be torn or altered in place to see what
recovery makes of it.
"""

from collections.abc import Iterator, Sequence
from threading import Lock

from comity.errors import LogError, LogLocked
from comity.log.protocol import Stored
from comity.log.record import Algorithm, Entry, Head, seal
from comity.log.verify import last_head


class MemoryStore:
    """Records in order, and the epoch of the writer that holds them."""

    __slots__ = ("epoch", "lock", "records")

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.epoch = 0
        self.lock = Lock()


class MemoryReader:
    """A log in memory to read from, whoever writes it."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def read(self, first: int = 1) -> Iterator[Stored]:
        """Yield records from `first` on; see `LogReader.read`."""
        sequence = max(first, 1)
        while sequence <= len(self._store.records):
            yield Stored(sequence, self._store.records[sequence - 1])
            sequence += 1

    def close(self) -> None:
        """Hold nothing, so there is nothing to let go of."""


class MemoryLog:
    """A log whose bytes are lost with the process.

    Parameters
    ----------
    store
        What to go on with; a new one if absent. Its former writer is fenced off.
    algorithm
        Hash of the records appended from now on.
    """

    durable = False

    def __init__(self, store: MemoryStore | None = None, algorithm: Algorithm = Algorithm.SHA256) -> None:
        self.store = store if store is not None else MemoryStore()
        self._algorithm = algorithm
        self._closed = False
        with self.store.lock:
            records = self.store.records
            tail = Stored(len(records), records[-1]) if records else None
            self.head, self.cut = last_head(tail, lambda: Stored(len(records) - 1, records[-2]))
            if self.cut:
                records.pop()
            self.store.epoch = max(self.store.epoch, self.head.epoch) + 1
            self.epoch = self.store.epoch

    def append(self, entries: Sequence[Entry]) -> Head:
        """Add all of `entries`; see `Log.append`."""
        head = self.head
        sealed = []
        for entry in entries:
            header, head = seal(entry, head, self.epoch, self._algorithm)
            sealed.append(header + entry.body + entry.note)
        with self.store.lock:
            if self._closed:
                raise LogError("the log is closed")
            if self.epoch != self.store.epoch:
                raise LogLocked(f"the log went over to a writer of epoch {self.store.epoch}; this one is {self.epoch}")
            self.store.records += sealed
            self.head = head
        return head

    def read(self, first: int = 1) -> Iterator[Stored]:
        """Yield records from `first` on; see `LogReader.read`."""
        return MemoryReader(self.store).read(first)

    def close(self) -> None:
        """Refuse further appends."""
        self._closed = True
