"""The books of the naive ledger: accounts, instructions, limits, and what they allow.

Everything is derived anew from plain lists whenever it is asked for, so that
nothing can go stale: the use of a limit is the sum over all settled
instructions, a balance the opening plus all of them.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from comity.model.reason import How, InstructionKind, Priority, Reason, State
from comity.model.union import Agreement, Genesis, Schedule
from tests.oracles.events import Obligation, Payment, Trade

K = TypeVar("K")

Key = tuple[str, str]
"""Of an account: participant, currency."""

NEVER = 1 << 62
ISSUER_CREDIT = 1 << 61
TECHNICAL = ("clearing", "conversion", "rounding", "charges", "pool")


@dataclass(slots=True)
class Account:
    participant: str
    currency: str
    member: str
    kind: str
    opening: int
    credit: int = 0
    urgent: int = 0
    high: int = 0
    blocked: int = 0
    balance: int = 0
    lowest: int = 0
    overnight: int = 0
    """Owed to the issuer until the next day's liquidity phase."""

    def room(self) -> int:
        return self.balance + self.credit - self.blocked

    def available(self, fund: int) -> int:
        """Money that items of a class may use; PvP and linked sets draw as normal."""
        room = max(0, self.room())
        kept = (0, self.urgent, self.urgent + self.high)[fund]
        return max(0, room - kept)


@dataclass(slots=True)
class Bundle:
    """A PvP or a linked set: one fate."""

    kind: str
    size: int
    items: list["Item"] = field(default_factory=list)
    agreed: set[str] = field(default_factory=set)
    """Payers that want it cancelled."""

    @property
    def complete(self) -> bool:
        return len(self.items) == self.size


@dataclass(slots=True)
class Item:
    """One instruction: a payment, one leg of a PvP, or a transfer."""

    slot: int
    sender: str
    id: str
    kind: InstructionKind
    debtor: Key
    creditor: Key
    amount: int
    priority: Priority
    interbank: bool
    date: dt.date
    entered: int
    currencies: tuple[str, ...]
    """Its own, and of a PvP the other leg's too: what must be open."""
    earliest: int = 0
    latest: int = 0
    place: int = 0
    state: State = State.NONE
    reason: Reason = Reason.NONE
    how: How = How.NONE
    irrevocable: int = 0
    final: int = 0
    eligible: bool = False
    screened: bool = False
    """Held by screening."""
    bundle: Bundle | None = None

    @property
    def is_final(self) -> bool:
        return self.state.is_final

    @property
    def fund(self) -> int:
        return Priority.NORMAL if self.bundle else self.priority


@dataclass(frozen=True, slots=True)
class Closing:
    """A participant, account, currency or corridor that takes nothing new."""

    participant: str
    currency: str
    members: frozenset[str]
    until: int = -1
    """What waits is held if -1, runs off until this instant otherwise."""

    def closes(self, account: Key) -> bool:
        """Whether it is this account, or all of its participant's, that is closed."""
        return self.participant == account[0] and self.currency in {"", account[1]}

    def covers(self, item: "Item", members: set[str]) -> bool:
        """Whether the item, between participants of `members`, falls under the closing."""
        if self.currency and self.currency != item.debtor[1]:
            return False
        if self.participant and self.participant not in {item.debtor[0], item.creditor[0]}:
            return False
        return not self.members or self.members == members


@dataclass(slots=True)
class Entry:
    """What an id stands for."""

    content: Payment | Trade | Obligation
    items: list[Item]
    answer: tuple[State, Reason]


class Book:
    """Accounts, instructions and limits of one union."""

    def __init__(self, genesis: Genesis) -> None:
        self.genesis = genesis
        self.member_of = {each.code: each.member for each in genesis.participants}
        self.issuer_of = {each.currency: each.code for each in genesis.members}
        self.bypass_normal = genesis.bypass_normal
        self.items: list[Item] = []
        self.settled: list[Item] = []
        self.accounts = self._open_accounts()
        self.bilateral: dict[tuple[str, str, str], int] = {}
        self.multilateral: dict[Key, int] = {}
        self.corridor: dict[tuple[str, str, str], int] = {}
        self.holding: dict[Key, int] = {}
        for limit in genesis.limits:
            self.set_limit(limit.kind, limit.debtor, limit.creditor, limit.currency, limit.amount_minor)
        self.agreements = list(genesis.agreements)
        today = genesis.business_date
        self.today = today
        self.midnight = int(dt.datetime(today.year, today.month, today.day, tzinfo=dt.UTC).timestamp()) * 1_000_000
        self.extended: dict[tuple[str, str, dt.date], int] = {}
        self.closings: list[Closing] = []
        self.suspensions: dict[str, set[str]] = {}
        """Of a suspended participant: who suspends it, home or an issuer."""
        self.admitted: set[str] = set()
        """Suspended participants that may receive, as their home member says."""

    def _open_accounts(self) -> dict[Key, Account]:
        """Return the issuers' accounts and then all others, in the order of the genesis."""
        accounts: dict[Key, Account] = {}
        for currency, issuer in self.issuer_of.items():
            held = sum(each.opening_minor for each in self.genesis.accounts if each.currency == currency)
            accounts[issuer, currency] = Account(issuer, currency, issuer, "issuer", -held, ISSUER_CREDIT)
        for each in self.genesis.accounts:
            accounts[each.participant, each.currency] = Account(
                each.participant,
                each.currency,
                self.member_of[each.participant],
                "settlement",
                each.opening_minor,
                each.credit_limit_minor,
                each.reserve_urgent_minor,
                each.reserve_high_minor,
            )
        for account in accounts.values():
            account.balance = account.lowest = account.opening
        return accounts

    # Limits

    def set_limit(self, kind: str, debtor: str, creditor: str, currency: str, amount: int | None) -> None:
        """Set a limit or cap; None removes it."""
        if kind == "bilateral":
            _put(self.bilateral, (debtor, creditor, currency), amount)
        elif kind == "multilateral":
            _put(self.multilateral, (debtor, currency), amount)
        elif kind == "corridor":
            _put(self.corridor, (debtor, creditor, currency), amount)
        else:
            _put(self.holding, (debtor, currency), amount)

    def flows(self, currency: str, extra: Sequence[Item]) -> Iterator[tuple[str, str, int, InstructionKind]]:
        """Yield (debtor, creditor, amount, kind) of all that settled today, and of `extra`."""
        start = self.midnight_of(self.today)
        for item in (*(each for each in self.settled if each.final >= start), *extra):
            if item.debtor[1] == currency and item.kind != InstructionKind.TRANSFER:
                yield item.debtor[0], item.creditor[0], item.amount, item.kind

    def net_out(self, payer: str, others: set[str], currency: str, extra: Sequence[Item]) -> int:
        """Return what `payer` paid to `others` less what it got from them, payments only."""
        net = 0
        for debtor, creditor, amount, kind in self.flows(currency, extra):
            if kind == InstructionKind.PAYMENT:
                net += amount * (debtor == payer and creditor in others)
                net -= amount * (creditor == payer and debtor in others)
        return net

    def limits_broken(self, items: Sequence[Item]) -> set[State]:
        """Return the states that name what would be exceeded if `items` settled together."""
        broken = set()
        for item in items:
            if self._corridor_broken(item, items):
                broken.add(State.SRBL)
            if item.kind == InstructionKind.PAYMENT and item.priority == Priority.NORMAL:
                broken |= self._payer_limit_broken(item, items)
            cap = self.holding.get(item.creditor)
            if cap is not None and self.balance_after(item.creditor, items) > cap:
                broken.add(State.RMLR)
        return broken

    def _payer_limit_broken(self, item: Item, items: Sequence[Item]) -> set[State]:
        payer, currency = item.debtor
        limit = self.bilateral.get((payer, item.creditor[0], currency))
        if limit is not None:
            broken = self.net_out(payer, {item.creditor[0]}, currency, items) > limit
            return {State.SRBL} if broken else set()
        limit = self.multilateral.get((payer, currency))
        if limit is None:
            return set()
        others = {one for one in self.member_of if (payer, one, currency) not in self.bilateral}
        return {State.SMLR} if self.net_out(payer, others, currency, items) > limit else set()

    def _corridor_broken(self, item: Item, items: Sequence[Item]) -> bool:
        one, other, currency = self.members_of(item)
        gross = self._gross(one, other, currency, items)
        cap = self.corridor.get((one, other, currency))
        if cap is not None and gross > cap:
            return True
        caps = [each.cap_minor for each in self._agreements(one, other) if each.cap_currency == currency]
        cap = next((each for each in reversed(caps) if each is not None), None)
        return cap is not None and gross + self._gross(other, one, currency, items) > cap

    def _gross(self, one: str, other: str, currency: str, extra: Sequence[Item]) -> int:
        members = self.member_of
        return sum(
            amount
            for debtor, creditor, amount, _ in self.flows(currency, extra)
            if members[debtor] == one and members[creditor] == other
        )

    def members_of(self, item: Item) -> tuple[str, str, str]:
        """Return debtor's member, creditor's member, currency."""
        return self.member_of[item.debtor[0]], self.member_of[item.creditor[0]], item.debtor[1]

    def _agreements(self, one: str, other: str) -> list[Agreement]:
        """Return the agreements of two members that are in force, the later last."""
        today = self.today
        return [
            each
            for each in self.agreements
            if {each.member_a, each.member_b} == {one, other}
            and each.from_date <= today
            and (each.until_date is None or today <= each.until_date)
        ]

    def corridor_open(self, one: str, other: str, service: str, currency: str) -> bool:
        """Whether an agreement, or the union's rule, opens the corridor."""
        if one == other or self.genesis.corridors_open:
            return True
        return any(service in a.services and currency in a.currencies for a in self._agreements(one, other))

    # Money

    def balance_after(self, account: Key, items: Iterable[Item]) -> int:
        """Return the balance of an account once `items` have settled."""
        change = sum(i.amount * ((i.creditor == account) - (i.debtor == account)) for i in items)
        return self.accounts[account].balance + change

    def short_accounts(self, items: Sequence[Item]) -> list[Key]:
        """Return the accounts that would end short if `items` settled together (contract of a proposal)."""
        keys = dict.fromkeys(item.debtor for item in items)
        return [key for key in keys if self._ends_short(key, items)]

    def _ends_short(self, key: Key, items: Sequence[Item]) -> bool:
        account = self.accounts[key]
        paid = [sum(i.amount for i in items if i.debtor == key and i.fund == fund) for fund in Priority]
        room = account.room() + self.balance_after(key, items) - account.balance
        urgent = account.urgent - min(account.urgent, paid[Priority.URGENT])
        high = account.high - min(account.high, paid[Priority.HIGH])
        kept = (0, urgent, urgent + high)
        return any(paid[fund] > 0 and room < kept[fund] for fund in Priority)

    # Queues

    def ready(self, item: Item) -> bool:
        """Whether only money, limits or others in front keep the item from settling."""
        return not item.is_final and self.waiting_for(item) is None

    def waiting_for(self, item: Item) -> State | None:
        """Return what the item waits for before it may queue; None if nothing."""
        if self.on_hold(item):
            return State.SSPD
        if not item.eligible:
            return State.WHSD
        if item.bundle and not item.bundle.complete:
            return State.UMAC
        return None

    def on_hold(self, item: Item) -> bool:
        """Whether screening, a suspension or a closing holds the item."""
        return item.screened or self.suspended(item) or self.held_by_closing(item)

    def suspended(self, item: Item) -> bool:
        """Whether a suspension of the payer, or of a receiver whose home does not admit it, holds the item."""
        return self.is_suspended(item.debtor) or (
            self.is_suspended(item.creditor) and item.creditor[0] not in self.admitted
        )

    def is_suspended(self, account: Key) -> bool:
        """Whether the participant's home, or the currency's issuer, suspends the account."""
        participant, currency = account
        return bool(self.suspensions.get(participant, set()) & {"home", self.issuer_of[currency]})

    def covers(self, closing: Closing, item: Item) -> bool:
        """Whether the item falls under a closing."""
        one, other, _ = self.members_of(item)
        return closing.covers(item, {one, other})

    def closings_of(self, item: Item) -> list[Closing]:
        """Return the closings that the item falls under."""
        return [each for each in self.closings if self.covers(each, item)]

    def is_matched(self, item: Item) -> bool:
        """Whether the item is a leg of a matched PvP, which goes on through closings that do not reject."""
        return item.kind == InstructionKind.PVP and item.bundle is not None and item.bundle.complete

    def held_by_closing(self, item: Item) -> bool:
        """Whether a closing holds the item."""
        return not self.is_matched(item) and any(each.until < 0 for each in self.closings_of(item))

    def run_offs(self, item: Item) -> list[int]:
        """Return the instants until which closings let the item run off."""
        return [] if self.is_matched(item) else [each.until for each in self.closings_of(item) if each.until >= 0]

    def place(self, item: Item) -> tuple[int, int]:
        """Return the place in the queue: class, then key."""
        if item.bundle:
            return max(each.priority for each in item.bundle.items), max(each.place for each in item.bundle.items)
        return item.priority, item.place

    def queue(self, account: Key) -> list[Item]:
        """Return the items that wait to debit `account` and are ready, in place order."""
        return sorted((i for i in self.items if i.debtor == account and self.ready(i)), key=self.place)

    def blocks(self, item: Item) -> bool:
        """Whether a ready item keeps those behind it waiting: it waits for money now."""
        if item.bundle or (item.priority == Priority.NORMAL and self.bypass_normal):
            return False
        return item.amount > self.accounts[item.debtor].available(item.fund)

    def blocked(self, item: Item, taken: Sequence[Item] = ()) -> bool:
        """Whether a ready item of the same account, in front of it and not `taken`, blocks `item`."""
        mine = self.place(item)
        for other in self.queue(item.debtor):
            if other is not item and other not in taken and self.place(other) < mine and self.blocks(other):
                return True
        return False

    # Instants of the day

    def instant(self, name: str, currency: str, day: dt.date) -> int:
        """Return the instant of `open`, `customer_cutoff`, ... of a currency on a business date."""
        if (currency, name, day) in self.extended:
            return self.extended[currency, name, day]
        return self.midnight_of(day) + int(getattr(self.schedule(currency), name))

    def midnight_of(self, day: dt.date) -> int:
        """Return the instant at which a date begins."""
        return self.midnight + (day - self.genesis.business_date) // dt.timedelta(days=1) * 86_400_000_000

    def schedule(self, currency: str) -> Schedule:
        return self.genesis.currency_schedules.get(currency, self.genesis.schedule)

    def opens(self, item: Item) -> int:
        """Return the instant from which the item itself may settle."""
        return max(item.earliest, self.instant("open", item.debtor[1], item.date))

    def cutoff(self, item: Item) -> int:
        """Return the instant at which the item's currency, or the earlier of a PvP's two, closes to it.

        A customer cut-off put off beyond the interbank one ends with it.
        """
        names = ["interbank_cutoff"] if item.interbank else ["customer_cutoff", "interbank_cutoff"]
        return min(self.instant(name, each, item.date) for name in names for each in item.currencies)


def _put(table: dict[K, int], key: K, amount: int | None) -> None:
    table.pop(key, None)
    if amount is not None:
        table[key] = amount
