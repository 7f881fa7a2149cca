"""An upper bound on the value that any set of waiting items can settle.

An account can pay at most its room and everything that may still come in. An
item larger than that can be in no set, nor can its bundle; without it less
comes in elsewhere. A few sweeps remove such items; what is left bounds each
account by min(waiting out, room + waiting in), and the sum over the accounts of
a currency is the bound. Reservations and limits are left out: they only lower
what can settle. O(n) per sweep, at most `SWEEPS` of them.
"""

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import lean
from comity.engine.offsetting import OffsettingProblem

SWEEPS = 4


@lean
def run(
    problem: OffsettingProblem,
    possible: NDArray[np.bool_],
    broken: NDArray[np.bool_],
    reach: NDArray[np.int64],
    out: NDArray[np.int64],
    bound: NDArray[np.int64],
) -> None:
    """Add the bound of each currency to `bound`.

    Parameters
    ----------
    possible : bool[n], written
        All true.
    broken : bool[bundles], written
        All false.
    reach : int64[m], written
        The accounts' rooms; holds room + waiting in, so below 2^62 + 2^62.
    out : int64[m], written
        All 0.
    bound : int64[currencies], written
        All 0.
    """
    for i in range(len(problem.amount)):
        reach[problem.creditor[i]] += problem.amount[i]
    for _ in range(SWEEPS):
        removed = 0
        for i in range(len(problem.amount)):
            bundle = problem.bundle[i]
            if possible[i] and (problem.amount[i] > reach[problem.account[i]] or (bundle >= 0 and broken[bundle])):
                possible[i] = False
                reach[problem.creditor[i]] -= problem.amount[i]
                removed += 1
                if bundle >= 0:
                    broken[bundle] = True
        if removed == 0:
            break
    for i in range(len(problem.amount)):
        if possible[i]:
            out[problem.account[i]] += problem.amount[i]
    for a in range(len(out)):
        bound[problem.currency[a]] += min(out[a], max(reach[a], 0))
