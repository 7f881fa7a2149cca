"""The report of an imbalance forecast: when each corridor and each member leaves its quota, on one page."""

from collections.abc import Sequence
from pathlib import Path

from comity.day.imbalance import CORRIDORS, MEMBERS, TradeForecast
from comity.report.charts.over_time import spark
from comity.report.charts.spans import Spans, spans
from comity.report.page import Heading, page_of
from comity.report.section import Section, both, figure, legend
from comity.report.table import Download, Table, beside
from comity.report.text import counted, esc, percent, tell
from comity.report.write import FILE
from comity.union import Outlook

_BARS = 30
_SPARKS = 12
_LEGEND = (("s-track", "Below the warning"), ("s-wait", "Warning"), ("s-failed", "Has broken its quota"))
_LEAD = (
    "What one side sold to the other less what it bought, added up since the first period, against the quota. "
    "A corridor that has broken once stays marked, also where the balance came back later."
)
_MEMBERS_LEAD = (
    "The same for each member over all partners together, as a clearing union would keep it: what is owed by one "
    "partner pays what is owed to another."
)
_NO_BREAK = "No corridor breaks its quota"
_SMALL = "Size of the imbalance over time before the quota, and the share of it in use at the end of the data"
_METHOD = (
    "<h2>Method</h2><p>Everything is counted exactly, in whole minor units. After the last period of the data, where "
    "the dashed line stands, the average of the last twelve periods is carried forward: that is no prediction, but "
    "what would follow from no change.</p>"
)


def write_imbalance_report(answer: TradeForecast, folder: Path) -> Path:
    """Write report.html into `folder`."""
    target = folder / FILE
    target.write_text(render_imbalance(answer), encoding="utf-8", newline="\n")
    return target


def render_imbalance(answer: TradeForecast) -> str:
    """Return the report as HTML."""
    periods = answer.forecast.periods
    dates = f"{periods[0]} to {answer.last_data_period}"
    dates += f", carried forward to {periods[-1]}" if periods[-1] != answer.last_data_period else ""
    heading = Heading("Imbalance forecast", "When corridors break", dates, _sentence(answer), f"Imbalances, {dates}")
    return page_of(heading, "", (_corridors(answer), _members(answer)), _METHOD)


def _sentence(answer: TradeForecast) -> str:
    broken = [one for one in answer.ranked if one.breaking_period]
    quota = tell(_major(answer, answer.quota_minor))
    corridors = counted(len(answer.forecast.corridors), "corridor")
    if not broken:
        return f"None of {corridors} breaks a quota of {quota}."
    first = broken[0]
    return f"{len(broken)} of {corridors} break a quota of {quota}; {first.name} is first, in {first.breaking_period}."


def _corridors(answer: TradeForecast) -> Section:
    shown = answer.ranked[:_BARS]
    few = f"The {_BARS} first to break of {len(answer.ranked)}." if len(answer.ranked) > _BARS else ""
    body = (
        legend(_LEGEND)
        + figure(_chart(answer, shown), few)
        + f'<h3>{_SMALL}</h3><ul class="multiples">{"".join(_small(answer, one) for one in shown[:_SPARKS])}</ul>'
        + _beside(answer, answer.ranked, CORRIDORS, "forecast", "Every corridor")
    )
    first = answer.ranked[0]
    title = f"{first.name} is the first to break, in {first.breaking_period}" if first.breaking_period else _NO_BREAK
    return Section("corridors", "Corridors", title, _LEAD, body)


def _members(answer: TradeForecast) -> Section:
    members = answer.forecast.members
    body = (
        legend(_LEGEND) + figure(_chart(answer, members)) + _beside(answer, members, MEMBERS, "members", "Every member")
    )
    broken = sum(one.breaking_period is not None for one in members)
    title = f"Over all partners together, {broken} of {counted(len(members), 'member')} leave the same quota"
    return Section("members", "Members", title, _MEMBERS_LEAD, body)


def _chart(answer: TradeForecast, outlooks: Sequence[Outlook]) -> str:
    periods = [str(period) for period in answer.forecast.periods]
    rows = [_row(answer, one) for one in outlooks]
    label = f"Periods below the warning, in warning and after breaking, {counted(len(rows), 'line')}"
    return both(lambda width: spans(width, rows, periods, answer.forecast.data_periods, label))


def _row(answer: TradeForecast, one: Outlook) -> Spans:
    start, count = answer.forecast.periods[0].number, len(answer.forecast.periods)
    broke = one.breaking_period.number - start if one.breaking_period else count
    warned = min(broke, one.warning_period.number - start if one.warning_period else count)
    bands = (("s-track", 0, warned), ("s-wait", warned, broke), ("s-failed", broke, count))
    title = f"{one.name}: {_told(answer, one.cumulative_minor)} at the end of the data"
    return Spans(one.name, bands, str(one.breaking_period or "–"), title)  # noqa: RUF001 - an en dash stands for never


def _small(answer: TradeForecast, one: Outlook) -> str:
    sizes = [abs(_major(answer, minor)) for minor in one.path_minor]
    quota = [_major(answer, one.quota_minor)] * len(sizes)
    used = percent(abs(one.cumulative_minor), one.quota_minor)
    label = f"{one.name}: size of the imbalance before its quota, {used} of it at the end of the data"
    return f"<li><p><b>{esc(one.name)}</b> <span>{esc(used)}</span></p>{spark(sizes, quota, label)}</li>"


def _beside(answer: TradeForecast, outlooks: Sequence[Outlook], header: Sequence[str], name: str, label: str) -> str:
    rows = [
        (
            one.name,
            answer.major(one.cumulative_minor),
            answer.major(one.quota_minor),
            str(one.warning_period or ""),
            str(one.breaking_period or ""),
        )
        for one in outlooks
    ]
    heads = [head.replace("_", " ").capitalize() for head in header]
    heads[1:3] = [f">{head}" for head in heads[1:3]]
    return beside(Table(heads, rows), Download(name, header, rows), label)


def _major(answer: TradeForecast, minor: int) -> float:
    """Return minor units in units of the table, for drawing."""
    return float(answer.major(minor))


def _told(answer: TradeForecast, minor: int) -> str:
    return tell(_major(answer, minor))
