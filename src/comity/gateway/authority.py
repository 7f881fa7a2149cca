"""Authority: which roles may ask for which operation.

The table is one file, `roles.toml`. What stands in no row of it nobody may do.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comity.gateway.actor import Actor
    from comity.gateway.directory import Directory

UNION = "union"
"""Party of who acts for the union itself."""


def _table() -> dict[str, frozenset[str]]:
    text = (files("comity.gateway") / "roles.toml").read_text(encoding="utf-8")
    return {name: frozenset(roles) for name, roles in tomllib.loads(text)["operations"].items()}


OPERATIONS = _table()
"""Roles that may ask, by operation."""


def permits(actor: Actor, operation: str) -> bool:
    """Whether any role of the actor may ask for the operation; no operation is everybody's."""
    if actor.operations is not None and operation not in actor.operations:
        return False
    return not actor.roles.isdisjoint(OPERATIONS.get(operation, frozenset()))


def may_see(actor: Actor, participant: str, directory: Directory) -> bool:
    """Whether an actor may see what belongs to a participant; of accounts that nobody owns the code is empty.

    A participant sees its own, a member also that of its home participants, the union and an auditor everything.
    """
    if actor.party == UNION or "auditor" in actor.roles:
        return True
    return actor.party == participant or directory.home.get(participant) == actor.party
