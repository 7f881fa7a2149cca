"""Statuses by creditors: what receivers of payments say of them, once they were passed on.

Settlement is final, so nothing here moves money: a receiver says whether its customer has the money, and gives back
what it cannot credit by a payment of its own. What was said is a fold over the notes of records.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from comity.gateway.idempotency import KEYS_MAX
from comity.iso20022.rules import CREDITOR_STATUSES, REFUSED

if TYPE_CHECKING:
    from comity.gateway.notes import CreditorStatus

_RANKS = {word: rank for rank, word in enumerate(CREDITOR_STATUSES)}
_BEFORE_REFUSED = frozenset({"PDNG", "ACSP"})


class Said(NamedTuple):
    """What the receiver of a payment said of it last."""

    status: str
    code: str
    """Why, by the external list; empty if it has none."""
    instant: int


class CreditorStatuses:
    """What receivers said; a fold from one thread, asked from any.

    Parameters
    ----------
    payments_max
        Payments remembered; beyond that the oldest are forgotten.
    """

    def __init__(self, payments_max: int = KEYS_MAX) -> None:
        self._said: OrderedDict[tuple[int, int], Said] = OrderedDict()
        self._max = payments_max

    def take(self, note: CreditorStatus, instant: int) -> None:
        """Remember what a record says."""
        self._said[note.sequence, note.row] = Said(note.status, note.code, instant)
        while len(self._said) > self._max:
            self._said.popitem(last=False)

    def of(self, entry: tuple[int, int]) -> Said | None:
        """Return what the receiver said last of what entered with a row of a record, None if nothing."""
        return self._said.get(entry)


def may_follow(before: Said | None, status: str) -> bool:
    """Whether a receiver may say this after what it said before: see the rule STS-4."""
    if before is None or before.status == status:
        return True
    if status == REFUSED:
        return before.status in _BEFORE_REFUSED
    return before.status != REFUSED and _RANKS[status] > _RANKS[before.status]
