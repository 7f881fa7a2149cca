"""What the offsetting passes settled."""

from comity.report.charts.over_time import DayChart, Series
from comity.report.measure import Measure
from comity.report.section import Section, both, figure, legend, money
from comity.report.sections.headline import how_value
from comity.report.table import Download, Table, beside
from comity.report.text import count, counted, percent
from comity.statistics.figures import Figures
from comity.statistics.outcomes import Cycle
from comity.statistics.setting import clock

_ROWS = 2500


def section(figures: Figures, measure: Measure) -> Section:
    """Return the section."""
    if not figures.cycles:
        return Section("cycles", "Offsetting", "No offsetting pass was held", "", "")
    settled, rest = _series(figures, measure)
    scale = measure.scale([*settled.values, *rest.values])
    label = f"Value settled in {counted(_passes(figures.cycles), 'offsetting pass', 'offsetting passes')}"
    chart = DayChart(figures.clock, scale, measure.axis(scale), label)
    body = (
        legend([("s-multilateral", "Settled together"), ("ghost", "Upper bound at that moment")])
        + figure(both(lambda width: chart.bars(width, [settled], rest)))
        + beside(_table(figures), _download(figures), "Each currency")
    )
    return Section("cycles", "Offsetting", _title(figures, measure, settled), _LEAD, body)


_LEAD = (
    "Each bar is what one pass settled at one instant without more money. The pale bar behind it is the bound that the "
    "solver stated: what no choice of waiting items could have exceeded."
)


def _passes(cycles: tuple[Cycle, ...]) -> int:
    return len({one.number for one in cycles})


def _series(figures: Figures, measure: Measure) -> tuple[Series, Series]:
    edges = figures.clock.count + 1
    value, bound = [0.0] * edges, [0.0] * edges
    for one in figures.cycles:
        place = (one.at - figures.clock.start) // figures.clock.step
        if 0 <= place < edges and one.currency and not one.refused:
            value[place] += measure.of(one.currency, one.value_minor)
            bound[place] += measure.of(one.currency, max(one.value_minor, one.bound_minor or 0))
    return Series("settled", "s-multilateral", value), Series("bound", "ghost", bound)


def _title(figures: Figures, measure: Measure, settled: Series) -> str:
    total = measure.total((code, figures.flows[code].settled_minor) for code in figures.currencies)
    netted = how_value(figures, measure, "multilateral")
    passes = counted(_passes(figures.cycles), "offsetting pass", "offsetting passes")
    if not any(settled.values):
        return f"{passes} found nothing to settle together"
    top = max(range(len(settled.values)), key=settled.values.__getitem__)
    return (
        f"{passes} settled {percent(netted, total)} of the value; "
        f"the largest, at {clock(figures.clock.edge(top))}, {measure.tell(settled.values[top])}"
    )


def _table(figures: Figures) -> Table:
    rows = []
    for code in figures.currencies:
        own = [one for one in figures.cycles if one.currency == code and not one.refused]
        value = sum(one.value_minor for one in own)
        busy = sum(one.items > 0 for one in own)
        items = sum(one.items for one in own)
        share = percent(value, figures.flows[code].settled_minor)
        rows.append((code, count(busy), count(items), money(figures.setting, code, value), share))
    return Table(("Currency", ">Passes that settled", ">Items", ">Value", ">Of value settled"), rows)


def _download(figures: Figures) -> Download:
    rows = [
        (
            one.number,
            clock(one.at),
            one.kind,
            one.rule,
            one.currency,
            one.items,
            one.value_minor,
            "" if one.bound_minor is None else one.bound_minor,
            "refused" if one.refused else "",
        )
        for one in figures.cycles
        if one.items or one.refused or len(figures.cycles) <= _ROWS
    ]
    header = ("cycle", "utc", "kind", "rule", "currency", "items", "value_minor", "bound_minor", "refused")
    return Download("offsetting", header, rows[:_ROWS])
