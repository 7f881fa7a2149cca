"""How alike two words are of which one was written in another script.

No two people transliterate alike, so letters are not counted one by one: a vowel for another, a voiced consonant for its
voiceless one, or a semivowel for a vowel costs one; any other consonant costs four. A vowel that an Arabic or Hebrew
word does not write costs nothing.
"""

from itertools import product

_BEST = 95
_LOSS = 24
_HARD = 4
_SHORT, _LENGTH = 6, 3
"""A word loses so much for each consonant that it has fewer than so many."""
_VOWELS = frozenset("aiu")
_WEAK = frozenset("hj")
_LIKE = ("bp", "bv", "vf", "fp", "dt", "kg", "gh", "kh", "sz", "sc", "zc", "sj", "zj", "cj", "ch", "gj", "uv", "ij", "tc", "mn", "dz", "ts")
_DEAR = frozenset({"mn", "dz", "ts", "gj", "tc"})


def _costs() -> dict[str, int]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    costs = {one + other: 0 if one == other else _HARD for one, other in product(letters, letters)}
    costs |= {one + other: 1 for one, other in product(_VOWELS, _VOWELS) if one != other}
    for pair in _LIKE:
        costs[pair] = costs[pair[::-1]] = 2 if pair in _DEAR else 1
    return costs


_COSTS = _costs()
_TRANSCRIBED = _COSTS | {"lr": 1, "rl": 1}


def across(one: str, other: str, *, unwritten: bool, transcribed: bool) -> int:
    """Return how alike two words are, 0 to 95.

    Parameters
    ----------
    one
        How the word in the other script sounds.
    other
        How the other word sounds.
    unwritten
        Whether the script of the one writes few vowels.
    transcribed
        Whether the one is a foreign name in Chinese characters, which have no r.
    """
    costs = _TRANSCRIBED if transcribed else _COSTS
    free = 0 if unwritten else 1
    added = [free if letter in _VOWELS else 1 if letter in _WEAK else _HARD for letter in other]
    row = [0]
    for cost in added:
        row.append(row[-1] + cost)
    for letter in one:
        dropped = 1 if letter in _VOWELS or letter in _WEAK else _HARD
        left = row[0] + dropped
        following = [left]
        for place, against in enumerate(other):
            left = min(row[place] + costs.get(letter + against, _HARD), row[place + 1] + dropped, left + added[place])
            following.append(left)
        row = following
    length = max(sum(letter not in _VOWELS for letter in word) for word in (one, other))
    if not length:
        return 0
    return max(0, _BEST - _SHORT * max(0, _LENGTH - length) - _LOSS * row[-1] // (length + 1))
