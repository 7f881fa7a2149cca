"""Idempotency keys: the same request sent twice happens once.

A key belongs to who sent it. It is written into the record that carries out its request, so a
crash forgets either both or neither. The answer given again is made from what that record did.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from comity.gateway.notes import Keyed

KEYS_MAX = 1_000_000
"""Keys remembered; beyond that the oldest are forgotten, and instructions are still protected by their ids."""


class Sent(NamedTuple):
    """Where a request was carried out."""

    fingerprint: str
    sequence: int
    first: int
    rows: int


class Begun(Enum):
    """What a request under a key meets."""

    NEW = "new"
    IN_FLIGHT = "in flight"
    OTHER = "another request has this key"


class Keys:
    """The keys of a gateway; used from one thread but for `take`, which adds only."""

    def __init__(self, keys_max: int = KEYS_MAX) -> None:
        self._sent: OrderedDict[tuple[str, str], Sent] = OrderedDict()
        self._in_flight: dict[tuple[str, str], str] = {}
        self._max = keys_max

    def begin(self, actor: str, key: str, fingerprint: str) -> Begun | Sent:
        """Claim a key for a request: NEW if it may go on, and what it was sent as before if it was."""
        name = (actor, key)
        known = self._sent.get(name)
        if known is not None:
            return known if known.fingerprint == fingerprint else Begun.OTHER
        flying = self._in_flight.get(name)
        if flying is not None:
            return Begun.IN_FLIGHT if flying == fingerprint else Begun.OTHER
        self._in_flight[name] = fingerprint
        return Begun.NEW

    def find(self, actor: str, key: str) -> Sent | None:
        """Return where what was sent under a key was carried out, None if nothing is known to have been."""
        return self._sent.get((actor, key))

    def end(self, actor: str, key: str) -> None:
        """Let go of a key claimed: its request is in the log, or will never be."""
        self._in_flight.pop((actor, key), None)

    def take(self, sequence: int, note: Keyed) -> None:
        """Remember what a record says."""
        self._sent[note.actor, note.key] = Sent(note.fingerprint, sequence, note.first, note.count)
        while len(self._sent) > self._max:
            self._sent.popitem(last=False)


def fingerprint_of(*parts: bytes) -> str:
    """Hash what was asked: 32 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()
