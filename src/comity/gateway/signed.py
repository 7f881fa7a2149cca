"""Signed requests: from what a request says of its signature to who sent it.

A signature covers at least the method and the target, the digest of the body if there is one, and the
idempotency key if there is one: what would make it another request.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from comity.wire.signatures import (
    DIGEST,
    INPUT,
    METHOD,
    SIGNATURE,
    TARGET,
    Unsigned,
    base_of,
    check_digest,
    read_signed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comity.gateway.actor import Actor
    from comity.gateway.gateway import Gateway
    from comity.wire.signatures import Signed

COVERED_ALWAYS = (METHOD, TARGET)
COVERED_IF_GIVEN = (DIGEST, "idempotency-key")
_UNKNOWN = "the key is unknown, or the signature is not its own"


class SignedRequest:
    """A request that says it is signed.

    Parameters
    ----------
    method
        In capitals.
    target
        Scheme, authority, path and query, as the sender wrote them.
    headers
        By name in small letters; several of a name joined by `, `.
    """

    def __init__(self, method: str, target: str, headers: Mapping[str, str]) -> None:
        self._method = method
        self._target = target
        self._headers = headers

    def signer(self, gateway: Gateway, now: int) -> tuple[Actor, Signed]:
        """Return who signed it, once that is proven; the body and the nonce are not looked at yet.

        Raises
        ------
        Unsigned
            It is not signed as it should be by anybody who is known.
        """
        signed = read_signed(self._headers[INPUT], self._headers.get(SIGNATURE, ""))
        for part in COVERED_ALWAYS:
            if part not in signed.parts:
                raise Unsigned(f"the signature has to cover {part}")
        for part in COVERED_IF_GIVEN:
            if part in self._headers and part not in signed.parts:
                raise Unsigned(f"the signature has to cover {part}, since it is given")
        gateway.nonces.check(signed.created, signed.expires, now)
        known = gateway.identities.signer(signed.keyid, now)
        if known is None:
            raise Unsigned(_UNKNOWN)
        actor, public = known
        try:
            _key(public).verify(signed.signature, base_of(signed.parts, signed.params, self._value))
        except InvalidSignature:
            raise Unsigned(_UNKNOWN) from None
        return actor, signed

    def take(self, gateway: Gateway, signed: Signed, body: bytes) -> None:
        """Compare the body with what was signed, and take the nonce: once, and last of all that is asked of it.

        Raises
        ------
        Unsigned
            The body is another, the nonce was used, or the signature is over by now: a body takes its time.
        Busy
            The key has sent more than is remembered.
        """
        self._check_body(body)
        now = gateway.now()
        gateway.nonces.check(signed.created, signed.expires, now)
        gateway.nonces.claim(signed.keyid, signed.nonce, now)

    def _check_body(self, body: bytes) -> None:
        given = self._headers.get(DIGEST)
        if given is not None:
            check_digest(given, body)
        elif body:
            raise Unsigned(f"a body is signed by its {DIGEST}")

    def _value(self, part: str) -> str:
        if part == METHOD:
            return self._method
        if part == TARGET:
            return self._target
        if part not in self._headers:
            raise Unsigned(f"the signature covers {part}, which is not given or not read here")
        return self._headers[part]


@lru_cache(4_096)
def _key(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)
