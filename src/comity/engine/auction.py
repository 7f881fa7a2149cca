"""The conversion auction: a book of orders, and what a proposal to clear it must be.

Every order sells an amount of one currency for another at a limit. All clear at
one instant, at one price per currency: the rate of A in B is price(A) / price(B),
so cross rates agree and no currency is the vehicle of the others. A solver
proposes prices and fills; this module says exactly, in whole numbers, whether
they are what the rulebook's section 6 demands.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CURRENCIES_MAX = 1024
PRICE_MIN = 1 << 34
PRICE_MAX = (1 << 62) - 1
RATIO_MAX = (1 << 62) - 1
"""Largest numerator or denominator of a limit or a band, in lowest terms: with a price it fits 128 bits."""
AMOUNT_MAX = 1 << 60
"""Largest amount of an order; those of one ordered pair sum to less than 2^62."""


class Ties(IntEnum):
    """How orders of one limit share what is left for them."""

    TIME = 0
    PRO_RATA = 1


class Band(NamedTuple):
    """The price of `a` over that of `b`, in minor units, is at most `numerator` / `denominator`."""

    a: int
    b: int
    numerator: int
    denominator: int


class Book(NamedTuple):
    """The orders that stand in an auction: m orders, c currencies.

    An order sells up to `amount` of `sell` for `buy`, and wants at least
    `numerator` / `denominator` minor units of `buy` for each minor unit sold.
    """

    currencies: int
    """c, 1 to `CURRENCIES_MAX`."""
    sell: NDArray[np.int32]
    """m: 0 to c - 1."""
    buy: NDArray[np.int32]
    """m: another than `sell`."""
    amount: NDArray[np.int64]
    """m: minor units of `sell`, 1 to `AMOUNT_MAX`."""
    numerator: NDArray[np.int64]
    """m: 1 to `RATIO_MAX`; in lowest terms with `denominator`."""
    denominator: NDArray[np.int64]
    """m: 1 to `RATIO_MAX`."""
    least: NDArray[np.int64]
    """m: filled by at least this much or not at all; 0 to `amount`."""
    order: NDArray[np.int64]
    """m: priority in time, all different, lowest first."""
    ties: Ties = Ties.TIME
    tolerance: tuple[int, int] = (1, 1_000_000)
    """Numerator and denominator, 0 or more and below 1: how far inside the rate an order need not fill."""
    bands: tuple[Band, ...] = ()
    reference: NDArray[np.int64] | None = None
    """c: official price of one minor unit on any common scale, 0: none. Gives the level of what does not trade."""


class Proposal(NamedTuple):
    """Prices and fills; that nothing trades is said by fills of 0."""

    price: NDArray[np.int64]
    """c: of one minor unit, on one scale, `PRICE_MIN` to `PRICE_MAX`; 0: no price."""
    sold: NDArray[np.int64]
    """m: minor units of `sell`, 0 to `amount`. Paid for it: floor(sold x price of sell / price of buy)."""
    potential: NDArray[np.int64]
    """c: proves that no larger value can be traded."""
