"""Why an obligation stays and what would end it: small cases by hand, drawn ones against other searches."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.day.clearing import Clearing, clear
from comity.day.why import Part, Why, explain
from comity.errors import InvalidRequest
from comity.solvers.setoff import SetOffProblem, solve
from tests.day.test_clearing import owed

HEAVY = 31
NAMES = "ABCDE"


@st.composite
def tables(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """Debtor, creditor and amount of a few obligations among five."""
    pairs = st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 6)).filter(lambda one: one[0] != one[1])
    return draw(st.lists(pairs, min_size=2, max_size=9))


def cleared(rows: list[tuple[int, int, int]]) -> Clearing:
    return clear(owed(*(f"{NAMES[debtor]}>{NAMES[creditor]} {amount}" for debtor, creditor, amount in rows)))


def why(answer: Clearing, place: int) -> Why:
    return explain(answer, f"{place + 1:03}")


def problem(
    rows: list[tuple[int, int, int]], weight: list[int] | None = None, room: list[int] | None = None
) -> SetOffProblem:
    columns = np.array(rows).T
    return SetOffProblem(
        5,
        columns[0].astype(np.int32),
        columns[1].astype(np.int32),
        columns[2].astype(np.int64),
        weight=None if weight is None else np.array(weight, np.int8),
        room=None if room is None else np.array(room, np.int64),
    )


def test_obligation_that_a_longer_ring_displaced_says_what_it_would_cost() -> None:
    answer = explain(clear(owed("A>B 10", "B>A 4", "B>C 10", "C>A 10")), "002")
    assert answer.rest == (Part(4, 1, (("B", "C"), ("C", "A"))),)
    assert answer.chain == ("B", "A")


def test_obligation_whose_creditor_owes_nothing_back_needs_money() -> None:
    answer = explain(clear(owed("A>B 7", "B>C 5", "A>C 2")), "002")
    assert answer.rest == (Part(5, None, ()),)
    assert answer.chain == ("A", "B", "C")
    assert (answer.injection_minor, answer.released_minor) == (5, 10)


def test_obligation_that_shares_with_others_of_its_pair_could_have_had_their_part() -> None:
    answer = explain(clear(owed("A>B 3", "A>B 3", "B>A 2")), "001")
    assert answer.discharged_minor == 1
    assert answer.rest == (Part(1, 0, (("A", "B"),)), Part(1, None, ()))


def test_obligation_does_not_displace_itself() -> None:
    assert explain(clear(owed("A>B 3", "B>A 2")), "001").rest == (Part(1, None, ()),)


def test_parts_of_the_rest_stand_by_what_they_cost() -> None:
    """B's debt can take the place of another to A at no loss, then of a ring, and what is beyond needs money."""
    answer = explain(clear(owed("A>B 10", "B>A 2", "B>A 12", "B>C 3", "C>A 3")), "003")
    ring = (("B", "C"), ("C", "A"))
    assert answer.rest == (Part(1, 0, (("B", "A"),)), Part(3, 1, ring), Part(2, None, ()))


def test_chain_leaves_out_what_is_too_small_to_pass_the_money_on() -> None:
    assert explain(clear(owed("A>B 4", "B>C 5", "C>D 5")), "002").chain == ("B", "C", "D")


def test_obligation_that_ended_needs_nothing() -> None:
    answer = explain(clear(owed("A>B 3", "B>A 3")), "001")
    assert (answer.injection_minor, answer.rest, answer.chain, answer.released_minor) == (0, (), (), 0)


def test_nothing_stays_with_a_central_counterparty() -> None:
    assert explain(clear(owed("A>B 3"), "ccp"), "001").injection_minor == 0


def test_chain_of_thousands_is_followed_to_its_end() -> None:
    texts = [f"P{place:04}>P{place + 1:04} 1" for place in range(5000)]
    rows = [row | {"id": str(place)} for place, row in enumerate(owed(*texts))]
    assert len(explain(clear(rows), "2500").chain) == 5001


def test_unknown_id_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="the id of an obligation of the table"):
        explain(clear(owed("A>B 3")), "9")


@settings(max_examples=150, deadline=None)
@given(tables())
def test_loss_is_what_forcing_one_more_unit_costs(rows: list[tuple[int, int, int]]) -> None:
    """One unit more than was discharged is made worth so much that every other choice yields to it."""
    answer = cleared(rows)
    total = int(answer.discharged.sum())
    for place, (debtor, creditor, amount) in enumerate(rows):
        ended = int(answer.discharged[place])
        if ended == amount:
            continue
        others = [row for one, row in enumerate(rows) if one != place]
        parts = [
            *others,
            (debtor, creditor, ended + 1),
            *[(debtor, creditor, amount - ended - 1)] * (amount > ended + 1),
        ]
        weights = [1] * len(others) + [HEAVY] + [1] * (len(parts) - len(others) - 1)
        forced = solve(problem(parts, weights)).discharged
        loss = why(answer, place).rest[0].loss
        if loss is None:
            assert forced[len(others)] == ended
        else:
            assert forced[len(others)] == ended + 1
            assert total - int(forced.sum()) == loss


@settings(max_examples=60, deadline=None)
@given(tables())
def test_parts_of_the_rest_cost_what_forcing_so_many_units_does(rows: list[tuple[int, int, int]]) -> None:
    answer = cleared(rows)
    total = int(answer.discharged.sum())
    for place, (debtor, creditor, amount) in enumerate(rows):
        reason, ended = why(answer, place), int(answer.discharged[place])
        assert sum(part.amount_minor for part in reason.rest) == amount - ended
        costs = [part.loss for part in reason.rest for _ in range(part.amount_minor)]
        others = [row for one, row in enumerate(rows) if one != place]
        weights = [1] * len(others) + [HEAVY]
        for more in range(1, amount - ended + 1):
            rest = [(debtor, creditor, amount - ended - more)] * (amount - ended > more)
            parts = [*others, (debtor, creditor, ended + more), *rest]
            forced = solve(problem(parts, weights + [1] * len(rest))).discharged
            movable = [cost for cost in costs[:more] if cost is not None]
            assert forced[len(others)] == ended + len(movable)
            assert total - int(forced.sum()) == sum(movable)


@settings(max_examples=150, deadline=None)
@given(tables())
def test_no_smaller_sum_in_any_account_ends_it_if_nobody_else_may_lose(rows: list[tuple[int, int, int]]) -> None:
    answer = cleared(rows)
    left = [(row[0], row[1], row[2] - int(ended)) for row, ended in zip(rows, answer.discharged, strict=True)]
    kept = [place for place, row in enumerate(left) if row[2]]
    for place in kept:
        reason = why(answer, place)
        weight = [HEAVY if one == place else 1 for one in kept]
        for account in range(5):
            room = [reason.injection_minor - 1 if one == account else 0 for one in range(5)]
            helped = solve(problem([left[one] for one in kept], weight, room))
            assert helped.discharged[kept.index(place)] < left[place][2]
        room = [reason.injection_minor if NAMES[one] == reason.chain[0] else 0 for one in range(5)]
        helped = solve(problem([left[one] for one in kept], weight, room))
        assert helped.discharged[kept.index(place)] == left[place][2]
        assert helped.total_minor >= reason.released_minor


@settings(max_examples=100, deadline=None)
@given(tables())
def test_worth_below_nothing_stays_whole_and_a_chain_is_of_what_is_left(rows: list[tuple[int, int, int]]) -> None:
    answer = cleared(rows)
    left: dict[tuple[str, str], int] = {}
    for (debtor, creditor, amount), ended in zip(rows, answer.discharged.tolist(), strict=True):
        pair = NAMES[debtor], NAMES[creditor]
        left[pair] = left.get(pair, 0) + amount - ended
    for place in range(len(rows)):
        reason = why(answer, place)
        assert reason.worth >= 0 or reason.discharged_minor == 0
        assert reason.worth <= 0 or reason.injection_minor == 0
        assert all(left[pair] >= reason.injection_minor for pair in pairwise(reason.chain))
