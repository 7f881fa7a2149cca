"""The rules greedy, best and exact, in which a payment may pass others."""

import numpy as np
import pytest
from hypothesis import given, settings

from comity.engine.offsetting import OffsettingProblem
from comity.errors import InvalidRequest
from comity.solvers import bypass
from comity.solvers.bypass import ITEMS_MAX
from comity.solvers.offsetting import solve
from tests.oracles import offsetting as oracle
from tests.solvers.problems import HIGH, NORMAL, URGENT, one_currency, problem, problems
from tests.solvers.test_offsetting import PUBLISHED, kept

BYPASSING = ["greedy", "best", "exact"]
FLAT = {"A": 0, "B": 0, "C": 0}


def many(items: int, banks: int, percent: int) -> OffsettingProblem:
    """Draw payments of one currency, with liquidity of so many per cent of the net debit need."""
    rng = np.random.Generator(np.random.PCG64(items + percent))
    payer = rng.integers(0, banks, items)
    payee = (payer + rng.integers(1, banks, items)) % banks
    amount = rng.integers(1, 2_000, items) ** 2
    short = np.bincount(payer, amount, banks) - np.bincount(payee, amount, banks)
    return problem(
        account=payer.tolist(),
        creditor=payee.tolist(),
        amount=amount.tolist(),
        room=(np.maximum(short, 0).astype(np.int64) * percent // 100).tolist(),
    )


@pytest.mark.jit_off
@pytest.mark.parametrize("case", PUBLISHED)
@pytest.mark.parametrize("rule", BYPASSING)
def test_published_case_settles_what_is_published_and_g5_by_passing(case: str, rule: str) -> None:
    balances, queue, by_fifo = PUBLISHED[case]
    assert kept(one_currency(balances, queue), rule) == ([1, 2] if case == "G5" else by_fifo)


@pytest.mark.parametrize("rule", BYPASSING)
def test_small_payment_passes_a_large_one_that_cannot_settle(rule: str) -> None:
    assert kept(one_currency({"A": 9, "B": 0}, "A>B 10, A>B 9"), rule) == [1]


@pytest.mark.parametrize("rule", BYPASSING)
@pytest.mark.parametrize("priority", [URGENT, HIGH])
def test_urgent_or_high_payment_that_cannot_settle_is_not_passed(rule: str, priority: int) -> None:
    given = problem(
        account=[0, 0], creditor=[1, 1], amount=[10, 9], room=[9, 0], priority=[priority, NORMAL],
        fund=[priority, NORMAL],
    )  # fmt: skip
    assert kept(given, rule) == []


@pytest.mark.parametrize("rule", BYPASSING)
@pytest.mark.parametrize(("passed", "settled"), [(99, [1]), (100, [])])
def test_payment_is_passed_only_so_often(rule: str, passed: int, settled: list[int]) -> None:
    given = problem(account=[0, 0], creditor=[1, 1], amount=[10, 9], room=[9, 0], passed=[passed, 0])
    assert kept(given, rule) == settled


@pytest.mark.parametrize("rule", BYPASSING)
def test_pvp_neither_stops_others_nor_is_stopped(rule: str) -> None:
    given = problem(
        account=[0, 0, 0, 3], creditor=[1, 1, 1, 2], amount=[99, 5, 3, 5], room=[8, 0, 0, 5], currency=[0, 0, 1, 1],
        priority=[URGENT, HIGH, NORMAL, HIGH], bundle=[-1, 0, -1, 0],
    )  # fmt: skip
    assert kept(given, rule) == [1, 3]
    linked = given._replace(priority=np.maximum(given.priority, HIGH), bundle=np.array([1, 0, -1, 0], np.int32))
    assert kept(linked, rule) == [1, 2, 3]


@pytest.mark.parametrize("rule", BYPASSING)
def test_pvp_of_two_currencies_pulls_in_what_its_sides_lack(rule: str) -> None:
    given = problem(
        account=[0, 3, 1, 2, 0], creditor=[1, 2, 0, 3, 1], amount=[5, 7, 5, 7, 50], bundle=[0, 0, -1, -1, -1],
        room=[0, 0, 0, 0], currency=[0, 0, 1, 1],
    )  # fmt: skip
    assert kept(given, rule) == [0, 1, 2, 3]


def test_of_equal_payments_on_one_arc_the_oldest_settle() -> None:
    assert kept(one_currency({"A": 20, "B": 0}, "A>B 10, A>B 10, A>B 10"), "best") == [0, 1]


def test_bound_is_the_value_of_the_divisible_relaxation() -> None:
    assert solve(one_currency(*PUBLISHED["G5"][:2]), "fifo").bound_minor.tolist() == [20]
    chain = one_currency({"A": 3, "B": 0, "C": 0}, "A>B 10, B>C 10, C>B 10")
    assert solve(chain, "best").bound_minor.tolist() == [20]


def test_exact_beats_best_where_the_flow_misleads_it() -> None:
    given = many(14, 4, 30)
    value = {rule: int(given.amount[solve(given, rule).keep].sum()) for rule in ("fifo", "best", "exact")}
    assert value["fifo"] <= value["best"] <= value["exact"]


def test_exact_refuses_more_items_than_it_searches() -> None:
    given = many(ITEMS_MAX + 1, 5, 50)
    with pytest.raises(InvalidRequest, match="expected at most 200 items for the rule exact, found 201"):
        solve(given, "exact")


def test_exact_stops_after_its_nodes_and_says_whether_it_proved_its_answer() -> None:
    small, large = solve(many(20, 4, 50), "exact"), solve(many(ITEMS_MAX, 40, 20), "exact")
    assert small.proved
    assert not large.proved
    assert large.keep.sum() > 0


@pytest.mark.parametrize("percent", [50, 10])
def test_best_comes_within_a_few_hundredths_of_its_bound(percent: int) -> None:
    thick, thin = many(20_000, 40, percent), many(20_000, 140, percent)
    for queue, least in ((thick, 0.97), (thin, 0.90)):
        proposal = solve(queue, "best")
        assert queue.amount[proposal.keep].sum() >= least * proposal.bound_minor[0]


@pytest.mark.parametrize("rule", BYPASSING)
@settings(deadline=None, max_examples=200)
@given(given=problems())
def test_proposal_holds_and_is_never_worse_than_fifo(rule: str, given: OffsettingProblem) -> None:
    plain = oracle.Problem.from_arrays(given)

    found = set(kept(given, rule))

    assert plain.holds(found)
    assert oracle.score(plain, found) >= oracle.score(plain, oracle.fifo(plain)) - len(found)


@settings(deadline=None, max_examples=200)
@given(given=problems())
def test_long_queue_is_never_settled_worse_than_by_fifo(given: OffsettingProblem) -> None:
    plain = oracle.Problem.from_arrays(given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bypass, "GREEDY_MAX", 0)
        found = set(kept(given, "best"))

    assert plain.holds(found)
    assert oracle.score(plain, found) >= oracle.score(plain, oracle.fifo(plain)) - len(found)


@pytest.mark.parametrize("rule", BYPASSING)
@settings(deadline=None, max_examples=200)
@given(given=problems(caps=False))
def test_without_caps_nothing_urgent_or_high_is_passed(rule: str, given: OffsettingProblem) -> None:
    assert oracle.passes_none(oracle.Problem.from_arrays(given), set(kept(given, rule)))


@settings(deadline=None)
@given(given=problems(items_max=8))
def test_bound_of_every_currency_is_not_below_what_any_set_settles_in_it(given: OffsettingProblem) -> None:
    most = oracle.most_of_each_currency(oracle.Problem.from_arrays(given))
    for rule in BYPASSING:
        bound = solve(given, rule).bound_minor
        assert all(int(bound[currency]) >= most[currency] for currency in range(len(bound)))


@settings(deadline=None, max_examples=200)
@given(given=problems(items_max=9))
def test_exact_settles_what_trying_every_set_finds(given: OffsettingProblem) -> None:
    plain = oracle.Problem.from_arrays(given)
    proposal = solve(given, "exact")
    found, by_best = (set(kept(given, rule)) for rule in ("exact", "best"))
    assert proposal.proved
    assert oracle.score(plain, found) == max(oracle.exact_score(plain), oracle.score(plain, by_best))


@settings(deadline=None)
@given(given=problems())
def test_searching_changes_nothing_of_the_problem_and_repeats_itself(given: OffsettingProblem) -> None:
    before = [column.tobytes() for column in given]
    for rule in BYPASSING:
        assert kept(given, rule) == kept(given, rule)
    assert [column.tobytes() for column in given] == before
