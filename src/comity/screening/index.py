"""Finding the listed names worth comparing, without comparing all of them.

Every word of every listed name stands once in a vocabulary. A word that is asked about finds the words of the vocabulary
that are like it: exact forms by table, few edits by the set of letters (one edit changes at most two of them) and the
length, so that the edit distance is computed for a few dozen words and not for all. What each word then gives to the
names it stands in is added up, and with what is left over on both sides this bounds the score; names whose bound is too
low are left out. The bound is not exact where words are joined or stand for initials: those names are always compared.
`tests/oracles/screening.py` compares everything with everything, and the tests hold the one to the other.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA

from comity.screening.names import Kind, Name, Token
from comity.screening.names.compare import OTHER, PERSON, acronym, join
from comity.screening.names.likeness import edits_allowed, likeness

Ints = npt.NDArray[np.int32]

MARGIN = 6
"""Points by which the bound may be below the score."""
_CACHED_MAX = 50_000
_FREE = frozenset({Kind.INITIAL, Kind.PARTICLE})
_JOIN_MAX = 4
_EDITS_MAX = 3
_LENGTH_MAX = 60
_JOIN_LEAST = 80


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
        self._words = [words[place] for place in order]
        self._place = np.array(order, np.int32)
        self._masks = np.array([_mask(word) for word in self._words], np.uint64)
        lengths = np.array([len(word) for word in self._words], np.int64)
        self._starts = np.searchsorted(lengths, np.arange(_LENGTH_MAX + _EDITS_MAX + 2)).tolist()

    def near(self, word: str, edits: int) -> list[int]:
        """Return the places of words within so many edits, 1 to `_EDITS_MAX`."""
        length = min(len(word), _LENGTH_MAX)
        first, last = self._starts[max(0, length - edits)], self._starts[length + edits + 1]
        close = np.flatnonzero(np.bitwise_count(self._masks[first:last] ^ np.uint64(_mask(word))) <= 2 * edits)
        words = self._words
        return [
            int(self._place[place])
            for place in (close + first).tolist()
            if OSA.distance(word, words[place], score_cutoff=edits) <= edits
        ]


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
        self._acronyms: defaultdict[str, list[int]] = defaultdict(list)
        for number, name in enumerate(names):
            for each in dict.fromkeys(name.tokens):
                places[each].append(number)
            for start in range(len(name.tokens)):
                for end in range(start + 2, min(start + _JOIN_MAX, len(name.tokens)) + 1):
                    joined[_joined(name.tokens[start:end])].add(number)
            if not persons[number] and (initials := acronym(name.tokens)):
                self._acronyms[initials].append(number)
        self._tokens = list(places)
        self._where = [np.array(numbers, np.int32) for numbers in places.values()]
        self._joined = {fold: np.array(sorted(numbers), np.int32) for fold, numbers in joined.items()}
        self._joined_folds = list(self._joined)
        self._weight = np.array(
            [sum(each.weight for each in name.tokens if each.kind not in _FREE) for name in names], np.int32
        )
        self._listed_cost = np.array([PERSON.listed if person else OTHER.listed for person in persons], np.int32)
        self._asked_cost = np.array([PERSON.asked if person else OTHER.asked for person in persons], np.int32)
        self._folds = _Vocabulary([each.fold for each in self._tokens])
        self._near_joined = _Vocabulary(self._joined_folds)
        self._unwritten = [place for place, each in enumerate(self._tokens) if each.abjad or each.transcribed]
        self._coarse = _Vocabulary([each.coarse for each in self._tokens])
        self._unwritten_coarse = _Vocabulary([self._tokens[place].coarse for place in self._unwritten])
        self._by: defaultdict[tuple[str, object], list[int]] = defaultdict(list)
        for place, each in enumerate(self._tokens):
            for key in _keys(each):
                self._by[key].append(place)
        self._by_coarse: defaultdict[str, list[int]] = defaultdict(list)
        self._by_unwritten: defaultdict[str, list[int]] = defaultdict(list)
        for place, each in enumerate(self._tokens):
            if len(each.skeleton) > 1:
                self._by_coarse[each.coarse].append(place)
                if each.abjad or each.transcribed:
                    self._by_unwritten[each.coarse].append(place)
        self._likes: OrderedDict[Token, list[tuple[int, int]]] = OrderedDict()

    def candidates(self, asked: Name, threshold: int) -> list[int]:
        """Return the numbers of the names whose score may reach the threshold, in ascending order."""
        tokens = [each for each in dict.fromkeys(asked.tokens) if each.kind not in _FREE]
        total = sum(each.weight for each in tokens)
        if not total:
            return []
        best = np.zeros((len(tokens), self.count), np.uint8)
        forced: list[Ints] = []
        for row, each in zip(best, tokens, strict=True):
            for place, alike in self._like(each):
                row[self._where[place]] = alike
            forced += self._where_joined(each)
        rows = {each: row for row, each in enumerate(tokens)}
        self._join(asked, rows, best, forced)
        weights = np.array([each.weight for each in tokens], np.int32)
        value = weights @ best.astype(np.int32)
        low = 100 * OTHER_SHARE * total // 100
        found = np.flatnonzero(value >= low)
        paired = weights @ (best[:, found] > 0)
        left = total - paired
        listed_left = np.maximum(self._weight[found] - paired, 0)
        both = np.minimum(left, listed_left)
        loss = (
            both * PERSON.both
            + (left - both) * self._asked_cost[found]
            + (listed_left - both) * self._listed_cost[found]
        )
        good = 100 * value[found] >= (threshold - MARGIN) * (100 * paired + loss)
        chosen = {int(number) for number in found[good]}
        for numbers in forced:
            chosen.update(int(number) for number in numbers)
        chosen.update(self._acronyms_of(asked))
        return sorted(chosen)

    def _like(self, each: Token) -> list[tuple[int, int]]:
        """Return the words of the vocabulary that are like one, and how alike, the least first."""
        known = self._likes.get(each)
        if known is not None:
            return known
        places = {place for key in _keys(each) for place in self._by.get(key, ())}
        if each.kind != Kind.NUMBER:
            allowed = edits_allowed(len(each.fold) + 1)
            if allowed:
                places.update(self._folds.near(each.fold, allowed))
            self._by_skeleton(each, places)
        found = sorted((alike, place) for place in places if (alike := likeness(each, self._tokens[place])))
        known = [(place, alike) for alike, place in found]
        self._likes[each] = known
        if len(self._likes) > _CACHED_MAX:
            self._likes.popitem(last=False)
        return known

    def _by_skeleton(self, each: Token, places: set[int]) -> None:
        """Add the words with like consonants, where one of the two comes from a script without vowels."""
        unwritten = each.abjad or each.transcribed
        if len(each.skeleton) > 1:
            places.update((self._by_coarse if unwritten else self._by_unwritten).get(each.coarse, ()))
        if len(each.coarse) > 4:  # noqa: PLR2004 - as in likeness
            if unwritten:
                places.update(self._coarse.near(each.coarse, 1))
            else:
                places.update(self._unwritten[place] for place in self._unwritten_coarse.near(each.coarse, 1))

    def _where_joined(self, each: Token) -> list[Ints]:
        """Return where a word stands as two or more."""
        if each.kind == Kind.NUMBER or len(each.text) < 5:  # noqa: PLR2004 - two short words
            return []
        if len(each.text) < 8:  # noqa: PLR2004 - for shorter words the same letters
            return [self._joined[each.fold]] if each.fold in self._joined else []
        return [self._joined[self._joined_folds[place]] for place in self._near_joined.near(each.fold, 1)]

    def _join(self, asked: Name, rows: dict[Token, int], best: npt.NDArray[np.uint8], forced: list[Ints]) -> None:
        """Let neighbours that stand as one word in a listed name count there."""
        tokens = asked.tokens
        for start in range(len(tokens)):
            for end in range(start + 2, min(start + _JOIN_MAX, len(tokens)) + 1):
                span = tokens[start:end]
                whole = join(span)
                if len(whole.text) < 4:  # noqa: PLR2004 - chance
                    continue
                for place, alike in self._like_whole(whole):
                    if alike >= _JOIN_LEAST:
                        for each in span:
                            if each in rows:
                                row = best[rows[each]]
                                where = self._where[place]
                                row[where] = np.maximum(row[where], alike)

    def _like_whole(self, whole: Token) -> list[tuple[int, int]]:
        """Return the words like one that was joined: by tables, or with one edit."""
        known = self._likes.get(whole)
        if known is None:
            places = {place for key in _keys(whole) for place in self._by.get(key, ())}
            if len(whole.fold) > 5:  # noqa: PLR2004 - an edit in fewer letters leaves too little
                places.update(self._folds.near(whole.fold, 1))
            self._by_skeleton(whole, places)
            found = sorted((alike, place) for place in places if (alike := likeness(whole, self._tokens[place])))
            known = [(place, alike) for alike, place in found]
        return known

    def _acronyms_of(self, asked: Name) -> Iterable[int]:
        for each in asked.tokens:
            yield from self._acronyms.get(each.text, ())
        initials = acronym(asked.tokens)
        if initials:
            for place in self._by.get(("text", initials), ()):
                yield from (int(number) for number in self._where[place])


def _joined(tokens: tuple[Token, ...]) -> str:
    """Return nearly the fold of neighbours written as one word, without making that word."""
    return "".join([each.fold for each in tokens])


OTHER_SHARE = 40
"""Hundredths of the weight asked about that must be found in a name for it to be looked at."""


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
