"""How alike two tokens are, 0 to 100, and why.

All in whole numbers. The reasons, from the best: the same letters; the same fold; the same sound of a syllable; a known
short name; a number or an initial that agrees; few edits between the folds; little cost across scripts; the letters
backwards or in another order.
"""

from functools import lru_cache

from rapidfuzz.distance import OSA

from comity.screening.names.across import LEAST_ACROSS, across
from comity.screening.names.token import Kind, Token

LEAST = 66
"""Tokens less alike than this are not paired."""

_SAME_FOLD = 96
_SAME_SOUND = 95
_LIKE_SOUND = 84
_NICKNAME = 90
_INITIAL = 80
_BACKWARDS = 84
_JUMBLED = 72
_JUMBLE_LENGTH = 5
_NUMBER = Kind.NUMBER
EDITS_MAX = 3


def edits_allowed(length: int) -> int:
    """Return how many edits a fold of so many letters may differ by."""
    return 0 if length <= 4 else 1 if length <= 7 else 2 if length <= 11 else EDITS_MAX  # noqa: PLR2004


def likeness(one: Token, other: Token) -> int:
    """Return how alike two tokens are: 0, or `LEAST` to 100. Symmetric.

    Most pairs are words that have nothing to do with each other, and are told apart here without being remembered. It
    takes all that can make two words alike to be out of the question: an edit changes two bits of the letters of a fold
    at most, and words of the same letters have the same length.
    """
    if (
        (one.letters ^ other.letters).bit_count() > 2 * EDITS_MAX
        and one.kind < _NUMBER
        and other.kind < _NUMBER
        and (one.sound != other.sound or not one.sound)
        and not (one.nicknames and other.nicknames)
        and (len(one.text) != len(other.text) or len(one.text) < _JUMBLE_LENGTH)
        and (one.foreign == other.foreign or not (one.coarse in other.coarses or other.coarse in one.coarses))
    ):
        return 0
    return _remembered(one, other)


def reckoned(one: Token, other: Token) -> int:
    """Return what `likeness` does, for words that are probably alike, without remembering it."""
    if one.text == other.text:
        return 100
    if one.kind >= _NUMBER or other.kind >= _NUMBER:
        special = _by_kind(one, other)
        if special is not None:
            return special
    if one.fold == other.fold:
        return _SAME_FOLD
    eastern = one.eastern or other.eastern
    best = 0 if eastern else _by_edits(one, other)
    if one.sound and one.sound == other.sound:
        best = max(best, _SAME_SOUND if eastern else _LIKE_SOUND)
    if one.nicknames and not one.nicknames.isdisjoint(other.nicknames):
        best = max(best, _NICKNAME)
    if not eastern and one.foreign != other.foreign and (one.coarse in other.coarses or other.coarse in one.coarses):
        best = max(best, _across(one, other))
    if len(one.text) == len(other.text) >= _JUMBLE_LENGTH:
        best = max(best, _by_order(one, other))
    return best


_remembered = lru_cache(maxsize=1 << 16)(reckoned)


def _by_kind(one: Token, other: Token) -> int | None:
    """Compare where a number or an initial is one of the two; nothing if neither is."""
    if Kind.NUMBER in (one.kind, other.kind):
        return 100 if one.number >= 0 and one.number == other.number else 0
    if Kind.INITIAL in (one.kind, other.kind):
        return _INITIAL if one.text[0] == other.text[0] and Kind.PARTICLE not in (one.kind, other.kind) else 0
    return None


def _by_edits(one: Token, other: Token) -> int:
    """Count edits between folds twice and between letters once; more at the first letter, and at a last vowel."""
    mine, theirs = one.fold, other.fold
    length = max(len(mine), len(theirs))
    allowed = edits_allowed(length)
    if 2 * length - len(mine) - len(theirs) > allowed or not allowed:  # so many letters are to be added
        return 0
    edits = OSA.distance(mine, theirs, score_cutoff=allowed)
    if edits > allowed:
        return 0
    written = OSA.distance(one.text, other.text, score_cutoff=edits + 1)
    place = 0 if mine[:1] == theirs[:1] else 1 if len(one.text) == len(other.text) else 2
    if edits == 1 and place == 0 and mine.rstrip("aiu") == theirs.rstrip("aiu"):
        place = 2
    score = 100 - 36 * (2 * edits + written + place) // (length + 1)
    return score if score >= LEAST else 0


def _across(one: Token, other: Token) -> int:
    """Compare a word in another script with one in Latin letters."""
    if other.foreign:
        one, other = other, one
    return across(one.spoken, other.spoken, LEAST_ACROSS, unwritten=one.abjad, transcribed=one.transcribed)


def _by_order(one: Token, other: Token) -> int:
    if one.text == other.text[::-1]:
        return _BACKWARDS
    return _JUMBLED if sorted(one.text) == sorted(other.text) else 0
