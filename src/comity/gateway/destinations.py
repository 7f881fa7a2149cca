"""Destinations: which addresses the gateway may call, so that nobody has it call its own network.

A name is resolved when it is registered and again for every call, and the call goes to an
address that was looked at: what the name says a moment later does not matter.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

from comity.errors import Fault, InvalidRequest

URL_MAX = 2_048
_RESOLVE_S = 5
_TRANSLATED = ip_network("64:ff9b::/96")
_PORTS = {"https": 443, "http": 80}
Address: TypeAlias = IPv4Address | IPv6Address


class Rules(NamedTuple):
    """What is allowed beyond TLS to a public address; for a sandbox on loopback alone."""

    private: bool = False
    plain: bool = False


class Destination(NamedTuple):
    """An address to call."""

    scheme: str
    host: str
    port: int
    target: str
    """Path and query."""

    @property
    def authority(self) -> str:
        """Host, and the port where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def pinned(self, address: Address) -> str:
        """Return the address to call as one that needs no name to be resolved."""
        host = f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - of the protocol
        return f"{self.scheme}://{host}:{self.port}{self.target}"


def parse_url(url: str, rules: Rules) -> Destination:
    """Read an address that events may be sent to.

    Raises
    ------
    InvalidRequest
        It is no URL of a kind that is allowed, carries a name and password, or names a private address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    except (ValueError, UnicodeError):
        raise _refused(url) from None
    schemes = {"https", "http"} if rules.plain else {"https"}
    clean = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not clean or len(url) > URL_MAX or parts.scheme not in schemes or not host:
        raise _refused(url)
    if parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        raise _refused(url)
    destination = Destination(
        parts.scheme,
        host,
        port or _PORTS[parts.scheme],
        (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )
    literal = _literal(host)
    if literal is not None and not (rules.private or is_public(literal)):
        raise InvalidRequest([Fault("", 0, "url", "a public address", repr(host))])
    return destination


async def resolve(destination: Destination, rules: Rules) -> Address:
    """Return an address that a destination stands for now.

    Raises
    ------
    InvalidRequest
        Its name stands for nothing, or for any address that is not public.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_RESOLVE_S):
            found = await loop.getaddrinfo(destination.host, destination.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError):
        found = []
    addresses = [ip_address(str(each[4][0]).split("%", 1)[0]) for each in found]
    if not addresses:
        raise InvalidRequest([Fault("", 0, "url", "a name that can be resolved", repr(destination.host))])
    if not rules.private and not all(map(is_public, addresses)):
        raise InvalidRequest([Fault("", 0, "url", "a name of public addresses alone", repr(destination.host))])
    return addresses[0]


def is_public(address: Address) -> bool:
    """Whether an address is one that anybody may call: not private, loopback, link-local, multicast or reserved."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _literal(host: str) -> Address | None:
    """Read a host that is an address, in any way of writing that a resolver takes."""
    try:
        return ip_address(host.split("%", 1)[0])
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _refused(url: str) -> InvalidRequest:
    return InvalidRequest([Fault("", 0, "url", "an https address without name, password or fragment", repr(url[:100]))])
