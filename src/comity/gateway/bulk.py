"""Batches of payments as lines of JSON or as columns of Arrow, read by whole columns.

What a row may hold is the same as for a payment alone (`comity.gateway.payments`); faults of
all rows are told together, and nothing enters if there is one. An Arrow stream from somebody else
is proven before it is used: plain columns alone, not compressed, every offset within its bytes.
"""

from __future__ import annotations

import struct
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.day.entries import PAYMENTS_SHAPE, Book, Clock, read_payments
from comity.day.faults import Faults
from comity.day.standing import STEMS, Standing
from comity.day.tables import Shape, Table, table_of
from comity.day.text import Text
from comity.engine.columns import RecordKind
from comity.errors import FAULTS_MAX, Fault, InvalidRequest
from comity.gateway.batch import Batch, Customers
from comity.gateway.fields import Fields
from comity.gateway.screening.customers import customers_of
from comity.gateway.writer import ROWS_MAX
from comity.model.instant import DAY_US
from comity.model.reason import Reason, State
from comity.wire.answers import ID_PATTERN, Why
from comity.wire.instructions import Entered, Payment
from comity.wire.shapes import fault_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from comity.gateway.directory import Directory
    from comity.gateway.writer import Entered as Results
    from comity.model.union import Genesis

NDJSON, ARROW = "application/x-ndjson", "application/vnd.apache.arrow.stream"
"""Kinds of bodies."""

_ID = ID_PATTERN.replace("$(?!\\n)", r"\z")
"""As Arrow reads patterns."""
_SHAPE = Shape(tuple(name for name in PAYMENTS_SHAPE.required if name != "instant"), PAYMENTS_SHAPE.optional)
_INSTANT_LENGTHS = (20, 35)
_TEXTS = (pa.string(), pa.large_string())
_HIGHEST_ASCII = 0x7F
_C1_CONTROLS = "[\\x{80}-\\x{9f}]"
_NO_DATE = -(1 << 31)
_NAMES = np.array([State(value).name if value in set(State) else "" for value in range(max(State) + 1)])
_CODES = np.array([Reason(value).code for value in range(len(Reason))])
_REASONS = np.array([reason.name if reason else "" for reason in Reason])


class TooMany(Exception):  # noqa: N818 - the name says what happened
    """A batch has more rows than a record takes."""


class Bulk(NamedTuple):
    """A batch that can be read."""

    batch: Batch
    ids: pa.Array
    debtors: NDArray[np.int32]
    """Account by row."""


class BulkReader:
    """Reads batches for one union; from any thread.

    Parameters
    ----------
    genesis
        What the union is made of.
    """

    def __init__(self, directory: Directory, genesis: Genesis) -> None:
        standing = Standing(list(genesis.members), list(genesis.participants), list(genesis.accounts))
        standing.files = dict.fromkeys(STEMS, "this union")
        money = standing.currencies
        accounts = np.full((len(genesis.participants), len(money)), -1, np.int32)
        for (owner, currency), index in directory.accounts.items():
            accounts[directory.participants[owner], money[currency]] = index
        self._directory = directory
        self._book = Book(standing, accounts, genesis.seed)
        self._clock = Clock(0, 0, DAY_US, _NO_DATE)

    def read(self, kind: str, body: bytes) -> Bulk:
        """Read a body of one of the kinds.

        Raises
        ------
        InvalidRequest
            With the faults of all rows.
        TooMany
            It has more than `ROWS_MAX` rows.
        """
        faults = Faults()
        payments = _payments(body, faults) if kind == NDJSON else []
        table = _of_payments(payments, faults) if kind == NDJSON else _from_arrow(body, faults)
        faults.raise_if_any()
        if table is None or not table.rows:
            raise InvalidRequest([Fault("", 0, "", "at least one payment", "none")])
        return self._bulk(table, faults, self._customers(payments, faults))

    def columns(self, columns: Mapping[str, Sequence[str]]) -> Bulk:
        """Read columns of text, one or more rows of them, in which what is not given is empty; raises as `read` does.

        Parameters
        ----------
        columns
            Text by row, by the names of payments.csv; one that is empty throughout may be absent.
        """
        faults = Faults()
        arrays = {name: pa.array(texts, pa.large_string()) for name, texts in columns.items() if any(texts)}
        table = table_of("", pa.table(arrays), _SHAPE, faults)
        faults.raise_if_any()
        assert table is not None
        if table.rows > ROWS_MAX:
            raise TooMany
        return self._bulk(table, faults)

    def _customers(self, payments: Sequence[Payment], faults: Faults) -> tuple[Customers, ...]:
        """Return the customers of each row; nothing if no row names any."""
        if all(each.debtor_party is msgspec.UNSET and each.creditor_party is msgspec.UNSET for each in payments):
            return ()
        found = []
        for row, payment in enumerate(payments, 1):
            fields = Fields(self._directory)
            found.append(customers_of(payment, fields))
            faults.extend(fault.at("", row, fault.column) for fault in fields.faults)
        return tuple(found)

    def _bulk(self, table: Table, faults: Faults, customers: tuple[Customers, ...] = ()) -> Bulk:
        _check(table)
        entries = read_payments(table, self._book, self._clock)
        faults.raise_if_any()
        rows = entries.rows
        batch = Batch(
            RecordKind.PAYMENTS,
            len(rows),
            rows.tobytes(),
            entries.text.to_pybytes(),
            entries.sides.tobytes(),
            customers=customers,
        )
        return Bulk(batch, entries.ids, rows["debtor"])


def _payments(body: bytes, faults: Faults) -> list[Payment]:
    """Read lines of JSON; none if one of them is no payment."""
    if body.count(b"\n") > ROWS_MAX:
        raise TooMany
    try:
        return _LINES.decode_lines(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        _find_faults(body, faults)
        return []


def _of_payments(payments: Sequence[Payment], faults: Faults) -> Table | None:
    if not payments:
        return None
    columns = zip(_SHAPE.known, zip(*map(_FIELDS, payments), strict=True), strict=False)
    arrays = {name: _texts(values) for name, values in columns if values.count(_DEFAULTS[name]) < len(values)}
    return table_of("", pa.table(arrays), _SHAPE, faults)


def _texts(values: tuple[str | int | msgspec.UnsetType, ...]) -> pa.Array:
    """Make a column of text; what is not given is absent."""
    if msgspec.UNSET in values or not isinstance(values[0], str):
        return pa.array([None if value is msgspec.UNSET else str(value) for value in values], pa.large_string())
    return pa.array(values, pa.large_string())


def _find_faults(body: bytes, faults: Faults) -> None:
    """Report every line that is not a payment."""
    row = 0
    for line in body.split(b"\n"):
        if not line.strip():
            continue
        row += 1
        try:
            _LINES.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as bad:
            fault = fault_of(str(bad), kind=Payment)
            faults.add("", row, fault.pointer.removeprefix("/"), fault.expected, fault.found)
        if len(faults) > FAULTS_MAX:
            return


def _from_arrow(body: bytes, faults: Faults) -> Table | None:
    try:
        _refuse_compressed(body)
        with pa.ipc.open_stream(pa.BufferReader(body)) as reader:
            _check_types(reader.schema, faults)
            batches = [] if len(faults) else _take(reader)
        table = pa.Table.from_batches(batches, reader.schema)
        return None if len(faults) else table_of("", table, _SHAPE, faults)
    except (pa.ArrowException, OSError, ValueError, struct.error) as bad:
        faults.add("", 0, "", "a stream of Arrow record batches", str(bad).splitlines()[0][:80])
        return None


def _take(reader: pa.RecordBatchStreamReader) -> list[pa.RecordBatch]:
    batches, rows = [], 0
    for batch in reader:
        batch.validate(full=True)
        rows += batch.num_rows
        if rows > ROWS_MAX:
            raise TooMany
        batches.append(batch)
    return batches


def _check_types(schema: pa.Schema, faults: Faults) -> None:
    """Report columns that are of no plain type: what is small in a body must be small here."""
    for name, kind in zip(schema.names, schema.types, strict=True):
        plain = kind in _TEXTS or (name in _TYPED and _TYPED[name](kind))
        if not plain:
            faults.add(
                "", 0, name, "a column of text (amount: or decimal, date: or a date, link_size: or whole)", str(kind)
            )


_TYPED: dict[str, Callable[[pa.DataType], bool]] = {
    "amount": pa.types.is_decimal128,
    "date": pa.types.is_date32,
    "link_size": pa.types.is_integer,
}


def _refuse_compressed(body: bytes) -> None:
    """Raise ValueError if a message has compressed buffers: what they hold has no bound."""
    for message in pa.ipc.MessageReader.open_stream(pa.BufferReader(body)):
        header = _field(bytes(message.metadata), 0, _HEADER)
        if message.type == "record batch" and header and _field(bytes(message.metadata), header, _COMPRESSION):
            raise ValueError("compressed buffers")
        if message.type == "dictionary":
            raise ValueError("a dictionary")


_HEADER, _COMPRESSION = 2, 3
"""Fields of a flatbuffer's tables, counted from 0: of Message its header, of RecordBatch its compression."""


def _field(data: bytes, table: int, field: int) -> int:
    """Return where the table of a flatbuffer begins that a field of another holds, 0 if it holds none.

    `table` is where that one begins, 0 for the root.
    """
    start = table or struct.unpack_from("<I", data, 0)[0]
    vtable = start - struct.unpack_from("<i", data, start)[0]
    size = struct.unpack_from("<H", data, vtable)[0]
    entry = 4 + 2 * field
    offset = struct.unpack_from("<H", data, vtable + entry)[0] if entry < size else 0
    return start + offset + int(struct.unpack_from("<I", data, start + offset)[0]) if offset else 0


def _check(table: Table) -> None:
    """Report what a payment alone may not hold either, and a row of a file may."""
    for column in ("id", "link"):
        if table.has(column):
            text = table.text(column)
            wrong = ~pc.match_substring_regex(text.array, _ID).to_numpy(zero_copy_only=False) & ~text.absent
            table.fault_rows(wrong, column, "1 to 35 printable characters of ASCII, no space at either end")
    for column in ("earliest", "latest"):
        if table.has(column):
            lengths = table.text(column).lengths
            low, high = _INSTANT_LENGTHS
            wrong = ((lengths < low) | (lengths > high)) & (lengths > 0)
            table.fault_rows(wrong, column, "an instant in RFC 3339")
    if table.has("link") or table.has("link_size"):
        apart = table.text("link").absent != table.text("link_size").absent
        table.fault_rows(apart, "link_size", "link and link_size together")
        for column in ("link", "link_size"):  # said once is enough
            table.columns[column] = Text.of(pc.if_else(pa.array(apart), "", table.text(column).array))
    if table.has("purpose") and bool((table.text("purpose").data > _HIGHEST_ASCII).any()):
        wrong = pc.match_substring_regex(table.text("purpose").array, _C1_CONTROLS).to_numpy(zero_copy_only=False)
        table.fault_rows(wrong, "purpose", "text without control characters")


def as_lines(ids: pa.Array, results: Results, *, dry_run: bool = False) -> bytes:
    """Write what became of each row as lines of JSON, each as the answer to a payment alone."""
    done = results.results
    columns = zip(
        ids.to_pylist(), done["state"].tolist(), done["reason"].tolist(), done["repeated"].tolist(), strict=True
    )
    told = [
        Entered(
            name,
            str(_NAMES[state]),
            results.sequence,
            results.first + row,
            Why(str(_CODES[reason]), str(_REASONS[reason])) if reason else None,
            repeated=bool(repeated),
            dry_run=dry_run,
        )
        for row, (name, state, reason, repeated) in enumerate(columns)
    ]
    return msgspec.json.Encoder().encode_lines(told)


def as_arrow(ids: pa.Array, results: Results) -> bytes:
    """Write what became of each row as a stream of Arrow: id, state, reason, code, sequence, row, repeated."""
    done, count = results.results, len(results.results)
    table = pa.table(
        {
            "id": ids,
            "state": pa.array(_NAMES[done["state"]], pa.string()),
            "reason": pa.array(_REASONS[done["reason"]], pa.string()),
            "code": pa.array(_CODES[done["reason"]], pa.string()),
            "sequence": pa.array(np.full(count, results.sequence, np.int32)),
            "row": pa.array(np.arange(results.first, results.first + count, dtype=np.int32)),
            "repeated": pa.array(done["repeated"] != 0),
        }
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


_LINES = msgspec.json.Decoder(Payment)
_FIELDS = attrgetter(*_SHAPE.known)
_DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(Payment)}
