"""What the index and the comparison leave out, held to leaving nothing out."""

import random

import pytest
from rapidfuzz.distance import OSA

from comity.screening.index import Index
from comity.screening.names import Name, Token, read_name
from comity.screening.names.compare import join, pair
from comity.screening.names.likeness import edits_allowed, likeness, reckoned
from tests.oracles.screening import naive_pairing
from tests.screening.pairs import pairs

LETTERS = "aaeeiioubdghklmnrstvz"
SCRIPTS = ("latin", "latin", "cyrillic", "arabic", "han", "transcribed")


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(LETTERS, k=chance.randrange(2, 15)))


def _near(word: str, chance: random.Random) -> str:
    """The word with up to four edits."""
    letters = list(word)
    for _ in range(chance.randrange(5)):
        place = chance.randrange(len(letters) + 1)
        letters[place : place + chance.randrange(3)] = chance.choice(["", *LETTERS])
    return "".join(letters) or "a"


def _names(chance: random.Random) -> list[Name]:
    """Names of the pairs, with neighbours written as one word or one word as two, and with letters changed."""
    names = []
    for each in pairs():
        for text in (each.asked, each.listed):
            words = text.split()
            place = chance.randrange(len(words))
            changed = [_near(word, chance) if chance.random() < 0.3 else word for word in words]
            cut = [*words[:place], words[place][:4], words[place][4:], *words[place + 1 :], words[place]]
            names += [text, text.replace(" ", "", 1), " ".join(changed), " ".join(cut)]
    return [name for text in names if not (name := read_name(text, person=chance.random() < 0.7)).empty]


NAMES = _names(random.Random(8))


def test_words_told_apart_at_once_are_unlike() -> None:
    chance = random.Random(1)
    alike = 0
    for _ in range(20_000):
        text = _word(chance)
        other = _near(text, chance) if chance.random() < 0.5 else "".join(chance.sample(text, len(text)))
        one, another = Token(text, chance.choice(SCRIPTS)), Token(other, chance.choice(SCRIPTS))
        assert likeness(one, another) == likeness(another, one) == reckoned(one, another)
        alike += reckoned(one, another) > 0
    tokens = sorted({each for name in NAMES for each in name.tokens}, key=lambda each: each.text)
    for one in chance.sample(tokens, 150):
        for another in tokens:
            assert likeness(one, another) == reckoned(one, another)
            alike += one is not another and reckoned(one, another) > 0
    assert alike > 3_000


@pytest.mark.parametrize("person", [True, False])
def test_words_are_paired_as_by_trying_all(*, person: bool) -> None:
    chance = random.Random(2)
    paired = 0
    for number, asked in enumerate(NAMES[: len(NAMES) // 3]):
        for listed in (*NAMES[max(0, number - 6) : number + 1], *chance.sample(NAMES, 4)):
            value, weight, left, others_left = naive_pairing(asked, listed, person=person)
            found = pair(asked.tokens, listed.tokens, person=person)
            assert (found.value, found.weight) == (value, weight)
            assert (set(found.asked_left), set(found.listed_left)) == (left, others_left)
            paired += bool(value)
    assert paired > 1_000


def test_no_word_within_the_edits_allowed_is_left_out() -> None:
    chance = random.Random(3)
    listed = [read_name(_word(chance), person=True) for _ in range(800)]
    index = Index(listed, [True] * len(listed))
    found = 0
    for name in listed:
        each = read_name(_near(name.text, chance), person=True).tokens[0]
        near = set(index.near(each.fold))
        for place, other in enumerate(index.tokens):
            allowed = edits_allowed(max(len(each.fold), len(other.fold)))
            if allowed and OSA.distance(each.fold, other.fold) <= allowed:
                assert place in near, (each, other)
                found += 1
    assert found > 300


def test_neighbours_that_cannot_be_a_word_are_like_none() -> None:
    index = Index(NAMES[::2], [True] * len(NAMES[::2]))
    no = found = 0
    for name in NAMES:
        for start in range(len(name.tokens) - 1):
            whole = join(name.tokens[start : start + 2])
            if whole.foreign or len(whole.text) < 4:
                continue
            like = index.like_whole(whole)
            found += bool(like)
            if not index.may_be_whole(whole.text):
                assert not like
                no += 1
    assert no > 300
    assert found > 100
