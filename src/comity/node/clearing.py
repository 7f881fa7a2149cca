"""A clearing cycle, from its cut to its end: what is proposed to the engine, and what came of it.

The engine decides; here proposals are searched. A set-off that cannot be found
(the solver fails, or takes longer than it may) is left out: the rest is still
paid, and the cycle ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from comity.engine.clearing import pack_discharge, pack_payment
from comity.engine.columns import RecordKind, pack_arrays
from comity.errors import ComityError
from comity.node.search import within
from comity.solvers import setoff
from comity.solvers.offsetting import solve as solve_offsetting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from comity.engine import Applied, Engine
    from comity.engine.clearing import Cut
    from comity.engine.kernels.state import Int32s, Int64s

ATTEMPTS = 2
"""Set-offs proposed for a currency, and payments of the rest, before the cycle goes on without one."""


class Terms(NamedTuple):
    """How a cycle is run."""

    currencies: Sequence[str]
    mode: str = "existing"
    """One of `comity.engine.clearing.MODES`."""
    carry_max: int = 3
    """Cycles of a day that may leave an obligation over before it waits for the next day."""
    proposer: str = "node"
    deadline_s: float | None = None
    """Longest that a set-off may be searched; None: until it is found."""


@dataclass(slots=True)
class Cleared:
    """What a cycle did in one currency; amounts in minor units."""

    currency: str
    obligations: int = 0
    """In the cut."""
    gross_minor: int = 0
    bilateral_minor: int = 0
    """What netting pair by pair alone would have discharged."""
    discharged_minor: int = 0
    bound_minor: int = -1
    """No set-off is larger; -1: none was found and proved."""
    paid: int = 0
    """Obligations paid, or stepped into by the clearing account."""
    paid_minor: int = 0
    carried_minor: int = 0
    refused: list[str] = field(default_factory=list)
    """Why proposals were refused, or none was made."""
    cut: Cut | None = None
    """What stood in the cut, n obligations."""
    discharges: Int64s = field(default_factory=lambda: np.zeros(0, np.int64))
    """n: set off."""
    pays: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    """n: whether the rest was paid."""

    @property
    def certified(self) -> bool:
        """Whether the set-off is proved to be the largest."""
        return self.bound_minor == self.discharged_minor


@dataclass(frozen=True, slots=True)
class Cycle:
    """What a cycle did."""

    number: int
    mode: str
    currencies: tuple[Cleared, ...]
    refused: str = ""
    """Why the cycle could not begin; empty if it did."""
    instant: int = 0
    """Where it was run by a timetable: when, microseconds since 1970-01-01 UTC."""


def run_cycle(engine: Engine, submit: Callable[[RecordKind, bytes], Applied], terms: Terms) -> Cycle:
    """Cut, set off and pay; a cycle that was under way when the node stopped is taken up instead of begun.

    It is taken up in all its currencies, since a link may tie some that `terms` do not name.

    Parameters
    ----------
    engine
        Read only; `submit` changes it.
    submit
        Appends a record at the cycle's instant and returns what it did, once it is applied.
    """
    under_way = engine.cycles_under_way
    number = max((under_way.get(code, 0) for code in terms.currencies), default=0)
    if not number:
        applied = submit(
            RecordKind.CUT, pack_arrays({"currencies": list(terms.currencies), "carry_max": terms.carry_max})
        )
        number = engine.cycle
        if applied.refused:
            return Cycle(number, terms.mode, (), applied.refused)
    running = [code for code, own in engine.cycles_under_way.items() if own == number]
    cleared = [_set_off(engine, submit, code, terms) for code in running]
    if running:
        _pay(engine, submit, cleared, terms, number)
    return Cycle(number, terms.mode, tuple(cleared))


def _set_off(engine: Engine, submit: Callable[[RecordKind, bytes], Applied], code: str, terms: Terms) -> Cleared:
    """Propose the largest set-off of a currency's cut."""
    cut = engine.cut(code)
    cleared = Cleared(
        code, len(cut.amount), sum(cut.amount.tolist()), bound_minor=-1 if len(cut.amount) else 0, cut=cut
    )
    cleared.discharges, cleared.pays = np.zeros(len(cut.amount), np.int64), np.zeros(len(cut.amount), np.bool_)
    for _ in range(ATTEMPTS if len(cut.amount) else 0):
        try:
            accounts, answer = within(terms.deadline_s, lambda: set_off(cut), "set-off")
        except (ComityError, TimeoutError) as error:
            cleared.refused.append(str(error))
            break
        cleared.bilateral_minor = int(answer.bilateral_minor)
        proof = (accounts, answer.potential[:-1])
        body = pack_discharge(cut, code, answer.discharged, proof, terms.proposer)
        applied = submit(RecordKind.DISCHARGE, body)
        if not applied.refused:
            cleared.discharged_minor, cleared.bound_minor = applied.value, applied.bound
            cleared.discharges = answer.discharged
            break
        cleared.refused.append(applied.refused)
    return cleared


def set_off(cut: Cut) -> tuple[Int32s, setoff.SetOff]:
    """Return the accounts in a cut, and its largest set-off with potentials for these accounts, then for money."""
    accounts, inverse = np.unique(np.concatenate([cut.debtor, cut.creditor]), return_inverse=True)
    sides = inverse.reshape(2, -1).astype(np.int32)
    order: Int64s = np.empty(len(cut.amount), np.int64)
    order[np.argsort(cut.due, kind="stable")] = np.arange(len(order))
    problem = setoff.SetOffProblem(len(accounts), sides[0], sides[1], cut.amount, order=order)
    return accounts.astype(np.int32), setoff.solve(problem)


def _pay(
    engine: Engine, submit: Callable[[RecordKind, bytes], Applied], cleared: list[Cleared], terms: Terms, number: int
) -> None:
    """Propose what of the rest is paid; whatever becomes of it, the cycle ends.

    Payments go on between the records of a cycle, so money may be gone by then: what is
    proposed again is searched anew.
    """
    codes = [each.currency for each in cleared]
    about: dict[str, object] = {
        "cycle": number,
        "currencies": codes,
        "mode": terms.mode,
        "proposer": terms.proposer,
    }
    for _ in range(ATTEMPTS):
        problem = engine.residual(codes, terms.mode)
        try:
            keep = solve_offsetting(problem).keep
        except ComityError as error:
            keep = np.zeros(len(problem.slot), np.bool_)
            cleared[0].refused.append(str(error))
        applied = submit(RecordKind.PAY_OBLIGATIONS, pack_payment(problem, keep, about))
        if not applied.refused:
            break
        cleared[0].refused.append(applied.refused)
    else:
        keep = np.zeros(len(problem.slot), np.bool_)
        submit(RecordKind.PAY_OBLIGATIONS, pack_payment(problem, keep, about))
    currency = problem.currency[problem.account]
    for each in cleared:
        mine = currency == engine.accounts.currency_index(each.currency)
        each.paid = int(np.count_nonzero(mine & keep))
        each.paid_minor = sum(problem.amount[mine & keep].tolist())
        each.carried_minor = sum(problem.amount[mine & ~keep].tolist())
        if each.cut is not None:
            each.pays = np.isin(each.cut.obligation, problem.slot[keep & mine])
