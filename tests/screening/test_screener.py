"""Parties against lists: the index against comparing everything, identifiers, and what qualifies a hit."""

import random
import threading
from itertools import product

import pytest

from comity.screening import Entity, Identifier, SanctionsList, Schema, Screener
from comity.screening.screener import BONUS_MAX
from tests.oracles.screening import naive_scores
from tests.screening.pairs import pairs

WORDS = (
    *("Northern", "Star", "Crescent", "Pacific", "Orient", "Golden", "Falcon", "Silver", "Delta", "Atlas", "Meridian"),
    *("Caspian", "Levant", "Zephyr", "Kestrel", "Aurora", "Sapphire", "Granite", "Tundra", "Savanna"),
)
TRADES = ("Trading", "Shipping", "Petroleum", "Holding", "Bank", "Industries", "Logistics")
FORMS = ("LLC", "Ltd", "JSC", "GmbH", "S.A.", "")


def _list() -> SanctionsList:
    """About 700 parties: the Latin spellings of the pairs, and companies of two words and a trade."""
    chance = random.Random(4)
    people = [Entity(f"p{i}", Schema.PERSON, (pair.listed,)) for i, pair in enumerate(pairs()) if pair.same]
    firms = [
        Entity(f"c{i}", Schema.ORGANIZATION, (f"{one} {other} {chance.choice(TRADES)} {chance.choice(FORMS)}",))
        for i, (one, other) in enumerate(product(WORDS, WORDS))
        if one != other and chance.random() < 0.8
    ]
    ships = [Entity(f"v{i}", Schema.VESSEL, (f"{word} {i}",)) for i, word in enumerate(WORDS)]
    return SanctionsList("sample", "1", "2026-01-01", "00", (*people, *firms, *ships))


@pytest.fixture(scope="module")
def sample() -> SanctionsList:
    return _list()


def _slip(name: str, chance: random.Random) -> str:
    letters = list(name)
    place = chance.randrange(1, len(letters))
    kind = chance.randrange(4)
    if kind == 0:
        letters[place] = chance.choice("aeioustrn")
    elif kind == 1:
        del letters[place]
    elif kind == 2:
        letters.insert(place, letters[place])
    else:
        letters[place - 1], letters[place] = letters[place], letters[place - 1]
    return "".join(letters)


def test_the_index_leaves_out_hardly_anything_that_comparing_everything_finds(sample: SanctionsList) -> None:
    chance = random.Random(9)
    asked = [Entity("q", Schema.PERSON, (pair.asked,)) for pair in pairs()[::8]]
    asked += [
        Entity("q", entity.schema, (_slip(entity.names[0], chance),)) for entity in chance.sample(sample.entities, 120)
    ]
    asked += [Entity("q", Schema.LEGAL_ENTITY, ("".join(entity.names[0].split()),)) for entity in sample.entities[::40]]
    screener = Screener([sample])
    threshold = 70
    expected = found = 0
    for party in asked:
        naive = {name for (_, name), score in naive_scores([sample], party).items() if score >= threshold}
        expected += len(naive)
        hits = {hit.entity.id for hit in screener.match(party, threshold)}
        found += len(naive & hits)
    assert expected > 150
    assert found >= 0.995 * expected


def test_scores_are_those_of_comparing_everything(sample: SanctionsList) -> None:
    screener = Screener([sample])
    for pair in pairs()[::61]:
        party = Entity("q", Schema.PERSON, (pair.asked,))
        naive = naive_scores([sample], party)
        for hit in screener.match(party, 80):
            if hit.entity.schema == Schema.PERSON:
                assert hit.score == naive[hit.list_name, hit.entity.id]


def _one(entity: Entity) -> Screener:
    return Screener([SanctionsList("L", "1", "", "00", (entity,))])


IVAN = Entity(
    "1",
    Schema.PERSON,
    ("Ivan Primerov",),
    ("Vanya Stranger",),
    (Identifier("passport", "4005504207", "RU"),),
    ("1970-01-23",),
    ("RU",),
)


@pytest.mark.parametrize(
    ("party", "score"),
    [
        (Entity("q", Schema.PERSON, ("Iwan Primerow",)), None),
        (Entity("q", Schema.PERSON, ("Ivan Primerov",)), 100),
        (Entity("q", Schema.PERSON, ("Vanya Stranger",)), 94),
        (Entity("q", Schema.PERSON, ("Ivan Primerov",), birth_dates=("1950",)), 86),
        (Entity("q", Schema.PERSON, ("Ivan Primerov",), countries=("BR",)), 96),
        (Entity("q", Schema.VESSEL, ("Ivan Primerov",)), 75),
        (Entity("q", Schema.PERSON, ("Nobody At All",), identifiers=(Identifier("passport", "4005504207", "RU"),)), 96),
        (Entity("q", Schema.PERSON, ("Nobody At All",), identifiers=(Identifier("passport", "4005504207", "DE"),)), 0),
    ],
)
def test_what_else_is_known_moves_the_score(party: Entity, score: int | None) -> None:
    hits = _one(IVAN).match(party, 70)
    if score == 0:
        assert hits == []
    else:
        (hit,) = hits
        assert score is None or hit.score == score
        assert hit.explanation


@pytest.mark.parametrize(
    "code",
    [
        Identifier("imo", "9074729"),
        Identifier("bic", "SAMPRUMM"),
        Identifier("lei", "529900T8BM49AURSDO55"),
        Identifier("inn", "500100732259"),
        Identifier("ogrn", "1027700132195"),
    ],
)
def test_a_code_of_one_party_in_the_world_decides_alone(code: Identifier) -> None:
    listed = Entity("1", Schema.ORGANIZATION, ("Sample Trading",), identifiers=(code,))
    (hit,) = _one(listed).match(Entity("q", Schema.LEGAL_ENTITY, ("Wholly Different",), identifiers=(code,)))
    assert (hit.score, [feature.name for feature in hit.features]) == (100, [code.kind])


def test_ships_of_one_name_and_other_numbers_are_told_apart() -> None:
    listed = Entity("1", Schema.VESSEL, ("Sample Star",), identifiers=(Identifier("imo", "9074729"),))
    other = Entity("q", Schema.VESSEL, ("MV Sample Star",), identifiers=(Identifier("imo", "9187629"),))
    (hit,) = _one(listed).match(other, 50)
    assert hit.score == 80
    assert "imo" in hit.explanation


def test_qualifiers_never_add_more_than_names_are_looked_up_for() -> None:
    party = Entity("q", Schema.PERSON, ("Iwan Primerof",), birth_dates=("1970-01-23",), countries=("RU",))
    (hit,) = _one(IVAN).match(party, 50)
    names = next(feature.points for feature in hit.features if feature.name == "name")
    assert names < hit.score <= min(100, names + BONUS_MAX)


def test_an_empty_name_finds_nothing() -> None:
    screener = _one(IVAN)
    for text in ("", " ", "\u202e", "Ltd", "Dr.", "A. B.", "al bin", "q" * 10_000):
        assert screener.match(Entity("q", Schema.LEGAL_ENTITY, (text,))) == []


def test_lists_are_changed_at_once() -> None:
    first = SanctionsList("L", "1", "", "01", (IVAN,))
    second = SanctionsList("L", "2", "", "02", (Entity("2", Schema.PERSON, ("Ivan Primerov",)),))
    screener = Screener([first])
    seen: set[tuple[str, str]] = set()
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            seen.update(
                (hit.list_digest, hit.entity.id) for hit in screener.match(Entity("q", Schema.PERSON, IVAN.names))
            )

    asking = threading.Thread(target=ask)
    asking.start()
    for _ in range(20):
        screener.load([second])
        screener.load([first])
    stop.set()
    asking.join()
    assert seen <= {("01", "1"), ("02", "2")}
    assert screener.lists == (first,)
