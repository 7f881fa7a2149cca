"""Events as a Parquet file, made piece by piece."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from comity.gateway.events import WHOLE, Cursor
from comity.model.amount import parse_minor
from comity.model.instant import parse_date, parse_instant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from comity.gateway.events import View
    from comity.gateway.feed import Feed
    from comity.wire.events import Event

GROUP = 16_384
"""Events of a row group, at least, but for the last."""
AT_ONCE = 4_096
_TEXT, _WORD = pa.string(), pa.dictionary(pa.int32(), pa.string())

SCHEMA = pa.schema(
    [
        ("sequence", pa.int64()),
        ("index", pa.int64()),
        ("at", pa.timestamp("us", "UTC")),
        ("business_date", pa.date32()),
        ("type", _WORD),
        ("id", _TEXT),
        ("kind", _WORD),
        ("state", _WORD),
        ("participant", _WORD),
        ("debtor", _WORD),
        ("creditor", _WORD),
        ("currency", _TEXT),
        ("amount_minor", pa.int64()),
        ("priority", _WORD),
        ("how", _WORD),
        ("reason", _WORD),
        ("entered", _TEXT),
        ("date", pa.date32()),
        ("purpose", _TEXT),
        ("target", _TEXT),
        ("value", _TEXT),
        ("detail", _TEXT),
    ]
)
"""One row per event: `id` and what follows is of the instruction, the command or the step."""


async def exported(feed: Feed, view: View, first: int, last: int) -> AsyncIterator[bytes]:
    """Yield a Parquet file of the events of records `first` to `last` that a view is told of.

    Columns are those of `SCHEMA`; a row group is written when enough events are read, so memory is bounded.
    """
    sink = _Sink()
    exponents = feed.directory.exponents
    writer = pq.ParquetWriter(sink, SCHEMA, compression="zstd")
    cursor, rows = Cursor(max(first - 1, 0), WHOLE), list[dict[str, object]]()
    last = min(last, feed.through)
    while cursor.sequence < last or (cursor.sequence == last and cursor.place != WHOLE):
        at = cursor

        def read(at: Cursor = at) -> Cursor:
            told = feed.read_here(view, at, AT_ONCE, through=last)
            rows.extend(_row(event, exponents) for event in told.events)
            if len(rows) >= GROUP:
                _write(writer, rows)
            return told.cursor

        cursor = await feed.run(read)
        yield sink.taken()
        if cursor == at:
            break
    await feed.run(lambda: _write(writer, rows))
    writer.close()
    yield sink.taken()


def _write(writer: pq.ParquetWriter, rows: list[dict[str, object]]) -> None:
    if rows:
        writer.write_table(pa.Table.from_pylist(rows, SCHEMA))
        rows.clear()


def _row(event: Event, exponents: Mapping[str, int]) -> dict[str, object]:
    sequence, index = map(int, event.id.split("."))
    row: dict[str, object] = {
        "sequence": sequence,
        "index": index,
        "at": parse_instant(event.at),
        "business_date": parse_date(event.business_date),
        "type": event.type,
    }
    if event.instruction is not None:
        _fill(row, event.instruction, ("id", "kind", "state", "debtor", "creditor", "priority", "how"))
        _fill(row, event.instruction, ("currency", "entered", "purpose"))
        row["amount_minor"] = parse_minor(event.instruction.amount, exponents[event.instruction.currency])
        row["date"] = parse_date(event.instruction.date)
        row["reason"] = event.instruction.reason.code if event.instruction.reason else None
    elif event.command is not None:
        _fill(row, event.command, ("state", "participant", "currency", "target", "value", "detail"))
        row["kind"] = event.command.command
        row["reason"] = event.command.reason.code if event.command.reason else None
        if event.command.amount:
            first = event.command.currency.split(" ")[0]
            row["amount_minor"] = parse_minor(event.command.amount, exponents[first])
    elif event.step is not None:
        row["kind"], row["state"] = event.step.step, "STLD" if event.step.accepted else "RJTD"
        row["detail"] = event.step.refused or None
    return row


def _fill(row: dict[str, object], told: object, names: Sequence[str]) -> None:
    for name in names:
        row[name] = getattr(told, name) or None


class _Sink(io.RawIOBase):
    """Where a file is written to that is handed on in pieces."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """Return what was written since it was last asked."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
