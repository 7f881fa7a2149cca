"""Finding the listed names worth comparing, without comparing all of them.

Every word of every listed name stands once in a vocabulary. A word that is asked about finds the words that are like
it: exact forms by table, few edits by the set of letters (one edit changes at most two of them) and the
length, so that the edit distance is computed for a few dozen words and not for all. What each word then gives to the
names it stands in is added up, and with what is left over on both sides this bounds the score; names whose bound is too
low are left out. The bound is not exact where words are joined or stand for initials: those names are always compared.
`tests/oracles/screening.py` compares everything with everything, and the tests hold the one to the other.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from operator import itemgetter

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from comity.screening.names import Kind, Name, Token
from comity.screening.names.compare import JOIN_LEAST, JOIN_MAX, OTHER, PERSON, acronym, join
from comity.screening.names.likeness import EDITS_MAX, edits_allowed, likeness
from comity.screening.names.token import WEIGHTS

Ints = npt.NDArray[np.int32]
_Found = tuple[npt.NDArray[np.intp], Ints]
"""Numbers of names, ascending, and how alike a word of each is."""
_second = itemgetter(1)

_FOUND_LEAST = 40
"""Hundredths of the weight asked about that must be found in a name for it to be looked at."""
MARGIN = 6
"""Points by which the bound may be below the score."""
_CONSONANTS_MAX = 4
"""So many letters of two skeletons may differ across scripts: two consonants written otherwise."""
_CACHED_MAX = 20_000
_WHOLE_MIN, _WHOLE_MAX = 4, 24
"""Letters of a word that is two or more, written as one."""
_EDITED_MIN = 8
"""Letters from which on such a word may have one edit and still be as like as `JOIN_LEAST`."""
_FREE = frozenset({Kind.INITIAL, Kind.PARTICLE})
_LENGTH_MAX = 60


def _mask(text: str) -> int:
    """Return which letters a text has once at least, and which twice at least, as bits.

    An edit adds a letter, drops one, or both: it changes at most two bits. A swap of neighbours changes none.
    """
    mask = 0
    for letter in text:
        bit = 1 << (ord(letter) - 97 if "a" <= letter <= "z" else 26)
        mask |= bit << 32 if mask & bit else bit
    return mask


class _Vocabulary:
    """Words by length, each with its letters, to find those within a few edits of another."""

    def __init__(self, words: Sequence[str]) -> None:
        order = sorted(range(len(words)), key=lambda place: (len(words[place]), words[place]))
        self._words = np.array([words[place] for place in order], object)
        self._place = np.array(order, np.int32)
        self._masks = np.array([_mask(word) for word in self._words.tolist()], np.uint64)
        lengths = np.array([len(word) for word in self._words.tolist()], np.int64)
        self._starts = np.searchsorted(lengths, np.arange(_LENGTH_MAX + EDITS_MAX + 2)).tolist()

    def near(self, word: str, edits: int = 0) -> list[int]:
        """Return the places of words within so many edits; if 0, within as many as `likeness` allows their length."""
        length = min(len(word), _LENGTH_MAX)
        starts = self._starts
        if edits:
            return self._within(word, edits, starts[max(0, length - edits)], starts[length + edits + 1])
        return [
            place
            for allowed, first, last in _ranges(length)
            for place in self._within(word, allowed, starts[first], starts[last + 1])
        ]

    def _within(self, word: str, edits: int, first: int, last: int) -> list[int]:
        close = np.flatnonzero(np.bitwise_count(self._masks[first:last] ^ np.uint64(_mask(word))) <= 2 * edits)
        if not len(close):
            return []
        close += first
        edited = cdist([word], self._words[close].tolist(), scorer=OSA.distance, score_cutoff=edits, dtype=np.int32)
        found: list[int] = self._place[close[edited[0] <= edits]].tolist()
        return found


@cache
def _ranges(length: int) -> tuple[tuple[int, int, int], ...]:
    """Return for a word of this length which edits words of which lengths may have: edits, shortest, longest."""
    allowed = {
        other: edits
        for other in range(max(1, length - EDITS_MAX), length + EDITS_MAX + 1)
        if abs(other - length) <= (edits := edits_allowed(max(length, other)))
    }
    found = {edits: [other for other, each in allowed.items() if each == edits] for edits in allowed.values() if edits}
    return tuple((edits, min(lengths), max(lengths)) for edits, lengths in found.items())


class Index:
    """The words of a sequence of names, and where each stands.

    Parameters
    ----------
    names
        Listed names.
    persons
        Whether each is a person's.
    """

    def __init__(self, names: Sequence[Name], persons: Sequence[bool]) -> None:
        self.count = len(names)
        places: defaultdict[Token, list[int]] = defaultdict(list)
        joined: defaultdict[str, set[int]] = defaultdict(set)
        joined_coarse: defaultdict[str, set[int]] = defaultdict(set)
        self._acronyms: defaultdict[str, list[int]] = defaultdict(list)
        self._bare: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, name in enumerate(names):
            if all(each.kind in _FREE for each in name.tokens):
                self._bare[_texts(name)].append(number)
            for each in dict.fromkeys(name.tokens):
                places[each].append(number)
            for start in range(len(name.tokens)):
                for end in range(start + 2, min(start + JOIN_MAX, len(name.tokens)) + 1):
                    joined[_joined([each.fold for each in name.tokens[start:end]])].add(number)
                    joined_coarse[_joined([each.coarse for each in name.tokens[start:end]])].add(number)
            if not persons[number] and (initials := acronym(name.tokens)):
                self._acronyms[initials].append(number)
        self._tokens = list(places)
        self._where = [np.array(numbers, np.int32) for numbers in places.values()]
        self._joined = {fold: np.array(sorted(numbers), np.int32) for fold, numbers in joined.items()}
        self._joined_coarse = {coarse: np.array(sorted(numbers), np.int32) for coarse, numbers in joined_coarse.items()}
        self._weight = np.array(
            [sum(each.weight for each in name.tokens if each.kind not in _FREE) for name in names], np.int32
        )
        self._initials = np.array(
            [sum(each.weight for each in name.tokens if each.kind == Kind.INITIAL) for name in names], np.int32
        ) * (WEIGHTS[Kind.WORD] // WEIGHTS[Kind.INITIAL])
        self._listed_cost = np.array([PERSON.listed if person else OTHER.listed for person in persons], np.int32)
        self._asked_cost = np.array([PERSON.asked if person else OTHER.asked for person in persons], np.int32)
        self._joined_folds = list(self._joined)
        self._near_joined = _Vocabulary(self._joined_folds)
        self._folds = _Vocabulary([each.fold for each in self._tokens])
        self._by: defaultdict[tuple[str, object], list[int]] = defaultdict(list)
        for place, each in enumerate(self._tokens):
            for key in _keys(each):
                self._by[key].append(place)
        by_coarse: defaultdict[str, list[int]] = defaultdict(list)
        by_foreign: defaultdict[str, list[int]] = defaultdict(list)
        for place, each in enumerate(self._tokens):
            by_coarse[each.coarse].append(place)
            if each.foreign:
                for coarse in each.coarses:
                    by_foreign[coarse].append(place)
        masks = np.array([_mask(each.skeleton) for each in self._tokens], np.uint64)
        self._by_coarse, self._by_foreign = (
            {coarse: (np.array(found, np.int32), masks[found]) for coarse, found in table.items()}
            for table in (by_coarse, by_foreign)
        )
        self._known: OrderedDict[Token, _Found] = OrderedDict()
        self._wholes: OrderedDict[Token, list[tuple[int, int]]] = OrderedDict()

    def candidates(self, asked: Name, threshold: int) -> list[int]:
        """Return the numbers of the names whose score may reach the threshold, in ascending order."""
        tokens = [each for each in dict.fromkeys(asked.tokens) if each.kind not in _FREE]
        total = sum(each.weight for each in tokens)
        if not total:
            return self._bare.get(_texts(asked), [])
        forced: list[Ints] = []
        for each in tokens:
            forced += self._where_joined(each)
        wholes = self._join(asked)
        value = np.zeros(self.count, np.int32)
        paired = np.zeros(self.count, np.int32)
        for each in tokens:
            numbers, alike = self._found(each, wholes.get(each, ()))
            value[numbers] += each.weight * alike
            paired[numbers] += each.weight
        found = np.flatnonzero(value >= _FOUND_LEAST * total)
        good = found[self._bound(total, paired[found], found, value[found]) >= threshold - MARGIN]
        chosen = set(good.tolist())
        for where in forced:
            chosen.update(where.tolist())
        chosen.update(self._acronyms_of(asked))
        return sorted(chosen)

    def _bound(self, total: int, paired: Ints, found: npt.NDArray[np.intp], value: Ints) -> Ints:
        """Return about the most that the names found can score.

        Parameters
        ----------
        total
            Weight of the words asked about.
        paired, value
            Weight of those that each name has, and the same times how alike they are.
        found
            The numbers of the names.
        """
        left = np.maximum(total - paired - self._initials[found], 0)
        listed_left = np.maximum(self._weight[found] - paired, 0)
        both: Ints = np.minimum(left, listed_left)
        loss: Ints = both * PERSON.both + (left - both) * self._asked_cost[found]
        loss += (listed_left - both) * self._listed_cost[found]
        bound: Ints = 100 * value // (100 * paired + loss)
        return bound

    def _found(self, each: Token, wholes: Sequence[tuple[int, int]]) -> _Found:
        """Return which names have a word like one, or a whole that it is part of, and how alike the most like it is."""
        known = self._known.get(each)
        if known is not None and not wholes:
            return known
        row = np.zeros(self.count, np.uint8)
        for place, alike in sorted([*self._like(each), *wholes], key=_second):
            row[self._where[place]] = alike
        numbers = np.flatnonzero(row != 0)
        found = numbers, row[numbers].astype(np.int32)
        if not wholes:
            self._known[each] = found
            if len(self._known) > _CACHED_MAX:
                self._known.popitem(last=False)
        return found

    def _like(self, each: Token) -> list[tuple[int, int]]:
        """Return the words of the vocabulary that are like one, and how alike, the least first."""
        places = {place for key in _keys(each) for place in self._by.get(key, ())}
        if each.kind != Kind.NUMBER:
            places.update(self._folds.near(each.fold))
            self._by_skeleton(each, places)
        found = sorted((alike, place) for place in places if (alike := likeness(each, self._tokens[place])))
        return [(place, alike) for alike, place in found]

    def _by_skeleton(self, each: Token, places: set[int]) -> None:
        """Add the words with like consonants, where one of the two was written in another script."""
        table = self._by_coarse if each.foreign else self._by_foreign
        mask = np.uint64(_mask(each.skeleton))
        bits = min(_CONSONANTS_MAX, 2 * max(1, len(each.skeleton)) - 1)
        for coarse in each.coarses:
            found = table.get(coarse)
            if found is not None:
                near = np.bitwise_count(found[1] ^ mask) <= bits
                places.update(found[0][near].tolist())

    def _where_joined(self, each: Token) -> list[Ints]:
        """Return where a word stands as two or more."""
        if len(each.text) < _WHOLE_MIN:
            return []
        found = []
        if each.foreign:
            keys = (coarse for coarse in each.coarses if len(coarse) >= _WHOLE_MIN)
            found = [self._joined_coarse[coarse] for coarse in keys if coarse in self._joined_coarse]
        if len(each.fold) < _EDITED_MIN:
            return [*found, self._joined[each.fold]] if each.fold in self._joined else found
        near = self._near_joined.near(each.fold, 1)
        return found + [self._joined[self._joined_folds[place]] for place in near]

    def _join(self, asked: Name) -> dict[Token, list[tuple[int, int]]]:
        """Return for each word the words of the vocabulary it makes with its neighbours, and how alike they are."""
        tokens = asked.tokens
        wholes: dict[Token, list[tuple[int, int]]] = {}
        for start in range(len(tokens)):
            for end in range(start + 2, min(start + JOIN_MAX, len(tokens)) + 1):
                span = tokens[start:end]
                whole = join(span)
                if not _WHOLE_MIN <= len(whole.text) <= _WHOLE_MAX:
                    continue
                for place, alike in self._like_whole(whole):
                    if alike >= JOIN_LEAST:
                        for each in span:
                            wholes.setdefault(each, []).append((place, alike))
        return wholes

    def _like_whole(self, whole: Token) -> list[tuple[int, int]]:
        """Return the words like one that was joined: by tables, or with one edit."""
        known = self._wholes.get(whole)
        if known is not None:
            return known
        places = {place for key in _keys(whole) for place in self._by.get(key, ())}
        if len(whole.fold) >= _EDITED_MIN - 1:
            places.update(self._folds.near(whole.fold, 1))
        self._by_skeleton(whole, places)
        known = [(place, alike) for place in sorted(places) if (alike := likeness(whole, self._tokens[place]))]
        self._wholes[whole] = known
        if len(self._wholes) > _CACHED_MAX:
            self._wholes.popitem(last=False)
        return known

    def _acronyms_of(self, asked: Name) -> Iterable[int]:
        for each in asked.tokens:
            yield from self._acronyms.get(each.text, ())
        initials = acronym(asked.tokens)
        if initials:
            for place in self._by.get(("text", initials), ()):
                yield from (int(number) for number in self._where[place])


def _joined(parts: Sequence[str]) -> str:
    """Return nearly the form of neighbours written as one word, from their own forms, without making that word."""
    joined = ""
    for part in parts:
        joined += part[1:] if joined[-1:] == part[:1] else part
    return joined


def _texts(name: Name) -> tuple[str, ...]:
    return tuple(each.text for each in name.tokens)


def _keys(each: Token) -> list[tuple[str, object]]:
    """Return what words that are like this one, other than by few edits, share with it."""
    keys: list[tuple[str, object]] = [("text", each.text)]
    if each.kind == Kind.NUMBER:
        return [*keys, ("number", each.number)] if each.number >= 0 else keys
    keys.append(("fold", each.fold))
    if each.sound:
        keys.append(("sound", each.sound))
    if len(each.text) >= 5:  # noqa: PLR2004 - as in likeness
        keys.append(("letters", "".join(sorted(each.text))))
    keys += [("nickname", group) for group in each.nicknames]
    return keys
