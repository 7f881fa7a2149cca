"""Payments as their senders write them, and as rows of a record."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from msgspec import UNSET

from comity.engine.columns import FLAG_INTERBANK, PAYMENT, SIDE, RecordKind
from comity.engine.kernels.identity import hash_one
from comity.errors import Fault, InvalidRequest
from comity.gateway.batch import Batch
from comity.model.amount import parse_minor
from comity.model.instant import days_of, parse_date, parse_instant
from comity.model.plain import is_clean
from comity.model.reason import Priority

if TYPE_CHECKING:
    from comity.gateway.directory import Directory
    from comity.wire.instructions import Payment

_ROW = struct.Struct("<qqqqqiiiiii")
_SIDE = struct.Struct("<qqqqii")
_PRIORITY = {each.name.lower(): int(each) for each in Priority}
_UNION = -1
assert (_ROW.size, _SIDE.size) == (PAYMENT.itemsize, SIDE.itemsize)


def payment_batch(payment: Payment, directory: Directory) -> Batch:
    """Return one payment as a batch; what it asks for is the engine's to judge.

    Raises
    ------
    InvalidRequest
        With every field that names nothing in this union, or cannot be read.
    """
    faults: list[Fault] = []
    debtor = _account(payment.debtor, payment.currency, "debtor", directory, faults)
    creditor = _account(payment.creditor, payment.currency, "creditor", directory, faults)
    amount = 0
    if payment.currency not in directory.exponents:
        faults.append(Fault("", 0, "currency", "a currency of this union", repr(payment.currency)))
    else:
        try:
            amount = parse_minor(payment.amount, directory.exponents[payment.currency])
        except InvalidRequest as bad:
            faults += (each.at("", 0, "amount") for each in bad.faults)
    if payment.purpose and not is_clean(payment.purpose):
        faults.append(Fault("", 0, "purpose", "text without control characters", repr(payment.purpose)))
    side = _side(payment, directory, faults) if _is_special(payment) else b""
    if faults:
        raise InvalidRequest(faults)
    flags = _PRIORITY[payment.priority] | FLAG_INTERBANK * (payment.kind == "interbank")
    row = _ROW.pack(0, 0, 0, 0, amount, debtor, creditor, 0, flags, 0, 0 if side else -1)
    text = f"{payment.id}\0{payment.purpose}\0".encode()
    return Batch(RecordKind.PAYMENTS, 1, row, text, side, (directory.participants[payment.debtor],))


def _account(party: str, currency: str, column: str, directory: Directory, faults: list[Fault]) -> int:
    found = directory.accounts.get((party, currency), -1)
    if found < 0:
        faults.append(Fault("", 0, column, f"a participant with an account in {currency}", repr(party)))
    return found


def _is_special(payment: Payment) -> bool:
    given = (payment.date, payment.earliest, payment.latest, payment.link, payment.link_size)
    return any(each is not UNSET for each in given)


def _side(payment: Payment, directory: Directory, faults: list[Fault]) -> bytes:
    date, link = 0, (0, 0)
    if payment.date is not UNSET:
        try:
            date = days_of(parse_date(payment.date)) or -1
        except InvalidRequest as bad:
            faults += (each.at("", 0, "date") for each in bad.faults)
    instants = [0, 0]
    for place, (column, text) in enumerate((("earliest", payment.earliest), ("latest", payment.latest))):
        if text is not UNSET:
            try:
                instants[place] = parse_instant(text)
            except InvalidRequest as bad:
                faults += (each.at("", 0, column) for each in bad.faults)
    if (payment.link is UNSET) != (payment.link_size is UNSET):
        faults.append(Fault("", 0, "link_size", "link and link_size together", "one of them"))
    elif payment.link is not UNSET:
        link = hash_one(_UNION, payment.link, directory.seed)
    size = payment.link_size if payment.link_size is not UNSET else 0
    return _SIDE.pack(*link, *instants, date, size)
