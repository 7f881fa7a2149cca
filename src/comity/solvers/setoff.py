"""Set-off: discharge as much as possible with no money and no change of anyone's net position.

Obligations of one currency are arcs from debtor to creditor. What is
discharged is a circulation: each participant is relieved of as much debt as it
gives up in claims. The set-off is the circulation of largest value,

    maximise  sum w f   subject to   in = out for each participant,  0 <= f <= u,

with u the amount and w the weight of an obligation's class, 1 unless given. The
constraints are totally unimodular, so the optimum is in whole minor units.

**Proof.** Whole-numbered potentials come with every answer. For any potentials,
sum u max(0, w - potential of debtor + potential of creditor) bounds the value
of every circulation; the answer's reach it. `certify` checks that in one pass.

**How.** Obligations of one debtor, creditor and class are merged; arcs outside
strongly connected components carry nothing; in each component what stays
undischarged is a flow of least cost from net debtors to net creditors
(`kernels.setoff.network`), found by a primal-dual algorithm: a search for new
potentials (`kernels.setoff.ranks`), then pushes along the arcs that these make
tight (`kernels.setoff.push`), until nothing is left to move. Netting pair by
pair first would lose value and is not done.

**Which optimum.** The answer depends on the merged amounts of a component, in
the order of its participants, and on nothing else: not on the order of the
obligations, nor on other components. An arc's obligations share its flow in
proportion, by largest remainder, then by `order`. See decision 0014.

**Money.** With `room`, each participant may also pay up to its room in money; it
then discharges so much more than it gives up.

Examples
--------
A owes B 300, B owes C 200, C owes A 100: 100 go round.

>>> import numpy as np
>>> ring = SetOffProblem(
...     participants=3, debtor=np.array([0, 1, 2], np.int32),
...     creditor=np.array([1, 2, 0], np.int32), amount=np.array([300, 200, 100]))
>>> answer = solve(ring)
>>> answer.discharged.tolist(), answer.total_minor, answer.bound
([100, 100, 100], 300, 300)
>>> certify(ring, answer.discharged, answer.potential).verdict
<Verdict.HOLDS: 0>

With 150 in money, A discharges another 100 of what it owes B, and B passes it on.

>>> from dataclasses import replace
>>> helped = solve(replace(ring, room=np.array([150, 0, 0])))
>>> helped.discharged.tolist(), helped.money.tolist()
([250, 200, 100], [150, -50, -100])
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from comity.errors import Fault, InvalidRequest, InvariantBroken
from comity.solvers.circulation import Start, circulate
from comity.solvers.kernels.setoff import merge, proof
from comity.solvers.obligations import (
    OBLIGATIONS_MAX,
    PARTICIPANTS_MAX,
    SUM_MAX,
    WEIGHT_MAX,
    Arcs,
    Columns,
    SetOffProblem,
    fixed,
    merged,
    read,
    shared,
    sum_by,
)

__all__ = [
    "OBLIGATIONS_MAX",
    "PARTICIPANTS_MAX",
    "SUM_MAX",
    "WEIGHT_MAX",
    "Arcs",
    "Certificate",
    "SetOff",
    "SetOffProblem",
    "Verdict",
    "certify",
    "solve",
]


@dataclass(frozen=True, slots=True)
class SetOff:
    """The circulation of largest value; amounts in minor units.

    Attributes
    ----------
    discharged
        int64[m]: of each obligation, 0 to its amount.
    arcs
        The same per debtor, creditor and weight.
    potential
        int64[n + 1]: the proof; 0 or more, that of money last.
    total_minor
        Sum of `discharged`.
    value, bound
        Weighted sum of `discharged`, and the bound that `potential` proves: equal.
        Without weights and room both are `total_minor`.
    gross_minor
        Sum of all amounts.
    bilateral_minor
        What netting pair by pair alone would discharge, both sides counted.
    net
        int64[n]: what each is owed less what it owes, over all obligations.
    net_debit_minor
        Sum of the net positions below zero, as a positive number: what a central
        counterparty would have to be paid.
    money
        int64[n]: what each pays in money, below 0 what it gets; all 0 without room.
    rounds
        Searches for potentials in the component that took the most.
    """

    discharged: NDArray[np.int64]
    arcs: Arcs
    potential: NDArray[np.int64]
    total_minor: int
    value: int
    bound: int
    gross_minor: int
    bilateral_minor: int
    net: NDArray[np.int64]
    net_debit_minor: int
    money: NDArray[np.int64]
    rounds: int

    @property
    def remaining_minor(self) -> int:
        """What stays undischarged."""
        return self.gross_minor - self.total_minor


class Verdict(IntEnum):
    """What `certify` finds, first failure first."""

    HOLDS = proof.HOLDS
    OUT_OF_RANGE = proof.OUT_OF_RANGE
    """A discharge below 0 or above its amount, or a potential below 0 or above 2^60."""
    NOT_BALANCED = proof.NOT_BALANCED
    """Somebody's net position would change by more than its room."""
    NOT_PROVED = proof.NOT_PROVED
    """The potentials do not show that nothing discharges more."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What one pass over the obligations found; the sums are meant if `verdict` is HOLDS."""

    verdict: Verdict
    total_minor: int
    value: int
    bound: int
    money: NDArray[np.int64]


def solve(problem: SetOffProblem, start: SetOff | None = None) -> SetOff:
    """Discharge as much as possible.

    The same problem gives the same answer on every machine. Nothing is changed.

    Parameters
    ----------
    problem
        Obligations of one currency.
    start
        An answer to a similar problem with the same participants. It saves time
        and gives an optimum with its proof, but where there are several not
        always the one that is found without it.

    Raises
    ------
    InvalidRequest
        With every fault of the problem, up to `FAULTS_MAX`.
    InvariantBroken
        If the answer does not prove itself: a defect of the solver.
    """
    columns = read(problem)
    if start is not None and len(start.net) != problem.participants:
        raise InvalidRequest([Fault("", 0, "start", f"{problem.participants} participants", str(len(start.net)))])
    given = None if start is None else Start(start.arcs, start.potential, start.money)
    arcs, arc = merged(columns, problem.participants)
    flow, potential, rounds = circulate(arcs, columns.room, problem.participants, given)
    arcs = arcs._replace(flow=flow)
    discharged = shared(columns.amount, problem.order, arc, arcs)
    certificate = _certify(columns, problem.participants, discharged, potential)
    if certificate.verdict != Verdict.HOLDS:
        raise InvariantBroken(f"set-off: {certificate.verdict.name.lower()}")
    owes, owed = (sum_by(side, arcs.amount, problem.participants) for side in (arcs.debtor, arcs.creditor))
    net = owed - owes
    first = np.searchsorted(arcs.debtor, np.arange(problem.participants + 1))
    return SetOff(
        discharged=discharged,
        arcs=arcs,
        potential=potential,
        total_minor=certificate.total_minor,
        value=certificate.value,
        bound=certificate.bound,
        gross_minor=int(owes.sum()),
        bilateral_minor=int(merge.bilateral(arcs.debtor, arcs.creditor, arcs.amount, first)),
        net=net,
        net_debit_minor=int(-net[net < 0].sum()),
        money=certificate.money,
        rounds=rounds,
    )


def certify(problem: SetOffProblem, discharged: NDArray[np.int64], potential: NDArray[np.int64]) -> Certificate:
    """Check in one pass that `discharged` is a set-off of largest value.

    Nothing is searched and nothing is believed: any answer from anywhere can be
    checked, in whole numbers, in a time proportional to the obligations.

    Parameters
    ----------
    problem
        Obligations of one currency.
    discharged
        int64[m].
    potential
        int64[n + 1], that of money last; any number without room.

    Raises
    ------
    InvalidRequest
        With every fault of the problem and of the lengths of the columns.
    """
    columns = read(problem)
    faults = [
        Fault("", 0, name, f"int64, {length} values", f"{array.dtype}, {array.size} values")
        for name, array, length in (
            ("discharged", discharged, len(columns.amount)),
            ("potential", potential, problem.participants + 1),
        )
        if array.dtype != np.int64 or array.shape != (length,)
    ]
    if faults:
        raise InvalidRequest(faults)
    return _certify(columns, problem.participants, discharged, potential)


def _certify(
    columns: Columns, participants: int, discharged: NDArray[np.int64], potential: NDArray[np.int64]
) -> Certificate:
    money, sums = np.zeros(participants, np.int64), np.zeros(3, np.int64)
    verdict = proof.check(*columns, fixed(discharged, np.int64), fixed(potential, np.int64), money, sums)
    total, value, bound = sums.tolist()
    return Certificate(Verdict(verdict), total, value, bound, money)
