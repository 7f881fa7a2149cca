"""What a day needs besides payments: accounts with money, limits, agreements, commands.

Every bank has an account in every currency. It opens with a share of its upper
bound of liquidity: the largest excess of payments over receipts so far, if
everything settled on arrival. What that leaves short of the day's net payments
comes in during the day, in two pay-ins. The largest bank of each country has
a bilateral limit, the second a multilateral one; one pair of members has a cap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from comity.day.generate.draws import Ints
from comity.day.generate.invoicing import Flow, Money
from comity.day.generate.payments import Banks, Payments
from comity.day.generate.trades import Trade
from comity.model.currency import CURRENCIES
from comity.statistics.running import peaks

PAY_INS = ("07:30:00", "12:30:00")
"""When issuers pay in, UTC."""

_COVERED = Fraction(1)
_CREDIT = 20
_RESERVE = 50
_LIMIT = Fraction(1, 5)
_ROUND = 10**4


@dataclass(frozen=True, slots=True)
class Bounds:
    """Per bank and currency, index bank * currencies + currency, minor units."""

    upper: list[int]
    lower: list[int]


def bounds_of(payments: Payments, flows: Sequence[Flow], trades: Sequence[Trade], banks: Banks, money: Money) -> Bounds:
    """Return the bounds of liquidity of every account."""
    width = len(money.currencies)
    index = {code: place for place, code in enumerate(money.currencies)}
    of_flow = np.array([index[flow.currency] for flow in flows], np.int64)
    currency = of_flow[payments.flow]
    sides = [(payments.debtor * width + currency, payments.creditor * width + currency)]
    amounts, times = [payments.amount], [payments.time]
    for payer, payee, code, minor in (
        *((trade.seller, trade.buyer, trade.sell_currency, trade.sell_minor) for trade in trades),
        *((trade.buyer, trade.seller, trade.buy_currency, trade.buy_minor) for trade in trades),
    ):
        sides.append((np.array([payer * width + index[code]]), np.array([payee * width + index[code]])))
        amounts.append(np.array([minor]))
    times += [np.array([trade.time]) for _ in range(2) for trade in trades]
    order = np.argsort(np.concatenate(times), kind="stable")
    debit, credit = (np.concatenate([side[i] for side in sides])[order] for i in range(2))
    amount = np.concatenate(amounts)[order]
    groups = np.column_stack([debit, credit]).ravel()
    upper, _, net = peaks(groups, np.column_stack([amount, -amount]).ravel(), len(banks) * width)
    return Bounds(upper, [max(0, value) for value in net])


@dataclass(frozen=True, slots=True)
class Holding:
    """An account of the day, minor units; `pay_in` is what one of the two pay-ins brings."""

    bank: int
    currency: str
    opening: int
    credit: int
    urgent: int
    high: int
    pay_in: int


def holdings(bounds: Bounds, banks: Banks, money: Money, share: Fraction, home: Sequence[str]) -> list[Holding]:
    """Return every account: opening with `share` of its upper bound; `home` gives each bank's own currency."""
    found = []
    for bank in range(len(banks)):
        for place, code in enumerate(money.currencies):
            at = bank * len(money.currencies) + place
            upper = bounds.upper[at]
            opening = round(upper * share)
            short = max(0, round(bounds.lower[at] * _COVERED) - opening)
            credit = upper // _CREDIT if home[bank] == code else 0
            found.append(
                Holding(bank, code, opening, credit, upper // _RESERVE, upper // _RESERVE, short // len(PAY_INS))
            )
    return found


def bilateral_limits(
    payments: Payments, flows: Sequence[Flow], banks: Banks, home: Sequence[str]
) -> list[tuple[str, int, int, str, int]]:
    """Return limits as (kind, debtor, creditor or -1, currency, minor units).

    The largest bank of each country limits what it owes, in its own currency, to the bank that it pays most; the
    second limits what it owes to all.
    """
    codes = [flow.currency for flow in flows]
    own = np.array([codes[flow] == home[debtor] for flow, debtor in zip(payments.flow, payments.debtor, strict=True)])
    limits = []
    for country in banks.countries:
        largest = banks.first(country)
        for kind, bank in (("bilateral", largest), ("multilateral", largest + 1))[: banks.each]:
            mine = own & (payments.debtor == bank)
            if not mine.any():
                continue
            totals = _sums(payments.creditor[mine], payments.amount[mine], len(banks))
            creditor = max(range(len(totals)), key=lambda place: (totals[place], -place))
            amount = totals[creditor] if kind == "bilateral" else sum(totals)
            limits.append((kind, bank, creditor if kind == "bilateral" else -1, home[bank], _rounded(amount * _LIMIT)))
    return limits


def corridor_cap(flows: Sequence[Flow], member: dict[str, str]) -> tuple[str, str, str, int] | None:
    """Return a cap for the pair and currency of the smallest but one flow between members, a tenth above it."""
    crossing = sorted((flow for flow in flows if member[flow.importer] != member[flow.exporter]), key=lambda f: f.worth)
    if not crossing:
        return None
    flow = crossing[min(1, len(crossing) - 1)]
    payer, payee = member[flow.importer], member[flow.exporter]
    total = sum(
        other.minor
        for other in flows
        if (member[other.importer], member[other.exporter], other.currency) == (payer, payee, flow.currency)
    )
    return payer, payee, flow.currency, total * 11 // 10 * 2


def _sums(group: Ints, amounts: Ints, groups: int) -> list[int]:
    high, low = np.zeros((2, groups), np.int64)
    np.add.at(high, group, amounts >> 31)
    np.add.at(low, group, amounts & 0x7FFFFFFF)
    return [(above << 31) + below for above, below in zip(high.tolist(), low.tolist(), strict=True)]


def _rounded(amount: Fraction) -> int:
    """Round up to whole ten thousands of minor units, as people set limits."""
    return -(-amount.numerator // (amount.denominator * _ROUND)) * _ROUND


def exponent(code: str) -> int:
    """Return the decimals of a currency."""
    return CURRENCIES[code].exponent
