"""Corridors: which services are open between two members in a currency, and their caps.

Most pairs share one of two rows: everything open, or closed. A pair with an
agreement, a cap or a closing has a row of its own per direction and currency.
Agreements open services and set caps from their first day to their last. Of two caps
on one corridor and currency that are in force the later agreement's counts; one
agreed by command is later than those of the genesis.
"""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from comity.engine.kernels.layout import (
    AGREED,
    CAP_A,
    CAP_B,
    CONSTRAINTS,
    CORRIDOR_CAP,
    CORRIDORS,
    SERVICE_CLEARING,
    SERVICE_CONVERSION,
    SERVICE_PAYMENT,
    SERVICE_PVP,
    SERVICES,
    SERVICES_ALL,
    SPACE_KIND,
    SPACE_OTHER,
    SPACE_OWNER,
)
from comity.engine.kernels.operations import set_limit
from comity.engine.kernels.state import Int64s, bound, reserve
from comity.model.union import Agreement

if TYPE_CHECKING:
    from comity.engine.core import Engine

OPEN_ROW, CLOSED_ROW, FIRST_OWN_ROW = 0, 1, 2
SERVICE_BITS = {
    "payment": SERVICE_PAYMENT,
    "pvp": SERVICE_PVP,
    "clearing": SERVICE_CLEARING,
    "conversion": SERVICE_CONVERSION,
}


def is_in_force(agreement: Agreement, day: date) -> bool:
    """Return whether an agreement holds on a day."""
    return agreement.from_date <= day and (agreement.until_date is None or day <= agreement.until_date)


def new_constraint(engine: "Engine", kind: int, owner: int, other: int) -> int:
    """Add a limit or cap to the engine's tables; return its index."""
    engine.state = s = reserve(engine.state, 0, 0)
    index = int(s.g[CONSTRAINTS])
    s.g[CONSTRAINTS] += 1
    s.constraints[index, SPACE_KIND], s.constraints[index, SPACE_OWNER] = kind, owner
    s.constraints[index, SPACE_OTHER] = other
    return index


class Corridors:
    """The corridors of one engine."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def begin(self) -> None:
        """Set up what the genesis opens."""
        engine = self._engine
        s = engine.state
        rows = np.zeros((FIRST_OWN_ROW, s.corridors.shape[1]), np.int64)
        rows[OPEN_ROW, [SERVICES, AGREED]] = SERVICES_ALL
        engine.state = bound(s._replace(corridors=rows))
        if not engine.genesis.corridors_open:
            count = len(engine.accounts.members)
            matrix = engine.state.corridor_of.reshape(count, count, -1)
            matrix[~np.eye(count, dtype=bool)] = CLOSED_ROW
            engine.state.g[CORRIDORS] = FIRST_OWN_ROW
        self._follow(engine.genesis.business_date)

    def renew(self, day: date) -> None:
        """Open and cap on a new business day what its agreements say, and nothing else; closings are for the caller.

        The queues are empty, and the use of caps is counted anew afterwards.
        """
        engine = self._engine
        engine.state.corridors[:, CAP_B] = 0
        if not engine.genesis.corridors_open:
            for agreement in engine.genesis.agreements:
                for currency in agreement.currencies:
                    for pair in ((agreement.member_a, agreement.member_b), (agreement.member_b, agreement.member_a)):
                        self._own_row(*pair, currency)[[AGREED, SERVICES]] = 0
        self._follow(day)

    def _follow(self, day: date) -> None:
        """Do what the agreements that are in force on a day say, the earlier first."""
        engine = self._engine
        spares = self.spare_caps()
        for agreement in engine.genesis.agreements:
            if is_in_force(agreement, day):
                a, b = agreement.member_a, agreement.member_b
                for currency in agreement.currencies:
                    self.agree(a, b, currency, agreement.services)
                if agreement.cap_minor is not None:
                    self.cap(a, b, agreement.cap_currency, agreement.cap_minor, spares)
        for a, b, currency, services, cap in engine.notes.agreements:
            self.agree(a, b, currency, tuple(services.split()))
            if cap:
                self.cap(a, b, currency, int(cap), spares)

    def agree(self, a: str, b: str, currency: str, services: tuple[str, ...]) -> None:
        """Open services in both directions, besides those already open."""
        if self._engine.genesis.corridors_open:
            return
        bits = sum(SERVICE_BITS[service] for service in services)
        for pair in ((a, b), (b, a)):
            row = self._own_row(*pair, currency)
            row[AGREED] |= bits
            row[SERVICES] |= bits

    def shut(self, a: str, b: str, currency: str, *, is_closed: bool) -> None:
        """Close a corridor in both directions, or open what its agreements allow again."""
        for pair in ((a, b), (b, a)):
            row = self._own_row(*pair, currency)
            row[SERVICES] = 0 if is_closed else row[AGREED]

    def own_cap(self, a: str, b: str, currency: str) -> int:
        """Return the index of the cap of one direction, made if there is none."""
        row = self._own_row(a, b, currency)
        if row[CAP_A] == 0:
            row[CAP_A] = new_constraint(self._engine, CORRIDOR_CAP, -1, -1) + 1
        return int(row[CAP_A]) - 1

    def cap(self, a: str, b: str, currency: str, amount_minor: int, spares: list[int]) -> None:
        """Put both directions together under one cap, in place of what they shared before.

        `spares`, of `spare_caps`, are used first, and lose what is used.
        """
        index = int(self._own_row(a, b, currency)[CAP_B]) - 1
        if index < 0:
            index = spares.pop() if spares else new_constraint(self._engine, CORRIDOR_CAP, -1, -1)
        for pair in ((a, b), (b, a)):
            self._own_row(*pair, currency)[CAP_B] = index + 1
        set_limit(self._engine.state, index, amount_minor)

    def spare_caps(self) -> list[int]:
        """Return the caps that no corridor is under any more: of agreements that have ended."""
        s = self._engine.state
        caps = np.flatnonzero(s.constraints[: s.g[CONSTRAINTS], SPACE_KIND] == CORRIDOR_CAP)
        spares: list[int] = np.setdiff1d(caps, s.corridors[:, [CAP_A, CAP_B]] - 1).tolist()
        return spares

    def _own_row(self, a: str, b: str, currency: str) -> Int64s:
        """Return a view of the row of one direction; good until the next row is made."""
        index = self._own(a, b, currency)
        row: Int64s = self._engine.state.corridors[index]
        return row

    def _own(self, a: str, b: str, currency: str) -> int:
        """Return the row of one direction, made from the shared one if it has none."""
        engine = self._engine
        members = len(engine.accounts.members)
        at = engine.accounts.member_index(a) * members + engine.accounts.member_index(b)
        at = at * len(engine.accounts.currencies) + engine.accounts.currency_index(currency)
        s = engine.state
        row = int(s.corridor_of[at])
        if row >= FIRST_OWN_ROW:
            return row
        new = max(int(s.g[CORRIDORS]), FIRST_OWN_ROW)
        if new == len(s.corridors):
            larger = np.zeros((2 * new, s.corridors.shape[1]), np.int64)
            larger[:new] = s.corridors
            engine.state = s = bound(s._replace(corridors=larger))
        s.corridors[new] = s.corridors[row]
        s.corridor_of[at] = new
        s.g[CORRIDORS] = new + 1
        return new
