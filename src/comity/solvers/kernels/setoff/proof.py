"""Whether a set-off is one, and whether it is the largest: one pass, no search.

Weak duality: for any potentials, sum u max(0, w - potential of the debtor +
potential of the creditor) is at least the value of every circulation. Where
the value discharged equals it, nothing discharges more. O(m + n).
"""

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import inlined, lean

HOLDS = 0
OUT_OF_RANGE = 1
NOT_BALANCED = 2
NOT_PROVED = 3
_MOST = 1 << 62


@lean
def examine(
    debtor: NDArray[np.int32],
    creditor: NDArray[np.int32],
    amount: NDArray[np.int64],
    weight: NDArray[np.int32],
    participants: int,
    weight_max: int,
) -> bool:
    """Whether every obligation is one, and the sum of weighted amounts is below 2^62."""
    total = 0
    for i in range(len(amount)):
        if debtor[i] < 0 or creditor[i] < 0 or debtor[i] >= participants or creditor[i] >= participants:
            return False
        worth = np.int64(weight[i])
        if debtor[i] == creditor[i] or worth < 1 or worth > weight_max:
            return False
        if amount[i] <= 0 or amount[i] > (_MOST - 1 - total) // worth:
            return False
        total += worth * amount[i]
    return True


@inlined
def _exceeds(amount: int, worth: int, most: int) -> bool:
    """Whether `amount` * `worth` is above `most`; a division only where the product could wrap."""
    if amount < 1 << 40 and worth < 1 << 20:
        return amount * worth > most
    return amount > most // worth


@lean
def check(
    debtor: NDArray[np.int32],
    creditor: NDArray[np.int32],
    amount: NDArray[np.int64],
    weight: NDArray[np.int32],
    room: NDArray[np.int64],
    discharged: NDArray[np.int64],
    potential: NDArray[np.int64],
    money: NDArray[np.int64],
    sums: NDArray[np.int64],
) -> int:
    """Return HOLDS or the first thing that fails.

    Every obligation is one and the weighted amounts sum to less than 2^62
    (`examine`), so no sum of discharged amounts wraps; the bound is compared
    before it is added to.

    Parameters
    ----------
    room : int64[n]
        What each participant may pay in money, 0 or more; empty: nobody pays or
        gets any.
    potential : int64[n + 1]
        Between 0 and 2^60; that of money last.
    money : int64[n], written
        All 0: what each pays in money, below 0 what it gets.
    sums : int64[3], written
        All 0: discharged, its weighted value, the bound.
    """
    n = len(money)
    for v in range(n + 1):
        if potential[v] < 0 or potential[v] > 1 << 60:
            return OUT_OF_RANGE
    bound = 0
    for i in range(len(amount)):
        given = discharged[i]
        if given < 0 or given > amount[i]:
            return OUT_OF_RANGE
        money[debtor[i]] += given
        money[creditor[i]] -= given
        sums[0] += given
        sums[1] += weight[i] * given
        worth = weight[i] - potential[debtor[i]] + potential[creditor[i]]
        if worth > 0:
            if _exceeds(amount[i], worth, _MOST - bound):
                return NOT_PROVED
            bound += amount[i] * worth
    for v in range(n):
        worth = potential[v] - potential[n]
        if len(room) == 0:
            if money[v] != 0:
                return NOT_BALANCED
            continue
        if money[v] > room[v]:
            return NOT_BALANCED
        if worth < 0:
            return NOT_PROVED
        if worth > 0:
            if _exceeds(room[v], worth, _MOST - bound):
                return NOT_PROVED
            bound += room[v] * worth
    sums[2] = bound
    return HOLDS if bound == sums[1] else NOT_PROVED
