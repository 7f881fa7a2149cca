"""People of every role in the small union, known to a gateway by API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.gateway.actor import Actor

if TYPE_CHECKING:
    from comity.gateway.gateway import Gateway


def _person(name: str, party: str, *roles: str) -> Actor:
    return Actor(f"person:{name}", name, party, frozenset(roles))


ONE_OF_EACH = {
    "reader": _person("rita", "ALFACNBJ", "reader"),
    "sender": _person("sam", "ALFACNBJ", "sender"),
    "approver": _person("alba", "ALFACNBJ", "approver"),
    "member-operator": _person("chen", "CN", "member-operator"),
    "member-approver": _person("chang", "CN", "member-approver"),
    "union-operator": _person("uma", "union", "union-operator"),
    "union-approver": _person("ulf", "union", "union-approver"),
    "compliance-officer": _person("cora", "union", "compliance-officer"),
    "auditor": _person("ann", "union", "auditor"),
}
"""One person of each role, by the role."""
OTHERS = {
    "beta-sender-2": _person("boris", "BETACNBJ", "sender"),
    "beta-approver": _person("bella", "BETACNBJ", "approver"),
    "cn-approver-2": _person("chow", "CN", "member-approver"),
    "cn-both": Actor("key:chen-2", "chen", "CN", frozenset({"member-operator", "member-approver"})),
    "officer-2": _person("cole", "union", "compliance-officer"),
    "cn-officer": _person("cui", "CN", "compliance-officer"),
    "cn-officer-2": _person("cao", "CN", "compliance-officer"),
    "ru-officer": _person("rosa", "RU", "compliance-officer"),
    "ru-officer-2": _person("raisa", "RU", "compliance-officer"),
    "ru-operator": _person("ivan", "RU", "member-operator"),
    "ru-approver": _person("igor", "RU", "member-approver"),
    "mixed": _person("mia", "ALFACNBJ", "member-operator", "member-approver", "union-operator", "union-approver"),
}
"""More of them; `cn-both` is the person of `member-operator` under another key."""
PEOPLE = ONE_OF_EACH | OTHERS


def enrol(gateway: Gateway) -> Gateway:
    """Make everybody known to a gateway, each by their name in `PEOPLE`."""
    for name, actor in PEOPLE.items():
        gateway.identities.enrol(name, actor)
    return gateway


def as_(name: str, **headers: str) -> dict[str, str]:
    """Return the headers of a request by somebody."""
    return {"authorization": f"Bearer {name}", **{key.replace("_", "-"): value for key, value in headers.items()}}
