"""Destinations: the gateway calls public addresses alone, whatever a name says."""

import asyncio
import socket
from ipaddress import ip_address
from typing import Any

import pytest

from comity.errors import InvalidRequest
from comity.gateway.destinations import Destination, Rules, is_public, parse_url, resolve

PUBLIC = Rules()
EXAMPLE = Destination("https", "example.org", 443, "/")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.1", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "192.0.2.1", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "2001:db8::1", "fec0::1",
    ],
)  # fmt: skip
def test_address_that_is_not_everybodys_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_address_that_anybody_may_call_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "ftp://example.org/", "https://", "https:///path", "https://name@example.org/",
        "https://name:word@example.org/", "https://example.org/#part", "https://127.0.0.1/", "https://[::1]/",
        "https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://[::ffff:127.0.0.1]/", "https://10.0.0.1:8443/",
        "https://example.org:0/", "https://example.org:99999/", "https://exa mple.org/", "https://example.org\\@10.0.0.1/",
        "https://example.org/\n", "https://example.org/" + "x" * 3000, "//example.org/", "example.org", "https://[fe80::1%25eth0]/",
    ],
)  # fmt: skip
def test_address_that_is_not_allowed_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_url(url, PUBLIC)


def test_address_is_called_by_number_under_its_name() -> None:
    destination = parse_url("https://example.org:8443/in?a=1", PUBLIC)
    assert destination.authority == "example.org:8443"
    assert destination.pinned(ip_address("8.8.8.8")) == "https://8.8.8.8:8443/in?a=1"
    assert destination.pinned(ip_address("2001:db8::1")) == "https://[2001:db8::1]:8443/in?a=1"


def found(*addresses: str) -> Any:  # noqa: ANN401 - stands in for the resolver
    async def getaddrinfo(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]

    return getaddrinfo


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("::1",), ()])
def test_name_that_stands_for_anything_private_is_refused(addresses: tuple[str, ...]) -> None:
    async def look() -> None:
        asyncio.get_running_loop().getaddrinfo = found(*addresses)  # type: ignore[method-assign]
        await resolve(EXAMPLE, PUBLIC)

    with pytest.raises(InvalidRequest):
        asyncio.run(look())


def test_name_that_stands_for_public_addresses_is_resolved() -> None:
    async def look() -> str:
        asyncio.get_running_loop().getaddrinfo = found("8.8.8.8", "1.1.1.1")  # type: ignore[method-assign]
        return str(await resolve(EXAMPLE, PUBLIC))

    assert asyncio.run(look()) == "8.8.8.8"
