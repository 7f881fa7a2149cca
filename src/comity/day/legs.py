"""The legs of a day, for figures: who owed what to whom, from when until when.

A payment is one leg, a PvP entered once is two. A row that repeats another is no
leg. One that is refused as a duplicate, for its date or for an amount of zero or
less counts as a leg of amount zero: it never was anybody's claim. An obligation is
a leg of what was owed at entry, an order one of what it offered. Legs stand in the order of their entry.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comity.day.result import ORDERED, OWED, DayResult, Rows
from comity.model.reason import How, State

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Legs:
    """Columns of equal length; accounts and currencies are indexes, instants microseconds since 1970-01-01 UTC."""

    debtor: Ints
    creditor: Ints
    currency: Ints
    amount: Ints
    state: Ints
    how: Ints
    entered: Ints
    final: Ints
    """0 if it still waits."""
    is_row: NDArray[np.bool_]
    """Whether it is the first leg of its row."""
    is_owed: NDArray[np.bool_]
    """Whether it is an obligation, which is cleared and never queues."""
    is_ordered: NDArray[np.bool_]
    """Whether it is an order to convert, which waits for an auction and never queues."""
    cleared: Ints
    """Of an obligation what was discharged or paid, of an order what it sold, minor units; else 0."""

    def __len__(self) -> int:
        return len(self.amount)

    def of(self, mask: NDArray[np.bool_]) -> "Legs":
        """Return the legs of a mask."""
        return Legs(*(getattr(self, name)[mask] for name in self.__slots__))

    @property
    def queues(self) -> NDArray[np.bool_]:
        """Which legs are payments or PvP, which settle at once or wait in a queue."""
        mask: NDArray[np.bool_] = ~(self.is_owed | self.is_ordered)
        return mask

    @property
    def settled(self) -> NDArray[np.bool_]:
        """Which legs settled."""
        mask: NDArray[np.bool_] = self.state == State.STLD
        return mask

    def settled_by(self, how: How) -> NDArray[np.bool_]:
        """Which legs settled in one way."""
        mask: NDArray[np.bool_] = self.settled & (self.how == how)
        return mask


def legs_of(result: DayResult) -> Legs:
    """Return the legs of a day in the order of their entry."""
    parts = [part for rows in result.rows for part in _legs(result, rows, result.table)]
    joined = Legs(*(np.concatenate([getattr(part, name) for part in parts]) for name in Legs.__slots__))
    order = np.argsort(joined.entered, kind="stable")
    return Legs(*(getattr(joined, name)[order] for name in Legs.__slots__))


def _legs(result: DayResult, rows: Rows, table: dict[str, NDArray[np.generic]]) -> list[Legs]:
    known = rows.slot >= 0
    slot = rows.slot[known]

    def at(column: str, otherwise: NDArray[np.generic]) -> Ints:
        values = otherwise.astype(np.int64)
        values[known] = table[column][slot]
        return values

    state, final = at("state", rows.answers["state"]), at("final", rows.instants)
    how = at("how", np.zeros(len(rows), np.int64))
    money = result.currency_of_account
    cleared = np.zeros(len(rows), np.int64)
    if rows.kind == OWED:
        cleared[known] = result.owed["discharged"][slot] + result.owed["paid"][slot]
    elif rows.kind == ORDERED:
        cleared[known] = result.converted["sold"][slot]
    first = rows.counter < 0
    own = ~rows.repeated
    other = ~rows.repeated & ~first
    counter_creditor = _counter_creditor(result, rows)
    return [
        Legs(
            debtor=debtor[mask].astype(np.int64),
            creditor=creditor[mask].astype(np.int64),
            currency=money[debtor[mask]].astype(np.int64),
            amount=np.where(known & (amount > 0), amount, 0)[mask],
            state=state[mask],
            how=how[mask],
            entered=rows.instants[mask],
            final=final[mask],
            is_row=np.full(int(mask.sum()), is_row),
            is_owed=np.full(int(mask.sum()), rows.kind == OWED),
            is_ordered=np.full(int(mask.sum()), rows.kind == ORDERED),
            cleared=cleared[mask],
        )
        for mask, debtor, creditor, amount, is_row in (
            (own, rows.debtor, rows.creditor, rows.amount, True),
            (other, rows.counter, counter_creditor, rows.counter_amount, False),
        )
    ]


def _counter_creditor(result: DayResult, rows: Rows) -> NDArray[np.int32]:
    """Account that receives the counter leg: the seller's in the bought currency."""
    if not (rows.counter >= 0).any():
        return rows.counter
    back = np.argsort(result.day.pvps.numbers, kind="stable")
    creditor: NDArray[np.int32] = result.day.pvps.rows["seller_gets"][back]
    return creditor
