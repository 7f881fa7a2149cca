"""Value settled over the day against arrivals."""

from itertools import accumulate

from comity.report.charts.over_time import DayChart, Series, spark
from comity.report.measure import Measure
from comity.report.section import Section, both, figure, legend, money
from comity.report.table import Download, Table, beside
from comity.report.text import esc, major, percent
from comity.statistics.figures import Figures
from comity.statistics.flows import Clock
from comity.statistics.setting import clock

_HOUR = 3_600_000_000
_MOST = 0.995


def section(figures: Figures, measure: Measure) -> Section:
    """Return the section."""
    arrived, settled = _curves(figures, measure)
    scale = measure.scale(arrived)
    chart = DayChart(
        figures.clock,
        scale,
        measure.axis(scale),
        f"Cumulative value: {scale.tell(arrived[-1])} arrived, {scale.tell(settled[-1])} settled",
        _marks(figures),
    )
    series = [Series("arrived", "s-arrived", arrived), Series("settled", "s-settled", settled)]
    body = (
        legend([("s-arrived", "Arrived"), ("s-settled", "Settled")])
        + figure(both(lambda width: chart.lines(width, series)))
        + beside(_table(figures.clock, arrived, settled, measure), _download(figures), "Hour by hour")
        + _small(figures)
    )
    return Section(
        "flow",
        "Settled against arrivals",
        _title(figures.clock, arrived, settled),
        "The gap between the two lines is what waits. Both are cumulative over all currencies, "
        + ("valued in the union's unit of account." if measure.in_units else "each currency weighing the same."),
        body,
    )


def _curves(figures: Figures, measure: Measure) -> tuple[list[float], list[float]]:
    """Cumulative value at each edge of the day's steps."""
    steps = range(figures.clock.count)
    flows = [(code, figures.flows[code]) for code in figures.currencies]
    arrived = [measure.total((code, flow.entered[step]) for code, flow in flows) for step in steps]
    settled = [measure.total((code, flow.settled[step]) for code, flow in flows) for step in steps]
    return [0.0, *accumulate(arrived)], [0.0, *accumulate(settled)]


def _title(steps: Clock, arrived: list[float], settled: list[float]) -> str:
    if not arrived[-1]:
        return "Nothing was entered"
    half = next((place for place, value in enumerate(settled) if 2 * value >= arrived[-1]), None)
    by = f", half of it by {clock(steps.edge(half))}" if half is not None else ""
    share = settled[-1] / arrived[-1]
    if share >= _MOST:
        return f"Nearly everything that arrived settled{by}" if share < 1 else f"Everything that arrived settled{by}"
    return f"{percent(settled[-1], arrived[-1])} of the value that arrived settled" + (
        f"; half of all arrivals had settled by {clock(steps.edge(half))}" if half is not None else ""
    )


def _marks(figures: Figures) -> list[tuple[int, str]]:
    cutoffs = {hours.cutoff for code, hours in figures.setting.hours.items() if code in figures.currencies}
    return [(min(cutoffs), "interbank cut-off")] if len(cutoffs) == 1 else []


def _table(steps: Clock, arrived: list[float], settled: list[float], measure: Measure) -> Table:
    scale = measure.scale(arrived)
    every = max(1, _HOUR // steps.step)
    edges = sorted({*range(0, steps.count + 1, every), steps.count})
    return Table(
        ("UTC", f">Arrived, {measure.axis(scale)}", ">Settled", ">Waiting or refused", ">Settled so far"),
        [
            (
                clock(steps.edge(edge)),
                scale.plain(arrived[edge]),
                scale.plain(settled[edge]),
                scale.plain(arrived[edge] - settled[edge]),
                percent(settled[edge], arrived[edge]),
            )
            for edge in edges
        ],
    )


def _download(figures: Figures) -> Download:
    setting, steps = figures.setting, figures.clock
    rows = [
        (
            clock(steps.edge(step)),
            clock(steps.edge(step + 1)),
            code,
            major(flow.entered[step], setting.exponent(code)),
            major(flow.settled[step], setting.exponent(code)),
        )
        for code, flow in figures.flows.items()
        for step in range(steps.count)
        if flow.entered[step] or flow.settled[step]
    ]
    return Download("settled-against-arrivals", ("from_utc", "to_utc", "currency", "arrived", "settled"), rows)


def _small(figures: Figures) -> str:
    """One small chart per currency, in its own money."""
    items = []
    for code, flow in figures.flows.items():
        arrived, settled = ([0, *accumulate(values)] for values in (flow.entered, flow.settled))
        share = percent(settled[-1], arrived[-1])
        picture = spark(settled, arrived, f"{code}: {share} of {money(figures.setting, code, arrived[-1])} settled")
        items.append(
            f"<li><p><b>{esc(code)}</b> <span>{esc(share)}</span></p>{picture}"
            f"<p class='note'>{esc(money(figures.setting, code, settled[-1]))} settled</p></li>"
        )
    return f'<h3>Each currency in its own money</h3><ul class="multiples">{"".join(items)}</ul>'
