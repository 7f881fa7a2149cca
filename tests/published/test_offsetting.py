"""Published cases of offsetting queued payments: rings, chains, and the cases G1 to G5.

Every case runs twice: on the naive rules, and through the engine, from entering
the payments to the balances after the proposal that the solver made.
"""

from typing import NamedTuple

import numpy as np
import pytest

from comity.engine.columns import RecordKind
from comity.model.reason import How, State
from comity.model.union import Account, Genesis, Member, Participant
from comity.solvers.offsetting import solve
from tests.engine.engine_day import EngineDay
from tests.oracles import offsetting
from tests.oracles.events import Payment, Proposal, Tick
from tests.scenarios.text import TODAY, at

pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
"""Hashes wrap; compiled code does so in silence."""

BANKS = ("A", "B", "C")
OPEN = at("09:00")


class Case(NamedTuple):
    """Balances of A, B, C; the queue; which payments (from 1) settle; balances after."""

    before: tuple[int, int, int]
    queue: str
    settled: tuple[int, ...]
    after: tuple[int, int, int]


FIFO_CASES = {
    "ring": Case((0, 0, 0), "A>B 100, B>C 100, C>A 100", (1, 2, 3), (0, 0, 0)),
    "chain": Case((0, 0, 0), "A>B 100, B>C 100", (), (0, 0, 0)),
    "G1": Case((0, 0, 0), "A>B 500, B>C 500, C>A 500", (1, 2, 3), (0, 0, 0)),
    "G2": Case((0, 300, 0), "A>B 500, B>C 800, C>A 700", (1, 2, 3), (200, 0, 100)),
    "G3": Case((0, 299, 0), "A>B 500, B>C 800, C>A 700", (), (0, 299, 0)),
    "G4": Case((10, 0, 0), "A>B 30, A>C 20, B>A 25, C>A 10, C>B 5", (1, 3), (5, 5, 0)),
    "G5": Case((0, 0, 0), "A>B 100, A>C 10, C>A 10, B>A 5", (), (0, 0, 0)),
}


def payments_of(queue: str) -> list[Payment]:
    """Read a queue such as `A>B 30, A>C 20`; ids count from 1."""
    words = [part.split() for part in queue.split(",")]
    return [Payment(str(n), way[0], way[2], "CNY", int(amount)) for n, (way, amount) in enumerate(words, 1)]


def genesis_of(balances: tuple[int, ...], *, entry_offsetting: bool = False, bypass: bool = True) -> Genesis:
    return Genesis(
        name="Published case",
        business_date=TODAY,
        currencies=(("CNY", 2),),
        members=(Member("CN", "CNY", "CN"),),
        participants=tuple(Participant(code, "CN", code) for code in ("CN", *BANKS)),
        accounts=tuple(Account(code, "CNY", minor) for code, minor in zip(BANKS, balances, strict=True)),
        entry_offsetting=entry_offsetting,
        bypass_normal=bypass,
    )


def day_of(case: Case) -> tuple[EngineDay, list[Payment]]:
    """Return an open day in which every payment of the case waits."""
    day = EngineDay(genesis_of(case.before))
    day.open(OPEN)
    payments = payments_of(case.queue)
    answers = [day.apply(OPEN, payment) for payment in payments]
    assert {answer.state for answer in answers} == {State.PSTL}
    return day, payments


@pytest.mark.parametrize("name", FIFO_CASES)
def test_fifo_rule_settles_what_was_published(name: str) -> None:
    case = FIFO_CASES[name]
    day, payments = day_of(case)
    keep = solve(day.engine.problem(), "fifo").keep
    chosen = tuple(payment for payment, kept in zip(payments, keep.tolist(), strict=True) if kept)
    assert tuple(int(payment.id) for payment in chosen) == case.settled
    day.apply(OPEN, Proposal(tuple((payment.sender, payment.id) for payment in chosen)))
    assert tuple(day.money(bank, "CNY").balance for bank in BANKS) == case.after
    for payment in payments:
        [outcome] = day.outcome(payment.sender, payment.id)
        settled = int(payment.id) in case.settled
        assert (outcome.state, outcome.how) == ((State.STLD, How.MULTILATERAL) if settled else (State.PSTL, How.NONE))


@pytest.mark.parametrize("name", FIFO_CASES)
def test_naive_fifo_rule_settles_what_was_published(name: str) -> None:
    day, _ = day_of(FIFO_CASES[name])
    kept = offsetting.fifo(offsetting.Problem.from_arrays(day.engine.problem()))
    assert tuple(sorted(item + 1 for item in kept)) == FIFO_CASES[name].settled


@pytest.mark.parametrize("name", [name for name in FIFO_CASES if name != "G4"])
def test_partial_rule_settles_what_fifo_settles_in_these_cases(name: str) -> None:
    day, _ = day_of(FIFO_CASES[name])
    keep = solve(day.engine.problem(), "partial").keep
    assert tuple((np.flatnonzero(keep) + 1).tolist()) == FIFO_CASES[name].settled


@pytest.mark.parametrize("name", ["ring", "G1", "G2"])
def test_all_or_nothing_settles_everything_where_everything_holds(name: str) -> None:
    day, _ = day_of(FIFO_CASES[name])
    assert solve(day.engine.problem(), "all-or-nothing").keep.all()


@pytest.mark.parametrize("name", ["chain", "G3", "G4", "G5"])
def test_all_or_nothing_settles_nothing_where_something_does_not_hold(name: str) -> None:
    day, _ = day_of(FIFO_CASES[name])
    assert not solve(day.engine.problem(), "all-or-nothing").keep.any()


def test_best_answer_of_g5_settles_the_second_and_third() -> None:
    day, payments = day_of(FIFO_CASES["G5"])
    problem = offsetting.Problem.from_arrays(day.engine.problem())
    assert offsetting.best(problem) == {1, 2}
    chosen = tuple((payments[n].sender, payments[n].id) for n in (1, 2))
    assert day.apply(OPEN, Proposal(chosen)).state == State.STLD
    assert day.money("A", "CNY").balance == 0


@pytest.mark.parametrize("rule", ["greedy", "best", "exact"])
@pytest.mark.parametrize("name", FIFO_CASES)
def test_rules_that_pass_settle_what_was_published_and_g5_besides(rule: str, name: str) -> None:
    day, payments = day_of(FIFO_CASES[name])
    keep = solve(day.engine.problem(), rule).keep
    chosen = np.flatnonzero(keep).tolist()
    assert tuple(n + 1 for n in chosen) == ((2, 3) if name == "G5" else FIFO_CASES[name].settled)
    if chosen:
        proposal = Proposal(tuple((payments[n].sender, payments[n].id) for n in chosen))
        assert day.apply(OPEN, proposal).state == State.STLD


def test_chain_proposed_whole_is_refused() -> None:
    day, payments = day_of(FIFO_CASES["chain"])
    answer = day.apply(OPEN, Proposal(tuple((payment.sender, payment.id) for payment in payments)))
    assert answer.state == State.RJTD


def test_log_of_a_case_replays_to_the_same_digest() -> None:
    day, _ = day_of(FIFO_CASES["G4"])
    day.apply(at("09:30"), Tick())
    assert day.records[-1][0] == RecordKind.TICK
    assert day.replay() == day.engine.digest()
