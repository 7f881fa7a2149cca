"""What an auction came to, in figures: currencies with their prices, and pairs against books of their own.

A price is a whole number per minor unit, all of one auction on one scale; the rate
of one currency in another is the quotient of their prices. Official levels are such
numbers too, on a scale of their own. Values are prices times minor units.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Converted:
    """One currency of an auction; minor units."""

    exponent: int
    """Decimals of the currency."""
    price: int
    """0: it has none."""
    reference: int
    """Official level, 0: none."""
    trades: bool
    """Whether any of it is sold or bought; otherwise a price is a level alone."""
    offered_minor: int
    sold_minor: int
    surplus_minor: int
    """Sold and not paid out, because payouts are rounded down."""


@dataclass(frozen=True, slots=True)
class PairBook:
    """A pair of currencies, both directions; values on the auction's scale."""

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

    pairs: tuple[PairBook, ...] = ()

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


@dataclass(frozen=True, slots=True)
class Conversion:
    """What the orders in a book came to."""

    orders: int
    fills: int
    currencies: Mapping[str, Converted]
    books: PairBooks

    @property
    def traded(self) -> tuple[str, ...]:
        """Currencies of which something is sold or bought, that of most value sold first."""
        return tuple(code for code in self.by_value if self.currencies[code].trades)

    @property
    def by_value(self) -> tuple[str, ...]:
        """Currencies that have a price, that of which most is sold first, valued at the prices; then by code."""
        priced = {code: one.price * one.sold_minor for code, one in self.currencies.items() if one.price}
        return tuple(sorted(priced, key=lambda code: (-priced[code], code)))

    def rate(self, base: str, quote: str) -> Fraction | None:
        """Return how many major units of `quote` one of `base` gets; None if one of the two has no price."""
        above, below = self.currencies[base], self.currencies[quote]
        return _quotient(above.price, above.exponent, below.price, below.exponent)

    def official(self, base: str, quote: str) -> Fraction | None:
        """Return the same by the official levels."""
        above, below = self.currencies[base], self.currencies[quote]
        return _quotient(above.reference, above.exponent, below.reference, below.exponent)

    def off(self, base: str, quote: str) -> Fraction | None:
        """Return how far the rate is from the official one, as a share of it; None if there are not both."""
        rate, official = self.rate(base, quote), self.official(base, quote)
        return rate / official - 1 if rate and official else None


def _quotient(above: int, above_exponent: int, below: int, below_exponent: int) -> Fraction | None:
    return Fraction(above * 10**above_exponent, below * 10**below_exponent) if above and below else None
