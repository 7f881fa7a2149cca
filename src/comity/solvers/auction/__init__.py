"""The conversion auction: prices that clear all pairs of currencies at once, and fills at them.

Every order that sells A for B at a limit sells all it has at a rate above the
limit, nothing below, and any part at it. Prices at which what is sold and what
is bought balance in every currency always exist where something can trade at
all, and what trades has one price: this is the exchange market with linear
utilities (Gale, "The linear exchange model", Journal of Mathematical Economics
3 (1976)).

1. `curves`: markets, which are priced apart; in each, orders by pair and limit.
2. `pricing`: the limit's step smoothed by mu, prices in floating point on a path to mu = 1e-6.
3. `exact`: which orders fill in part is known then, and prices are the exact
   solution of linear equations; `levels` puts blocks that do not trade with each other beside each other.
4. `filling`: a circulation of largest value over pairs, whole-numbered fills, mended and proved.

A proposal holds by itself or is not made: where fills cannot be made to hold
for the prices of one mu, a smaller one is tried, and at last the market does
not trade. Bands are part of step 2 (`bands`).

Examples
--------
A sells 1000 for B, B sells 1500 for A; either takes any rate from 1/2 on.

>>> import numpy as np
>>> from comity.engine.auction import Book
>>> book = Book(
...     currencies=2, sell=np.array([0, 1], np.int32), buy=np.array([1, 0], np.int32), amount=np.array([1000, 1500]),
...     numerator=np.array([1, 1]), denominator=np.array([2, 2]), least=np.zeros(2, np.int64), order=np.arange(2))
>>> proposal = solve(book)
>>> proposal.sold.tolist(), (proposal.price // np.gcd.reduce(proposal.price)).tolist()
([1000, 1500], [3, 2])
"""

from collections.abc import Iterator
from fractions import Fraction
from math import exp

import numpy as np

from comity.engine.auction import Book, Proposal, verify
from comity.solvers.auction import bands, exact, filling, levels, pricing
from comity.solvers.auction.curves import Market, SortedBook, markets
from comity.solvers.auction.exact import Block
from comity.solvers.auction.filling import Fills
from comity.solvers.auction.pricing import Point

__all__ = ["SortedBook", "solve"]

COLUMNS = ("sell", "buy", "amount", "numerator", "denominator", "least", "order")
DROPS = 2
"""Times that orders are left out of pricing because their minimum fill stands in the way."""
TRIES = 8
"""Orders with a minimum fill that are left out one after another, from either end, where nothing trades with them."""
FEW = 10_000
"""Up to so many orders a try costs less than the search for better prices."""
SHARPER = (1e-7, 1e-8, 1e-9, 1e-10, 1e-11)
"""Smoothing tried where the fills at the prices of `pricing.MU_LAST` do not hold."""


def solve(book: Book, kept: SortedBook | None = None) -> Proposal:
    """Propose prices and fills.

    The same book gives the same proposal, however rows are ordered and
    currencies numbered; prices up to their scale. Nothing is changed.

    Parameters
    ----------
    book
        Orders, bands and reference, as `comity.engine.auction` describes them.
    kept
        Spares sorting orders that the book before had too; holds this book afterwards. The proposal is the same.

    Returns
    -------
    A valid proposal. A currency that does not trade has a price of 0, or with
    a reference the official level, moved as little as bands and limits demand.

    Raises
    ------
    InvalidRequest
        If no prices satisfy the bands, with every band of one cycle that shows it.
    """
    bands.refuse_contradiction(book.bands)
    price, potential = np.zeros(book.currencies, np.int64), np.zeros(book.currencies, np.int64)
    sold = np.zeros(len(book.sell), np.int64)
    for market in markets(book, kept):
        for whole, fills in _found(book, market):
            price[market.currencies] = whole
            potential[market.currencies] = fills.potential
            sold[market.rows] = fills.sold
            doubtful = fills.left_out or len(market.rows) <= FEW
            if _holds(book, Proposal(price, sold, potential), doubtful=doubtful):
                break
            price[market.currencies] = potential[market.currencies] = sold[market.rows] = 0
    return Proposal(price, sold, potential)


def _holds(book: Book, proposal: Proposal, *, doubtful: bool) -> bool:
    """Whether bands hold, and fills that were found without some orders, or of few minor units, hold among all.

    Where a handful of minor units trade, one more or less may be all that a currency has.
    """
    return bands.hold(book.bands, proposal.price) and not (doubtful and verify(book, proposal).refused)


def _found(book: Book, market: Market) -> Iterator[tuple[list[int], Fills]]:
    """Yield prices and fills of one market, the best first: some that trade before those that do not.

    Minimum fills may stand in the way of all trade. An order that has one may be left out: then all of these are,
    and where that leaves nothing, one after another, whichever offers most of its currency first, and least first.
    """
    best = _clear(book, market)
    trades = best is not None and best[1].fills > 0
    if best is not None and trades:
        yield best
    for rows in _left_out(book, market):
        without = _with_reference(book, market, _trade_without(book, market, rows))
        if without is not None and without[1].fills > 0:
            yield without
    if best is not None and not trades:
        yield best


def _left_out(book: Book, market: Market) -> Iterator[set[int]]:
    """Yield orders with a minimum fill to leave out: all of them, then more and more; none if nothing can trade."""
    whole = market.rows[book.least[market.rows] > 0]
    if not len(whole) or not pricing.meets(market.curves, len(market.currencies)):
        return
    offered = np.zeros(book.currencies)
    np.add.at(offered, book.sell[market.rows], book.amount[market.rows])
    share = book.amount[whole] / offered[book.sell[whole]]
    largest = whole[np.lexsort((book.order[whole], -share))].tolist()
    if len(whole) < len(market.rows):
        yield set(largest)
    for rows in (largest, largest[::-1]):
        for count in range(1, min(len(rows), TRIES + 1)):
            yield set(rows[:count])


def _clear(book: Book, market: Market) -> tuple[list[int], Fills] | None:
    """Return prices and fills of one market; None if nothing can be said of it."""
    broken: set[int] = set()
    best = _trade(book, market, broken)
    for _ in range(DROPS):
        if best is not None or not broken:
            break
        without = _trade_without(book, market, broken)
        known = len(broken)
        fills = _fill(book, market, without[0], broken)
        if fills is not None:
            best = without[0], fills
        elif len(broken) == known:
            best = without
    return _with_reference(book, market, best)


def _trade(book: Book, market: Market, broken: set[int]) -> tuple[list[int], Fills] | None:
    """Return the best of the prices and fills that hold at the first smoothing at which any do."""
    floors = bands.floors(book, market)
    best: tuple[list[int], Fills] | None = None
    for point in _points(market):
        for blocks in _choices(exact.blocks(book, market, point, floors)):
            price = levels.place(book, market, blocks, [levels.rough(_level(point, block), block) for block in blocks])
            fills = None if price is None else _fill(book, market, price, broken)
            if price is not None and fills is not None and (best is None or fills.score > best[1].score):
                best = price, fills
        if best is not None:
            break
    return best


def _trade_without(book: Book, market: Market, rows: set[int]) -> tuple[list[int], Fills]:
    """Return prices and fills of a market without the orders whose minimum fill stood in the way."""
    kept = np.sort(np.setdiff1d(market.rows, np.fromiter(rows, np.int32)))
    fewer = book._replace(**{name: getattr(book, name)[kept] for name in COLUMNS})
    price, potential = np.zeros(book.currencies, np.int64), np.zeros(book.currencies, np.int64)
    sold, score, fills = np.zeros(len(book.sell), np.int64), 0, 0
    for smaller in markets(fewer):
        found = _trade(fewer, smaller, set())
        if found is not None:
            price[smaller.currencies] = found[0]
            potential[smaller.currencies] = found[1].potential
            sold[kept[smaller.rows]] = found[1].sold
            score, fills = score + found[1].score, fills + found[1].fills
    chosen = market.currencies
    return price[chosen].tolist(), Fills(sold[market.rows], potential[chosen].tolist(), fills, score, left_out=True)


def _points(market: Market) -> Iterator[Point]:
    """Yield prices of smaller and smaller smoothing, those first that tell which orders stand at the rate."""
    point = pricing.clear(market.curves, len(market.currencies))
    for mu in SHARPER:
        if len(market.rows) <= FEW or exact.is_told_apart(market, point):
            yield point
        point = pricing.sharpen(market.curves, point, mu)
    yield point


def _choices(blocks: list[Block] | None) -> Iterator[list[Block]]:
    """Yield the blocks that may trade, and where there are several also the largest alone."""
    trading = [block for block in blocks or [] if len(block.currencies) > 1]
    if trading:
        yield trading
    if len(trading) > 1:
        yield [max(trading, key=lambda block: len(block.currencies))]


def _level(point: Point, block: Block) -> float:
    return exp(point.level[block.currencies[0]])


def _fill(book: Book, market: Market, price: list[int], broken: set[int]) -> Fills | None:
    """Fill at these prices, bands considered; None if bands or fills do not hold."""
    if not book.bands:
        return filling.fill(book, market, price, np.zeros(len(market.curves.sell), np.bool_), broken)
    whole = np.zeros(book.currencies, np.int64)
    whole[market.currencies] = price
    if not bands.hold(book.bands, whole):
        return None
    on = bands.standing(book.bands, whole)
    sides = zip(
        market.currencies[market.curves.sell].tolist(), market.currencies[market.curves.buy].tolist(), strict=True
    )
    return filling.fill(book, market, price, np.array([pair in on for pair in sides], np.bool_), broken)


def _with_reference(
    book: Book, market: Market, found: tuple[list[int], Fills] | None
) -> tuple[list[int], Fills] | None:
    """Give what does not trade its official level, or no price."""
    n = len(market.currencies)
    price, fills = found or ([0] * n, None)
    traded = set()
    if fills is not None:
        cut = np.add.reduceat(fills.sold, market.curves.start[:-1])
        traded = {int(c) for e in np.flatnonzero(cut) for c in (market.curves.sell[e], market.curves.buy[e])}
        price = [each if c in traded else 0 for c, each in enumerate(price)]
        found = price, fills
    if book.reference is None:
        return found
    official = book.reference[market.currencies].tolist()
    blocks = [Block([c], [1]) for c in range(n) if c not in traded and official[c] > 0]
    wish = [Fraction(official[block.currencies[0]]) for block in blocks]
    anchor = [c for c in sorted(traded) if official[c] > 0]
    if not blocks or (traded and not anchor):
        return found
    if traded:
        scale = Fraction(price[anchor[0]], official[anchor[0]])
        fixed = Block(sorted(traded), [price[c] for c in sorted(traded)])
        placed = levels.beside(book, market, fixed, blocks, [each * scale for each in wish])
    else:
        placed = levels.place(book, market, blocks, wish)
    filled = None if placed is None else _fill(book, market, placed, set())
    return found if placed is None or filled is None else (placed, filled)
