"""The commands of payers and operators, on the naive ledger.

`execute` answers with `Reason.NONE` where a command was carried out. Whatever a
command may have freed is put on the work list, accounts in the order of the
books where it may have freed several, and served before the next command.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace

from comity.model.reason import How, InstructionKind, Priority, Reason, State
from comity.model.union import Agreement
from tests.oracles.book import NEVER, Account, Closing, Entry, Item
from tests.oracles.events import Command
from tests.oracles.ledger import Ledger
from tests.oracles.obligations import Owed

CREDIT_MAX = 2**60


def execute(ledger: Ledger, instant: int, command: Command) -> Reason:
    """Carry out one command at `instant`, and serve what it frees."""
    ledger.move_to(instant, eligible=False)
    reason = _COMMANDS[command.command](ledger, command)
    ledger.release()
    return reason


def _phase(ledger: Ledger, command: Command) -> Reason:
    accounts = [each for each in ledger.book.accounts.values() if each.kind == "settlement"]
    if command.value == "start":
        ledger.begin_day()
    elif command.value == "liquidity":
        for account in accounts:
            repaid = min(account.overnight, account.available(Priority.URGENT))
            account.overnight -= repaid
            _post_transfer(ledger, account, repaid, "", pays_in=False)
    elif command.value == "accrual":
        for account in accounts:
            short = max(0, -account.balance)
            account.overnight += short
            _post_transfer(ledger, account, short, "", pays_in=True)
    elif command.value == "end":
        ledger.ended = True
    return Reason.NONE


# Accounts


def _account(ledger: Ledger, command: Command) -> Account | None:
    account = ledger.book.accounts.get((command.participant, command.currency))
    return account if account and account.kind == "settlement" else None


def _credit(ledger: Ledger, command: Command) -> Reason:
    account = _account(ledger, command)
    amount = command.amount_minor or 0
    if account is None:
        return Reason.UNKNOWN
    if amount < 0 or max(amount, -account.balance) + _lent_to_others(ledger, account) > CREDIT_MAX:
        return Reason.AMOUNT_TOO_LARGE
    account.credit = amount
    return _freed(ledger, account)


def _lent_to_others(ledger: Ledger, account: Account) -> int:
    """Return the other credit lines of a currency together; one lowered under its use counts with its use."""
    others = [
        each
        for each in ledger.book.accounts.values()
        if each.kind == "settlement" and each.currency == account.currency and each is not account
    ]
    return sum(max(each.credit, -each.balance) for each in others)


def _reserve(ledger: Ledger, command: Command) -> Reason:
    account = _account(ledger, command)
    if account is None:
        return Reason.UNKNOWN
    if command.value == "urgent":
        account.urgent = command.amount_minor or 0
    else:
        account.high = command.amount_minor or 0
    return _freed(ledger, account)


def _freeze(ledger: Ledger, command: Command) -> Reason:
    return _block(ledger, command, 1)


def _unfreeze(ledger: Ledger, command: Command) -> Reason:
    return _block(ledger, command, -1)


def _block(ledger: Ledger, command: Command, sign: int) -> Reason:
    account, amount = _account(ledger, command), command.amount_minor or 0
    if account is None:
        return Reason.UNKNOWN
    if amount <= 0 or account.blocked + sign * amount < 0:
        return Reason.AMOUNT_NOT_POSITIVE
    account.blocked += sign * amount
    return _freed(ledger, account)


def _freed(ledger: Ledger, account: Account) -> Reason:
    ledger.free((account.participant, account.currency))
    return Reason.NONE


def _free_all(ledger: Ledger) -> None:
    for key in ledger.book.accounts:
        ledger.free(key)


def _transfer_in(ledger: Ledger, command: Command) -> Reason:
    return _transfer(ledger, command, pays_in=True)


def _transfer_out(ledger: Ledger, command: Command) -> Reason:
    return _transfer(ledger, command, pays_in=False)


def _transfer(ledger: Ledger, command: Command, *, pays_in: bool) -> Reason:
    """Move money between the issuer account and a participant's, if the checks let it."""
    account = _account(ledger, command)
    if account is None:
        return Reason.UNKNOWN
    refusal = _transfer_refusal(ledger, account, command, pays_in=pays_in)
    if refusal == Reason.NONE:
        _post_transfer(ledger, account, command.amount_minor or 0, command.target, pays_in=pays_in)
    return refusal


def _transfer_refusal(ledger: Ledger, account: Account, command: Command, *, pays_in: bool) -> Reason:
    """A pay-in stays below the holding cap; a pay-out takes what is available to normal payments."""
    amount = command.amount_minor or 0
    key = (account.participant, account.currency)
    cap = ledger.book.holding.get(key)
    if ledger.ended:
        return Reason.CLOSED
    if any(each.closes(key) for each in ledger.book.closings):
        return Reason.CREDITOR_ACCOUNT
    if amount <= 0:
        return Reason.AMOUNT_NOT_POSITIVE
    if command.target and _id_used(ledger, command):
        return Reason.DUPLICATE
    if pays_in:
        return Reason.LIMIT if cap is not None and account.balance + amount > cap else Reason.NONE
    return Reason.FUNDS if amount > account.available(Priority.NORMAL) else Reason.NONE


def _post_transfer(ledger: Ledger, account: Account, amount: int, name: str, *, pays_in: bool) -> None:
    if amount == 0:
        return
    own = (account.participant, account.currency)
    issuer = (ledger.book.issuer_of[account.currency], account.currency)
    item = Item(
        slot=len(ledger.book.items),
        sender=account.participant,
        id=name,
        kind=InstructionKind.TRANSFER,
        debtor=issuer if pays_in else own,
        creditor=own if pays_in else issuer,
        amount=amount,
        priority=Priority.NORMAL,
        interbank=True,
        date=ledger.book.today,
        entered=ledger.now,
        currencies=(account.currency,),
        eligible=True,
    )
    ledger.book.items.append(item)
    ledger.settle([item], How.GROSS)
    ledger.release()


def _id_used(ledger: Ledger, command: Command) -> bool:
    name = (command.participant, command.target)
    return name in ledger.entries or any((item.sender, item.id) == name for item in ledger.book.items)


def _confirm_out(ledger: Ledger, command: Command) -> Reason:
    items = ledger.book.items
    found = any(item.sender == command.participant and item.id == command.target for item in items)
    return Reason.NONE if found else Reason.UNKNOWN


def _limit(ledger: Ledger, command: Command) -> Reason:
    ledger.book.set_limit(command.value, command.participant, command.target, command.currency, command.amount_minor)
    _free_all(ledger)
    return Reason.NONE


# Instructions


def _waiting(ledger: Ledger, command: Command) -> Entry | Reason:
    entry = ledger.find(command.participant, command.target)
    if entry is None:
        return Reason.UNKNOWN
    return Reason.INVALID if entry.items[0].is_final else entry


def _cancel(ledger: Ledger, command: Command) -> Reason:
    entry = _waiting(ledger, command)
    if isinstance(entry, Reason):
        return entry
    item = entry.items[0]
    if isinstance(item, Owed):
        return ledger.withdraw_owed(item)
    if item.bundle is None:
        ledger.cancel_whole([item])
    elif item.bundle.complete:
        _ask_cancel(ledger, item, command.participant)
    else:
        fellows = [each for each in item.bundle.items if each is not item]
        ledger.cancel_whole([item])
        for each in fellows:
            ledger.reject_one(each, Reason.PARTNER)
    return Reason.NONE


def _ask_cancel(ledger: Ledger, item: Item, party: str) -> None:
    """Note that a party wants an irrevocable bundle cancelled; once all payers do, it is."""
    assert item.bundle is not None
    item.bundle.agreed.add(party)
    if {each.debtor[0] for each in item.bundle.items} <= item.bundle.agreed:
        ledger.cancel_whole(item.bundle.items)


def _agree_cancel(ledger: Ledger, command: Command) -> Reason:
    """Agree to cancel the bundle that one pays in and somebody entered under this id."""
    for item in ledger.book.items:
        bundle = item.bundle
        if item.id != command.target or bundle is None or not bundle.complete or item.is_final:
            continue
        if command.participant in {each.debtor[0] for each in bundle.items}:
            if not bundle.agreed:
                return Reason.INVALID
            _ask_cancel(ledger, item, command.participant)
            return Reason.NONE
    return Reason.UNKNOWN


def _reprioritise(ledger: Ledger, command: Command) -> Reason:
    entry = _waiting(ledger, command)
    if isinstance(entry, Reason):
        return entry
    if entry.items[0].irrevocable:
        return Reason.INVALID
    for item in entry.items:
        item.priority = Priority[command.value.upper()]
    return _free_payers_of(ledger, entry.items)


def _reorder(ledger: Ledger, command: Command) -> Reason:
    entry = _waiting(ledger, command)
    if isinstance(entry, Reason):
        return entry
    if entry.items[0].bundle is not None:
        return Reason.INVALID
    place = ledger.place_at_front() if command.value == "front" else ledger.place_at_end()
    for item in entry.items:
        item.place = place
    return _free_payers_of(ledger, entry.items)


def _free_payers_of(ledger: Ledger, items: Iterable[Item]) -> Reason:
    for item in items:
        for each in ledger.unit(item):
            ledger.free(each.debtor)
    return Reason.NONE


def _hold(ledger: Ledger, command: Command) -> Reason:
    entry = _waiting(ledger, command)
    if isinstance(entry, Reason):
        return entry
    first = entry.items[0]
    if first.screened or (isinstance(first, Owed) and first.cut):
        return Reason.INVALID
    for item in entry.items:
        item.screened, item.eligible = True, False
    return Reason.NONE if isinstance(first, Owed) else _free_payers_of(ledger, entry.items)


def _release(ledger: Ledger, command: Command) -> Reason:
    entry = _waiting(ledger, command)
    if isinstance(entry, Reason):
        return entry
    if not entry.items[0].screened:
        return Reason.INVALID
    for item in entry.items:
        item.screened = False
        if isinstance(item, Owed):
            return Reason.NONE
        item.date = max(item.date, ledger.book.today)
        if ledger.book.cutoff(item) <= ledger.now:
            item.date = _next_weekday(item.date)
    ledger.match_again(entry)
    ledger.join_queue(entry.items)
    return Reason.NONE


def _next_weekday(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=(1, 1, 1, 1, 3, 2, 1)[day.weekday()])


def _refuse(ledger: Ledger, command: Command) -> Reason:
    entry = _waiting(ledger, command)
    if isinstance(entry, Reason):
        return entry
    if not entry.items[0].screened:
        return Reason.INVALID
    item = entry.items[0]
    if isinstance(item, Owed):
        ledger.end_owed(item, State.RJTD, Reason.REGULATORY)
    else:
        ledger.reject_whole(item, Reason.REGULATORY)
    return Reason.NONE


# Operators


def _close(ledger: Ledger, command: Command) -> Reason:
    if not _names_are_known(ledger, command):
        return Reason.UNKNOWN
    closing = _closing(command)
    if command.value == "hold":
        _change_holds(ledger, lambda: ledger.book.closings.append(closing))
        return Reason.NONE
    ledger.book.closings.append(replace(closing, until=command.value_instant or NEVER))
    if command.value == "reject":
        for item in ledger.book.items:
            if not item.is_final and ledger.book.covers(closing, item):
                ledger.reject_whole(item, Reason.CLOSED_BY_OPERATOR)
        for owed in ledger.owed:
            if not owed.is_final and ledger.book.covers(closing, owed):
                ledger.end_owed(owed, State.RJTD, Reason.CLOSED_BY_OPERATOR)
    return Reason.NONE


def _open(ledger: Ledger, command: Command) -> Reason:
    scope = _closing(command)
    left = [each for each in ledger.book.closings if replace(each, until=-1) != scope]
    if len(left) == len(ledger.book.closings):
        return Reason.UNKNOWN

    def reopen() -> None:
        ledger.book.closings = left

    _change_holds(ledger, reopen)
    _free_all(ledger)
    return Reason.NONE


def _names_are_known(ledger: Ledger, command: Command) -> bool:
    """Whether the union has the participant and the members that a command names."""
    members = ledger.book.issuer_of.values()
    is_known = not command.participant or command.participant in ledger.book.member_of
    return is_known and all(member in members for member in command.members)


def _closing(command: Command) -> Closing:
    return Closing(command.participant, command.currency, frozenset(command.members))


def _change_holds(ledger: Ledger, change: Callable[[], object]) -> None:
    """Free the payers of what is held from now on; let go on what no longer is, in order of entry."""
    held = [item for item in ledger.book.items if not item.is_final and ledger.book.on_hold(item)]
    change()
    for item in list(ledger.book.items):
        if item.is_final or ledger.book.on_hold(item) == (item in held):
            continue
        if item in held:
            ledger.join_queue([item])
            ledger.release()
        else:
            ledger.free(item.debtor)


def _suspend(ledger: Ledger, command: Command) -> Reason:
    if not _names_are_known(ledger, command):
        return Reason.UNKNOWN
    by, _, admit = command.value.partition(" ")
    book = ledger.book

    def suspend() -> None:
        book.suspensions.setdefault(command.participant, set()).add(by)
        if by == "home":
            book.admitted.discard(command.participant)
            book.admitted.update({command.participant} if admit else set())

    _change_holds(ledger, suspend)
    return Reason.NONE


def _resume(ledger: Ledger, command: Command) -> Reason:
    book = ledger.book
    by = book.suspensions.get(command.participant, set())
    if command.value not in by:
        return Reason.INVALID

    def resume() -> None:
        by.remove(command.value)
        if command.value == "home":
            book.admitted.discard(command.participant)

    _change_holds(ledger, resume)
    return Reason.NONE


def _agreement(ledger: Ledger, command: Command) -> Reason:
    """Open services besides those already open; a cap takes the place of an earlier one."""
    if command.amount_minor is not None and command.amount_minor < 0:
        return Reason.AMOUNT_NOT_POSITIVE
    one, other = command.members
    issuers = ledger.book.issuer_of
    if not ({one, other} <= set(issuers.values()) and set(command.currencies) <= issuers.keys()):
        return Reason.UNKNOWN
    services = tuple(command.value.split())
    today = ledger.book.today
    cap, currencies = command.amount_minor, command.currencies
    ledger.book.agreements.append(Agreement(one, other, services, currencies, today, None, cap, currencies[0]))
    _free_all(ledger)
    return Reason.NONE


def _extend(ledger: Ledger, command: Command) -> Reason:
    currencies = [command.currency] if command.currency else list(ledger.book.issuer_of)
    today = ledger.book.today
    if any(ledger.book.instant(command.target, each, today) <= ledger.now for each in currencies):
        return Reason.LATE
    if command.value_instant <= ledger.now:
        return Reason.DATE_OUTSIDE_WINDOW
    for currency in currencies:
        ledger.book.extended[currency, command.target, today] = command.value_instant
    return Reason.NONE


def _set(ledger: Ledger, command: Command) -> Reason:
    if command.target == "entry_offsetting":
        ledger.entry_offsetting = command.value == "true"
    else:
        ledger.book.bypass_normal = command.value == "true"
        _free_all(ledger)
    return Reason.NONE


_COMMANDS: dict[str, Callable[[Ledger, Command], Reason]] = {
    "phase": _phase,
    "transfer_in": _transfer_in,
    "transfer_out": _transfer_out,
    "confirm_out": _confirm_out,
    "credit": _credit,
    "limit": _limit,
    "reserve": _reserve,
    "freeze": _freeze,
    "unfreeze": _unfreeze,
    "cancel": _cancel,
    "agree_cancel": _agree_cancel,
    "reprioritise": _reprioritise,
    "reorder": _reorder,
    "hold": _hold,
    "release": _release,
    "refuse": _refuse,
    "close": _close,
    "open": _open,
    "agreement": _agreement,
    "suspend": _suspend,
    "resume": _resume,
    "extend": _extend,
    "set": _set,
}
