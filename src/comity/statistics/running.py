"""Running sums per account: what an account would have needed, and what waited.

Amounts are below 2^63 and so are most running sums; where the amounts of a day
add up to more, the same steps are done in Python integers.
"""

import numpy as np
from numpy.typing import NDArray

from comity.statistics.legs import Ints

_SAFE = 2**62
_RADIX = 2**16
"""So many groups are sorted by their digits, which is much faster."""


def exact(amounts: Ints) -> NDArray[np.generic]:
    """Return `amounts` in a type in which no sum over them overflows."""
    total = int(np.abs(amounts.astype(np.float64)).sum()) if len(amounts) else 0
    return amounts if total < _SAFE else amounts.astype(object)


def peaks(group: NDArray[np.int64], amounts: Ints, groups: int) -> tuple[list[int], list[int], list[int]]:
    """Return, per group, the largest running sum, where it is reached first, and the last running sum.

    Parameters
    ----------
    group
        Group of each amount, 0 <= group < `groups`.
    amounts
        In the order in which they are added.

    Returns
    -------
    tuple
        Largest (0 if it never rises above 0), position in `amounts` (-1 then), sum of all.
    """
    largest, place, total = [0] * groups, [-1] * groups, [0] * groups
    if not len(group):
        return largest, place, total
    order = np.argsort(group.astype(np.uint16 if groups <= _RADIX else np.int64), kind="stable")
    sums = np.cumsum(exact(amounts)[order])
    ends = np.append(np.flatnonzero(np.diff(group[order])) + 1, len(order)).tolist()
    begin = 0
    for end in ends:
        index = int(group[order[begin]])
        before = int(sums[begin - 1]) if begin else 0
        top = begin + int(np.argmax(sums[begin:end]))
        total[index] = int(sums[end - 1]) - before
        if int(sums[top]) > before:
            largest[index] = int(sums[top]) - before
            place[index] = int(order[top])
        begin = end
    return largest, place, total
