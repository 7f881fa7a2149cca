"""What every log does, whatever keeps its bytes.

A log is opened by one writer at a time. Opening it starts a new *epoch*, one
above that of the last record; who still holds an older epoch is fenced off: its
next append fails with `LogLocked` and writes nothing. `append` returns when the
records would survive the loss of power, and never before. After an append that
failed nothing is known about the device: the log stops, every later append fails,
and the only way on is to open it again and recover.

Opening cuts a last record that is incomplete (`Incomplete`), and refuses anything
else that is wrong with it. Readers take bytes as they are stored; `verify.walk`
judges them.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from comity.log.record import Entry, Head


class Stored(NamedTuple):
    """The bytes of a record and the number they are stored under."""

    sequence: int
    data: bytes


class LogReader(Protocol):
    """A log to read from."""

    def read(self, first: int = 1) -> Iterator[Stored]:
        """Yield what is stored from number `first` on, in order of numbers.

        Holds nothing locked between records, so that a writer is not slowed;
        records appended meanwhile may be among them. LogError if the device fails.
        """
        ...

    def close(self) -> None:
        """Let go of everything; closing twice does no harm."""
        ...


class Log(LogReader, Protocol):
    """A log to append to."""

    @property
    def head(self) -> Head:
        """The last record that is durable."""
        ...

    @property
    def epoch(self) -> int:
        """Epoch of this writer: 1 on an empty log, then one more at each opening."""
        ...

    @property
    def durable(self) -> bool:
        """Whether an append waits for a device, so that it pays to do something else meanwhile."""
        ...

    @property
    def cut(self) -> int:
        """Number of the incomplete record that opening cut off, 0 none."""
        ...

    def append(self, entries: Sequence[Entry]) -> Head:
        """Add all of `entries`, or none, durably; the new head.

        Raises
        ------
        LogLocked
            Another writer opened the log since.
        LogFull
            The device has no room.
        LogError
            The device failed, now or at an earlier append.
        """
        ...
