"""Nonces: a signed request is taken once, also if the gateway was restarted in between.

A signature is good for `WINDOW_US`. For so long its nonce is remembered, in memory. What a gateway took
before it was restarted it does not know any more, and does not need to: of the time before its start, and
of as long after it as clocks may run ahead, it takes no signature at all. So nothing has to be written for
each request, reads included, and what is remembered is bounded.
"""

from __future__ import annotations

import hashlib
from typing import Final

from comity.gateway.writer import Busy
from comity.wire.signatures import Unsigned

SECOND_US: Final = 1_000_000
WINDOW_US: Final = 60 * SECOND_US
"""How old a signature may be."""
AHEAD_US: Final = 2 * SECOND_US
"""How far the signer's clock may run ahead."""
OF_KEY_MAX: Final = 262_144
"""Nonces of one key within a window: more than 4,000 a second."""
NONCES_MAX: Final = 1_048_576
"""Nonces remembered of all keys."""
_SIZE = 16


class Nonces:
    """The nonces of a gateway; used from one thread.

    Two sets take turns: a nonce stays for at least as long as its signature is good, and what is older is
    dropped as a whole.

    Parameters
    ----------
    floor
        Signatures made at or before this instant are refused; 0 for a gateway that has just begun its log,
        whose keys nobody can have used before.
    """

    def __init__(self, floor: int = 0) -> None:
        self.floor = floor
        self._young: set[bytes] = set()
        self._old: set[bytes] = set()
        self._turned = 0
        self._latest = 0
        self._count: dict[str, int] = {}

    def check(self, created: int, expires: int, now: int) -> None:
        """Refuse a signature, as Unsigned, that was not made just now.

        Parameters
        ----------
        created, expires
            Seconds since 1970-01-01 UTC; `expires` 0: not given.
        now
            Instant.
        """
        now = self._latest = max(now, self._latest)  # what was over stays over, whatever becomes of the clock
        made = created * SECOND_US
        if made > now + AHEAD_US:
            raise Unsigned("created lies ahead: compare your clock")
        if made < now - WINDOW_US or (expires and expires * SECOND_US <= now):
            raise Unsigned(f"the signature is over: it is good for {WINDOW_US // SECOND_US} s from created")
        if made <= self.floor:
            raise Unsigned("it was signed before this gateway started: sign again")

    def claim(self, keyid: str, nonce: str, now: int) -> None:
        """Take a nonce; once.

        Raises
        ------
        Unsigned
            It was taken before.
        Busy
            The key has sent more within a window than is remembered.
        """
        self._turn(now)
        name = hashlib.blake2b(f"{keyid}\0{nonce}".encode(), digest_size=_SIZE).digest()
        if name in self._young or name in self._old:
            raise Unsigned("this nonce was used before")
        count = self._count.get(keyid, 0)
        if count >= OF_KEY_MAX or len(self._young) >= NONCES_MAX:
            raise Busy(f"{count} signed requests of {keyid} within {WINDOW_US // SECOND_US} s")
        self._young.add(name)
        self._count[keyid] = count + 1

    def _turn(self, now: int) -> None:
        """Let the old ones go, once all their signatures are over."""
        if now - self._turned <= WINDOW_US + AHEAD_US:
            return
        apart = now - self._turned > 2 * (WINDOW_US + AHEAD_US)
        self._old = set() if apart else self._young
        self._young = set()
        self._count = {}
        self._turned = now
