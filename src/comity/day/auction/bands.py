"""Bands in a table: the most that one currency may cost in another.

Bands that contradict one another allow no prices at all. They form a circle along
which every currency would have to cost less than itself; that circle is named.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from comity.day import cells
from comity.day.auction.limits import minor_ratios
from comity.day.faults import Faults
from comity.day.sources import Source, read_source
from comity.day.tables import Shape, Table
from comity.model.amount import Rate
from comity.model.currency import CURRENCIES

BANDS_SHAPE = Shape(("a", "b", "max"))
MAX = "a price of a in b, in major units"


@dataclass(frozen=True, slots=True)
class NamedBand:
    """One minor unit of `a` costs at most `numerator` / `denominator` minor units of `b`."""

    a: str
    b: str
    numerator: int
    denominator: int

    def text(self) -> str:
        """Write the most that one major unit of `a` may cost in `b`: a decimal of 18 digits, or p/q."""
        a, b = CURRENCIES[self.a], CURRENCIES[self.b]
        return Rate(self.numerator * 10**a.exponent, self.denominator * 10**b.exponent, a, b).text()


def read_bands(source: Source) -> tuple[NamedBand, ...]:
    """Read bands, in the order of the table.

    Raises
    ------
    InvalidRequest
        With every fault of the table, or if its bands contradict one another.
    NotFound
        If there is no such file.
    """
    faults = Faults()
    found: tuple[NamedBand, ...] = ()
    if table := read_source(source, "bands", BANDS_SHAPE, faults, nothing=True):
        found = _bands(table)
        if not len(faults):
            _check_circles(table, found)
    faults.raise_if_any()
    return found


def _bands(table: Table) -> tuple[NamedBand, ...]:
    codes = tuple(CURRENCIES)
    index = {code: place for place, code in enumerate(codes)}
    first, second = (cells.codes(table, column, index, "a currency of ISO 4217") for column in ("a", "b"))
    table.fault_rows((first == second) & (first >= 0), "b", "another currency than a")
    cells.unique(table, "a", list(zip(first.tolist(), second.tolist(), strict=True)), "each pair")
    exponents = np.array([CURRENCIES[code].exponent for code in codes], np.int64)
    shift = np.where((first < 0) | (second < 0), 0, exponents[second] - exponents[first])
    ratios = zip(*(column.tolist() for column in minor_ratios(table, "max", shift, MAX)), strict=True)
    pairs = zip(first.tolist(), second.tolist(), strict=True)
    return tuple(NamedBand(codes[a], codes[b], *ratio) for (a, b), ratio in zip(pairs, ratios, strict=True))


def _check_circles(table: Table, bands: tuple[NamedBand, ...]) -> None:
    """Report a circle of bands along which a currency would cost less than itself."""
    most = {code: Fraction(1) for band in bands for code in (band.a, band.b)}
    came: dict[str, int] = {}
    changed = ""
    for _ in range(len(most) + 1):
        changed = ""
        for row, band in enumerate(bands):
            allowed = most[band.b] * band.numerator / band.denominator
            if allowed < most[band.a]:
                most[band.a], came[band.a], changed = allowed, row, band.a
        if not changed:
            return
    for _ in most:
        changed = bands[came[changed]].b
    circle, here = [changed], bands[came[changed]].b
    while here != changed:
        circle.append(here)
        here = bands[came[here]].b
    rows = [came[code] for code in circle]
    product = Fraction(1)
    for row in rows:
        product *= Fraction(bands[row].numerator, bands[row].denominator)
    found = f"{' <= '.join([*circle, changed])}: one {changed} would cost at most {float(product):.6g} of itself"
    table.fault(min(rows), "max", "bands that hold together", found)
