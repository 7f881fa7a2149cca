"""Signing requests (RFC 9421, Ed25519), so that a gateway knows who sent them and that nobody changed them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from comity.errors import Fault, InvalidRequest
from comity.gateway.chance import draw_id
from comity.gateway.clock import MachineClock
from comity.wire.signatures import DIGEST, INPUT, METHOD, SIGNATURE, TARGET, base_of, digest_of, params_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from pathlib import Path

LABEL: Final = "comity"
COVERED_IF_GIVEN: Final = ("content-type", "idempotency-key")


def machine_seconds() -> int:
    """Return the machine's time, seconds since 1970-01-01 UTC."""
    return MachineClock().now() // 1_000_000


class Signer:
    """Signs requests with one key.

    Parameters
    ----------
    keyid
        Id under which the gateway enrolled the public key.
    private
        The key.
    now
        Seconds since 1970-01-01 UTC; the machine's clock if absent.

    Examples
    --------
    >>> signer = Signer("0123456789abcdef", Ed25519PrivateKey.generate())
    >>> sorted(signer.headers("POST", "https://comity.example/v1/payments", {}, b"{}"))
    ['content-digest', 'signature', 'signature-input']
    """

    def __init__(self, keyid: str, private: Ed25519PrivateKey, now: Callable[[], int] = machine_seconds) -> None:
        self._keyid = keyid
        self._private = private
        self._now = now

    def headers(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
        """Return the headers to add to a request.

        Parameters
        ----------
        method
            In capitals.
        target
            Scheme, authority, path and query, as they are sent.
        headers
            What is sent already, by name in small letters.
        body
            The whole body, empty if there is none.
        """
        digest = {DIGEST: digest_of(body)} if body else {}
        values = {METHOD: method, TARGET: target, **digest}
        values |= {name: headers[name].strip() for name in COVERED_IF_GIVEN if name in headers}
        params = params_of(values, self._now(), draw_id(), self._keyid)
        signature = self._private.sign(base_of(values, params, values.__getitem__))
        return {
            **digest,
            INPUT: f"{LABEL}={params}",
            SIGNATURE: f"{LABEL}=:{base64.b64encode(signature).decode()}:",
        }


class SignatureAuth(httpx.Auth):
    """Signs each request of an httpx client as it is sent, so that one sent again has a nonce of its own."""

    requires_request_body = True

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign a request."""
        request.headers.update(self._signer.headers(request.method, str(request.url), request.headers, request.content))
        yield request


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Read an Ed25519 key from a PEM file.

    Raises
    ------
    InvalidRequest
        There is no such key in it.
    """
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise InvalidRequest([Fault(str(path), 0, "", "an Ed25519 private key in PEM", str(error))]) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidRequest([Fault(str(path), 0, "", "an Ed25519 private key in PEM", type(key).__name__)])
    return key
