"""What moved on an account on a business date, as a message: camt.052, camt.053 or camt.054.

The entries are read from the file of changes twice, once for the sums that stand before them and once to be
written, so that memory holds some thousands of them however many there are.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from comity.gateway.answers import agent_of, header_of, reference_of
from comity.gateway.correlation import HEADER
from comity.iso20022.messages.accounts import (
    Balance,
    Entry,
    Notice,
    Notices,
    Report,
    Reports,
    Statement,
    Statements,
)
from comity.iso20022.statements import write_statements
from comity.iso20022.table import Money
from comity.model.instant import date_of, format_instant
from comity.model.reason import InstructionKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from comity.gateway.gateway import Gateway
    from comity.gateway.history import Posting
    from comity.iso20022.statements import OfAccount
    from comity.iso20022.writing import Writer

HEADINGS: dict[str, type[Reports | Statements | Notices]] = {each.name: each for each in (Reports, Statements, Notices)}
"""Messages of accounts by their names."""
_AT_ONCE = 4_096


class Stretch(NamedTuple):
    """An account over the records of a business date."""

    account: int
    date: int
    """Days since 1970-01-01."""
    records: range


class _Sums(NamedTuple):
    credits: int
    credited_minor: int
    debits: int
    debited_minor: int


def write_account(file: BinaryIO, writer: Writer, name: str, gateway: Gateway, stretch: Stretch, party: str) -> None:
    """Write the message of an account; in a thread that may wait.

    Parameters
    ----------
    name
        One of `HEADINGS`.
    party
        Code of who it is for.
    """
    heading, versions, until = HEADINGS[name], gateway.memory.correlation.versions, stretch.records[-1]
    version = versions.written(party, name, until)
    last = gateway.history.instant(until)
    reference, created = f"{name[5:]}-{until}-{stretch.account}", format_instant(last)
    header = writer.header(header_of(version, None, party, reference, created), versions.written(party, HEADER, until))
    made = heading(message=reference, created=created)
    write_statements(
        file, writer, version, made, [(_told(name, reference, gateway, stretch), _entries(gateway, stretch))], header
    )


def told_account(
    name: str, reference: str, gateway: Gateway, stretch: Stretch, most: int
) -> tuple[OfAccount, tuple[Entry, ...]]:
    """Return what is told of an account, and its first entries, at most so many; in a thread that may wait."""
    return _told(name, reference, gateway, stretch), tuple(islice(_entries(gateway, stretch), most))


def _told(name: str, reference: str, gateway: Gateway, stretch: Stretch) -> OfAccount:
    """Return what is told of the account but for its entries."""
    directory, account, records = gateway.directory, stretch.account, stretch.records
    owner, currency = directory.owner[account], directory.currency[account]
    instants = [format_instant(gateway.history.instant(records[end])) for end in (0, -1)]
    about: dict[str, Any] = {
        "id": reference,
        "created": instants[1],
        "account": f"{owner}-{currency}",
        "currency": currency,
        "owner": agent_of(owner).bic,
    }
    servicer = agent_of(directory.issuers[currency])
    if name == Notices.name:
        return Notice(servicer=servicer, **about)
    opening, closing = (int(gateway.history.balances(end)[account]) for end in (records[0] - 1, records[-1]))
    date = date_of(stretch.date).isoformat()
    last = "CLBD" if name == Statements.name else "ITBD"
    balances = (
        _balance("OPBD", opening, gateway, account, date),
        _balance(last, closing, gateway, account, date),
    )
    if name == Reports.name:
        return Report(servicer=servicer, balances=balances, **about)
    sums = _sums(gateway, stretch)
    return Statement(
        servicer=servicer,
        balances=balances,
        first=instants[0],
        last=instants[1],
        credits=str(sums.credits),
        credited=directory.format(sums.credited_minor, account),
        debits=str(sums.debits),
        debited=directory.format(sums.debited_minor, account),
        **about,
    )


def _balance(kind: str, minor: int, gateway: Gateway, account: int, date: str) -> Balance:
    directory = gateway.directory
    amount = Money(directory.format(abs(minor), account), directory.currency[account])
    return Balance(kind=kind, amount=amount, side="DBIT" if minor < 0 else "CRDT", date=date)


def _sums(gateway: Gateway, stretch: Stretch) -> _Sums:
    sums = _Sums(0, 0, 0, 0)
    for each in _postings(gateway, stretch):
        if each.change_minor > 0:
            sums = sums._replace(credits=sums.credits + 1, credited_minor=sums.credited_minor + each.change_minor)
        else:
            sums = sums._replace(debits=sums.debits + 1, debited_minor=sums.debited_minor - each.change_minor)
    return sums


def _postings(gateway: Gateway, stretch: Stretch) -> Iterator[Posting]:
    after, last = stretch.records[0] - 1, stretch.records[-1]
    while after < last:
        found = gateway.history.postings(stretch.account, after, last, _AT_ONCE)
        yield from found.postings
        after = found.until


def _entries(gateway: Gateway, stretch: Stretch) -> Iterator[Entry]:
    date = date_of(stretch.date).isoformat()
    for number, posting in enumerate(_postings(gateway, stretch), 1):
        yield _entry(number, posting, gateway, stretch.account, date)


def _entry(number: int, posting: Posting, gateway: Gateway, account: int, date: str) -> Entry:
    directory = gateway.directory
    said = gateway.texts.said(posting.entry_sequence)
    note = said.message(posting.entry_row)
    references = ("", "", "", "")
    if note is not None:
        references = note.references[posting.entry_row - note.first]
    instruction, end_to_end, transaction, uetr = references
    own, other = (agent_of(directory.holder(each)) for each in (account, posting.counterparty))
    pays = posting.change_minor < 0
    return Entry(
        reference=str(number),
        amount=Money(directory.format(abs(posting.change_minor), account), directory.currency[account]),
        side="DBIT" if pays else "CRDT",
        status="BOOK",
        booked=format_instant(posting.instant),
        value=date,
        servicer=reference_of(posting.entry_sequence, posting.entry_row),
        domain="PMNT",
        family="ICDT" if pays else "RCDT",
        subfamily="OTHR",
        own_code=InstructionKind(posting.kind).name,
        message=note.message if note else "",
        instruction=instruction or said.words(posting.entry_row).id,
        end_to_end=end_to_end,
        uetr=uetr,
        transaction=transaction,
        debtor=own if pays else other,
        creditor=other if pays else own,
    )
