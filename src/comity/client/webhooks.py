"""Checking messages that a gateway sends to a webhook."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from comity.errors import ComityError

if TYPE_CHECKING:
    from collections.abc import Mapping

TOLERANCE_S = 300
"""Seconds that a message may be apart from the receiver's clock."""
_SECRET, _KEY = "whsec_", "whpk_"


class MessageForged(ComityError):  # noqa: N818 - what happened
    """A message is not one that the gateway sent just now; says why."""


def check_message(
    key: str, headers: Mapping[str, str], body: bytes, now_s: int, tolerance_s: int = TOLERANCE_S
) -> None:
    """Check that a message is by the gateway, unchanged and new.

    Parameters
    ----------
    key
        The webhook's secret, `whsec_...`, or the gateway's public key, `whpk_...`.
    headers
        Of the request, with names in small letters.
    body
        Of the request, as it came.
    now_s
        Seconds since 1970-01-01 UTC, by the receiver's clock.

    Raises
    ------
    MessageForged
        A header is missing, the timestamp is too far away, or no signature is right. An id taken before
        is the receiver's to notice.
    """
    try:
        name, stamp, signatures = (headers[f"webhook-{each}"] for each in ("id", "timestamp", "signature"))
    except KeyError as missing:
        raise MessageForged(f"{missing} is missing") from None
    if not (stamp.isascii() and stamp.isdecimal()) or abs(int(stamp[:12]) - now_s) > tolerance_s:
        raise MessageForged(f"it says that it is of {stamp[:20]!r}")
    message = b".".join((name.encode(), stamp.encode(), body))
    if not any(_is_by(key, each, message) for each in signatures.split(" ")):
        raise MessageForged("no signature is by this key")


def _is_by(key: str, signature: str, message: bytes) -> bool:
    version, _, text = signature.partition(",")
    try:
        given = base64.b64decode(text, validate=True)
        if version == "v1" and key.startswith(_SECRET):
            secret = base64.b64decode(key.removeprefix(_SECRET), validate=True)
            return hmac.compare_digest(given, hmac.digest(secret, message, "sha256"))
        if version == "v1a" and key.startswith(_KEY):
            public = base64.b64decode(key.removeprefix(_KEY), validate=True)
            Ed25519PublicKey.from_public_bytes(public).verify(given, message)
            return True
    except (binascii.Error, InvalidSignature, ValueError):
        pass
    return False
