"""Correlation: which messages were taken, and by which words they knew what they entered.

A message is known by who sent it and its reference (`BizMsgIdr`), as a request is by its idempotency key, and
for as long. What is here is a fold over the notes of records, in the order of the log.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections import OrderedDict
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from comity.gateway.idempotency import KEYS_MAX, Keys
from comity.gateway.notes import Keyed
from comity.iso20022 import header as head
from comity.iso20022.definitions import DEFINITIONS, name_of
from comity.iso20022.refusal import REFERENCE_UNKNOWN

if TYPE_CHECKING:
    from comity.gateway.notes import Received

RETURN, _TRADE = "pacs.004", "fxtr."
"""A return has the UETR of the payment that it returns, and is not found by it; a trade has none."""
HEADER = name_of(head.VERSION)
"""What the header is called in every version."""
LATEST = sys.maxsize
"""After every record."""
ENDS_MAX = 16
"""Payments of one party with the same `EndToEndId` that are told apart."""
TURNS_MAX = 256
"""How often who sends a message under one name may change its version, and it is known when."""
_sequence_of = itemgetter(0)


class Entered(NamedTuple):
    """Where an instruction entered."""

    id: str
    """As its sender knows it."""
    sequence: int
    row: int


class Versions:
    """In which versions participants speak: what they are sent, they are sent in those.

    What a record gave rise to is written as it was then, so that it is the same whenever it is asked for. A fold from
    one thread; asked from any.
    """

    def __init__(self) -> None:
        self._turns: dict[tuple[str, str], tuple[tuple[int, str], ...]] = {}

    def take(self, sequence: int, note: Received) -> None:
        """Remember in which versions a message came."""
        for version in (note.definition, note.header):
            key = (note.party, name_of(version))
            turns = self._turns.get(key, ())
            if not turns or turns[-1][1] != version:
                self._turns[key] = (*turns[1 - TURNS_MAX :], (sequence, version))

    def of(self, party: str, name: str, sequence: int = LATEST) -> str:
        """Return the version of a message in which a party last sent it, up to a record; the usual one if it never did.

        Parameters
        ----------
        name
            Of the message in all its versions: "pacs.008".
        """
        turns = self._turns.get((party, name), ())
        place = bisect_right(turns, sequence, key=_sequence_of)
        return turns[place - 1][1] if place else DEFINITIONS[name].usual

    def written(self, party: str, name: str, sequence: int = LATEST) -> str:
        """Return the same of a message that is written here, which not all versions are."""
        version = self.of(party, name, sequence)
        return version if version in DEFINITIONS[name].writes else DEFINITIONS[name].usual


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
    versions
        In which participants speak.
    """

    def __init__(self, words_max: int = KEYS_MAX) -> None:
        self.messages = Keys()
        self.versions = Versions()
        self._entered: OrderedDict[tuple[str, str], Entered] = OrderedDict()
        self._by_end: OrderedDict[tuple[str, str], tuple[Entered, ...]] = OrderedDict()
        self._max = words_max

    def find(self, party: str, word: str) -> Entered | None:
        """Return where a party's payment entered by its UETR, or a side of a PvP by our reference of it."""
        return self._entered.get((party, word))

    def find_by_end(self, party: str, end_to_end: str) -> Entered | None:
        """Return where the last payment of a party with this `EndToEndId` entered."""
        found = self._by_end.get((party, end_to_end))
        return found[-1] if found else None

    def find_all_by_end(self, party: str, end_to_end: str) -> tuple[Entered, ...]:
        """Return where the payments of a party with this `EndToEndId` entered, none if more than `ENDS_MAX` have it."""
        found = self._by_end.get((party, end_to_end), ())
        return found if len(found) <= ENDS_MAX else ()

    def take(self, sequence: int, note: Received) -> None:
        """Remember what a record says."""
        self.versions.take(sequence, note)
        self.messages.take(sequence, Keyed(note.party, note.message, note.digest, note.first, note.count))
        if note.definition.startswith(RETURN):
            return
        is_trade = note.definition.startswith(_TRADE)
        for row, (instruction, end_to_end, transaction, uetr) in enumerate(note.references, note.first):
            entered = Entered(instruction or transaction, sequence, row)
            if word := f"{sequence}.{row}" if is_trade else uetr:
                self._entered.setdefault((note.party, word), entered)
            if end_to_end and end_to_end != REFERENCE_UNKNOWN and not is_trade:
                before = self._by_end.get((note.party, end_to_end), ())
                self._by_end[note.party, end_to_end] = (*before[-ENDS_MAX:], entered)
        for table in (self._entered, self._by_end):
            while len(table) > self._max:
                table.popitem(last=False)
