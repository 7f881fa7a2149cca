"""Lists of sanctions for tests of the API: FtM JSON lines about parties that do not exist."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import apsw

from tests.gateway.union import open_gateway

if TYPE_CHECKING:
    from pathlib import Path

    from comity.gateway.gateway import Gateway
    from comity.model.union import Genesis


def person(number: str, *names: str, **properties: list[str]) -> dict[str, object]:
    return _entity(number, "Person", *names, **properties)


def company(number: str, *names: str, **properties: list[str]) -> dict[str, object]:
    return _entity(number, "Company", *names, **properties)


def ftm(*entities: dict[str, object]) -> bytes:
    """Return a list; its parties are also targets."""
    return b"".join(json.dumps(each).encode() + b"\n" for each in entities)


def filler(count: int) -> list[dict[str, object]]:
    """Return so many parties that nobody in a test is called like."""
    syllables = ("zu", "qo", "xi", "vre", "kju", "wum", "pyx", "dzo", "gna", "thwa")
    return [
        person(f"filler-{number}", " ".join(f"{syllables[int(digit)]}x{digit}q".title() for digit in f"{number:03d}"))
        for number in range(count)
    ]


def _entity(number: str, schema: str, *names: str, **properties: list[str]) -> dict[str, object]:
    more = {"topics": ["sanction"], **properties}
    return {
        "id": number,
        "schema": schema,
        "caption": names[0],
        "target": True,
        "properties": {"name": list(names), **more},
    }


UNION_LIST = ftm(
    person("p-1", "Secret Debtor", nationality=["RU"], birthDate=["1970-01-23"]),
    company("c-1", "Gorgon Freight Company", jurisdiction=["RU"]),
    *filler(60),
)
"""It names the debtor of the messages of tests."""
NOBODY = ftm(*filler(60))
"""A list that names nobody of the messages of tests."""


def put_in_force(gateway: Gateway, data: bytes, party: str = "union", name: str = "main") -> Gateway:
    """Put a list in force."""
    gateway.begin_list(party, name, data)
    return gateway


def open_screening(folder: Path | None = None, union: Genesis | None = None) -> Gateway:
    """Return a gateway on the small union, or another, with a list in force that names nobody."""
    gateway = open_gateway(folder, union)
    return gateway if gateway.memory.cases.lists.sequence else put_in_force(gateway, NOBODY)


def kept_in(path: Path) -> int:
    """Return how many messages or documents a file keeps.

    By the library that the gateway reads it with: a second one in this process would let go of the locks of the first.
    """
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return len(connection.execute("SELECT 1 FROM originals").fetchall())
    finally:
        connection.close()
