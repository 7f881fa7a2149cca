"""Labelled pairs of names over many scripts, made of the spellings beside this file.

Each name in its own script is paired with its spellings in Latin letters, and with those of names that share a part
with it or are spelled most like it.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

SPELLINGS = Path(__file__).with_name("spellings.toml")


class Pair(NamedTuple):
    """Two names, and whether they are one person's."""

    script: str
    asked: str
    listed: str
    same: bool


def pairs() -> list[Pair]:
    """Return all pairs: as many of one person as of two, for each script."""
    return [
        pair for script, parts in tomllib.loads(SPELLINGS.read_text()).items() for pair in _of_script(script, parts)
    ]


def _of_script(script: str, parts: dict[str, list[str]]) -> Iterator[Pair]:
    given, family = ([each.split("|") for each in parts[part]] for part in ("given", "family"))
    eastern = script in ("han", "hangul", "kana")
    for number in range(3 * len(given)):
        first, last, spelling = number % len(given), (number + number // len(given)) % len(family), 1 + number % 3
        asked = f"{family[last][0]} {given[first][0]}" if eastern else f"{given[first][0]} {family[last][0]}"
        if script in ("han", "hangul"):
            asked = asked.replace(" ", "")
        yield Pair(script, asked, f"{given[first][spelling]} {family[last][spelling]}", same=True)
        if number % 2:
            other = _nearest(given, first, spelling)
            yield Pair(script, asked, f"{given[other][spelling]} {family[last][spelling]}", same=False)
        else:
            other = _nearest(family, last, spelling)
            yield Pair(script, asked, f"{given[first][spelling]} {family[other][spelling]}", same=False)


def _nearest(names: list[list[str]], place: int, spelling: int) -> int:
    """Return the place of the other name that is spelled most like this one."""
    mine = names[place][spelling].lower()
    return max(
        (other for other in range(len(names)) if other != place),
        key=lambda other: Levenshtein.normalized_similarity(mine, names[other][spelling].lower()),
    )
