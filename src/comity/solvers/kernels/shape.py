"""Whether a problem is one: indexes inside, amounts positive, sums that cannot wrap.

Compiled code reads past the end of an array without noticing, so every index
is looked at once before a rule runs. O(n + m + k).
"""

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import lean
from comity.engine.offsetting import BILATERAL, CORRIDOR, HOLDING, MULTILATERAL, OffsettingProblem

FITS = 0
ACCOUNT_UNKNOWN = 1
CURRENCIES_DIFFER = 2
AMOUNT_OUT_OF_RANGE = 3
CLASS_UNKNOWN = 4
BUNDLE_UNKNOWN = 5
LIMIT_UNKNOWN = 6
LIMIT_OF_TWO_ACCOUNTS = 7
ROOM_OUT_OF_RANGE = 8

_SUM_MAX = 1 << 62
_SPACE_MAX = 1 << 61
_RESERVATION_MAX = 1 << 60


@lean
def examine(problem: OffsettingProblem, waiting: NDArray[np.int64], owner: NDArray[np.int32]) -> int:
    """Return FITS or the first fault found.

    Parameters
    ----------
    waiting : int64[currencies], written
        All 0; a currency outside it is a fault.
    owner : int32[limits], written
        All -1.
    """
    accounts, limits = len(problem.room), len(problem.space)
    for a in range(accounts):
        if problem.currency[a] < 0 or problem.currency[a] >= len(waiting):
            return ACCOUNT_UNKNOWN
        if problem.room[a] < -_SPACE_MAX or problem.room[a] > _SUM_MAX:
            return ROOM_OUT_OF_RANGE
        if min(problem.urgent[a], problem.high[a]) < 0 or max(problem.urgent[a], problem.high[a]) > _RESERVATION_MAX:
            return ROOM_OUT_OF_RANGE
    for c in range(limits):
        if problem.space[c] < -_SPACE_MAX or problem.space[c] > _SPACE_MAX:
            return ROOM_OUT_OF_RANGE
        if problem.kind[c] < 0 or problem.kind[c] > HOLDING:
            return LIMIT_UNKNOWN
    for i in range(len(problem.amount)):
        payer, creditor, amount = problem.account[i], problem.creditor[i], problem.amount[i]
        if min(payer, creditor) < 0 or max(payer, creditor) >= accounts:
            return ACCOUNT_UNKNOWN
        currency = problem.currency[payer]
        if currency != problem.currency[creditor]:
            return CURRENCIES_DIFFER
        if amount <= 0 or amount >= _SUM_MAX - waiting[currency]:
            return AMOUNT_OUT_OF_RANGE
        waiting[currency] += amount
        if problem.fund[i] < 0 or problem.fund[i] > 2:
            return CLASS_UNKNOWN
        if problem.bundle[i] < -1 or problem.bundle[i] >= len(problem.amount):
            return BUNDLE_UNKNOWN
        fault = _examine_limits(problem, owner, i)
        if fault != FITS:
            return fault
    return FITS


@lean
def _is_wrong(problem: OffsettingProblem, c: int, lowest: int, highest: int) -> bool:
    """Whether an item names a limit that does not exist or is of another kind; -1 names none."""
    if c == -1:
        return False
    return bool(c < -1 or c >= len(problem.space) or problem.kind[c] < lowest or problem.kind[c] > highest)


@lean
def _examine_limits(problem: OffsettingProblem, owner: NDArray[np.int32], i: int) -> int:
    """Every limit exists, is of the kind that its column says, and has one owner."""
    payer, creditor = problem.account[i], problem.creditor[i]
    out, relieved, cap = problem.limit_out[i], problem.limit_in[i], problem.holding[i]
    if _is_wrong(problem, out, BILATERAL, MULTILATERAL) or _is_wrong(problem, relieved, BILATERAL, MULTILATERAL):
        return LIMIT_UNKNOWN
    if _is_wrong(problem, problem.cap_a[i], CORRIDOR, CORRIDOR) or _is_wrong(
        problem, problem.cap_b[i], CORRIDOR, CORRIDOR
    ):
        return LIMIT_UNKNOWN
    if _is_wrong(problem, cap, HOLDING, HOLDING):
        return LIMIT_UNKNOWN
    for c, account in ((out, payer), (relieved, creditor), (cap, creditor)):
        if c >= 0:
            if owner[c] >= 0 and owner[c] != account:
                return LIMIT_OF_TWO_ACCOUNTS
            owner[c] = account
    return FITS
