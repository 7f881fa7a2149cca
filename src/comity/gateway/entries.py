"""What records say, found again in the log: ids as their senders wrote them, commands, steps.

The engine knows an id by its hash alone. A few records are kept, those used last, up to a number
of bytes, since who lists instructions mostly asks for those of few records.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from operator import attrgetter
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from comity.engine.columns import RecordKind, read_json, unpack, unpack_arrays
from comity.errors import NotFound
from comity.gateway.batch import ROWS
from comity.gateway.notes import CreditorStatus, Ended, Received, unpack_notes
from comity.log.record import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from comity.log.protocol import LogReader

BYTES_MAX = 64 << 20
"""Of texts kept, about."""
_STEPS = frozenset(
    {
        RecordKind.SETTLE_TOGETHER,
        RecordKind.CUT,
        RecordKind.DISCHARGE,
        RecordKind.PAY_OBLIGATIONS,
        RecordKind.OPEN_CALL,
        RecordKind.EXTEND_CALL,
        RecordKind.CLOSE_CALL,
        RecordKind.CLEAR_AUCTION,
    }
)
_RECEIVED, _ENDED = b'"received"', b'"ended"'
_first_of = attrgetter("first")
_TRANSFERS = ("transfer_in", "transfer_out")


class Words(NamedTuple):
    """What a sender wrote."""

    id: str = ""
    purpose: str = ""
    """Of an obligation its reference."""


class Said(NamedTuple):
    """What a record says."""

    kind: int
    starts: np.ndarray
    """int32[n]: where the text of each row begins, -1 for none."""
    text: bytes
    commands: Sequence[Mapping[str, object]]
    about: Mapping[str, object]
    """Of a step; empty for other kinds."""
    messages: Sequence[Received] = ()
    """By which rows entered, in their order; or whose commands these are, or what was proposed."""
    ended: Sequence[Ended] = ()
    """Approvals that the record ended; of one of commands, or of notes alone."""
    statuses: Sequence[CreditorStatus] = ()
    """What the receiver of payments says of them, by the one message of the record."""

    @property
    def size(self) -> int:
        """Bytes it takes, about."""
        rows = sum(400 + 300 * len(each.references) for each in self.messages) + 200 * len(self.statuses)
        return len(self.text) + 4 * len(self.starts) + 400 * len(self.commands) + 400 + rows

    @property
    def is_step(self) -> bool:
        """Whether it is a step of offsetting, a clearing cycle or an auction."""
        return self.kind in _STEPS

    def message(self, row: int) -> Received | None:
        """Return the message by which a row entered, None if it came otherwise."""
        place = bisect_right(self.messages, row, key=_first_of) - 1
        found = self.messages[place] if place >= 0 else None
        return found if found is not None and row < found.first + len(found.references) else None

    def words(self, row: int) -> Words:
        """Return what the sender of a row wrote; nothing if it has none."""
        if self.commands:
            command = self.commands[row] if row < len(self.commands) else {}
            named = command.get("target", "") if command.get("command") in _TRANSFERS else ""
            return Words(str(named))
        if not 0 <= row < len(self.starts) or self.starts[row] < 0:
            return Words()
        start = int(self.starts[row])
        end = self.text.index(b"\0", start)
        return Words(self.text[start:end].decode(), self.text[end + 1 : self.text.index(b"\0", end + 1)].decode())


NOTHING_SAID = Said(RecordKind.TICK, np.zeros(0, np.int32), b"", (), {})


class Entries:
    """Reads what records say; from any thread, one at a time.

    Parameters
    ----------
    log
        To read from, by nobody else; closed with this.
    bytes_max
        How much is kept.
    """

    def __init__(self, log: LogReader, bytes_max: int = BYTES_MAX) -> None:
        self.log = log
        self._kept: OrderedDict[int, Said] = OrderedDict()
        self._bytes = 0
        self._max = bytes_max
        self._lock = Lock()

    def said(self, sequence: int) -> Said:
        """Return what a record says; NotFound if there is none, LogError if it cannot be read."""
        with self._lock:
            return self._said(sequence)

    def find(self, rows: Iterable[tuple[int, int]]) -> list[Words]:
        """Return what stands in these rows of these records, each as record and row; raises as `said` does."""
        with self._lock:
            return [self._said(sequence).words(row) for sequence, row in rows]

    def _said(self, sequence: int) -> Said:
        said = self._kept.get(sequence)
        if said is not None:
            self._kept.move_to_end(sequence)
            return said
        stored = next(self.log.read(sequence), None)
        if stored is None or stored.sequence != sequence:
            raise NotFound(f"the log has no record {sequence}")
        entry = decode(stored.data, sequence).entry
        said = _read(entry.kind, entry.body, entry.note)
        self._kept[sequence] = said
        self._bytes += said.size
        while self._bytes > self._max and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= dropped.size
        return said

    def close(self) -> None:
        """Let go of the log."""
        self.log.close()


def _read(kind: int, body: bytes, note: bytes) -> Said:
    none = np.zeros(0, np.int32)
    notes = unpack_notes(note) if _RECEIVED in note or _ENDED in note else ()
    messages = [each for each in notes if isinstance(each, Received)]
    ended = [each for each in notes if isinstance(each, Ended)]
    statuses = [each for each in notes if isinstance(each, CreditorStatus)]
    dtype = ROWS.get(RecordKind(kind))
    if dtype is not None:
        rows, _, text = unpack(body, dtype)
        return Said(kind, rows["text"].copy(), bytes(text), (), {}, messages)
    if kind == RecordKind.COMMANDS:
        listed = read_json(body)
        assert isinstance(listed, list)
        commands = [each if isinstance(each, dict) else {} for each in listed]
        return Said(kind, none, b"", commands, {}, messages, ended)
    if kind in _STEPS:
        about, _ = unpack_arrays(body)
        return Said(kind, none, b"", (), about)
    return Said(kind, none, b"", (), {}, messages, ended, statuses)
