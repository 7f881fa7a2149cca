"""Identities: who is known, and by what they prove it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comity.gateway.actor import Actor


class Identities:
    """Keys by which actors are known; only hashes are kept."""

    def __init__(self) -> None:
        self._by_key: dict[bytes, Actor] = {}

    def enrol(self, secret: str, actor: Actor) -> None:
        """Make an actor known by an API key. A key has 256 bits of chance, so one hash of it is enough."""
        self._by_key[hashlib.sha256(secret.encode()).digest()] = actor

    def by_key(self, secret: str) -> Actor | None:
        """Return who has this key, None if nobody."""
        return self._by_key.get(hashlib.sha256(secret.encode()).digest())
