"""What waited over the day, by reason."""

from comity.report.charts.over_time import DayChart, Series
from comity.report.measure import Measure
from comity.report.section import Section, both, figure, legend
from comity.report.table import Download, Table, beside
from comity.report.text import count, major, percent
from comity.statistics.figures import Figures
from comity.statistics.setting import clock
from comity.statistics.waiting import NEVER_SETTLED

CAUSES = {
    "PSTL": ("s-funds", "Money: its own, or that of an item before it"),
    "SRBL": ("s-limit", "Room under a bilateral limit or corridor cap"),
    "SMLR": ("s-multi", "Room under the payer's multilateral limit"),
    "RMLR": ("s-holding", "Room under the receiver's holding cap"),
    "UMAC": ("s-match", "Its counterpart"),
    "SSPD": ("s-held", "Release of a hold"),
    "PCAN": ("s-cancel", "Agreement to cancel"),
    "WHSD": ("s-date", "Its own date or hour"),
    "settled gross": ("s-gross", "Later settled one by one"),
    "settled bilateral": ("s-bilateral", "Later settled against each other"),
    "settled multilateral": ("s-multilateral", "Later settled in an offsetting pass"),
    NEVER_SETTLED: ("s-failed", "Never settled"),
}
"""Class of the style sheet and words, by what an item waits for or by what became of it."""

_OTHER = ("s-other", "Other")
_HOUR = 3_600_000_000


def cause(label: str) -> tuple[str, str]:
    """Return class and words of a label."""
    return CAUSES.get(label, _OTHER)


def section(figures: Figures, measure: Measure) -> Section:
    """Return the section."""
    series, items = _series(figures, measure)
    total = [sum(values) for values in zip(*(one.values for one in series), strict=True)] if series else [0.0]
    if not any(total):
        return Section("queue", "Queue", "Nothing waited", "Every item settled or was refused on arrival.", "")
    scale = measure.scale(total)
    top = max(range(len(total)), key=total.__getitem__)
    at = clock(figures.clock.edge(top))
    label = f"Value waiting: at most {scale.tell(total[top])}, at {at}"
    chart = DayChart(figures.clock, scale, measure.axis(scale), label, ())
    body = (
        legend([(one.kind, one.label) for one in series])
        + figure(both(lambda width: chart.stacked(width, series)))
        + beside(_table(figures, series, items, measure), _download(figures), "Hour by hour")
    )
    return Section("queue", "Queue by reason", _title(figures, series, top, measure), _lead(figures), body)


def _lead(figures: Figures) -> str:
    if figures.waiting.by_cause:
        return "Value waiting to settle at each moment, by what it waited for."
    return "Value waiting to settle at each moment, by what became of it later."


def _series(figures: Figures, measure: Measure) -> tuple[list[Series], list[int]]:
    """One series per label, in the order of `CAUSES`, and how many items wait at each edge."""
    waiting, edges = figures.waiting, figures.clock.count + 1
    known = [label for label in CAUSES if label in waiting.labels]
    found = []
    for label in [*known, *(label for label in waiting.labels if label not in CAUSES)]:
        values = [0.0] * edges
        for (code, own), steps in waiting.value.items():
            if own == label:
                for place, minor in enumerate(steps):
                    values[place] += measure.of(code, minor)
        kind, words = cause(label)
        found.append(Series(words, kind, values))
    items = [0] * edges
    for numbers in waiting.items.values():
        for place, number in enumerate(numbers):
            items[place] += number
    return found, items


def _title(figures: Figures, series: list[Series], top: int, measure: Measure) -> str:
    total = sum(one.values[top] for one in series)
    main = max(series, key=lambda one: one.values[top])
    at = clock(figures.clock.edge(top))
    entered = measure.total((code, figures.flows[code].entered_minor) for code in figures.currencies)
    share = percent(main.values[top], total)
    peak = f"At its peak, {at}, {percent(total, entered)} of the day's value waited"
    if figures.waiting.by_cause:
        word = main.label.split(":")[0].lower()
        return f"{peak}, {share} of it for {word}"
    return f"{peak}; {share} of it {main.label.lower()}"


def _table(figures: Figures, series: list[Series], items: list[int], measure: Measure) -> Table:
    steps = figures.clock
    scale = measure.scale([value for one in series for value in one.values])
    every = max(1, _HOUR // steps.step)
    edges = [edge for edge in range(0, steps.count, every) if items[edge]]
    return Table(
        ("UTC", ">Items", *(f">{one.label.split(':')[0]}" for one in series)),
        [
            (clock(steps.edge(edge)), count(items[edge]), *(scale.plain(one.values[edge]) for one in series))
            for edge in edges
        ],
        f"Values in {measure.axis(scale)}",
    )


def _download(figures: Figures) -> Download:
    steps, waiting = figures.clock, figures.waiting
    every = max(1, -(-15 * 60_000_000 // steps.step))
    rows = [
        (
            clock(steps.edge(step)),
            code,
            label,
            waiting.items[code, label][step],
            major(minor, figures.setting.exponent(code)),
        )
        for (code, label), values in waiting.value.items()
        for step, minor in enumerate(values)
        if minor and step % every == 0
    ]
    return Download("queue-by-reason", ("utc", "currency", "reason", "items", "value"), rows)
