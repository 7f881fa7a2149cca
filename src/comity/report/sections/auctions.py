"""The conversion auctions of a day: what each did, at which prices, and what became of the orders."""

from collections.abc import Sequence

from comity.model.instant import format_instant
from comity.report.conversion import gap, number, parts, sentence
from comity.report.section import Section, money
from comity.report.sections.currencies import REASONS
from comity.report.sections.ordered import shares, sums
from comity.report.table import Cell, Download, Table
from comity.report.text import count, counted, esc, joined, major, percent
from comity.statistics.auctions import Auction
from comity.statistics.calls import Called
from comity.statistics.figures import Figures
from comity.statistics.orders import Ordered
from comity.statistics.setting import clock

_LEAD = (
    "All orders of all pairs clear at one instant, at one price per currency. Who trades follows from the limits "
    "alone; official rates are shown to compare."
)
_REFUSED = {
    "AC03": "Pays the participant itself",
    "AM03": "The same currency on both sides",
    "AM04": "Not enough money to set aside",
    "AM05": "Same id as another order",
    "AM09": "Its amount or minimum fill is no multiple of the lot of its pair",
    "DT01": "Its date lies too far ahead",
    "NARR": "A limit that is no multiple of its tick, or a minimum fill, a target or a date that cannot be",
}
_DEMANDS_LEAD = (
    "A member may demand that no participant of another takes part in the component of its currency: the currencies "
    "that the orders of everybody else connect with it. An order that several demands keep out stands under each."
)
_CALLS_LEAD = (
    "A call comes before an auction and closes at an instant drawn in secret. Meanwhile it is told what the auction "
    "would come to; a move is the largest change of a cross rate from one indication to the next."
)
_DRAWN = 6
"""Auctions that are drawn; all of them stand in the tables."""
_ENDS = {
    "STLD": ("Filled", "All of it was sold"),
    "PSTL": ("In the book", "Stands for a later auction"),
    "SSPD": ("Held", "Held by screening, by a suspension or by a closed corridor"),
    "PCAN": ("In the book", "Its cancellation waits for the other party to agree"),
    "WHSD": ("Not yet", "Waits for its date"),
}


def section(figures: Figures) -> Section:
    """Return the section; for a day with orders or auctions."""
    traded = [one for one in figures.auctions if one.conversion.traded]
    body = [
        _overview(figures) if figures.auctions else "<p>No auction was held.</p>",
        _demands(figures),
        _calls(figures),
        _orders(figures),
    ]
    body += [_drawn(one, first=place == 0) for place, one in enumerate(traded[:_DRAWN])]
    if len(traded) > _DRAWN:
        body.append(f"<p>Prices and pairs of the other {len(traded) - _DRAWN} stand in auction_prices.csv.</p>")
    return Section("auctions", "Conversion auctions", _title(figures), _LEAD, "".join(body))


def _title(figures: Figures) -> str:
    sold, offered = sums(figures)
    if not sold:
        return "Nothing was converted"
    alone, joint = shares(figures)
    told = f"{percent(sold, offered)} of what was offered was sold"
    more = joint - alone
    return f"{told}, {percent(more, joint)} of it only because all pairs clear together" if more > 0 else told


def _overview(figures: Figures) -> str:
    """A line per auction."""
    lines: list[tuple[str, ...]] = []
    rows: list[tuple[Cell, ...]] = []
    for one in figures.auctions:
        found = one.conversion
        joint, alone = found.books.joint_share, found.books.alone_share
        told = [*(f"{band} at its band" for band in one.active), *(f"{pair} stopped" for pair in one.stopped)]
        remarks = "; ".join([*told, *([one.refused] if one.refused else [])])
        compared = [percent(float(share), 1.0) if share is not None else "–" for share in (joint, alone)]  # noqa: RUF001 - a dash for nothing to tell
        figures_of = (one.open_orders, found.orders, found.fills)
        lines.append((clock(one.at), one.status, *(count(each) for each in figures_of), *compared, remarks))
        shown = [f"{float(share):.6f}" if share is not None else "" for share in (joint, alone)]
        rows.append((one.number, clock(one.at), one.status, *figures_of, *shown, remarks))
    header = ("UTC", "", ">Orders that stood", ">In the book", ">Fills", ">Converted", ">Pair by pair", "Remarks")
    names = ("auction", "utc", "status", "open_orders", "orders", "fills", "joint_share", "pair_share", "remarks")
    table = Table(header, lines).html()
    return table + f'<div class="beside">{Download("auctions", names, rows).html()}</div>'


def _demands(figures: Figures) -> str:
    """A line per demand of a member that kept orders out of an auction."""
    lines: list[tuple[str, ...]] = []
    rows: list[tuple[Cell, ...]] = []
    for one in figures.auctions:
        for demand in one.excluded:
            offered = joined([money(figures.setting, code, minor) for code, minor in demand.offered])
            lines.append((clock(one.at), demand.member, demand.other, count(demand.orders), offered))
            for code, minor in demand.offered:
                amount = major(minor, figures.setting.exponent(code))
                rows.append((one.number, clock(one.at), demand.member, demand.other, demand.orders, code, amount))
    if not lines:
        return ""
    header = ("UTC", "Member", "Wants to trade without", ">Orders that sat out", ">They offered")
    names = ("auction", "utc", "member", "other", "orders", "currency", "offered")
    told = f'<h3>Members\' demands kept orders out</h3><p class="lead">{_DEMANDS_LEAD}</p>'
    return told + Table(header, lines).html() + f'<div class="beside">{Download("demands", names, rows).html()}</div>'


def _calls(figures: Figures) -> str:
    """A line per call: when it opened and closed, and how far indicated rates moved."""
    if not figures.calls:
        return ""
    lines: list[tuple[str, ...]] = []
    rows: list[tuple[Cell, ...]] = []
    for one in figures.calls:
        closed = _second(one.closed) if one.closed is not None else ""
        figures_of = (len(one.indications), one.extensions)
        moved = [move for move in one.moves if move is not None]
        moves = (max(moved, default=None), one.moves[-1] if one.moves else None)
        shown = ["–" if move is None else f"{float(100 * move):.2f}%" for move in moves]  # noqa: RUF001 - a dash for nothing to tell
        about = (_second(one.opened), _second(one.earliest))
        lines.append((*about, closed or "–", *(count(each) for each in figures_of), *shown, one.refused))  # noqa: RUF001 - as above
        exact = ["" if move is None else f"{float(move):.6f}" for move in moves]
        rows.append((*about, closed, *figures_of, *exact, one.refused))
    header = ("Opened", "Closes from", "Closed", ">Indications", ">Extended", ">Largest move", ">Last move", "Remarks")
    names = ("opened", "closes_from", "closed", "indications", "extensions", "move_max", "move_last", "remarks")
    told = f'<h3>{esc(_calls_title(figures.calls))}</h3><p class="lead">{_CALLS_LEAD}</p>'
    return told + Table(header, lines).html() + f'<div class="beside">{Download("calls", names, rows).html()}</div>'


def _calls_title(calls: Sequence[Called]) -> str:
    extended = sum(one.extensions > 0 for one in calls)
    most = max((move for one in calls for move in one.moves if move is not None), default=None)
    longer = f"Of {counted(len(calls), 'call')} {count(extended)}" if extended else "No call"
    told = f"{longer} went on longer"
    return told if most is None else f"{told}; indicated rates moved by {float(100 * most):.2f}% at most"


def _second(instant: int) -> str:
    """Return the time of day of an instant, to the second, in UTC."""
    return format_instant(instant)[11:19]


def _orders(figures: Figures) -> str:
    """What became of the orders, by reason."""
    if not figures.orders:
        return ""
    lines: list[tuple[str, ...]] = []
    rows: list[tuple[Cell, ...]] = []
    for one in figures.orders.outcomes:
        fate, why = _why(one)
        amounts = (one.amount_minor, one.sold_minor, one.left_minor)
        items = f"{count(one.items)}, {count(one.partly)} in part" if one.partly else count(one.items)
        shown = (money(figures.setting, one.currency, minor) for minor in amounts)
        lines.append((fate, why, one.reason or "–", items, *shown))  # noqa: RUF001 - a dash for nothing to tell
        exact = (major(minor, figures.setting.exponent(one.currency)) for minor in amounts)
        rows.append((one.currency, one.state, one.reason, one.items, one.partly, *exact))
    header = ("What became of it", "Why", "Code", ">Orders", ">Offered", ">Sold", ">May still sell")
    names = ("currency", "state", "reason", "orders", "in_part", "offered", "sold", "left")
    head = f"<h3>{esc(_fills_title(figures))}</h3>"
    return head + Table(header, lines).html() + f'<div class="beside">{Download("orders", names, rows).html()}</div>'


def _fills_title(figures: Figures) -> str:
    filled = figures.orders.count("STLD")
    partly = sum(one.partly for one in figures.orders.outcomes)
    told = [f"{count(filled)} filled whole"] + ([f"{count(partly)} in part"] if partly else [])
    return f"Of {counted(figures.orders.items, 'order')} {joined(told)}"


def _why(one: Ordered) -> tuple[str, str]:
    """Return the fate of orders, and why, in words."""
    if one.state == "RJTD":
        return "Rejected", _REFUSED.get(one.reason) or REASONS.get(one.reason, "Not valid")
    if one.state == "CAND":
        return (
            ("Expired", "Its date or its auction is over") if one.reason == "TM01" else ("Withdrawn", "By its sender")
        )
    return _ENDS.get(one.state, ("In the book", "Stands for a later auction"))


def _drawn(one: Auction, *, first: bool) -> str:
    """Prices and pairs of an auction; how to read them is told once."""
    body = [f"<h3>At {clock(one.at)} UTC: {esc(sentence(one.conversion))}</h3>", _bands(one)]
    for part in parts(one.conversion, f"auction-{one.number}-"):
        lead = f'<p class="lead">{esc(part.lead)}</p>' if first else ""
        body.append(f'<p class="sub" id="{part.anchor}">{esc(part.title)}</p>{lead}{part.body}')
    return "".join(body)


def _bands(one: Auction) -> str:
    if not one.active:
        return ""
    rows = []
    for band in one.active:
        a, b = band.split("/")
        rows.append((f"{a} in {b}", number(one.conversion.rate(a, b)), gap(one.conversion.off(a, b))))
    return Table(("Band that holds a price", ">At most", ">Off the reference"), rows).html()
