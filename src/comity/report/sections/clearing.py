"""What clearing discharged without money, what was paid, what is left, and why."""

from comity.report.charts.ranges import Bar, bars
from comity.report.section import Section, both, figure, legend, money
from comity.report.sections.currencies import REASONS
from comity.report.table import Download, Table, beside
from comity.report.text import count, major, percent
from comity.statistics.clearing import Cleared
from comity.statistics.figures import Figures
from comity.statistics.obligations import Owed, Unended


def section(figures: Figures) -> Section:
    """Return the section; for a day with clearing or obligations."""
    rows = [one for one in figures.clearing if one.gross_minor]
    shares = _shares(figures, rows) if rows else ""
    return Section("clearing", "Clearing", _title(rows), _LEAD if rows else "", shares + _rest(figures))


def _shares(figures: Figures, rows: list[Cleared]) -> str:
    return (
        legend([("s-multilateral", "Set off, without money"), ("s-gross", "Paid"), ("ghost", "Left to the next day")])
        + figure(both(lambda width: bars(width, [_bar(figures, one) for one in rows], "Obligations by outcome", 100)))
        + beside(_table(figures, rows), _download(figures, rows), "Each currency")
    )


_LEAD = (
    "Shares of what was owed in each currency. A set-off changes nobody's net position and moves no money; that it is "
    "the largest possible is proved by prices anybody can check against the log."
)


def _title(rows: list[Cleared]) -> str:
    if not rows:
        return "Clearing took in nothing that was owed"
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


_ENDS = {
    "CAND": ("Cancelled", "Cancelled by its sender"),
    "WHSD": ("Not due", "Falls due on a later day"),
    "SSPD": ("Held", "Held by screening, by a suspension or by a closed corridor"),
    "PCAN": ("Left", "Its cancellation waits for the other party to agree"),
    "UMAC": ("Left", "What shares its link is not complete"),
}
_LEFT = "Money was missing in the last cycle, or room under a corridor cap, or what shares its link could not be paid"
_MISSED = "No cycle took it in: none was held, or a party, its account or the corridor was closed to clearing"


def _why(one: Owed | Unended) -> tuple[str, str]:
    """Return the fate of what did not end, and why, in words."""
    if one.state == "RJTD":
        return "Rejected", REASONS.get(one.reason, "Not valid")
    return _ENDS.get(one.state, ("Left", _LEFT if one.in_cycle else _MISSED))


def _rest(figures: Figures) -> str:
    """Obligations that did not end, by reason, and the largest of them."""
    if not figures.obligations:
        return ""
    head = "<h3>Obligations that did not end, and why</h3>"
    rest = [one for one in figures.obligations.outcomes if not one.ended]
    if not rest:
        return f"{head}<p>Every obligation was discharged or paid.</p>"
    lines = []
    for one in sorted(rest, key=lambda one: (_why(one)[0] != "Left", -one.items, one.currency, one.state, one.reason)):
        fate, why = _why(one)
        amounts = (money(figures.setting, one.currency, minor) for minor in (one.amount_minor, one.left_minor))
        lines.append((fate, why, one.reason or "–", count(one.items), *amounts))  # noqa: RUF001 - a dash stands for nothing to tell
    header = ("What became of it", "Why", "Code", ">Obligations", ">Entered with", ">Still owed")
    return head + Table(header, lines).html() + beside(_named(figures), _unended(figures), "The largest by name")


def _named(figures: Figures) -> Table:
    """The largest obligations that did not end."""
    lines = []
    for one in figures.obligations.unended:
        amounts = (money(figures.setting, one.currency, minor) for minor in (one.amount_minor, one.left_minor))
        lines.append((one.id, one.debtor, one.creditor, _why(one)[0], one.reason or "–", *amounts))  # noqa: RUF001 - likewise
    header = ("Obligation", "Debtor", "Creditor", "What became of it", "Code", ">Entered with", ">Still owed")
    return Table(header, lines)


def _unended(figures: Figures) -> Download:
    lines = []
    for one in figures.obligations.unended:
        exponent = figures.setting.exponent(one.currency)
        amounts = (major(minor, exponent) for minor in (one.amount_minor, one.left_minor))
        lines.append((one.id, one.debtor, one.creditor, one.currency, one.state, one.reason, _why(one)[1], *amounts))
    header = ("id", "debtor", "creditor", "currency", "state", "reason", "why", "amount", "still_owed")
    return Download("obligations-not-ended", header, lines)
