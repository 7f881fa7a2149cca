"""Screening a party: which listed parties it may be, with a score and its reasons.

A score is a whole number from 0 to 100. It begins with the best pair of names (`comity.screening.names`). A weak name
counts less. Dates and countries move it a little, since both are often wrong or missing; another kind of party moves it
down. A code that only one party in the world has, if it is the same, makes it 100.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from comity.screening.entity import Entity, Schema
from comity.screening.features import Feature, by_identifier, qualify
from comity.screening.index import Index
from comity.screening.lists import SanctionsList
from comity.screening.names import Name, compare, read_name

THRESHOLD = 76
"""Score from which on a party is a hit, unless another is asked for."""
BONUS_MAX = 8
"""Points that what is known besides the names can add."""
WEAK_LOSS = 6
"""Points by which a weak name counts less."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A listed party that the party asked about may be.

    Attributes
    ----------
    list_name, list_digest
        Which list, and which edition of it.
    entity
        The listed party.
    score
        0 to 100.
    asked, listed
        The names that are most alike; empty if an identifier alone decided.
    features
        What made the score, in the order in which it was reckoned.
    """

    list_name: str
    list_digest: str
    entity: Entity
    score: int
    asked: str
    listed: str
    features: tuple[Feature, ...]

    @property
    def explanation(self) -> str:
        """Return the features as one line of text."""
        return "; ".join(str(feature) for feature in self.features)


class _Edition:
    """Some lists and their index, which never change."""

    def __init__(self, lists: Sequence[SanctionsList]) -> None:
        self.lists = tuple(lists)
        self.entities = [(of, entity) for of in self.lists for entity in of.entities]
        self.owners: list[int] = []
        self.weak: list[bool] = []
        self.names: list[Name] = []
        persons: list[bool] = []
        self.identified: dict[tuple[str, str], list[int]] = {}
        for number, (_, entity) in enumerate(self.entities):
            person, vessel = entity.schema == Schema.PERSON, entity.schema == Schema.VESSEL
            for texts, weak in ((entity.names, False), (entity.weak_names, True)):
                for text in texts:
                    self.names.append(read_name(text, person=person, vessel=vessel))
                    self.owners.append(number)
                    self.weak.append(weak)
                    persons.append(person)
            for each in entity.identifiers:
                self.identified.setdefault((each.kind, each.value), []).append(number)
        self.persons = persons
        self.index = Index(self.names, persons)


class Screener:
    """Answers which listed parties a party may be; its lists can be changed while it is asked.

    Parameters
    ----------
    lists
        One or more lists.
    """

    def __init__(self, lists: Sequence[SanctionsList]) -> None:
        self._edition = _Edition(lists)

    @property
    def lists(self) -> tuple[SanctionsList, ...]:
        """The lists in force."""
        return self._edition.lists

    def load(self, lists: Sequence[SanctionsList]) -> None:
        """Put other lists in force at once: every question sees all of the old or all of the new ones."""
        self._edition = _Edition(lists)

    def match(self, party: Entity, threshold: int = THRESHOLD) -> list[Hit]:
        """Return the hits of a party, the highest score first, then by list and id.

        Parameters
        ----------
        party
            Who is asked about; its weak names count as its names do.
        threshold
            Least score of a hit, 1 to 100.
        """
        edition = self._edition
        best: dict[int, tuple[int, str, str, tuple[Feature, ...]]] = {}
        for text in (*party.names, *party.weak_names):
            self._match_name(edition, party, text, threshold, best)
        decided = {
            number for each in party.identifiers for number in edition.identified.get((each.kind, each.value), ())
        }
        hits = []
        for number in best.keys() | decided:
            of, entity = edition.entities[number]
            score, asked, listed, features = best.get(number, (0, "", "", ()))
            points, more = qualify(party, entity)
            found = by_identifier(party, entity)
            if found is not None:
                score, features = max(score, found.points), (*features, found)
            score = max(0, min(100, score + points))
            if score >= threshold:
                hits.append(Hit(of.name, of.digest, entity, score, asked, listed, (*features, *more)))
        return sorted(hits, key=lambda hit: (-hit.score, hit.list_name, hit.entity.id))

    @staticmethod
    def _match_name(
        edition: _Edition,
        party: Entity,
        text: str,
        threshold: int,
        best: dict[int, tuple[int, str, str, tuple[Feature, ...]]],
    ) -> None:
        least = threshold - BONUS_MAX
        asked = readings(party.schema, text)
        for person, name in asked:
            for number in edition.index.candidates(name, least):
                if edition.persons[number] != person and len(asked) > 1:
                    continue
                listed = edition.names[number]
                compared = compare(name, listed, person=edition.persons[number])
                score = compared.score - (WEAK_LOSS if edition.weak[number] else 0)
                owner = edition.owners[number]
                if score >= least and score > best.get(owner, (0,))[0]:
                    features = [Feature("name", compared.score, f"{name.text} ~ {listed.text}")]
                    features += [Feature(reason, points, words) for reason, points, words in compared.reasons]
                    if edition.weak[number]:
                        features.append(Feature("weak name", -WEAK_LOSS, listed.text))
                    best[owner] = (score, name.text, listed.text, tuple(features))


def readings(schema: Schema, text: str) -> list[tuple[bool, Name]]:
    """Read a name as a person's, as another's, or as both if it is not known whose it is."""
    if schema == Schema.PERSON:
        return [(True, read_name(text, person=True))]
    other = read_name(text, vessel=schema == Schema.VESSEL)
    if schema != Schema.LEGAL_ENTITY:
        return [(False, other)]
    person = read_name(text, person=True)
    return [(True, person), (False, other)]
