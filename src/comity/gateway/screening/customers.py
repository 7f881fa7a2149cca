"""Customers: for whom a payment is made that its sender enters as JSON, by the payment's own word.

They are screened as those of a message are. What the payment says of them stands beside the log with the originals of
messages, under a hash that a drawn number is part of, so that nobody finds out from the log alone who was named.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
from msgspec import UNSET, structs

from comity.engine.columns import FLAG_INTERBANK, PAYMENT, RecordKind
from comity.errors import FAULTS_MAX, Fault, InvalidRequest, LogError
from comity.gateway.batch import Customers, id_at
from comity.gateway.chance import draw_text
from comity.gateway.notes import CustomersNamed
from comity.gateway.originals import digest_of
from comity.gateway.screening.parties import Named, distinct
from comity.screening import Entity, Schema
from comity.screening.identifiers import identifier
from comity.wire.instructions import Customer  # noqa: TC001 - msgspec reads it

if TYPE_CHECKING:
    from comity.gateway.batch import Batch
    from comity.gateway.directory import Directory
    from comity.gateway.fields import Fields
    from comity.gateway.gateway import Gateway
    from comity.gateway.screening.screening import Screening
    from comity.gateway.writer import Entered
    from comity.wire.instructions import Payment

OF_PAYMENT: Final = "payment\0"
"""Before the id of a payment, in place of the reference of a message: no message has such a reference."""
_OF_PERSONS = frozenset({"passport", "national"})
_OF_ORGANISATIONS = frozenset({"bic", "lei", "ogrn", "registration"})


class _Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is kept of the customers of one payment."""

    salt: str
    debtor_party: Customer | None = None
    creditor_party: Customer | None = None


_NONE = Customers(None, None)
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(_Kept)


def customers_of(payment: Payment, fields: Fields) -> Customers:
    """Return whom a payment says that it is made for; what cannot be is noted as a fault of its field."""
    found = []
    for side in ("debtor_party", "creditor_party"):
        customer = getattr(payment, side)
        found.append(None if customer is UNSET else customer)
        if customer is not UNSET:
            _check(customer, fields, side)
    return Customers(*found)


def _check(customer: Customer, fields: Fields, side: str) -> None:
    fields.text(customer.name, f"{side}/name")
    if not any(map(str.isalnum, customer.name)):  # of dots or blanks alone nobody can be found
        fields.fault(f"{side}/name", "a name", repr(customer.name))
    fields.date(customer.birth_date, f"{side}/birth_date")
    for place, each in enumerate(customer.identifiers):
        if identifier(each.kind, each.value, each.country) is None:
            expected = "4 to 40 capital letters and digits, a digit among them unless it is a BIC"
            fields.fault(f"{side}/identifiers/{place}/value", expected, repr(each.value))


def check_named(batch: Batch) -> None:
    """Raise InvalidRequest with every payment of customers that does not name both; a message does in its own way."""
    if batch.kind != RecordKind.PAYMENTS or batch.message is not None:
        return
    flags = np.frombuffer(batch.rows, PAYMENT)["flags"]
    alone = batch.count == 1 and batch.owners is not None
    faults: list[Fault] = []
    for row in np.flatnonzero(flags & FLAG_INTERBANK == 0).tolist():
        customers = batch.customers[row] if batch.customers else _NONE
        faults += (
            Fault("", 0 if alone else row + 1, f"{side}_party", "the customer, in a payment of kind customer", "none")
            for side, customer in customers._asdict().items()
            if customer is None
        )
    if faults:
        raise InvalidRequest(faults[: FAULTS_MAX + 1])


def parties_of_row(row: np.void, customers: Customers, screening: Screening, directory: Directory) -> tuple[Named, ...]:
    """Return whom a payment with customers names, its participants among them, nobody twice."""
    asked = [
        Named(role, _entity(customer))
        for role, customer in (("Dbtr", customers.debtor), ("Cdtr", customers.creditor))
        if customer is not None
    ]
    for role, account in (("DbtrAgt", "debtor"), ("CdtrAgt", "creditor")):
        asked.append(Named(role, screening.participants[directory.owner[int(row[account])]]))
    return distinct(asked)


def read_customers(data: bytes) -> Customers:
    """Read what was kept of a payment's customers."""
    kept = _DECODER.decode(data)
    return Customers(kept.debtor_party, kept.creditor_party)


async def screened(gateway: Gateway, batch: Batch) -> tuple[Batch, dict[str, bytes]]:
    """Screen payments with customers: the batch that may enter, and what its cases show."""
    rows, screening = np.frombuffer(batch.rows, PAYMENT), gateway.screening
    asked = [
        parties_of_row(row, each, screening, gateway.directory) for row, each in zip(rows, batch.customers, strict=True)
    ]
    return await screening.screened_aside(batch, asked, gateway.now())


async def entered_of_customers(gateway: Gateway, sender: str, batch: Batch) -> Entered:
    """Keep whom payments name, screen them, and hand them in.

    Raises
    ------
    EnvironmentFailed
        It cannot be kept.
    Busy, LogError
        As `Gateway.enter`. Of what did not enter nothing is kept.
    """
    now, kept = gateway.now(), [_kept(each) for each in batch.customers]
    digests = tuple(digest_of(data) if data else "" for data in kept)
    names = [id_at(batch.text, start) for start in np.frombuffer(batch.rows, PAYMENT)["text"].tolist()]
    try:
        keeping = [
            gateway.originals.keep(digest, sender, OF_PAYMENT + name, now, data)
            for digest, name, data in zip(digests, names, kept, strict=True)
            if data
        ]
        try:
            await asyncio.gather(*keeping)
        finally:
            await asyncio.gather(*keeping, return_exceptions=True)  # what is not written yet could not be discarded
        allowed, documents = await screened(gateway, structs.replace(batch, named=CustomersNamed(0, digests)))
        if documents:
            await asyncio.to_thread(gateway.screening.keep, documents, now)
        reply: asyncio.Future[Entered] = asyncio.get_running_loop().create_future()
        gateway.enter(sender, allowed, reply)
        return await reply
    except LogError:
        raise  # whether it entered is known once the log is recovered
    except Exception:
        await gateway.originals.discard(filter(None, digests), now)
        raise


def _kept(customers: Customers) -> bytes:
    """Return what is kept of a payment's customers; nothing if it names none."""
    if customers.debtor is None and customers.creditor is None:
        return b""
    return _ENCODER.encode(_Kept(draw_text(), customers.debtor, customers.creditor))


def _entity(customer: Customer) -> Entity:
    kinds = {each.kind for each in customer.identifiers}
    is_person = customer.birth_date is not UNSET or kinds & _OF_PERSONS
    schema = Schema.PERSON if is_person else Schema.ORGANIZATION if kinds & _OF_ORGANISATIONS else Schema.LEGAL_ENTITY
    found = (identifier(each.kind, each.value, each.country) for each in customer.identifiers)
    numbers = tuple(dict.fromkeys(each for each in found if each is not None))
    births = () if isinstance(customer.birth_date, msgspec.UnsetType) else (customer.birth_date,)
    return Entity("", schema, (customer.name,), (), numbers, births, (customer.country,) * bool(customer.country))
