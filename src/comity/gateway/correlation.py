"""Correlation: which messages were taken, and by which words they knew what they entered.

A message is known by who sent it and its reference (`BizMsgIdr`), as a request is by its idempotency key, and
for as long. What is here is a fold over the notes of records, in the order of the log.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from comity.gateway.idempotency import KEYS_MAX, Keys
from comity.gateway.notes import Keyed

if TYPE_CHECKING:
    from comity.gateway.notes import Received

_RETURN, _TRADE = "pacs.004", "fxtr."
"""A return has the UETR of the payment that it returns, and is not found by it; a trade has none."""
NO_REFERENCE = "NOTPROVIDED"
"""What stands as `EndToEndId` where there is none."""


class Entered(NamedTuple):
    """Where an instruction entered."""

    id: str
    """As its sender knows it."""
    sequence: int
    row: int


class Correlation:
    """Messages of a gateway, and by which words what entered by them is known.

    Parameters
    ----------
    words_max
        UETRs remembered, and as many `EndToEndId`; beyond that the oldest are forgotten.

    Attributes
    ----------
    messages
        By who sent them and their references.
    """

    def __init__(self, words_max: int = KEYS_MAX) -> None:
        self.messages = Keys()
        self._entered: OrderedDict[tuple[str, str], Entered] = OrderedDict()
        self._by_end: OrderedDict[tuple[str, str], Entered] = OrderedDict()
        self._max = words_max

    def find(self, party: str, word: str) -> Entered | None:
        """Return where a party's payment entered by its UETR, or a side of a PvP by our reference of it."""
        return self._entered.get((party, word))

    def find_by_end(self, party: str, end_to_end: str) -> Entered | None:
        """Return where the last payment of a party with this `EndToEndId` entered."""
        return self._by_end.get((party, end_to_end))

    def take(self, sequence: int, note: Received) -> None:
        """Remember what a record says."""
        self.messages.take(sequence, Keyed(note.party, note.message, note.digest, note.first, note.count))
        if note.definition.startswith(_RETURN):
            return
        is_trade = note.definition.startswith(_TRADE)
        for row, (instruction, end_to_end, transaction, uetr) in enumerate(note.references, note.first):
            entered = Entered(instruction or transaction, sequence, row)
            if word := f"{sequence}.{row}" if is_trade else uetr:
                self._entered[note.party, word] = entered
            if end_to_end and end_to_end != NO_REFERENCE and not is_trade:
                self._by_end[note.party, end_to_end] = entered
        for table in (self._entered, self._by_end):
            while len(table) > self._max:
                table.popitem(last=False)
