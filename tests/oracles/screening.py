"""Screening without an index: every name asked about is compared with every name of every list.

And words paired by sets of places, all pairs of spans tried, where `comity.screening` has bits and leaves pairs out.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from comity.screening import Entity, SanctionsList
from comity.screening.entity import Schema
from comity.screening.names import Kind, Name, compare
from comity.screening.names.compare import JOIN_LEAST, JOIN_MAX, join
from comity.screening.names.likeness import reckoned
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


def naive_pairing(asked: Name, listed: Name, *, person: bool) -> tuple[int, int, set[int], set[int]]:
    """Pair the words of two names, the most alike first, by sets of places.

    Returns
    -------
    Likeness times weight summed, weight summed, and the places that are left over in the one and in the other.
    """
    pairs = []
    for i, end, j, other_end in _spans(len(asked.tokens), len(listed.tokens)):
        ones, others = asked.tokens[i:end], listed.tokens[j:other_end]
        weights = [sum(each.weight for each in side) for side in (ones, others)]
        if len(ones) == len(others) == 1:
            alike, taken = reckoned(ones[0], others[0]), min(weights)
            if not person and (ones[0].kind == Kind.INITIAL) != (others[0].kind == Kind.INITIAL):
                alike = 0
        else:
            parts, whole = (ones, others) if len(others) == 1 else (others, ones)
            alike, taken = reckoned(join(parts), whole[0]), max(weights)
            length = sum(len(each.text) for each in parts)
            if alike < JOIN_LEAST or abs(len(whole[0].text) - length) > 3 or len(whole[0].text) < 4:
                alike = 0
        if alike:
            pairs.append((alike, sum(weights), -abs(i - j), (i, end), (j, other_end), taken))
    singles = [(mine, theirs) for alike, _, _, mine, theirs, _ in pairs if alike == 100 and _single(mine, theirs)]
    count = min(len(asked.tokens), len(listed.tokens))
    if min(len({mine for mine, _ in singles}), len({theirs for _, theirs in singles})) == count:
        pairs = [each for each in pairs if _single(each[3], each[4])]  # every word of the shorter stands in the other
    left, others_left = set(range(len(asked.tokens))), set(range(len(listed.tokens)))
    value = weight = 0
    for alike, _, _, mine, theirs, taken in sorted(pairs, reverse=True):
        if left >= set(range(*mine)) and others_left >= set(range(*theirs)):
            left -= set(range(*mine))
            others_left -= set(range(*theirs))
            value += alike * taken
            weight += taken
    for places, tokens in ((left, asked.tokens), (others_left, listed.tokens)):
        paired = [each for place, each in enumerate(tokens) if place not in places]
        places -= {place for place in places if len(tokens[place].text) > 3 and tokens[place] in paired}
    return value, weight, left, others_left


def _single(mine: tuple[int, int], theirs: tuple[int, int]) -> bool:
    return mine[1] - mine[0] == theirs[1] - theirs[0]


def _spans(count: int, other_count: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield single words of both, and neighbours of the one with single words of the other."""
    for i in range(count):
        for j in range(other_count):
            yield i, i + 1, j, j + 1
            yield from ((i, end, j, j + 1) for end in range(i + 2, min(i + JOIN_MAX, count) + 1))
            yield from ((i, i + 1, j, end) for end in range(j + 2, min(j + JOIN_MAX, other_count) + 1))
