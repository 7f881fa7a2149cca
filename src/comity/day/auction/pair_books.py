"""The same orders in separate books, one for each pair of currencies, to compare.

A pair alone converts only what two of its own sides want of each other. The joint
auction also converts what goes round through several currencies, and nobody has to
hold a third one on the way. Everything is valued at the prices of the joint auction.
"""

from collections.abc import Sequence

import numpy as np

from comity.day.auction.outcome import Auction
from comity.day.auction.run import make_book, settle
from comity.day.text import Ints
from comity.engine.auction import Band, Book
from comity.statistics.conversion import PairBook, PairBooks


def pair_books(answer: Auction) -> PairBooks:
    """Clear the orders of an auction pair by pair.

    Raises
    ------
    InvariantBroken
        If a proposal of the solver is not valid.
    """
    codes, rows = tuple(answer.prices), answer.rows
    book = make_book(answer.orders, rows, codes, answer.bands, answer.reference, answer.ties, answer.tolerance)
    return books_of(book, codes, [price or 0 for price in answer.prices.values()], answer.sold[rows])


def books_of(book: Book, codes: Sequence[str], prices: Sequence[int], sold: Ints) -> PairBooks:
    """Clear the orders of a book pair by pair.

    Parameters
    ----------
    book
        Of the joint auction.
    codes, prices
        Of its currencies; prices of the joint auction per minor unit, 0: none.
    sold : int64[m]
        What each order sold there, minor units.

    Raises
    ------
    InvariantBroken
        If a proposal of the solver is not valid.
    """
    pair = np.minimum(book.sell, book.buy).astype(np.int64) * book.currencies + np.maximum(book.sell, book.buy)
    by_pair = np.argsort(pair, kind="stable")
    places, starts = np.unique(pair[by_pair], return_index=True)
    ends = [*starts[1:].tolist(), len(by_pair)]
    found = []
    for place, start, end in zip(places.tolist(), starts.tolist(), ends, strict=False):
        first, second = divmod(place, book.currencies)
        if prices[first] and prices[second]:
            rows = by_pair[start:end]
            amounts = (book.amount[rows], sold[rows], _sold_alone(book, first, second, rows))
            offered, joint, alone = (_value(book, rows, prices, minor) for minor in amounts)
            found.append(PairBook(codes[first], codes[second], len(rows), offered, joint, alone))
    return PairBooks(tuple(sorted(found, key=lambda one: (one.first, one.second))))


def _sold_alone(book: Book, first: int, second: int, rows: Ints) -> Ints:
    """Return what the orders of a pair sell in a book of their own."""
    sells_second = book.sell[rows] == second
    if sells_second.all() or not sells_second.any():
        return np.zeros(len(rows), np.int64)
    place = {first: 0, second: 1}
    bands = (band for band in book.bands if {band.a, band.b} == {first, second})
    own = book._replace(
        currencies=2,
        sell=sells_second.astype(np.int32),
        buy=(~sells_second).astype(np.int32),
        **{name: getattr(book, name)[rows] for name in ("amount", "numerator", "denominator", "least", "order")},
        bands=tuple(Band(place[band.a], place[band.b], band.numerator, band.denominator) for band in bands),
        reference=None if book.reference is None else book.reference[[first, second]],
    )
    return settle(own)[0].sold


def _value(book: Book, rows: Ints, prices: Sequence[int], minor: Ints) -> int:
    """Return amounts of these orders at the prices, exactly."""
    sell = book.sell[rows]
    return sum(prices[code] * sum(minor[sell == code].tolist()) for code in np.unique(sell).tolist())
