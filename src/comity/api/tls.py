"""TLS: what the server shows, and whose certificate the other side has shown.

The server reads a certificate when a connection is made, once, and hands the fingerprint of its public key on with
every request. Whether it chains up to an authority and is in time, OpenSSL has decided by then; whose it
is, `comity.gateway.identities` says.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from comity.errors import Fault, InvalidRequest
from comity.gateway.credentials import fingerprint_of

if TYPE_CHECKING:
    from comity.gateway.settings import Tls

PEER = "comity.peer"
"""Extension of a scope: hexadecimal fingerprint of the certificate that the other side has shown."""
UNREADABLE = "unreadable"
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Suites of TLS 1.2; those of TLS 1.3 are all as good: forward secret, and authenticated as they encrypt."""


class PeerProtocol(HttpToolsProtocol):
    """HTTP of uvicorn, with the fingerprint of the other side's certificate in `scope["extensions"]`."""

    _peer = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Look at the other side's certificate."""
        super().connection_made(transport)
        self._peer = _fingerprint(transport)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        if self._peer:
            cast("dict[str, object]", self.scope)["extensions"] = {PEER: {"fingerprint": self._peer}}


def server_context(tls: Tls) -> ssl.SSLContext:
    """Return what a server needs for TLS 1.2 and later.

    Raises
    ------
    InvalidRequest
        The certificate, its key or the authorities cannot be read, or do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    try:
        context.load_cert_chain(tls.certificate, tls.key)
    except (OSError, ssl.SSLError) as error:
        raise InvalidRequest([Fault(tls.certificate, 0, "", "a certificate and its key", str(error))]) from error
    if tls.clients:
        context.verify_mode = ssl.CERT_REQUIRED if tls.require else ssl.CERT_OPTIONAL
        try:
            context.load_verify_locations(tls.clients)
        except (OSError, ssl.SSLError) as error:
            raise InvalidRequest([Fault(tls.clients, 0, "", "certificates of authorities", str(error))]) from error
    return context


def _fingerprint(transport: asyncio.Transport) -> str:
    """Return the fingerprint of the other side's certificate, empty if it has shown none."""
    tls = transport.get_extra_info("ssl_object")
    certificate = tls.getpeercert(binary_form=True) if tls is not None else None
    if not certificate:
        return ""
    try:
        return fingerprint_of(certificate)
    except ValueError:
        return UNREADABLE  # of nobody
