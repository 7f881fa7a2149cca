"""A list as it was read: its parties, and which edition of it this is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from comity.errors import FAULTS_MAX, Fault, InvalidRequest
from comity.screening.entity import Entity


@dataclass(frozen=True, slots=True)
class SanctionsList:
    """One edition of a list.

    Attributes
    ----------
    name
        Which list: UN, OFAC SDN, EU, or what the file calls itself.
    version
        What the publisher calls this edition, or when it was made; empty if the file does not say.
    date
        Its day, ISO 8601; empty if the file does not say.
    digest
        SHA-256 of its content, uncompressed, in hexadecimal.
    entities
        Its parties, at least one, with unique ids, in the order of the file.
    orphans
        Rows that belong to a party which is not in it.
    doubts
        What is odd in it and was read nevertheless.
    """

    name: str
    version: str
    date: str
    digest: str
    entities: tuple[Entity, ...]
    orphans: int = 0
    doubts: tuple[Fault, ...] = ()

    @property
    def count(self) -> int:
        """Number of its parties."""
        return len(self.entities)


def checked(file: str, found: SanctionsList) -> SanctionsList:
    """Return the list if it names anybody and nobody twice, and every party has a name.

    Raises
    ------
    InvalidRequest
        Otherwise, with the faults.
    """
    faults = list(_faults_of(file, found.entities))
    if not found.entities:
        faults.append(Fault(file, 0, "", "a list of at least one party", "none"))
    if faults:
        raise InvalidRequest(faults)
    return found


def refused(file: str, faults: Iterable[Fault], entities: Iterable[Entity]) -> InvalidRequest:
    """Return what refuses a list of which a part cannot be read: that, and what is wrong with the parties that can."""
    return InvalidRequest([*faults, *_faults_of(file, entities)][: FAULTS_MAX + 1])


def _faults_of(file: str, entities: Iterable[Entity]) -> Iterator[Fault]:
    seen: set[str] = set()
    for entity in entities:
        if entity.id in seen:
            yield Fault(file, 0, entity.id, "an id that no other party has", "it twice")
        seen.add(entity.id)
        if not entity.names and not entity.weak_names:
            yield Fault(file, 0, entity.id, "a party with a name", "none")
