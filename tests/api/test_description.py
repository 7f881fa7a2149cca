"""The description of the API: complete, and true of what is served."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.routes import HTTPRoute
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.api.description import EXAMPLES, routes
from comity.api.messages import XML
from comity.api.problems import MEDIA_TYPE
from comity.gateway.authority import is_public
from tests.gateway.union import open_gateway

ROOT = Path(__file__).resolve().parents[2]
SENDER = {"authorization": "Bearer alfa-sender"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with TestClient(create_app(open_gateway())) as client:
        yield client


@pytest.fixture(scope="module")
def schema(client: TestClient[Any]) -> dict[str, Any]:
    answer = client.get("/openapi.json")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if path.startswith("/v1/")
    ]


MESSAGES = "/v1/messages"
"""What is refused there is answered with a message, whose reference is its key."""


def test_every_route_says_what_it_does_and_which_problems_it_answers(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    for path, method, operation in operations(schema):
        assert operation["summary"], path
        assert operation["description"], path
        for status in ("400", "401", "403", "404", "429", "500", "503"):
            told = {MEDIA_TYPE, *([XML] if path == MESSAGES and method == "post" and status in ("400", "403") else [])}
            assert operation["responses"][status]["content"].keys() == told, (path, method)
        keyed = {each["name"] for each in operation["parameters"]} if "parameters" in operation else set()
        assert ("idempotency-key" in keyed) == (method != "get" and path != MESSAGES), (path, method)
        assert all(each["description"] for each in operation.get("parameters", [])), (path, method)


def test_description_is_the_same_wherever_it_is_served(client: TestClient[Any], schema: dict[str, Any]) -> None:
    assert client.get("/openapi").json() == client.get("/openapi/openapi.json").json() == schema


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    def references(plain: object) -> Iterator[str]:
        if isinstance(plain, dict):
            for key, value in plain.items():
                if key == "$ref":
                    yield value
                yield from references(value)
        elif isinstance(plain, list):
            for value in plain:
                yield from references(value)

    named = {reference.removeprefix("#/components/schemas/") for reference in references(schema)}
    assert named <= schema["components"]["schemas"].keys()


def test_whoever_signs_in_needs_no_key_and_everybody_else_does(client: TestClient[Any], schema: dict[str, Any]) -> None:
    operations_of = {
        (route.path_format, method.lower()): handler.opt["operation"]
        for route in client.app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
        if "operation" in handler.opt
    }
    for path, method, operation in operations(schema):
        needs: list[dict[str, list[str]]] = [] if is_public(operations_of[path, method]) else [{"key": []}]
        assert operation["security"] == needs, (path, method)


def test_links_lead_to_operations_that_take_what_they_pass_on(schema: dict[str, Any]) -> None:
    takes = {
        operation["operationId"]: {each["name"] for each in operation.get("parameters", [])}
        for _, _, operation in operations(schema)
    }
    links = [
        link
        for _, _, operation in operations(schema)
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    assert len(links) > 20
    for link in links:
        assert link["parameters"].keys() <= takes[link["operationId"]]


def test_fields_are_described_as_beside_them(schema: dict[str, Any]) -> None:
    position = schema["components"]["schemas"]["Position"]["properties"]
    assert position["available"]["description"] == "What a normal payment may use now."
    assert schema["components"]["schemas"]["Payment"]["additionalProperties"] is False


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("Payment", "payments?dry_run=true"),
        ("Pvp", "pvp?dry_run=true"),
        ("Obligation", "obligations?dry_run=true"),
        ("Order", "orders?dry_run=true"),
        ("QuoteRequest", "quote-requests"),
    ],
)
def test_example_is_taken(client: TestClient[Any], name: str, path: str) -> None:
    answer = client.post(f"/v1/{path}", json=EXAMPLES[name], headers=SENDER)
    assert answer.status_code == 201, answer.json()


def test_reference_names_every_route(schema: dict[str, Any]) -> None:
    text = (ROOT / "docs" / "reference" / "api.md").read_text()
    table = "\n".join(f"| `{route}` | {summary} |" for route, summary in routes(schema) if " /v1/" in route)
    begin, end = "| --- | --- |\n", "\n\n## Lists"
    assert text[text.index(begin) + len(begin) : text.index(end)] == table
