"""The call of an auction: when it closes, what it would come to meanwhile, and when it is extended.

A call opens with a commitment: the hash of a seed that nobody else knows. The seed
is shown when the call closes, and everybody can see that the instant was drawn from
it. Meanwhile *indicative* prices are published. If they move by more than a stated
amount at the end, the call goes on for a while, so that nobody can change the prices
at the last moment without an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from comity.engine.orders import closing_instant, commitment_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comity.node.auction import Auctioned


class CallTerms(NamedTuple):
    """How a call is held; microseconds."""

    window_us: int = 0
    """The close is drawn from the earliest instant to so much later."""
    extend_by_us: int = 0
    extend_move: Fraction = Fraction(0)
    """The call is extended if some rate has moved by more than this share since the indication before."""
    extensions: int = 0
    """As often as this at most."""
    seed: str = ""
    """Hexadecimal; secret until the call closes."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is open, as it stands now."""

    earliest: int
    latest: int
    extensions: int
    seed: str

    @classmethod
    def of(cls, earliest: int, terms: CallTerms) -> Call:
        """Return the call that may close at `earliest` first."""
        return cls(earliest, earliest + terms.window_us, terms.extensions, terms.seed)

    @property
    def close(self) -> int:
        """When it will close."""
        return closing_instant(self.earliest, self.latest, self.seed)

    def opening(self) -> dict[str, object]:
        """Return what an OPEN_CALL record says: everything but the seed."""
        return {
            "earliest": self.earliest,
            "latest": self.latest,
            "extensions": self.extensions,
            "commitment": commitment_to(self.seed),
        }

    def extended(self, by_us: int) -> Call:
        """Return the call after an extension."""
        return Call(self.earliest + by_us, self.latest + by_us, self.extensions - 1, self.seed)


def largest_move(before: Mapping[str, int], now: Mapping[str, int]) -> Fraction | None:
    """Return by how much some cross rate has moved at most, as a share; None if no two currencies are priced in both.

    Prices stand on any scale: the rate of a in b moves by (now a / before a) / (now b / before b) - 1.
    """
    moves = [Fraction(now[code], price) for code, price in before.items() if price and now.get(code)]
    return max(moves) / min(moves) - 1 if len(moves) > 1 else None


def indicated_prices(indication: Auctioned, codes: list[str]) -> dict[str, int]:
    """Return the prices of the currencies that would trade, by code."""
    if indication.proposal is None or indication.found is None:
        return {}
    traded = {currency for pair in indication.found.traded for currency in (pair.sell, pair.buy)}
    return {code: int(indication.proposal.price[index]) for index, code in enumerate(codes) if index in traded}


def imbalance(indication: Auctioned, count: int) -> list[int]:
    """Return per currency what orders within the indicated rate offer and do not sell, minor units."""
    left = np.zeros(count, np.int64)
    if indication.proposal is None or indication.standing is None:
        return left.tolist()
    book, price = indication.standing.book, indication.proposal.price
    a, b = price[book.sell], price[book.buy]
    # A limit and a price have up to 62 bits each: Python's integers hold their products.
    within = (a > 0) & (b > 0) & (book.numerator * b.astype(object) <= book.denominator * a.astype(object))
    np.add.at(left, book.sell[within], (book.amount - indication.proposal.sold)[within])
    return left.tolist()
