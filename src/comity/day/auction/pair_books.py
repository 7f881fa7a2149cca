"""The same orders in separate books, one for each pair of currencies, to compare.

A pair alone converts only what two of its own sides want of each other. The joint
auction also converts what goes round through several currencies, and nobody has to
hold a third one on the way. Everything is valued at the prices of the joint auction.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from comity.day.auction.outcome import Auction
from comity.day.auction.run import make_book, settle
from comity.day.text import Ints


@dataclass(frozen=True, slots=True)
class PairBook:
    """A pair of currencies, both directions; values are prices times minor units, on the auction's scale."""

    first: str
    second: str
    orders: int
    offered: int
    joint: int
    """Converted in the joint auction."""
    alone: int
    """Converted if the pair had a book of its own."""


@dataclass(frozen=True, slots=True)
class PairBooks:
    """All pairs in which there are orders, by code; those whose currencies have no price are left out."""

    pairs: tuple[PairBook, ...]

    @property
    def joint_share(self) -> Fraction | None:
        """Share of the offered value that the joint auction converts; None if nothing is offered."""
        return self._share(sum(pair.joint for pair in self.pairs))

    @property
    def alone_share(self) -> Fraction | None:
        """Share of the offered value that separate books convert."""
        return self._share(sum(pair.alone for pair in self.pairs))

    def _share(self, value: int) -> Fraction | None:
        offered = sum(pair.offered for pair in self.pairs)
        return Fraction(value, offered) if offered else None

    def summary(self) -> dict[str, object]:
        """Return its block of summary.json: shares of the offered value, to six decimals."""
        shares = (self.joint_share, self.alone_share)
        joint, alone = (None if share is None else f"{float(share):.6f}" for share in shares)
        return {"joint_share": joint, "pair_books_share": alone}


def pair_books(answer: Auction) -> PairBooks:
    """Clear the orders of an auction pair by pair.

    Raises
    ------
    InvariantBroken
        If a proposal of the solver is not valid.
    """
    given = answer.orders
    sell, buy = given.sell[answer.rows], given.buy[answer.rows]
    count = len(given.currencies)
    pair = np.minimum(sell, buy).astype(np.int64) * count + np.maximum(sell, buy)
    by_pair = np.argsort(pair, kind="stable")
    places, starts = np.unique(pair[by_pair], return_index=True)
    found = []
    ends = [*starts[1:].tolist(), len(by_pair)]
    for place, start, end in zip(places.tolist(), starts.tolist(), ends, strict=False):
        rows = answer.rows[by_pair[start:end]]
        first, second = (given.currencies[one] for one in divmod(place, count))
        if answer.prices[first] and answer.prices[second]:
            found.append(_pair_book(answer, (first, second), rows))
    return PairBooks(tuple(found))


def _pair_book(answer: Auction, codes: tuple[str, str], rows: Ints) -> PairBook:
    given = answer.orders
    sell, amount = given.sell[rows], given.amount[rows]
    alone = np.zeros(len(rows), np.int64)
    if len(np.unique(sell)) > 1:
        book = make_book(given, rows, codes, answer.bands, answer.reference, answer.ties, answer.tolerance)
        alone = settle(book)[0].sold
    offered, joint, converted = (
        sum(
            (answer.prices[code] or 0) * int(sum(minor[sell == given.currencies.index(code)].tolist()))
            for code in codes
        )
        for minor in (amount, answer.sold[rows], alone)
    )
    return PairBook(*codes, len(rows), offered, joint, converted)
