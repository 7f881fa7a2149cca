"""The report of a day's clearing: what each cycle did, per currency, participant and corridor.

clearing.csv has a line per cycle and currency, clearing_participants.csv per
participant too, clearing_corridors.csv per pair of home members. Amounts are in
major units. gross = discharged + settled + carried; `bilateral` is what netting
pair by pair alone would have discharged; `net` what is owed to a participant
less what it owes, over the whole cut, and per currency the sum of the nets below zero.

`discharged` is the set-off alone, in both modes. In mode `ccp` `settled`, `paid` and
`received` are what the clearing account stepped into, gross; the `money` columns
are what moved for it: one net per participant. In mode `existing` they are the same.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from comity.model.amount import format_minor
from comity.model.instant import format_instant
from comity.node.clearing import Cleared, Cycle

if TYPE_CHECKING:
    from comity.day.result import DayResult

Row = tuple[object, ...]
_FIGURES = ("gross", "discharged", "settled", "carried")


def write_clearing(result: "DayResult", folder: Path) -> None:
    """Write the three tables into a folder; nothing if no cycle ran."""
    from comity.day.write import write_csv  # noqa: PLC0415 - the writer of a day calls this

    if not result.cleared:
        return
    about = ("cycle", "at", "currency")
    outcome = ("bilateral", "net", "obligations", "certified", "refused", "money")
    write_csv(folder / "clearing.csv", (*about, "mode", *_FIGURES, *outcome), _by_currency(result))
    sides = ("payable", "receivable", "net", "discharged", "paid", "received", "carried", "share_discharged")
    moved = ("money_paid", "money_received")
    people = _by_participant(result)
    write_csv(folder / "clearing_participants.csv", (*about, "participant", *sides, *moved), people)
    corridors = _by_corridor(result)
    write_csv(folder / "clearing_corridors.csv", (*about, "member_a", "member_b", *_FIGURES), corridors)


def _each(result: "DayResult") -> Iterator[tuple[Cycle, Cleared, int]]:
    """Yield what was done per cycle and currency, with the currency's exponent."""
    exponents = dict(result.day.genesis.currencies)
    for cycle in result.cleared:
        for cleared in cycle.currencies:
            yield cycle, cleared, exponents[cleared.currency]


def _by_currency(result: "DayResult") -> Iterator[Row]:
    for cycle, cleared, exponent in _each(result):
        net = _sum_by(cleared, "creditor", _owed(cleared)) - _sum_by(cleared, "debtor", _owed(cleared))
        figures = (
            cleared.gross_minor,
            cleared.discharged_minor,
            cleared.paid_minor,
            cleared.carried_minor,
            cleared.bilateral_minor,
            int(-net[net < 0].sum()),
        )
        shown = [format_minor(amount, exponent) for amount in figures]
        outcome = (cleared.obligations, "true" if cleared.certified else "false", "; ".join(cleared.refused))
        money = format_minor(int(_money(cycle, cleared)[0].sum()), exponent)
        yield cycle.number, format_instant(cycle.instant), cleared.currency, cycle.mode, *shown, *outcome, money


def _owed(cleared: Cleared) -> NDArray[np.int64]:
    """Return what each obligation of a cut owed, minor units."""
    return cleared.cut.amount if cleared.cut is not None else np.zeros(0, np.int64)


def _parts(cleared: Cleared) -> tuple[NDArray[np.int64], ...]:
    """Return what was owed, set off, paid and left of each obligation."""
    owed = _owed(cleared)
    rest = owed - cleared.discharges
    paid = np.where(cleared.pays, rest, 0)
    return owed, cleared.discharges, paid, rest - paid


def _sum_by(cleared: Cleared, side: str, amount: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum per account; the whole cut is below 2^61."""
    if cleared.cut is None:
        return np.zeros(0, np.int64)
    count = 1 + max(cleared.cut.debtor.max(initial=-1), cleared.cut.creditor.max(initial=-1))
    sums = np.zeros(int(count), np.int64)
    np.add.at(sums, getattr(cleared.cut, side), amount)
    return sums


def _money(cycle: Cycle, cleared: Cleared) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the money that each account paid and received: one by one, or in mode `ccp` as one net."""
    paid = _parts(cleared)[2]
    out, in_ = _sum_by(cleared, "debtor", paid), _sum_by(cleared, "creditor", paid)
    if cycle.mode != "ccp":
        return out, in_
    return np.maximum(out - in_, 0), np.maximum(in_ - out, 0)


def _by_participant(result: "DayResult") -> Iterator[Row]:
    names = result.engine.accounts.participant
    for cycle, cleared, exponent in _each(result):
        owed, discharged, paid, carried = _parts(cleared)
        payable, receivable = _sum_by(cleared, "debtor", owed), _sum_by(cleared, "creditor", owed)
        columns = (
            payable,
            receivable,
            receivable - payable,
            _sum_by(cleared, "debtor", discharged),
            _sum_by(cleared, "debtor", paid),
            _sum_by(cleared, "creditor", paid),
            _sum_by(cleared, "debtor", carried),
            *_money(cycle, cleared),
        )
        at = format_instant(cycle.instant)
        for account in np.flatnonzero(payable + receivable).tolist():
            amounts = [int(column[account]) for column in columns]
            share = f"{amounts[3] / amounts[0]:.4f}" if amounts[0] else ""
            shown = [format_minor(amount, exponent) for amount in amounts]
            yield cycle.number, at, cleared.currency, names[account], *shown[:7], share, *shown[7:]


def _by_corridor(result: "DayResult") -> Iterator[Row]:
    accounts = result.engine.accounts
    home = [accounts.home(owner) if owner else "" for owner in accounts.participant]
    for cycle, cleared, exponent in _each(result):
        if cleared.cut is None:
            continue
        pairs: dict[tuple[str, str], list[int]] = {}
        columns = [column.tolist() for column in _parts(cleared)]
        ends = zip(cleared.cut.debtor.tolist(), cleared.cut.creditor.tolist(), strict=True)
        for place, (debtor, creditor) in enumerate(ends):
            low, high = sorted((home[debtor], home[creditor]))
            sums = pairs.setdefault((low, high), [0, 0, 0, 0])
            for column, values in enumerate(columns):
                sums[column] += values[place]
        for pair, sums in sorted(pairs.items()):
            shown = [format_minor(amount, exponent) for amount in sums]
            yield cycle.number, format_instant(cycle.instant), cleared.currency, *pair, *shown
