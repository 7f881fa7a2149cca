"""Consents: who may give a command, and whose consent it needs.

The table is one file, `consents.toml`. Whose consent it is follows from what a command says and
from who is who in the union; the state of the engine has no part in it, except that what
was closed is opened by those who closed it.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from comity.errors import NotFound
from comity.gateway.authority import UNION, Forbidden, may_see, permits, refusal_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.gateway.actor import Actor
    from comity.gateway.directory import Directory
    from comity.gateway.notes import Shut
    from comity.model.command import Command

Scope = tuple[str, str, str]
"""What is closed: a participant or empty, a currency or empty, a pair of members or empty."""
TWO_PEOPLE = 2


class Rule(NamedTuple):
    """A row of the table; see there."""

    operation: str
    consent: tuple[str, ...]
    eyes: int
    one: bool
    asks: tuple[str, ...]


def _table() -> dict[str, Rule]:
    text = (files("comity.gateway") / "consents.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)["commands"].items()
    return {
        name: Rule(
            row["operation"],
            tuple(row["consent"]),
            row["eyes"],
            row.get("one", False),
            tuple(row.get("asks", row["consent"])),
        )
        for name, row in rows
    }


RULES = _table()
"""Rules by variant of a command."""


class Closers:
    """Who closed what: a fold over the notes of records, since each lifts only its own closing."""

    def __init__(self) -> None:
        self._by_scope: dict[Scope, frozenset[str]] = {}

    def of(self, scope: Scope) -> frozenset[str]:
        """Return the parties that closed exactly this, empty if nobody is known to have."""
        return self._by_scope.get(scope, frozenset())

    def take(self, note: Shut) -> None:
        """Remember what a record says."""
        scope = (note.participant, note.currency, note.target)
        if note.is_closed:
            self._by_scope[scope] = self.of(scope) | {note.party}
        else:
            self._by_scope.pop(scope, None)


class Needed(NamedTuple):
    """Whose consent a command needs from an actor who asks for it."""

    variant: str
    parties: tuple[str, ...]
    """Those who still have to consent, by somebody other than the actor; empty: it may be carried out."""


def variant_of(command: Command) -> str:
    """Return the row of the table that a command falls under."""
    name = command.command
    match name:
        case "limit":
            return f"limit.{command.value}"
        case "suspend" | "resume":
            return f"{name}.{'home' if command.value.split()[0] == 'home' else 'issuer'}"
        case "standing":
            return "standing.in" if (command.amount_minor or 0) > 0 else "standing.out"
        case "floor":
            return "floor" if command.amount_minor or command.value_minor else "floor.end"
        case "close" | "open":
            return f"{name}.{_scope_word(command)}"
        case _:
            return name


def _scope_word(command: Command) -> str:
    if command.participant:
        return "account" if command.currency else "participant"
    word = "corridor" if command.target else "currency"
    return f"{word}.reject" if command.value == "reject" else word


def needed_for(actor: Actor, command: Command, directory: Directory, closers: Closers) -> Needed:
    """Return whose consent a command needs if an actor asks for it.

    Raises
    ------
    NotFound
        It is about a participant whose things the actor may not see.
    Forbidden
        The actor's roles or party may not ask for it.
    """
    variant = variant_of(command)
    rule = RULES.get(variant)
    if rule is None:
        raise Forbidden(f"{variant} is for nobody")
    if not permits(actor, rule.operation):
        raise Forbidden(refusal_of(actor, rule.operation))
    consenting = _parties(rule.consent, command, directory)
    asking = _parties(rule.asks, command, directory)
    if command.command == "open":
        closed_by = closers.of(scope_of(command))
        consenting, asking = (tuple(sorted(closed_by)) or each for each in (consenting, asking))
    if actor.party not in asking:
        if command.participant and not _may_touch(actor, command, directory):
            raise NotFound(f"{actor.party} has no participant {command.participant!r}")
        raise Forbidden(f"{actor.party} cannot ask for this {command.command}: {' or '.join(asking)} can")
    if rule.one:
        consenting = (actor.party,)
    return Needed(variant, tuple(p for p in consenting if rule.eyes == TWO_PEOPLE or p != actor.party))


def scope_of(command: Command) -> Scope:
    """Return what a command to close or open is about."""
    return command.participant, command.currency, command.target


def _may_touch(actor: Actor, command: Command, directory: Directory) -> bool:
    """Whether the actor may know of what the command is about: its participant's account with it counts."""
    issues = any(directory.issuers.get(currency) == actor.party for currency in command.currencies)
    return issues or may_see(actor, command.participant, directory)


def _parties(kinds: Sequence[str], command: Command, directory: Directory) -> tuple[str, ...]:
    found: list[str] = []
    for kind in kinds:
        match kind:
            case "participant":
                found.append(command.participant)
            case "home":
                found.append(directory.home[command.participant])
            case "issuer":
                found += (directory.issuers[currency] for currency in command.currencies)
            case "members":
                found += command.members
            case "named":
                found += command.members
            case "union":
                found.append(UNION)
            case _:
                raise ValueError(f"the table of consents speaks of {kind!r}")
    return tuple(dict.fromkeys(found))
