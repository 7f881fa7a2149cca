"""PvP trades of a day: banks sell currency that they earn for currency that they owe.

A trade is of two banks of two countries, each selling its own country's
currency, at the official rate or one currency unit for one where none is known.
Nine in ten are entered once, for both; the others by each side on its own, the
buyer a minute after the seller. Trades come in at full minutes, as the books of
a trading venue are sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from comity.day.generate import draws
from comity.day.generate.countries import countries
from comity.day.generate.draws import Ints
from comity.day.generate.hours import MINUTE, SCHEDULE
from comity.day.generate.invoicing import Flow, Money
from comity.day.generate.payments import Banks

_ONCE_PERCENT = 90
_SIZE = 8
_LARGEST_MINOR = 10**15


@dataclass(frozen=True, slots=True)
class Trade:
    """One PvP; `time` in microseconds after midnight UTC, amounts in minor units."""

    seller: int
    buyer: int
    sell_currency: str
    sell_minor: int
    buy_currency: str
    buy_minor: int
    time: int
    once: bool


def draw_trades(
    chance: np.random.Generator, flows: Sequence[Flow], banks: Banks, money: Money, count: int, payments: int
) -> list[Trade]:
    """Draw trades along the pairs of the flows, each about eight average payments of its pair in size."""
    pairs = sorted({(flow.importer, flow.exporter) for flow in flows if _crosses(flow)})
    if not pairs or not count:
        return []
    worth = {pair: Fraction(0) for pair in pairs}
    for flow in flows:
        if _crosses(flow):
            worth[flow.importer, flow.exporter] += flow.worth
    whole = sum(worth.values(), Fraction())
    average = whole / payments
    shares = np.array([max(1, int(worth[pair] * 10**6 / whole)) for pair in pairs], np.int64)
    pair = draws.picks(chance, shares, count)
    size = draws.log_normal_weights(chance, count, count)
    typical = max(1, int(np.median(size)))
    bank = [draws.picks(chance, draws.zipf(banks.each), count) for _ in range(2)]
    times = _times(chance, count)
    once = chance.integers(0, 100, count) < _ONCE_PERCENT
    trades = []
    for place in range(count):
        value = average * _SIZE * int(size[place]) / typical
        sides = pairs[pair[place]]
        trade = _trade(sides, value, money, [banks.first(side) + int(bank[i][place]) for i, side in enumerate(sides)])
        trades.append(Trade(*trade, int(times[place]), bool(once[place])))
    return sorted(trades, key=lambda trade: trade.time)


def _crosses(flow: Flow) -> bool:
    known = countries()
    return known[flow.importer].currency != known[flow.exporter].currency


def _times(chance: np.random.Generator, count: int) -> Ints:
    first, last = SCHEDULE.open // MINUTE + 30, SCHEDULE.customer_cutoff // MINUTE - 30
    return chance.integers(first, last, count) * MINUTE


def _trade(
    sides: tuple[str, str], value: Fraction, money: Money, banks: list[int]
) -> tuple[int, int, str, int, str, int]:
    sold, bought = (countries()[side].currency for side in sides)
    amounts = [min(_LARGEST_MINOR, max(1, round(value / money.minor_price(code)))) for code in (sold, bought)]
    return banks[0], banks[1], sold, amounts[0], bought, amounts[1]
