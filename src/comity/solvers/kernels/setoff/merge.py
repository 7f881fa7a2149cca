"""Obligations of one debtor to one creditor in one class are one arc.

Least-significant-digit counting sort by class, creditor, debtor, then one pass
over runs of equal keys. Merging loses nothing: a flow on an arc can always be
split over its obligations, and their sum is a flow on it. O(m + n) per key.
"""

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import lean


@lean
def reorder(
    key: NDArray[np.int32], given: NDArray[np.int32], ends: NDArray[np.int64], sorted_: NDArray[np.int32]
) -> None:
    """Write the rows `given`, stably sorted by `key`, to `sorted_`.

    Parameters
    ----------
    key : int32[m]
        0 or more, below `len(ends)`.
    given, sorted_ : int32[m]
        Row numbers; two arrays.
    ends : int64[keys], written
        All 0.
    """
    for row in range(len(key)):
        ends[key[row]] += 1
    place = 0
    for k in range(len(ends)):
        count = ends[k]
        ends[k] = place
        place += count
    for i in range(len(given)):
        row = given[i]
        k = key[row]
        sorted_[ends[k]] = row
        ends[k] += 1


@lean
def group(
    debtor: NDArray[np.int32],
    creditor: NDArray[np.int32],
    weight: NDArray[np.int32],
    rows: NDArray[np.int32],
    arc: NDArray[np.int32],
    first: NDArray[np.int32],
) -> int:
    """Number the runs of equal (debtor, creditor, weight) and return how many there are.

    Parameters
    ----------
    rows : int32[m]
        Row numbers, sorted by debtor, creditor, weight.
    arc : int32[m], written
        By row number: its run.
    first : int32[m], written
        By run: one of its rows.
    """
    count = 0
    before = -1
    for i in range(len(rows)):
        row = rows[i]
        if (
            before < 0
            or debtor[row] != debtor[before]
            or creditor[row] != creditor[before]
            or weight[row] != weight[before]
        ):
            first[count] = row
            count += 1
        arc[row] = count - 1
        before = row
    return count


@lean
def total(amount: NDArray[np.int64], arc: NDArray[np.int32], capacity: NDArray[np.int64]) -> None:
    """Add every amount to `capacity` of its arc; all amounts together stay below 2^62."""
    for row in range(len(amount)):
        capacity[arc[row]] += amount[row]


@lean
def bilateral(
    debtor: NDArray[np.int32], creditor: NDArray[np.int32], capacity: NDArray[np.int64], start: NDArray[np.int64]
) -> int:
    """Return what netting pair by pair alone discharges: twice the smaller direction of every pair.

    Parameters
    ----------
    debtor, creditor, capacity : [arcs]
        Sorted by debtor, creditor; the arcs of one pair are adjacent.
    start : int64[n + 1]
        First arc of each debtor.
    """
    discharged = 0
    arcs = len(debtor)
    e = 0
    while e < arcs:
        a, b = debtor[e], creditor[e]
        there = 0
        while e < arcs and debtor[e] == a and creditor[e] == b:
            there += capacity[e]
            e += 1
        if a > b:
            continue
        low, high = start[b], start[b + 1]
        while low < high:
            middle = (low + high) >> 1
            if creditor[middle] < a:
                low = middle + 1
            else:
                high = middle
        back = 0
        while low < start[b + 1] and creditor[low] == a:
            back += capacity[low]
            low += 1
        discharged += 2 * min(there, back)
    return discharged


@lean
def carry_over(
    debtor: NDArray[np.int32],
    creditor: NDArray[np.int32],
    weight: NDArray[np.int32],
    old_debtor: NDArray[np.int32],
    old_creditor: NDArray[np.int32],
    old_weight: NDArray[np.int32],
    old_flow: NDArray[np.int64],
    flow: NDArray[np.int64],
) -> None:
    """Copy the flow of every arc that is in both lists, sorted alike; `flow` is written, all 0 before."""
    k = 0
    for e in range(len(debtor)):
        while k < len(old_debtor) and (
            old_debtor[k] < debtor[e]
            or (
                old_debtor[k] == debtor[e]
                and (old_creditor[k] < creditor[e] or (old_creditor[k] == creditor[e] and old_weight[k] < weight[e]))
            )
        ):
            k += 1
        if (
            k < len(old_debtor)
            and old_debtor[k] == debtor[e]
            and old_creditor[k] == creditor[e]
            and old_weight[k] == weight[e]
        ):
            flow[e] = old_flow[k]
