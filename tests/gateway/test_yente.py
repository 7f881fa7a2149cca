"""Matching in yente's format: what is asked is read whole or refused, and scores are decimals."""

from __future__ import annotations

import asyncio
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import InvalidRequest, NotFound
from comity.gateway import yente
from comity.gateway.yente import NAMES_LENGTH_MAX, QUERIES_MAX, VALUES_MAX, Terms, read_request, read_terms
from comity.screening import Entity, Identifier, SanctionsList, Schema, Screener
from comity.screening.properties import described, describing

if TYPE_CHECKING:
    from collections.abc import Callable

    from comity.screening import Hit
    from comity.wire.match import MatchRequest, MatchResponse

IVAN = Entity(
    "XYi.001",
    Schema.PERSON,
    ("Ivan Primerov", "Иван Примеров"),
    ("Vanya",),
    (Identifier("passport", "A123456", "RU"),),
    ("1970-01-23",),
    ("RU",),
    ("XYZ",),
)
SHIP = Entity("7", Schema.VESSEL, ("Sample Star",), identifiers=(Identifier("imo", "9074729"),))
SCREENER = Screener(
    [SanctionsList("UN", "1", "2026-02-27", "aa", (IVAN,)), SanctionsList("OFAC SDN", "2", "2026-03-01", "bb", (SHIP,))]
)
PERSON = {
    "schema": "Person",
    "properties": {"name": ["Ivan Primerov"], "birthDate": "1970-01-23", "country": ["Russia"]},
}


def match(
    request: MatchRequest, dataset: str = "default", terms: Terms | None = None, screener: Screener = SCREENER
) -> MatchResponse:
    """Answer a request in a turn of its own."""

    async def in_turn(work: Callable[[], list[Hit]]) -> list[Hit]:
        return work()

    return asyncio.run(yente.match(screener, dataset, request, terms or Terms(), in_turn))


def asked(queries: dict[str, Any], dataset: str = "default", terms: Terms | None = None) -> dict[str, Any]:
    request = read_request(msgspec.json.encode({"queries": queries}))
    written = yente.written(match(request, dataset, terms))
    answer: dict[str, Any] = msgspec.json.decode(written)
    return answer


def faults(queries: dict[str, Any], **more: object) -> str:
    request = read_request(msgspec.json.encode({"queries": queries, **more}))
    with pytest.raises(InvalidRequest) as refused:
        match(request)
    return str(refused.value)


def test_listed_person_is_a_match_with_what_made_the_score() -> None:
    answer = asked({"q": PERSON | {"id": "mine"}})
    assert answer["limit"] == 5
    matches = answer["responses"]["q"]
    assert matches["status"] == 200
    assert matches["total"] == {"value": 1, "relation": "eq"}
    assert matches["query"] == {
        "id": "mine",
        "schema": "Person",
        "properties": {"name": ["Ivan Primerov"], "birthDate": ["1970-01-23"], "country": ["ru"]},
    }
    (result,) = matches["results"]
    assert result["id"] == "XYi.001"
    assert result["caption"] == "Ivan Primerov"
    assert result["schema"] == "Person"
    assert result["datasets"] == ["UN"]
    assert result["score"] == 1
    assert result["match"] is True
    assert result["target"] is True
    assert result["properties"] == {
        "name": ["Ivan Primerov", "Иван Примеров"],
        "weakAlias": ["Vanya"],
        "birthDate": ["1970-01-23"],
        "country": ["ru"],
        "program": ["XYZ"],
        "passportNumber": ["A123456"],
    }
    assert result["features"] == {"name": 1, "date_of_birth": 0.06, "country": 0.02}
    assert result["explanations"]["date_of_birth"] == {"score": 0.06, "detail": "1970-01-23"}


def test_scores_are_written_with_two_decimals_whatever_they_are() -> None:
    request = read_request(
        msgspec.json.encode({"queries": {"q": {"schema": "Person", "properties": {"name": "Vanya"}}}})
    )
    written = yente.written(match(request)).decode()
    assert re.findall(r'"score":([^,]+),"match"', written) == ["0.94"]
    assert '"weak_name":-0.06' in written


def test_party_that_nobody_is_like_has_an_answer_without_results() -> None:
    answer = asked({"q": PERSON, "r": {"schema": "Company", "properties": {"name": ["Tundra Logistics"]}}})
    assert answer["responses"]["r"]["results"] == []
    assert answer["responses"]["r"]["total"]["value"] == 0
    assert list(answer["responses"]) == ["q", "r"]


def test_identifier_alone_is_asked_about() -> None:
    (result,) = asked({"q": {"schema": "Vessel", "properties": {"imoNumber": "IMO 9074729"}}})["responses"]["q"][
        "results"
    ]
    assert (result["id"], result["score"]) == ("7", 1)


def test_parts_of_names_make_names_in_every_script() -> None:
    parts = {"firstName": ["Ivan"], "lastName": ["Nowak", "Primerov"]}
    matches = asked({"q": {"schema": "Person", "properties": parts}})["responses"]["q"]
    assert matches["query"]["properties"]["name"] == ["Ivan Nowak", "Ivan Primerov"]
    assert matches["results"][0]["id"] == "XYi.001"


def test_a_list_is_a_data_set_and_another_is_not_found() -> None:
    assert asked({"q": PERSON}, "OFAC SDN")["responses"]["q"]["results"] == []
    assert len(asked({"q": PERSON}, "UN")["responses"]["q"]["results"]) == 1
    with pytest.raises(NotFound):
        asked({"q": PERSON}, "EU")


def test_between_cutoff_and_threshold_there_is_a_result_that_is_no_match() -> None:
    vanya = {"q": {"schema": "Person", "properties": {"name": "Vanya"}}}
    matches = asked(vanya, terms=read_terms("0.95", "0.9"))["responses"]["q"]
    assert [result["match"] for result in matches["results"]] == [False]
    assert matches["total"]["value"] == 0
    assert asked(vanya, terms=read_terms("0.95"))["responses"]["q"]["results"] == []


def test_limit_cuts_results_and_the_total_counts_them() -> None:
    twice = Screener([SanctionsList("A", "", "", "", (IVAN, another(IVAN, "2")))])
    request = read_request(msgspec.json.encode({"queries": {"q": PERSON}}))
    answer = match(request, terms=Terms(limit=1), screener=twice).responses["q"]
    assert len(answer.results) == 1
    assert answer.total.value == 2


def another(entity: Entity, name: str) -> Entity:
    return Entity(name, entity.schema, entity.names)


@pytest.mark.parametrize(
    ("threshold", "score"), [("", 76), ("0.7", 70), ("0.701", 71), ("1", 100), ("1.0", 100), ("0.5", 50), (".76", 76)]
)
def test_threshold_is_a_decimal_and_nothing_below_it_passes(threshold: str, score: int) -> None:
    assert read_terms(threshold).threshold == score


@pytest.mark.parametrize("bad", ["0.49", "1.01", "nan", "inf", "-1", "x", "1e9", "0.7 0.8", "9" * 500, "0.49999"])
def test_threshold_that_is_none_is_refused(bad: str) -> None:
    with pytest.raises(InvalidRequest, match=r"threshold: expected 0\.50 to 1"):
        read_terms(bad)


def test_cutoff_above_the_threshold_is_the_threshold() -> None:
    assert read_terms("0.8", "0.9") == Terms(80, 80)


def test_other_algorithm_and_limit_are_refused_together() -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_terms(limit=501, algorithm="logic-v2")
    assert [fault.column for fault in refused.value.faults] == ["limit", "algorithm"]


@pytest.mark.parametrize(
    ("example", "place"),
    [
        ({"schema": "Banana", "properties": {"name": "x"}}, "queries/q/schema"),
        ({"schema": "Person", "properties": {"nmae": ["Ivan Primerov"]}}, "queries/q/properties"),
        ({"schema": "Person", "properties": {"name": ["  ", ""]}}, "queries/q/properties"),
        ({"schema": "Person", "properties": {"name": ["x"] * (VALUES_MAX + 1)}}, "queries/q/properties/name"),
        ({"schema": "Person", "properties": {"name": "x" * 513}}, "queries/q/properties/name"),
        ({"schema": "Person", "properties": {"firstName": "x" * 400, "lastName": "y" * 400}}, "queries/q/properties"),
        ({"schema": "Person", "properties": {"name": "x"}, "id": "i" * 201}, "queries/q"),
    ],
)
def test_question_that_would_not_be_asked_whole_is_refused_with_its_place(example: dict[str, Any], place: str) -> None:
    assert f"{place}: expected " in faults({"p": PERSON, "q": example})


def test_no_questions_and_too_many_are_refused() -> None:
    assert "1 to 100 queries" in faults({})
    assert "1 to 100 queries" in faults({f"q{i}": PERSON for i in range(QUERIES_MAX + 1)})


def test_too_long_names_of_all_parties_together_are_refused() -> None:
    many = {"schema": "Person", "properties": {"name": [f"{i} {'x' * 500}" for i in range(VALUES_MAX)]}}
    assert f"up to {NAMES_LENGTH_MAX} characters in all" in faults({"q": many, "r": many})


def test_weights_are_refused_rather_than_passed_over() -> None:
    assert "weights" in faults({"q": PERSON}, weights={"name_literal": 0.8})
    assert "config" in faults({"q": PERSON}, config={"nm_number_mismatch": 0.4})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"queries":{"q":{"properties":{"name":"x"}}}}',
        b'{"queries":{"q":{"schema":"Person"}}}',
        b'{"queries":{"q":null}}',
        b'{"queries":{"q":{"schema":"Person","properties":{"name":{"a":1}}}}}',
        b'{"queries":{"q":{"schema":"Person","properties":{"name":["\\ud800"]}}}}',
        b'{"queries":' + b"[" * 100_000,
        b'{"queries":{},"weights":{"x":' + b"[" * 100_000,
        b'{"queries":{"q":{"schema":"Person","properties":{"idNumber":' + b"9" * 5_000 + b"}}}}",
    ],
)
def test_body_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_request(body)


PROPERTIES = st.dictionaries(
    st.sampled_from(["name", "alias", "weakAlias", "birthDate", "country", "imoNumber", "swiftBic", "lastName", "x"]),
    st.text(max_size=30) | st.integers() | st.lists(st.text(max_size=30) | st.integers(), max_size=3),
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.text(max_size=5), PROPERTIES, max_size=3), st.sampled_from(["Person", "Company", "Vessel", "?"])
)
def test_whatever_is_asked_is_answered_question_by_question_or_refused(
    questions: dict[str, dict[str, Any]], schema: str
) -> None:
    try:
        answer = asked({name: {"schema": schema, "properties": each} for name, each in questions.items()})
    except InvalidRequest:
        return
    assert answer["responses"].keys() == questions.keys() != set()


def test_catalogue_has_every_list_with_its_edition() -> None:
    every, *lists = msgspec.json.decode(yente.written(yente.catalog(SCREENER.lists)))["datasets"]
    assert (every["name"], every["entity_count"], every["children"]) == ("default", 2, ["UN", "OFAC SDN"])
    assert [(each["name"], each["version"], each["checksum"]) for each in lists] == [
        ("UN", "1", "aa"),
        ("OFAC SDN", "2", "bb"),
    ]


def test_properties_of_a_party_describe_it_again() -> None:
    assert described(IVAN.id, IVAN.schema, describing(IVAN)) == IVAN
    assert described(SHIP.id, SHIP.schema, describing(SHIP)) == SHIP
    taxed = Entity(
        "1", Schema.ORGANIZATION, ("A",), identifiers=(Identifier("tax", "12345"), Identifier("other", "6789"))
    )
    assert describing(taxed) == {"name": ["A"], "taxNumber": ["12345"], "idNumber": ["6789"]}


def test_hundredths_are_exact() -> None:
    assert [read_terms(str(Decimal(score).scaleb(-2))).threshold for score in range(50, 101)] == list(range(50, 101))
