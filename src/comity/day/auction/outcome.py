"""What came of an auction: prices, fills, and what is published with them.

Prices are whole numbers per minor unit on one scale, fills whole minor units, each
paid in full at floor(sold x price sold / price bought). Everything here follows from
the orders and a verified proposal.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.day.auction.bands import NamedBand
from comity.day.auction.orders import Entry, Orders
from comity.day.lines import major_text
from comity.day.text import Bools, Ints, Text
from comity.engine.auction import Ties
from comity.model.amount import format_minor
from comity.model.currency import CURRENCIES
from comity.model.reason import Reason

STATES = ("filled", "partial", "unfilled", "stopped", "repeated", "RJTD")
FILLED, PARTIAL, UNFILLED, STOPPED, REPEATED, REJECTED = range(len(STATES))

_NEAR = 1e-9
"""Limits further than this from a rate are beyond or within it whatever a float has lost."""
_REASONS = tuple(Reason(number).code if number in {each.value for each in Reason} else "" for number in range(64))


def hash_of_orders(names: Sequence[pa.Array], numbers: Sequence[Ints]) -> str:
    """Return the SHA-256 of orders, hexadecimal: the same for whoever has the same orders in the same order in time.

    One line for each, its columns in the order given here, between them the unit separator (0x1f), at the end a
    line feed.

    Parameters
    ----------
    names
        Arrow large text, n of each: participant, id, code of what it sells, code of what it buys.
    numbers
        int64[n] each: amount, numerator and denominator of the limit, minimum; in minor units.
    """
    columns = [*names, *(pa.array(each).cast(pa.large_string()) for each in numbers)]
    ends = pa.scalar("\n", pa.large_string())
    lines = pc.binary_join_element_wise(*columns, pa.scalar("\x1f", pa.large_string()))
    lines = pc.binary_join_element_wise(lines, ends, pa.scalar("", pa.large_string()))
    text = Text.of(lines)
    return hashlib.sha256(text.data[text.offsets[0] : text.offsets[-1]].tobytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class PairTraded:
    """What an ordered pair of currencies trades; minor units."""

    sell: str
    buy: str
    sold_minor: int
    bought_minor: int
    fills: int


@dataclass(frozen=True, slots=True)
class PairUnfilled:
    """What of an ordered pair would have traded at the rate and did not; minor units of `sell`."""

    sell: str
    buy: str
    orders: int
    minor: int
    """Of orders whose limit the rate meets."""
    in_the_money_minor: int
    """Of those among them whose limit is better than the rate: a band or a minimum fill held them back."""


@dataclass(frozen=True, slots=True)
class Auction:
    """An auction of the orders of a table.

    Attributes
    ----------
    orders
        As they were read, n of them.
    rows
        int64[m]: those that took part, as places in the table.
    ties, tolerance, bands
        The rules it was held under.
    reference
        Official price of one minor unit per currency, on one scale, where there is one.
    stopped
        Pairs that two sources of rates stopped, in either direction; their orders sat out.
    prices
        Of one minor unit per currency, by code, on one scale; None: not traded, and no level.
    sold, bought
        int64[n]: minor units of what an order sells and buys.
    surplus_minor
        Per currency: sold and not paid out.
    traded
        Ordered pairs that trade, by code.
    active
        Bands on which a price stands.
    score
        Of the proposal; see `comity.engine.auction`.
    """

    orders: Orders
    rows: Ints
    ties: Ties
    tolerance: Fraction
    bands: tuple[NamedBand, ...]
    reference: dict[str, int]
    stopped: tuple[tuple[str, str], ...]
    prices: dict[str, int | None]
    sold: Ints
    bought: Ints
    surplus_minor: dict[str, int]
    traded: tuple[PairTraded, ...]
    active: tuple[NamedBand, ...]
    score: int

    @property
    def status(self) -> str:
        """`cleared`, or `no trade`."""
        return "cleared" if self.traded else "no trade"

    @property
    def not_traded(self) -> tuple[str, ...]:
        """Currencies of which nothing is bought or sold; a price of theirs is a level alone."""
        trades = {code for pair in self.traded for code in (pair.sell, pair.buy)}
        return tuple(code for code in self.prices if code not in trades)

    @property
    def volume_minor(self) -> dict[str, int]:
        """What is sold of each currency."""
        sums = dict.fromkeys(self.prices, 0)
        for pair in self.traded:
            sums[pair.sell] += pair.sold_minor
        return sums

    @property
    def offered_minor(self) -> dict[str, int]:
        """What the orders that took part would sell of each currency."""
        sell, amount = self.orders.sell[self.rows], self.orders.amount[self.rows]
        high, low = np.zeros((2, len(self.orders.currencies)), np.int64)
        np.add.at(high, sell, amount >> 31)
        np.add.at(low, sell, amount & 0x7FFFFFFF)
        sums = dict.fromkeys(self.prices, 0)
        for place, code in enumerate(self.orders.currencies):
            sums[code] = (int(high[place]) << 31) + int(low[place])
        return sums

    @property
    def states(self) -> Ints:
        """int64[n]: place of each order's state in `STATES`."""
        states = np.full(len(self.orders), STOPPED, np.int64)
        sold, amount = self.sold[self.rows], self.orders.amount[self.rows]
        states[self.rows] = np.where(sold == amount, FILLED, np.where(sold > 0, PARTIAL, UNFILLED))
        states[self.orders.entry == Entry.REPEATED] = REPEATED
        states[self.orders.entry == Entry.REJECTED] = REJECTED
        return states

    @property
    def by_value(self) -> tuple[str, ...]:
        """Currencies that have a price, that of which most is sold first, valued at the prices; then by code."""
        volume = self.volume_minor
        priced = [(code, price) for code, price in self.prices.items() if price]
        return tuple(code for code, price in sorted(priced, key=lambda each: (-each[1] * volume[each[0]], each[0])))

    def rate(self, sell: str, buy: str) -> Fraction | None:
        """Return how many major units of `buy` one of `sell` gets; None if one of the two has no price."""
        above, below = self.prices.get(sell), self.prices.get(buy)
        if not above or not below:
            return None
        return Fraction(above * 10 ** CURRENCIES[sell].exponent, below * 10 ** CURRENCIES[buy].exponent)

    def unfilled(self) -> tuple[PairUnfilled, ...]:
        """Return, by ordered pair, what the rate would have let trade and did not trade."""
        given = self.orders
        rows = self.rows[self.sold[self.rows] < given.amount[self.rows]]
        met, better = self._against_rate(rows)
        rows, better = rows[met], better[met]
        count = len(given.currencies)
        pair = given.sell[rows].astype(np.int64) * count + given.buy[rows]
        left = given.amount[rows] - self.sold[rows]
        found = []
        for place in np.unique(pair).tolist():
            here = pair == place
            amounts, inside = left[here], left[here & better]
            sell, buy = (given.currencies[one] for one in divmod(place, count))
            found.append(PairUnfilled(sell, buy, int(here.sum()), int(amounts.sum()), int(inside.sum())))
        return tuple(found)

    def _against_rate(self, rows: Ints) -> tuple[Bools, Bools]:
        """Say of which orders the rate meets the limit, and of which it is better, exactly."""
        given = self.orders
        price = [self.prices[code] or 0 for code in given.currencies]
        level = np.array(price, np.float64)
        sell, buy = given.sell[rows], given.buy[rows]
        priced = (level[sell] > 0) & (level[buy] > 0)
        limit = given.numerator[rows] / given.denominator[rows]
        rate = level[sell] / np.where(level[buy] > 0, level[buy], 1.0)
        met = priced & (limit <= rate)
        better = met.copy()
        for place in np.flatnonzero(priced & (np.abs(limit - rate) <= _NEAR * rate)).tolist():
            row = int(rows[place])
            wanted = int(given.numerator[row]) * price[buy[place]]
            gets = int(given.denominator[row]) * price[sell[place]]
            met[place], better[place] = wanted <= gets, wanted < gets
        return met, better

    def order_hash(self) -> str:
        """Return `hash_of_orders` of the orders that took part, in their order in time."""
        given = self.orders
        rows = self.rows[np.argsort(given.order[self.rows], kind="stable")]
        codes = pa.array(given.currencies, pa.large_string())
        taken = pa.array(rows)
        names = [given.participants.take(taken), given.ids.take(taken)]
        names += [codes.take(pa.array(side[rows])) for side in (given.sell, given.buy)]
        return hash_of_orders(names, [each[rows] for each in (given.amount, given.numerator, given.denominator, given.least)])

    def to_arrow(self) -> pa.Table:
        """Return id, participant, sell, buy, amount, sold, bought, state, reason per row; minor units."""
        given = self.orders
        codes = pa.array(given.currencies, pa.string())
        return pa.table(
            {
                "id": given.ids,
                "participant": given.participants,
                "sell": codes.take(pa.array(given.sell)),
                "buy": codes.take(pa.array(given.buy)),
                "amount": given.amount,
                "sold": self.sold,
                "bought": self.bought,
                "state": pa.array(STATES).take(pa.array(self.states)),
                "reason": pa.array(_REASONS).take(pa.array(given.reason)),
            }
        )

    def fills(self) -> dict[str, pa.Array]:
        """Return the columns of fills.csv; amounts in major units."""
        given, table = self.orders, self.to_arrow()
        exponents = given.exponents if given.currencies else np.zeros(1, np.int64)
        columns = {name: table.column(name).combine_chunks() for name in ("id", "participant", "sell", "buy", "state", "reason")}
        sold = major_text(self.sold, exponents[given.sell])
        bought = major_text(self.bought, exponents[given.buy])
        return {"id": columns.pop("id"), "sold": sold, "bought": bought, **columns}

    def summary(self) -> dict[str, object]:
        """Return the content of summary.json."""
        states = np.bincount(self.states, minlength=len(STATES)).tolist()
        volume = self.volume_minor
        return {
            "status": self.status,
            "orders": len(self.orders),
            "states": dict(zip(STATES, states, strict=True)),
            "volume": {code: format_minor(minor, CURRENCIES[code].exponent) for code, minor in volume.items()},
            "volume_minor": volume,
            "offered_minor": self.offered_minor,
            "surplus_minor": self.surplus_minor,
            "active_bands": [{"a": band.a, "b": band.b, "max": band.text()} for band in self.active],
            "unfilled": [
                {
                    "sell": each.sell,
                    "buy": each.buy,
                    "orders": each.orders,
                    "amount_minor": each.minor,
                    "in_the_money_minor": each.in_the_money_minor,
                }
                for each in self.unfilled()
            ],
            "not_traded": list(self.not_traded),
            "stopped": [f"{one}/{other}" for one, other in self.stopped],
            "score": self.score,
            "traded": [
                {
                    "sell": pair.sell,
                    "buy": pair.buy,
                    "sold_minor": pair.sold_minor,
                    "bought_minor": pair.bought_minor,
                    "fills": pair.fills,
                }
                for pair in self.traded
            ],
            "ties": "pro-rata" if self.ties is Ties.PRO_RATA else "time",
            "tolerance": str(self.tolerance),
            "order_hash": self.order_hash(),
        }
