"""What arrives: invisible, ambiguous, endless or empty text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.screening.names import compare, read_name
from comity.screening.names.name import TOKENS_MAX
from comity.screening.scripts import LENGTH_MAX, clean, romanise


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("  Iván\tPetrov ", "iván petrov"),
        ("Iv\u200ban\u202e P\u00adetrov\u2066", "ivan petrov"),
        ("\uff29\uff36\uff21\uff2e", "ivan"),
        ("P\u0430v\u0435l", "pavel"),
        ("\u0420\u043e\u0441\u043d\u0435\u0444t", "роснефт"),
        ("Ivan \u0421\u043e\u0441\u043e", "ivan coco"),
        ("\u0421\u043e\u0441\u043e", "сосо"),
        ("O\u2019Neil\u2010Smith", "o'neil-smith"),
        ("A\x00B\x07C", "abc"),
        ("\ud800x", "x"),
        ("", ""),
        ("\u200f\u200e", ""),
    ],
)
def test_what_is_invisible_or_only_looks_alike_is_put_right(given: str, cleaned: str) -> None:
    assert clean(given) == cleaned


def test_endless_names_are_cut_and_invisible_characters_push_nothing_out() -> None:
    assert len(clean("ab " * 10_000)) <= LENGTH_MAX
    assert len(read_name("Abc " * 10_000).tokens) == TOKENS_MAX
    assert clean("\u200b" * 1_000 + "Ivan") == "ivan"


@given(st.text(max_size=80))
def test_any_text_can_be_read_and_compared_and_gives_whole_scores(text: str) -> None:
    for person in (True, False):
        name = read_name(text, person=person)
        other = read_name("Ivan Petrov", person=person)
        score = compare(name, other, person=person).score
        assert type(score) is int
        assert 0 <= score <= 100
        assert all(word.text.isascii() for part in clean(text).split() for word in romanise(part))


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once


@pytest.mark.parametrize("text", ["", "Ltd", "The Company, Inc.", "ООО", "Dr.", "...", "al bin", "S.A. de C.V."])
def test_names_that_name_nobody_match_nobody(text: str) -> None:
    nobody = read_name(text)
    assert compare(nobody, read_name("Acme Trading Ltd"), person=False).score == 0
    assert compare(read_name("Acme Trading Ltd"), nobody, person=False).score == 0
