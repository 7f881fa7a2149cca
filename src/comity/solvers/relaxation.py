"""The divisible relaxation: what could settle if payments could be split, and who would pay whom how much.

Per currency it is a flow of largest value: an account pays no more than it
receives and its room, and each arc, everything that one account has waiting for
another, carries at most its amount. It is a set-off with money
(`comity.solvers.setoff`), solved exactly. Its value bounds every set of whole
items: a set that holds is such a flow, since of the room only that is counted
which even the best class of waiting items can use, and limits and bundles, which
only lower what can settle, are left out. Items that can be in no set (see
`kernels.bound`) are left out before.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.offsetting import OffsettingProblem
from comity.solvers.kernels import bound, forest
from comity.solvers.kernels.book import PAYEE, PAYER, Book
from comity.solvers.kernels.setoff import merge
from comity.solvers.setoff import SUM_MAX, SetOffProblem
from comity.solvers.setoff import solve as set_off

_WHOLE: Final = 0


class Relaxation(NamedTuple):
    """Arcs by payer and payee, rows as in a book."""

    order: NDArray[np.int32]
    """n: rows by payer, payee, queue order."""
    arc: NDArray[np.int32]
    """n: by row."""
    flow: NDArray[np.int64]
    """By arc: what it carries, hardly any in part."""
    bound_minor: NDArray[np.int64]
    """By currency: no set of items settles more."""


class _Arcs(NamedTuple):
    debtor: NDArray[np.int32]
    creditor: NDArray[np.int32]
    amount: NDArray[np.int64]
    """What waits and may be in some set."""


def simple_bound(problem: OffsettingProblem, currencies: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the bound of `comity.solvers.kernels.bound` per currency, and which items may be in some set."""
    result = np.zeros(currencies, np.int64)
    possible = np.ones(len(problem.slot), np.bool_)
    bundles = int(problem.bundle.max(initial=-1)) + 1
    bound.run(
        problem,
        possible,
        np.zeros(bundles, np.bool_),
        problem.room.copy(),
        np.zeros(len(problem.room), np.int64),
        result,
    )
    return result, possible


def relax(problem: OffsettingProblem, book: Book, currencies: int) -> Relaxation:
    """Solve the relaxation of every currency; O(n + m), and a flow over the arcs."""
    simple, possible = simple_bound(problem, currencies)
    by_row = np.empty(len(possible), np.bool_)
    by_row[book.place] = possible
    order, arc, arcs = _group(book, by_row)
    flow = np.zeros(len(arcs.amount), np.int64)
    room = _usable_room(problem, possible)
    value = np.zeros(currencies, np.int64)
    currency = problem.currency[arcs.debtor]
    for c in range(currencies):
        accounts = np.flatnonzero(problem.currency == c)
        chosen = np.flatnonzero(currency == c)
        flow[chosen] = _circulate(_chosen(arcs, chosen), accounts, room)
        value[c] = flow[chosen].sum()
    return Relaxation(order, arc, flow, np.minimum(simple, value))


def _chosen(arcs: _Arcs, rows: NDArray[np.int64]) -> _Arcs:
    return _Arcs(arcs.debtor[rows], arcs.creditor[rows], arcs.amount[rows])


def _group(book: Book, possible: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32], _Arcs]:
    """Return the rows by arc, the arc of every row, and the arcs."""
    items, accounts = len(book.amount), len(book.account)
    payer, payee = book.item[:, PAYER].copy(), book.item[:, PAYEE].copy()
    rows, spare = np.arange(items, dtype=np.int32), np.empty(items, np.int32)
    merge.reorder(payee, rows, np.zeros(accounts, np.int64), spare)
    merge.reorder(payer, spare, np.zeros(accounts, np.int64), rows)
    arc = np.empty(items, np.int32)
    first = spare[: merge.group(payer, payee, np.zeros(items, np.int32), rows, arc, spare)]
    amount = np.zeros(len(first), np.int64)
    merge.total(np.where(possible, book.amount, 0), arc, amount)
    return rows, arc, _Arcs(payer[first], payee[first], amount)


def _usable_room(problem: OffsettingProblem, possible: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the most of its room that each account can pay from, for the best class that it has waiting.

    Reservations are at most 2^60 each and rooms at least -2^61, so nothing wraps.
    """
    waits = np.zeros((3, len(problem.room)), np.bool_)
    waits[problem.fund[possible], problem.account[possible]] = True
    reserved = np.where(waits[0], 0, np.where(waits[1], problem.urgent, problem.urgent + problem.high))
    return np.clip(problem.room - reserved, 0, SUM_MAX)


def _circulate(arcs: _Arcs, accounts: NDArray[np.int64], room: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the flow of each arc of one currency; an arc to its own payer is always full."""
    flow = np.where(arcs.debtor == arcs.creditor, arcs.amount, 0)
    moving = np.flatnonzero((arcs.debtor != arcs.creditor) & (arcs.amount > 0))
    debtor = np.searchsorted(accounts, arcs.debtor[moving]).astype(np.int32)
    creditor = np.searchsorted(accounts, arcs.creditor[moving]).astype(np.int32)
    amount = arcs.amount[moving]
    answer = set_off(SetOffProblem(len(accounts), debtor, creditor, amount, room=room[accounts]))
    found = answer.discharged.copy()
    none = np.full(len(accounts), -1, np.int32)
    forest.break_cycles(debtor, creditor, amount, found, none, none.copy())
    flow[moving] = found
    return flow
