"""The biggest queues, and why they stood."""

from comity.report.charts.ranges import strip
from comity.report.measure import Measure
from comity.report.section import Section, legend, money
from comity.report.sections.queue import CAUSES, cause
from comity.report.table import Download, Table, beside
from comity.report.text import count, counted, esc, joined, major, percent
from comity.statistics.figures import Figures
from comity.statistics.liquidity import Liquidity
from comity.statistics.setting import clock
from comity.statistics.waiting import Queue

_SHOWN = 10
_ROWS = 40
_ALL_BUT = 0.02
_MUCH = 0.5

_WHY = {
    "PSTL": "money",
    "SRBL": "room under a bilateral limit or corridor cap",
    "SMLR": "room under its multilateral limit",
    "RMLR": "room under the receivers' holding caps",
    "UMAC": "counterparts",
    "SSPD": "release of a hold",
    "WHSD": "their own hour",
    "PCAN": "agreement to cancel",
}


def section(figures: Figures, measure: Measure) -> Section:
    """Return the section."""
    queues = sorted(figures.queues, key=lambda one: (-measure.of(one.currency, one.value_minor), one.participant))
    if not queues:
        return Section("queues", "Biggest queues", "No account had a queue", "", "")
    accounts = {(one.participant, one.currency): one for one in figures.liquidity}
    shown = queues[:_SHOWN]
    top = measure.of(shown[0].currency, shown[0].value_minor)
    rows = "".join(_row(figures, queue, accounts, measure, top) for queue in shown)
    labels = [label for label in CAUSES if any(label in queue.causes for queue in shown)]
    body = (
        legend([cause(label) for label in labels])
        + f'<ol class="queues">{rows}</ol>'
        + beside(
            _table(figures, queues[:_ROWS], accounts), _download(figures, queues), f"Largest {min(_ROWS, len(queues))}"
        )
    )
    return Section("queues", "Biggest queues", _title(figures, shown, measure), _LEAD, body)


_LEAD = "For each account, the moment at which most value waited to leave it, and what kept it waiting."


def why(queue: Queue, account: Liquidity | None) -> str:
    """Say why a queue stood and what became of it."""
    parts = []
    waited = [(minor, _WHY[label]) for label, minor in queue.causes.items() if label in _WHY]
    if waited:
        total = sum(minor for minor, _ in waited)
        told = [
            f"{word} ({percent(minor, total)})" if minor < total else word
            for minor, word in sorted(waited, reverse=True)
            if minor >= _ALL_BUT * total
        ]
        parts.append(f"waited for {joined(told)}")
    if account is not None and account.upper_minor:
        opened = percent(account.opening_minor, account.upper_minor)
        if account.opening_minor <= 0:
            parts.append("it opened without money")
        elif account.opening_minor < account.upper_minor:
            parts.append(f"it opened with {opened} of the money its payments would take on arrival")
        net = account.lower_minor
        if net > _MUCH * account.upper_minor:
            parts.append("it paid far more than it received over the day")
        elif net == 0:
            parts.append("its receipts of the day cover its payments, but came later")
    parts.append(_fate(queue))
    text = "; ".join(parts)
    return text[0].upper() + text[1:]


def _fate(queue: Queue) -> str:
    if queue.settled_minor >= queue.value_minor:
        return "all of it settled later"
    if queue.settled_minor == 0:
        return "none of it settled"
    return f"{percent(queue.settled_minor, queue.value_minor)} of it settled later"


def _title(figures: Figures, shown: list[Queue], measure: Measure) -> str:
    first = shown[0]
    name = figures.setting.participants.get(first.participant, first.participant)
    worth = f" ({measure.tell(measure.of(first.currency, first.value_minor))})" if measure.in_units else ""
    return (
        f"The biggest queue, at {clock(first.at)}, was {name}'s: "
        f"{money(figures.setting, first.currency, first.value_minor)}{worth} in {counted(first.items, 'item')}"
    )


def _row(
    figures: Figures, queue: Queue, accounts: dict[tuple[str, str], Liquidity], measure: Measure, top: float
) -> str:
    name = figures.setting.participants.get(queue.participant, queue.participant)
    parts = [
        (cause(label)[0], measure.of(queue.currency, queue.causes[label]))
        for label in [*CAUSES, *sorted(queue.causes.keys() - CAUSES.keys())]
        if label in queue.causes
    ]
    told = money(figures.setting, queue.currency, queue.value_minor)
    text = why(queue, accounts.get((queue.participant, queue.currency)))
    return (
        f"<li><p><b>{esc(name)}</b> <span class='code'>{esc(queue.participant)}</span>"
        f"<span class='amount'>{esc(told)}</span></p>{strip(parts, told, top)}"
        f"<p class='note'>{esc(clock(queue.at))} · {esc(counted(queue.items, 'item'))} · {esc(text)}</p></li>"
    )


def _table(figures: Figures, queues: list[Queue], accounts: dict[tuple[str, str], Liquidity]) -> Table:
    rows = [
        (
            queue.participant,
            clock(queue.at),
            count(queue.items),
            money(figures.setting, queue.currency, queue.value_minor),
            percent(queue.settled_minor, queue.value_minor),
            why(queue, accounts.get((queue.participant, queue.currency))),
        )
        for queue in queues
    ]
    return Table(("Participant", ">Peak, UTC", ">Items", ">Waiting", ">Settled later", "Why"), rows)


def _download(figures: Figures, queues: list[Queue]) -> Download:
    rows = [
        (
            queue.participant,
            queue.currency,
            clock(queue.at),
            queue.items,
            major(queue.value_minor, figures.setting.exponent(queue.currency)),
            label,
            major(minor, figures.setting.exponent(queue.currency)),
        )
        for queue in queues
        for label, minor in sorted(queue.causes.items())
    ]
    header = ("participant", "currency", "utc", "items", "value", "reason", "value_by_reason")
    return Download("biggest-queues", header, rows)
