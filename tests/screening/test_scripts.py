"""Names of many scripts in Latin letters, and the pairs that measure whether they match."""

from collections import Counter

import pytest

from comity.screening import THRESHOLD
from comity.screening.names import compare, read_name
from comity.screening.scripts import clean, romanise
from tests.screening.pairs import Pair, pairs


def _latin(text: str) -> str:
    return " ".join(word.text for part in clean(text).split() for word in romanise(part))


@pytest.mark.parametrize(
    ("written", "latin"),
    [
        ("Щербаков", "shcherbakov"),
        ("Żółć Łódź", "zolc lodz"),
        ("Μπεναρδής", "benardis"),
        ("Ευάγγελος Παύλος", "evangelos pavlos"),
        ("بوتين", "butin"),
        ("القاعدة", "al-qa'da"),
        ("عبدالله", "abdullah"),
        ("נתניהו", "ntnihu"),
        ("नरेन्द्र", "narendra"),
        ("লক্ষ্মণ", "lakshman"),
        ("நரேந்திர", "narendira"),
        ("모", "mo"),
        ("김정은", "gim-jeong-eun"),
        ("习近平", "xi-jin-ping"),
        ("しんぞう", "shinzo"),
        ("Գևորգյան", "gevorgyan"),
        ("ჭავჭავაძე", "chavchavadze"),
        ("วงศ์", "wong"),
        ("ኃይለ", "hayle"),
    ],
)
def test_words_are_written_as_their_readers_say_them(written: str, latin: str) -> None:
    assert _latin(written) == latin


def _score(pair: Pair) -> int:
    asked, listed = (read_name(text, person=True) for text in (pair.asked, pair.listed))
    return compare(asked, listed, person=True).score


def test_there_are_pairs_enough_in_scripts_enough() -> None:
    made = pairs()
    assert len(made) >= 500
    assert len({pair.script for pair in made}) >= 12
    assert Counter(pair.same for pair in made)[True] * 2 == len(made)


def test_names_are_found_across_scripts_and_few_others() -> None:
    """The gate: recall at least 0.95 over all pairs and 0.75 in every script; F1 above 0.95 at the threshold."""
    scored = [(pair, _score(pair)) for pair in pairs()]
    found = Counter(pair.script for pair, score in scored if pair.same and score >= THRESHOLD)
    of_script = Counter(pair.script for pair, _ in scored if pair.same)
    false = sum(not pair.same and score >= THRESHOLD for pair, score in scored)
    recall = found.total() / of_script.total()
    precision = found.total() / (found.total() + false)
    assert recall >= 0.95
    assert {script: share for script in of_script if (share := found[script] / of_script[script]) < 0.75} == {}
    assert 2 * precision * recall / (precision + recall) > 0.95


@pytest.mark.parametrize("pair", [pair for pair in pairs() if pair.same][::7], ids=lambda pair: pair.script)
def test_a_comparison_is_the_same_either_way_round(pair: Pair) -> None:
    assert abs(_score(pair) - _score(pair._replace(asked=pair.listed, listed=pair.asked))) <= 15
