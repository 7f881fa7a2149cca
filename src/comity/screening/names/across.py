"""How alike two words are of which one was written in another script.

No two people transliterate alike, so not all letters count alike: a vowel for another, a voiced consonant for its
voiceless one, or a semivowel for a vowel costs one; any other consonant costs four. A vowel that an Arabic or Hebrew
word does not write costs nothing.
"""

import re
from functools import cache, lru_cache
from itertools import product

BEST = 95
LEAST_ACROSS = 72
"""Words of which one was written in another script, and less alike than this, are not paired."""
LOSS = 24
HARD = 4
APART_MAX = 2
"""Consonants, such as an h that one language writes, that one word may have more than the other."""
BREATH_UNWRITTEN = 3
"""An h is written where vowels are not, and so is seldom missing."""
_CONSONANT = re.compile("([^aiu])")
SHORT, LENGTH = 6, 3
"""A word loses so much for each consonant that it has fewer than so many."""
VOWELS = frozenset("aiu")
_LIKE = (
    "bp",
    "bv",
    "vf",
    "fp",
    "dt",
    "kg",
    "gh",
    "kh",
    "sz",
    "sc",
    "zc",
    "sj",
    "zj",
    "cj",
    "ch",
    "gj",
    "uv",
    "ij",
    "tc",
    "mn",
    "dz",
    "ts",
)
_DEAR = frozenset({"mn", "dz", "ts", "gj", "tc"})


def _costs() -> dict[str, int]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    costs = {one + other: 0 if one == other else HARD for one, other in product(letters, letters)}
    costs |= {one + other: 1 for one, other in product(VOWELS, VOWELS) if one != other}
    for pair in _LIKE:
        costs[pair] = costs[pair[::-1]] = 2 if pair in _DEAR else 1
    return costs


COSTS = _costs()
TRANSCRIBED = COSTS | {"lr": 1, "rl": 1}


def across(one: str, other: str, least: int, *, unwritten: bool, transcribed: bool) -> int:
    """Return how alike two words are: 0, or from `least` to 95.

    Parameters
    ----------
    one
        How the word in the other script sounds.
    other
        How the other word sounds.
    least
        Words less alike than this are not alike.
    unwritten
        Whether the script of the one writes few vowels.
    transcribed
        Whether the one is a foreign name in Chinese characters, which have no r.
    """
    mine, gaps = parted(one)
    theirs, other_gaps = parted(other)
    length = max(len(mine), len(theirs))
    best = BEST - SHORT * max(0, LENGTH - length)
    cost_max = (best - least) * (length + 1) // LOSS
    if not length or cost_max < 0:
        return 0
    costs = TRANSCRIBED if transcribed else COSTS
    if len(mine) == len(theirs):
        cost = sum([costs[letter + against] for letter, against in zip(mine, theirs, strict=True)])
        if cost <= cost_max:
            pairs = zip(gaps, other_gaps, strict=True)
            cost += sum([gap_cost(gap, against, unwritten) for gap, against in pairs if gap != against])
    elif abs(len(mine) - len(theirs)) > APART_MAX:
        return 0
    else:
        cost = _cost(one, other, cost_max, costs, unwritten=unwritten)
    return best - LOSS * cost // (length + 1) if cost <= cost_max else 0


@lru_cache(maxsize=1 << 16)
def parted(word: str) -> tuple[str, tuple[str, ...]]:
    """Return the consonants of a word, and the vowels before, between and after them."""
    parts = _CONSONANT.split(word)
    return "".join(parts[1::2]), tuple(parts[::2])


@cache
def gap_cost(written: str, other: str, unwritten: bool) -> int:  # noqa: FBT001 - the third of a key
    """Return what vowels between two consonants cost."""
    return _cost(written, other, HARD * 4, COSTS, unwritten=unwritten)


def _cost(one: str, other: str, cost_max: int, costs: dict[str, int], *, unwritten: bool) -> int:
    """Return the least cost of turning one word into the other, or more than `cost_max` if it is more."""
    free, written, breath = (0, 2, BREATH_UNWRITTEN) if unwritten else (1, 1, 1)
    added = [free if letter in VOWELS else breath if letter == "h" else HARD for letter in other]
    if other.endswith("h"):
        added[-1] = 1
    row = [0]
    for cost in added:
        row.append(row[-1] + cost)
    for number, letter in enumerate(one, 1):
        dropped = written if letter in VOWELS else HARD
        if letter == "h":
            dropped = breath if number < len(one) else 1
        left = least = row[0] + dropped
        following = [left]
        for place, against in enumerate(other):
            above = row[place + 1] + dropped
            beside = left + added[place]
            left = row[place] + costs[letter + against]
            if above < left:  # noqa: PLR1730 - a call for each letter pair would double the time
                left = above
            if beside < left:  # noqa: PLR1730 - the same
                left = beside
            if left < least:  # noqa: PLR1730 - the same
                least = left
            following.append(left)
        if least > cost_max:
            return least
        row = following
    return row[-1]
