"""The commands of payers and operators, on the naive ledger.

`execute` answers with `Reason.NONE` where a command was carried out. Whatever a
command may have freed is put on the work list, accounts in the order of the
books where it may have freed several, and served before the next command.
"""

from collections.abc import Callable, Iterable

from comity.model.reason import How, InstructionKind, Priority, Reason
from comity.model.union import Agreement
from tests.oracles.book import Account, Closing, Entry, Item
from tests.oracles.events import Command
from tests.oracles.ledger import Ledger


def execute(ledger: Ledger, instant: int, command: Command) -> Reason:
    """Carry out one command at `instant`, and serve what it frees."""
    ledger.move_to(instant, eligible=False)
    reason = _COMMANDS[command.command](ledger, command)
    ledger.release()
    return reason


def _phase(ledger: Ledger, command: Command) -> Reason:
    ledger.ended = ledger.ended or command.value == "end"
    return Reason.NONE


# Accounts


def _account(ledger: Ledger, command: Command) -> Account | None:
    account = ledger.book.accounts.get((command.participant, command.currency))
    return account if account and account.kind == "settlement" else None


def _credit(ledger: Ledger, command: Command) -> Reason:
    account = _account(ledger, command)
    if account is None:
        return Reason.UNKNOWN
    account.credit = command.amount_minor or 0
    return _freed(ledger, account)


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
    account = _account(ledger, command)
    if account is None:
        return Reason.UNKNOWN
    if (command.amount_minor or 0) > max(0, account.room()):
        return Reason.FUNDS
    account.blocked += command.amount_minor or 0
    return Reason.NONE


def _unfreeze(ledger: Ledger, command: Command) -> Reason:
    account = _account(ledger, command)
    if account is None:
        return Reason.UNKNOWN
    if (command.amount_minor or 0) > account.blocked:
        return Reason.INVALID
    account.blocked -= command.amount_minor or 0
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
    """Move money between the issuer account and a participant's; a pay-out takes what is available(normal)."""
    account = _account(ledger, command)
    if account is None:
        return Reason.UNKNOWN
    amount = command.amount_minor or 0
    if amount <= 0:
        return Reason.AMOUNT_NOT_POSITIVE
    if not pays_in and amount > account.available(Priority.NORMAL):
        return Reason.FUNDS
    own = (command.participant, command.currency)
    issuer = (ledger.book.issuer_of[command.currency], command.currency)
    item = Item(
        slot=len(ledger.book.items),
        sender=command.participant,
        id=command.target,
        kind=InstructionKind.TRANSFER,
        debtor=issuer if pays_in else own,
        creditor=own if pays_in else issuer,
        amount=amount,
        priority=Priority.NORMAL,
        interbank=True,
        date=ledger.genesis.business_date,
        entered=ledger.now,
        currencies=(command.currency,),
        eligible=True,
    )
    ledger.book.items.append(item)
    ledger.settle([item], How.GROSS)
    return Reason.NONE


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
    item.bundle.cancel_asked.add(party)
    if {each.debtor[0] for each in item.bundle.items} <= item.bundle.cancel_asked:
        ledger.cancel_whole(item.bundle.items)


def _agree_cancel(ledger: Ledger, command: Command) -> Reason:
    for item in ledger.book.items:
        asked = item.bundle is not None and item.bundle.cancel_asked and not item.is_final
        parties = {each.debtor[0] for each in ledger.unit(item)}
        if asked and item.id == command.target and command.participant in parties:
            _ask_cancel(ledger, item, command.participant)
            return Reason.NONE
    return Reason.UNKNOWN


def _reprioritise(ledger: Ledger, command: Command) -> Reason:
    entry = _waiting(ledger, command)
    if isinstance(entry, Reason):
        return entry
    for item in entry.items:
        item.priority = Priority[command.value.upper()]
    return _free_payers_of(ledger, entry.items)


def _reorder(ledger: Ledger, command: Command) -> Reason:
    entry = _waiting(ledger, command)
    if isinstance(entry, Reason):
        return entry
    place = ledger.place_at_front() if command.value == "front" else ledger.place_at_end()
    for item in entry.items:
        item.place = place
    return _free_payers_of(ledger, entry.items)


def _free_payers_of(ledger: Ledger, items: Iterable[Item]) -> Reason:
    for item in items:
        for each in ledger.unit(item):
            ledger.free(each.debtor)
    return Reason.NONE


def _release(ledger: Ledger, command: Command) -> Reason:
    entry = _waiting(ledger, command)
    if isinstance(entry, Reason):
        return entry
    if not entry.items[0].screened:
        return Reason.INVALID
    for item in entry.items:
        item.screened = False
    ledger.join_queue(entry.items)
    return Reason.NONE


def _refuse(ledger: Ledger, command: Command) -> Reason:
    entry = _waiting(ledger, command)
    if isinstance(entry, Reason):
        return entry
    if not entry.items[0].screened:
        return Reason.INVALID
    fellows = [each for each in ledger.unit(entry.items[0]) if each not in entry.items]
    for item in entry.items:
        ledger.reject_one(item, Reason.REGULATORY)
    for item in fellows:
        ledger.reject_one(item, Reason.PARTNER)
    return Reason.NONE


# Operators


def _close(ledger: Ledger, command: Command) -> Reason:
    until = command.value_instant or -1
    closing = Closing(command.participant, command.currency, frozenset(command.members), until)
    ledger.book.closings.append(closing)
    if command.value == "reject":
        for item in ledger.book.items:
            if not item.is_final and closing in ledger.book.closings_of(item):
                ledger.reject_whole(item, Reason.CLOSED_BY_OPERATOR)
    _free_all(ledger)
    return Reason.NONE


def _open(ledger: Ledger, command: Command) -> Reason:
    members = frozenset(command.members)
    ledger.book.closings = [
        each
        for each in ledger.book.closings
        if (each.participant, each.currency, each.members) != (command.participant, command.currency, members)
    ]
    _free_all(ledger)
    return Reason.NONE


def _agreement(ledger: Ledger, command: Command) -> Reason:
    one, other = command.members
    currencies = command.currencies
    kept = [each for each in ledger.book.agreements if {each.member_a, each.member_b} != {one, other}]
    today = ledger.genesis.business_date
    services = tuple(command.value.split())
    added = Agreement(one, other, services, currencies, today, None, command.amount_minor, currencies[0])
    ledger.book.agreements = [*kept, added]
    _free_all(ledger)
    return Reason.NONE


def _suspend(ledger: Ledger, command: Command) -> Reason:
    by, _, admit = command.value.partition(" ")
    ledger.book.holds.setdefault(command.participant, {})[by] = bool(admit)
    _free_all(ledger)
    return Reason.NONE


def _resume(ledger: Ledger, command: Command) -> Reason:
    holds = ledger.book.holds.get(command.participant, {})
    if holds.pop(command.value, None) is None:
        return Reason.INVALID
    _free_all(ledger)
    return Reason.NONE


def _extend(ledger: Ledger, command: Command) -> Reason:
    currencies = [command.currency] if command.currency else list(ledger.book.issuer_of)
    for currency in currencies:
        ledger.book.extended[currency, command.target] = command.value_instant
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
