"""Guessable: whether a password is among those that are tried first.

With fifteen characters the commonest passwords are commonest words set side by side, runs of neighbouring
keys, and names that whoever attacks knows. So these are taken out, letters that figures stand for too, and what is left
has to be long enough by itself. The words are a list of our own, not one of passwords that were found somewhere.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

OWN_MIN: Final = 8
"""Letters and figures that are left once all that is common is taken out."""
NAME_MIN: Final = 4
"""Shorter names occur in words by chance."""
RUN_MIN: Final = 4
"""Characters of a run."""

_WORDS = """
access account admin administrator alexander amanda america andrew angel anthony apple april arsenal asdf ashley
august autumn azerty baby banana bank banking barcelona baseball basket batman beautiful bitcoin buster butter
butterfly charlie cheese chelsea chicken chocolate clearing coffee comity computer cookie correcthorsebatterystaple
country cowboy daniel database december default demo diamond dragon eagle easter elephant england example facebook
falcon february ferrari flower football forever freedom friday friend ginger golden goodbye google guest guitar hacker
hannah happy harley heaven hello hockey hunter iloveyou internet january jasmine jennifer jessica jesus jordan joseph
joshua july june justin killer kitten letmein lightning lion liverpool login london loremipsumdolorsitamet love lovely
madison manager manchester march master matrix maytheforcebewithyou mercedes michael michelle midnight mobile monday
money monkey monster morning mother mustang naruto natasha nicole november october office opensesame operator orange
panther party passphrase passwd password patrick payment peanut pepper phoenix pokemon porsche princess private purple
qazwsx qwerty rainbow ranger richard robert root samantha samsung saturday school secret security september server
service settlement shadow silver simple soccer spider spring starwars summer sunday sunflower sunshine superman
support sweet swordfish system teacher temp test thequickbrownfoxjumpsoverthelazydog thomas thunder thursday tiger
tobeornottobe trustno1 tuesday tweety union user victoria wednesday welcome whatever william winner winter wizard
yankees yellow zxcv
"""
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn")
_ROWS_OTHER = ("azertyuiop", "qwertzuiop", "yxcvbnm", "1q2w3e4r5t6y7u8i9o0p", "a1b2c3d4e5f6g7h8i9")
_FOR_LETTERS = str.maketrans("013457@$!", "oieastasi")

_COMMON = re.compile("|".join(sorted(map(re.escape, _WORDS.split()), key=len, reverse=True)))
_NEIGHBOURS = frozenset(
    pair for row in (*_ROWS, *_ROWS_OTHER) for way in (row, row[::-1]) for pair in pairwise(way)
) | frozenset((each, each) for each in map(chr, range(0x80)))


def is_guessable(password: str, names: Iterable[str] = ()) -> bool:
    """Whether a password is made of what is tried first, or has a name in it.

    Parameters
    ----------
    names
        Of whoever sets it, and of whom they act for.
    """
    plain = password.casefold()
    known = [name.casefold() for name in names if len(name) >= NAME_MIN]
    ways = (plain, plain.translate(_FOR_LETTERS))
    return any(name in way for way in ways for name in known) or any(_own(way) < OWN_MIN for way in ways)


def _own(text: str) -> int:
    """Count the letters and figures in no common word and no run; spaces between letters hide neither."""
    bare = "".join(each for each in text if each.isalnum())
    return len(_without_runs(_COMMON.sub("", bare)))


def _without_runs(text: str) -> str:
    left, run = "", text[:1]
    for before, each in pairwise(text):
        if (before, each) in _NEIGHBOURS:
            run += each
            continue
        left += run if len(run) < RUN_MIN else ""
        run = each
    return left + (run if len(run) < RUN_MIN else "")
