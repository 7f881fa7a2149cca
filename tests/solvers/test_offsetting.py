import numpy as np
import pytest
from hypothesis import given, settings

from comity.engine.offsetting import BILATERAL, CORRIDOR, HOLDING, MULTILATERAL, OffsettingProblem
from comity.errors import InvalidRequest, InvariantBroken
from comity.solvers.offsetting import RULES, solve
from tests.oracles import offsetting as oracle
from tests.solvers.problems import HIGH, NORMAL, URGENT, one_currency, problem, problems

ORACLES = {
    "fifo": oracle.fifo,
    "all-or-nothing": oracle.all_or_nothing,
    "partial": oracle.partial,
    "greedy": oracle.greedy,
}


def kept(given: OffsettingProblem, rule: str = "fifo") -> list[int]:
    return [int(i) for i in np.flatnonzero(solve(given, rule).keep)]


PUBLISHED = {
    "ring": ({"A": 0, "B": 0, "C": 0}, "A>B 100, B>C 100, C>A 100", [0, 1, 2]),
    "chain": ({"A": 0, "B": 0, "C": 0}, "A>B 100, B>C 100", []),
    "G1": ({"A": 0, "B": 0, "C": 0}, "A>B 500, B>C 500, C>A 500", [0, 1, 2]),
    "G2": ({"A": 0, "B": 300, "C": 0}, "A>B 500, B>C 800, C>A 700", [0, 1, 2]),
    "G3": ({"A": 0, "B": 299, "C": 0}, "A>B 500, B>C 800, C>A 700", []),
    "G4": ({"A": 10, "B": 0, "C": 0}, "A>B 30, A>C 20, B>A 25, C>A 10, C>B 5", [0, 2]),
    "G5": ({"A": 0, "B": 0, "C": 0}, "A>B 100, A>C 10, C>A 10, B>A 5", []),
}


@pytest.mark.jit_off
@pytest.mark.parametrize("case", PUBLISHED)
@pytest.mark.parametrize("rule", ["fifo", "partial"])
def test_published_case_settles_what_is_published(case: str, rule: str) -> None:
    balances, queue, expected = PUBLISHED[case]
    assert kept(one_currency(balances, queue), rule) == expected


def test_balances_after_the_published_case_g2_are_as_published() -> None:
    given = one_currency({"A": 0, "B": 300, "C": 0}, "A>B 500, B>C 800, C>A 700")
    keep = solve(given).keep
    paid = np.bincount(given.account[keep], given.amount[keep], 3)
    got = np.bincount(given.creditor[keep], given.amount[keep], 3)
    assert (given.room + got - paid).tolist() == [200, 0, 100]


def test_all_or_nothing_settles_a_ring_and_nothing_of_a_chain() -> None:
    flat = {"A": 0, "B": 0, "C": 0}
    assert kept(one_currency(flat, "A>B 100, B>C 100, C>A 100"), "all-or-nothing") == [0, 1, 2]
    assert kept(one_currency(flat, "A>B 100, B>C 100"), "all-or-nothing") == []


def test_all_or_nothing_settles_one_currency_though_another_fails() -> None:
    given = problem(account=[0, 2], creditor=[1, 3], amount=[5, 5], room=[5, 0, 4, 0], currency=[0, 0, 1, 1])
    assert kept(given, "all-or-nothing") == [0]


def test_all_or_nothing_settles_nothing_of_two_currencies_tied_by_a_pvp_if_one_fails() -> None:
    given = problem(
        account=[0, 0, 3], creditor=[1, 1, 2], amount=[5, 1, 5], bundle=[-1, 0, 0], room=[6, 0, 0, 4],
        currency=[0, 0, 1, 1],
    )  # fmt: skip
    assert kept(given, "all-or-nothing") == []


def test_pvp_with_one_leg_short_keeps_neither_leg() -> None:
    given = problem(
        account=[0, 3], creditor=[1, 2], amount=[5, 7], bundle=[0, 0], room=[9, 0, 0, 6], currency=[0, 0, 1, 1]
    )
    assert kept(given) == []


def test_pvp_dropped_by_the_first_account_leaves_the_second_its_other_payment() -> None:
    """Decision 0011: with a PvP the order of dropping is part of the rule."""
    short_first = problem(
        account=[0, 2, 2], creditor=[1, 3, 3], amount=[10, 5, 5], bundle=[0, 0, -1], room=[0, 0, 5, 0],
        currency=[0, 0, 1, 1],
    )  # fmt: skip
    short_last = problem(
        account=[2, 0, 0], creditor=[3, 1, 1], amount=[10, 5, 5], bundle=[0, 0, -1], room=[5, 0, 0, 0],
        currency=[1, 1, 0, 0],
    )  # fmt: skip
    assert kept(short_first) == [2]
    assert kept(short_last) == []


def test_urgent_items_use_the_reservation_that_normal_ones_must_leave() -> None:
    given = problem(
        account=[0, 0], creditor=[1, 1], amount=[60, 40], priority=[URGENT, NORMAL], fund=[URGENT, NORMAL],
        room=[100, 0], urgent=[61, 0],
    )  # fmt: skip
    assert kept(given) == [0]
    assert kept(given._replace(urgent=np.array([60, 0]))) == [0, 1]


def test_high_item_leaves_what_is_reserved_for_urgent_but_not_its_own_reservation() -> None:
    given = problem(
        account=[0], creditor=[1], amount=[90], priority=[HIGH], fund=[HIGH], room=[100, 0], urgent=[10, 0],
        high=[100, 0],
    )  # fmt: skip
    assert kept(given) == [0]
    assert kept(given._replace(urgent=np.array([11, 0]))) == []


@pytest.mark.parametrize("kind", [BILATERAL, MULTILATERAL])
def test_payer_over_its_limit_drops_its_last_item_though_another_would_do(kind: int) -> None:
    given = problem(
        account=[0, 0], creditor=[1, 2], amount=[8, 1], room=[100, 0, 0], limit_out=[0, -1], space=[7], kind=[kind]
    )
    assert kept(given) == []


def test_limit_of_the_payer_is_relieved_by_what_it_receives_back() -> None:
    given = problem(
        account=[0, 1], creditor=[1, 0], amount=[8, 1], room=[100, 0], limit_out=[0, -1], limit_in=[-1, 0], space=[7]
    )
    assert kept(given) == [0, 1]


@pytest.mark.parametrize("rule", RULES)
def test_ring_beyond_a_limit_is_kept_if_its_payment_is_urgent(rule: str) -> None:
    normal = problem(
        account=[0, 1, 2], creditor=[1, 2, 0], amount=[9, 9, 9], room=[0, 0, 0], limit_out=[0, -1, -1], space=[0]
    )
    assert kept(normal, rule) == []
    assert kept(normal._replace(binds=np.zeros(3, np.bool_)), rule) == [0, 1, 2]


@pytest.mark.parametrize("rule", ["fifo", "partial"])
def test_urgent_payment_uses_up_the_limit_that_binds_a_normal_one(rule: str) -> None:
    two = problem(
        account=[0, 0], creditor=[1, 1], amount=[9, 2], room=[11, 0], limit_out=[0, 0], space=[10],
        priority=[URGENT, NORMAL],
    )._replace(binds=np.array([False, True]))  # fmt: skip
    assert kept(two, rule) == [0]
    assert kept(two._replace(space=two.space + 1), rule) == [0, 1]


def test_exceeded_corridor_cap_drops_its_latest_item() -> None:
    given = problem(
        account=[0, 1, 0], creditor=[2, 2, 1], amount=[5, 5, 5], room=[10, 10, 0], cap_a=[0, 0, -1], space=[9],
        kind=[CORRIDOR],
    )  # fmt: skip
    assert kept(given) == [0, 2]


def test_holding_cap_counts_what_its_holder_pays() -> None:
    given = problem(
        account=[0, 1], creditor=[1, 2], amount=[8, 3], room=[8, 0, 0], holding=[0, -1], space=[5], kind=[HOLDING]
    )
    assert kept(given) == [0, 1]
    assert kept(given._replace(space=np.array([4]))) == []


def test_issuer_with_unlimited_room_pays_amounts_near_the_bound() -> None:
    given = problem(account=[0, 1], creditor=[1, 0], amount=[2**61, 2**61 - 1], room=[2**62, 0])
    assert kept(given) == [0, 1]


@pytest.mark.parametrize("rule", RULES)
def test_nothing_waiting_gives_an_empty_proposal(rule: str) -> None:
    proposal = solve(problem(account=[], creditor=[], amount=[], room=[]), rule)
    assert (len(proposal.keep), len(proposal.bound_minor)) == (0, 0)


def test_unknown_rule_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"expected one of fifo, .*, exact, found 'first'"):
        solve(one_currency({"A": 0, "B": 0}, "A>B 1"), "first")


FAULTY: dict[str, list[list[int]]] = {
    "account": [[2], [-1]],
    "creditor": [[2], [-1]],
    "amount": [[0], [-1], [2**62]],
    "fund": [[3], [-1]],
    "bundle": [[1], [-2]],
    "limit_out": [[4], [-2], [2]],
    "limit_in": [[4], [-2], [3]],
    "cap_a": [[4], [0]],
    "cap_b": [[4], [1]],
    "holding": [[4], [2]],
    "room": [[2**62 + 1, 0], [-(2**61) - 1, 0]],
    "urgent": [[-1, 0], [2**60 + 1, 0]],
    "high": [[-1, 0], [2**60 + 1, 0]],
    "currency": [[0, 1], [-1, 0]],
    "space": [[0, 0, 0, 2**61 + 1]],
    "kind": [[0, 1, 2, 4]],
    "slot": [[]],
}


@pytest.mark.parametrize(("column", "values"), [(name, each) for name, table in FAULTY.items() for each in table])
def test_problem_that_names_what_is_not_there_is_refused(column: str, values: list[int]) -> None:
    given = problem(account=[0], creditor=[1], amount=[1], room=[1, 1], space=[0, 0, 0, 0], kind=[0, 1, 2, 3])
    faulty = given._replace(**{column: np.array(values, getattr(given, column).dtype)})
    with pytest.raises(InvariantBroken, match="offsetting problem"):
        solve(faulty)


def test_limit_of_two_payers_is_refused() -> None:
    given = problem(account=[0, 1], creditor=[1, 0], amount=[1, 1], room=[1, 1], limit_out=[0, 0], space=[5])
    with pytest.raises(InvariantBroken, match="two owners"):
        solve(given)


@pytest.mark.parametrize("rule", ORACLES)
@settings(deadline=None, max_examples=300)
@given(given=problems())
def test_proposal_equals_the_oracle_and_holds(rule: str, given: OffsettingProblem) -> None:
    plain = oracle.Problem.from_arrays(given)

    found = kept(given, rule)

    assert found == sorted(ORACLES[rule](plain))
    assert plain.holds(found)


@pytest.mark.parametrize("rule", RULES)
@settings(deadline=None)
@given(given=problems(items_max=8))
def test_bound_is_not_below_what_any_set_settles(rule: str, given: OffsettingProblem) -> None:
    bound = solve(given, rule).bound_minor
    most = sorted(oracle.best(oracle.Problem.from_arrays(given)))
    for currency in range(2):
        chosen = [i for i in most if given.currency[given.account[i]] == currency]
        assert int(bound[currency]) >= sum(int(given.amount[i]) for i in chosen)


@settings(deadline=None)
@given(given=problems(items_max=9, bundles=False, caps=False))
def test_without_bundles_and_caps_fifo_and_partial_both_find_the_greatest_set(given: OffsettingProblem) -> None:
    greatest = sorted(oracle.greatest_prefixes(oracle.Problem.from_arrays(given)))
    assert kept(given, "fifo") == greatest
    assert kept(given, "partial") == greatest


@settings(deadline=None)
@given(given=problems())
def test_solving_changes_nothing_of_the_problem_and_repeats_itself(given: OffsettingProblem) -> None:
    before = [column.tobytes() for column in given]
    first, second = kept(given), kept(given)
    assert first == second
    assert [column.tobytes() for column in given] == before


def test_many_items_equal_the_oracle() -> None:
    rng = np.random.Generator(np.random.PCG64(5))
    payer = rng.integers(0, 20, 400)
    payee = (payer + rng.integers(1, 20, 400)) % 20
    given = problem(
        account=payer.tolist(),
        creditor=payee.tolist(),
        amount=rng.integers(1, 1000, 400).tolist(),
        room=rng.integers(0, 900, 20).tolist(),
        bundle=np.where(rng.random(400) < 0.2, rng.integers(0, 40, 400), -1).tolist(),
    )
    plain = oracle.Problem.from_arrays(given)
    assert kept(given, "fifo") == sorted(oracle.fifo(plain))
    assert kept(given, "partial") == sorted(oracle.partial(plain))
