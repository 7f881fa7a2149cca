"""Payments as their senders write them, and as rows of a record."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from msgspec import UNSET

from comity.engine.columns import FLAG_INTERBANK, PAYMENT, RecordKind
from comity.gateway.batch import Batch, Customers
from comity.gateway.fields import PRIORITIES, Fields
from comity.gateway.screening.customers import customers_of

if TYPE_CHECKING:
    from comity.gateway.directory import Directory
    from comity.wire.instructions import Payment

_ROW = struct.Struct("<qqqqqiiiiii")
assert _ROW.size == PAYMENT.itemsize


def payment_batch(payment: Payment, directory: Directory) -> Batch:
    """Return one payment as a batch; what it asks for is the engine's to judge.

    Raises
    ------
    InvalidRequest
        With every field that names nothing in this union, or cannot be read.
    """
    fields = Fields(directory)
    debtor = fields.account(payment.debtor, payment.currency, "debtor")
    creditor = fields.account(payment.creditor, payment.currency, "creditor")
    amount = fields.amount(payment.amount, fields.currency(payment.currency, "currency"), "amount")
    fields.text(payment.purpose, "purpose")
    customers: tuple[Customers, ...] = ()
    if payment.debtor_party is not UNSET or payment.creditor_party is not UNSET:
        customers = (customers_of(payment, fields),)
    side = fields.side(payment.date, payment.earliest, payment.latest, payment.link, payment.link_size)
    fields.check()
    flags = PRIORITIES[payment.priority] | FLAG_INTERBANK * (payment.kind == "interbank")
    row = _ROW.pack(0, 0, 0, 0, amount, debtor, creditor, 0, flags, 0, 0 if side else -1)
    text = f"{payment.id}\0{payment.purpose}\0".encode()
    owners = (directory.participants[payment.debtor],)
    return Batch(RecordKind.PAYMENTS, 1, row, text, side, owners, customers=customers)
