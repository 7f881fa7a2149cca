"""A day takes events and tells what became of them: the naive ledger behind the interface that tests speak to."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from comity.model.reason import How, Priority, Reason, State
from comity.model.union import Genesis
from tests.oracles.book import Item
from tests.oracles.commands import execute
from tests.oracles.events import (
    Command,
    Cut,
    Discharge,
    Event,
    Obligation,
    Payment,
    Proposal,
    Settlement,
    Tick,
    Trade,
)
from tests.oracles.ledger import Ledger
from tests.oracles.obligations import Owed


class Answer(NamedTuple):
    """What an event is answered at once; of a command only the reason counts."""

    state: State
    reason: Reason
    repeated: bool = False


class Outcome(NamedTuple):
    """What has become of one instruction, or one leg of a PvP; instants in microseconds, 0 for none."""

    debtor: str
    creditor: str
    currency: str
    amount: int
    state: State
    reason: Reason
    how: How
    entered: int
    irrevocable: int
    final: int


class Money(NamedTuple):
    """An account as a query shows it."""

    opening: int
    balance: int
    lowest: int
    credit: int
    urgent: int
    high: int
    blocked: int
    available: int
    """To normal payments."""


class Day(Protocol):
    """What the ledger and the engine have in common."""

    def apply(self, instant: int, event: Event) -> Answer:
        """Take the next event; instants never fall."""
        ...

    def outcome(self, sender: str, id: str) -> list[Outcome]:  # noqa: A002 - the word of the rulebook
        """Return what became of an instruction; empty if the id is unknown, two legs for a PvP entered once."""
        ...

    def money(self, participant: str, currency: str) -> Money:
        """Return an account's figures; KeyError if there is none."""
        ...


class LedgerDay:
    """The naive ledger as a `Day`."""

    def __init__(self, genesis: Genesis) -> None:
        self.ledger = Ledger(genesis)

    def apply(self, instant: int, event: Event) -> Answer:
        ledger = self.ledger
        match event:
            case Payment():
                return Answer(*ledger.pay(instant, event))
            case Trade():
                return Answer(*ledger.trade(instant, event))
            case Command():
                return Answer(State.NONE, execute(ledger, instant, event))
            case Proposal():
                return Answer(*ledger.settle_together(instant, self._named(event.items)))
            case Tick():
                ledger.move_to(instant, eligible=True)
                return Answer(State.NONE, Reason.NONE)
            case _:
                return self._clear(instant, event)

    def _clear(self, instant: int, event: Obligation | Cut | Discharge | Settlement) -> Answer:
        """Take an obligation, or a step of a cycle."""
        ledger = self.ledger
        match event:
            case Obligation():
                return Answer(*ledger.owe(instant, event))
            case Cut():
                return Answer(*ledger.cut(instant, event.currencies, event.carry_max))
            case Discharge():
                amounts = [(self._owed(name), amount) for name, amount in event.amounts]
                return Answer(*ledger.discharge(instant, event.currency, amounts))
            case Settlement():
                chosen = [self._owed(name) for name in event.items]
                return Answer(*ledger.pay_owed(instant, event.currencies, event.mode, chosen))

    def _owed(self, name: tuple[str, str]) -> Owed:
        owed = self.ledger.entries[name].items[0]
        assert isinstance(owed, Owed)
        return owed

    def _named(self, names: Sequence[tuple[str, str]]) -> list[Item]:
        """Return the instructions named, with all that shares their fate, each once."""
        items: list[Item] = []
        for sender, name in names:
            for item in self.ledger.entries[sender, name].items:
                items += [each for each in self.ledger.unit(item) if each not in items]
        return items

    def outcome(self, sender: str, id: str) -> list[Outcome]:  # noqa: A002 - the word of the rulebook
        entry = self.ledger.find(sender, id)
        return [self._outcome(item) for item in entry.items] if entry else []

    def _outcome(self, item: Item) -> Outcome:
        return Outcome(
            item.debtor[0],
            item.creditor[0],
            item.debtor[1],
            item.amount,
            self.ledger.state(item),
            item.reason,
            item.how,
            item.entered,
            item.irrevocable,
            item.final,
        )

    def problem(self) -> list[tuple[str, str, str, int, int]]:
        """Return what a solver reads, in its order: debtor, creditor, currency, amount, class."""
        book = self.ledger.book
        waiting = [item for item in book.items if all(book.ready(each) for each in self.ledger.unit(item))]
        return [
            (item.debtor[0], item.creditor[0], item.debtor[1], item.amount, book.place(item)[0])
            for item in sorted(waiting, key=book.place)
        ]

    def money(self, participant: str, currency: str) -> Money:
        account = self.ledger.book.accounts[participant, currency]
        return Money(
            account.opening,
            account.balance,
            account.lowest,
            account.credit,
            account.urgent,
            account.high,
            account.blocked,
            account.available(Priority.NORMAL),
        )
