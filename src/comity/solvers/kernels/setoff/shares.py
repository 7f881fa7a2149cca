"""What of an arc's flow falls to each of its obligations: in proportion, by largest remainder.

An obligation of amount a on an arc of capacity u with flow f gets the whole
part of a f / u; what is missing goes, one unit each, to the largest remainders.
"""

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import inlined, lean

_PRODUCT_MAX = (1 << 63) - 1


@inlined
def divide(amount: int, flow: int, capacity: int) -> tuple[int, int]:
    """Return the whole part and the remainder of `amount` * `flow` / `capacity`.

    All three are below 2^62 and `flow` is below `capacity`. Where the product
    could wrap, one bit of `amount` is worked off at a time; the remainder stays
    below `capacity`, so that neither doubling nor adding leaves 63 bits.
    """
    if amount <= _PRODUCT_MAX // flow:
        return amount * flow // capacity, amount * flow % capacity
    quotient, rest = 0, 0
    for bit in range(61, -1, -1):
        quotient <<= 1
        rest <<= 1
        if rest >= capacity:
            rest -= capacity
            quotient += 1
        if (amount >> bit) & 1:
            rest += flow
            if rest >= capacity:
                rest -= capacity
                quotient += 1
    return quotient, rest


@lean
def share(
    amount: NDArray[np.int64],
    arc: NDArray[np.int32],
    capacity: NDArray[np.int64],
    flow: NDArray[np.int64],
    discharged: NDArray[np.int64],
    rest: NDArray[np.int64],
    missing: NDArray[np.int64],
) -> int:
    """Write every whole part to `discharged` and return how many rows have a remainder.

    Parameters
    ----------
    rest : int64[m], written
        The remainder, below the arc's capacity; 0 where nothing is missing.
    missing : int64[arcs], written
        A copy of `flow`; what the whole parts leave of it, below the arc's rows.
    """
    count = 0
    for row in range(len(amount)):
        e = arc[row]
        rest[row] = 0
        if flow[e] == capacity[e]:
            discharged[row] = amount[row]
        elif flow[e] == 0:
            discharged[row] = 0
        else:
            discharged[row], rest[row] = divide(amount[row], flow[e], capacity[e])
            count += rest[row] > 0
        missing[e] -= discharged[row]
    return count


@lean
def complete(
    rows: NDArray[np.int64], arc: NDArray[np.int32], missing: NDArray[np.int64], discharged: NDArray[np.int64]
) -> None:
    """Give one unit to each of `rows`, in their order, while its arc misses one."""
    for i in range(len(rows)):
        row = rows[i]
        if missing[arc[row]] > 0:
            missing[arc[row]] -= 1
            discharged[row] += 1
