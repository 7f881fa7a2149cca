"""Authority: which roles may ask for which operation.

The table is one file, `roles.toml`. What stands in no row of it nobody may do. Whose things
an actor sees follows from the party they act for, see `may_see`.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING

from comity.errors import ComityError

if TYPE_CHECKING:
    from comity.gateway.actor import Actor
    from comity.gateway.directory import Directory

UNION = "union"
"""The party of those who act for the union itself."""
AUDITOR = "auditor"
MEMBER_ROLES = frozenset({"member-operator", "member-approver"})
UNION_ROLES = frozenset({"union-operator", "union-approver"})


class Forbidden(ComityError):  # noqa: N818 - the name says what happened
    """Who asks is known, and may not."""

    exit_code = 2


_TABLE = tomllib.loads((files("comity.gateway") / "roles.toml").read_text(encoding="utf-8"))
OPERATIONS: dict[str, frozenset[str]] = {name: frozenset(roles) for name, roles in _TABLE["operations"].items()}
"""Roles that may ask, by operation."""
OPEN_READS = frozenset(_TABLE["open"]["reads"])
"""Reads that show nobody's things in particular."""
PUBLIC = frozenset(_TABLE["public"]["operations"])
"""Operations of those who are not known yet."""
LATELY = frozenset(_TABLE["lately"]["operations"])
"""Operations for which somebody has to have signed in lately, unless they prove themself anew with each request."""
OWN_READS = frozenset(_TABLE["own"]["reads"])
"""Reads that show everybody but an auditor their own party's things alone."""


def is_public(operation: str) -> bool:
    """Whether an operation is for those who are not known yet: signing in, and nothing else."""
    return operation in PUBLIC


def permits(actor: Actor, operation: str) -> bool:
    """Whether any role of the actor may ask for the operation; no operation is everybody's."""
    if actor.operations is not None and operation not in actor.operations:
        return False
    return not actor.roles.isdisjoint(OPERATIONS.get(operation, frozenset()))


def refusal_of(actor: Actor, operation: str) -> str:
    """Say why the actor may not ask for an operation: for whom it is, and what the actor is."""
    if actor.operations is not None and operation not in actor.operations:
        return f"{operation} is not among the operations of this key: {', '.join(sorted(actor.operations))}"
    roles = ", ".join(sorted(OPERATIONS.get(operation, ())))
    return f"{operation} is for {roles or 'nobody'}; who asks is {', '.join(sorted(actor.roles)) or 'nothing'}"


def sees_all(actor: Actor) -> bool:
    """Whether the actor sees everybody's things: for the union, or as its auditor."""
    return AUDITOR in actor.roles or (actor.party == UNION and not actor.roles.isdisjoint(UNION_ROLES))


def sees_all_cases(actor: Actor) -> bool:
    """Whether the actor sees what screening found, whoever's list has it: as an auditor alone."""
    return AUDITOR in actor.roles


def may_see(actor: Actor, participant: str, directory: Directory) -> bool:
    """Whether what is a participant's may be shown: to itself, its home member, the union and an auditor.

    Of what may not be shown nobody learns that it exists: it is not found.
    """
    if actor.party == participant or sees_all(actor):
        return True
    return not actor.roles.isdisjoint(MEMBER_ROLES) and directory.home.get(participant) == actor.party
