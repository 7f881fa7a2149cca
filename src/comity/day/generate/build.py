"""Building a DAY: from sales and rates to a folder that can be run."""

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from comity.day.generate import draws, furnishing, trades
from comity.day.generate.countries import countries
from comity.day.generate.folder import Parts, write_folder
from comity.day.generate.invoicing import Flow, Money, Policy, invoice
from comity.day.generate.members import Union, union_of
from comity.day.generate.payments import Banks, Payments, draw_payments
from comity.day.generate.rates import worth
from comity.day.generate.trade import Sale, read_trade
from comity.day.generate.trades import Trade
from comity.day.standing import Rate
from comity.day.write import staged
from comity.errors import Fault, InvalidRequest

BANKS_EACH = 6
"""Banks of a country unless told otherwise."""
TRADES_PER_PAYMENTS = 100
"""One PvP trade for so many payments."""
LIQUIDITY = Fraction(1, 2)
NUMERAIRE = "USD"
"""Currency of values that name none, where rates are given."""


def generate(
    trade: str | Path | pa.Table | Iterable[Sale],
    members: Sequence[str],
    date: date,
    payments: int = 200_000,
    seed: int = 1,
    out: str | Path = "day",
    *,
    force: bool = False,
    rates: Iterable[Rate] = (),
    policy: Policy | None = None,
    liquidity: Fraction = LIQUIDITY,
    banks: int = BANKS_EACH,
    name: str = "Generated union",
) -> Path:
    """Build a DAY from a trade table; importers pay exporters.

    Parameters
    ----------
    trade
        See `read_trade`; or sales.
    members
        Countries of the union, ISO 3166-1 alpha-2; trade of others is left out.
    date
        Business date.
    payments
        Number of payments; PvP trades come on top.
    seed
        0 or more; the same one gives the same bytes.
    out
        Folder to make; written beside and renamed.
    force
        Replace `out` if it is not empty.
    rates
        Official rates. Without them a unit of value is a unit of every currency.
    policy
        Shares of invoice currencies by (exporter, importer); half and half where it says nothing.
    liquidity
        Share of the upper bound of liquidity that accounts open with.
    banks
        Banks of each country.
    name
        Of the union.

    Raises
    ------
    InvalidRequest
        If the table cannot be read or the numbers do not fit together.
    Conflict
        If `out` is not empty and `force` is not given.
    """
    union = union_of(members)
    sales = _inside(read_trade(trade) if isinstance(trade, str | Path | pa.Table) else trade, union)
    official = tuple(rates)
    money = _money(union, sales, official, date)
    flows = _flows(sales, money, policy or {}, payments)
    house = Banks(union.countries, banks)
    drawn = _draw(flows, house, money, payments, seed)
    parts = Parts(
        name=name,
        date=date,
        union=union,
        money=money,
        banks=house,
        flows=flows,
        payments=drawn.payments,
        trades=drawn.trades,
        holdings=furnishing.holdings(drawn.bounds, house, money, liquidity, drawn.home),
        limits=furnishing.bilateral_limits(drawn.payments, flows, house, drawn.home),
        cap=furnishing.corridor_cap(flows, union.member),
        rates=official,
    )
    with staged(out, force=force) as folder:
        write_folder(parts, folder)
    return Path(out)


class _Drawn(NamedTuple):
    """What chance decides of a day, and what liquidity it takes."""

    payments: Payments
    trades: Sequence[Trade]
    home: Sequence[str]
    """Home currency of each bank."""
    bounds: furnishing.Bounds


def _draw(flows: Sequence[Flow], house: Banks, money: Money, payments: int, seed: int) -> _Drawn:
    """Draw payments first, then trades: the order in which chance is asked is part of the bytes of a day."""
    chance = draws.generator(seed)
    drawn = draw_payments(chance, flows, house, payments)
    pvps = trades.draw_trades(chance, flows, house, money, payments // TRADES_PER_PAYMENTS, payments)
    home = [countries()[house.country(bank)].currency for bank in range(len(house))]
    return _Drawn(drawn, pvps, home, furnishing.bounds_of(drawn, flows, pvps, house, money))


def _inside(sales: Iterable[Sale], union: Union) -> list[Sale]:
    """Return the sales between members; there is at least one."""
    inside = [sale for sale in sales if sale.exporter in union.member and sale.importer in union.member]
    if not inside:
        raise _bad("members", "countries that trade with each other", " ".join(union.countries))
    return inside


def _money(union: Union, sales: Sequence[Sale], rates: tuple[Rate, ...], day: date) -> Money:
    """Return the currencies with their prices; without rates every value must be in a member's currency or in none."""
    others = {sale.currency for sale in sales if sale.currency and sale.currency not in union.currencies}
    if not rates:
        if others:
            raise _bad("rates", "rates, since values are in " + ", ".join(sorted(others)), "none")
        return Money(union.currencies, None, NUMERAIRE)
    named = {NUMERAIRE} if any(not sale.currency for sale in sales) else set()
    prices = worth([*union.currencies, *sorted(others | named)], rates, day)
    if prices is None:
        raise _bad("rates", "rates that connect " + ", ".join([*union.currencies, *sorted(others | named)]), "too few")
    return Money(union.currencies, prices, NUMERAIRE)


def _flows(sales: Sequence[Sale], money: Money, policy: Policy, payments: int) -> list[Flow]:
    """Return the flows; each pair in one currency if there are not enough payments for two."""
    flows = invoice(sales, money, policy)
    return flows if len(flows) <= payments else invoice(sales, money, {}, in_one=True)


def _bad(column: str, expected: str, found: str) -> InvalidRequest:
    return InvalidRequest([Fault("generate", 0, column, expected, found)])
