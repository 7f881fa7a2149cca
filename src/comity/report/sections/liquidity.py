"""Liquidity used by each participant against its lower and upper bound."""

from collections.abc import Iterable
from typing import NamedTuple

from comity.report.charts.ranges import Range, ranges
from comity.report.measure import Measure
from comity.report.section import Section, both, figure, legend, money
from comity.report.sections.headline import liquidity_totals
from comity.report.table import Download, Table, beside
from comity.report.text import count, counted, major, percent
from comity.statistics.figures import Figures
from comity.statistics.liquidity import Liquidity

_LINES = 20
_TABLE = 300
_CSV = 3000


def section(figures: Figures, measure: Measure) -> Section:
    """Return the section."""
    people = _people(figures, measure)
    used, lower, upper = liquidity_totals(figures, measure)
    shown = people[:_LINES]
    scale = measure.scale([one.upper for one in people])
    rows = [
        Range(one.name, one.lower, one.upper, one.used, percent(one.used, one.upper), _hint(figures, one, measure))
        for one in shown
    ]
    label = f"Liquidity used against its bounds, {counted(len(shown), 'participant')}"
    chart = both(lambda width: ranges(width, rows, scale.divisor, measure.axis(scale), label))
    caption = _caption(people)
    body = (
        legend([("s-used", "Used"), ("s-track", "From lower to upper bound")])
        + figure(chart, caption)
        + beside(_table(figures, people, measure), _download(figures), "Every participant")
        + "<h3>By currency</h3>"
        + _by_currency(figures).html()
    )
    lead = f"{_LEAD} {_CONVERTED}" if figures.orders else _LEAD
    return Section("liquidity", "Liquidity", _title(figures, used, lower, upper), lead, body)


_LEAD = (
    "Each line is a participant, all its currencies together. The bar runs from what it would have needed with perfect "
    "offsetting (the lower bound: its net payments of the day) to what settling every payment at once on arrival would "
    "have taken (the upper bound). The dot is what it used."
)

_CONVERTED = "What auctions took and gave is in both, at the instant of each auction."
_RIGHT = "At the right: used, in % of the upper bound."


class Person(NamedTuple):
    """A participant, all its accounts together, in the measure of the report."""

    name: str
    used: float
    lower: float
    upper: float


def _people(figures: Figures, measure: Measure) -> list[Person]:
    sums: dict[str, list[float]] = {}
    for one in figures.liquidity:
        known = sums.setdefault(one.participant, [0.0, 0.0, 0.0])
        for place, minor in enumerate((one.used_minor, one.lower_minor, one.upper_minor)):
            known[place] += measure.of(one.currency, minor)
    found = [Person(name, used, lower, upper) for name, (used, lower, upper) in sums.items()]
    return sorted(found, key=lambda one: (-one.upper, one.name))


def _caption(people: list[Person]) -> str:
    parts = [_RIGHT]
    if len(people) > _LINES:
        parts.insert(0, f"The {_LINES} participants with the largest upper bounds, of {count(len(people))}.")
    if any(one.used < one.lower for one in people[:_LINES]):
        parts.append("A dot before its bar: not all that the participant had to pay settled.")
    return " ".join(parts)


def _title(figures: Figures, used: float, lower: float, upper: float) -> str:
    if not upper:
        return "The day needed no liquidity"
    saved = upper - used
    if upper > lower and lower <= used <= upper:
        return (
            f"The day ran on {percent(used, upper)} of its upper bound: "
            f"{percent(saved, upper - lower)} of what could be saved was saved"
        )
    if used > upper and figures.obligations:
        return f"Payments, and what was cleared, used {percent(used, upper)} of what payments alone need at most"
    return f"The day used {percent(used, upper)} of its upper bound of liquidity"


def _hint(figures: Figures, row: Person, measure: Measure) -> str:
    name, used, lower, upper = row
    full = figures.setting.participants.get(name, name)
    return f"{full}: used {measure.tell(used)}, bounds {measure.tell(lower)} to {measure.tell(upper)}"


def _table(figures: Figures, people: list[Person], measure: Measure) -> Table:
    scale = measure.scale([one.upper for one in people])
    rows = [
        (
            name,
            figures.setting.participants.get(name, ""),
            scale.plain(used),
            scale.plain(lower),
            scale.plain(upper),
            percent(used, upper),
        )
        for name, used, lower, upper in people[:_TABLE]
    ]
    caption = f"The largest {_TABLE} of {count(len(people))}" if len(people) > _TABLE else ""
    return Table(
        ("Participant", "Name", f">Used, {measure.axis(scale)}", ">Lower bound", ">Upper bound", ">Used of upper"),
        rows,
        caption,
    )


def _by_currency(figures: Figures) -> Table:
    rows = []
    for code in figures.currencies:
        own = [one for one in figures.liquidity if one.currency == code]
        used, lower, upper = _sums(own)
        amounts = (money(figures.setting, code, minor) for minor in (used, lower, upper))
        turnover = f"{figures.flows[code].settled_minor / used:,.1f}×" if used else "–"  # noqa: RUF001 - signs for times and for nothing
        rows.append((code, *amounts, percent(used, upper), turnover))
    return Table(("Currency", ">Used", ">Lower bound", ">Upper bound", ">Used of upper", ">Turnover"), rows)


def _sums(accounts: Iterable[Liquidity]) -> tuple[int, int, int]:
    used = lower = upper = 0
    for one in accounts:
        used, lower, upper = used + one.used_minor, lower + one.lower_minor, upper + one.upper_minor
    return used, lower, upper


def _download(figures: Figures) -> Download:
    setting = figures.setting
    largest = sorted(figures.liquidity, key=lambda one: (-one.upper_minor, one.participant, one.currency))[:_CSV]
    rows = [
        (
            one.participant,
            setting.participants.get(one.participant, ""),
            one.currency,
            *(
                major(minor, setting.exponent(one.currency))
                for minor in (one.opening_minor, one.used_minor, one.lower_minor, one.upper_minor)
            ),
        )
        for one in sorted(largest, key=lambda one: (one.participant, one.currency))
    ]
    header = ("participant", "name", "currency", "opening", "used", "lower_bound", "upper_bound")
    return Download("liquidity", header, rows)
