"""Authority: which roles may ask for which operation.

The table is one file, `roles.toml`. What stands in no row of it nobody may do. Whose things
an actor sees follows from the party they act for, see `may_see`.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comity.gateway.actor import Actor
    from comity.gateway.directory import Directory

UNION = "union"
"""The party of those who act for the union itself."""
AUDITOR = "auditor"
MEMBER_ROLES = frozenset({"member-operator", "member-approver"})
UNION_ROLES = frozenset({"union-operator", "union-approver"})


def _table() -> dict[str, frozenset[str]]:
    text = (files("comity.gateway") / "roles.toml").read_text(encoding="utf-8")
    return {name: frozenset(roles) for name, roles in tomllib.loads(text)["operations"].items()}


OPERATIONS = _table()
"""Roles that may ask, by operation."""


def permits(actor: Actor, operation: str) -> bool:
    """Whether any role of the actor may ask for the operation; no operation is everybody's."""
    return not actor.roles.isdisjoint(OPERATIONS.get(operation, frozenset()))


def sees_all(actor: Actor) -> bool:
    """Whether the actor sees everybody's things: for the union, or as its auditor."""
    return AUDITOR in actor.roles or (actor.party == UNION and not actor.roles.isdisjoint(UNION_ROLES))


def may_see(actor: Actor, participant: str, directory: Directory) -> bool:
    """Whether what is a participant's may be shown: to itself, its home member, the union and an auditor.

    Of what may not be shown nobody learns that it exists: it is not found.
    """
    if actor.party == participant or sees_all(actor):
        return True
    return not actor.roles.isdisjoint(MEMBER_ROLES) and directory.home.get(participant) == actor.party


def parties_visible(actor: Actor, directory: Directory) -> frozenset[str]:
    """Return the participants whose things the actor may be shown."""
    return frozenset(code for code in directory.participants if may_see(actor, code, directory))
