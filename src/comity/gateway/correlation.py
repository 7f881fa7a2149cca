"""Correlation: which messages were taken, and by which words they knew what they entered.

A message is known by who sent it and its reference (`BizMsgIdr`), as a request is by its idempotency key, and
for as long. What is here is a fold over the notes of records, in the order of the log.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from comity.gateway.idempotency import KEYS_MAX, Keys
from comity.gateway.notes import Keyed

if TYPE_CHECKING:
    from comity.gateway.notes import Received

_RETURN = "pacs.004"
"""A return has the UETR of the payment that it returns, and is not found by it."""


class Correlation:
    """Messages and UETRs of a gateway.

    Parameters
    ----------
    uetrs_max
        UETRs remembered; beyond that the oldest are forgotten.

    Attributes
    ----------
    messages
        By who sent them and their references.
    """

    def __init__(self, uetrs_max: int = KEYS_MAX) -> None:
        self.messages = Keys()
        self._ids: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._max = uetrs_max

    def find(self, party: str, uetr: str) -> str:
        """Return the id under which a payment of a party entered, by its UETR; empty if none is known."""
        return self._ids.get((party, uetr), "")

    def take(self, sequence: int, note: Received) -> None:
        """Remember what a record says."""
        self.messages.take(sequence, Keyed(note.party, note.message, note.digest, note.first, note.count))
        if note.definition.startswith(_RETURN):
            return
        for instruction, _, transaction, uetr in note.references:
            if uetr:
                self._ids[note.party, uetr] = instruction or transaction
        while len(self._ids) > self._max:
            self._ids.popitem(last=False)
