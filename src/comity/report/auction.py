"""The report of an auction: prices against the reference, cross rates, volume, fills, and the pairs on their own."""

from pathlib import Path

from comity.day.auction.outcome import Auction
from comity.model.amount import format_minor
from comity.model.currency import CURRENCIES
from comity.model.instant import DAY_US, date_of
from comity.report.conversion import ROWS, parts, sentence
from comity.report.page import Heading, page_of
from comity.report.section import Section
from comity.report.table import Download, Table, beside
from comity.report.text import counted, long_date
from comity.report.write import FILE
from comity.statistics.conversion import Conversion, Converted, PairBooks

_NAME = "One price per currency"
_UNFILLED_LEAD = (
    "Interest that the rate meets and that did not trade. In the money means that the limit is better than the rate: "
    "a band or a minimum fill held it back. What stands exactly at the rate shares what the other side leaves for it."
)
_METHOD = (
    "<h2>Method</h2><p>Prices and fills are whole numbers. Before anything was written they were verified in one exact "
    "pass: every limit, every fill in its turn, every currency to its last minor unit, and that no larger value could "
    "have been traded.</p>"
)


def write_auction_report(answer: Auction, books: PairBooks, folder: Path) -> Path:
    """Write report.html into `folder`."""
    target = folder / FILE
    target.write_text(render_auction(answer, books), encoding="utf-8", newline="\n")
    return target


def render_auction(answer: Auction, books: PairBooks) -> str:
    """Return the report as HTML."""
    conversion = _conversion(answer, books)
    heading = Heading("Conversion auction", _NAME, _day(answer), sentence(conversion), _NAME)
    sections = parts(conversion)
    if answer.unfilled() or answer.active or answer.stopped:
        sections.append(_unfilled(answer))
    return page_of(heading, "", sections, _METHOD)


def _day(answer: Auction) -> str:
    last = int(answer.orders.instant.max(initial=0))
    return long_date(date_of(last // DAY_US)) if last >= DAY_US else ""


def _conversion(answer: Auction, books: PairBooks) -> Conversion:
    """Return the figures of an auction."""
    sold, offered, untraded = answer.volume_minor, answer.offered_minor, answer.not_traded
    currencies = {
        code: Converted(
            CURRENCIES[code].exponent,
            price or 0,
            answer.reference.get(code, 0),
            code not in untraded,
            offered[code],
            sold[code],
            answer.surplus_minor[code],
        )
        for code, price in answer.prices.items()
    }
    return Conversion(len(answer.rows), sum(pair.fills for pair in answer.traded), currencies, books)


def _unfilled(answer: Auction) -> Section:
    unfilled = answer.unfilled()
    rows = [
        (
            f"{one.sell} for {one.buy}",
            f"{one.orders:,}",
            *(format_minor(each, CURRENCIES[one.sell].exponent) for each in (one.minor, one.in_the_money_minor)),
        )
        for one in unfilled
    ]
    header = ("Sold for", ">Orders", ">Unfilled at the rate or better", ">Of it in the money")
    names = ("pair", "orders", "unfilled", "in_the_money")
    body = Table(header, rows[:ROWS]).html() + beside(Table(header, rows), Download("unfilled", names, rows), "All")
    if answer.active:
        active = [(f"{band.a} in {band.b}", band.text()) for band in answer.active]
        body += Table(("Band that holds a price", ">At most"), active).html()
    if answer.stopped:
        body += Table(
            ("Pairs that two sources of rates stopped",), [(f"{one}/{two}",) for one, two in answer.stopped]
        ).html()
    held = sum(one.in_the_money_minor > 0 for one in unfilled)
    bands = f"; {counted(len(answer.active), 'band')} held a price" if answer.active else ""
    title = (
        f"In {counted(held, 'direction')} orders in the money did not fill" if held else "All in the money is filled"
    )
    title += bands
    return Section("unfilled", "Unfilled interest", title, _UNFILLED_LEAD, body)
