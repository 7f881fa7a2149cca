"""Screening without an index: every name asked about is compared with every name of every list."""

from collections.abc import Sequence
from functools import lru_cache

from comity.screening import Entity, SanctionsList
from comity.screening.entity import Schema
from comity.screening.names import compare
from comity.screening.names.name import read_name
from comity.screening.screener import WEAK_LOSS, readings

_read = lru_cache(maxsize=None)(read_name)


def naive_scores(lists: Sequence[SanctionsList], party: Entity) -> dict[tuple[str, str], int]:
    """Return the best score of a name of a party with each listed party, by list and id; scores of 0 are left out."""
    best: dict[tuple[str, str], int] = {}
    asked = [reading for text in (*party.names, *party.weak_names) for reading in readings(party.schema, text)]
    for of in lists:
        for entity in of.entities:
            person = entity.schema == Schema.PERSON
            fitting = [name for as_person, name in asked if as_person == person] or [name for _, name in asked]
            for loss, texts in ((0, entity.names), (WEAK_LOSS, entity.weak_names)):
                for text in texts:
                    listed = _read(text, person=person, vessel=entity.schema == Schema.VESSEL)
                    score = max(compare(name, listed, person=person).score for name in fitting) - loss
                    if score > best.get((of.name, entity.id), 0):
                        best[of.name, entity.id] = score
    return best
