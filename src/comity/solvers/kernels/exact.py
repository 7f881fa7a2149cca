"""The set of largest score among those that hold: branch and bound, for a few hundred items.

A unit is an item on its own or a bundle. Every unit is undecided, in or out. At
each node of the search tree

- what can no longer be in is out: an item larger than all that its payer could
  still have, and what stands behind an urgent or high item on its own that is out;
- the node is left if its bound does not exceed the best score found. Of each
  account that is the score of what is in, and of the undecided as much as its
  money could still pay, split if need be;
- if everything that is not out holds together, it is the best of this node.

Else the first undecided unit, by falling score, is tried in, then out. The
search stops after a number of nodes, not of seconds, so the answer is the same
on every machine; whether it ended by itself is returned.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import inlined, lean
from comity.solvers.kernels.book import Book, is_exceeded, is_short, put_back, remove

UNDECIDED = 0
IN = 1
OUT = 2
_RATIO_BITS = 32


class Units(NamedTuple):
    """u units of n items in one group of tied currencies; accounts and limits that they touch."""

    start: NDArray[np.int32]
    """u + 1: unit x has the items `member[start[x]:start[x + 1]]`."""
    member: NDArray[np.int32]
    """n: rows of the book; read only."""
    payer: NDArray[np.int32]
    """n: index into `account`."""
    payee: NDArray[np.int32]
    """n: index into `account`."""
    amount: NDArray[np.int64]
    """n: minor units."""
    score: NDArray[np.int64]
    """n: what the item counts; all together below 2^62, below 2^28 per account if `amount` differs from it."""
    behind: NDArray[np.int32]
    """u: the last urgent or high unit ahead of this item of its own in its payer's queue, -1 none."""
    account: NDArray[np.int32]
    """Accounts of the book."""
    limit: NDArray[np.int32]
    """Limits of the book."""


class Scratch(NamedTuple):
    """What the search writes."""

    state: NDArray[np.int8]
    """u: all UNDECIDED."""
    trail: NDArray[np.int32]
    """u: decided units, in the order of deciding."""
    branch: NDArray[np.int32]
    """u: per level, length of the trail before its unit was decided."""
    reach: NDArray[np.int64]
    """a: room not reserved + credits not out - debits in; at first with all credits. Below 2^63 as a sum of both."""
    open_debit: NDArray[np.int64]
    """a: debits undecided."""
    open_score: NDArray[np.int64]
    """a: their score."""
    best: NDArray[np.int8]
    """u: whether the best set has the unit."""


@lean
def run(book: Book, units: Units, scratch: Scratch, best_score: int, parts: int, nodes: int) -> tuple[int, int]:
    """Search; return the best score and the nodes left, below 0 if they ran out.

    Parameters
    ----------
    book
        Keeps every unit; afterwards too.
    best_score
        Only sets of a larger score are looked for, and written to `scratch.best`.
    parts
        0 if the score of an item is its amount.
    """
    decided, level, taken = 0, 0, 0
    while True:
        nodes -= 1
        decided, alive, taken = _propagate(book, units, scratch, decided, taken)
        follow = -1
        if alive and taken + _open_bound(units, scratch, parts) > best_score:
            if _holds(book, units):
                best_score = taken
                for x in range(len(scratch.state)):
                    scratch.best[x] = scratch.state[x] != OUT
                    if scratch.state[x] == UNDECIDED:
                        best_score += _score(units, x)
            else:
                follow = _first_open(scratch)
        if nodes < 0:
            follow = -1
        if follow >= 0:
            scratch.branch[level] = decided
            level += 1
            taken = _decide(book, units, scratch, follow, IN, taken)
            scratch.trail[decided] = follow
            decided += 1
            continue
        again = False
        while level > 0 and not again:
            level -= 1
            low = scratch.branch[level]
            unit = scratch.trail[low]
            was = scratch.state[unit]
            while decided > low:
                decided -= 1
                taken = _undecide(book, units, scratch, scratch.trail[decided], taken)
            if was == IN and nodes >= 0:
                taken = _decide(book, units, scratch, unit, OUT, taken)
                scratch.trail[decided] = unit
                decided += 1
                level += 1
                again = True
        if not again:
            while decided > 0:
                decided -= 1
                taken = _undecide(book, units, scratch, scratch.trail[decided], taken)
            return best_score, nodes


@inlined
def _score(units: Units, x: int) -> int:
    total = 0
    for t in range(units.start[x], units.start[x + 1]):
        total += units.score[t]
    return total


@lean
def _first_open(scratch: Scratch) -> int:
    for x in range(len(scratch.state)):
        if scratch.state[x] == UNDECIDED:
            return x
    return -1


@lean
def _decide(book: Book, units: Units, scratch: Scratch, x: int, state: int, taken: int) -> int:
    """Put unit `x` in or out; return the score of what is in."""
    scratch.state[x] = state
    for t in range(units.start[x], units.start[x + 1]):
        payer, amount = units.payer[t], units.amount[t]
        scratch.open_debit[payer] -= amount
        scratch.open_score[payer] -= units.score[t]
        if state == IN:
            scratch.reach[payer] -= amount
            taken += units.score[t]
        else:
            scratch.reach[units.payee[t]] -= amount
            remove(book, units.member[t])
    return taken


@lean
def _undecide(book: Book, units: Units, scratch: Scratch, x: int, taken: int) -> int:
    """Undo `_decide`."""
    state = scratch.state[x]
    scratch.state[x] = UNDECIDED
    for t in range(units.start[x], units.start[x + 1]):
        payer, amount = units.payer[t], units.amount[t]
        scratch.open_debit[payer] += amount
        scratch.open_score[payer] += units.score[t]
        if state == IN:
            scratch.reach[payer] += amount
            taken -= units.score[t]
        else:
            scratch.reach[units.payee[t]] += amount
            put_back(book, units.member[t])
    return taken


@lean
def _propagate(book: Book, units: Units, scratch: Scratch, decided: int, taken: int) -> tuple[int, bool, int]:
    """Take out what can no longer be in; return the length of the trail, whether what is in can hold, its score."""
    changed = True
    while changed:
        changed = False
        for x in range(len(scratch.state)):
            state = scratch.state[x]
            if state == OUT or _can_be_in(units, scratch, x, state):
                continue
            if state == IN:
                return decided, False, taken
            taken = _decide(book, units, scratch, x, OUT, taken)
            scratch.trail[decided] = x
            decided += 1
            changed = True
    return decided, True, taken


@inlined
def _can_be_in(units: Units, scratch: Scratch, x: int, state: int) -> bool:
    ahead = units.behind[x]
    fits = ahead < 0 or scratch.state[ahead] != OUT
    for t in range(units.start[x], units.start[x + 1]):
        need = units.amount[t] if state == UNDECIDED else 0
        fits = fits and scratch.reach[units.payer[t]] >= need
    return fits


@lean
def _open_bound(units: Units, scratch: Scratch, parts: int) -> int:
    """Return the most that undecided units can add to the score.

    Parts are rounded down item by item, so a share of them may lack one per item:
    it is added again. A product is at most 2^28 * 2^32.
    """
    total = 0
    for a in range(len(scratch.reach)):
        debit, reach, score = scratch.open_debit[a], max(scratch.reach[a], 0), scratch.open_score[a]
        if reach >= debit:
            total += score
        elif parts == 0:
            total += reach
        else:
            while debit >> _RATIO_BITS > 0:
                debit >>= 8
                reach >>= 8
            total += min(score, score * (reach + 1) // debit + 1 + len(units.member))
    return total


@lean
def _holds(book: Book, units: Units) -> bool:
    """Whether all that is not out holds together; what stands behind a unit that is out is out."""
    for a in range(len(units.account)):
        if is_short(book.account, units.account[a]):
            return False
    exceeded = 0
    for c in range(len(units.limit)):
        exceeded += is_exceeded(book.limit, units.limit[c])
    return exceeded == 0
