"""A small union with a gateway, for tests: two countries, two banks each."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from comity.gateway.actor import Actor
from comity.gateway.clock import SetClock
from comity.gateway.gateway import Gateway
from comity.model.command import Command
from comity.model.union import Account, Genesis, Member, Participant

if TYPE_CHECKING:
    from pathlib import Path

OPENED = 1_639_530_000_000_000
"""01:00 UTC of the business date, 2021-12-15."""
KEYS = {
    "alfa-sender": Actor("key:alfa-1", "anna", "ALFACNBJ", frozenset({"reader", "sender"})),
    "beta-sender": Actor("key:beta-1", "boris", "BETACNBJ", frozenset({"reader", "sender"})),
    "alfa-reader": Actor("key:alfa-2", "alice", "ALFACNBJ", frozenset({"reader"})),
}
"""Actors that every test gateway knows, by API key."""


def small_union() -> Genesis:
    """Return a genesis: ALFACNBJ and BETACNBJ in China, GAMARUMM and DELTRUMM in Russia, all with both currencies."""
    banks = (("ALFACNBJ", "CN"), ("BETACNBJ", "CN"), ("GAMARUMM", "RU"), ("DELTRUMM", "RU"))
    return Genesis(
        name="Two countries",
        business_date=date(2021, 12, 15),
        currencies=(("CNY", 2), ("RUB", 2)),
        members=(Member("CN", "CNY", "China"), Member("RU", "RUB", "Russia")),
        participants=tuple(Participant(*each, "") for each in (("CN", "CN"), ("RU", "RU"), *banks)),
        accounts=tuple(
            Account(bank, currency, 1_000_00 if home == currency[:2] else 0)
            for bank, home in banks
            for currency in ("CNY", "RUB")
        ),
    )


def open_gateway(folder: Path | None = None, union: Genesis | None = None) -> Gateway:
    """Return a gateway on the small union, or another, its day open: in a folder, or in memory."""
    clock = SetClock(OPENED)
    union = union or small_union()
    gateway = Gateway.open(folder, union, clock) if folder else Gateway.in_memory(union, clock)
    for secret, actor in KEYS.items():
        gateway.identities.enrol(secret, actor)
    gateway.give([Command("phase", value="open")]).result()
    return gateway
