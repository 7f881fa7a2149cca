"""What the day leaves to people: pay-outs that nobody confirmed in time, and books that do not agree."""

from comity.report.section import Section
from comity.report.table import Download, Table
from comity.report.text import counted, joined, major
from comity.statistics.exceptions import Exceptional
from comity.statistics.figures import Figures

_WORDS = {
    "unconfirmed": ("pay-out", "Pay-out unconfirmed by its issuer"),
    "difference": ("difference", "Issuer's books less ours"),
}
_ROWS = 100


def section(figures: Figures) -> Section:
    """Return the section; for a day with exceptions."""
    lines = [_line(figures, one) for one in figures.exceptions]
    shown = [(_WORDS[one.kind][1], *line[1:]) for one, line in zip(figures.exceptions, lines, strict=True)]
    header = ("kind", "participant", "currency", "id", "amount", "deadline")
    table = Table(("What", "Participant", "Currency", "Id", ">Amount", "Deadline"), shown[:_ROWS])
    download = Download("exceptions", header, lines)
    body = f'{table.html()}<div class="beside">{download.html()}</div>'
    return Section("exceptions", "Exceptions", _title(figures.exceptions), _LEAD, body)


_LEAD = "No machine puts these right: a pay-out is never credited back, and no balance is changed to fit."


def _title(found: tuple[Exceptional, ...]) -> str:
    numbers = {kind: sum(one.kind == kind for one in found) for kind in _WORDS}
    told = [counted(number, _WORDS[kind][0]) for kind, number in numbers.items() if number]
    return f"{joined(told)} {'waits' if len(found) == 1 else 'wait'} for people"


def _line(figures: Figures, one: Exceptional) -> tuple[str, ...]:
    amount = major(one.amount_minor, figures.setting.exponent(one.currency))
    return one.kind, one.participant, one.currency, one.id, amount, one.deadline
