"""Authors: who wrote a message, and so who asks for what it says.

A message that is not signed is asked for by who brings it. One that is signed is asked for by who signed it: somebody
of the same participant, whose certificate is enrolled for that. So two people of four eyes stay two, whoever carries
their messages; and what was not signed is not read (`comity.iso20022.signature`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding

from comity.gateway.authority import permits
from comity.gateway.credentials import fingerprint_of
from comity.iso20022.signature import SignatureRefused, certificate_of, is_signed, signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from comity.gateway.actor import Actor
    from comity.gateway.identities import Identities
    from comity.iso20022.parsing import Parsed

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SEND = "messages.send"


class Authored(NamedTuple):
    """A message of which it is known who asks for it."""

    parsed: Parsed
    """What they wrote, without their signature."""
    actor: Actor


def authored(
    parsed: Parsed,
    bearer: Actor,
    instant: int,
    identities: Identities,
    parse: Callable[[bytes], Parsed],
    *,
    must_sign: bool,
) -> Authored:
    """Find who asks for what a message says.

    Parameters
    ----------
    bearer
        Who brings it.
    parse
        Reads what was signed.
    must_sign
        Whether it has to be signed; a signature that is there has to be good in any case.

    Raises
    ------
    SignatureRefused
        With the rule that it breaks.
    """
    if not (must_sign or is_signed(parsed)):
        return Authored(parsed, bearer)
    certificate = certificate_of(parsed)
    fingerprint = fingerprint_of(certificate.public_bytes(Encoding.DER))
    actor = identities.by_certificate(fingerprint, instant, "message-certificate")
    if actor is None or actor.party != bearer.party or not permits(actor, SEND):
        raise SignatureRefused("SIG-3", f"the certificate is for nobody who sends messages of {bearer.party}")
    at = _EPOCH + timedelta(microseconds=instant)
    return Authored(parse(signed(parsed, certificate, at)), actor)
