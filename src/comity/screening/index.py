"""Finding the listed names worth comparing, without comparing all of them.

Every word of every listed name stands once in a vocabulary. A word that is asked about finds the words that are like
it: exact forms by table, few edits by the set of letters (one edit changes at most two of them) and the
length, so that the edit distance is computed for a few dozen words and not for all; words of another script by classes
of consonants, all at once (`names.across_many`). What each word then gives to the names it stands in is added up, and
with what is left over on both sides this bounds the score; names whose bound is too low are left out. The bound is not
exact where words are joined or stand for initials: a name in which neighbours make a word asked about, or of which it
is the initials, is compared in any case.
`tests/oracles/screening.py` compares everything with everything, and the tests hold the one to the other.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from operator import itemgetter

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from comity.screening.names import Kind, Name, Token
from comity.screening.names.across import LEAST_ACROSS
from comity.screening.names.across_many import Spoken
from comity.screening.names.compare import JOIN_LEAST, JOIN_MAX, OTHER, PERSON, acronym, is_whole, join, script_joined
from comity.screening.names.likeness import EDITS_MAX, edits_allowed, reckoned
from comity.screening.names.token import SYLLABLE_MAX, WEIGHTS, classes, fold, mask_of, sound
from comity.screening.names.words import NICKNAMES, NUMBERS

Ints = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]
_Found = tuple[Places, Ints]
"""Numbers of names, ascending, and what a word gives to each: four sums in one number, see `_packed`."""
_second = itemgetter(1)
_Span = tuple[int, int, int]
"""Number of a name, and the first of some neighbours in it and the one after the last."""

_ASKED, _LISTED, _WEIGHT = 48, 35, 22
"""Where sums of a name stand in one number: weight of the words asked about that are paired, of the listed ones, the
smaller of the two, and that times how alike they are. A name has at most `TOKENS_MAX` words of 100."""
_MASK = (1 << _ASKED - _LISTED) - 1
_VALUE_MASK = (1 << _WEIGHT) - 1
_FOUND_LEAST = 40
"""Hundredths of the weight asked about that must be found in a name for it to be looked at."""
MARGIN = 6
"""Points by which the bound may be below the score."""
_CONSONANTS_MAX = 4
"""So many letters of two skeletons may differ across scripts: two consonants written otherwise."""
_FEW = 8
"""So few words are compared one by one in less time than at once."""
_CACHED_MAX = 20_000
_WHOLE_MIN, _WHOLE_MAX = 4, 24
"""Letters of a word that is two or more, written as one."""
_SLIPPED_MIN = 4
"""Letters from which on a word may have an edit and be like another."""
_NOWHERE = np.zeros(0, np.intp)
_EDITED_MIN = 8
"""Letters from which on such a word may have one edit and still be as like as `JOIN_LEAST`."""
_FREE = frozenset({Kind.INITIAL, Kind.PARTICLE})
_LENGTH_MAX = 60


class _Vocabulary:
    """Words by length, each with its letters, to find those within a few edits of another.

    What is left out is surely further away: an edit changes at most two bits of the letters that a word has.
    """

    def __init__(self, words: Sequence[str]) -> None:
        order = sorted(range(len(words)), key=lambda place: (len(words[place]), words[place]))
        self._words = np.array([words[place] for place in order], object)
        self._place = np.array(order, np.int32)
        self._masks = np.array([mask_of(word) for word in self._words.tolist()], np.uint64)
        lengths = np.array([len(word) for word in self._words.tolist()], np.int64)
        self._starts = np.searchsorted(lengths, np.arange(_LENGTH_MAX + EDITS_MAX + 2)).tolist()

    def near(self, word: str, edits: int, shortest: int, longest: int) -> list[int]:
        """Return the places of words of such lengths within so many edits."""
        first, last = self._starts[max(0, shortest)], self._starts[min(longest, _LENGTH_MAX + EDITS_MAX) + 1]
        close = (np.bitwise_count(self._masks[first:last] ^ np.uint64(mask_of(word))) <= 2 * edits).nonzero()[0]
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


class _Slips:
    """Words by themselves and without one letter each, to find those within one edit of another."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._by: defaultdict[str, list[int]] = defaultdict(list)
        for place, word in enumerate(words):
            if len(word) >= _SLIPPED_MIN:
                for form in dict.fromkeys(_slips(word)):
                    self._by[form].append(place)

    def near(self, word: str) -> set[int]:
        """Return the places of words of `_SLIPPED_MIN` letters or more within one edit of a word."""
        by = self._by
        places = {place for form in _slips(word) if form in by for place in by[form]}
        if not places:
            return places
        return {place for place in places if OSA.distance(word, self._words[place], score_cutoff=1) <= 1}

    def may_be_near(self, word: str) -> bool:
        """Whether there may be one; no is sure."""
        return not self._by.keys().isdisjoint(_slips(word))


def _slips(word: str) -> list[str]:
    return [word, *[word[:place] + word[place + 1 :] for place in range(min(len(word), _LENGTH_MAX))]]


class _Across:
    """Words by the classes of their consonants, to find those like another where one of the two is of another script.

    An initial is like every word that begins with it, so that it is found here too.
    """

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        words = [place for place, each in enumerate(tokens) if _is_spoken(each)]
        self._places = np.array(words, np.int64)
        self._spoken = Spoken([tokens[place] for place in words])
        masks = np.array([mask_of(tokens[place].skeleton) for place in words], np.uint64)
        by_latin: defaultdict[str, list[int]] = defaultdict(list)
        by_foreign: defaultdict[str, list[int]] = defaultdict(list)
        for number, each in enumerate(tokens[place] for place in words):
            for coarse in each.coarses:
                (by_foreign if each.foreign else by_latin)[coarse].append(number)
        self._by_latin, self._by_foreign = (
            {coarse: (np.array(found, np.int64), masks[found]) for coarse, found in table.items()}
            for table in (by_latin, by_foreign)
        )
        self._others: defaultdict[tuple[bool, str], list[int]] = defaultdict(list)
        for place, each in enumerate(tokens):
            if each.kind == Kind.INITIAL or len(each.spoken) > _LENGTH_MAX:
                self._others[True, each.coarse].append(place)
                for coarse in each.coarses if each.foreign else ():
                    self._others[False, coarse].append(place)

    def is_known(self, coarse: str) -> bool:
        """Whether there are words that a word in Latin letters of these classes may be like."""
        return coarse in self._by_foreign or (False, coarse) in self._others

    def find(self, each: Token, least: int = LEAST_ACROSS) -> dict[int, int]:
        """Return the places of the words that are like one, and how alike; those less than `least` may be left out."""
        if each.kind == Kind.NUMBER:
            return {}
        table = self._by_latin if each.foreign else self._by_foreign
        tables = [table[coarse] for coarse in each.coarses if coarse in table] if not each.eastern else []
        others = [place for coarse in each.coarses for place in self._others.get((each.foreign, coarse), ())]
        if not tables and not others:
            return {}
        mask = mask_of(each.skeleton)
        bits = min(_CONSONANTS_MAX, 2 * max(1, len(each.skeleton)) - 1)
        like = {
            place: reckoned(each, self.tokens[place])
            for place in others
            if (mask_of(self.tokens[place].skeleton) ^ mask).bit_count() <= bits
        }
        if not tables:
            return like
        numbers, masks = tables[0] if len(tables) == 1 else (np.concatenate(part) for part in zip(*tables, strict=True))
        apart = np.bitwise_count(masks ^ np.uint64(mask))
        near = (apart <= bits).nonzero()[0]
        numbers = numbers[near]
        if len(near) <= _FEW:
            for place in self._places[numbers].tolist():
                like[place] = reckoned(each, self.tokens[place])
        else:
            alike = self._spoken.alike(each, numbers, apart[near], least)
            kept = alike.nonzero()[0]
            like.update(zip(self._places[numbers[kept]].tolist(), alike[kept].tolist(), strict=True))
        return like


def _is_spoken(each: Token) -> bool:
    """Whether a word is compared by its sound across scripts."""
    return not each.eastern and each.kind not in {Kind.NUMBER, Kind.INITIAL} and len(each.spoken) <= _LENGTH_MAX


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
        joined: defaultdict[str, list[_Span]] = defaultdict(list)
        joined_coarse: defaultdict[str, list[_Span]] = defaultdict(list)
        self._acronyms: defaultdict[str, list[int]] = defaultdict(list)
        self._bare: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, name in enumerate(names):
            if all(each.kind in _FREE for each in name.tokens):
                self._bare[_texts(name)].append(number)
            for each in dict.fromkeys(name.tokens):
                places[each].append(number)
            for start in range(len(name.tokens)):
                for end in range(start + 2, min(start + JOIN_MAX, len(name.tokens)) + 1):
                    span = (number, start, end)
                    joined[_joined([each.fold for each in name.tokens[start:end]])].append(span)
                    joined_coarse[_joined([each.coarse for each in name.tokens[start:end]])].append(span)
            if not persons[number] and (initials := acronym(name.tokens)):
                self._acronyms[initials].append(number)
        self.tokens = list(places)
        self._where = [np.array(numbers, np.intp) for numbers in places.values()]
        self._names = names
        self._joined = joined
        self._joined_coarse = joined_coarse
        self._weight = np.array([_weight(name.tokens) for name in names], np.int64)
        self._weight_once = np.array([_weight(dict.fromkeys(name.tokens)) for name in names], np.int64)
        self._initials = np.array(
            [sum(each.weight for each in name.tokens if each.kind == Kind.INITIAL) for name in names], np.int64
        ) * (WEIGHTS[Kind.WORD] // WEIGHTS[Kind.INITIAL])
        self._persons = np.array(persons, bool)
        self._asked_cost = np.where(self._persons, PERSON.asked, OTHER.asked)
        self._listed_cost = np.where(self._persons, PERSON.listed, OTHER.listed)
        self._joined_folds = list(self._joined)
        self._near_joined = _Vocabulary(self._joined_folds)
        folds = [each.fold for each in self.tokens]
        self._folds = _Vocabulary(folds)
        self._slips = _Slips(folds)
        self._by: defaultdict[tuple[str, object], list[int]] = defaultdict(list)
        for place, each in enumerate(self.tokens):
            for key in _keys(each):
                self._by[key].append(place)
        self._across = _Across(self.tokens)
        self._known: OrderedDict[Token, _Found] = OrderedDict()
        self._wholes: OrderedDict[Token, Sequence[tuple[int, int]]] = OrderedDict()
        self._spans: OrderedDict[Token, list[int]] = OrderedDict()

    def candidates(self, asked: Name, threshold: int) -> list[int]:
        """Return the numbers of the names whose score may reach the threshold, in ascending order."""
        tokens = [each for each in dict.fromkeys(asked.tokens) if each.kind not in _FREE]
        total = sum(each.weight for each in tokens)
        if not total:
            return self._bare.get(_texts(asked), [])
        forced = [number for each in tokens for number in self._where_joined(each)]
        wholes = self._join(asked)
        found, sums = _summed([self._found(each, wholes.get(each, ())) for each in tokens])
        enough = (sums >= -(-_FOUND_LEAST * total // 100) << _ASKED).nonzero()[0]
        found, sums = found[enough], sums[enough]
        free = sum(each.kind in _FREE for each in asked.tokens)
        free = free if free == len(asked.tokens) - 1 else -1
        good = found[self._bound(total, free, found, sums) >= threshold - MARGIN]
        chosen = set(good.tolist())
        chosen.update(forced)
        chosen.update(self._acronyms_of(asked))
        return sorted(chosen)

    def _bound(self, total: int, free: int, found: Places, sums: Ints) -> Ints:
        """Return about the most that the names found can score.

        Parameters
        ----------
        total
            Weight of the words asked about.
        free
            If one word alone is asked about: how many initials and particles stand beside it; else -1.
        found
            The numbers of the names.
        sums
            What the words give to each name, as `_Found` has it.
        """
        value, weight = sums & _VALUE_MASK, sums >> _WEIGHT & _MASK
        left = np.maximum(total - (sums >> _ASKED) - self._initials[found], 0)
        listed_left = np.maximum(self._weight[found] - (sums >> _LISTED & _MASK), 0)
        asked_cost, listed_cost = self._asked_cost[found], self._listed_cost[found]
        if free >= 0:
            persons = self._persons[found]
            lone_left = self._weight_once[found] - (sums >> _LISTED & _MASK) - free * WEIGHTS[Kind.WORD]
            listed_left = np.where(persons, np.maximum(lone_left, 0), listed_left)
            listed_cost = np.where(persons, PERSON.lone, listed_cost)
        both = np.minimum(left, listed_left)
        loss = both * (PERSON.both - asked_cost - listed_cost) + left * asked_cost + listed_left * listed_cost
        bound: Ints = 100 * value // (100 * weight + loss)
        return bound

    def _found(self, each: Token, wholes: Sequence[tuple[int, int]]) -> _Found:
        """Return what a word gives to the names that have one like it, or a whole that it is part of."""
        found = self._known.get(each)
        if found is None:
            found = self._known[each] = self._standing(each, self._like(each))
            if len(self._known) > _CACHED_MAX:
                self._known.popitem(last=False)
        return _better(self._standing(each, wholes), found) if wholes else found

    def _standing(self, each: Token, like: Sequence[tuple[int, int]]) -> _Found:
        """Return what a word gives to the names in which others stand, of which each name counts the most alike."""
        like = sorted(like, key=_second)[::-1]
        gives = np.array([_packed(alike, each, self.tokens[place]) for place, alike in like], np.int64)
        where = [self._where[place] for place, _ in like]
        numbers = np.concatenate(where) if where else _NOWHERE
        order, starts = _grouped(numbers)
        first = order[starts]
        return numbers[first], gives.repeat([len(each) for each in where])[first]

    def _like(self, each: Token) -> list[tuple[int, int]]:
        """Return the words of the vocabulary that are like one, and how alike."""
        places = self._by_key(each)
        if each.kind != Kind.NUMBER:
            places.update(self.near(each.fold))
        found = self._across.find(each)
        for place in places:
            found[place] = reckoned(each, self.tokens[place])
        return [(place, alike) for place, alike in found.items() if alike]

    def near(self, word: str) -> Iterator[int]:
        """Yield the places of words that have as few edits as `likeness` allows their length."""
        for edits, shortest, longest in _ranges(min(len(word), _LENGTH_MAX)):
            yield from self._slips.near(word) if edits == 1 else self._folds.near(word, edits, shortest, longest)

    def _where_joined(self, each: Token) -> list[int]:
        """Return where a word stands as two or more."""
        if len(each.text) < _WHOLE_MIN:
            return []
        known = self._spans.get(each)
        if known is not None:
            return known
        spans: list[_Span] = []
        if each.foreign:
            keys = (coarse for coarse in each.coarses if len(coarse) >= _WHOLE_MIN)
            spans = [span for coarse in keys for span in self._joined_coarse.get(coarse, ())]
        if len(each.fold) < _EDITED_MIN:
            spans += self._joined.get(each.fold, ())
        else:
            length = min(len(each.fold), _LENGTH_MAX)
            for place in self._near_joined.near(each.fold, 1, length - 1, length + 1):
                spans += self._joined[self._joined_folds[place]]
        known = list({span[0]: None for span in spans if self._is_whole(each, span)})
        self._spans[each] = known
        if len(self._spans) > _CACHED_MAX:
            self._spans.popitem(last=False)
        return known

    def _is_whole(self, each: Token, span: _Span) -> bool:
        """Whether neighbours in a listed name are, written as one word, like one."""
        number, start, end = span
        return is_whole(self._names[number].tokens[start:end], each)

    def _join(self, asked: Name) -> dict[Token, list[tuple[int, int]]]:
        """Return for each word the words of the vocabulary it makes with its neighbours, and how alike they are."""
        tokens = asked.tokens
        lengths = [len(each.text) for each in tokens]
        wholes: dict[Token, list[tuple[int, int]]] = {}
        for start in range(len(tokens) - 1):
            length = lengths[start]
            for end in range(start + 2, min(start + JOIN_MAX, len(tokens)) + 1):
                length += lengths[end - 1]
                if length > _WHOLE_MAX:
                    break
                if length < _WHOLE_MIN:
                    continue
                span = tokens[start:end]
                if script_joined(span) == "latin" and not self.may_be_whole("".join([each.text for each in span])):
                    continue
                for found in self.like_whole(join(span)):
                    for each in span:
                        wholes.setdefault(each, []).append(found)
        return wholes

    def may_be_whole(self, text: str) -> bool:
        """Whether `like_whole` can find anything for neighbours taken to be Latin; no is sure.

        It looks up what `like_whole` does, a few forms of the word, without making a token of it.
        """
        if not text.isalpha() or text in NUMBERS or text in NICKNAMES or ("text", text) in self._by:
            return True
        folded = fold(text)
        if ("fold", folded) in self._by or ("letters", "".join(sorted(text))) in self._by:
            return True
        if len(text) <= SYLLABLE_MAX and ("sound", sound(text)) in self._by:
            return True
        return self._across.is_known(classes(folded)) or (
            len(folded) >= _EDITED_MIN - 1 and self._slips.may_be_near(folded)
        )

    def like_whole(self, whole: Token) -> Sequence[tuple[int, int]]:
        """Return the words like one that was joined: by tables, or with one edit."""
        known = self._wholes.get(whole)
        if known is not None:
            return known
        places = self._by_key(whole)
        if len(whole.fold) >= _EDITED_MIN - 1:
            places |= self._slips.near(whole.fold)
        found = self._across.find(whole, JOIN_LEAST)
        for place in places:
            found[place] = reckoned(whole, self.tokens[place])
        known = tuple((place, alike) for place, alike in found.items() if alike >= JOIN_LEAST)
        self._wholes[whole] = known
        if len(self._wholes) > _CACHED_MAX:
            self._wholes.popitem(last=False)
        return known

    def _by_key(self, each: Token) -> set[int]:
        """Return the places of words that are like one other than by few edits."""
        by = self._by
        return {place for key in _keys(each) if key in by for place in by[key]}

    def _acronyms_of(self, asked: Name) -> Iterable[int]:
        for each in asked.tokens:
            yield from self._acronyms.get(each.text, ())
        initials = acronym(asked.tokens)
        if initials:
            for place in self._by.get(("text", initials), ()):
                yield from (int(number) for number in self._where[place])


def _packed(alike: int, each: Token, listed: Token) -> int:
    """Return what a word gives to the names in which a listed one stands that is like it, or like a whole of it."""
    weight, taken = each.weight, max(each.weight, listed.weight)
    if listed.kind in _FREE:
        weight, taken = min(each.weight, listed.weight), 0
    return (each.weight << _ASKED) + (taken << _LISTED) + (weight << _WEIGHT) + alike * weight


def _better(one: _Found, other: _Found) -> _Found:
    """Return of two things that a word may give to a name the more alike; the one where they are as alike."""
    numbers, given = (np.concatenate(each) for each in zip(one, other, strict=True))
    alike = (given & _VALUE_MASK) // (given >> _WEIGHT & _MASK)
    order = np.lexsort((-alike, numbers))
    first = order[_starts(numbers[order])]
    return numbers[first], given[first]


def _summed(parts: Sequence[_Found]) -> _Found:
    """Return the sums of what several words give to names."""
    if len(parts) == 1:
        return parts[0]
    numbers, given = (np.concatenate(each) for each in zip(*parts, strict=True))
    order, starts = _grouped(numbers)
    return numbers[order[starts]], np.add.reduceat(given[order], starts) if len(starts) else given


def _grouped(numbers: Places) -> tuple[Ints, Ints]:
    """Return an order that sorts numbers and keeps what is equal in sequence, and where each number begins in it."""
    order = numbers.argsort(kind="stable")
    return order, _starts(numbers[order])


def _starts(ordered: Places) -> Ints:
    """Return where each number begins in what is sorted."""
    first = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first.nonzero()[0]


def _weight(tokens: Iterable[Token]) -> int:
    return sum([each.weight for each in tokens if each.kind not in _FREE])


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
