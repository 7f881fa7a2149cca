"""Obligations as their debtors write them, and as rows of a record."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from comity.engine.columns import OBLIGATION, RecordKind
from comity.gateway.batch import Batch
from comity.gateway.fields import Fields

if TYPE_CHECKING:
    from comity.gateway.directory import Directory
    from comity.wire.instructions import Obligation

_ROW = struct.Struct("<5q6i2q")
assert _ROW.size == OBLIGATION.itemsize


def obligation_batch(obligation: Obligation, directory: Directory) -> Batch:
    """Return one obligation as a batch.

    Raises
    ------
    InvalidRequest
        With every field that names nothing in this union, or cannot be read.
    """
    fields = Fields(directory)
    debtor = fields.account(obligation.debtor, obligation.currency, "debtor")
    creditor = fields.account(obligation.creditor, obligation.currency, "creditor")
    amount = fields.amount(obligation.amount, fields.currency(obligation.currency, "currency"), "amount")
    due = fields.date(obligation.due, "due")
    fields.check()
    link = fields.name(obligation.link)
    row = _ROW.pack(0, 0, 0, 0, amount, debtor, creditor, 0, 0, 0, due, *link)
    text = f"{obligation.id}\0{obligation.reference}\0".encode()
    return Batch(RecordKind.OBLIGATIONS, 1, row, text, b"", (directory.participants[obligation.debtor],))
