"""The conversion auction: a book of orders, and what a proposal to clear it must be.

Every order sells an amount of one currency for another at a limit. All clear at
one instant, at one price per currency: the rate of A in B is price(A) / price(B),
so cross rates agree and no currency is the vehicle of the others. A solver
proposes prices and fills; this module says exactly, in whole numbers, whether
they are what the rulebook's section 6 demands.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels.auction import (
    BEYOND,
    HOLDS,
    MUST,
    OUT_OF_PLACE,
    OUT_OF_RANGE,
    OUTSIDE,
    SOLD,
    SUMS,
    UNFILLED,
    judge_orders,
    note_orders,
    put_in_order,
    share_in_proportion,
    share_in_time,
)
from comity.engine.kernels.exact import HALF
from comity.errors import FAULTS_MAX, Fault, InvalidRequest

CURRENCIES_MAX = 1024
PRICE_MIN = 1 << 34
PRICE_MAX = (1 << 62) - 1
RATIO_MAX = (1 << 62) - 1
"""Largest numerator or denominator of a limit or a band, in lowest terms: with a price it fits 128 bits."""
AMOUNT_MAX = 1 << 60
"""Largest amount of an order."""
SUM_MAX = (1 << 62) - 1
"""Largest sum of the amounts of one ordered pair, and of what one pair is paid."""
SHARE = 1 << 32
"""A currency of which everything offered is sold adds this much to a proposal's score."""


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


class Traded(NamedTuple):
    """What an ordered pair of currencies trades."""

    sell: int
    buy: int
    sold_minor: int
    """Minor units of `sell`."""
    paid_minor: int
    """Minor units of `buy`."""
    fills: int


class Verification(NamedTuple):
    """What the exact pass found; the other fields are meant if `refused` is empty."""

    refused: str
    """Empty, or the first order, pair, currency or band that is not as the rulebook demands."""
    bought: NDArray[np.int64]
    """m: minor units of `buy` paid for each fill."""
    surplus: tuple[int, ...] = ()
    """c: minor units sold and not paid out, for the rounding account."""
    traded: tuple[Traded, ...] = ()
    """Pairs that trade, by number of currency."""
    active: tuple[Band, ...] = ()
    """Bands on which a price stands to the last digit."""
    score: int = 0
    """Sum over currencies of the share of what is offered that is sold, each in parts of `SHARE`, rounded down."""


def check(book: Book) -> None:
    """Refuse a book that `verify` could not judge exactly.

    Raises
    ------
    InvalidRequest
        With every fault, up to `FAULTS_MAX`: lengths and types first, else values by column and row.
    """
    faults = _shape_faults(book) or [*_value_faults(book), *_band_faults(book)]
    if faults:
        raise InvalidRequest(faults[:FAULTS_MAX])


def pair_of(book: Book) -> NDArray[np.int32]:
    """Return the number of each order's ordered pair: sell * currencies + buy; m."""
    return book.sell * np.int32(book.currencies) + book.buy


def ranking(book: Book) -> NDArray[np.int32]:
    """Return the rows of a book by ordered pair, then limit, then priority in time, exactly; m.

    Rounded limits bring nearly all into place; exact products settle the rest.
    """
    pair, limit = pair_of(book), book.numerator / book.denominator
    rank = np.lexsort((book.order, limit, pair)).astype(np.int32)
    put_in_order(rank, pair, book.numerator, book.denominator, book.order)
    return rank


def verify(book: Book, proposal: Proposal, codes: Sequence[str] = ()) -> Verification:
    """Say in one exact pass whether a proposal is what the rulebook demands of an auction.

    With the rate of an order price(sell) / price(buy):

    1. Prices lie in range; every band holds.
    2. Only orders whose two currencies lie on a common cycle of pairs trade, and only at prices above 0.
    3. Nothing fills whose limit lies beyond the rate. What lies within it by more than the tolerance fills
       completely, unless the price of what it buys stands as high as a band between its two currencies allows. An
       order with a minimum fill may be left out: then it counts for nothing below.
    4. The others fill by limit, then time (or in proportion), and never less than their minimum: the fills of
       a pair follow from their sum.
    5. Every fill is paid floor(sold x rate). In each currency what is sold covers what is paid. What is left over
       is at most one minor unit per fill paid in it, and what a unit more of each pair that stops short would pay.
    6. No larger value can be traded at these prices: with potentials, duality bounds the value of every
       choice, and this one reaches the bound but for what whole minor units and minimum fills cost.

    Nothing is changed. Only orders that need not fill are ranked, those at the rate or behind a band; the rest takes
    one pass in the order of the rows.

    Parameters
    ----------
    book
        One that `check` accepts.
    proposal
        Prices, fills and potentials; any numbers whatever of the right lengths.
    codes
        Names of the currencies, for `refused`; none: their numbers.
    """
    count, c = len(book.amount), book.currencies
    bought = np.zeros(count, np.int64)
    if (len(proposal.price), len(proposal.sold), len(proposal.potential)) != (c, count, c):
        return Verification("the proposal is of another book", bought)
    price = [int(p) for p in proposal.price]
    names = codes or [str(currency) for currency in range(c)]
    refused = _refuse_prices(book, price, [int(p) for p in proposal.potential], names)
    if refused:
        return Verification(refused, bought)
    return _Pass(book, proposal, price, names).run()


class _Pass:
    """One verification: order by order, then pair by pair, then currency by currency."""

    def __init__(self, book: Book, proposal: Proposal, price: list[int], names: Sequence[str]) -> None:
        self.book, self.proposal, self.price, self.names = book, proposal, price, names
        c, count = book.currencies, len(book.amount)
        self.bought, self.expected = np.zeros(count, np.int64), np.zeros(count, np.int64)
        left_out = (book.least > 0) & (proposal.sold == 0)
        self.amount = np.where(left_out, 0, book.amount) if left_out.any() else book.amount
        high, low = np.zeros((2, c), np.int64)
        there = np.zeros(c * c, np.bool_)
        note_orders(book.sell, book.buy, book.amount, high, low, there)
        self.offered = [(above << HALF) + below for above, below in zip(high.tolist(), low.tolist(), strict=True)]
        self.pairs = [divmod(number, c) for number in np.flatnonzero(there).tolist()]
        self.component = components(c, self.pairs)
        self.active = tuple(band for band in book.bands if _stands_on(band, price))
        self.potential = [int(p) for p in proposal.potential]
        self.sums = np.zeros((c * c, SUMS), np.int64)
        self.traded: list[Traded] = []
        self.beyond = [0] * c
        """By component: the value that the potentials leave room for, less the value traded."""
        self.rounding = [0] * c
        """By component: what whole minor units may cost of the value."""
        self.room = [0] * c
        """By currency: the surplus that whole minor units explain."""

    def run(self) -> Verification:
        refused = self._refuse_orders()
        if refused:
            return Verification(refused, self.bought)
        for sell, buy in self.pairs:
            self._add_pair(sell, buy)
        surplus = [0] * self.book.currencies
        for each in self.traded:
            surplus[each.sell] += each.sold_minor
            surplus[each.buy] -= each.paid_minor
        refused = self._refuse_sums(surplus)
        if refused:
            return Verification(refused, self.bought)
        return Verification("", self.bought, tuple(surplus), tuple(self.traded), self.active, self._score())

    def _refuse_orders(self) -> str:
        """Say which pair has an order that may not fill as it does; empty if none has."""
        book, c = self.book, self.book.currencies
        trades, rationed = np.zeros((2, c * c), np.bool_)
        for sell, buy in self.pairs:
            together = self.component[sell] == self.component[buy]
            trades[sell * c + buy] = together and min(self.price[sell], self.price[buy]) > 0
        for band in self.active:
            rationed[band.b * c + band.a] = True
        part, whole = book.tolerance
        lowered = np.array([max((price * (whole - part) - 1) // whole, 0) for price in self.price], np.int64)
        marginal = np.empty(len(self.amount), np.int32)
        verdict, found = judge_orders(
            book.sell,
            book.buy,
            self.amount,
            book.numerator,
            book.denominator,
            book.least,
            self.proposal.sold,
            np.array(self.price, np.int64),
            lowered,
            trades,
            rationed,
            self.bought,
            marginal,
            self.sums,
        )
        if verdict != HOLDS:
            return f"pair {self._name(int(book.sell[found]), int(book.buy[found]))}{_WHY[verdict]}"
        return self._refuse_turns(marginal[:found])

    def _refuse_turns(self, marginal: NDArray[np.int32]) -> str:
        """Say which pair shares what is left for the orders that need not fill out of turn; empty if none does."""
        book, c = self.book, self.book.currencies
        some = book._replace(**{name: getattr(book, name)[marginal] for name in _COLUMNS})
        rank = marginal[ranking(some)]
        pair = pair_of(book._replace(sell=book.sell[rank], buy=book.buy[rank]))
        first = np.flatnonzero(np.diff(pair, prepend=-1))
        for low, high in zip(first.tolist(), np.append(first[1:], len(pair)).tolist(), strict=False):
            sums = self.sums[pair[low]]
            left = int(sums[SOLD] - sums[MUST])
            if book.ties == Ties.PRO_RATA:
                left = share_in_proportion(
                    rank, low, high, self.amount, book.numerator, book.denominator, book.least, left, self.expected
                )
            else:
                left = share_in_time(rank, low, high, self.amount, book.least, left, self.expected)
            rows = rank[low:high]
            if left != 0 or (self.proposal.sold[rows] != self.expected[rows]).any():
                return f"pair {self._name(*divmod(int(pair[low]), c))}{_OUT_OF_TURN}"
        return ""

    def _name(self, sell: int, buy: int) -> str:
        return f"{self.names[sell]}>{self.names[buy]}"

    def _add_pair(self, sell: int, buy: int) -> None:
        """Add what a pair trades to the sums of its currencies and its component."""
        a, b = self.price[sell], self.price[buy]
        sold, paid, fills, must, may, short = self.sums[sell * self.book.currencies + buy].tolist()
        if not may:
            return
        if fills:
            self.traded.append(Traded(sell, buy, sold, paid, fills))
        worth = 1 - self.potential[sell] + self.potential[buy]
        self.beyond[self.component[sell]] += a * (max(must * worth, may * worth) - sold)
        self.room[buy] += fills + (a // b if short else 0)
        self.rounding[self.component[sell]] += a + fills * b

    def _refuse_sums(self, surplus: list[int]) -> str:
        """Say which currency is short or keeps too much, or that a larger value could be traded."""
        for currency, left in enumerate(surplus):
            if left < 0:
                return f"{self.names[currency]} is short of {-left}: more would be paid than is sold"
            if left > self.room[currency]:
                return f"{self.names[currency]} would keep {left}, and rounding explains {self.room[currency]} at most"
        for root in set(self.component):
            inside = [currency for currency, other in enumerate(self.component) if other == root]
            potentials = [self.potential[currency] for currency in inside]
            rounding = self.rounding[root] + sum(self.price[currency] for currency in inside)
            if self.beyond[root] > (1 + max(potentials) - min(potentials)) * rounding:
                return f"potentials do not prove that no larger value can be traded with {self.names[root]}"
        return ""

    def _score(self) -> int:
        sold = [0] * self.book.currencies
        for each in self.traded:
            sold[each.sell] += each.sold_minor
        return sum(SHARE * each // self.offered[currency] for currency, each in enumerate(sold) if each)


_COLUMNS = ("sell", "buy", "amount", "numerator", "denominator", "least", "order")
_OUT_OF_TURN = ": its fills are not those that its orders' limits, times and minimum fills demand of their sum"
_WHY = {
    OUT_OF_RANGE: ": a fill below 0 or above its order",
    OUT_OF_PLACE: " lies on no cycle of pairs, or has no price, and trades",
    OUTSIDE: ": an order fills whose limit lies beyond the rate",
    UNFILLED: ": an order whose limit lies within the rate by more than the tolerance does not fill completely",
    BEYOND: f": more than {SUM_MAX} would be paid",
}


def _refuse_prices(book: Book, price: list[int], potential: list[int], names: Sequence[str]) -> str:
    """Say which price, potential or band does not hold; empty if all do."""
    for currency, each in enumerate(price):
        if each and not PRICE_MIN <= each <= PRICE_MAX:
            return f"{names[currency]}: a price of {each} is not {PRICE_MIN} to {PRICE_MAX}"
        if abs(potential[currency]) > book.currencies:
            return f"{names[currency]}: a potential of {potential[currency]} is beyond {book.currencies}"
    for band in book.bands:
        a, b = price[band.a], price[band.b]
        if a and b and a * band.denominator > band.numerator * b:
            return f"band {names[band.a]}/{names[band.b]} <= {band.numerator}/{band.denominator} does not hold"
    return ""


def _stands_on(band: Band, price: list[int]) -> bool:
    """Return whether the price of `a` is the largest whole number that the band allows."""
    a, b = price[band.a], price[band.b]
    return a > 0 and b > 0 and a == band.numerator * b // band.denominator


def components(currencies: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Return for every currency the least one that it shares a cycle of pairs with: itself if there is no other.

    Two currencies share a cycle if each is reached from the other. The time is that of one search each way
    per component.
    """
    onward: list[list[int]] = [[] for _ in range(currencies)]
    back: list[list[int]] = [[] for _ in range(currencies)]
    for sell, buy in pairs:
        onward[sell].append(buy)
        back[buy].append(sell)
    component = [-1] * currencies
    for currency in range(currencies):
        if component[currency] < 0:
            for other in _reached(onward, currency) & _reached(back, currency):
                component[other] = currency
    return component


def _reached(arcs: list[list[int]], start: int) -> set[int]:
    seen, ahead = {start}, [start]
    while ahead:
        fresh = [other for other in arcs[ahead.pop()] if other not in seen]
        seen.update(fresh)
        ahead.extend(fresh)
    return seen


def _shape_faults(book: Book) -> list[Fault]:
    count = len(book.amount)
    expected: list[tuple[str, NDArray[Any] | None, type[np.generic], int]] = [
        ("sell", book.sell, np.int32, count),
        ("buy", book.buy, np.int32, count),
        ("amount", book.amount, np.int64, count),
        ("numerator", book.numerator, np.int64, count),
        ("denominator", book.denominator, np.int64, count),
        ("least", book.least, np.int64, count),
        ("order", book.order, np.int64, count),
        ("reference", book.reference, np.int64, book.currencies),
    ]
    faults = [
        Fault("", 0, name, f"{np.dtype(dtype)}, {length} values", f"{array.dtype}, {array.size} values")
        for name, array, dtype, length in expected
        if array is not None and (array.dtype != dtype or array.shape != (length,))
    ]
    if not 1 <= book.currencies <= CURRENCIES_MAX:
        faults.append(Fault("", 0, "currencies", f"1 to {CURRENCIES_MAX}", str(book.currencies)))
    if not 0 <= book.tolerance[0] < book.tolerance[1]:
        faults.append(Fault("", 0, "tolerance", "from 0 to below 1", "{}/{}".format(*book.tolerance)))
    return faults


def _value_faults(book: Book) -> Iterator[Fault]:
    """Yield what is wrong with values: by column, then by row; last the sums of pairs."""
    c = book.currencies
    ratio = f"1 to {RATIO_MAX}, in lowest terms"
    checks: list[tuple[str, NDArray[Any], NDArray[np.bool_], str]] = [
        ("sell", book.sell, (book.sell < 0) | (book.sell >= c), f"a currency, 0 to {c - 1}"),
        ("buy", book.buy, (book.buy < 0) | (book.buy >= c), f"a currency, 0 to {c - 1}"),
        ("buy", book.buy, book.buy == book.sell, "another currency than is sold"),
        ("amount", book.amount, (book.amount < 1) | (book.amount > AMOUNT_MAX), f"1 to {AMOUNT_MAX}"),
        ("numerator", book.numerator, (book.numerator < 1) | (book.numerator > RATIO_MAX), ratio),
        ("denominator", book.denominator, (book.denominator < 1) | (book.denominator > RATIO_MAX), ratio),
        ("least", book.least, (book.least < 0) | (book.least > book.amount), "0 to the amount"),
    ]
    wrong_anywhere = False
    for name, values, wrong, expected in checks:
        for row in np.flatnonzero(wrong)[:FAULTS_MAX].tolist():
            wrong_anywhere = True
            yield Fault("", row + 1, name, expected, repr(str(values[row])))
    if len(np.unique(book.order)) != len(book.order):
        yield Fault("", 0, "order", "a different one for each order", "some of them equal")
    if not wrong_anywhere:
        for total in _sums_beyond(book):
            yield Fault("", 0, "amount", f"of one ordered pair a sum of at most {SUM_MAX}", repr(str(total)))


def _sums_beyond(book: Book) -> list[int]:
    """Return the sums of ordered pairs that are too large; in halves, so that none wraps."""
    pair = pair_of(book)
    high, low = np.zeros((2, book.currencies**2), np.int64)
    np.add.at(high, pair, book.amount >> 31)
    np.add.at(low, pair, book.amount & ((1 << 31) - 1))
    totals = [(above << 31) + below for above, below in zip(high.tolist(), low.tolist(), strict=True)]
    return [total for total in totals if total > SUM_MAX]


def _band_faults(book: Book) -> Iterator[Fault]:
    c = book.currencies
    for row, band in enumerate(book.bands, 1):
        if not (0 <= band.a < c and 0 <= band.b < c and band.a != band.b):
            yield Fault("", row, "band", f"two different currencies, 0 to {c - 1}", f"{band.a} and {band.b}")
        if not (1 <= band.numerator <= RATIO_MAX and 1 <= band.denominator <= RATIO_MAX):
            yield Fault("", row, "band", f"a ratio of numbers from 1 to {RATIO_MAX}", f"{band[2]}/{band[3]}")
