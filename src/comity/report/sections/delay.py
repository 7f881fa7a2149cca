"""How long settlement took."""

from comity.report.charts.ranges import Bar, bars
from comity.report.measure import Measure
from comity.report.section import Section, figure, pair
from comity.report.sections.headline import delay_indicator
from comity.report.table import Download, Table, beside
from comity.report.text import count, major, percent, span
from comity.statistics.delay import CLASSES
from comity.statistics.figures import Figures

_WORDS = (
    "at once",
    "up to 1 min",
    "1 to 5 min",
    "5 to 15 min",
    "15 to 30 min",
    "30 to 60 min",
    "1 to 2 h",
    "2 to 4 h",
    "over 4 h",
    "not settled",
)
_WIDTH = 380.0
_LATE = 5
"""Classes from here on are over half an hour."""


def section(figures: Figures, measure: Measure) -> Section:
    """Return the section."""
    values = [
        measure.total((code, figures.delays[code].value[place]) for code in figures.currencies)
        for place in range(len(CLASSES))
    ]
    charts = pair(
        ("Value by time from entry to settlement", _histogram(figures, values)),
        ("Delay indicator by currency", _indicators(figures)),
    )
    body = figure(charts) + beside(_table(figures), _download(figures), "Each currency")
    return Section("delay", "Delay", _title(figures, values, measure), _LEAD, body)


_LEAD = (
    "The delay indicator weighs each minute of waiting by value: 0 if everything settles on arrival, 1 if nothing "
    "settles before the interbank cut-off."
)


def _title(figures: Figures, values: list[float], measure: Measure) -> str:
    total = sum(values)
    late = sum(values[_LATE + 1 : -1])
    indicator = delay_indicator(figures, measure)
    return (
        f"{percent(values[0], total)} of the value settled at once, {percent(late, total)} took over an hour; "
        f"delay indicator {indicator:.3f}"
    )


def _histogram(figures: Figures, values: list[float]) -> str:
    total = sum(values)
    rows = []
    for place, words in enumerate(_WORDS):
        items = sum(figures.delays[code].items[place] for code in figures.currencies)
        share = percent(values[place], total)
        kind = "s-settled" if place == 0 else "s-failed" if place == len(_WORDS) - 1 else "s-wait"
        rows.append(Bar(words, [(kind, values[place])], share, f"{words}: {share} of the value, {count(items)} legs"))
    return bars(_WIDTH, rows, "Value by time from entry to settlement")


def _indicators(figures: Figures) -> str:
    order = sorted(figures.currencies, key=lambda code: (-figures.delays[code].indicator, code))
    rows = [
        Bar(
            code,
            [("s-wait", figures.delays[code].indicator)],
            f"{figures.delays[code].indicator:.3f}",
            f"{code}: delay indicator {figures.delays[code].indicator:.4f}",
        )
        for code in order
    ]
    return bars(_WIDTH, rows[:20], "Delay indicator by currency")


def _table(figures: Figures) -> Table:
    rows = []
    for code in figures.currencies:
        delay = figures.delays[code]
        waited = sum(delay.items[1:-1])
        settled = sum(delay.items[:-1])
        rows.append(
            (
                code,
                f"{delay.indicator:.4f}",
                count(settled),
                percent(waited, settled),
                span(delay.median),
                span(delay.longest),
                count(delay.items[-1]),
            )
        )
    header = (
        "Currency",
        ">Indicator",
        ">Legs settled",
        ">After waiting",
        ">Median wait",
        ">Longest wait",
        ">Never settled",
    )
    return Table(header, rows)


def _download(figures: Figures) -> Download:
    rows = [
        (code, name, delay.items[place], major(delay.value[place], figures.setting.exponent(code)))
        for code, delay in figures.delays.items()
        for place, name in enumerate(_WORDS)
    ]
    return Download("delay", ("currency", "waited", "legs", "value"), rows)
