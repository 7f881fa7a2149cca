"""Seeded draws in whole numbers: amounts, places in a table, times of day.

Every draw comes from one numpy Generator on PCG64 and ends in integers before
anything is derived from it, so the same seed means the same day. Amounts are
log-normal parts of a given total and add up to it exactly; times are U-shaped
(the arcsine distribution) within a window.
"""

from math import pi, sin

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

SIGMA = 1.3
"""Spread of the logarithm of amounts."""

_SCALE = 1000
_HIGHEST = 400
_WEIGHTS_BELOW = 2**31
_KNOTS = 256
_FINE = 2**20
_ARCSINE = np.array([round(_FINE * sin(pi * knot / _KNOTS / 2) ** 2) for knot in range(_KNOTS + 1)], np.int64)


def generator(seed: int) -> np.random.Generator:
    """Return the source of all chance of a day."""
    return np.random.Generator(np.random.PCG64(seed))


def log_normal_weights(chance: np.random.Generator, count: int, longest: int) -> Ints:
    """Return whole weights, log-normal; `longest` of them sum to less than 2^31 as a rule."""
    exact = np.exp(SIGMA * chance.standard_normal(count))
    scale = max(1, min(_SCALE, _WEIGHTS_BELOW // (8 * max(longest, 1))))
    weights: Ints = np.clip(np.rint(exact * scale), 1, _HIGHEST * scale).astype(np.int64)
    return weights


def split(totals: Ints, counts: Ints, weights: Ints) -> Ints:
    """Split each total into `counts` parts by weight, each part at least 1, adding up exactly.

    Parameters
    ----------
    totals : int64[f]
        At least the count and below 2^60.
    counts : int64[f]
        Parts of each total, 1 or more.
    weights : int64[sum of counts]
        Weights of the parts; halved until those of every total together are below 2^31.
    """
    ends = np.cumsum(counts)
    while True:
        running = np.cumsum(weights)
        before = np.concatenate([[0], running[ends - 1][:-1]])
        if int((running[ends - 1] - before).max()) < _WEIGHTS_BELOW:
            break
        weights = np.maximum(weights >> 1, 1)
    whole = np.repeat(running[ends - 1] - before, counts)
    upto = running - np.repeat(before, counts)
    spread = np.repeat(totals - counts, counts)
    high, low = spread >> 30, spread & (2**30 - 1)
    quotient, rest = np.divmod(high * upto, whole)
    reached = (quotient << 30) + ((rest << 30) + low * upto) // whole
    parts: Ints = np.diff(reached, prepend=0)
    first = ends - counts
    parts[first] = reached[first]
    parts += 1
    return parts


def picks(chance: np.random.Generator, weights: Ints, count: int) -> Ints:
    """Return places in `weights`, each drawn with the probability of its weight."""
    running = np.cumsum(weights)
    found: Ints = np.searchsorted(running, chance.integers(0, running[-1], count), side="right").astype(np.int64)
    return found


def zipf(count: int) -> Ints:
    """Return whole weights that fall as 1, 1/2, 1/3 and so on."""
    return 2_520_000 // np.arange(1, count + 1, dtype=np.int64)


def u_shaped(chance: np.random.Generator, first: Ints, last: Ints) -> Ints:
    """Return one time in each window [first, last), most of them near its ends."""
    place = chance.integers(0, _KNOTS * _FINE, len(first))
    knot, part = place // _FINE, place % _FINE
    share = _ARCSINE[knot] + (_ARCSINE[knot + 1] - _ARCSINE[knot]) * part // _FINE
    return first + (last - first) * np.minimum(share, _FINE - 1) // _FINE


def apportion(total: int, weights: Ints, least: Ints) -> Ints:
    """Share out a whole number by weight, each at least `least`, by largest remainder; ties to the first."""
    exact = weights.astype(object) * (total - int(least.sum()))
    given = exact // int(weights.sum())
    left = total - int(least.sum()) - int(given.sum())
    rest = exact % int(weights.sum())
    order = sorted(range(len(weights)), key=lambda place: (-rest[place], place))
    given[order[:left]] += 1
    return least + given.astype(np.int64)
