"""The conversion auction: prices that clear all pairs of currencies at once, and fills at them."""

from fractions import Fraction

import numpy as np

from comity.engine.auction import PRICE_MAX, Book, Proposal
from comity.solvers.auction import exact, filling, pricing
from comity.solvers.auction.curves import Market, markets

__all__ = ["solve"]


def solve(book: Book) -> Proposal:
    """Propose prices and fills."""
    price, potential = np.zeros(book.currencies, np.int64), np.zeros(book.currencies, np.int64)
    sold = np.zeros(len(book.sell), np.int64)
    for market in markets(book):
        found = _clear(book, market)
        if found:
            whole, fills = found
            price[market.currencies] = whole
            potential[market.currencies] = fills.potential
            sold[market.rows] = fills.sold
    return Proposal(price, sold, potential)


def _clear(book: Book, market: Market):
    n = len(market.currencies)
    point = pricing.clear(market.curves, n)
    floors: dict[int, Fraction] = {}
    banded = np.zeros(len(market.curves.sell), np.bool_)
    for mu in (pricing.MU_LAST, 1e-8, 1e-10):
        if mu < pricing.MU_LAST:
            point = pricing.sharpen(market.curves, point, mu)
        found = exact.blocks(book, market, point, floors)
        if not found:
            continue
        price = [0] * n
        for block in found:
            if len(block.currencies) > 1:
                k = PRICE_MAX // max(block.price)
                for c, p in zip(block.currencies, block.price):
                    price[c] = p * k
        fills = filling.fill(book, market, price, banded)
        if fills:
            return price, fills
    return None
