"""Newton's step of a market of few currencies.

The excess is homogeneous in prices and what one currency gains another loses:
every column of its Jacobian sums to nothing, its diagonal is negative and all
else is not. So with the first row and column left out no diagonal element is
smaller than the rest of its column, and elimination needs no pivots.
"""

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import lean


@lean
def eliminate(jacobian: NDArray[np.float64], right: NDArray[np.float64], step: NDArray[np.float64]) -> bool:
    """Solve `jacobian` @ `step` = `right` but for the first equation, the first unknown 0; False if it is singular.

    Parameters
    ----------
    jacobian : float64[n, n], written
        Left as the elimination ends.
    step : float64[n], written
    """
    n = len(right)
    step[0] = 0.0
    for i in range(1, n):
        step[i] = right[i]
    for k in range(1, n):
        pivot = jacobian[k, k]
        if pivot == 0.0:
            return False
        for i in range(k + 1, n):
            factor = jacobian[i, k] / pivot
            if factor != 0.0:
                for j in range(k + 1, n):
                    jacobian[i, j] -= factor * jacobian[k, j]
                step[i] -= factor * step[k]
    for k in range(n - 1, 0, -1):
        for j in range(k + 1, n):
            step[k] -= jacobian[k, j] * step[j]
        step[k] /= jacobian[k, k]
    return True


@lean
def bound(step: NDArray[np.float64], longest: float) -> None:
    """Shift a step of log prices so that the largest rise is the largest fall, and cut both to `longest`."""
    high = low = step[0]
    for each in step:
        high = max(high, each)
        low = min(low, each)
    middle = (high + low) / 2.0
    share = min(1.0, longest / max(high - middle, longest))
    for i in range(len(step)):
        step[i] = (step[i] - middle) * share
