"""Prices that clear a market but for the smoothing: Newton's method along a path.

Unknown are the logarithms of prices. Excess demand in value is homogeneous, and
raising one price raises no excess of its own currency and lowers none of
others: its Jacobian, one price fixed, is an M-matrix. The smoothing mu goes from
`MU_FIRST` to `MU_LAST`: from the prices of one mu those of the next are
predicted so that what fills in part goes on filling in the same part; then
Newton's steps, at most `STEP_MAX` long and halved until the excess, as a share
of turnover, falls. (The plain excess would fall towards prices at which nothing
trades.) Where that fails, the next mu was too far away, and a nearer one is
tried. Tatonnement, which moves every price by its currency's own share of
excess, helps where Newton stands still at the beginning.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.solvers.kernels.auction import newton, supply
from comity.solvers.kernels.auction.supply import Curves

MU_FIRST = 0.3
MU_LAST = 1e-6
TRICKLE = 0.5
TRICKLE_MIN = 1e-9
"""Share of the smoothing that trickles."""
STEP_MAX = 0.5
FEW = 64
"""Up to so many currencies eliminating here is faster than calling a library."""
HALVINGS = 3
ROUNDS_FIRST = 100
ROUNDS = 8
RESCUES = 5
SWEEPS, SWEEPS_LARGE, LARGE = 10, 2, 1000
"""Rounds of one price after the other, fewer from so many pairs on."""
NEAR = 1e-9
"""Excess over turnover at which the path goes on."""
GOOD = 1e-13
NOISE = 1e-16
"""Times what the smoothing divides: excess that is rounding."""
GROWTH = 1.5
STRIDE_HARD = 0.97
"""Stride from which on such rounds help."""
STRIDE_FIRST, STRIDE_MAX, STRIDE_MIN = 0.3, 1e-3, 0.999
"""What the smoothing is multiplied by from one point to the next: at first, at its boldest, and where it gives up."""


class Point(NamedTuple):
    """Prices of a market, and how well they clear it."""

    level: NDArray[np.float64]
    """Logarithms."""
    mu: float
    merit: float
    """Excess as a share of turnover."""


class _State(NamedTuple):
    price: NDArray[np.float64]
    turnover: NDArray[np.float64]
    excess: NDArray[np.float64]
    jacobian: NDArray[np.float64]
    drift: NDArray[np.float64]


def _state(n: int) -> _State:
    return _State(np.empty(n), np.empty(n), np.empty(n), np.empty((n, n)), np.empty(n))


def start(curves: Curves, n: int) -> NDArray[np.float64]:
    """Return log prices whose rates are nearest to the median limits, each pair weighing the same."""
    middle = np.log(np.maximum(curves.key[(curves.start[:-1] + curves.start[1:]) >> 1], curves.floor))
    system, right = np.zeros((n, n)), np.zeros(n)
    np.add.at(system, (curves.sell, curves.sell), 1.0)
    np.add.at(system, (curves.buy, curves.buy), 1.0)
    np.add.at(system, (curves.sell, curves.buy), -1.0)
    np.add.at(system, (curves.buy, curves.sell), -1.0)
    np.add.at(right, curves.sell, middle)
    np.add.at(right, curves.buy, -middle)
    level = np.zeros(n)
    level[1:] = np.linalg.solve(system[1:, 1:], right[1:])
    return np.asarray(level - level.mean(), np.float64)


def meets(curves: Curves, n: int) -> bool:
    """Return whether some orders go round: their limits, multiplied around a cycle of pairs, come to 1 or less."""
    cost = np.full((n, n), np.inf)
    cost[curves.sell, curves.buy] = np.log(np.maximum(curves.key[curves.start[:-1]], curves.floor))
    for c in range(n):
        cost = np.minimum(cost, cost[:, c : c + 1] + cost[c])
    return bool((np.diag(cost) <= NEAR).any())


def clear(curves: Curves, n: int) -> Point:
    """Follow the path of smoothing from its beginning as far as it goes."""
    state = _state(n)
    level = start(curves, n)
    curves.base[:] = _through(curves, level)
    first = _settle(curves, Point(level, MU_FIRST, np.inf), NEAR, ROUNDS_FIRST, state, ROUNDS_FIRST)
    return _follow(curves, first, MU_LAST, state)


def sharpen(curves: Curves, point: Point, mu: float) -> Point:
    """Follow the path further, to a smaller smoothing."""
    n = len(point.level)
    state = _state(n)
    return _follow(curves, point, mu, state)


def _through(curves: Curves, level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by pair how much could at most go round through it at these prices: no more than its currencies pass."""
    n, price = len(level), np.exp(level)
    value = curves.reach[curves.start[1:] - 1] * price[curves.sell]
    for _ in range(n):
        sold, paid = (np.bincount(side, value, n) for side in (curves.sell, curves.buy))
        most = np.minimum(sold, paid)
        less = np.minimum(value, np.minimum(most[curves.sell], most[curves.buy]))
        if (less >= 0.5 * value).all():
            break
        value = less
    return value / price[curves.sell]


def _follow(curves: Curves, point: Point, last: float, state: _State) -> Point:
    stride = STRIDE_FIRST
    while point.mu > last and stride < STRIDE_MIN:
        mu = max(point.mu * stride, last)
        _assess(curves, point.level, point.mu, state, mu / point.mu)
        ahead = point.level + _solve(state, -state.drift * (1.0 - mu / point.mu))
        rounds = ROUNDS if mu > last else 2 * ROUNDS
        rescues = RESCUES if stride > STRIDE_HARD else 0
        near = max(NEAR, NOISE / mu)
        good = near if mu > last else max(GOOD, NOISE / mu)
        found = _settle(curves, Point(ahead, mu, np.inf), good, rounds, state, rescues)
        if found.merit <= near:
            point = found
            stride = max(stride**GROWTH, STRIDE_MAX)
        else:
            stride = stride**0.5
    return point


def _settle(curves: Curves, point: Point, good: float, rounds: int, state: _State, rescues: int = 0) -> Point:
    """Clear the market at one smoothing, as well as may be."""
    level, mu = point.level, point.mu
    merit = _assess(curves, level, mu, state)
    for _ in range(rounds):
        if merit <= good:
            break
        found = _search(curves, level, _solve(state, -state.excess), mu, merit, state)
        if found is None and rescues > 0:
            rescues -= 1
            level = level.copy()
            sweeps = SWEEPS if len(curves.sell) < LARGE else SWEEPS_LARGE
            supply.relax(curves, level, mu, _trickle(mu), *_sides(curves, len(level)), sweeps)
            found = level, _assess(curves, level, mu, state)
        if found is None:
            break
        level, merit = found
    return Point(level - level.mean(), mu, merit)


def _trickle(mu: float) -> float:
    return max(TRICKLE * mu * mu, TRICKLE_MIN)


def _sides(curves: Curves, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of every currency, those that sell it and those that buy it."""
    both = np.concatenate([curves.sell, curves.buy])
    order = np.argsort(both, kind="stable")
    return np.searchsorted(both[order], np.arange(n + 1)), order % len(curves.sell)


def _assess(curves: Curves, level: NDArray[np.float64], mu: float, state: _State, ahead: float = 0.0) -> float:
    return supply.assess(curves, level, mu, _trickle(mu), *state, ahead)


def _solve(state: _State, right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the step that changes the excess by `right`, were it linear, cut to `STEP_MAX`; uses up the Jacobian."""
    step = np.zeros(len(right))
    if len(right) <= FEW:
        if not newton.eliminate(state.jacobian, right, step):
            return np.zeros(len(right))
    else:
        try:
            step[1:] = np.linalg.solve(state.jacobian[1:, 1:], right[1:])
        except np.linalg.LinAlgError:
            return step
    newton.bound(step, STEP_MAX)
    return step


def _search(
    curves: Curves, level: NDArray[np.float64], step: NDArray[np.float64], mu: float, merit: float, state: _State
) -> tuple[NDArray[np.float64], float] | None:
    """Halve a step until it is better; None if it never is."""
    share = 1.0
    for _ in range(HALVINGS):
        trial = level + share * step
        found = _assess(curves, trial, mu, state)
        if found < merit * (1.0 - 1e-3 * share):
            return trial, found
        share /= 2.0
    _assess(curves, level, mu, state)
    return None
