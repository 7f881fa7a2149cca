"""What every pair supplies at given prices, how that changes with them, and what that leaves in excess.

An order with limit r sells (x - r) / (mu x) + 1/2 of its amount at a rate x, not
below nothing nor above all: mu smooths its step, and at its limit it sells half.
So orders that meet in one rate alone do trade.
A pair with a band sells at no rate below the band's: orders with a lower limit
stand as if their limit were the band's.

Every pair also supplies a trickle, `trickle` * `base` * x / (x + middle), where
`base` is about what could go round through it and `middle` its median limit. It
makes the prices of currencies that hardly trade well defined, and goes to
almost nothing with mu.
"""

from math import exp
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import inlined, lean

ROUNDING = 1e-9  # over mu: share of the mean turnover below which a currency's excess is mostly rounding
HALVINGS = 45  # of the interval for one price
SPAN = 100.0  # no logarithm of a limit is larger
FEW = 64  # so many orders are summed one by one, more by running sums


class Curves(NamedTuple):
    """e ordered pairs of a component's n currencies, m orders by pair, limit, time."""

    sell: NDArray[np.int32]
    """e: 0 to n - 1."""
    buy: NDArray[np.int32]
    """e."""
    start: NDArray[np.int64]
    """e + 1: first order of each pair."""
    key: NDArray[np.float64]
    """m: limit, rounded."""
    reach: NDArray[np.int64]
    """m: running sum of amounts within the pair."""
    worth: NDArray[np.float64]
    """m: running sum of amount * limit within the pair."""
    floor: NDArray[np.float64]
    """e: rate of a band below which the pair does not sell, 0 none."""
    base: NDArray[np.float64]
    """e: amount of which the trickle is a share."""
    near: NDArray[np.int64]
    """e: where the last search ended; written, and of no consequence but for time."""


@inlined
def at_most(key: NDArray[np.float64], begin: int, end: int, limit: float) -> int:
    """Return the first place from `begin` to `end` with a key above `limit`."""
    while begin < end:
        middle = (begin + end) >> 1
        if key[middle] <= limit:
            begin = middle + 1
        else:
            end = middle
    return begin


@inlined
def nearby(key: NDArray[np.float64], begin: int, end: int, limit: float, guess: int) -> int:
    """Return what `at_most` does, sooner if it is near `guess`."""
    low = high = min(max(guess, begin), end)
    width = 1
    while low > begin and key[low - 1] > limit:
        high = low - 1
        low = max(low - width, begin)
        width *= 2
    while high < end and key[high] <= limit:
        low = high + 1
        high = min(high + width, end)
        width *= 2
    return at_most(key, low, high, limit)


@lean
def _supply(curves: Curves, pair: int, rate: float, mu: float) -> tuple[float, float, float]:
    """Return what a pair sells, minus `mu` times its derivative by `mu`, and that by the logarithm of the rate."""
    begin, end = curves.start[pair], curves.start[pair + 1]
    floor = curves.floor[pair]
    sold, partly, half, slope = 0.0, 0.0, 0.0, 0.0
    bound = begin
    if floor > 0.0:
        bound = at_most(curves.key, begin, end, floor)
        if bound > begin and rate * (1.0 + 0.5 * mu) > floor:
            amount = float(curves.reach[bound - 1])
            share = (rate - floor) / (mu * rate) + 0.5
            if share >= 1.0:
                sold += amount
            else:
                partly += amount * share
                half += 0.5 * amount
                slope += amount * floor / (mu * rate)
    full = nearby(curves.key, bound, end, rate * (1.0 - 0.5 * mu), curves.near[pair])
    part = nearby(curves.key, full, end, rate * (1.0 + 0.5 * mu), full)
    curves.near[pair] = full
    if full > bound:
        sold += float(curves.reach[full - 1] - (curves.reach[bound - 1] if bound > begin else 0))
    if part - full <= FEW:
        for i in range(full, part):
            amount = float(curves.reach[i] - (curves.reach[i - 1] if i > begin else 0))
            partly += amount * ((rate - curves.key[i]) / (mu * rate) + 0.5)
            half += 0.5 * amount
            slope += amount * curves.key[i] / (mu * rate)
    else:
        amount = float(curves.reach[part - 1] - (curves.reach[full - 1] if full > begin else 0))
        worth = curves.worth[part - 1] - (curves.worth[full - 1] if full > begin else 0.0)
        partly += (amount - worth / rate) / mu + 0.5 * amount
        half += 0.5 * amount
        slope += worth / (mu * rate)
    return sold + partly, partly - half, slope


@inlined
def _trickle(curves: Curves, pair: int, rate: float, trickle: float) -> tuple[float, float]:
    """Return what trickles, and its share of the most that may."""
    middle = max(curves.key[(curves.start[pair] + curves.start[pair + 1]) >> 1], curves.floor[pair])
    share = rate / (rate + middle)
    return trickle * curves.base[pair] * share, share


@lean
def assess(
    curves: Curves,
    level: NDArray[np.float64],
    mu: float,
    trickle: float,
    price: NDArray[np.float64],
    turnover: NDArray[np.float64],
    excess: NDArray[np.float64],
    jacobian: NDArray[np.float64],
    drift: NDArray[np.float64],
    ahead: float,
) -> float:
    """Write excess and its derivatives; return the excess of a currency as a share of its turnover, on average.

    Parameters
    ----------
    level : float64[n]
        Logarithms of prices.
    price : float64[n], written
        Prices.
    turnover : float64[n], written
        Value sold and paid, per currency.
    excess : float64[n], written
        Value paid less value sold, per currency.
    jacobian : float64[n, n], written
        Derivative of excess[i] with regard to level[j].
    drift : float64[n], written
        Change of the excess with `mu` going to `ahead` * `mu`, divided by 1 - `ahead`.
    """
    for c in range(len(level)):
        price[c] = exp(level[c])
    excess[:] = 0.0
    drift[:] = 0.0
    jacobian[:] = 0.0
    turnover[:] = 0.0
    for pair in range(len(curves.sell)):
        a, b = curves.sell[pair], curves.buy[pair]
        rate = price[a] / price[b]
        sold, partly, slope = _supply(curves, pair, rate, mu)
        if trickle > 0.0:
            drop, share = _trickle(curves, pair, rate, trickle)
            sold += drop
            partly -= drop * (1.0 + ahead)
            slope += drop * (1.0 - share)
        flow, slope = sold * price[a], slope * price[a]
        turnover[a] += flow
        turnover[b] += flow
        drift[a] -= partly * price[a]
        drift[b] += partly * price[a]
        excess[a] -= flow
        excess[b] += flow
        jacobian[a, a] -= flow + slope
        jacobian[b, a] += flow + slope
        jacobian[a, b] += slope
        jacobian[b, b] -= slope
    n = len(level)
    dust = min(ROUNDING / mu, 1.0) * turnover.sum() / n
    merit = 0.0
    for c in range(n):
        merit += abs(excess[c]) / (turnover[c] + dust)
    return merit / n


@lean
def _excess(
    curves: Curves,
    level: NDArray[np.float64],
    mu: float,
    trickle: float,
    pairs: NDArray[np.int64],
    c: int,
    own: float,
) -> float:
    """Return the excess of one currency over its price, were the logarithm of that `own`."""
    total = 0.0
    for pair in pairs:
        a, b = curves.sell[pair], curves.buy[pair]
        other = level[b] if a == c else level[a]
        rate = exp(own - other) if a == c else exp(other - own)
        sold, _, _ = _supply(curves, pair, rate, mu)
        flow = sold + _trickle(curves, pair, rate, trickle)[0]
        total += -flow if a == c else flow * rate
    return total


@lean
def relax(
    curves: Curves,
    level: NDArray[np.float64],
    mu: float,
    trickle: float,
    first: NDArray[np.int64],
    pairs: NDArray[np.int64],
    sweeps: int,
) -> None:
    """Clear currency after currency, each by its own price, the others as they are.

    Parameters
    ----------
    level : float64[n], written
    first : int64[n + 1]
        First of each currency's pairs in `pairs`.
    """
    for _ in range(sweeps):
        for c in range(len(level)):
            own = pairs[first[c] : first[c + 1]]
            low = high = level[c]
            width = 1e-6
            if _excess(curves, level, mu, trickle, own, c, low) > 0.0:
                while width < SPAN and _excess(curves, level, mu, trickle, own, c, high) > 0.0:
                    low = high
                    high += width
                    width *= 4.0
            else:
                while width < SPAN and _excess(curves, level, mu, trickle, own, c, low) < 0.0:
                    high = low
                    low -= width
                    width *= 4.0
            for _ in range(HALVINGS):
                middle = 0.5 * (low + high)
                if _excess(curves, level, mu, trickle, own, c, middle) > 0.0:
                    low = middle
                else:
                    high = middle
            level[c] = 0.5 * (low + high)


@lean
def classify(
    curves: Curves,
    level: NDArray[np.float64],
    mu: float,
    full: NDArray[np.int64],
    mark: NDArray[np.int64],
    weight: NDArray[np.float64],
) -> None:
    """Say of every pair which orders fill and which one stands at the rate.

    Parameters
    ----------
    full : int64[e], written
        What sells in full.
    mark : int64[e], written
        Place of the order that fills in part; -1 none, -2 those that the band holds back.
    weight : float64[e], written
        Value by which the marked order's limit is away from being empty or full.
    """
    for pair in range(len(curves.sell)):
        a, b = curves.sell[pair], curves.buy[pair]
        begin, end = curves.start[pair], curves.start[pair + 1]
        price, rate = exp(level[a]), exp(level[a] - level[b])
        floor = curves.floor[pair]
        full[pair], mark[pair], weight[pair] = 0, -1, 0.0
        bound = begin
        if floor > 0.0:
            bound = at_most(curves.key, begin, end, floor)
            share = (rate - floor) / (mu * rate) + 0.5
            if bound > begin and 0.0 < share < 1.0:
                mark[pair] = -2
                weight[pair] = float(curves.reach[bound - 1]) * min(share, 1.0 - share) * price
                continue
            if share <= 0.0:
                continue
        first = at_most(curves.key, bound, end, rate * (1.0 - 0.5 * mu))
        last = at_most(curves.key, first, end, rate * (1.0 + 0.5 * mu))
        sure = curves.reach[first - 1] if first > begin else 0
        full[pair] = sure
        if last == first:
            continue
        part = 0.0
        for i in range(first, last):
            amount = float(curves.reach[i] - (curves.reach[i - 1] if i > begin else 0))
            part += amount * ((rate - curves.key[i]) / (mu * rate) + 0.5)
        i = first
        while i < last - 1 and float(curves.reach[i] - sure) < part:
            i += 1
        low = curves.reach[i - 1] if i > begin else 0
        mark[pair] = i
        full[pair] = low
        weight[pair] = max(0.0, min(part - float(low - sure), float(curves.reach[i] - sure) - part)) * price
