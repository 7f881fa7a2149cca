"""One word against many across scripts, held to comparing two at a time."""

import random

import numpy as np
import pytest

from comity.screening.names.across import LEAST_ACROSS, across
from comity.screening.names.across_many import Spoken
from comity.screening.names.token import Token, mask_of

LETTERS = "aaaiiiuuubdghjklmnrstvz"


def _word(chance: random.Random, script: str) -> Token:
    return Token("".join(chance.choices(LETTERS, k=chance.randrange(1, 12))), script)


def _near(word: Token, chance: random.Random, script: str) -> Token:
    """A word with one or two other letters, or some fewer or more."""
    letters = list(word.text)
    for _ in range(chance.randrange(4)):
        place = chance.randrange(len(letters) + 1)
        letters[place : place + chance.randrange(2)] = chance.choice(["", "h", *LETTERS])
    return Token("".join(letters) or "a", script)


def _pair(one: Token, other: Token) -> int:
    foreign, latin = (one, other) if one.foreign else (other, one)
    return across(foreign.spoken, latin.spoken, LEAST_ACROSS, unwritten=foreign.abjad, transcribed=foreign.transcribed)


@pytest.mark.parametrize("least", [LEAST_ACROSS, 88])
def test_one_word_against_many_is_as_alike_as_two_at_a_time(least: int) -> None:
    chance = random.Random(3)
    found = 0
    scripts = ("arabic", "cyrillic", "transcribed", "hebrew")
    for _ in range(30):
        foreign = _word(chance, chance.choice(scripts))
        latin = [_near(foreign, chance, "latin") for _ in range(40)]
        others = [_near(latin[0], chance, chance.choice(scripts)) for _ in range(40)]
        for asked, words in ((foreign, latin), (latin[0], others)):
            bits = np.array(
                [(mask_of(each.skeleton) ^ mask_of(asked.skeleton)).bit_count() for each in words], np.uint8
            )
            many = Spoken(words).alike(asked, np.arange(len(words)), bits, least)
            expected = [_pair(asked, each) for each in words]
            assert [score for score in many.tolist() if score >= least] == [x for x in expected if x >= least]
            assert [score >= least for score in many.tolist()] == [x >= least for x in expected]
            found += sum(x >= least for x in expected)
    assert found > 50
