"""Parties: whom a message, or an instruction between participants, names.

A party that is a participant is asked about by what the union knows of it besides what the message says: its name and
its LEI. Everything else is asked about as it is written.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from comity.iso20022.messages.parties import Agent, Party
from comity.iso20022.messages.payments import InstitutionTransfer
from comity.iso20022.reading import read
from comity.iso20022.table import Group, fields_of
from comity.screening import Entity, Schema
from comity.screening.identifiers import identifier, recognised

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lxml.etree import _Element

    from comity.gateway.directory import Directory
    from comity.iso20022.rules import Payment, Payments
    from comity.iso20022.shapes import Unread
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
_SPOKEN = ("Nm", "BICFI", "AnyBIC", "LEI")
"""Elements by which somebody is named, wherever they stand."""
_INSTITUTION = "FinInstnId"
_ABOVE = {_INSTITUTION: 1, "OrgId": 2}
"""How many elements above the one that names somebody the agent or party stands, 0 if it is that one."""


class Named(NamedTuple):
    """A party that an instruction names."""

    role: str
    """What it is in the instruction, as ISO 20022 calls it."""
    entity: Entity
    """Without an id."""


def parties_of(
    message: Payments, directory: Directory, more: Sequence[Sequence[Named]] = ()
) -> list[tuple[Named, ...]]:
    """Return whom each payment of a message names, nobody twice; `more` of each beside what its fields say."""
    more = more or [()] * len(message.items)
    items: Sequence[Payment] = message.items
    return [distinct((*_named(message, item, directory), *row)) for item, row in zip(items, more, strict=True)]


def others_of(content: _Element, message: Payments, directory: Directory, unread: Unread = ()) -> list[list[Named]]:
    """Return whom each payment of a message names where no field reads: agents in between, holders of accounts, others.

    What the group names, each of them names. All of it is passed on to whoever is paid.

    Parameters
    ----------
    content
        Element of the message, with its payments in their order.
    message
        Which message it is.
    unread
        Which elements no field reads, as far as that is known: where nobody can be named by them, nobody is looked for.
    """
    silent = [names is not None and names.isdisjoint(_SPOKEN) for names in unread] or [False] * (1 + len(message.items))
    if all(silent):
        return [[] for _ in message.items]
    space = content.tag[: content.tag.index("}") + 1]
    (items,) = (each for each in fields_of(type(message)) if each.name == "items")
    assert issubclass(items.shape.holds, Group)
    known = _read_in(items.shape.holds)
    rows = [
        [] if is_silent else list(_others(element, space, known, directory))
        for element, is_silent in zip(content.iterfind(space + items.at.path), silent[1:], strict=True)
    ]
    group = None if silent[0] else content.find(f"{space}GrpHdr")
    shared = [] if group is None else list(_others(group, space, known, directory))
    return [row + shared for row in rows] if shared else rows


def _others(element: _Element, space: str, known: frozenset[str], directory: Directory) -> Iterator[Named]:
    seen = set()
    for spoken in element.iter(*(space + name for name in _SPOKEN)):
        owner = spoken.getparent()
        assert owner is not None
        above = owner.tag.removeprefix(space)
        for _ in range(_ABOVE.get(above, 0)):
            owner = owner.getparent()
            assert owner is not None
        role = "/".join(each.tag.removeprefix(space) for each in _down(element, owner))
        if role in known or owner in seen:
            continue
        seen.add(owner)
        entity = _agent(read(owner, Agent), directory) if above == _INSTITUTION else _party(read(owner, Party))
        yield Named(role, entity)


def _down(element: _Element, below: _Element) -> list[_Element]:
    """Return the elements on the way from one to another below it, without the first."""
    way = []
    while below is not element:
        way.append(below)
        above = below.getparent()
        assert above is not None
        below = above
    return way[::-1]


@cache
def _read_in(group: type[Group], above: str = "") -> frozenset[str]:
    """Return where fields of a struct read agents and parties."""
    found: set[str] = set()
    for each in fields_of(group):
        kind, path = each.shape.holds, above + each.at.path
        if kind in {Agent, Party}:
            found.add(path)
        elif issubclass(kind, Group):
            found |= _read_in(kind, f"{path}/")
    return frozenset(found)


def participant(code: str, directory: Directory) -> Entity:
    """Return what is known of a participant."""
    name, home = directory.names.get(code, ""), directory.home.get(code, "")
    identifiers = _identifiers(identifier("bic", code), identifier("lei", directory.leis.get(code, "")))
    countries = (home,) if len(home) == _COUNTRY_LENGTH else ()
    return Entity("", Schema.ORGANIZATION, (name,) * bool(name), (), identifiers, (), countries)


def distinct(asked: Iterable[Named]) -> tuple[Named, ...]:
    """Return parties, each once, by what is asked about it."""
    by_entity: dict[Entity, Named] = {}
    for each in asked:
        if each.entity.names or each.entity.identifiers:
            by_entity.setdefault(each.entity, each)
    return tuple(by_entity.values())


def _named(message: Payments, item: Payment, directory: Directory) -> Iterator[Named]:
    yield from _asked(item, directory)
    for role, agent in (
        ("InstgAgt", item.instructing or message.instructing),
        ("InstdAgt", item.instructed or message.instructed),
    ):
        if agent is not None:
            yield Named(role, _agent(agent, directory))
    if isinstance(item, InstitutionTransfer) and item.covered is not None:
        yield from (Named(f"{_COVERED}/{each.role}", each.entity) for each in _asked(item.covered, directory))


def _asked(item: object, directory: Directory) -> Iterator[Named]:
    for name, role in _ROLES.items():
        value = getattr(item, name, None)
        if isinstance(value, Party):
            yield Named(role, _party(value))
        elif isinstance(value, Agent):
            yield Named(role, _agent(value, directory))


@lru_cache(maxsize=16_384)
def _agent(agent: Agent, directory: Directory) -> Entity:
    code = directory.usage.agent(agent.code, agent.lei)
    known = participant(code, directory) if code in directory.names else Entity("", Schema.ORGANIZATION, ())
    identifiers = _identifiers(identifier("bic", agent.bic), identifier("lei", agent.lei), *known.identifiers)
    names = tuple(dict.fromkeys(name for name in (*known.names, agent.name) if name))
    return Entity("", Schema.ORGANIZATION, names, (), identifiers, (), known.countries)


@lru_cache(maxsize=16_384)
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
