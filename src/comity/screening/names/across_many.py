"""One word against many across scripts, as `across` compares two, in arrays.

A word of another script has many that sound like it at first sight, and the letters of each are to be aligned. Here one
letter is taken against all words at once: a row of costs for each, and what is added beside it by a running minimum.
"""

from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from comity.screening.names.across import (
    APART_MAX,
    BEST,
    BREATH_UNWRITTEN,
    COSTS,
    HARD,
    LEAST_ACROSS,
    LENGTH,
    LOSS,
    SHORT,
    TRANSCRIBED,
    VOWELS,
    gap_cost,
    parted,
)
from comity.screening.names.token import Token

Ints = npt.NDArray[np.int64]
_Costs = npt.NDArray[np.int16]

_LETTERS = "abcdefghijklmnopqrstuvwxyzH."
"""An h at the end is a letter of its own, and what is behind the end another."""
_CODES = {letter: code for code, letter in enumerate(_LETTERS)}
_COUNT = len(_LETTERS)
_END = _CODES["."]
_SOFT_BITS = 2
_SOFT_MAX = (1 << _SOFT_BITS) - 1
"""More than `APART_MAX` soft consonants are as good as that many."""
_CONSONANTS_MAX = 64
"""Consonants of a word, and one more."""


def _pairs(costs: dict[str, int]) -> _Costs:
    letters = _LETTERS.lower()
    return np.array([[costs.get(one + other, 0) for other in letters] for one in letters], np.int16)


def _alone(vowel: int, breath: int) -> _Costs:
    """Return what a letter costs that stands in one of the words alone."""
    costs = {**dict.fromkeys(VOWELS, vowel), "h": breath, "H": 1, ".": 0}
    return np.array([costs.get(letter, HARD) for letter in _LETTERS], np.int16)


_PAIRS = np.stack([_pairs(COSTS), _pairs(TRANSCRIBED)]).ravel()
_ADDED = np.concatenate([_alone(1, 1), _alone(0, BREATH_UNWRITTEN)])
"""In the Latin word; by whether the script of the other writes few vowels."""
_DROPPED = np.concatenate([_alone(1, 1), _alone(2, BREATH_UNWRITTEN)])
"""In the word of the other script."""


class Spoken:
    """How words sound, in arrays.

    Parameters
    ----------
    words
        Words that are no numbers, of less than `_CONSONANTS_MAX` letters.
    """

    def __init__(self, words: Sequence[Token]) -> None:
        parts = [parted(each.spoken) for each in words]
        self._gap = {gap: number for number, gap in enumerate({gap: 0 for _, gaps in parts for gap in gaps})}
        self._gaps = np.zeros((len(words), max((len(gaps) for _, gaps in parts), default=0)), np.uint16)
        for number, (_, gaps) in enumerate(parts):
            self._gaps[number, : len(gaps)] = [self._gap[gap] for gap in gaps]
        self._gap_costs = lru_cache(maxsize=1 << 12)(self._costs_of_gap)
        self._length = np.array([len(each.spoken) for each in words], np.int64)
        self._kinds = np.array([len(each) << _SOFT_BITS | min(_soft(each), _SOFT_MAX) for each, _ in parts], np.int64)
        self._letters = _matrix([_written(each.spoken) for each in words])
        self._hard = _matrix([consonants for consonants, _ in parts])
        self._unwritten = np.array([each.abjad for each in words], np.int64)
        self._transcribed = np.array([each.transcribed for each in words], np.int64)

    def alike(self, each: Token, places: Ints, bits: npt.NDArray[np.uint8], least: int) -> Ints:
        """Return how alike one word and some of these are, 0 or from `LEAST_ACROSS` on; one is of another script.

        Parameters
        ----------
        places
            Numbers of the words, shape (n,).
        bits
            In how many bits the masks of their consonants and of its own differ, shape (n,).
        least
            Words less alike than this may count as 0.
        """
        consonants, gaps = parted(each.spoken)
        count = len(consonants)
        alike = np.zeros(len(places), np.int64)
        kinds = self._kinds[places]
        best, cost_max = _limits(count, count, least)
        same = ((kinds >> _SOFT_BITS == count) & (bits <= 2 * cost_max)).nonzero()[0]  # one letter changes two bits
        if len(same):
            cost = self._in_step(each, consonants, gaps, places[same], cost_max)
            alike[same] = np.where(cost <= cost_max, best - LOSS * cost // (count + 1), 0)
        other = (bits <= _bits_max(count, _soft(consonants), least)[kinds]).nonzero()[0]
        if len(other):
            cost = self._aligned(each, places[other])
            length = np.maximum(kinds[other] >> _SOFT_BITS, count)
            limits = _all_limits(count, least)[:, kinds[other] >> _SOFT_BITS]
            alike[other] = np.where(cost <= limits[1], limits[0] - LOSS * cost // (length + 1), 0)
        return alike

    def _in_step(self, each: Token, consonants: str, gaps: tuple[str, ...], places: Ints, cost_max: int) -> Ints:
        """Return the costs where both have as many consonants."""
        codes = np.array([_CODES[letter] * _COUNT for letter in consonants], np.intp)
        few, table = self._scripts(each, places)
        pairs = table[:, None] + codes + self._hard[places, : len(codes)]
        cost: Ints = _PAIRS.take(pairs).sum(axis=1, dtype=np.int64)
        near = (cost <= cost_max).nonzero()[0]
        if len(near):
            places = places[near]
            rows = [self._gap_costs(gap, each.foreign, unwritten) for unwritten in (False, True) for gap in gaps]
            few = few if len(few) == 1 else few[near]
            row = (np.arange(len(gaps)) + (few * len(gaps))[:, None]) * len(self._gap)
            cost[near] += np.concatenate(rows).take(row + self._gaps[places, : len(gaps)]).sum(axis=1)
        return cost

    def _costs_of_gap(self, gap: str, foreign: bool, few: bool) -> Ints:  # noqa: FBT001 - the rest of a key
        """Return what the vowels between two consonants cost against every other that the words have."""
        pairs = ((gap, other) if foreign else (other, gap) for other in self._gap)
        return np.array([gap_cost(one, other, few) for one, other in pairs], np.int64)

    def _scripts(self, each: Token, places: Ints) -> tuple[Ints, Ints]:
        """Return of each pair whether its script writes few vowels, and where the costs begin that hold for it.

        Of a pair one word is Latin: so where the one is of another script, shape (1,).
        """
        if each.foreign:
            few, transcribed = np.array([[each.abjad], [each.transcribed]], np.int64)
        else:
            few, transcribed = self._unwritten[places], self._transcribed[places]
        return few, transcribed * (_COUNT * _COUNT)

    def _aligned(self, each: Token, places: Ints) -> Ints:
        """Return the costs of turning the one into the others.

        A row holds, for each letter of the others, the cost up to there less that of adding all letters up to there: so
        adding one changes nothing, and the running minimum of a row is all that is to be done about what is added.
        """
        lengths = self._length[places]
        letters = self._letters[places, : int(lengths.max())].T
        few, table = self._scripts(each, places)
        mine, theirs = (_DROPPED, _ADDED) if each.foreign else (_ADDED, _DROPPED)
        added = theirs.take(letters + few * _COUNT)
        codes = np.array([_CODES[letter] for letter in _written(each.spoken)], np.intp)
        pairs = _PAIRS.take((letters + table) + codes[:, None, None] * _COUNT)
        pairs -= added
        alone = mine.take(codes[:, None] + few * _COUNT)
        row = np.zeros((len(letters) + 1, len(places)), np.int16)
        for paired, dropped in zip(pairs, alone, strict=True):
            instead = paired + row[:-1]
            row += dropped
            np.minimum(row[1:], instead, out=row[1:])
            np.minimum.accumulate(row, axis=0, out=row)
        cost: Ints = row[lengths, np.arange(len(places))] + added.sum(axis=0, dtype=np.int64)
        return cost


def _limits(count: int, other: int, least: int) -> tuple[int, int]:
    """Return how alike two words of so many consonants can be, and what they may cost; less than 0 if nothing may."""
    length = max(count, other)
    best = BEST - SHORT * max(0, LENGTH - length)
    cost_max = min((best - LEAST_ACROSS) * (length + 1), (best + 1 - least) * (length + 1) - 1) // LOSS
    return best, cost_max if length else -1


@cache
def _all_limits(count: int, least: int) -> Ints:
    """Return `_limits` for every count of the other word, shape (2, counts)."""
    return np.array([_limits(count, other, least) for other in range(_CONSONANTS_MAX)], np.int64).T


@cache
def _bits_max(count: int, soft: int, least: int) -> npt.NDArray[np.int8]:
    """Return for each kind of word, by consonants and soft ones, in how many bits its mask may differ at most.

    Where one has more consonants, as many are dropped, for one each if they are soft. Whatever is left of the cost goes
    into others, at one or more each: one that is dropped changes one bit of a mask, another letter in its place two.
    Negative: the words cannot be alike, or have as many consonants.
    """
    most = np.full(_CONSONANTS_MAX << _SOFT_BITS, -1, np.int8)
    for other in range(max(0, count - APART_MAX), min(count + APART_MAX + 1, _CONSONANTS_MAX)):
        apart = abs(count - other)
        for other_soft in range(1 << _SOFT_BITS if apart else 0):
            surely = apart + (HARD - 1) * max(0, apart - (other_soft if other > count else soft))
            left = _limits(count, other, least)[1] - surely
            most[other << _SOFT_BITS | other_soft] = min(apart + 2 * left, 127) if left >= 0 else -1
    return most


def _soft(consonants: str) -> int:
    """Return how many consonants cost one, and no more, where the other word has none, or a vowel like them."""
    return sum(map(consonants.count, "hvj"))


def _written(spoken: str) -> str:
    return spoken[:-1] + "H" if spoken.endswith("h") else spoken


def _matrix(words: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Return the codes of letters, shape (words, letters of the longest)."""
    matrix = np.full((len(words), max(map(len, words), default=0)), _END, np.uint8)
    for place, word in enumerate(words):
        matrix[place, : len(word)] = [_CODES[letter] for letter in word]
    return matrix
