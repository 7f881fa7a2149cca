"""The matrix of members: who paid whom, and how much of it in the partners' own currencies."""

from comity.report.charts.heat import Cell, heat_map
from comity.report.measure import Measure
from comity.report.section import Section, figure, pair
from comity.report.table import Download, Table, beside
from comity.report.text import Scale, count, major, percent
from comity.statistics.figures import Figures

_ROWS = 40
_NAMES = 24

Totals = dict[tuple[str, str], tuple[float, float, float]]
"""Settled value, settled value in the two members' own currencies, entered value, by (payer, payee)."""


def section(figures: Figures, measure: Measure) -> Section:
    """Return the section."""
    totals = _totals(figures, measure)
    names, hidden = _names(totals)
    scale = measure.scale([settled for settled, _, _ in totals.values()])
    maps = pair(
        (f"Settled value, {measure.axis(scale)}", _values(names, totals, measure, scale)),
        ("Share of it in the partners' own currencies, %", _shares(names, totals)),
    )
    note = f"{hidden} members with less value are in the table only." if hidden else ""
    body = figure(maps, note) + beside(_table(figures, totals, measure, scale), _download(figures), "Largest corridors")
    return Section("corridors", "Corridors", _title(figures, totals, measure), _LEAD, body)


_LEAD = (
    "Rows pay columns; what stays within a member is on the diagonal, unshaded. A stronger shade is more "
    "value, or a larger share of it paid in the payer's or the payee's own currency instead of a third one."
)


def own_currency(figures: Figures, measure: Measure) -> tuple[float, float]:
    """Return the value settled between members in a partner's own currency, and all value settled between members."""
    totals = [figure for (payer, payee), figure in _totals(figures, measure).items() if payer != payee]
    return sum(own for _, own, _ in totals), sum(settled for settled, _, _ in totals)


def _totals(figures: Figures, measure: Measure) -> Totals:
    money = figures.setting.member_currency
    sums: dict[tuple[str, str], list[float]] = {}
    for one in figures.corridors:
        known = sums.setdefault((one.payer, one.payee), [0.0, 0.0, 0.0])
        settled = measure.of(one.currency, one.settled_minor)
        known[0] += settled
        known[1] += settled if one.currency in (money.get(one.payer), money.get(one.payee)) else 0.0
        known[2] += measure.of(one.currency, one.value_minor)
    return {pair: (settled, own, entered) for pair, (settled, own, entered) in sums.items()}


def _names(totals: Totals) -> tuple[list[str], int]:
    """Members by their share of the value, the largest first, and how many are left out."""
    weight: dict[str, float] = {}
    for (payer, payee), (settled, _, _) in totals.items():
        weight[payer] = weight.get(payer, 0.0) + settled
        weight[payee] = weight.get(payee, 0.0) + settled
    names = sorted(weight, key=lambda code: (-weight[code], code))
    return names[:_NAMES], max(0, len(names) - _NAMES)


def _title(figures: Figures, totals: Totals, measure: Measure) -> str:
    both: dict[tuple[str, str], float] = {}
    for (payer, payee), (settled, _, _) in totals.items():
        if payer != payee:
            key = (min(payer, payee), max(payer, payee))
            both[key] = both.get(key, 0.0) + settled
    if not any(both.values()):
        return "Nothing settled between members"
    top = max(sorted(both), key=both.__getitem__)
    own, abroad = own_currency(figures, measure)
    first, second = (figures.setting.members.get(code, code) for code in top)
    part = "all" if both[top] == abroad else percent(both[top], abroad)
    all_own = "all of that value" if own == abroad else f"{percent(own, abroad)} of that value"
    return (
        f"{first} and {second} exchanged {part} of the value between members; "
        f"{all_own} settled in partners' own currencies"
    )


def _values(names: list[str], totals: Totals, measure: Measure, scale: Scale) -> str:
    most = max((settled for pair, (settled, _, _) in totals.items() if pair[0] != pair[1]), default=0.0) or 1.0
    cells = {
        (payer, payee): Cell(
            None if payer == payee else (settled / most) ** 0.5 * 0.999,
            _tight(settled / scale.divisor),
            f"{payer} to {payee}: {measure.tell(settled)}",
        )
        for (payer, payee), (settled, _, _) in totals.items()
        if settled and {payer, payee} <= set(names)
    }
    return heat_map(names, cells, "paid to", "payer", "Value settled between members", "value")


def _shares(names: list[str], totals: Totals) -> str:
    cells = {
        (payer, payee): Cell(
            own / settled * 0.999,
            percent(own, settled, sign=False).lstrip(">"),
            f"{payer} to {payee}: {percent(own, settled)} in {payer}'s or {payee}'s currency",
        )
        for (payer, payee), (settled, own, _) in totals.items()
        if settled and payer != payee and {payer, payee} <= set(names)
    }
    return heat_map(names, cells, "paid to", "payer", "Share settled in the partners' own currencies, percent", "share")


def _tight(value: float) -> str:
    """Return a number in at most four characters."""
    if value >= 10:  # noqa: PLR2004 - two digits before the point
        return f"{value:.0f}"
    if value >= 0.95:  # noqa: PLR2004 - one digit before the point
        return f"{value:.1f}"
    return f"{value:.2f}".removeprefix("0") if value >= 0.005 else "·"  # noqa: PLR2004 - less is next to nothing


def _table(figures: Figures, totals: Totals, measure: Measure, scale: Scale) -> Table:
    largest = sorted(totals, key=lambda pair: (-totals[pair][0], pair))[:_ROWS]
    members = figures.setting.members
    items: dict[tuple[str, str], int] = {}
    for one in figures.corridors:
        items[one.payer, one.payee] = items.get((one.payer, one.payee), 0) + one.items
    rows = []
    for payer, payee in largest:
        settled, own, entered = totals[payer, payee]
        share = percent(own, settled) if payer != payee else "at home"
        names = (members.get(payer, payer), members.get(payee, payee))
        rows.append((*names, count(items[payer, payee]), scale.plain(settled), percent(settled, entered), share))
    return Table(
        (
            "Payer's member",
            "Payee's member",
            ">Legs",
            f">Settled, {measure.axis(scale)}",
            ">Settled of entered",
            ">In own currencies",
        ),
        rows,
    )


def _download(figures: Figures) -> Download:
    rows = []
    for one in figures.corridors:
        places = figures.setting.exponent(one.currency)
        entered, settled = major(one.value_minor, places), major(one.settled_minor, places)
        rows.append((one.payer, one.payee, one.currency, one.items, entered, one.settled_items, settled))
    header = ("payer", "payee", "currency", "legs", "entered", "legs_settled", "settled")
    return Download("corridors", header, rows)
