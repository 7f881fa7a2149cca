"""The naive ledger: the rulebook's sections 1 to 4 and 8 in plain Python.

Lists and linear scans, no queue structure, no incremental state: slow, and
meant to be checked by reading it beside the rulebook. It takes the events of a
day in the order of the log, each with its instant, and answers with the state
and reason of each.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from comity.model.reason import How, InstructionKind, Priority, Reason, State
from comity.model.union import Genesis
from tests.oracles.book import NEVER, Book, Bundle, Entry, Item, Key
from tests.oracles.events import Obligation, Payment, Trade
from tests.oracles.obligations import (
    Owed,
    balances_out,
    caps_hold,
    ends_with,
    nets,
    owed_by,
    payable,
    run_out,
    take_in,
    waits_for,
)

AMOUNT_MAX = 10**18 - 1
CANDIDATES_MAX = 10
SATURDAY = 5
DAY = 86_400_000_000

Answer = tuple[State, Reason]


class Ledger:
    """The state of a union, and what one event after the other makes of it."""

    def __init__(self, genesis: Genesis) -> None:
        self.genesis = genesis
        self.book = Book(genesis)
        self.now = self.now_before = 0
        self.ended = False
        self.opened = [genesis.business_date]
        """Business dates so far."""
        self.entry_offsetting = genesis.entry_offsetting
        self.entries: dict[tuple[str, str], Entry] = {}
        self.links: dict[str, Bundle] = {}
        self.owed: list[Owed] = []
        self.cycles = 0
        self.cuts: dict[str, int] = {}
        """By currency: the clearing cycle that is under way."""
        self.dirty: list[Key] = []
        self.open_order = False
        """Whether a bundle settled while another account that it debits was still to be served.

        An engine may try a bundle when either account is served (decision 0013): from here on the
        order of settlement is not fixed by the rulebook alone.
        """
        self.places = 0
        self.fronts = 0

    # Time

    def move_to(self, instant: int, *, eligible: bool) -> None:
        """Let time pass to `instant`: everything due before it; what becomes eligible at it, if `eligible`."""
        self.now_before = self.now
        while due := min(self._due(), default=None):
            at, expires = due
            if at > instant or (at == instant and (expires or not eligible)):
                break
            self.now = max(self.now, at)
            if expires:
                self._expire(at)
            else:
                self._make_eligible(at)
        self._end_run_offs(instant)
        self.now = instant

    def _due(self) -> Iterator[tuple[int, bool]]:
        """Yield (instant, whether it expires) of everything that time brings about."""
        for item in self._live():
            if not item.eligible and not item.screened:
                yield self.book.opens(item), False
            yield self.deadline(item), True

    def _live(self) -> list[Item]:
        return [item for item in self.book.items if not item.is_final]

    def deadline(self, item: Item) -> int:
        """Return the instant from which the item, or a fellow of its bundle, is too late."""
        fellows = item.bundle.items if item.bundle else [item]
        return min(self._own_deadline(each) for each in fellows)

    def _own_deadline(self, item: Item) -> int:
        run_off = self.book.run_offs(item)
        cutoff = NEVER if item.screened else self.book.cutoff(item)
        return min([item.latest or NEVER, cutoff, *run_off])

    def _make_eligible(self, instant: int) -> None:
        for item in self._live():
            if not item.eligible and not item.screened and self.book.opens(item) <= instant:
                self._become_eligible(item)
                self.release()

    def _become_eligible(self, item: Item) -> None:
        """Check the item again, then let it settle or queue."""
        item.eligible = True
        closed = self._closed(item)
        if closed != Reason.NONE and not self.book.on_hold(item) and not self.book.is_matched(item):
            self.reject_whole(item, closed)
        elif self.book.ready(item):
            self._arrive(item)

    def _expire(self, instant: int) -> None:
        late = [item for item in self._live() if self.deadline(item) <= instant]
        for item, reason in [(item, self._expiry_reason(item)) for item in late]:
            self._finish(item, State.RJTD, reason)
        self.release()

    def _expiry_reason(self, item: Item) -> Reason:
        run_out = [each for each in self.unit(item) if self._has_run_off(each)]
        if run_out:
            return Reason.CLOSED_BY_OPERATOR if item is run_out[0] else Reason.PARTNER
        if item.bundle and item.bundle.kind == "linked" and not item.bundle.complete:
            return Reason.INCOMPLETE
        waits = self.book.waiting_for(item)
        if waits == State.SSPD:
            return Reason.CLOSED_BY_OPERATOR if self.book.held_by_closing(item) else Reason.HELD
        if waits is not None:
            return Reason.LATE if waits == State.WHSD else Reason.UNMATCHED
        if self._lacks_money(item):
            return Reason.FUNDS
        fellows = [each for each in self.unit(item) if each is not item]
        failed = any(not self.book.ready(each) or self._lacks_money(each) for each in fellows)
        return Reason.PARTNER if failed else Reason.LIMIT

    def _has_run_off(self, item: Item) -> bool:
        return any(until <= self.now for until in self.book.run_offs(item))

    # Obligations

    def owe(self, instant: int, obligation: Obligation) -> tuple[State, Reason, bool]:
        """Enter an obligation; return state, reason, and whether the id was known."""
        self.move_to(instant, eligible=True)
        name = (obligation.sender, obligation.id)
        known = self.entries.get(name)
        if known and _is_same(known.content, obligation):
            return (*self._answer(known.items[0]), True)
        if known:
            return State.RJTD, Reason.DUPLICATE, False
        owed = owed_by(obligation, self.book.today, self.now)
        owed.slot = len(self.owed)
        reasons = {*self._item_refusals(owed)} - {Reason.NONE, Reason.LATE}
        if reasons:
            self._conclude(owed, State.RJTD, min(reasons))
        self.owed.append(owed)
        self.entries[name] = Entry(obligation, [owed], self._answer(owed))
        return (*self._answer(owed), False)

    def cut(self, instant: int, currencies: Sequence[str], carry_max: int) -> Answer:
        """Begin a clearing cycle: take in what is due and free."""
        self.move_to(instant, eligible=True)
        if any(currency in self.cuts for currency in currencies):
            return State.RJTD, Reason.INVALID
        self.cycles += 1
        running = [currency for currency in currencies if self.clears(currency)]
        for owed in take_in(self.book, self.owed, running, carry_max, self.now):
            owed.cut = self.cycles
        self.cuts.update(dict.fromkeys(running, self.cycles))
        return State.NONE, Reason.NONE

    def clears(self, currency: str) -> bool:
        """Whether a currency is between its opening and the end of its day."""
        return self.book.instant("open", currency, self.book.today) <= self.now and not self.ended

    def in_cut(self, currencies: Sequence[str]) -> list[Owed]:
        """Return what stands in a cut of these currencies and is still owed, in order of entry."""
        return [each for each in self.owed if each.cut and not each.is_final and each.debtor[1] in currencies]

    def discharge(self, instant: int, currency: str, amounts: Sequence[tuple[Owed, int]]) -> Answer:
        """Discharge without money what somebody proposes, if it changes nobody's net position."""
        self.move_to(instant, eligible=True)
        inside = self.in_cut([currency])
        if currency not in self.cuts or not all(owed in inside for owed, _ in amounts) or not balances_out(amounts):
            return State.RJTD, Reason.INVALID
        for owed, amount in amounts:
            owed.amount -= amount
            if not owed.amount:
                owed.how = How.CLEARING
                self._conclude(owed, State.STLD, Reason.NONE)
        return State.STLD, Reason.NONE

    def best_payment(self, currencies: Sequence[str], mode: str) -> list[Owed] | None:
        """Return what the rule of dropping leaves; None where links or caps let the order of dropping count."""
        rest = self.in_cut(currencies)
        kept = payable(self.book, rest)
        return None if any(each.link for each in rest) or not caps_hold(self.book, kept, mode) else kept

    def pay_owed(self, instant: int, currencies: Sequence[str], mode: str, chosen: Sequence[Owed]) -> Answer:
        """Pay what somebody proposes of the rest, if it holds, and carry what is left."""
        self.move_to(instant, eligible=True)
        rest = self.in_cut(currencies)
        ties = {each.link for each in self.in_cut(list(self.cuts)) if each.link and each not in chosen}
        if not all(each in rest for each in chosen) or any(each.link in ties for each in chosen):
            return State.RJTD, Reason.INVALID
        if chosen and not all(self.clears(currency) for currency in currencies):
            return State.RJTD, Reason.LATE
        if mode == "existing":
            if self.book.short_accounts(chosen):
                return State.RJTD, Reason.FUNDS
            if not caps_hold(self.book, chosen, mode):
                return State.RJTD, Reason.LIMIT
            self.settle(chosen, How.CLEARING)
        else:
            refusal = self._pay_nets(chosen)
            if refusal != Reason.NONE:
                return State.RJTD, refusal
        for each in rest:
            each.carried += not each.is_final
        for each in self.owed:
            each.cut = 0 if each.debtor[1] in currencies else each.cut
        for currency in currencies:
            del self.cuts[currency]
        self.release()
        return State.STLD, Reason.NONE

    def _pay_nets(self, chosen: Sequence[Owed]) -> Reason:
        """Let the clearing account step into obligations: each account pays or gets one net."""
        book, net = self.book, nets(chosen)
        for key, change in net.items():
            account = book.accounts[key]
            if change < 0 and account.room() + change < account.urgent + account.high:
                return Reason.FUNDS
        if any(
            change > 0 and book.accounts[key].balance + change > book.holding.get(key, NEVER)
            for key, change in net.items()
        ):
            return Reason.LIMIT
        for owed in chosen:
            owed.amount, owed.how = 0, How.CLEARING
            self._conclude(owed, State.STLD, Reason.NONE)
        ordered = [key for key in book.accounts if net.get(key)]
        for key in ordered:
            account = book.accounts[key]
            account.balance += net[key]
            account.lowest = min(account.lowest, account.balance)
        for key in (each for each in ordered if net[each] < 0):
            self._free_payers_to(key)
        for key in (each for each in ordered if net[each] > 0):
            self.free(key)
        return Reason.NONE

    def withdraw_owed(self, owed: Owed) -> Reason:
        """Withdraw an obligation that stands in no cut."""
        if owed.cut:
            return Reason.INVALID
        self.end_owed(owed, State.CAND, Reason.NONE)
        return Reason.NONE

    def end_owed(self, owed: Owed, state: State, reason: Reason) -> None:
        """End an obligation, and with it what is tied to it."""
        self._conclude(owed, state, reason)
        for each in list(ends_with(self.owed, owed)):
            self._conclude(each, State.RJTD, Reason.PARTNER)

    def _end_run_offs(self, instant: int) -> None:
        """Reject what is owed outside a cut under closings whose run-off ends on the way to `instant`."""
        for closing in sorted(self.book.closings, key=lambda each: each.until):
            if run_out(closing, self.now_before, instant):
                for owed in self.owed:
                    if not owed.is_final and not owed.cut and self.book.covers(closing, owed):
                        self.now = max(closing.until, self.now_before)
                        self.end_owed(owed, State.RJTD, Reason.CLOSED_BY_OPERATOR)

    # Entry of payments

    def pay(self, instant: int, payment: Payment) -> tuple[State, Reason, bool]:
        """Enter a payment; return state, reason, and whether the id was known."""
        self.move_to(instant, eligible=True)
        items = [self._item_of_payment(payment)]
        return self._enter(payment, items, items)

    def trade(self, instant: int, trade: Trade) -> tuple[State, Reason, bool]:
        """Enter a PvP, or one side of it; return state, reason, and whether the id was known."""
        self.move_to(instant, eligible=True)
        legs = self._legs_of_trade(trade)
        own = {"both": legs, "seller": legs[:1], "buyer": legs[1:]}[trade.entered_by]
        return self._enter(trade, own, legs)

    def _enter(
        self, content: Payment | Trade, items: list[Item], checked: Sequence[Item]
    ) -> tuple[State, Reason, bool]:
        """Enter `items`; all of `checked`, which a PvP's side has two of, must pass the checks."""
        if not self._date_known(items[0].date):
            return State.RJTD, Reason.DATE_OUTSIDE_WINDOW, False
        known = self.entries.get((content.sender, content.id))
        if known and _is_same(known.content, content):
            return (*self._answer(known.items[0]), True)
        if known or self._uetr_known(content.uetr):
            return State.RJTD, Reason.DUPLICATE, False
        self.entries[content.sender, content.id] = entry = Entry(content, items, (State.NONE, Reason.NONE))
        place = self.place_at_end()
        for item in items:
            item.slot = len(self.book.items)
            item.place = place
            self.book.items.append(item)
        reason = self._refusal(content, checked)
        if reason != Reason.NONE:
            for item in items:
                self._conclude(item, State.RJTD, reason)
        else:
            self._accept(content, items)
            self.release()
        entry.answer = self._answer(items[0])
        return (*entry.answer, False)

    def _answer(self, item: Item) -> Answer:
        return self.state(item), item.reason

    def _date_known(self, day: date) -> bool:
        """Whether a date lies at most so many business days back and days ahead as ids are kept."""
        today = self.book.today
        return self._first_date() <= day <= today + self.genesis.id_days_ahead * timedelta(days=1)

    def _first_date(self) -> date:
        """Return the earliest date that counts: so many business days back, and never fewer weekdays."""
        first, back = self.book.today, self.genesis.id_days_back
        opened = self.opened[-1 - back :][0]
        while back > 0:
            first -= timedelta(days=1)
            back -= first.weekday() < SATURDAY
        return min(first, opened)

    def begin_day(self) -> None:
        """Begin the business date of the present instant; ids are forgotten that no date can bring back."""
        book = self.book
        book.today = book.genesis.business_date + (self.now - book.midnight) // DAY * timedelta(days=1)
        self.opened.append(book.today)
        self.ended = False
        self.cuts = {}
        for owed in self.owed:
            owed.cut = owed.carried = 0
        for account in book.accounts.values():
            account.lowest = account.balance
        first = self._first_date()
        self.entries = {name: each for name, each in self.entries.items() if self._is_kept(each, first)}
        kept = [item.bundle for each in self.entries.values() for item in each.items]
        self.links = {name: bundle for name, bundle in self.links.items() if any(bundle is each for each in kept)}

    def _is_kept(self, entry: Entry, first: date) -> bool:
        """Whether an id is kept: its business date or the date it became final lies within the window."""
        starts = self.book.midnight_of(first)
        return any(not item.is_final or item.date >= first or item.final >= starts for item in entry.items)

    def _uetr_known(self, uetr: int) -> bool:
        return uetr != 0 and any(entry.content.uetr == uetr for entry in self.entries.values())

    def _item_of_payment(self, payment: Payment) -> Item:
        return Item(
            slot=-1,
            sender=payment.debtor,
            id=payment.id,
            kind=InstructionKind.PAYMENT,
            debtor=(payment.debtor, payment.currency),
            creditor=(payment.creditor, payment.currency),
            amount=payment.amount,
            priority=payment.priority,
            interbank=payment.interbank,
            date=payment.date or self.book.today,
            entered=self.now,
            currencies=(payment.currency,),
            earliest=payment.earliest,
            latest=payment.latest,
            screened=payment.screen,
        )

    def _legs_of_trade(self, trade: Trade) -> list[Item]:
        sold = (trade.seller, trade.buyer, trade.sell_currency, trade.sell_amount)
        bought = (trade.buyer, trade.seller, trade.buy_currency, trade.buy_amount)
        return [
            Item(
                slot=-1,
                sender=trade.sender,
                id=trade.id,
                kind=InstructionKind.PVP,
                debtor=(payer, currency),
                creditor=(payee, currency),
                amount=amount,
                priority=trade.priority,
                interbank=True,
                date=trade.date or self.book.today,
                entered=self.now,
                currencies=(trade.sell_currency, trade.buy_currency),
                earliest=trade.earliest,
                latest=trade.latest,
                screened=trade.screen,
            )
            for payer, payee, currency, amount in (sold, bought)
        ]

    # Checks, in the order of Reason

    def _refusal(self, content: Payment | Trade, checked: Sequence[Item]) -> Reason:
        """Return the first reason not to take the instruction, in the order of `Reason`."""
        reasons = [reason for item in checked for reason in self._item_refusals(item)]
        if isinstance(content, Payment) and not self._link_fits(content.link, content.link_size):
            reasons.append(Reason.INVALID)
        return min((reason for reason in reasons if reason != Reason.NONE), default=Reason.NONE)

    def _item_refusals(self, item: Item) -> Iterator[Reason]:
        book = self.book
        missing = False
        for account, reason in ((item.debtor, Reason.DEBTOR_ACCOUNT), (item.creditor, Reason.CREDITOR_ACCOUNT)):
            if account not in book.accounts:
                yield reason
                missing = True
        if item.debtor == item.creditor:
            yield Reason.CREDITOR_ACCOUNT
        if item.amount <= 0:
            yield Reason.AMOUNT_NOT_POSITIVE
        if item.amount > AMOUNT_MAX:
            yield Reason.AMOUNT_TOO_LARGE
        if missing:
            return
        if book.schedule(item.debtor[1]).closed and item.date == self.book.today == self.genesis.business_date:
            yield Reason.CURRENCY
        yield self._closed(item)
        if item.latest and item.latest <= self.now:
            yield Reason.LATE
        if book.cutoff(item) <= self.now:
            yield Reason.LATE

    def _closed(self, item: Item) -> Reason:
        """Return why a closing, or the lack of an agreement, refuses the item."""
        reasons = []
        for each in self.book.closings_of(item):
            if each.participant:
                reasons.append(Reason.DEBTOR_ACCOUNT if each.participant == item.debtor[0] else Reason.CREDITOR_ACCOUNT)
            else:
                reasons.append(Reason.CORRIDOR if each.members else Reason.CURRENCY)
        one, other, currency = self.book.members_of(item)
        services = {InstructionKind.PVP: "pvp", InstructionKind.OBLIGATION: "clearing"}
        service = services.get(item.kind, "payment")
        if not self.book.corridor_open(one, other, service, currency):
            reasons.append(Reason.CORRIDOR)
        return min(reasons, default=Reason.NONE)

    def _link_fits(self, link: str, size: int) -> bool:
        if not link:
            return size == 0
        bundle = self.links.get(link)
        if bundle is None:
            return 2 <= size <= 64
        return bundle.size == size and not bundle.complete and not any(each.is_final for each in bundle.items)

    # Acceptance

    def _accept(self, content: Payment | Trade, items: Sequence[Item]) -> None:
        if isinstance(content, Trade):
            self._accept_trade(content, items)
        elif content.link:
            bundle = self.links.setdefault(content.link, Bundle("linked", content.link_size))
            self._join(bundle, items)
        self.join_queue(items)

    def join_queue(self, items: Sequence[Item]) -> None:
        """Let items that screening does not hold settle or queue, once they are eligible."""
        for item in items:
            item.eligible = not item.screened and self.book.opens(item) <= self.now
        if all(self.book.ready(item) for item in items):
            self._arrive(items[0])

    def _accept_trade(self, trade: Trade, items: Sequence[Item]) -> None:
        """Make both legs one bundle, or let the side entered complete its counterpart or wait for it."""
        half = self._counterpart(trade, items[0].date)
        self._join((half.items[0].bundle if half else None) or Bundle("pvp", 2), items)

    def match_again(self, entry: Entry) -> None:
        """Bind an unmatched side of a PvP, whose date has changed, to what waits for it on that date."""
        trade, item = entry.content, entry.items[0]
        if not isinstance(trade, Trade) or item.bundle is None or item.bundle.complete:
            return
        half = self._counterpart(trade, item.date)
        if half is not None:
            self._join(Bundle("pvp", 2), sorted((item, half.items[0]), key=lambda each: each.slot))

    def _counterpart(self, trade: Trade, day: date) -> Entry | None:
        """Return the oldest entry of the other side that waits for this one, of this date."""
        for entry in self.entries.values():
            other = entry.content
            if not isinstance(other, Trade) or {other.entered_by, trade.entered_by} != {"seller", "buyer"}:
                continue
            item = entry.items[0]
            waits = not item.is_final and item.bundle is not None and not item.bundle.complete
            if waits and item.date == day and _terms(other) == _terms(trade) and _references_agree(other, trade):
                return entry
        return None

    def _join(self, bundle: Bundle, items: Sequence[Item]) -> None:
        for item in items:
            item.bundle = bundle
            bundle.items.append(item)
        if bundle.complete:
            for item in bundle.items:
                item.irrevocable = self.now

    # Settlement

    def _arrive(self, item: Item) -> None:
        """Settle an item that has become ready, or let it wait: rules 2 to 4."""
        if self.payable(item):
            self.settle(self.unit(item), How.GROSS)
        elif item.bundle is None:
            self._offset_on_entry(item)

    @staticmethod
    def unit(item: Item) -> list[Item]:
        """Return the item with all that shares its fate."""
        return item.bundle.items if item.bundle else [item]

    def payable(self, item: Item) -> bool:
        """Whether the item, with all that shares its fate, settles now."""
        return all(self.book.ready(each) and self._missing(each) is None for each in self.unit(item)) and not (
            self.book.limits_broken(self.unit(item))
        )

    def _missing(self, item: Item) -> State | None:
        """Return what a ready item lacks: money before limits; None if nothing of its own."""
        if self._lacks_money(item):
            return State.PSTL
        broken = self.book.limits_broken(self.unit(item))
        return next((state for state in (State.SRBL, State.SMLR, State.RMLR) if state in broken), None)

    def _lacks_money(self, item: Item) -> bool:
        """Whether the payer would end short, or something blocks the item where it, with its fellows, debits net."""
        unit = self.unit(item)
        if item.debtor in self.book.short_accounts(unit):
            return True
        balance = self.book.accounts[item.debtor].balance
        return self.book.balance_after(item.debtor, unit) < balance and self.book.blocked(item)

    def _offset_on_entry(self, item: Item) -> None:
        """Settle the item with the shortest prefix of what its creditor owes its debtor: rule 3."""
        if not self.entry_offsetting or self.book.blocked(item):
            return
        taken: list[Item] = []
        for candidate in self.book.queue(item.creditor):
            if candidate.bundle or candidate.creditor != item.debtor:
                continue
            if len(taken) == CANDIDATES_MAX or self.book.blocked(candidate, taken):
                return
            taken.append(candidate)
            together = [item, *taken]
            if not self.book.short_accounts(together) and not self.book.limits_broken(together):
                self.settle(together, How.BILATERAL)
                return

    def settle(self, items: Sequence[Item], how: How) -> None:
        """Post all `items` at once, and put on the work list whom that may free."""
        for item in items:
            self._post(item, how)
        for item in items:
            payer = self.book.accounts[item.debtor]
            payer.lowest = min(payer.lowest, payer.balance)
        for item in items:
            self.free(item.creditor)
            self._free_payers_to(item.debtor)

    def _post(self, item: Item, how: How) -> None:
        assert not item.is_final
        debtor, creditor = self.book.accounts[item.debtor], self.book.accounts[item.creditor]
        debtor.balance -= item.amount
        creditor.balance += item.amount
        if item.fund == Priority.URGENT:
            debtor.urgent -= min(debtor.urgent, item.amount)
        elif item.fund == Priority.HIGH:
            debtor.high -= min(debtor.high, item.amount)
        item.how = how
        self.book.settled.append(item)
        self._conclude(item, State.STLD, Reason.NONE)

    def _conclude(self, item: Item, state: State, reason: Reason) -> None:
        item.state, item.reason, item.final = state, reason, self.now
        if state == State.STLD and not item.irrevocable:
            item.irrevocable = self.now

    def _finish(self, item: Item, state: State, reason: Reason) -> None:
        """End an item that will not settle; its account may be freed."""
        self._conclude(item, state, reason)
        self.free(item.debtor)

    def reject_one(self, item: Item, reason: Reason) -> None:
        """Reject one item of a fate whose others are seen to apart."""
        self._finish(item, State.RJTD, reason)

    def reject_whole(self, item: Item, reason: Reason) -> None:
        """Reject an item, and what shares its fate because its partner failed."""
        for each in self.unit(item):
            self.reject_one(each, reason if each is item else Reason.PARTNER)

    def cancel_whole(self, items: Sequence[Item]) -> None:
        """Cancel items that share one fate."""
        for item in items:
            self._finish(item, State.CAND, Reason.NONE)

    # Places

    def place_at_front(self) -> int:
        """Return a place before all others."""
        self.fronts -= 1
        return self.fronts

    def place_at_end(self) -> int:
        """Return a place behind all that entered, before all that will."""
        self.places += 1
        return self.places - 1

    # The work list: rule 4

    def free(self, account: Key) -> None:
        """Put an account at the end of the work list, unless it is on it."""
        if account not in self.dirty:
            self.dirty.append(account)

    def _free_payers_to(self, account: Key) -> None:
        """Free those who may pay into an account again because what it holds has fallen."""
        if account not in self.book.holding:
            return
        for key in self.book.accounts:
            if any(item.creditor == account for item in self.book.queue(key)):
                self.free(key)

    def release(self) -> None:
        """Serve the work list until it is empty."""
        while self.dirty:
            account = self.dirty[0]
            item = self._first_payable(account)
            if item is None:
                self.dirty.pop(0)
            else:
                unit = self.unit(item)
                others = {each.debtor for each in unit} - {account}
                self.open_order = self.open_order or bool(others & set(self.dirty))
                self.settle(unit, How.GROSS)

    def _first_payable(self, account: Key) -> Item | None:
        return next((item for item in self.book.queue(account) if self.payable(item)), None)

    # Proposals

    def settle_together(self, instant: int, items: Sequence[Item]) -> Answer:
        """Settle all of `items` that still wait, or none; return the state and reason of the proposal."""
        self.move_to(instant, eligible=True)
        waiting = [item for item in items if all(self.book.ready(each) for each in self.unit(item))]
        if not waiting:
            return State.RJTD, Reason.NOT_WAITING
        if self.book.short_accounts(waiting):
            return State.RJTD, Reason.FUNDS
        if self.book.limits_broken(waiting):
            return State.RJTD, Reason.LIMIT
        self.settle(waiting, How.MULTILATERAL)
        self.release()
        return State.STLD, Reason.NONE

    # Queries

    def state(self, item: Item) -> State:
        """Return the state of an item; while it waits, derived from what it lacks now."""
        if item.is_final:
            return item.state
        if isinstance(item, Owed):
            return waits_for(self.book, item, self.now)
        waits = self.book.waiting_for(item)
        if waits is not None:
            return waits
        if item.bundle and item.bundle.agreed:
            return State.PCAN
        return self._missing(item) or State.PSTL

    def find(self, sender: str, id: str) -> Entry | None:  # noqa: A002 - the word of the rulebook
        """Return what an id stands for."""
        return self.entries.get((sender, id))

    def waiting_payable(self) -> list[Item]:
        """Return what waits though it could settle; empty at rest."""
        return [item for item in self._live() if self.payable(item)]


def _terms(trade: Trade) -> tuple[object, ...]:
    return (
        trade.seller,
        trade.buyer,
        trade.sell_currency,
        trade.sell_amount,
        trade.buy_currency,
        trade.buy_amount,
    )


def _references_agree(one: Trade, other: Trade) -> bool:
    return not one.reference or not other.reference or one.reference == other.reference


def _is_same(one: Payment | Trade | Obligation, other: Payment | Trade | Obligation) -> bool:
    """Whether two say the same, whatever screening says of them."""
    return replace(one, screen=other.screen) == other
