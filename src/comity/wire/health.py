"""How a gateway is."""

from __future__ import annotations

from typing import Literal

import msgspec


class Alive(msgspec.Struct, frozen=True):
    """The process answers."""

    status: Literal["alive"]


class Ready(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether instructions are taken."""

    status: Literal["ready", "unavailable"]
    head: int = 0
    """Sequence of the last record."""
    phase: str = ""
    """Phase of the union's day."""
    business_date: str = ""
