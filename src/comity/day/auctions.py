"""The auctions of a day: the terms they are held under, and the tables of what they did.

auctions.csv has a line per auction, auction_prices.csv per currency too,
auction_pairs.csv per ordered pair of currencies that traded,
auction_pair_books.csv per pair that has orders: what it would convert in a book of
its own; and auction_calls.csv what happened in calls. Amounts are in major units; a
price is a whole number per minor unit, on a scale of its own auction, and a value is
prices times minor units on that scale.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from comity.day.auction.outcome import hash_of_orders
from comity.day.auction.pair_books import books_of
from comity.day.calls import CALLS, call_rows
from comity.day.reference import reference_of
from comity.day.union_file import Auctions
from comity.errors import ComityError
from comity.model.amount import format_minor
from comity.model.instant import format_instant
from comity.node.auction import Auctioned, AuctionTerms
from comity.statistics.auctions import CLEARED, NO_TRADE, NOT_HELD
from comity.statistics.conversion import PairBooks
from comity.union import Decision, Pair
from comity.union.worths import levels

if TYPE_CHECKING:
    from comity.day.read import Day
    from comity.day.result import DayResult

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class HeldAuction:
    """An auction of a day."""

    instant: int
    """At which its call closed, microseconds since 1970-01-01 UTC."""
    held: Auctioned
    terms: AuctionTerms
    open_orders: int
    """Orders that stood when the call closed, in its book or not."""


def terms_of(day: "Day", proposer: str, decisions: Sequence[Decision] = ()) -> AuctionTerms:
    """Return the terms of the day's auctions: its settings, its bands, and the reference that its rates make.

    Every source of a rate is trusted in the order in which it first stands in rates.csv. A pair that
    two people stopped is stopped, whatever its rates are.

    Raises
    ------
    InvalidRequest
        If a decision takes a source that has no rate of its pair.
    """
    settings = day.auctions or Auctions()
    official = reference_of(day.rates, settings.reference_max_age_days, day.genesis.business_date, decisions)
    kept = {each.pair for each in decisions if not each.source}
    codes = [code for code, _ in day.genesis.currencies]
    worth = {code: official.worth[code] for code in codes if official is not None and code in official.worth}
    return AuctionTerms(
        ties=settings.ties,
        tolerance=(settings.tolerance.numerator, settings.tolerance.denominator),
        bands=tuple((band.a, band.b, band.numerator, band.denominator) for band in day.bands),
        reference=levels(worth) if worth else None,
        stopped=tuple(
            pair
            for pair in combinations(codes, 2)
            if Pair.of(*pair) in kept or (official is not None and official.is_stopped(*pair))
        ),
        participants_min=settings.participants_min,
        proposer=proposer,
    )


def write_auctions(result: "DayResult", folder: Path) -> None:
    """Write the four tables into a folder; nothing on a day without auctions."""
    from comity.day.write import write_csv  # noqa: PLC0415 - the writer of a day calls this

    if not result.auctions:
        return
    about = ("auction", "at")
    outcome = ("status", "open_orders", "orders", "fills", "score", "active_bands", "stopped", "refused")
    write_csv(folder / "auctions.csv", (*about, *outcome, "order_hash", "excluded"), _outcomes(result))
    sums = ("price", "reference", "traded", "offered", "sold", "bought", "surplus")
    write_csv(folder / "auction_prices.csv", (*about, "currency", *sums), _prices(result))
    if result.calls:
        write_csv(folder / "auction_calls.csv", CALLS, call_rows(result))
    pairs = ("sell", "buy", "sold", "bought", "fills")
    write_csv(folder / "auction_pairs.csv", (*about, *pairs), _pairs(result))
    values = ("orders", "offered", "joint", "alone")
    write_csv(folder / "auction_pair_books.csv", (*about, "a", "b", *values), _pair_books(result))


def _outcomes(result: "DayResult") -> Iterator[Row]:
    codes = [code for code, _ in result.day.genesis.currencies]
    for each in result.auctions:
        held, found = each.held, each.held.found
        fills = sum(pair.fills for pair in found.traded) if found else 0
        bands = " ".join(f"{codes[band.a]}/{codes[band.b]}" for band in found.active) if found else ""
        status = CLEARED if held.traded else NO_TRADE if held.standing is not None else NOT_HELD
        stopped = " ".join(f"{one}/{other}" for one, other in each.terms.stopped)
        figures = (each.open_orders, held.orders, fills, found.score if found else 0)
        refused = "; ".join(held.refused)
        told = (bands, stopped, refused, _order_hash(result, held), _excluded(result, held))
        yield held.number, format_instant(each.instant), status, *figures, *told


def _order_hash(result: "DayResult", held: Auctioned) -> str:
    """Return the hash of the orders in the book, empty if there was none."""
    if held.standing is None:
        return ""
    book, engine = held.standing.book, result.engine
    slot = engine.orders()["slot"][held.standing.order]
    row_of = np.zeros(engine.instruction_count, np.int64)
    row_of[result.orders["slot"]] = np.arange(len(result.orders))
    debtor = engine.table()["debtor"][slot]
    names = [pa.array(engine.accounts.participant, pa.large_string()).take(pa.array(debtor))]
    names.append(result.day.orders.ids.take(pa.array(row_of[slot])).cast(pa.large_string()))
    codes = pa.array(engine.accounts.currencies, pa.large_string())
    names += [codes.take(pa.array(side)) for side in (book.sell, book.buy)]
    return hash_of_orders(names, [book.amount, book.numerator, book.denominator, book.least])


def _excluded(result: "DayResult", held: Auctioned) -> str:
    """Return, by demand of a member, how many orders sat out for it and what they offered."""
    exponents = dict(result.day.genesis.currencies)
    demands = []
    for one in held.standing.excluded if held.standing else ():
        offered = [f"{code} {format_minor(minor, exponents[code])}" for code, minor in one.offered]
        demands.append(" ".join([f"{one.member}/{one.other}", str(one.orders), *offered]))
    return "; ".join(demands)


def _prices(result: "DayResult") -> Iterator[Row]:
    for each in result.auctions:
        held = each.held
        if held.standing is None:
            continue
        book = held.standing.book
        for index, (code, exponent) in enumerate(result.day.genesis.currencies):
            offered = sum(book.amount[book.sell == index].tolist())
            traded = held.found.traded if held.found else ()
            sums = (
                offered,
                sum(pair.sold_minor for pair in traded if pair.sell == index),
                sum(pair.paid_minor for pair in traded if pair.buy == index),
                held.found.surplus[index] if held.found else 0,
            )
            level = int(book.reference[index]) if book.reference is not None else 0
            trades = "true" if sums[1] or sums[2] else "false"
            shown = [format_minor(amount, exponent) for amount in sums]
            price = _prices_of(held)[index] or ""
            yield held.number, format_instant(each.instant), code, price, level or "", trades, *shown


def _prices_of(held: Auctioned) -> list[int]:
    """Return prices by index of the currency, 0 for none: what neither trades nor has an official level has none."""
    if held.standing is None or held.proposal is None or held.found is None:
        return [0] * (held.standing.book.currencies if held.standing else 0)
    level = held.standing.book.reference
    meant = {side for pair in held.found.traded for side in (pair.sell, pair.buy)}
    meant |= set(np.flatnonzero(level).tolist()) if level is not None else set()
    return [price if index in meant else 0 for index, price in enumerate(held.proposal.price.tolist())]


def _pairs(result: "DayResult") -> Iterator[Row]:
    currencies = result.day.genesis.currencies
    for each in result.auctions:
        for pair in each.held.found.traded if each.held.found else ():
            (sell, sell_exponent), (buy, buy_exponent) = currencies[pair.sell], currencies[pair.buy]
            sold, paid = format_minor(pair.sold_minor, sell_exponent), format_minor(pair.paid_minor, buy_exponent)
            yield each.held.number, format_instant(each.instant), sell, buy, sold, paid, pair.fills


def _pair_books(result: "DayResult") -> Iterator[Row]:
    codes = [code for code, _ in result.day.genesis.currencies]
    for each in result.auctions:
        for one in _compared(each.held, codes).pairs:
            figures = (one.orders, one.offered, one.joint, one.alone)
            yield each.held.number, format_instant(each.instant), one.first, one.second, *figures


def _compared(held: Auctioned, codes: list[str]) -> PairBooks:
    """Clear the book pair by pair; a comparison that cannot be made is left out, it settles nothing."""
    if held.standing is None or held.proposal is None:
        return PairBooks()
    try:
        return books_of(held.standing.book, codes, _prices_of(held), held.proposal.sold)
    except ComityError:
        return PairBooks()
