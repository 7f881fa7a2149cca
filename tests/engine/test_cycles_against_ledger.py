"""Clearing cycles within a day drawn by chance, on the engine and on the naive ledger."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, precondition, rule

from comity.model.command import Command
from comity.model.instant import format_instant
from comity.model.union import Genesis
from comity.node.clearing import set_off
from comity.solvers.offsetting import solve
from tests.engine.pair import Pair
from tests.engine.strategies import BANKS, CURRENCIES, MINUTE, banks, commands, geneses, plain_payments, rarely, scopes
from tests.oracles.events import Cut, Discharge, Event, Obligation, Payment, Settlement, Tick
from tests.oracles.obligations import Owed
from tests.scenarios.text import TODAY

pytestmark = [
    pytest.mark.jit_off,
    # Hashes wrap; compiled code does so in silence.
    pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning"),
]

Name = tuple[str, str]
"""Sender and id of an obligation."""

STOPPING = {"close", "open", "suspend", "resume"}
"""Commands after which hardly anything is cleared; in a rule of their own, many examples do without."""
waits = st.sampled_from([0, 0, 0, 0, 1, 10, 60]).map(lambda minutes: minutes * MINUTE)
dues = st.sampled_from([None, None, None, None, TODAY - timedelta(days=2), TODAY + timedelta(days=1)])
obligations = st.builds(
    Obligation,
    st.just(""),
    st.sampled_from([*BANKS, *BANKS, "CN"]),
    banks,
    st.sampled_from(sorted(CURRENCIES)),
    st.integers(1, 12),
    dues,
    st.sampled_from(["", "", "", "x", "y"]),
    rarely,
)


class ClearingDay(RuleBasedStateMachine):
    """Draws obligations, payments and commands, and the records of cycles between them."""

    owed: Bundle[Name] = Bundle("owed")

    @initialize(genesis=geneses(), start=st.sampled_from([70, 130, 130, 470]))
    def begin(self, genesis: Genesis, start: int) -> None:
        self.pair = Pair(genesis)
        self.now = self.pair.start + start * MINUTE
        self.count = 0
        self.pair.apply(self.now, Tick())

    @property
    def is_comparable(self) -> bool:
        return not self.pair.ledger.ledger.open_order

    def happen(self, after: int, event: Event) -> None:
        self.now += after
        self.pair.apply(self.now, event)

    def enter(self, after: int, each: Obligation) -> Name:
        self.count += 1
        self.happen(after, replace(each, id=f"o{self.count}"))
        return each.sender, f"o{self.count}"

    @rule(target=owed, after=waits, each=obligations)
    def owe(self, after: int, each: Obligation) -> Name:
        return self.enter(after, each)

    @rule(target=owed, after=waits, each=obligations)
    def owe_another(self, after: int, each: Obligation) -> Name:
        return self.enter(after, each)

    @rule(
        target=owed,
        after=waits,
        ring=st.permutations(sorted(BANKS)),
        amount=st.integers(1, 12),
        code=st.sampled_from(sorted(CURRENCIES)),
    )
    def owe_around(self, after: int, ring: list[str], amount: int, code: str) -> Name:
        """Let three owe one another in a ring: more than chance finds."""
        for debtor, creditor in zip(ring[:3], [*ring[1:3], ring[0]], strict=True):
            self.count += 1
            self.happen(after, Obligation(f"o{self.count}", debtor, creditor, code, amount + self.count % 3))
        return ring[2], f"o{self.count}"

    @rule(name=owed, more=st.integers(0, 1))
    def enter_again(self, name: Name, more: int) -> None:
        event = self.pair.names[name]
        assert isinstance(event, Obligation)
        self.happen(0, replace(event, amount=event.amount + more))

    @rule(after=waits, name=owed, what=st.sampled_from(["cancel", "hold", "release", "refuse"]))
    def decide(self, after: int, name: Name, what: str) -> None:
        self.happen(after, Command(what, name[0], target=name[1]))

    @rule(after=waits, payment=plain_payments())
    def pay(self, after: int, payment: Payment) -> None:
        self.count += 1
        self.happen(after, replace(payment, id=f"p{self.count}"))

    @rule(after=waits, command=commands.filter(lambda each: each.command not in STOPPING))
    def command(self, after: int, command: Command) -> None:
        self.happen(after, command)

    @rule(after=waits, command=commands.filter(lambda each: each.command in STOPPING))
    def stop(self, after: int, command: Command) -> None:
        self.happen(after, command)

    @rule(scope=scopes, minutes=st.sampled_from([5, 20]))
    def run_off(self, scope: tuple[str, str, str], minutes: int) -> None:
        self.happen(0, Command("close", *scope, value=format_instant(self.now + minutes * MINUTE)))

    @precondition(lambda self: self.is_comparable)
    @rule(
        after=waits,
        codes=st.sampled_from([("CNY", "RUB"), ("CNY", "RUB"), ("CNY",), ("RUB",)]),
        carry_max=st.integers(1, 3),
    )
    def cut(self, after: int, codes: tuple[str, ...], carry_max: int) -> None:
        self.happen(after, Cut(codes, carry_max))
        self.compare_cuts()

    @precondition(lambda self: self.is_comparable)
    @rule(mode=st.sampled_from(["existing", "ccp"]), added=st.integers(0, 2))
    def clear(self, mode: str, added: int) -> None:
        """Run a whole cycle, with nothing between its records."""
        self.happen(0, Cut(("CNY", "RUB"), 3))
        self.discharge(0, spoiled=False)
        self.settle(0, mode, added, one=False)

    @precondition(lambda self: self.is_comparable and self.pair.engine.engine.cycles_under_way)
    @rule(after=waits, spoiled=rarely)
    def discharge(self, after: int, *, spoiled: bool) -> None:
        """Propose the largest set-off of every currency, one amount of it sometimes wrong."""
        engine = self.pair.engine.engine
        for code in engine.cycles_under_way:
            cut = engine.cut(code)
            if len(cut.amount):
                _, found = set_off(cut)
                amounts = found.discharged.tolist()
                names = [self.names_by_slot()[int(slot)] for slot in engine.obligations()["slot"][cut.obligation]]
                amounts[0] += spoiled
                chosen = tuple((name, amount) for name, amount in zip(names, amounts, strict=True) if amount)
                self.happen(after, Discharge(code, chosen))

    @precondition(lambda self: self.is_comparable and self.pair.engine.engine.cycles_under_way)
    @rule(after=waits, mode=st.sampled_from(["existing", "ccp"]), added=st.integers(0, 6), one=rarely)
    def settle(self, after: int, mode: str, added: int, *, one: bool) -> None:
        """Pay what the solver chooses, which must be what the rule of dropping leaves; or something more."""
        self.happen(after, Tick())
        if not self.is_comparable:
            return
        engine, ledger = self.pair.engine.engine, self.pair.ledger.ledger
        under_way = engine.cycles_under_way
        cycle = min(under_way.values(), default=0)
        codes = [code for code, number in under_way.items() if number == cycle][: 1 if one else None]
        problem = engine.residual(codes, mode)
        keep = solve(problem).keep
        names = self.names_by_slot()
        slots = engine.obligations()["slot"]
        chosen = [names[int(slots[index])] for index in problem.slot[keep].tolist()]
        expected = ledger.best_payment(codes, mode)
        if expected is not None:
            assert sorted(chosen) == sorted((each.sender, each.id) for each in expected)
        spared = [names[int(slots[index])] for index in problem.slot[~keep].tolist()]
        if added == 0 and spared:
            self.settle_these(codes, mode, [*chosen, spared[0]])
        if engine.cycles_under_way.get(codes[0] if codes else "") == cycle:
            self.settle_these(codes, mode, chosen)
        self.compare_cuts()

    def settle_these(self, codes: list[str], mode: str, names: list[Name]) -> None:
        by_slot = self.names_by_slot()
        order = {by_slot[int(slot)]: place for place, slot in enumerate(self.pair.engine.engine.obligations()["slot"])}
        if codes:
            self.happen(0, Settlement(tuple(codes), mode, tuple(sorted(names, key=order.__getitem__))))

    def names_by_slot(self) -> dict[int, Name]:
        found = {self.pair.engine.engine.find(*name): name for name in self.pair.names}
        return {slot: name for slot, name in found.items() if slot >= 0}

    def compare_cuts(self) -> None:
        """Compare who stands in a cut, and how often cycles have left each over."""
        if not self.is_comparable:
            return
        columns, names = self.pair.engine.engine.obligations(), self.names_by_slot()
        ledger = self.pair.ledger.ledger
        for row, slot in enumerate(columns["slot"].tolist()):
            owed = ledger.entries[names[slot]].items[0]
            if isinstance(owed, Owed) and not owed.is_final:
                found = (int(columns["cycle"][row]), int(columns["carried"][row]), int(columns["owed"][row]))
                assert found == (owed.cut, owed.carried, owed.amount), f"{names[slot]}: {found}, {owed}"
        assert self.pair.engine.engine.cycles_under_way == ledger.cuts

    @rule()
    def reload(self) -> None:
        self.pair.engine.reload()

    def teardown(self) -> None:
        if hasattr(self, "pair"):
            assert self.pair.engine.replay() == self.pair.engine.engine.digest()


TestClearingDay = ClearingDay.TestCase
TestClearingDay.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
