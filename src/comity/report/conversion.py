"""What an auction came to, drawn: prices, cross rates, volume, fills, and the pairs on their own.

The page of one auction and the section of a day's auctions show the same parts.
"""

from fractions import Fraction

from comity.model.amount import format_minor
from comity.report.charts.ranges import Bar, bars
from comity.report.section import Section, both, figure, legend
from comity.report.table import Download, Table, beside
from comity.report.text import counted, percent, short
from comity.statistics.conversion import Conversion, PairBook

ROWS = 40
"""Lines of a table or a chart that are shown at most; the rest is in the download."""

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
_LEGEND = (("s-bilateral", "Also in a book of its own"), ("s-auction", "Only in the joint auction"))
_CROSS_MAX = 12


def parts(conversion: Conversion, prefix: str = "") -> list[Section]:
    """Return all parts that have something to show; `prefix` begins the names of downloads and anchors."""
    found = [prices(conversion, prefix)]
    if conversion.traded:
        found.append(cross(conversion, prefix))
        if conversion.books.pairs:
            found.append(volume(conversion, prefix))
        found.append(fills(conversion, prefix))
        if conversion.books.pairs:
            found.append(pairs(conversion, prefix))
    return found


def sentence(conversion: Conversion) -> str:
    """Say in a sentence what came of the orders."""
    orders = counted(conversion.orders, "order")
    if not conversion.traded:
        return f"Nothing trades: of {orders} no two sides agree on a rate."
    currencies = counted(len(conversion.traded), "currency", "currencies")
    return f"{conversion.fills:,} of {orders} trade in {currencies}, each at one price."


def prices(conversion: Conversion, prefix: str = "") -> Section:
    """Show prices beside the official levels."""
    order = conversion.by_value
    measure = order[0] if order else ""
    shown, rows = [], []
    for code in (*order, *(code for code in conversion.currencies if code not in order)):
        one = conversion.currencies[code]
        figures = [
            getattr(conversion, name)(code, measure) if measure else None for name in ("rate", "official", "off")
        ]
        rate, official, off = figures
        note = "" if one.trades else "not traded"
        shown.append((code, number(rate), number(official), gap(off), note))
        rows.append((code, str(one.price or ""), *(_plain(each) for each in figures), note))
    header = ("Currency", f">In {measure}", f">Reference in {measure}", ">Off the reference", "")
    names = ("currency", "price", "rate", "reference", "off", "note")
    download = Download(f"{prefix}prices", names, rows)
    body = Table(header, shown[:ROWS]).html() + beside(Table(header, shown), download, "All")
    return Section(f"{prefix}prices", "Prices", _prices_title(conversion), _PRICES_LEAD, body)


def furthest(conversion: Conversion) -> tuple[Fraction, str] | None:
    """Return how far, either way, the traded currency furthest from its reference is from it."""
    order = conversion.by_value
    gaps = [(abs(off), code) for code in conversion.traded if (off := conversion.off(code, order[0])) is not None]
    return max(gaps, default=None)


def _prices_title(conversion: Conversion) -> str:
    if not conversion.traded:
        return "Levels alone: nothing trades"
    worst = furthest(conversion)
    if worst is None:
        return f"{counted(len(conversion.by_value), 'currency', 'currencies')} with one price each"
    return f"Furthest from its reference is {worst[1]}, by {float(100 * worst[0]):.2f}%"


def cross(conversion: Conversion, prefix: str = "") -> Section:
    """Show every rate between two currencies that traded."""
    order = conversion.traded
    head = order[:_CROSS_MAX]
    shown = [(one, *(number(conversion.rate(one, other)) if one != other else "" for other in head)) for one in head]
    rows = [(one, other, _plain(conversion.rate(one, other))) for one in order for other in order if one != other]
    body = Table(("", *(f">{code}" for code in head)), shown).html()
    body += f'<div class="beside">{Download(f"{prefix}cross-rates", ("base", "quote", "rate"), rows).html()}</div>'
    few = f"; the {_CROSS_MAX} most sold are shown" if len(order) > _CROSS_MAX else ""
    title = f"{counted(len(order) * (len(order) - 1) // 2, 'cross rate')} from {len(order)} prices{few}"
    return Section(f"{prefix}cross", "Cross rates", title, _CROSS_LEAD, body)


def volume(conversion: Conversion, prefix: str = "") -> Section:
    """Show what each pair sold."""
    joint = [pair for pair in conversion.books.pairs if pair.joint]
    found = sorted(joint, key=lambda pair: (-pair.joint, pair.first, pair.second))
    whole = sum(pair.joint for pair in found)
    lines = [
        Bar(_name(pair), [("s-auction", _share(pair.joint, whole))], percent(pair.joint, whole), _name(pair))
        for pair in found[:ROWS]
    ]
    chart = both(lambda width: bars(width, lines, "Share of all that was sold, by pair"))
    shown = [(_name(pair), f"{pair.orders:,}", percent(pair.joint, whole)) for pair in found]
    rows = [(_name(pair), pair.orders, f"{_share(pair.joint, whole):.6f}") for pair in found]
    download = Download(f"{prefix}volume", ("pair", "orders", "percent"), rows)
    body = figure(chart) + beside(Table(("Pair", ">Orders", ">Share"), shown), download)
    title = f"{_name(found[0])} is the only pair that trades"
    if len(found) > 1:
        title = f"{_name(found[0])} is the largest of {len(found)} pairs, with {percent(found[0].joint, whole)}"
    return Section(f"{prefix}volume", "Volume by pair", title, _VOLUME_LEAD, body)


def fills(conversion: Conversion, prefix: str = "") -> Section:
    """Show how much of what was offered was sold."""
    found = {code: one for code in conversion.by_value if (one := conversion.currencies[code]).offered_minor}
    lines = []
    for code, one in list(found.items())[:ROWS]:
        share = percent(one.sold_minor, one.offered_minor)
        lines.append(Bar(code, [("s-settled", _share(one.sold_minor, one.offered_minor))], share, code))
    chart = both(lambda width: bars(width, lines, "Share of what was offered that was sold, by currency", 100.0))
    rows = [
        (code, *(format_minor(minor, one.exponent) for minor in (one.offered_minor, one.sold_minor, one.surplus_minor)))
        for code, one in found.items()
    ]
    header = ("Currency", ">Offered", ">Sold", ">Rounding surplus")
    download = Download(f"{prefix}fills", ("currency", "offered", "sold", "surplus"), rows)
    body = figure(chart) + beside(Table(header, rows), download)
    full = sum(one.sold_minor == one.offered_minor for one in found.values())
    title = f"{full} of {counted(len(found), 'currency', 'currencies')} sold out"
    return Section(f"{prefix}fills", "Fill ratio", title, _FILLS_LEAD, body)


def pairs(conversion: Conversion, prefix: str = "") -> Section:
    """Show what each pair converts beside what it would in a book of its own."""
    books = conversion.books
    found = sorted(books.pairs, key=lambda pair: (-pair.offered, pair.first, pair.second))
    lines = [_pair_bar(pair) for pair in found[:ROWS]]
    chart = both(lambda width: bars(width, lines, "Share of what is offered in a pair that converts", 100.0))
    shown = [
        (_name(one), f"{one.orders:,}", *(percent(each, one.offered) for each in (one.joint, one.alone)))
        for one in found
    ]
    rows = [
        (_name(one), str(one.orders), *(f"{_share(each, one.offered):.6f}" for each in (one.joint, one.alone)))
        for one in found
    ]
    header = ("Pair", ">Orders", ">Joint auction", ">A book of its own")
    download = Download(f"{prefix}pair-books", ("pair", "orders", "joint_percent", "alone_percent"), rows)
    body = legend(_LEGEND) + figure(chart) + beside(Table(header, shown), download)
    joint, alone = (f"{float(100 * (share or 0)):.1f}%" for share in (books.joint_share, books.alone_share))
    title = f"The joint auction converts {joint} of the offered value, separate pair books {alone}"
    return Section(f"{prefix}pairs", "Pair by pair", title, _PAIRS_LEAD, body)


def _pair_bar(pair: PairBook) -> Bar:
    joint, alone = _share(pair.joint, pair.offered), _share(pair.alone, pair.offered)
    split = [("s-bilateral", min(joint, alone)), ("s-auction", max(0.0, joint - alone))]
    title = f"{_name(pair)}: {joint:.1f}% in the joint auction, {alone:.1f}% in a book of its own"
    return Bar(_name(pair), split, f"{joint:.0f}%", title)


def _name(pair: PairBook) -> str:
    return f"{pair.first}/{pair.second}"


def _share(part: int, whole: int) -> float:
    return float(Fraction(100 * part, whole)) if whole else 0.0


def number(rate: Fraction | None) -> str:
    """Return a rate to six digits, for people."""
    if rate is None:
        return "–"  # noqa: RUF001 - an en dash stands for nothing to tell
    value = float(rate)
    return f"{value:.6g}" if value < 1e6 else short(value)  # noqa: PLR2004 - from a million on without decimals


def gap(off: Fraction | None) -> str:
    """Return how far a rate is from another, with its sign."""
    return "–" if off is None else f"{float(100 * off):+.2f}%"  # noqa: RUF001 - an en dash stands for nothing to tell


def _plain(rate: Fraction | None) -> str:
    return "" if rate is None else f"{float(rate):.12g}"
