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
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from comity.errors import FAULTS_MAX, Fault, InvalidRequest, InvariantBroken
from comity.solvers.kernels.setoff import components, merge, network, proof, push, ranks, shares

_Number = TypeVar("_Number", bound=np.generic)

SUM_MAX = (1 << 62) - 1
"""The amounts of a problem, each times its weight, sum to at most this."""
OBLIGATIONS_MAX = 1 << 29
PARTICIPANTS_MAX = network.NODES_MAX - 1
WEIGHT_MAX = network.WEIGHT_MAX


@dataclass(frozen=True, slots=True)
class SetOffProblem:
    """Obligations of one currency between participants 0 to `participants` - 1.

    Attributes
    ----------
    participants
        How many there are, at most `PARTICIPANTS_MAX`.
    debtor, creditor
        int32[m]: who owes whom; never the same.
    amount
        int64[m]: minor units, 1 or more.
    weight
        int8[m]: 1 to `WEIGHT_MAX`; what discharging one minor unit is worth. None:
        1 each, the largest total. Weights are summed, not ranked: one unit of
        weight 3 yields to two units of weight 2.
    order
        int64[m]: decides between equal remainders, lowest first, then the row.
        Give the rank by due date and id. None: the row.
    room
        int64[n]: minor units that a participant may pay in money, 0 or more. None:
        nobody pays or gets any.
    """

    participants: int
    debtor: NDArray[np.int32]
    creditor: NDArray[np.int32]
    amount: NDArray[np.int64]
    weight: NDArray[np.int8] | None = None
    order: NDArray[np.int64] | None = None
    room: NDArray[np.int64] | None = None


class Arcs(NamedTuple):
    """Obligations of one debtor, creditor and weight together; sorted by these."""

    debtor: NDArray[np.int32]
    creditor: NDArray[np.int32]
    weight: NDArray[np.int32]
    amount: NDArray[np.int64]
    flow: NDArray[np.int64]
    """What is discharged of it."""


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


class _Columns(NamedTuple):
    """A problem with every column there, contiguous and read-only."""

    debtor: NDArray[np.int32]
    creditor: NDArray[np.int32]
    amount: NDArray[np.int64]
    weight: NDArray[np.int32]
    room: NDArray[np.int64]
    """What can be used: at most what the participant owes; empty without room."""


class _Graph(NamedTuple):
    """Arcs as the solver sees them: those of obligations, then one per participant to money."""

    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    weight: NDArray[np.int32]
    left: NDArray[np.int64]
    back: NDArray[np.int64]


class _Pieces(NamedTuple):
    """Strongly connected components; those of two or more participants are the network's nodes."""

    start: NDArray[np.int64]
    head: NDArray[np.int32]
    weight: NDArray[np.int32]
    component: NDArray[np.int32]
    members: NDArray[np.int32]
    nodes: NDArray[np.int32]
    """Participants of the network, by component, those with the most arcs first, then by number."""
    bounds: NDArray[np.int64]
    """First node of each component, then the number of nodes."""


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
    columns = _columns(problem)
    if start is not None and len(start.net) != problem.participants:
        raise InvalidRequest([Fault("", 0, "start", f"{problem.participants} participants", str(len(start.net)))])
    arcs, arc = _merge(columns, problem.participants)
    flow, potential, rounds = _circulate(arcs, columns.room, problem.participants, start)
    arcs = arcs._replace(flow=flow)
    discharged = _share(columns.amount, problem.order, arc, arcs)
    certificate = _certify(columns, problem.participants, discharged, potential)
    if certificate.verdict != Verdict.HOLDS:
        raise InvariantBroken(f"set-off: {certificate.verdict.name.lower()}")
    owes, owed = (_sum_by(side, arcs.amount, problem.participants) for side in (arcs.debtor, arcs.creditor))
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
        bilateral_minor=merge.bilateral(arcs.debtor, arcs.creditor, arcs.amount, first),
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
    columns = _columns(problem)
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
    columns: _Columns, participants: int, discharged: NDArray[np.int64], potential: NDArray[np.int64]
) -> Certificate:
    money, sums = np.zeros(participants, np.int64), np.zeros(3, np.int64)
    verdict = proof.check(*columns, _fixed(discharged, np.int64), _fixed(potential, np.int64), money, sums)
    total, value, bound = sums.tolist()
    return Certificate(Verdict(verdict), total, value, bound, money)


# Reading the problem


def _fixed(array: NDArray[Any], dtype: type[_Number]) -> NDArray[_Number]:
    """View an array as contiguous and read-only, so that kernels are compiled for one signature."""
    view = np.ascontiguousarray(array, dtype).view()
    view.flags.writeable = False
    return view


def _columns(problem: SetOffProblem) -> _Columns:
    """Return the columns of a problem that is one, or refuse it with everything that is wrong."""
    faults = _shape_faults(problem)
    if faults:
        raise InvalidRequest(faults)
    count = len(problem.amount)
    weight = np.ones(count, np.int32) if problem.weight is None else problem.weight
    columns = _Columns(
        _fixed(problem.debtor, np.int32),
        _fixed(problem.creditor, np.int32),
        _fixed(problem.amount, np.int64),
        _fixed(weight, np.int32),
        np.zeros(0, np.int64),
    )
    rooms_are_fine = problem.room is None or bool(((problem.room >= 0) & (problem.room <= SUM_MAX)).all())
    if not (rooms_are_fine and proof.examine(*columns[:4], problem.participants, WEIGHT_MAX)):
        raise InvalidRequest(_value_faults(problem, columns))
    if problem.room is None:
        return columns._replace(room=_fixed(columns.room, np.int64))
    owes = _sum_by(columns.debtor, columns.amount, problem.participants)
    return columns._replace(room=_fixed(np.minimum(problem.room, owes), np.int64))


def _shape_faults(problem: SetOffProblem) -> list[Fault]:
    """Return what is wrong with numbers of rows and types."""
    count, n = len(problem.amount), problem.participants
    expected: list[tuple[str, NDArray[Any] | None, type[np.generic], int]] = [
        ("debtor", problem.debtor, np.int32, count),
        ("creditor", problem.creditor, np.int32, count),
        ("amount", problem.amount, np.int64, count),
        ("weight", problem.weight, np.int8, count),
        ("order", problem.order, np.int64, count),
        ("room", problem.room, np.int64, n),
    ]
    faults = [
        Fault("", 0, name, f"{np.dtype(dtype)}, {length} values", f"{array.dtype}, {array.size} values")
        for name, array, dtype, length in expected
        if array is not None and (array.dtype != dtype or array.shape != (length,))
    ]
    if not 0 <= n <= PARTICIPANTS_MAX:
        faults.append(Fault("", 0, "participants", f"0 to {PARTICIPANTS_MAX}", str(n)))
    if count > OBLIGATIONS_MAX:
        faults.append(Fault("", 0, "amount", f"at most {OBLIGATIONS_MAX} obligations", str(count)))
    return faults


def _value_faults(problem: SetOffProblem, columns: _Columns) -> list[Fault]:
    """Return what is wrong with values: by column, then by row; last the sum, which is computed exactly."""
    n = problem.participants
    places = f"a participant, 0 to {n - 1}"
    checks: list[tuple[str, NDArray[Any], NDArray[np.bool_], str]] = [
        ("debtor", columns.debtor, (columns.debtor < 0) | (columns.debtor >= n), places),
        ("creditor", columns.creditor, (columns.creditor < 0) | (columns.creditor >= n), places),
        ("creditor", columns.creditor, columns.creditor == columns.debtor, "another participant than the debtor"),
        ("amount", columns.amount, columns.amount <= 0, "1 minor unit or more"),
        ("weight", columns.weight, (columns.weight < 1) | (columns.weight > WEIGHT_MAX), f"1 to {WEIGHT_MAX}"),
    ]
    if problem.room is not None:
        checks.append(("room", problem.room, (problem.room < 0) | (problem.room > SUM_MAX), f"0 to {SUM_MAX}"))
    faults = [
        Fault("", int(row) + 1, name, expected, repr(str(values[row])))
        for name, values, wrong, expected in checks
        for row in np.flatnonzero(wrong)[: FAULTS_MAX + 1]
    ]
    total = _exact_sum(columns)
    if total > SUM_MAX:
        faults.append(Fault("", 0, "amount", f"weighted amounts that sum to at most {SUM_MAX}", repr(str(total))))
    return faults


def _exact_sum(columns: _Columns) -> int:
    """Sum the positive amounts, each times its weight, without wrapping: in halves, as whole numbers of any size."""
    total = 0
    for weight in np.unique(columns.weight).tolist():
        amounts = columns.amount[(columns.weight == weight) & (columns.amount > 0)]
        total += max(weight, 1) * ((int((amounts >> 32).sum()) << 32) + int((amounts & 0xFFFFFFFF).sum()))
    return total


# From obligations to arcs and back


def _sum_by(key: NDArray[np.int32], amount: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Sum amounts by key; all of them together are below 2^62."""
    sums = np.zeros(size, np.int64)
    merge.total(amount, key, sums)
    return sums


def _merge(columns: _Columns, participants: int) -> tuple[Arcs, NDArray[np.int32]]:
    """Return the arcs, without flow, and the arc of every obligation."""
    count = len(columns.amount)
    rows, spare = np.arange(count, dtype=np.int32), np.empty(count, np.int32)
    keys = [(columns.creditor, participants), (columns.debtor, participants)]
    if count and int(columns.weight.min()) != int(columns.weight.max()):
        keys.insert(0, (columns.weight, WEIGHT_MAX + 1))
    for key, size in keys:
        merge.reorder(key, rows, np.zeros(size, np.int64), spare)
        rows, spare = spare, rows
    arc = np.empty(count, np.int32)
    first = spare[: merge.group(columns.debtor, columns.creditor, columns.weight, rows, arc, spare)]
    arcs = Arcs(
        _fixed(columns.debtor[first], np.int32),
        _fixed(columns.creditor[first], np.int32),
        _fixed(columns.weight[first], np.int32),
        _fixed(_sum_by(_fixed(arc, np.int32), columns.amount, len(first)), np.int64),
        np.zeros(len(first), np.int64),
    )
    return arcs, _fixed(arc, np.int32)


def _share(
    amount: NDArray[np.int64], order: NDArray[np.int64] | None, arc: NDArray[np.int32], arcs: Arcs
) -> NDArray[np.int64]:
    """Return what falls to each obligation."""
    discharged, rest = np.empty(len(amount), np.int64), np.empty(len(amount), np.int64)
    missing = arcs.flow.copy()
    if shares.share(amount, arc, arcs.amount, arcs.flow, discharged, rest, missing):
        rows = np.flatnonzero(rest)
        later = rows if order is None else order[rows]
        shares.complete(rows[np.lexsort((rows, later, -rest[rows]))], arc, missing, discharged)
    return discharged


# The circulation


def _circulate(
    arcs: Arcs, room: NDArray[np.int64], participants: int, start: SetOff | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Return the flow of every arc, the potential of every participant and of money, and the rounds."""
    graph = _graph(arcs, room, participants)
    pieces = _pieces(graph, room, participants)
    node = np.full(participants + 1, -1, np.int32)
    node[pieces.nodes] = np.arange(len(pieces.nodes), dtype=np.int32)
    kept = pieces.component[graph.tail] == pieces.component[graph.head]
    potential = np.zeros(participants + 1, np.int64)
    net = _network(len(pieces.nodes), 2 * int(kept.sum()))
    if start is not None:
        potential = _start_potential(pieces, start)
        carry = _start_carry(arcs, start, len(graph.tail))
        network.take_start(
            node, graph.tail, graph.head, kept, graph.weight, potential, carry, graph.left, graph.back, net.excess
        )
        net.rank[:] = potential[pieces.nodes] << network.HOPS
    slot = np.zeros(len(graph.tail), np.int32)
    network.lay_out(
        net, np.empty(len(pieces.nodes), np.int64), node, *graph[:2], kept, graph.weight, graph.left, graph.back, slot
    )
    rounds = _solve(net, pieces.bounds, int(graph.weight.max(initial=1)), int(potential.max()))
    potential[:] = 0
    potential[pieces.nodes] = net.rank >> network.HOPS
    components.spread(pieces.start, pieces.head, pieces.weight, pieces.component, pieces.members, potential)
    flow = np.zeros(len(arcs.amount), np.int64)
    network.discharge(net, kept, slot, flow)
    return flow, potential, rounds


def _graph(arcs: Arcs, room: NDArray[np.int64], participants: int) -> _Graph:
    """Return the arcs, nothing left undischarged; with room also those to money, the last node.

    Left undischarged, an obligation costs its weight. Paying in money costs
    nothing, and the way back is wider than everything that can come: never full.
    """
    amounts, nothing = arcs.amount.copy(), np.zeros(len(arcs.amount), np.int64)
    if not len(room):
        return _Graph(arcs.debtor, arcs.creditor, arcs.weight, amounts, nothing)
    wide = np.full(participants, int(arcs.amount.sum()) + 1, np.int64)
    return _Graph(
        _fixed(np.concatenate([arcs.debtor, np.arange(participants)]), np.int32),
        _fixed(np.concatenate([arcs.creditor, np.full(participants, participants)]), np.int32),
        _fixed(np.concatenate([arcs.weight, np.zeros(participants, np.int32)]), np.int32),
        np.concatenate([amounts, room]),
        np.concatenate([nothing, wide]),
    )


def _pieces(graph: _Graph, room: NDArray[np.int64], participants: int) -> _Pieces:
    """Find the components of what can circulate: whoever has room gets money, and everyone can give it back."""
    payers = np.flatnonzero(room)
    tail = np.concatenate([graph.tail, np.full(len(payers), participants, np.int32)])
    head = np.concatenate([graph.head, payers.astype(np.int32)])
    weight = np.concatenate([graph.weight, np.zeros(len(payers), np.int32)])
    if len(room):
        by_tail = np.argsort(tail, kind="stable")
        tail, head, weight = tail[by_tail], head[by_tail], weight[by_tail]
    count = participants + 1
    first = np.searchsorted(tail, np.arange(count + 1))
    component = np.full(count, -1, np.int32)
    entered, low, path, pending = (np.zeros(count, np.int32) for _ in range(4))
    found = components.find(first, head, component, entered, low, first[:-1].copy(), path, pending)
    sizes = np.bincount(component, minlength=found)
    members, by_arcs = np.empty(count, np.int32), np.empty(count, np.int32)
    inside = component[tail] == component[head]
    arcs = np.bincount(tail[inside], minlength=count) + np.bincount(head[inside], minlength=count)
    fewer = _fixed(arcs.max() - arcs, np.int32)
    merge.reorder(fewer, np.arange(count, dtype=np.int32), np.zeros(int(fewer.max()) + 1, np.int64), by_arcs)
    merge.reorder(_fixed(component, np.int32), by_arcs, np.zeros(found, np.int64), members)
    bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes[sizes > 1])])
    return _Pieces(first, head, weight, component, members, members[sizes[component[members]] > 1], bounds)


def _network(nodes: int, slots: int) -> network.Network:
    return network.Network(
        start=np.zeros(nodes + 1, np.int64),
        head=np.empty(slots, np.int32),
        twin=np.empty(slots, np.int32),
        code=np.empty(slots, np.int8),
        left=np.empty(slots, np.int64),
        excess=np.zeros(nodes, np.int64),
        rank=np.zeros(nodes, np.int64),
    )


def _solve(net: network.Network, bounds: NDArray[np.int64], weight: int, span: int) -> int:
    """Solve every component; return the most rounds that one took."""
    nodes, largest = len(net.rank), int(np.diff(bounds).max(initial=0))
    search = ranks.Search(
        trial=np.empty(nodes, np.int64),
        queue=np.empty(largest, np.int32),
        distant=np.full(largest * weight + span + 2, -1, np.int32),
        before=np.empty(len(net.head), np.int32),
        seed=np.full(largest + 1, -1, np.int32),
        fellow=np.empty(nodes, np.int32),
    )
    ring = push.Ring(np.empty(largest, np.int32), np.empty(nodes, np.int64), np.empty(largest + 1, np.int32))
    rounds = np.zeros(len(bounds) - 1, np.int32)
    push.solve(net, search, ring, bounds, rounds)
    return int(rounds.max(initial=0))


# A start


def _start_potential(pieces: _Pieces, start: SetOff) -> NDArray[np.int64]:
    """Return the start's potentials, lowest 0 in every component; 0 where they span more than paths can cost."""
    potential = np.zeros(len(pieces.component), np.int64)
    if len(pieces.bounds) > 1:
        given = start.potential[pieces.nodes]
        sizes = np.diff(pieces.bounds)
        low = np.minimum.reduceat(given, pieces.bounds[:-1])
        span = np.maximum.reduceat(given, pieces.bounds[:-1]) - low
        usable = np.repeat(span <= sizes * WEIGHT_MAX, sizes)
        potential[pieces.nodes] = np.where(usable, given - np.repeat(low, sizes), 0)
    return potential


def _start_carry(arcs: Arcs, start: SetOff, count: int) -> NDArray[np.int64]:
    """Return what the start leaves undischarged of every arc, and what it has everyone pay in money."""
    flow = np.zeros(len(arcs.amount), np.int64)
    merge.carry_over(*arcs[:3], *start.arcs[:3], start.arcs.flow, flow)
    left = arcs.amount - np.minimum(flow, arcs.amount)
    return np.concatenate([left, start.money])[:count]
