"""Clears the orders of a table at one price per currency, and believes no answer that is not verified."""

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from comity.day.auction.bands import NamedBand, read_bands
from comity.day.auction.orders import Entry, Orders, read_orders
from comity.day.auction.outcome import Auction, PairTraded
from comity.day.rates.fixing import fix
from comity.day.shares import read_share
from comity.day.sources import Source
from comity.day.text import Ints
from comity.engine.auction import RATIO_MAX, Band, Book, Proposal, Ties, Verification, check, verify
from comity.errors import Fault, InvalidRequest, InvariantBroken
from comity.solvers.auction import solve
from comity.union import Reference
from comity.union.quotes import AGE_MAX_DAYS
from comity.union.worths import levels

TieRule = Literal["time", "pro-rata"]
TIES: tuple[TieRule, ...] = get_args(TieRule)
TOLERANCE = "1e-6"

Rates = str | Path | Sequence[str | Path] | Reference
"""Files of published rates, the most trusted first, or reference rates that are made already."""


def auction(
    orders: Source | Orders,
    reference: Rates | None = None,
    bands: Source | None = None,
    *,
    ties: str = "time",
    tolerance: str | Fraction = TOLERANCE,
    on: date | None = None,
    age_max_days: int = AGE_MAX_DAYS,
) -> Auction:
    """Clear the orders of a table at one price per currency; reservations are taken as given.

    Parameters
    ----------
    orders
        id, instant, participant, sell, buy, amount, limit, min_fill?, until?: a CSV or Parquet file, an Arrow
        table, a structured array or rows.
    reference
        Official rates: the level of what does not trade. A pair that they stop sits out.
    bands
        a, b, max: the most that one unit of a may cost in b.
    ties
        How orders of one limit share what is left: by `time` or `pro-rata`.
    tolerance
        How far inside the rate an order need not fill; 0 or more and below 1.
    on
        Day of the reference; None: that of the newest rate.
    age_max_days
        Rates that are older are refused.

    Raises
    ------
    InvalidRequest
        With every fault of a table, or if an argument is none of the above.
    NotFound
        If there is no such file.
    InvariantBroken
        If the proposal of the solver is not what the rulebook demands.
    """
    if ties not in TIES:
        raise InvalidRequest([Fault("", 0, "ties", "time or pro-rata", repr(ties))])
    allowed = read_share("tolerance", tolerance)
    if allowed >= 1 or allowed.denominator > RATIO_MAX:
        raise InvalidRequest([Fault("", 0, "tolerance", "a share below 1", str(allowed))])
    given = orders if isinstance(orders, Orders) else read_orders(orders)
    named = read_bands(bands) if bands is not None else ()
    rates = _reference(reference, on, age_max_days)
    codes = tuple(sorted({*given.currencies, *(code for band in named for code in (band.a, band.b))}))
    level = levels({code: rates.worth[code] for code in codes if code in rates.worth}) if rates is not None else {}
    stopped = tuple(
        (one, other) for one in codes for other in codes if one < other and rates and rates.is_stopped(one, other)
    )
    rows = _taking_part(given, stopped)
    rule = Ties.PRO_RATA if ties == "pro-rata" else Ties.TIME
    book = make_book(given, rows, codes, named, level, rule, allowed)
    proposal, found = settle(book) if len(rows) else (_nothing(book), Verification("", np.zeros(0, np.int64)))
    return _answer(given, rows, codes, named, level, stopped, book, proposal, found)


def settle(book: Book) -> tuple[Proposal, Verification]:
    """Solve a book and verify the proposal.

    Raises
    ------
    InvariantBroken
        If it is not valid.
    """
    check(book)
    proposal = solve(book)
    found = verify(book, proposal)
    if found.refused:
        raise InvariantBroken(f"the solver's proposal is not valid: {found.refused}")
    return proposal, found


def make_book(
    orders: Orders,
    rows: Ints,
    codes: Sequence[str],
    bands: Iterable[NamedBand],
    level: dict[str, int],
    ties: Ties,
    tolerance: Fraction,
) -> Book:
    """Return the book of some orders; currencies are numbered as in `codes`, bands of others left out."""
    number = {code: place for place, code in enumerate(codes)}
    place = np.array([number.get(code, -1) for code in orders.currencies], np.int32)
    return Book(
        currencies=max(1, len(codes)),
        sell=place[orders.sell[rows]] if len(rows) else np.zeros(0, np.int32),
        buy=place[orders.buy[rows]] if len(rows) else np.zeros(0, np.int32),
        amount=orders.amount[rows],
        numerator=orders.numerator[rows],
        denominator=orders.denominator[rows],
        least=orders.least[rows],
        order=orders.order[rows],
        ties=ties,
        tolerance=(tolerance.numerator, tolerance.denominator),
        bands=tuple(
            Band(number[band.a], number[band.b], band.numerator, band.denominator)
            for band in bands
            if band.a in number and band.b in number
        ),
        reference=np.array([level.get(code, 0) for code in codes], np.int64) if level else None,
    )


def _reference(given: Rates | None, on: date | None, age_max_days: int) -> Reference | None:
    if given is None or isinstance(given, Reference):
        return given
    return fix(_paths(given), on, age_max_days=age_max_days).reference


def _paths(given: object) -> list[str | Path]:
    several = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    paths = [each for each in several if isinstance(each, str | Path)]
    if len(paths) < len(several):
        raise InvalidRequest([Fault("", 0, "reference", "paths of published rates, or reference rates", repr(given))])
    return paths


def _taking_part(orders: Orders, stopped: Sequence[tuple[str, str]]) -> Ints:
    """Return the rows that stand and whose pair is not stopped."""
    stands = orders.entry == Entry.STANDS
    if stopped:
        count = len(orders.currencies)
        number = {code: place for place, code in enumerate(orders.currencies)}
        out = np.zeros((count, count), np.bool_)
        for one, other in stopped:
            if one in number and other in number:
                out[number[one], number[other]] = out[number[other], number[one]] = True
        stands &= ~out[orders.sell, orders.buy]
    return np.flatnonzero(stands)


def _nothing(book: Book) -> Proposal:
    """Return the proposal of a book without orders: official levels, if there are any."""
    price = book.reference if book.reference is not None else np.zeros(book.currencies, np.int64)
    return Proposal(price, np.zeros(0, np.int64), np.zeros(book.currencies, np.int64))


def _answer(
    orders: Orders,
    rows: Ints,
    codes: Sequence[str],
    bands: tuple[NamedBand, ...],
    level: dict[str, int],
    stopped: tuple[tuple[str, str], ...],
    book: Book,
    proposal: Proposal,
    found: Verification,
) -> Auction:
    sold, bought = np.zeros((2, len(orders)), np.int64)
    sold[rows], bought[rows] = proposal.sold, found.bought
    named = {(band.a, band.b): band for band in bands}
    trades = {code for each in found.traded for code in (codes[each.sell], codes[each.buy])}
    meant = {
        code: int(price) for code, price in zip(codes, proposal.price, strict=False) if code in trades | level.keys()
    }
    return Auction(
        orders=orders,
        rows=rows,
        ties=book.ties,
        tolerance=Fraction(*book.tolerance),
        bands=bands,
        reference=level,
        stopped=stopped,
        prices={code: meant.get(code) or None for code in codes},
        sold=sold,
        bought=bought,
        surplus_minor={code: (found.surplus or (0,) * len(codes))[place] for place, code in enumerate(codes)},
        traded=tuple(
            PairTraded(codes[each.sell], codes[each.buy], each.sold_minor, each.paid_minor, each.fills)
            for each in found.traded
        ),
        active=tuple(named[codes[band.a], codes[band.b]] for band in found.active),
        score=found.score,
    )
