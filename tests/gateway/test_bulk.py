"""Batches by columns: what is read of a row is what is read of the same payment alone."""

import io
import json
from collections.abc import Iterator

import msgspec
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from comity.engine import Engine
from comity.errors import InvalidRequest
from comity.gateway.batch import join
from comity.gateway.bulk import ARROW, NDJSON, BulkReader, TooMany
from comity.gateway.directory import Directory
from comity.gateway.payments import payment_batch
from comity.wire.instructions import Payment
from tests.gateway.union import small_union

GENESIS = small_union()
ENGINE = Engine.from_genesis(GENESIS)
DIRECTORY = Directory(ENGINE)
READER = BulkReader(DIRECTORY, GENESIS)
PLAIN = {"id": "p1", "debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": "12.50"}

TEXTS = {
    "id": ["p1", "x" * 35, "a b", "~!#"],
    "debtor": ["ALFACNBJ", "NOBODY", "CN"],
    "creditor": ["BETACNBJ", "GAMARUMM", "RU", "nobody"],
    "currency": ["CNY", "RUB", "USD"],
    "amount": ["0", "-1.5", "1.005", "9999999999999999.99", "99999999999999999.9", "007.10"],
    "priority": ["urgent", "high", "normal"],
    "kind": ["customer", "interbank"],
    "date": ["2021-12-15", "2021-12-16", "1970-01-01", "2021-02-30", "0001-01-01", "9999-12-31"],
    "earliest": ["2021-12-15T12:00:00Z", "2021-12-15T12:00:00.5+03:00", "2021-12-15t12:00:00z", "2021-12-15 12:00:00Z"],
    "latest": ["2021-12-15T23:59:60Z", "9999-12-31T23:59:59.999999Z", "2021-12-15T12:00:00-25:00", "x" * 20],
    "link": ["set", "other set"],
    "purpose": ["rent", "a" * 140, "Miete für März", "tab\there", "c1\u0085", "\u202e"],
}
ROWS = st.fixed_dictionaries(
    {name: st.sampled_from([PLAIN[name], *TEXTS[name]]) for name in PLAIN},
    optional={
        **{name: st.sampled_from(TEXTS[name]) for name in TEXTS if name not in PLAIN},
        "link_size": st.integers(2, 64),
    },
)


def lines(rows: list[dict[str, str | int]]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def columns(rows: list[dict[str, str | int]]) -> bytes:
    names = sorted({name for row in rows for name in row})
    table = pa.table(
        {
            name: pa.array([row.get(name) for row in rows], pa.int8() if name == "link_size" else pa.string())
            for name in names
        }
    )
    return stream(table)


def stream(table: pa.Table, options: pa.ipc.IpcWriteOptions | None = None) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return sink.getvalue()


def alone(row: dict[str, str | int]) -> bytes | set[str]:
    """Body of the record of one payment, or the fields at fault."""
    try:
        return join([payment_batch(msgspec.convert(row, Payment), DIRECTORY)], ENGINE)[0]
    except InvalidRequest as bad:
        return {fault.column for fault in bad.faults}


def in_batch(kind: str, rows: list[dict[str, str | int]]) -> bytes | set[tuple[int, str]]:
    body = lines(rows) if kind == NDJSON else columns(rows)
    try:
        return join([READER.read(kind, body).batch], ENGINE)[0]
    except InvalidRequest as bad:
        return {(fault.row, fault.column) for fault in bad.faults}


@given(ROWS)
@example({**PLAIN, "latest": "2021-12-15T12:00:00-25:00"})
@pytest.mark.parametrize("kind", [NDJSON, ARROW])
def test_row_is_read_as_the_payment_alone(kind: str, row: dict[str, str | int]) -> None:
    single = alone(row)
    batch = in_batch(kind, [row])
    assert batch == (single if isinstance(single, bytes) else {(1, column) for column in single})


@given(st.lists(ROWS, min_size=1, max_size=8))
def test_lines_and_columns_are_read_alike(rows: list[dict[str, str | int]]) -> None:
    assert in_batch(NDJSON, rows) == in_batch(ARROW, rows)


@given(st.lists(ROWS, min_size=1, max_size=8))
def test_rows_together_are_the_payments_one_after_the_other(rows: list[dict[str, str | int]]) -> None:
    singles = [alone(row) for row in rows]
    if all(isinstance(each, bytes) for each in singles):
        batches = [payment_batch(msgspec.convert(row, Payment), DIRECTORY) for row in rows]
        assert in_batch(ARROW, rows) == join(batches, ENGINE)[0]
    else:
        wrong = {(place, column) for place, each in enumerate(singles, 1) if isinstance(each, set) for column in each}
        assert in_batch(ARROW, rows) == wrong


def bad_lines() -> Iterator[tuple[bytes, set[tuple[int, str]]]]:
    good = lines([dict(PLAIN)])
    yield b"", {(0, "")}
    yield b"\n\n", {(0, "")}
    yield good + b"{", {(2, "")}
    yield (
        good + lines([{**PLAIN, "amount": 12}]) + good + lines([{**PLAIN, "extra": ""}]),
        {(2, "amount"), (4, "extra")},
    )
    yield good + b'{"id": "\xff"}', {(2, "")}
    yield b"[" * 100_000, {(1, "")}
    yield lines([{**PLAIN, "id": " p"}, {**PLAIN, "priority": "soon"}]), {(1, "id"), (2, "priority")}


@pytest.mark.parametrize(("body", "places"), list(bad_lines()))
def test_every_line_that_is_no_payment_is_named(body: bytes, places: set[tuple[int, str]]) -> None:
    with pytest.raises(InvalidRequest) as bad:
        READER.read(NDJSON, body)
    assert {(fault.row, fault.column) for fault in bad.value.faults} == places


def table(**more: pa.Array) -> pa.Table:
    return pa.table({**{name: pa.array([text]) for name, text in PLAIN.items()}, **more})


def bad_streams() -> Iterator[tuple[bytes, set[tuple[int, str]]]]:
    good = stream(table())
    yield b"", {(0, "")}
    yield b"not a stream at all", {(0, "")}
    yield good[: len(good) // 2], {(0, "")}
    yield stream(table().slice(0, 0)), {(0, "")}
    yield stream(table(), pa.ipc.IpcWriteOptions(compression="zstd")), {(0, "")}
    yield stream(table(), pa.ipc.IpcWriteOptions(compression="lz4")), {(0, "")}
    yield stream(table(amount=pa.array([12.5]))), {(0, "amount")}
    yield stream(table(purpose=pa.array(["a"]).dictionary_encode())), {(0, "")}
    yield stream(table(purpose=pa.array(["a"], pa.string_view()))), {(0, "purpose")}
    yield stream(table(purpose=pa.array([["a"]]))), {(0, "purpose")}
    yield stream(table(instant=pa.array(["12:00"]))), {(0, "instant")}
    yield stream(table().drop_columns(["amount"])), {(0, "amount")}
    yield stream(table(id=pa.array([None], pa.string()))), {(1, "id")}
    yield stream(table(id=pa.array([" p"]))), {(1, "id")}
    yield stream(table(earliest=pa.array(["12:00"]))), {(1, "earliest")}


@pytest.mark.parametrize(("body", "places"), list(bad_streams()))
def test_stream_that_is_not_plain_columns_of_payments_is_refused(body: bytes, places: set[tuple[int, str]]) -> None:
    with pytest.raises(InvalidRequest) as bad:
        READER.read(ARROW, body)
    assert {(fault.row, fault.column) for fault in bad.value.faults} == places


def test_decimals_and_dates_are_read_as_their_text() -> None:
    typed = table(
        amount=pa.array(["12.50"]).cast(pa.decimal128(18, 4)),
        date=pa.array(["2021-12-16"]).cast(pa.date32()),
        link=pa.array(["set"]),
        link_size=pa.array([2], pa.int64()),
    )
    read = join([READER.read(ARROW, stream(typed)).batch], ENGINE)[0]
    assert read == alone({**PLAIN, "date": "2021-12-16", "link": "set", "link_size": 2})


@given(st.data())
def test_stream_with_altered_bytes_is_read_or_refused(data: st.DataObject) -> None:
    body = bytearray(stream(table(purpose=pa.array(["rent"]))))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        READER.read(ARROW, bytes(body))
    except (InvalidRequest, TooMany):
        return


@pytest.mark.parametrize("kind", [NDJSON, ARROW])
def test_batch_beyond_a_record_is_refused(kind: str) -> None:
    many = pa.concat_tables([table()] * 65_537)
    body = lines([dict(PLAIN)]) * 65_537 if kind == NDJSON else stream(many.combine_chunks())
    with pytest.raises(TooMany):
        READER.read(kind, body)
