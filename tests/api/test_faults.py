"""What a request that cannot be read is told: where, what was expected, and what was found."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from comity.api.app import create_app
from tests.gateway.union import open_gateway

Client: TypeAlias = TestClient[Litestar]

ALFA = {"authorization": "Bearer alfa-sender"}
PAYMENT: dict[str, Any] = {
    "id": "p1",
    "debtor": "ALFACNBJ",
    "creditor": "BETACNBJ",
    "currency": "CNY",
    "amount": "1.00",
}
ABSENT = object()


@pytest.fixture(name="client", scope="module")
def client_fixture() -> Iterator[Client]:
    with TestClient(create_app(open_gateway())) as client:
        yield client


def faults(client: Client, method: str, path: str, **sent: Any) -> list[tuple[str, str, str]]:  # noqa: ANN401 - as httpx
    answer = client.request(method, f"/v1/{path}", headers=ALFA, **sent)
    assert answer.status_code == 400, answer.text
    return [(each["pointer"], each["expected"], each["found"]) for each in answer.json()["faults"]]


@pytest.mark.parametrize(
    ("field", "value", "expected", "found"),
    [
        ("amount", 1.5, "text", "a number"),
        ("amount", "1,000.00", "an amount as text, such as 12.50", "text of another form"),
        ("currency", "cny", "a currency of ISO 4217", "text of another form"),
        ("priority", "fast", "one of urgent, high, normal", "'fast'"),
        ("id", " p1", "1 to 35 printable ASCII characters", "text of another form"),
        ("purpose", "x" * 141, "text of at most 140 characters", "more"),
        ("link_size", 65, "a whole number of at most 64", "more"),
        ("link_size", "two", "a whole number", "text"),
        ("date", "15.12.2021", "a date YYYY-MM-DD", "text of another form"),
        ("earliest", "2021-12-15", "an instant in RFC 3339", "'2021-12-15'"),
        ("debtor", ABSENT, "a value", "none"),
        ("colour", "red", "no field of this name", "one"),
    ],
)
def test_field_of_another_shape_is_pointed_at_in_words(
    client: Client, field: str, value: object, expected: str, found: str
) -> None:
    body = {name: each for name, each in {**PAYMENT, field: value}.items() if each is not ABSENT}
    ((pointer, told, met),) = faults(client, "POST", "payments", json=body)
    assert pointer == f"/{field}"
    assert told.startswith(expected)
    assert met == found


def test_place_in_a_list_is_a_json_pointer(client: Client) -> None:
    told = faults(client, "POST", "commands", json={"commands": [{"command": "limit"}, {"command": 5}]})
    assert told == [("/commands/1/command", "text", "a whole number")]


@pytest.mark.parametrize(("content", "expected"), [(b"", "a body"), (b"[]", "an object")])
def test_body_that_is_no_object_is_told_as_a_whole(client: Client, content: bytes, expected: str) -> None:
    ((pointer, told, _),) = faults(client, "POST", "payments", content=content)
    assert (pointer, told) == ("", expected)


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("payments?limit=1000", ("/limit", "a whole number of at most 500", "'1000'")),
        ("payments?limit=many", ("/limit", "a whole number", "'many'")),
        ("statements", ("/currency", "a value", "none")),
        ("participants?stat=PSTL", ("/stat", "no parameters", "'stat'")),
    ],
)
def test_parameter_of_another_shape_is_named_with_what_was_sent(
    client: Client, path: str, fault: tuple[str, str, str]
) -> None:
    assert faults(client, "GET", path) == [fault]


def test_parameter_that_is_not_taken_is_refused_before_anything_happens(client: Client) -> None:
    assert faults(client, "POST", "payments?dryrun=true", json=PAYMENT) == [("/dryrun", "one of dry_run", "'dryrun'")]
    assert client.get("/v1/payments/p1", headers=ALFA).status_code == 404


def test_line_of_a_batch_is_pointed_at_in_words(client: Client) -> None:
    headers = {**ALFA, "content-type": "application/x-ndjson"}
    lines = b'{"id":"b1"}\nnot json\n'
    answer = client.post("/v1/payments/batch", headers=headers, content=lines)
    first, second = answer.json()["faults"]
    assert (first["pointer"], first["expected"], first["found"]) == ("/0/debtor", "a value", "none")
    assert (second["pointer"], second["expected"]) == ("/1", "JSON in UTF-8")


def test_route_that_is_not_there_is_named_and_a_method_answered_with_those_taken(client: Client) -> None:
    assert client.get("/v1/nothing", headers=ALFA).json()["detail"] == "no route GET /v1/nothing"
    answer = client.put("/v1/payments", headers=ALFA)
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ({}, "expected `Authorization: Bearer` and a key"),
        ({"authorization": "alfa-sender"}, "expected `Authorization: Bearer` and a key"),
        ({"authorization": "Bearer other"}, "the key is not known here"),
    ],
)
def test_who_is_not_known_is_told_what_is_expected(client: Client, header: dict[str, str], told: str) -> None:
    answer = client.get("/v1/me", headers=header)
    assert answer.status_code == 401
    assert answer.json()["detail"].startswith(told)


def test_who_may_not_ask_is_told_for_whom_it_is(client: Client) -> None:
    detail = client.get("/v1/audit", headers=ALFA).json()["detail"]
    assert detail == "audit.read is for auditor; who asks is reader, sender"
