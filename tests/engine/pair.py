"""The engine and the naive ledger side by side: every event goes to both, and they must agree on everything.

Once a PvP or linked set has settled while two of its accounts waited to be served, the two may
serve them in another order (decision 0013), and only the engine's own invariants are checked.
"""

from comity.model.instant import format_instant, midnight
from comity.model.reason import Reason, State
from comity.model.union import Genesis
from tests.engine.engine_day import EngineDay
from tests.oracles.day import Answer, LedgerDay, Outcome
from tests.oracles.events import Command, Event, Obligation, Payment, Tick, Trade
from tests.oracles.phases import Phases

QUEUED = frozenset({State.PSTL, State.SMLR, State.RMLR, State.SRBL, State.PCAN})
"""States of what has entered a queue. The engine names the lack at the last check, the ledger the present one."""


class Pair:
    """One day on both; `apply` raises AssertionError where they part."""

    def __init__(self, genesis: Genesis, *, checked: bool = True) -> None:
        self.engine = EngineDay(genesis, checked=checked)
        self.ledger = LedgerDay(genesis)
        self.phases = Phases(genesis)
        self.start = midnight(genesis.business_date)
        self.names: dict[tuple[str, str], Event] = {}
        self.accounts = list(self.ledger.ledger.book.accounts)

    def apply(self, instant: int, event: Event) -> Answer:
        """Send the phase changes that are due and then the event to both; compare everything."""
        for at, change in self.phases.due(instant):
            self.ledger.apply(at, change)
            self.engine.apply(at, change)
            self._apply(at, Tick())
        answer = self._apply(instant, event)
        if isinstance(event, Command) and event.command == "extend" and answer.reason == Reason.NONE:
            self.phases.extend(event)
        return answer

    def _apply(self, instant: int, event: Event) -> Answer:
        if isinstance(event, Payment | Trade | Obligation):
            self.names.setdefault((event.sender, event.id), event)
        expected = self.ledger.apply(instant, event)
        found = self.engine.apply(instant, event)
        if self.ledger.ledger.open_order:
            return expected
        what = f"{format_instant(instant)} {event}"
        assert _plain(found) == _plain(expected), f"{what}\nengine answers {found}\nledger answers {expected}"
        self._compare_outcomes(what)
        self._compare_money(what)
        read, waiting = self.engine.problem(), self.ledger.problem()
        assert read == waiting, f"after {what}\nengine {read}\nledger {waiting}"
        assert not self.ledger.ledger.waiting_payable(), f"{what}\nthe ledger is not at rest"
        return expected

    def _compare_outcomes(self, what: str) -> None:
        for sender, name in self.names:
            expected = self.ledger.outcome(sender, name)
            found = self.engine.outcome(sender, name)
            if found and found[0].state == State.RJTD:
                expected = expected[: len(found)]
            assert list(map(_plain_outcome, found)) == list(map(_plain_outcome, expected)), (
                f"after {what}\n{sender} {name}\nengine {found}\nledger {expected}"
            )

    def _compare_money(self, what: str) -> None:
        for account in self.accounts:
            expected, found = self.ledger.money(*account), self.engine.money(*account)
            assert found == expected._replace(credit=found.credit), f"after {what}\n{account}\n{found}\n{expected}"


def _plain(answer: Answer) -> Answer:
    return answer._replace(state=_plain_state(answer.state))


def _plain_state(state: State) -> State:
    return State.PSTL if state in QUEUED else state


def _plain_outcome(outcome: Outcome) -> Outcome:
    """Leave out what the engine does not keep: the parties of what it refused for want of an account."""
    if outcome.reason in {Reason.DEBTOR_ACCOUNT, Reason.CREDITOR_ACCOUNT}:
        outcome = outcome._replace(debtor="", creditor="", currency="", amount=0)
    if outcome.state == State.UMAC and outcome.irrevocable:
        outcome = outcome._replace(state=State.PSTL)
    return outcome._replace(state=_plain_state(outcome.state))
