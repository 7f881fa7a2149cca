from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from comity.errors import InvalidRequest
from comity.solvers.kernels.setoff.shares import divide
from comity.solvers.setoff import (
    PARTICIPANTS_MAX,
    SUM_MAX,
    WEIGHT_MAX,
    SetOff,
    SetOffProblem,
    Verdict,
    certify,
    solve,
)
from tests.oracles import setoff as oracle


def problem(text: str, room: list[int] | None = None) -> SetOffProblem:
    """Return the obligations of a text as `A>B 100, B>C 5 x2`: participants A, B, ..., the weight after x."""
    rows = [obligation.split() for obligation in text.split(", ")]
    sides = [[ord(name) - ord("A") for name in row[0].split(">")] for row in rows]
    return SetOffProblem(
        participants=max(max(pair) for pair in sides) + 1,
        debtor=np.array([debtor for debtor, _ in sides], np.int32),
        creditor=np.array([creditor for _, creditor in sides], np.int32),
        amount=np.array([int(row[1]) for row in rows], np.int64),
        weight=np.array([int(row[2][1:]) if len(row) > 2 else 1 for row in rows], np.int8),
        room=None if room is None else np.array(room, np.int64),
    )


def obligations(given_: SetOffProblem) -> list[oracle.Obligation]:
    weight = np.ones(len(given_.amount), np.int8) if given_.weight is None else given_.weight
    columns = (given_.debtor, given_.creditor, given_.amount, weight)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def chosen(given_: SetOffProblem, rows: NDArray[np.int64]) -> SetOffProblem:
    """Return the same problem with these obligations, in this order."""
    return replace(
        given_,
        debtor=given_.debtor[rows],
        creditor=given_.creditor[rows],
        amount=given_.amount[rows],
        weight=None if given_.weight is None else given_.weight[rows],
        order=None if given_.order is None else given_.order[rows],
    )


def best(given_: SetOffProblem) -> int:
    room = None if given_.room is None else given_.room.tolist()
    arcs = oracle.with_money(obligations(given_), given_.participants, room)
    return oracle.value(arcs, oracle.best_by_cycles(arcs, given_.participants + 1))


@st.composite
def problems(
    draw: st.DrawFn, *, n_max: int = 8, m_max: int = 30, amount_max: int = 0, weights: bool = True, money: bool = True
) -> SetOffProblem:
    """Draw a problem; small and large amounts, with and without weights, order and room."""
    n = draw(st.integers(2, n_max))
    m = draw(st.integers(0, m_max))
    rng = np.random.Generator(np.random.PCG64(draw(st.integers(0, 2**32 - 1))))
    most = amount_max or draw(st.sampled_from([3, 100, 10**15]))
    debtor = rng.integers(0, n, m)
    return SetOffProblem(
        participants=n,
        debtor=debtor.astype(np.int32),
        creditor=((debtor + rng.integers(1, n, m)) % n).astype(np.int32),
        amount=rng.integers(1, most + 1, m),
        weight=rng.integers(1, draw(st.sampled_from([3, 32])), m).astype(np.int8)
        if weights and draw(st.booleans())
        else None,
        order=rng.permutation(m) if draw(st.booleans()) else None,
        room=rng.integers(0, most, n) * rng.integers(0, 2, n) if money and draw(st.booleans()) else None,
    )


def check(given_: SetOffProblem, answer: SetOff) -> None:
    """What must hold for every answer: range, balance, proof, and that the figures are those of the flow."""
    proof = certify(given_, answer.discharged, answer.potential)
    assert proof.verdict == Verdict.HOLDS
    assert (proof.total_minor, proof.value) == (answer.total_minor, answer.value)
    assert answer.value == answer.bound == proof.bound
    assert answer.total_minor == answer.discharged.sum() == answer.arcs.flow.sum()
    assert answer.remaining_minor == (given_.amount - answer.discharged).sum()
    money = np.zeros(given_.participants, np.int64)
    np.add.at(money, given_.debtor, answer.discharged)
    np.subtract.at(money, given_.creditor, answer.discharged)
    assert money.tolist() == answer.money.tolist()
    assert (money <= (0 if given_.room is None else given_.room)).all()
    assert given_.room is not None or not money.any()
    assert answer.gross_minor == given_.amount.sum()
    assert answer.net_debit_minor == -answer.net[answer.net < 0].sum() == answer.net[answer.net > 0].sum()
    assert answer.bilateral_minor == oracle.bilateral(obligations(given_))


def faults(given_: SetOffProblem) -> list[str]:
    with pytest.raises(InvalidRequest) as caught:
        solve(given_)
    return str(caught.value).splitlines()


# The optimum


@pytest.mark.jit_off
@settings(max_examples=40, deadline=None)
@given(problems())
def test_value_is_that_of_cancelled_cycles_and_proves_itself(given_: SetOffProblem) -> None:
    answer = solve(given_)
    check(given_, answer)
    assert answer.value == best(given_)


@settings(max_examples=300, deadline=None)
@given(problems(n_max=12, m_max=80))
def test_value_of_larger_problems_is_that_of_cancelled_cycles(given_: SetOffProblem) -> None:
    answer = solve(given_)
    check(given_, answer)
    assert answer.value == best(given_)


@settings(max_examples=60, deadline=None)
@given(problems(n_max=4, m_max=5, amount_max=3, money=False))
def test_value_of_tiny_problems_is_the_best_of_all_circulations(given_: SetOffProblem) -> None:
    rows = obligations(given_)
    expected = oracle.best_by_trial(rows, given_.participants)
    assert oracle.value(rows, oracle.best_by_cycles(rows, given_.participants)) == expected
    assert solve(given_).value == expected


@pytest.mark.jit_off
def test_nothing_is_discharged_of_nothing() -> None:
    empty = SetOffProblem(3, np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int64))
    answer = solve(empty)
    assert (answer.total_minor, answer.bound, answer.rounds) == (0, 0, 0)
    assert solve(replace(empty, participants=0, room=np.zeros(0, np.int64))).total_minor == 0


@pytest.mark.jit_off
def test_chain_discharges_nothing_and_is_proved_across_components() -> None:
    answer = solve(problem("A>B 5, B>C 5, C>D 5, B>A 1"))
    assert answer.discharged.tolist() == [1, 0, 0, 1]
    assert answer.bound == 2


def test_amounts_near_the_largest_sum_are_discharged_exactly() -> None:
    third = SUM_MAX // 3
    ring = problem(f"A>B {third}, B>C {third - 1}, C>A {third - 2}")
    assert solve(ring).total_minor == 3 * (third - 2)
    check(ring, solve(ring))


# Which optimum


@settings(max_examples=100, deadline=None)
@given(problems(), st.randoms(use_true_random=False))
def test_answer_does_not_depend_on_the_order_of_obligations(given_: SetOffProblem, chance: Random) -> None:
    order = np.arange(len(given_.amount)) if given_.order is None else given_.order
    rows = list(range(len(given_.amount)))
    chance.shuffle(rows)
    given_ = replace(given_, order=order)
    moved = chosen(given_, np.array(rows, np.int64))
    assert solve(moved).discharged.tolist() == solve(given_).discharged[rows].tolist()


@settings(max_examples=100, deadline=None)
@given(problems(), st.lists(st.integers(1, 3), min_size=8, max_size=8))
def test_answer_does_not_depend_on_names_that_keep_their_order(given_: SetOffProblem, gaps: list[int]) -> None:
    name = np.cumsum(gaps).astype(np.int32)[: given_.participants]
    participants = int(name[-1]) + 2
    room = None
    if given_.room is not None:
        room = np.zeros(participants, np.int64)
        room[name] = given_.room
    renamed = replace(
        given_, participants=participants, debtor=name[given_.debtor], creditor=name[given_.creditor], room=room
    )
    assert solve(renamed).discharged.tolist() == solve(given_).discharged.tolist()


@settings(max_examples=100, deadline=None)
@given(problems(n_max=5, money=False), problems(n_max=5, money=False))
def test_answer_does_not_depend_on_other_components(one: SetOffProblem, other: SetOffProblem) -> None:
    one, other = (replace(each, weight=None, order=None) for each in (one, other))
    both = SetOffProblem(
        one.participants + other.participants,
        np.concatenate([other.debtor, one.debtor + np.int32(other.participants)]),
        np.concatenate([other.creditor, one.creditor + np.int32(other.participants)]),
        np.concatenate([other.amount, one.amount]),
    )
    expected = solve(other).discharged.tolist() + solve(one).discharged.tolist()
    assert solve(both).discharged.tolist() == expected


@settings(max_examples=100, deadline=None)
@given(problems(n_max=4, m_max=40))
def test_obligations_of_one_arc_share_its_flow_in_proportion(given_: SetOffProblem) -> None:
    answer = solve(given_)
    order = list(range(len(given_.amount))) if given_.order is None else given_.order.tolist()
    rows = obligations(given_)
    arcs = [column.tolist() for column in answer.arcs]
    for debtor, creditor, weight, amount, flow in zip(*arcs, strict=True):
        mine = [i for i, row in enumerate(rows) if (row[0], row[1], row[3]) == (debtor, creditor, weight)]
        amounts = [rows[i][2] for i in mine]
        assert sum(amounts) == amount
        expected = oracle.shares(flow, amounts, [order[i] for i in mine])
        assert answer.discharged[mine].tolist() == expected


@pytest.mark.jit_off
def test_equal_claims_share_by_largest_remainder_then_by_order() -> None:
    three = problem("A>B 10, A>B 10, A>B 10, B>A 20")
    assert solve(three).discharged.tolist() == [7, 7, 6, 20]
    later = replace(three, order=np.array([3, 2, 1, 0]))
    assert solve(later).discharged.tolist() == [6, 7, 7, 20]


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 2**62 - 1), st.integers(1, 2**62 - 1), st.integers(1, 2**62 - 1))
def test_shares_are_divided_exactly(amount: int, flow: int, capacity: int) -> None:
    amount, flow = min(amount, capacity), flow % capacity
    if flow:
        assert tuple(divide(amount, flow, capacity)) == divmod(amount * flow, capacity)


# Weights and money


@pytest.mark.jit_off
def test_heavier_class_is_discharged_first() -> None:
    assert solve(problem("A>B 5, A>B 5 x2, B>A 5")).discharged.tolist() == [0, 5, 5]


def test_weights_are_summed_and_not_ranked() -> None:
    shared = "A>B 4, B>C 4, C>A 4, B>A 4 x"
    assert solve(problem(shared + "2")).discharged.tolist() == [4, 4, 4, 0]
    assert solve(problem(shared + "3")).discharged.tolist() == [4, 0, 0, 4]


@pytest.mark.jit_off
def test_money_helps_a_chain_as_far_as_it_reaches() -> None:
    answer = solve(problem("A>B 10, B>C 8", room=[6, 0, 0]))
    assert answer.discharged.tolist() == [6, 6]
    assert answer.money.tolist() == [6, 0, -6]


def test_room_of_zero_everywhere_is_the_set_off_without_money() -> None:
    text = "A>B 300, B>C 200, C>A 100, C>D 9"
    assert solve(problem(text, room=[0] * 4)).discharged.tolist() == solve(problem(text)).discharged.tolist()


def test_room_beyond_all_debts_discharges_everything() -> None:
    answer = solve(problem("A>B 300, B>C 200, C>A 100, C>D 9", room=[SUM_MAX] * 4))
    assert answer.remaining_minor == 0
    assert answer.money.tolist() == (-answer.net).tolist()


# A start


@pytest.mark.jit_off
@settings(max_examples=40, deadline=None)
@given(problems(), st.integers(0, 2**32 - 1))
def test_answer_from_a_start_has_the_same_value_and_proves_itself(given_: SetOffProblem, seed: int) -> None:
    start = solve(given_)
    rng = np.random.Generator(np.random.PCG64(seed))
    kept = rng.random(len(given_.amount)) < 0.8
    change = rng.integers(1, 50, len(given_.amount)) * (rng.random(len(given_.amount)) < 0.2)
    room = None if given_.room is None else given_.room[::-1].copy()
    changed = chosen(replace(given_, amount=given_.amount + change, room=room), np.flatnonzero(kept))
    answer = solve(changed, start)
    check(changed, answer)
    assert answer.value == solve(changed).value


@settings(max_examples=50, deadline=None)
@given(problems())
def test_start_that_already_fits_is_returned(given_: SetOffProblem) -> None:
    start = solve(given_)
    again = solve(given_, start)
    assert again.rounds == 0
    assert again.discharged.tolist() == start.discharged.tolist()


def test_start_of_other_participants_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="start: expected 3 participants, found 2"):
        solve(problem("A>B 1, B>C 1"), solve(problem("A>B 1")))


# The proof


@pytest.mark.jit_off
def test_wrong_answers_are_told_apart() -> None:
    ring = problem("A>B 300, B>C 200, C>A 100")
    right = solve(ring)

    def verdict(discharged: list[int], potential: list[int]) -> Verdict:
        return certify(ring, np.array(discharged), np.array(potential)).verdict

    potential = right.potential.tolist()
    assert verdict([100, 100, 100], potential) == Verdict.HOLDS
    assert verdict([99, 99, 99], potential) == Verdict.NOT_PROVED
    assert verdict([100, 100, 100], [0, 0, 0, 0]) == Verdict.NOT_PROVED
    assert verdict([100, 100, 99], potential) == Verdict.NOT_BALANCED
    assert verdict([101, 101, 101], potential) == Verdict.OUT_OF_RANGE
    assert verdict([-1, -1, -1], potential) == Verdict.OUT_OF_RANGE
    assert verdict([100, 100, 100], [-1, 0, 0, 0]) == Verdict.OUT_OF_RANGE
    assert verdict([100, 100, 100], [0, 2**60, 0, 0]) == Verdict.NOT_PROVED
    with pytest.raises(InvalidRequest, match="discharged: expected int64, 3 values, found int64, 2 values"):
        verdict([100, 100], potential)


# What is refused


@pytest.mark.jit_off
def test_every_fault_of_the_values_is_named_at_once() -> None:
    wrong = SetOffProblem(
        participants=2,
        debtor=np.array([0, 1, 2, 0], np.int32),
        creditor=np.array([0, -1, 0, 1], np.int32),
        amount=np.array([1, 0, -5, 7]),
        weight=np.array([1, 0, 32, 31], np.int8),
        room=np.array([-1, 0]),
    )
    assert faults(wrong) == [
        "row 3, column debtor: expected a participant, 0 to 1, found '2'",
        "row 2, column creditor: expected a participant, 0 to 1, found '-1'",
        "row 1, column creditor: expected another participant than the debtor, found '0'",
        "row 2, column amount: expected 1 minor unit or more, found '0'",
        "row 3, column amount: expected 1 minor unit or more, found '-5'",
        f"row 2, column weight: expected 1 to {WEIGHT_MAX}, found '0'",
        f"row 3, column weight: expected 1 to {WEIGHT_MAX}, found '32'",
        f"row 1, column room: expected 0 to {SUM_MAX}, found '-1'",
    ]


@pytest.mark.jit_off
def test_sum_that_would_wrap_is_refused_with_its_exact_size() -> None:
    wide = problem("A>B 1, B>A 1")
    amounts = np.full(2, 2**62)
    assert faults(replace(wide, amount=amounts))[-1].endswith(f"found '{2**63}'")
    assert faults(replace(wide, amount=np.array([2**61, 2**61])))[-1].endswith(f"found '{2**62}'")
    assert solve(replace(wide, amount=np.array([2**61, 2**61 - 1]))).total_minor == 2**62 - 2
    weighted = replace(wide, amount=np.array([2**58, 2**58]), weight=np.array([31, 1], np.int8))
    assert faults(weighted)[-1].endswith(f"found '{2**63}'")


def test_a_hundred_faults_are_kept_and_more_are_announced() -> None:
    lines = faults(SetOffProblem(1, np.zeros(200, np.int32), np.zeros(200, np.int32), np.ones(200, np.int64)))
    assert len(lines) == 101
    assert lines[-1] == "and more: the first 100 are shown"


def test_columns_of_other_lengths_and_types_are_refused() -> None:
    ring = problem("A>B 1, B>A 1")
    assert faults(replace(ring, debtor=np.array([0.0, 1.0]), creditor=ring.creditor[:1])) == [
        "debtor: expected int32, 2 values, found float64, 2 values",
        "creditor: expected int32, 2 values, found int32, 1 values",
    ]
    assert "participants" in faults(replace(ring, participants=PARTICIPANTS_MAX + 1))[0]
