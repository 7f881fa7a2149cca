"""Batches: instructions of one sender on their way into a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from comity.engine.columns import OBLIGATION, ORDER, PAYMENT, PVP, SIDE, RecordKind, pack
from comity.engine.kernels.identity import hash_ids
from comity.gateway.notes import Keyed, pack_notes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.engine import Engine
    from comity.gateway.notes import CustomersNamed, Held, Note, Received
    from comity.wire.instructions import Customer

ROWS = {
    RecordKind.PAYMENTS: PAYMENT,
    RecordKind.PVPS: PVP,
    RecordKind.OBLIGATIONS: OBLIGATION,
    RecordKind.ORDERS: ORDER,
}
"""Rows of a record that instructions enter with, by its kind."""


class Customers(NamedTuple):
    """Whom a payment says that it is made for, besides the participants."""

    debtor: Customer | None
    creditor: Customer | None


class Batch(msgspec.Struct, frozen=True, gc=False):
    """Rows of one kind, as in the body of a record; see `comity.engine.columns`.

    Attributes
    ----------
    kind
        RecordKind.PAYMENTS, PVPS, OBLIGATIONS or ORDERS; the last two have no sides.
    count
        Number of rows.
    rows : bytes
        Whole rows; `text` counts from the batch's own text, `side` from its own sides, `offset` is 0.
    sides : bytes
        Whole SIDE rows.
    text
        Id and purpose of every row, each closed by NUL, row after row.
    owners : tuple of int or None
        Participant that each row's id belongs to, if `key` is still to be filled in; None: it is there.
    actor, key, fingerprint
        Idempotency key it was sent under, if any.
    message : Received or None
        The message that it came as, if it did; its first row is filled in where the record is made.
    customers : tuple of Customers
        Whom each row says that it is made for; none if no row does.
    named : CustomersNamed or None
        Where that is kept, once it is; its first row is filled in where the record is made.
    held : tuple of Held
        What screening found, by row of the batch, as the flags of these rows say.
    is_screened
        Whether it was asked about every party that it names.
    """

    kind: int
    count: int
    rows: bytes
    text: bytes
    sides: bytes = b""
    owners: tuple[int, ...] | None = None
    actor: str = ""
    key: str = ""
    fingerprint: str = ""
    message: Received | None = None
    customers: tuple[Customers, ...] = ()
    named: CustomersNamed | None = None
    held: tuple[Held, ...] = ()
    is_screened: bool = False


def join(batches: Sequence[Batch], engine: Engine) -> tuple[bytes, bytes, int]:
    """Join batches of one kind into a record: its body, its note, and how many rows it has."""
    dtype = ROWS[RecordKind(batches[0].kind)]
    rows = np.frombuffer(bytearray().join(batch.rows for batch in batches), dtype)
    sides = np.frombuffer(b"".join(batch.sides for batch in batches), SIDE)
    text = b"".join(batch.text for batch in batches)
    counts = np.array([batch.count for batch in batches])
    if len(batches) > 1:
        rows["text"] += np.repeat(_starts([len(batch.text) for batch in batches]), counts).astype(np.int32)
        if len(sides):
            with_side = rows["side"] >= 0
            before = np.repeat(_starts([len(batch.sides) // SIDE.itemsize for batch in batches]), counts)
            rows["side"][with_side] += before[with_side].astype(np.int32)
    _identify(rows, text, batches, counts, engine)
    notes: list[Note] = []
    first = 0
    for batch, count in zip(batches, counts.tolist(), strict=True):
        if batch.key:
            notes.append(Keyed(batch.actor, batch.key, batch.fingerprint, first, count))
        if batch.message is not None:
            notes.append(msgspec.structs.replace(batch.message, first=first))
        if batch.named is not None:
            notes.append(msgspec.structs.replace(batch.named, first=first))
        notes += (msgspec.structs.replace(each, row=first + each.row) for each in batch.held)
        first += count
    return pack(rows, sides, text), pack_notes(notes), len(rows)


def id_at(text: bytes, start: int) -> str:
    """Return the id of a row, whose text begins there."""
    return text[start : text.index(b"\0", start)].decode()


def _starts(sizes: list[int]) -> np.ndarray:
    return np.concatenate(([0], np.cumsum(sizes)[:-1]))


def _identify(rows: np.ndarray, text: bytes, batches: Sequence[Batch], counts: np.ndarray, engine: Engine) -> None:
    """Fill in the keys of rows that have none yet."""
    without = np.repeat([batch.owners is not None for batch in batches], counts)
    if not without.any():
        return
    owners = [owner for batch in batches for owner in batch.owners or ()]
    starts = rows["text"][without].tolist()
    ids = [text[start : text.index(b"\0", start)] for start in starts]
    offsets = np.concatenate(([0], np.cumsum([len(each) for each in ids])))
    data = np.frombuffer(b"".join(ids), np.uint8)
    rows["key"][without] = hash_ids(data, offsets.astype(np.int64), np.array(owners, np.int64), engine.seed)
