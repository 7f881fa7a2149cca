"""`comity membership`: proposed memberships compared on a trade table."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from comity.cli.progress import Bar
from comity.cli.summary import show_table
from comity.day.membership import Comparison, Membership, compare
from comity.day.write import check_free, staged, write_csv, write_json
from comity.model.amount import format_minor
from comity.report.membership import write_membership_report

_SHARES = ("bilateral", "set_off", "ccp")
_MEMBERSHIP = ("membership", "countries", "members", "gross", *_SHARES, "net", *(f"{name}_share" for name in _SHARES))
_POSITIONS = (
    *("membership", "member", "payable", "receivable", "net"),
    *(f"adds_{name}" for name in ("gross", *_SHARES)),
)


def compare_memberships(
    trade: Path, members: Sequence[str], period: str, out: Path, *, force: bool, as_json: bool
) -> None:
    """Write membership.csv, positions.csv, summary.json and report.html to `out`, and print the summary."""
    check_free(out.absolute(), force=force)
    with Bar("comparing") as bar:
        answer = compare(trade, members, period, bar)
    summary = _summary(answer)
    with staged(out, force=force) as folder:
        write_csv(folder / "membership.csv", _MEMBERSHIP, (_membership(answer, one) for one in answer.memberships))
        write_csv(folder / "positions.csv", _POSITIONS, _positions(answer))
        write_json(folder / "summary.json", summary)
        write_membership_report(answer, folder)
    show_table(_lines(answer), summary, {"report": out / "report.html"}, as_json=as_json)


def _membership(answer: Comparison, one: Membership) -> list[str]:
    decimals, savings = answer.debts.decimals, one.savings
    amounts = (*savings, one.net)
    shares = [_share(part, savings.gross) for part in savings[1:]]
    return [
        one.proposal.name,
        str(len(one.proposal.members)),
        " ".join(one.proposal.members),
        *(format_minor(amount, decimals) for amount in amounts),
        *shares,
    ]


def _share(part: int, whole: int) -> str:
    """Write a share to six decimals, rounded half up; of nothing it is 0."""
    return format_minor((2 * 10**6 * part + whole) // (2 * whole) if whole else 0, 6)


def _positions(answer: Comparison) -> Iterator[list[str]]:
    for one in answer.memberships:
        for standing in one.standings:
            amounts = (standing.payable, standing.receivable, standing.net, *standing.adds)
            figures = (format_minor(amount, answer.debts.decimals) for amount in amounts)
            yield [one.proposal.name, standing.member, *figures]


def _summary(answer: Comparison) -> dict[str, object]:
    """Return the content of summary.json: whole units of the table's last decimal."""
    blocks = {
        one.proposal.name: {
            "members": list(one.proposal.members),
            "gross_minor": one.savings.gross,
            "bilateral_minor": one.savings.bilateral,
            "set_off_minor": one.savings.set_off,
            "ccp_minor": one.savings.ccp,
            "net_minor": one.net,
        }
        for one in answer.memberships
    }
    debts = answer.debts
    return {"period": debts.period, "unit": debts.unit.name, "decimals": debts.decimals, "memberships": blocks}


def _rounded(amount: int, answer: Comparison) -> int:
    """Return an amount in whole units of the table, the nearest, a tie to the even one."""
    return round(Fraction(amount, 10**answer.debts.decimals))


def _lines(answer: Comparison) -> list[tuple[str, ...]]:
    """Return the table for the terminal."""
    unit = answer.debts.unit.name
    gross = f"gross, {unit}" if unit else "gross"
    lines: list[tuple[str, ...]] = [("", "countries", gross, "bilateral", "set-off", "ccp", "deepest debt")]
    for one in answer.memberships:
        savings, first = one.savings, one.standings[0]
        gross = f"{_rounded(savings.gross, answer):,}"
        shares = (f"{float(_share(part, savings.gross)):.1%}" for part in savings[1:])
        debt = f"{first.member} {_rounded(first.net, answer):,}" if first.net < 0 else "none"
        lines.append((one.proposal.name, str(len(one.proposal.members)), gross, *shares, debt))
    return lines
