"""What clearing discharged without money, what was paid, and what is left."""

from comity.report.charts.ranges import Bar, bars
from comity.report.section import Section, both, figure, legend, money
from comity.report.table import Download, Table, beside
from comity.report.text import count, major, percent
from comity.statistics.clearing import Cleared
from comity.statistics.figures import Figures


def section(figures: Figures) -> Section:
    """Return the section; for a day with clearing."""
    rows = [one for one in figures.clearing if one.gross_minor]
    body = (
        legend([("s-multilateral", "Set off, without money"), ("s-gross", "Paid"), ("ghost", "Left to the next day")])
        + figure(both(lambda width: bars(width, [_bar(figures, one) for one in rows], "Obligations by outcome", 100)))
        + beside(_table(figures, rows), _download(figures, rows), "Each currency")
    )
    return Section("clearing", "Clearing", _title(rows), _LEAD, body)


_LEAD = (
    "Shares of what was owed in each currency. A set-off changes nobody's net position and moves no money; that it is "
    "the largest possible is proved by prices anybody can check against the log."
)


def _title(rows: list[Cleared]) -> str:
    if not rows:
        return "Nothing that was owed fell due"
    shares = {one.currency: percent(one.discharged_minor, one.gross_minor) for one in rows}
    low, high = (pick(rows, key=lambda one: one.discharged_minor / one.gross_minor) for pick in (min, max))
    told = f"{shares[low.currency]} in {low.currency}"
    if len(rows) > 1:
        told = f"From {told} to {shares[high.currency]} in {high.currency}"
    return f"{told} of what was owed needed no money"


def _bar(figures: Figures, one: Cleared) -> Bar:
    parts = [
        (kind, 100 * value / one.gross_minor)
        for kind, value in (
            ("s-multilateral", one.discharged_minor),
            ("s-gross", one.settled_minor),
            ("ghost", one.left_minor),
        )
    ]
    share = percent(one.discharged_minor, one.gross_minor)
    told = f"{one.currency}: {money(figures.setting, one.currency, one.gross_minor)} owed, {share} set off"
    return Bar(one.currency, parts, share, told)


def _table(figures: Figures, rows: list[Cleared]) -> Table:
    header = (">Cycles", ">Owed", ">Set off", ">Pair by pair", ">Paid", ">Left", "Proved largest")
    lines = [
        (
            one.currency,
            count(one.cycles),
            money(figures.setting, one.currency, one.gross_minor),
            percent(one.discharged_minor, one.gross_minor),
            percent(one.bilateral_minor, one.gross_minor),
            percent(one.settled_minor, one.gross_minor),
            percent(one.left_minor, one.gross_minor),
            "yes" if one.certified else "no",
        )
        for one in rows
    ]
    return Table(("Currency", *header), lines)


def _download(figures: Figures, rows: list[Cleared]) -> Download:
    header = ("currency", "cycles", "owed", "discharged", "bilateral", "settled", "left", "certified")
    lines = []
    for one in rows:
        exponent = figures.setting.exponent(one.currency)
        amounts = (
            one.gross_minor,
            one.discharged_minor,
            one.bilateral_minor,
            one.settled_minor,
            one.left_minor,
        )
        shown = [major(amount, exponent) for amount in amounts]
        lines.append((one.currency, one.cycles, *shown, "true" if one.certified else "false"))
    return Download("clearing", header, lines)
