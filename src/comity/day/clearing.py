"""Clearing of obligations in a table: what they discharge of one another, without a day and without money.

Each currency is cleared alone. Mode `existing` stops after the set-off: the
circulation of largest value, which changes nobody's net position. Mode `ccp`
also novates what remains to a central counterparty: every obligation ends, and
each participant has one net position to pay or to get.

Every answer comes with potentials, by which anyone can check in one pass that
no other would discharge more: see `comity.solvers.setoff`. In mode `ccp` all are
0 and prove what is plain, that nothing discharges more than everything.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pyarrow as pa

from comity.day.obligations import Obligations, read_obligations
from comity.day.sources import Source
from comity.day.text import Ints
from comity.errors import Fault, InvalidRequest
from comity.model.currency import CURRENCIES
from comity.solvers.setoff import SetOffProblem, solve

Mode = Literal["existing", "ccp"]
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True, slots=True)
class CurrencyClearing:
    """What is cleared of one currency; amounts in minor units.

    Attributes
    ----------
    currency
        ISO 4217 code.
    participants
        Those who owe or are owed, n of them, by code.
    rows
        int64[m]: its obligations, as places in the table.
    discharged
        int64[m]: what is discharged of each.
    payable, receivable
        int64[n]: what each owes and is owed before.
    payable_discharged, receivable_discharged
        int64[n]: how much of that is discharged; equal in mode `existing`.
    potential
        int64[n]: the proof.
    gross_minor, discharged_minor, remaining_minor
        Of all obligations.
    bilateral_minor
        What netting pair by pair alone would discharge, both sides counted.
    net_minor
        Sum of the net debit positions: the money that settles everything.
    dual_bound_minor
        What the potentials prove that nothing exceeds.
    """

    currency: str
    participants: tuple[str, ...]
    rows: Ints
    discharged: Ints
    payable: Ints
    receivable: Ints
    payable_discharged: Ints
    receivable_discharged: Ints
    potential: Ints
    gross_minor: int
    discharged_minor: int
    bilateral_minor: int
    net_minor: int
    dual_bound_minor: int

    @property
    def exponent(self) -> int:
        """Decimals of the currency."""
        return CURRENCIES[self.currency].exponent

    @property
    def net(self) -> Ints:
        """int64[n]: what each is owed less what it owes; the same after a set-off."""
        net: Ints = self.receivable - self.payable
        return net

    @property
    def remaining_minor(self) -> int:
        """What stays."""
        return self.gross_minor - self.discharged_minor

    @property
    def optimal(self) -> bool:
        """Whether the potentials prove that nothing discharges more."""
        return self.discharged_minor == self.dual_bound_minor

    def summary(self) -> dict[str, object]:
        """Return its block of summary.json."""
        return {
            "participants": len(self.participants),
            "obligations": len(self.rows),
            "gross_minor": self.gross_minor,
            "discharged_minor": self.discharged_minor,
            "remaining_minor": self.remaining_minor,
            "bilateral_minor": self.bilateral_minor,
            "net_minor": self.net_minor,
            "dual_bound_minor": self.dual_bound_minor,
            "optimal": self.optimal,
        }


@dataclass(frozen=True, slots=True)
class Clearing:
    """What is cleared of a table of obligations.

    Attributes
    ----------
    mode
        `existing` or `ccp`.
    obligations
        As they were read.
    currencies
        By code, in the order of codes.
    """

    mode: Mode
    obligations: Obligations
    currencies: dict[str, CurrencyClearing]

    @property
    def discharged(self) -> Ints:
        """int64[n]: what is discharged of each obligation, in the order of the table; minor units."""
        discharged = np.zeros(len(self.obligations), np.int64)
        for one in self.currencies.values():
            discharged[one.rows] = one.discharged
        return discharged

    def to_arrow(self) -> pa.Table:
        """Return id, currency, amount, discharged, remaining per obligation; minor units, order of the table."""
        given, discharged = self.obligations, self.discharged
        codes = pa.array(given.currencies, pa.string()).take(pa.array(given.currency))
        amounts = {"amount": given.amount, "discharged": discharged, "remaining": given.amount - discharged}
        return pa.table({"id": given.ids, "currency": codes, **amounts})

    def positions(self) -> pa.Table:
        """Return payable, receivable, net and what is discharged per participant and currency; minor units."""
        names = ("payable", "receivable", "net", "payable_discharged", "receivable_discharged")
        return self._per_participant(names)

    def potentials(self) -> pa.Table:
        """Return the proof: a potential per participant and currency."""
        return self._per_participant(("potential",))

    def summary(self) -> dict[str, object]:
        """Return the content of summary.json."""
        return {"currencies": {code: one.summary() for code, one in self.currencies.items()}}

    def _per_participant(self, names: tuple[str, ...]) -> pa.Table:
        blocks = list(self.currencies.values())
        columns = {
            "participant": pa.array([name for one in blocks for name in one.participants], pa.string()),
            "currency": pa.array([one.currency for one in blocks for _ in one.participants], pa.string()),
        }
        empty = np.zeros(0, np.int64)
        figures = {name: np.concatenate([empty, *(getattr(one, name) for one in blocks)]) for name in names}
        return pa.table({**columns, **figures})


def clear(
    obligations: Source | Obligations, mode: str = "existing", progress: Callable[[int, int | None], None] | None = None
) -> Clearing:
    """Discharge as much as possible of a table of obligations.

    Parameters
    ----------
    obligations
        id, debtor, creditor, currency, amount, due, reference?, link?: a CSV or
        Parquet file, an Arrow table, a structured array or rows.
    mode
        `existing`: set off, nothing is paid. `ccp`: novate the rest to nets.
    progress
        Told after each currency how many are done, of how many.

    Raises
    ------
    InvalidRequest
        With every fault of the table, or if there is no such mode.
    NotFound
        If there is no such file.
    """
    chosen = next((each for each in MODES if each == mode), None)
    if chosen is None:
        raise InvalidRequest([Fault("", 0, "mode", "existing or ccp", repr(mode))])
    given = obligations if isinstance(obligations, Obligations) else read_obligations(obligations)
    blocks = {}
    for place, code in enumerate(given.currencies):
        blocks[code] = _clear(given, place, chosen)
        if progress is not None:
            progress(place + 1, len(given.currencies))
    return Clearing(chosen, given, blocks)


def _clear(given: Obligations, place: int, mode: Mode) -> CurrencyClearing:
    rows = np.flatnonzero(given.currency == place)
    participants, problem = _problem(given, rows)
    answer = solve(problem)
    novated = mode == "ccp"
    discharged = problem.amount if novated else answer.discharged
    count = len(participants)
    payable, receivable, paid, got = (
        _sum_by(side, amount, count)
        for amount in (problem.amount, discharged)
        for side in (problem.debtor, problem.creditor)
    )
    return CurrencyClearing(
        currency=given.currencies[place],
        participants=participants,
        rows=rows,
        discharged=discharged,
        payable=payable,
        receivable=receivable,
        payable_discharged=paid,
        receivable_discharged=got,
        potential=np.zeros(count, np.int64) if novated else answer.potential[:count],
        gross_minor=answer.gross_minor,
        discharged_minor=answer.gross_minor if novated else answer.total_minor,
        bilateral_minor=answer.bilateral_minor,
        net_minor=answer.net_debit_minor,
        dual_bound_minor=answer.gross_minor if novated else answer.bound,
    )


def _problem(given: Obligations, rows: Ints) -> tuple[tuple[str, ...], SetOffProblem]:
    """Return the participants of some obligations of one currency, and their problem."""
    debtor, creditor = given.debtor[rows], given.creditor[rows]
    present = np.zeros(len(given.participants), np.bool_)
    present[debtor] = present[creditor] = True
    local = np.cumsum(present, dtype=np.int32) - 1
    participants = tuple(given.participants[place] for place in np.flatnonzero(present).tolist())
    problem = SetOffProblem(
        participants=len(participants),
        debtor=local[debtor].astype(np.int32),
        creditor=local[creditor].astype(np.int32),
        amount=given.amount[rows],
        order=given.order[rows],
    )
    return participants, problem


def _sum_by(key: np.ndarray, amount: Ints, size: int) -> Ints:
    """Sum amounts by key, exactly: all of them together are below 2^62."""
    sums = np.zeros(size, np.int64)
    np.add.at(sums, key, amount)
    return sums
