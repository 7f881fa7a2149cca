"""Levels of blocks that do not trade with each other, and official levels of what does not trade.

Between two blocks nothing may be inside the rate, and bands hold: the price of
one is at most a ratio times the price of the other. Wished levels are lowered
until all of this is so.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from comity.engine.auction import PRICE_MAX, PRICE_MIN, Book
from comity.solvers.auction.curves import Market
from comity.solvers.auction.exact import SPARE, Block

FINE = 1 << 20
"""Largest denominator of a wished level."""


class _Bound(NamedTuple):
    """Level of block i <= ratio x level of block j."""

    i: int
    j: int
    ratio: Fraction


def place(book: Book, market: Market, blocks: Sequence[Block], wish: Sequence[Fraction]) -> list[int] | None:
    """Return the price of every currency, 0 outside the blocks; None if the levels cannot be.

    Parameters
    ----------
    wish
        By block: level wished for, above 0.
    """
    if len(blocks) == 1:
        return _spread(market, blocks, [blocks[0].scaled(Fraction(PRICE_MAX // max(blocks[0].price)))])
    level = _lowered(list(wish), _bounds(book, market, blocks))
    if level is None:
        return None
    highest = max(factor * max(block.price) for block, factor in zip(blocks, level, strict=True))
    lowest = min(factor * min(block.price) for block, factor in zip(blocks, level, strict=True))
    if highest > lowest * (PRICE_MAX // PRICE_MIN):
        return None
    scale = _common(blocks, level) or (PRICE_MAX - SPARE) / highest
    return _spread(market, blocks, [block.scaled(each * scale) for block, each in zip(blocks, level, strict=True)])


def beside(
    book: Book, market: Market, anchor: Block, blocks: Sequence[Block], wish: Sequence[Fraction]
) -> list[int] | None:
    """Return prices as `place` does, those of an anchor as they are.

    Parameters
    ----------
    anchor
        Has the price that is to stay.
    wish
        By block, on the scale of the anchor.
    """
    every = [*blocks, anchor]
    level = _lowered([*wish, Fraction(1)], _bounds(book, market, every))
    if level is None:
        return None
    prices = [
        [round(each * factor / level[-1]) for each in block.price] for block, factor in zip(blocks, level, strict=False)
    ]
    fits = [block for block in prices if min(block) >= PRICE_MIN and max(block) <= PRICE_MAX]
    kept = [block for block, price in zip(blocks, prices, strict=True) if price in fits]
    return _spread(market, [*kept, anchor], [*fits, anchor.price])


def rough(level: float, block: Block) -> Fraction:
    """Return the level of a block whose first currency has this price, in small numbers."""
    ratio = Fraction(level) / block.price[0]
    if ratio >= 1:
        return ratio.limit_denominator(FINE)
    return 1 / (1 / ratio).limit_denominator(FINE)


def _bounds(book: Book, market: Market, blocks: Sequence[Block]) -> list[_Bound]:
    where: dict[int, tuple[int, int]] = {}
    for i, block in enumerate(blocks):
        for c, each in zip(block.currencies, block.price, strict=True):
            where[c] = i, each
    bounds = []

    def bound(a: int, b: int, ratio: Fraction) -> None:
        if a in where and b in where and where[a][0] != where[b][0]:
            (i, price), (j, other) = where[a], where[b]
            bounds.append(_Bound(i, j, ratio * other / price))

    curves = market.curves
    for e, (a, b) in enumerate(zip(curves.sell.tolist(), curves.buy.tolist(), strict=True)):
        if a in where and b in where and where[a][0] != where[b][0]:
            row = market.rows[curves.start[e]]
            bound(a, b, Fraction(int(book.numerator[row]), int(book.denominator[row])))
    number = {int(c): i for i, c in enumerate(market.currencies)}
    for band in book.bands:
        bound(number.get(band.a, -1), number.get(band.b, -1), Fraction(band.numerator, band.denominator))
    return bounds


def _lowered(level: list[Fraction], bounds: list[_Bound]) -> list[Fraction] | None:
    for _ in range(len(level) + 1):
        changed = False
        for i, j, ratio in bounds:
            if level[i] > ratio * level[j]:
                level[i] = ratio * level[j]
                changed = True
        if not changed:
            return level
    return None


def _common(blocks: Sequence[Block], level: Sequence[Fraction]) -> Fraction | None:
    """Return the largest scale that makes every level a whole number, None if that is too large."""
    shared = Fraction(gcd(*(each.numerator for each in level)), lcm(*(each.denominator for each in level)))
    largest = max(int(each / shared) * max(block.price) for block, each in zip(blocks, level, strict=True))
    return PRICE_MAX // largest / shared if largest <= PRICE_MAX else None


def _spread(market: Market, blocks: Sequence[Block], prices: Sequence[list[int]]) -> list[int]:
    """Return prices by currency."""
    result = [0] * len(market.currencies)
    for block, price in zip(blocks, prices, strict=True):
        for c, each in zip(block.currencies, price, strict=True):
            result[c] = each
    return result
