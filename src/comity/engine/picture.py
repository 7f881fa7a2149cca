"""The picture of what waits that a solver reads."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels.layout import (
    BALANCE,
    BLOCKED,
    CAP_A,
    CAP_B,
    CONSTRAINTS,
    CORRIDORS,
    CURRENCIES,
    FLAGS,
    HAS_HOLDING,
    HIGH,
    HOLDING,
    HOLDING_CAP,
    INFINITE,
    LIMIT,
    LISTED,
    MEMBERS,
    OWNER,
    ROWS,
    SPACE_KIND,
    SPACE_LIMIT,
    SPACE_OWNER,
    SPACE_USED,
    URGENT,
)
from comity.engine.kernels.proposals import count_passed, gather, shrink_list
from comity.engine.kernels.state import Int32s, Int64s, State
from comity.engine.offsetting import OffsettingProblem
from comity.engine.words import LOW_20

if TYPE_CHECKING:
    from comity.engine.core import Engine

NORMAL = 2
SPACE_MAX = 1 << 61


def picture(engine: "Engine", currencies: frozenset[str] | None, *, counts_passed: bool = False) -> OffsettingProblem:
    """Return what waits in these currencies (None: all) and could settle together, in queue order.

    How often each was passed costs a look at every instruction, so it is counted only if asked for.
    """
    s = engine.state
    shrink_list(s)
    wanted = np.array([currencies is None or code in currencies for code in engine.accounts.currencies], np.int64)
    slots = np.zeros(s.g[LISTED], np.int32)
    table = np.zeros((s.g[LISTED], 11), np.int64)
    count = gather(s, wanted, slots, table)
    slots, table = slots[:count], table[:count]
    order = _queue_order(table[:, 3], table[:, 4])
    slots, table = slots[order], table[order]
    passed = np.zeros(s.g[ROWS] if counts_passed else 1, np.int32)
    if counts_passed:
        count_passed(s, passed)
    return problem_over(
        s,
        slot=slots,
        passed=passed[slots] if counts_passed else np.zeros(len(slots), np.int32),
        account=table[:, 0].astype(np.int32),
        creditor=table[:, 1],
        amount=table[:, 2].copy(),
        priority=table[:, 3].astype(np.int8),
        fund=np.where(table[:, 5] >= 0, NORMAL, table[:, 3]).astype(np.int8),
        bundle=_dense(table[:, 5]),
        limit_out=table[:, 6].astype(np.int32),
        limit_in=table[:, 7].astype(np.int32),
        binds=table[:, 10] != 0,
        cap_a=table[:, 8].astype(np.int32),
        cap_b=table[:, 9].astype(np.int32),
    )


def problem_over(s: State, *, creditor: Int64s, **items: NDArray[Any]) -> OffsettingProblem:
    """Return the problem of these items, columns of n, over all accounts, limits and caps as they stand."""
    rows = s.accounts
    return OffsettingProblem(
        **items,
        creditor=creditor.astype(np.int32),
        holding=_holding_caps(s, creditor),
        room=rows[:, BALANCE] + rows[:, LIMIT] - rows[:, BLOCKED],
        urgent=rows[:, URGENT].copy(),
        high=rows[:, HIGH].copy(),
        currency=(rows[:, OWNER] & LOW_20).astype(np.int32),
        space=_space_of(s),
        kind=s.constraints[: s.g[CONSTRAINTS], SPACE_KIND].astype(np.int8),
    )


def _queue_order(rank: Int64s, place: Int64s) -> Int64s:
    """Order by class, then place; places nearly always stand in order already."""
    if len(place) and np.any(place[1:] < place[:-1]):
        return np.lexsort((place, rank))
    return np.argsort(rank.astype(np.int8), kind="stable")


def _dense(bundle: Int64s) -> Int32s:
    """Number bundles from 0 in the order of their ids; -1 stays."""
    known, inverse = np.unique(bundle, return_inverse=True)
    shift = 1 if len(known) and known[0] < 0 else 0
    return (inverse - shift).astype(np.int32)


def corridors_of(s: State, debtor: Int64s, creditor: Int64s) -> Int64s:
    """Return the corridor between the home members of accounts of one currency, for each pair."""
    owner = s.accounts[:, OWNER]
    a, b = (owner[debtor] >> 20) & LOW_20, (owner[creditor] >> 20) & LOW_20
    corridor: Int64s = s.corridor_of[(a * s.g[MEMBERS] + b) * s.g[CURRENCIES] + (owner[debtor] & LOW_20)]
    return corridor


def corridor_caps(s: State, debtor: Int64s, creditor: Int64s) -> tuple[Int32s, Int32s]:
    """Return the two corridor caps that bind each pair, -1 for none."""
    none = np.full(len(debtor), -1, np.int32)
    if not s.g[CORRIDORS]:
        return none, none
    index = corridors_of(s, debtor, creditor)
    caps = []
    for column in (CAP_A, CAP_B):
        cap = s.corridors[index, column] - 1
        free = (cap < 0) | (s.constraints[np.maximum(cap, 0), SPACE_LIMIT] >= INFINITE)
        caps.append(np.where(free, -1, cap).astype(np.int32))
    return caps[0], caps[1]


def _holding_caps(s: State, creditor: Int64s) -> Int32s:
    """Return the cap on what each creditor may hold, -1 for none."""
    capped = s.accounts[:, FLAGS] & HAS_HOLDING != 0
    cap = np.where(capped, s.accounts[:, HOLDING] - 1, -1)
    return cap[creditor].astype(np.int32)


def _space_of(s: State) -> Int64s:
    """Return what limits and caps leave; one that was removed leaves more than can wait."""
    rows = s.constraints[: s.g[CONSTRAINTS]]
    held = s.accounts[np.maximum(rows[:, SPACE_OWNER], 0), BALANCE]
    left = rows[:, SPACE_LIMIT] - np.where(rows[:, SPACE_KIND] == HOLDING_CAP, held, rows[:, SPACE_USED])
    return np.clip(left, -SPACE_MAX, SPACE_MAX)
