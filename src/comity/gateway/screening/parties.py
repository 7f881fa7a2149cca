"""Parties: whom a message, or an instruction between participants, names.

A party that is a participant is asked about by what the union knows of it besides what the message says: its name and
its LEI. Everything else is asked about as it is written.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from comity.iso20022.messages.parties import Agent, Party
from comity.iso20022.messages.payments import InstitutionTransfer
from comity.screening import Entity, Schema
from comity.screening.identifiers import identifier, recognised

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from comity.gateway.directory import Directory
    from comity.iso20022.rules import Payment, Payments
    from comity.screening import Identifier

_ROLES = {
    "debtor": "Dbtr",
    "debtor_agent": "DbtrAgt",
    "ultimate_debtor": "UltmtDbtr",
    "creditor": "Cdtr",
    "creditor_agent": "CdtrAgt",
    "ultimate_creditor": "UltmtCdtr",
}
"""What a party is in a payment, as ISO 20022 calls it, by our field."""
_COVERED = "UndrlygCstmrCdtTrf"
_COUNTRY_LENGTH = 2


class Asked(NamedTuple):
    """A party that is asked about."""

    role: str
    """What it is in the instruction, as ISO 20022 calls it."""
    entity: Entity
    """Without an id."""


def parties_of(message: Payments, directory: Directory) -> list[tuple[Asked, ...]]:
    """Return whom each payment of a message names, nobody twice."""
    return [distinct(_named(message, item, directory)) for item in message.items]


def participant(code: str, directory: Directory) -> Entity:
    """Return what is known of a participant."""
    name, home = directory.names.get(code, ""), directory.home.get(code, "")
    identifiers = _identifiers(identifier("bic", code), identifier("lei", directory.leis.get(code, "")))
    countries = (home,) if len(home) == _COUNTRY_LENGTH else ()
    return Entity("", Schema.ORGANIZATION, (name,) * bool(name), (), identifiers, (), countries)


def distinct(asked: Iterable[Asked]) -> tuple[Asked, ...]:
    """Return parties, each once, by what is asked about it."""
    by_entity: dict[Entity, Asked] = {}
    for each in asked:
        if each.entity.names or each.entity.identifiers:
            by_entity.setdefault(each.entity, each)
    return tuple(by_entity.values())


def _named(message: Payments, item: Payment, directory: Directory) -> Iterator[Asked]:
    yield from _asked(item, directory)
    for role, agent in (
        ("InstgAgt", item.instructing or message.instructing),
        ("InstdAgt", item.instructed or message.instructed),
    ):
        if agent is not None:
            yield Asked(role, _agent(agent, directory))
    if isinstance(item, InstitutionTransfer) and item.covered is not None:
        yield from (Asked(f"{_COVERED}/{each.role}", each.entity) for each in _asked(item.covered, directory))


def _asked(item: object, directory: Directory) -> Iterator[Asked]:
    for name, role in _ROLES.items():
        value = getattr(item, name, None)
        if isinstance(value, Party):
            yield Asked(role, _party(value))
        elif isinstance(value, Agent):
            yield Asked(role, _agent(value, directory))


@lru_cache(maxsize=16_384)
def _agent(agent: Agent, directory: Directory) -> Entity:
    code = directory.usage.agent(agent.code, agent.lei)
    known = participant(code, directory) if code in directory.names else Entity("", Schema.ORGANIZATION, ())
    identifiers = _identifiers(identifier("bic", agent.bic), identifier("lei", agent.lei), *known.identifiers)
    names = tuple(dict.fromkeys(name for name in (*known.names, agent.name) if name))
    return Entity("", Schema.ORGANIZATION, names, (), identifiers, (), known.countries)


def _party(party: Party) -> Entity:
    is_person = bool(party.birth or party.personal)
    is_organisation = bool(party.bic or party.lei or party.numbers)
    schema = Schema.PERSON if is_person else Schema.ORGANIZATION if is_organisation else Schema.LEGAL_ENTITY
    numbers = [each for text in (*party.numbers, *party.personal) for each in recognised(text)]
    identifiers = _identifiers(identifier("bic", party.bic), identifier("lei", party.lei), *numbers)
    countries = tuple(dict.fromkeys(each for each in (party.country, party.residence) if each))
    births = (party.birth,) if party.birth else ()
    return Entity("", schema, (party.name,) * bool(party.name), (), identifiers, births, countries)


def _identifiers(*found: Identifier | None) -> tuple[Identifier, ...]:
    return tuple(dict.fromkeys(each for each in found if each is not None))
