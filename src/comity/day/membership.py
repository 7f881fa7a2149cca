"""Proposed memberships compared: how much of their mutual trade would need no money.

Within a membership each importer owes each exporter for a period's trade. Three
ways to clear that are compared: netting pair by pair; set-off, the circulation
of largest value; and a central counterparty, where only net positions are paid.
What a member adds is what is saved with all members less what is saved without
it. Net positions say who ends in debt whatever the way: clearing saves money,
but it does not change what anyone owes on balance.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from comity.day.generate.countries import code_of
from comity.day.trade_debts import TradeDebts, read_debts
from comity.errors import Fault, InvalidRequest
from comity.solvers.setoff import SetOff, SetOffProblem, solve

ALL = "all"
"""Stands for every country of the table."""

_TWO = 2
_NAMED_MAX = 6


class Proposal(NamedTuple):
    """Countries that would clear together."""

    name: str
    members: tuple[str, ...]


class Savings(NamedTuple):
    """Values in units of the last decimal: all that is owed, and what of it needs no money."""

    gross: int
    bilateral: int
    """Netting pair by pair."""
    set_off: int
    ccp: int
    """Through a central counterparty: all but the net debit positions."""

    def less(self, other: "Savings") -> "Savings":
        """Return the differences."""
        return Savings(*(one - two for one, two in zip(self, other, strict=True)))


class Standing(NamedTuple):
    """Where one member stands in a membership."""

    member: str
    payable: int
    receivable: int
    adds: Savings
    """What would be missing without it."""

    @property
    def net(self) -> int:
        """What it is owed less what it owes; below 0 it ends in debt."""
        return self.receivable - self.payable


@dataclass(frozen=True, slots=True)
class Membership:
    """What one proposal comes to; standings by net position, the deepest debt first."""

    proposal: Proposal
    savings: Savings
    standings: tuple[Standing, ...]

    @property
    def net(self) -> int:
        """Money that would settle everything."""
        return self.savings.gross - self.savings.ccp


@dataclass(frozen=True, slots=True)
class Comparison:
    """Memberships side by side, on the trade of one period."""

    debts: TradeDebts
    memberships: tuple[Membership, ...]


def parse_proposal(text: str) -> Proposal:
    """Read "BR,RU,IN", "NAME=BR,RU,IN" or "all".

    Countries may be given by alpha-2 or alpha-3 code or by name.

    Raises
    ------
    InvalidRequest
        If there are fewer than two, or one is named twice.
    """
    name, _, listed = text.rpartition("=")
    words = [word.strip() for word in listed.split(",")]
    members = tuple(code_of(word) or word for word in words if word)
    if again := sorted({member for member in members if members.count(member) > 1}):
        raise InvalidRequest([Fault("", 0, "members", "each country once", f"{' and '.join(again)} twice in {text!r}")])
    if members != (ALL,) and len(members) < _TWO:
        raise InvalidRequest([Fault("", 0, "members", "two countries or more, such as CN,RU, or all", repr(text))])
    return Proposal(name.strip() or _name(members), members)


def _name(members: Sequence[str]) -> str:
    if len(members) <= _NAMED_MAX:
        return " ".join(members)
    return f"{' '.join(members[: _NAMED_MAX - 1])} +{len(members) - _NAMED_MAX + 1}"


def compare(
    trade: str | Path | pa.Table,
    proposals: Sequence[str],
    period: str = "",
    progress: Callable[[int, int | None], None] | None = None,
) -> Comparison:
    """Compare proposed memberships.

    Parameters
    ----------
    trade, period
        As for `comity.day.trade_debts.read_debts`.
    proposals
        Each as for `parse_proposal`; names differ.
    progress
        Told after each membership how many are done, of how many.

    Raises
    ------
    InvalidRequest
        With every fault of the table; if a proposal cannot be read or names a country without trade in the period.
    NotFound
        If there is no such file.
    """
    parsed = [parse_proposal(text) for text in proposals]
    debts = read_debts(trade, period)
    _check(parsed, debts)
    found = []
    for number, proposal in enumerate(parsed, 1):
        members = debts.countries if proposal.members == (ALL,) else proposal.members
        found.append(_membership(debts, Proposal(proposal.name, members)))
        if progress is not None:
            progress(number, len(parsed))
    return Comparison(debts, tuple(found))


def _check(proposals: Sequence[Proposal], debts: TradeDebts) -> None:
    """Report countries that the table does not have, and names that stand twice."""
    known = {*debts.countries, ALL}
    faults = [
        Fault(
            "",
            0,
            "members",
            f"countries with trade in the table{f' in {debts.period}' * bool(debts.period)}",
            repr(member),
        )
        for proposal in proposals
        for member in proposal.members
        if member not in known
    ]
    names = [proposal.name for proposal in proposals]
    faults += [
        Fault("", 0, "members", "each membership once", repr(name))
        for place, name in enumerate(names)
        if name in names[:place]
    ]
    if faults:
        raise InvalidRequest(faults)


def _membership(debts: TradeDebts, proposal: Proposal) -> Membership:
    problem = _problem(debts, proposal.members)
    whole = solve(problem)
    savings = _savings(whole)
    count = len(proposal.members)
    payable, receivable = np.zeros(count, np.int64), np.zeros(count, np.int64)
    np.add.at(payable, problem.debtor, problem.amount)
    np.add.at(receivable, problem.creditor, problem.amount)
    standings = [
        Standing(member, int(payable[place]), int(receivable[place]), savings.less(_without(problem, place, whole)))
        for place, member in enumerate(proposal.members)
    ]
    return Membership(proposal, savings, tuple(sorted(standings, key=lambda one: (one.net, one.member))))


def _problem(debts: TradeDebts, members: Sequence[str]) -> SetOffProblem:
    """Return what the members owe one another."""
    place = np.full(len(debts.countries), -1, np.int32)
    index = {country: number for number, country in enumerate(debts.countries)}
    place[[index[member] for member in members]] = np.arange(len(members), dtype=np.int32)
    debtor, creditor = place[debts.debtor], place[debts.creditor]
    within = (debtor >= 0) & (creditor >= 0)
    return SetOffProblem(len(members), debtor[within], creditor[within], debts.amount[within])


def _without(problem: SetOffProblem, place: int, whole: SetOff) -> Savings:
    """Return what the others save; beginning where the whole ended, since only the total is asked for."""
    kept = (problem.debtor != place) & (problem.creditor != place)
    rest = SetOffProblem(problem.participants, problem.debtor[kept], problem.creditor[kept], problem.amount[kept])
    return _savings(solve(rest, whole))


def _savings(answer: SetOff) -> Savings:
    gross = answer.gross_minor
    return Savings(gross, answer.bilateral_minor, answer.total_minor, gross - answer.net_debit_minor)
