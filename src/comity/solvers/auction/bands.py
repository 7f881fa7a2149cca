"""Bands: which can hold together, which rate each gives a pair, and which pairs stand on one.

A band that binds keeps the price of `a` from rising further against `b`; then
those who sell `b` for `a` are rationed. That is as if none of them took less
than the band's rate: their limits are lifted to it, and those who are rationed
are marginal there like any others.
"""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from comity.engine.auction import Band, Book
from comity.errors import Fault, InvalidRequest
from comity.solvers.auction.curves import Market


def refuse_contradiction(bands: tuple[Band, ...]) -> None:
    """Refuse bands that no prices satisfy: a cycle whose ratios multiply to less than 1.

    Raises
    ------
    InvalidRequest
        One fault per band of such a cycle, by row of the bands.
    """
    best: dict[int, Fraction] = {}
    came: dict[int, int] = {}
    for band in bands:
        best[band.a] = best[band.b] = Fraction(1)
    changed = -1
    for _ in range(len(best)):
        changed = -1
        for row, band in enumerate(bands):
            offer = best[band.b] * Fraction(band.numerator, band.denominator)
            if offer < best[band.a]:
                best[band.a], came[band.a], changed = offer, row, band.a
        if changed < 0:
            return
    if changed >= 0:
        cycle = _cycle(bands, came, changed)
        raise InvalidRequest(
            Fault(
                "bands",
                row + 1,
                "numerator",
                "a ratio that holds together with the others of its cycle, "
                + ", ".join(str(other + 1) for other in cycle),
                f"'{bands[row].numerator}/{bands[row].denominator}'",
            )
            for row in cycle
        )


def _cycle(bands: tuple[Band, ...], came: dict[int, int], at: int) -> list[int]:
    """Return the rows of the cycle that leads to `at`, from the lowest row on."""
    for _ in came:
        at = bands[came[at]].b
    rows = [came[at]]
    while bands[rows[-1]].b != at:
        rows.append(came[bands[rows[-1]].b])
    first = rows.index(min(rows))
    return rows[first:] + rows[:first]


def floors(book: Book, market: Market) -> dict[int, Fraction]:
    """Return, by pair, the least rate its bands let it sell at, and write them to the curves."""
    place = {int(c): i for i, c in enumerate(market.currencies)}
    pair = {key: e for e, key in enumerate(zip(market.curves.sell.tolist(), market.curves.buy.tolist(), strict=True))}
    result: dict[int, Fraction] = {}
    for band in book.bands:
        e = pair.get((place.get(band.b, -1), place.get(band.a, -1)))
        if e is not None:
            rate = Fraction(band.denominator, band.numerator)
            result[e] = max(rate, result.get(e, rate))
    for e, rate in result.items():
        market.curves.floor[e] = rate.numerator / rate.denominator
    return result


def hold(bands: tuple[Band, ...], price: NDArray[np.int64]) -> bool:
    """Whether whole-numbered prices, 0 for none, satisfy every band."""
    value = price.tolist()
    return all(
        value[band.a] * band.denominator <= band.numerator * value[band.b]
        for band in bands
        if value[band.a] and value[band.b]
    )


def standing(bands: tuple[Band, ...], price: NDArray[np.int64]) -> set[tuple[int, int]]:
    """Return the ordered pairs, sold and bought, that are rationed: a band keeps what they buy from costing more."""
    value = price.tolist()
    result = set()
    for a, b, numerator, denominator in bands:
        if value[a] and value[b] and value[a] == numerator * value[b] // denominator:
            result.add((b, a))
    return result
