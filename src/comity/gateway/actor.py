"""Actors: who asks, once they are known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who has proven who they are.

    Attributes
    ----------
    id
        Stable and unique: `key:` and the id of a key, or `person:` and a name.
    person
        Who answers for it, so that two keys of one person are not two people.
    party
        Code of the participant or member they act for; `union` for the union itself.
    roles
        Names of `comity.gateway.roles`.
    operations
        The only operations that they may ask for, None: all of their roles.
    """

    id: str
    person: str
    party: str
    roles: frozenset[str]
    operations: frozenset[str] | None = None
