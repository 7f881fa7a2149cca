"""Obligations on the naive ledger: the rulebook's section 5 in plain Python.

Lists and linear scans over a `Ledger`. What a set-off discharges is taken from whoever
proposes it, and checked; which of the rest are paid is found by the rule of dropping.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from comity.model.reason import InstructionKind, Priority, State
from tests.oracles.book import Book, Closing, Item, Key
from tests.oracles.events import Obligation


@dataclass(slots=True)
class Owed(Item):
    """An obligation; `amount` is what is left of it, `date` when it is due."""

    link: str = ""
    cut: int = 0
    """The cycle in whose cut it stands, 0 none."""
    carried: int = 0
    """Cycles that have left it over."""


def owed_by(event: Obligation, today: dt.date, now: int) -> Owed:
    """Return the obligation that an event enters."""
    return Owed(
        slot=-1,
        sender=event.debtor,
        id=event.id,
        kind=InstructionKind.OBLIGATION,
        debtor=(event.debtor, event.currency),
        creditor=(event.creditor, event.currency),
        amount=event.amount,
        priority=Priority.NORMAL,
        interbank=False,
        date=event.due or today,
        entered=now,
        currencies=(event.currency,),
        screened=event.screen,
        link=event.link,
    )


def waits_for(book: Book, owed: Owed, now: int) -> State:
    """Return the state of an open obligation: held, due later, or waiting for a cycle."""
    if owed.screened or (not owed.cut and _held(book, owed, now)):
        return State.SSPD
    return State.WHSD if owed.date > book.today else State.PSTL


def _held(book: Book, owed: Owed, now: int) -> bool:
    """Whether a closing holds it, or one whose run-off is over, through which it stood in a cut."""
    return any(each.until < now for each in book.closings_of(owed))


def take_in(book: Book, everything: Sequence[Owed], currencies: Sequence[str], carry_max: int, now: int) -> list[Owed]:
    """Return what a cycle takes in: what is due, and neither it nor what is tied to it is kept out by anything."""
    owed = [each for each in everything if not each.is_final]

    def is_free(each: Owed) -> bool:
        one, other, currency = book.members_of(each)
        shut = any(c.closes(each.debtor) or c.closes(each.creditor) or c.members for c in book.closings_of(each))
        return (
            currency in currencies
            and waits_for(book, each, now) == State.PSTL
            and each.carried < carry_max
            and not shut
            and not book.suspended(each)
            and book.corridor_open(one, other, "clearing", currency)
        )

    out = {each.link for each in owed if each.link and not is_free(each)}
    return [each for each in owed if is_free(each) and each.link not in out]


def balances_out(discharged: Sequence[tuple[Owed, int]]) -> bool:
    """Whether nobody's net position changes and nothing beyond what is owed is discharged."""
    change: dict[Key, int] = {}
    for owed, amount in discharged:
        change[owed.debtor] = change.get(owed.debtor, 0) + amount
        change[owed.creditor] = change.get(owed.creditor, 0) - amount
    return not any(change.values()) and all(0 < amount <= owed.amount for owed, amount in discharged)


def payable(book: Book, rest: Sequence[Owed]) -> list[Owed]:
    """Drop the latest (due, entry) that an account which would end short owes, with what is tied to it; repeat.

    `rest` stands in order of entry. An account that gets more than it pays counts as one that pays.
    """
    kept = list(rest)
    while short := book.short_accounts(kept):
        last = max((each for each in kept if each.debtor == short[0]), key=lambda each: (each.date, each.slot))
        kept = [each for each in kept if each is not last and (not last.link or each.link != last.link)]
    return kept


def caps_hold(book: Book, kept: Sequence[Owed], mode: str) -> bool:
    """Whether what receivers may hold, and what corridors may carry where it is paid one by one, is kept to."""
    broken = book.limits_broken(kept)
    return State.RMLR not in broken and (mode == "ccp" or State.SRBL not in broken)


def nets(kept: Sequence[Owed]) -> dict[Key, int]:
    """Return what each account gets, less what it pays."""
    net: dict[Key, int] = {}
    for each in kept:
        net[each.debtor] = net.get(each.debtor, 0) - each.amount
        net[each.creditor] = net.get(each.creditor, 0) + each.amount
    return net


def ends_with(everything: Sequence[Owed], first: Owed) -> Iterator[Owed]:
    """Yield what is tied to an obligation that ends: what stands in a cut goes on, unless that one does too."""
    for each in everything:
        tied = each is not first and first.link and each.link == first.link
        if tied and not each.is_final and (first.cut or not each.cut):
            yield each


def run_out(closing: Closing, before: int, now: int) -> bool:
    """Whether the run-off of a closing ended since the event before."""
    return 0 <= closing.until < now and closing.until >= before
