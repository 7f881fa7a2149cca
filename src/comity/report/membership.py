"""The report of proposed memberships: what each would save, and who would end in debt, on one page."""

from collections.abc import Sequence
from pathlib import Path

from comity.day.membership import Comparison, Membership, Savings
from comity.report.charts.ranges import Bar, bars
from comity.report.page import Heading, page_of
from comity.report.section import Section, both, figure, legend
from comity.report.table import Download, Table, beside
from comity.report.text import counted, major, tell
from comity.report.write import FILE

_LEGEND = (
    ("s-bilateral", "Netting pair by pair"),
    ("s-multilateral", "What set-off adds"),
    ("s-clearing", "What a central counterparty adds"),
)
_LEAD = (
    "The whole line is all that members owe one another for the period's trade. Set-off discharges what goes round "
    "without changing anyone's net position; a central counterparty leaves only the net positions to pay."
)
_POSITIONS_LEAD = (
    "Net positions stay whatever the way of clearing: who is in debt here buys more from the other members than it "
    "sells to them. What a member adds is what all save together less what the others would save without it."
)
_METHOD = (
    "<h2>Method</h2><p>The importer owes the exporter for the period's trade, in the unit of the table. Every figure "
    "is exact; the set-off is the circulation of largest value and is checked against its dual bound.</p>"
)
_WAYS = ("Pair by pair", "Set-off", "Central counterparty")
_ROWS = 40


def write_membership_report(answer: Comparison, folder: Path) -> Path:
    """Write report.html into `folder`."""
    target = folder / FILE
    target.write_text(render_membership(answer), encoding="utf-8", newline="\n")
    return target


def render_membership(answer: Comparison) -> str:
    """Return the report as HTML."""
    name = "What a membership saves"
    heading = Heading("Proposed memberships", name, answer.debts.period, _sentence(answer), name)
    return page_of(heading, "", (_savings(answer), *_positions(answer)), _METHOD)


def _sentence(answer: Comparison) -> str:
    best = max(answer.memberships, key=lambda one: _ratio(one.savings.set_off, one.savings.gross))
    share = _percent(best.savings.set_off, best.savings.gross)
    where = f" in {best.proposal.name}" if len(answer.memberships) > 1 else ""
    return f"Without any money, {share} of what members owe one another{where} would be discharged."


def _savings(answer: Comparison) -> Section:
    rows = [_bar(answer, one) for one in answer.memberships]
    label = "Share of what members owe one another that needs no money, by membership"
    chart = both(lambda width: bars(width, rows, label, 100.0))
    body = legend(_LEGEND) + figure(chart, "At the end of a line: through a central counterparty.") + _table(answer)
    return Section("savings", "Savings", _title(answer), _LEAD, body)


def _bar(answer: Comparison, one: Membership) -> Bar:
    gross, *ways = one.savings
    shares = [100 * _ratio(way, gross) for way in ways]
    steps = [share - before for share, before in zip(shares, [0.0, *shares[:-1]], strict=True)]
    parts = [(kind, max(0.0, step)) for (kind, _), step in zip(_LEGEND, steps, strict=True)]
    told = ", ".join(f"{name.lower()} {_percent(way, gross)}" for name, way in zip(_WAYS, ways, strict=True))
    title = f"{one.proposal.name}: {_told(answer, gross)} owed; {told}"
    return Bar(one.proposal.name, parts, _percent(ways[-1], gross), title)


def _title(answer: Comparison) -> str:
    if len(answer.memberships) == 1:
        gross, bilateral, set_off, _ = answer.memberships[0].savings
        return f"Set-off discharges {_percent(set_off, gross)}, netting pair by pair {_percent(bilateral, gross)}"
    gains = [
        (_ratio(one.savings.set_off - one.savings.bilateral, one.savings.gross), one) for one in answer.memberships
    ]
    gain, one = max(gains, key=lambda pair: pair[0])
    return f"Beyond netting pair by pair, set-off saves most in {one.proposal.name}: {100 * gain:.1f} points"


def _table(answer: Comparison) -> str:
    shown = [
        (
            one.proposal.name,
            str(len(one.proposal.members)),
            _told(answer, one.savings.gross),
            *(_percent(way, one.savings.gross) for way in one.savings[1:]),
            _told(answer, one.net),
        )
        for one in answer.memberships
    ]
    header = ("Membership", ">Countries", ">Owed", *(f">{way}" for way in _WAYS), ">Still to pay in nets")
    names = ("membership", "members", "gross", "bilateral", "set_off", "ccp", "net")
    rows = [
        (one.proposal.name, " ".join(one.proposal.members), *_exact(answer, (*one.savings, one.net)))
        for one in answer.memberships
    ]
    return beside(Table(header, shown), Download("membership", names, rows))


def _positions(answer: Comparison) -> list[Section]:
    return [_position(answer, one, number) for number, one in enumerate(answer.memberships, 1)]


def _position(answer: Comparison, one: Membership, number: int) -> Section:
    debtors = [standing for standing in one.standings if standing.net < 0]
    header = ("Member", ">Owes", ">Is owed", ">Net", *(f">Adds: {way.lower()}" for way in _WAYS))
    shown = [
        (
            standing.member,
            *(_told(answer, amount) for amount in (standing.payable, standing.receivable, standing.net)),
            *(_told(answer, amount) for amount in standing.adds[1:]),
        )
        for standing in one.standings[:_ROWS]
    ]
    more = "" if len(one.standings) <= _ROWS else f"The {_ROWS} deepest in debt of {len(one.standings)}."
    names = ("member", "payable", "receivable", "net", *(f"adds_{name}" for name in Savings._fields))
    rows = [
        (each.member, *_exact(answer, (each.payable, each.receivable, each.net, *each.adds))) for each in one.standings
    ]
    body = Table(header, shown, more).html() + beside(
        Table(("Members of " + one.proposal.name,), [(" ".join(one.proposal.members),)]),
        Download(f"positions-{number}", names, rows),
        "Members",
    )
    owed = _told(answer, one.net)
    title = f"{counted(len(debtors), 'member')} of {len(one.standings)} would end in debt, by {owed} together"
    return Section(f"positions-{number}", one.proposal.name, title, _POSITIONS_LEAD, body)


def _exact(answer: Comparison, amounts: Sequence[int]) -> list[str]:
    return [major(amount, answer.debts.decimals) for amount in amounts]


def _told(answer: Comparison, amount: int) -> str:
    """Tell an amount in short, in major units where the table's unit is known."""
    unit = answer.debts.unit
    return tell(amount / 10**answer.debts.decimals * unit.scale)


def _percent(part: int, whole: int) -> str:
    """Return a share to a tenth of a percent: memberships are compared by it."""
    return f"{100 * _ratio(part, whole):.1f}%"


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
