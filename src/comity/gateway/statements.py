"""Statements: what moved on an account between two records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.model.instant import format_instant
from comity.model.reason import InstructionKind
from comity.wire.accounts import Entry, Statement

if TYPE_CHECKING:
    from comity.gateway.gateway import Gateway


def statement(gateway: Gateway, account: int, after: int, until: int, limit: int) -> Statement:
    """Return the statement of an account; in a thread that may wait.

    Parameters
    ----------
    after, until
        What the records after the one up to the other did; `until` is applied.
    limit
        It ends with the record that reaches so many entries, and says so.
    """
    directory = gateway.directory
    found = gateway.history.postings(account, after, max(after, until), limit)
    texts = gateway.texts.find((each.entry_sequence, each.entry_row) for each in found.postings)
    balance, entries = found.opening_minor, []
    for each, words in zip(found.postings, texts, strict=True):
        balance += each.change_minor
        entries.append(
            Entry(
                each.sequence,
                format_instant(each.instant),
                words.id,
                InstructionKind(each.kind).name.lower(),
                directory.holder(each.counterparty),
                directory.format(each.change_minor, account),
                directory.format(balance, account),
            )
        )
    return Statement(
        directory.owner[account],
        directory.currency[account],
        after,
        found.until,
        directory.format(found.opening_minor, account),
        directory.format(found.closing_minor, account),
        entries,
        next=str(found.until) if found.until < until else "",
    )
