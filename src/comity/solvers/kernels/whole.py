"""All or nothing: everything that waits in tied currencies settles, or none of it does.

Currencies are tied by bundles (the legs of a PvP, a linked set) and by limits
that count items of both. A component of tied currencies settles if, with all
its items kept, none of its accounts is short and none of its limits and caps
is exceeded. O(n + m + k).
"""

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import lean
from comity.engine.offsetting import OffsettingProblem
from comity.solvers.kernels.book import PAYER, Book, is_exceeded, is_short


@lean
def root(parent: NDArray[np.int32], node: int) -> int:
    """Return the root of the component of `node`, halving the way for who comes next."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@lean
def _tie(parent: NDArray[np.int32], first: NDArray[np.int32], group: int, currency: int) -> None:
    """Tie `currency` to the first one seen of `group`; a group below 0 ties nothing."""
    if group < 0:
        return
    if first[group] < 0:
        first[group] = currency
    else:
        a, b = root(parent, first[group]), root(parent, currency)
        parent[max(a, b)] = min(a, b)


@lean
def tie_currencies(
    problem: OffsettingProblem,
    parent: NDArray[np.int32],
    of_bundle: NDArray[np.int32],
    of_limit: NDArray[np.int32],
) -> None:
    """Join currencies that a bundle or a limit ties; the root of a component is its lowest index.

    Parameters
    ----------
    parent : int32[currencies], written
        Each currency its own parent.
    of_bundle, of_limit : int32[bundles], int32[limits], written
        All -1: the first currency seen of each.
    """
    for i in range(len(problem.amount)):
        currency = problem.currency[problem.account[i]]
        _tie(parent, of_bundle, problem.bundle[i], currency)
        for c in (problem.limit_out[i], problem.cap_a[i], problem.cap_b[i], problem.holding[i]):
            _tie(parent, of_limit, c, currency)


@lean
def run(
    problem: OffsettingProblem,
    book: Book,
    parent: NDArray[np.int32],
    of_limit: NDArray[np.int32],
    holds: NDArray[np.bool_],
) -> None:
    """Unkeep every item of a component that does not hold as a whole.

    Parameters
    ----------
    parent, of_limit
        As `tie_currencies` leaves them.
    holds : bool[currencies], written
        All true.
    """
    for a in range(len(problem.room)):
        if is_short(book.account, a):
            holds[root(parent, problem.currency[a])] = False
    for c in range(len(problem.space)):
        if is_exceeded(book.limit, c):
            holds[root(parent, of_limit[c])] = False
    for row in range(len(book.amount)):
        book.keep[row] = holds[root(parent, problem.currency[book.item[row, PAYER]])]
