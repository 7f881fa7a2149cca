"""The report of an auction: prices against the reference, cross rates, volume, fills, and the pairs on their own."""

from fractions import Fraction
from pathlib import Path

from comity.day.auction.outcome import Auction
from comity.day.auction.pair_books import PairBook, PairBooks
from comity.model.amount import format_minor
from comity.model.currency import CURRENCIES
from comity.model.instant import DAY_US, date_of
from comity.report.charts.ranges import Bar, bars
from comity.report.page import Heading, page_of
from comity.report.section import Section, both, figure, legend
from comity.report.table import Download, Table, beside
from comity.report.text import counted, long_date, percent, short
from comity.report.write import FILE

_NAME = "One price per currency"
_PRICES_LEAD = (
    "The price of one unit of each currency, all in the one that is worth most of what was sold. The reference is the "
    "official level; a currency that did not trade has a level and no price."
)
_CROSS_LEAD = (
    "What one unit of the row gets of the column. Every rate is a quotient of two prices, so that no way round through "
    "other currencies gets more or less."
)
_VOLUME_LEAD = (
    "What both directions of a pair sold, valued at the prices of the auction, as a share of all that was sold."
)
_FILLS_LEAD = (
    "How much of what was offered of each currency was sold. What stays was beyond its limit, or found nobody."
)
_PAIRS_LEAD = (
    "The same orders in separate books, one for each pair. What only the joint auction converts goes round through "
    "several currencies at once: nobody has to hold a third one on the way."
)
_UNFILLED_LEAD = (
    "Interest that the rate meets and that did not trade. In the money means that the limit is better than the rate: "
    "a band or a minimum fill held it back. What stands exactly at the rate shares what the other side leaves for it."
)
_LEGEND = (("s-bilateral", "Also in a book of its own"), ("s-auction", "Only in the joint auction"))
_METHOD = (
    "<h2>Method</h2><p>Prices and fills are whole numbers. Before anything was written they were verified in one exact "
    "pass: every limit, every fill in its turn, every currency to its last minor unit, and that no larger value could "
    "have been traded.</p>"
)
_CROSS_MAX = 12
_ROWS = 40


def write_auction_report(answer: Auction, books: PairBooks, folder: Path) -> Path:
    """Write report.html into `folder`."""
    target = folder / FILE
    target.write_text(render_auction(answer, books), encoding="utf-8", newline="\n")
    return target


def render_auction(answer: Auction, books: PairBooks) -> str:
    """Return the report as HTML."""
    heading = Heading("Conversion auction", _NAME, _day(answer), _sentence(answer), _NAME)
    sections = [_prices(answer)]
    if answer.traded:
        sections += [_cross(answer), _volume(books), _fills(answer), _pairs(books)]
    if answer.unfilled() or answer.active or answer.stopped:
        sections.append(_unfilled(answer))
    return page_of(heading, "", sections, _METHOD)


def _day(answer: Auction) -> str:
    last = int(answer.orders.instant.max(initial=0))
    return long_date(date_of(last // DAY_US)) if last >= DAY_US else ""


def _sentence(answer: Auction) -> str:
    orders = counted(len(answer.rows), "order")
    if not answer.traded:
        return f"Nothing trades: of {orders} no two sides agree on a rate."
    filled = sum(pair.fills for pair in answer.traded)
    traded = len(answer.prices) - len(answer.not_traded)
    return f"{filled:,} of {orders} trade in {counted(traded, 'currency', 'currencies')}, each at one price."


def _prices(answer: Auction) -> Section:
    order = answer.by_value
    measure = order[0] if order else ""
    shown, rows, gaps = [], [], []
    for code in (*order, *(code for code in answer.prices if code not in order)):
        rate, official = answer.rate(code, measure) if measure else None, _official(answer, code, measure)
        gap = rate / official - 1 if rate and official else None
        if gap is not None and code not in answer.not_traded:
            gaps.append((abs(gap), code))
        traded = "not traded" if code in answer.not_traded else ""
        price = answer.prices[code]
        shown.append((code, _number(rate), _number(official), _gap(gap), traded))
        rows.append(
            (code, "" if price is None else str(price), *(_plain(one) for one in (rate, official, gap)), traded)
        )
    header = ("Currency", f">In {measure}", f">Reference in {measure}", ">Off the reference", "")
    names = ("currency", "price", "rate", "reference", "off", "note")
    body = Table(header, shown[:_ROWS]).html() + beside(Table(header, shown), Download("prices", names, rows), "All")
    if not answer.traded:
        title = "Levels alone: nothing trades"
    elif not gaps:
        title = f"{counted(len(order), 'currency', 'currencies')} with one price each"
    else:
        worst = max(gaps)
        title = f"Furthest from its reference is {worst[1]}, by {float(100 * worst[0]):.2f}%"
    return Section("prices", "Prices", title, _PRICES_LEAD, body)


def _official(answer: Auction, code: str, measure: str) -> Fraction | None:
    level, base = answer.reference.get(code), answer.reference.get(measure)
    if not level or not base:
        return None
    return Fraction(level * 10 ** CURRENCIES[code].exponent, base * 10 ** CURRENCIES[measure].exponent)


def _cross(answer: Auction) -> Section:
    order = [code for code in answer.by_value if code not in answer.not_traded]
    head = order[:_CROSS_MAX]
    shown = [(one, *(_number(answer.rate(one, other)) if one != other else "" for other in head)) for one in head]
    rows = [(one, other, _plain(answer.rate(one, other))) for one in order for other in order if one != other]
    body = Table(("", *(f">{code}" for code in head)), shown).html()
    body += f'<div class="beside">{Download("cross-rates", ("base", "quote", "rate"), rows).html()}</div>'
    few = f"; the {_CROSS_MAX} most sold are shown" if len(order) > _CROSS_MAX else ""
    title = f"{counted(len(order) * (len(order) - 1) // 2, 'cross rate')} from {len(order)} prices{few}"
    return Section("cross", "Cross rates", title, _CROSS_LEAD, body)


def _volume(books: PairBooks) -> Section:
    pairs = sorted(
        (pair for pair in books.pairs if pair.joint), key=lambda pair: (-pair.joint, pair.first, pair.second)
    )
    whole = sum(pair.joint for pair in pairs)
    lines = [
        Bar(_name(pair), [("s-auction", _share(pair.joint, whole))], percent(pair.joint, whole), _name(pair))
        for pair in pairs[:_ROWS]
    ]
    chart = both(lambda width: bars(width, lines, "Share of all that was sold, by pair"))
    shown = [(_name(pair), f"{pair.orders:,}", percent(pair.joint, whole)) for pair in pairs]
    rows = [(_name(pair), pair.orders, f"{_share(pair.joint, whole):.6f}") for pair in pairs]
    body = figure(chart) + beside(
        Table(("Pair", ">Orders", ">Share"), shown), Download("volume", ("pair", "orders", "percent"), rows)
    )
    title = f"{_name(pairs[0])} is the largest of {counted(len(pairs), 'pair')}, with {percent(pairs[0].joint, whole)}"
    return Section("volume", "Volume by pair", title, _VOLUME_LEAD, body)


def _fills(answer: Auction) -> Section:
    sold, offered = answer.volume_minor, answer.offered_minor
    codes = [code for code in answer.by_value if offered[code]]
    lines = [
        Bar(code, [("s-settled", _share(sold[code], offered[code]))], percent(sold[code], offered[code]), code)
        for code in codes[:_ROWS]
    ]
    chart = both(lambda width: bars(width, lines, "Share of what was offered that was sold, by currency", 100.0))
    rows = [
        (code, *(format_minor(each[code], CURRENCIES[code].exponent) for each in (offered, sold, answer.surplus_minor)))
        for code in codes
    ]
    header = ("Currency", ">Offered", ">Sold", ">Rounding surplus")
    body = figure(chart) + beside(
        Table(header, rows), Download("fills", ("currency", "offered", "sold", "surplus"), rows)
    )
    full = sum(sold[code] == offered[code] for code in codes)
    title = f"Of {full} of {counted(len(codes), 'currency', 'currencies')} everything offered is sold"
    return Section("fills", "Fill ratio", title, _FILLS_LEAD, body)


def _pairs(books: PairBooks) -> Section:
    pairs = sorted(books.pairs, key=lambda pair: (-pair.offered, pair.first, pair.second))
    lines = [_pair_bar(pair) for pair in pairs[:_ROWS]]
    chart = both(lambda width: bars(width, lines, "Share of what is offered in a pair that converts", 100.0))
    shown = [
        (_name(one), f"{one.orders:,}", *(percent(each, one.offered) for each in (one.joint, one.alone)))
        for one in pairs
    ]
    rows = [
        (_name(one), str(one.orders), *(f"{_share(each, one.offered):.6f}" for each in (one.joint, one.alone)))
        for one in pairs
    ]
    header = ("Pair", ">Orders", ">Joint auction", ">A book of its own")
    names = ("pair", "orders", "joint_percent", "alone_percent")
    body = legend(_LEGEND) + figure(chart) + beside(Table(header, shown), Download("pair-books", names, rows))
    joint, alone = (f"{float(100 * (share or 0)):.1f}%" for share in (books.joint_share, books.alone_share))
    title = f"The joint auction converts {joint} of the offered value, separate pair books {alone}"
    return Section("pairs", "Pair by pair", title, _PAIRS_LEAD, body)


def _pair_bar(pair: PairBook) -> Bar:
    joint, alone = _share(pair.joint, pair.offered), _share(pair.alone, pair.offered)
    parts = [("s-bilateral", min(joint, alone)), ("s-auction", max(0.0, joint - alone))]
    title = f"{_name(pair)}: {joint:.1f}% in the joint auction, {alone:.1f}% in a book of its own"
    return Bar(_name(pair), parts, f"{joint:.0f}%", title)


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
    body = Table(header, rows[:_ROWS]).html() + beside(Table(header, rows), Download("unfilled", names, rows), "All")
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


def _name(pair: PairBook) -> str:
    return f"{pair.first}/{pair.second}"


def _share(part: int, whole: int) -> float:
    return float(Fraction(100 * part, whole)) if whole else 0.0


def _number(rate: Fraction | None) -> str:
    """Return a rate to six digits, for people."""
    if rate is None:
        return "–"  # noqa: RUF001 - an en dash stands for nothing to tell
    value = float(rate)
    return f"{value:.6g}" if value < 1e6 else short(value)  # noqa: PLR2004 - from a million on without decimals


def _plain(rate: Fraction | None) -> str:
    return "" if rate is None else f"{float(rate):.12g}"


def _gap(gap: Fraction | None) -> str:
    return "–" if gap is None else f"{float(100 * gap):+.2f}%"  # noqa: RUF001 - an en dash stands for nothing to tell
