"""A day drawn by chance, on the engine and on the naive ledger: they must agree after every record."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, initialize, multiple, rule

from comity.model.command import Command
from comity.model.instant import format_instant
from comity.model.union import Genesis
from tests.engine.pair import Pair
from tests.engine.strategies import (
    MINUTE,
    SCHEDULES,
    commands,
    geneses,
    plain_payments,
    priorities,
    scopes,
    special_payments,
    trades,
)
from tests.oracles.events import Event, Payment, Proposal, Tick, Trade

pytestmark = [
    pytest.mark.jit_off,
    # Hashes wrap; compiled code does so in silence.
    pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning"),
]

Name = tuple[str, str]
"""Sender and id of an instruction."""

waits = st.sampled_from([0, 0, 0, 0, 0, 1, 10, 45]).map(lambda minutes: minutes * MINUTE)


class SettlementDay(RuleBasedStateMachine):
    """Draws events, with time passing between them."""

    names: Bundle[Name] = Bundle("names")

    @initialize(genesis=geneses(), start=st.sampled_from([0, 70, 130, 130, 130]))
    def begin(self, genesis: Genesis, start: int) -> None:
        self.pair = Pair(genesis)
        self.now = self.pair.start + start * MINUTE
        self.count = 0
        self.pair.apply(self.now, Tick())

    def happen(self, after: int, event: Event) -> None:
        self.now += after
        self.pair.apply(self.now, event)

    def enter(self, after: int, event: Payment | Trade) -> Name:
        """Enter an instruction with the next id, its instants counted from now."""
        self.count += 1
        earliest, latest = self.instant(event.earliest), self.instant(event.latest)
        event = replace(event, id=f"i{self.count}", earliest=earliest, latest=latest)
        self.happen(after, event)
        return event.sender, event.id

    def instant(self, minutes: int) -> int:
        return self.now + minutes * MINUTE if minutes else 0

    @rule(target=names, after=waits, payment=plain_payments())
    def pay(self, after: int, payment: Payment) -> Name:
        return self.enter(after, payment)

    @rule(target=names, after=waits, payment=plain_payments())
    def pay_another(self, after: int, payment: Payment) -> Name:
        return self.enter(after, payment)

    @rule(target=names, after=waits, payment=special_payments())
    def pay_specially(self, after: int, payment: Payment) -> Name:
        generation = str(self.count // 8) if payment.link else ""
        return self.enter(after, replace(payment, link=payment.link + generation))

    @rule(target=names, after=waits, entry=trades())
    def trade(self, after: int, entry: Trade) -> Name:
        return self.enter(after, entry)

    @rule(target=names, name=names, more=st.integers(0, 1))
    def enter_again(self, name: Name, more: int) -> MultipleResults[Name]:
        event = self.pair.names[name]
        if isinstance(event, Payment):
            event = replace(event, amount=event.amount + more)
        self.happen(0, event)
        return multiple()

    @rule(
        after=waits, name=names, what=st.sampled_from(["cancel", "cancel", "agree_cancel", "hold", "release", "refuse"])
    )
    def decide(self, after: int, name: Name, what: str) -> None:
        self.happen(after, Command(what, name[0], target=name[1]))

    @rule(after=waits, name=names, to=priorities)
    def reprioritise(self, after: int, name: Name, to: int) -> None:
        value = ("urgent", "high", "normal")[to]
        self.happen(after, Command("reprioritise", name[0], target=name[1], value=value))

    @rule(after=waits, name=names, place=st.sampled_from(["front", "end"]))
    def reorder(self, after: int, name: Name, place: str) -> None:
        self.happen(after, Command("reorder", name[0], target=name[1], value=place))

    @rule(after=waits, chosen=st.lists(names, max_size=6, unique=True))
    def propose(self, after: int, chosen: list[Name]) -> None:
        known = tuple(name for name in chosen if self.pair.engine.outcome(*name))
        if known:
            self.happen(after, Proposal(known))

    @rule(after=waits, command=commands)
    def command(self, after: int, command: Command) -> None:
        self.happen(after, command)

    @rule(after=waits)
    def tick(self, after: int) -> None:
        self.happen(after, Tick())

    @rule(what=st.sampled_from(["customer_cutoff", "interbank_cutoff"]), minutes=st.sampled_from([10, 50]))
    def extend(self, what: str, minutes: int) -> None:
        latest = max(int(getattr(schedule, what)) for schedule in SCHEDULES.values())
        until = self.pair.start + latest + minutes * MINUTE
        if until > self.now:
            self.happen(0, Command("extend", "", "", what, value=format_instant(until)))

    @rule(scope=scopes, minutes=st.sampled_from([5, 20]))
    def run_off(self, scope: tuple[str, str, str], minutes: int) -> None:
        self.happen(0, Command("close", *scope, value=format_instant(self.now + minutes * MINUTE)))

    @rule()
    def reload(self) -> None:
        self.pair.engine.reload()

    @rule(after=waits, payment=plain_payments())
    def try_out(self, after: int, payment: Payment) -> None:
        self.pair.engine.try_out(self.now + after, replace(payment, id="trial"))

    def teardown(self) -> None:
        if hasattr(self, "pair"):
            assert self.pair.engine.replay() == self.pair.engine.engine.digest()


TestSettlementDay = SettlementDay.TestCase
TestSettlementDay.settings = settings(
    max_examples=80, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
