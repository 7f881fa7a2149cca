"""Obligations of one currency: read, refused with everything that is wrong, and merged into arcs."""

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from comity.errors import FAULTS_MAX, Fault, InvalidRequest
from comity.solvers.kernels.setoff import merge, network, proof, shares

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


class Columns(NamedTuple):
    """A problem with every column there, contiguous and read-only."""

    debtor: NDArray[np.int32]
    creditor: NDArray[np.int32]
    amount: NDArray[np.int64]
    weight: NDArray[np.int32]
    room: NDArray[np.int64]
    """What can be used: at most what the participant owes; empty without room."""


def fixed(array: NDArray[Any], dtype: type[_Number]) -> NDArray[_Number]:
    """View an array as contiguous and read-only, so that kernels are compiled for one signature."""
    view = np.ascontiguousarray(array, dtype).view()
    view.flags.writeable = False
    return view


def read(problem: SetOffProblem) -> Columns:
    """Return the columns of a problem that is one, or refuse it with everything that is wrong."""
    faults = _shape_faults(problem)
    if faults:
        raise InvalidRequest(faults)
    count = len(problem.amount)
    weight = np.ones(count, np.int32) if problem.weight is None else problem.weight
    columns = Columns(
        fixed(problem.debtor, np.int32),
        fixed(problem.creditor, np.int32),
        fixed(problem.amount, np.int64),
        fixed(weight, np.int32),
        np.zeros(0, np.int64),
    )
    rooms_are_fine = problem.room is None or bool(((problem.room >= 0) & (problem.room <= SUM_MAX)).all())
    if not (rooms_are_fine and proof.examine(*columns[:4], problem.participants, WEIGHT_MAX)):
        raise InvalidRequest(_value_faults(problem, columns))
    if problem.room is None:
        return columns._replace(room=fixed(columns.room, np.int64))
    owes = sum_by(columns.debtor, columns.amount, problem.participants)
    return columns._replace(room=fixed(np.minimum(problem.room, owes), np.int64))


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


def _value_faults(problem: SetOffProblem, columns: Columns) -> list[Fault]:
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


def _exact_sum(columns: Columns) -> int:
    """Sum the positive amounts, each times its weight, without wrapping: in halves, as whole numbers of any size."""
    total = 0
    for weight in np.unique(columns.weight).tolist():
        amounts = columns.amount[(columns.weight == weight) & (columns.amount > 0)]
        total += max(weight, 1) * ((int((amounts >> 32).sum()) << 32) + int((amounts & 0xFFFFFFFF).sum()))
    return total


def sum_by(key: NDArray[np.int32], amount: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Sum amounts by key; all of them together are below 2^62."""
    sums = np.zeros(size, np.int64)
    merge.total(amount, key, sums)
    return sums


def merged(columns: Columns, participants: int) -> tuple[Arcs, NDArray[np.int32]]:
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
        fixed(columns.debtor[first], np.int32),
        fixed(columns.creditor[first], np.int32),
        fixed(columns.weight[first], np.int32),
        fixed(sum_by(fixed(arc, np.int32), columns.amount, len(first)), np.int64),
        np.zeros(len(first), np.int64),
    )
    return arcs, fixed(arc, np.int32)


def shared(
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
