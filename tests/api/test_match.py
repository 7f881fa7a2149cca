"""Matching over HTTP, as clients of yente ask for it."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec
import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.testing import TestClient

from comity.api import problems
from comity.api.bounds import Bounds, Buckets, RateLimit
from comity.api.description import complete
from comity.api.match import BODY_MAX, UNDER_WAY_MAX, Matching, match_routes
from comity.api.problems import Refused
from comity.api.security import Authentication
from comity.gateway.authority import OPERATIONS
from comity.gateway.sign_ins import SignIns
from comity.gateway.yente import Terms, read_request
from comity.screening import Entity, Hit, SanctionsList, Schema, Screener
from tests.gateway.people import ONE_OF_EACH, as_, enrol
from tests.gateway.union import open_gateway

Client: TypeAlias = TestClient[Litestar]
IVAN = Entity("XYi.001", Schema.PERSON, ("Ivan Primerov",))
SCREENER = Screener([SanctionsList("UN list", "1", "2026-02-27", "aa", (IVAN,))])
PERSON: dict[str, Any] = {"schema": "Person", "properties": {"name": ["Ivan Primerov"]}}
BATCH = {"queries": {"q": PERSON}}


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    gateway = enrol(open_gateway())
    sign_ins, buckets = SignIns(gateway, "", None), Buckets(Bounds())
    known = [
        Authentication(lambda: gateway, lambda: sign_ins, lambda: buckets),
        RateLimit(lambda: gateway, buckets),
    ]

    async def given() -> object:
        return gateway

    app = Litestar(
        [match_routes(lambda _: SCREENER, known)],
        dependencies={"gateway": Provide(given)},
        exception_handlers={Exception: problems.answer},
        openapi_config=OpenAPIConfig("Comity", "1", path="/openapi"),
        on_shutdown=[gateway.close],
    )
    with TestClient(app) as client:
        yield client


def test_client_of_yente_is_answered(client: Client) -> None:
    answer = client.post("/match/default", json=BATCH, headers=as_("sender"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-batch-size"] == "1"
    (result,) = answer.json()["responses"]["q"]["results"]
    assert (result["id"], result["score"], result["match"]) == ("XYi.001", 1, True)


def test_one_list_is_asked_by_its_name_and_another_is_not_found(client: Client) -> None:
    assert client.post("/match/UN%20list", json=BATCH, headers=as_("sender")).json()["responses"]["q"]["results"]
    answer = client.post("/match/nobody", json=BATCH, headers=as_("sender"))
    assert (answer.status_code, answer.json()["detail"]) == (404, "no data set 'nobody'")


def test_parameters_are_read(client: Client) -> None:
    near = {"queries": {"q": {"schema": "Person", "properties": {"name": "Iwan Primerow"}}}}
    (result,) = client.post(
        "/match/default?threshold=0.99&cutoff=0.5&limit=1&algorithm=best", json=near, headers=as_("sender")
    ).json()["responses"]["q"]["results"]
    assert result["match"] is False
    assert 0.5 <= result["score"] < 0.99


@pytest.mark.parametrize(
    ("query", "body", "status", "told"),
    [
        ("", b"", 422, "JSON"),
        ("", b"{", 422, "JSON"),
        ("", b'{"queries":{"q":{"properties":{"name":"x"}}}}', 422, "schema: expected a value"),
        ("", b'{"queries":{"q":{"schema":"xxx","properties":{"name":"x"}}}}', 400, "queries/q/schema: expected one of"),
        ("", b'{"queries":{}}', 400, "1 to 100 queries"),
        (
            "?threshold=2",
            b'{"queries":{"q":{"schema":"Person","properties":{"name":"x"}}}}',
            400,
            "threshold: expected",
        ),
        ("?algorithm=logic-v2", b'{"queries":{"q":{"schema":"Person","properties":{"name":"x"}}}}', 400, "algorithm"),
    ],
)
def test_fault_is_answered_with_what_it_is_in_detail(
    client: Client, query: str, body: bytes, status: int, told: str
) -> None:
    answer = client.post(f"/match/default{query}", content=body, headers=as_("sender"))
    assert answer.status_code == status, answer.text
    assert told in answer.json()["detail"]


@pytest.mark.parametrize(
    "query", ["?limit=0", "?limit=501", "?limit=x", "?fuzzy=false", "?threshold=0.8&threshold=0.9"]
)
def test_parameter_that_is_not_read_is_refused(client: Client, query: str) -> None:
    assert client.post(f"/match/default{query}", json=BATCH, headers=as_("sender")).status_code == 400


def test_body_of_more_than_is_taken_is_refused(client: Client) -> None:
    answer = client.post("/match/default", content=b" " * (BODY_MAX + 1), headers=as_("sender"))
    assert answer.status_code == 413


def test_catalogue_needs_no_reason(client: Client) -> None:
    answer = client.get("/catalog", headers=as_("auditor"))
    assert [(each["name"], each["entity_count"]) for each in answer.json()["datasets"]] == [
        ("default", 1),
        ("UN list", 1),
    ]


@pytest.mark.parametrize(("method", "path"), [("POST", "/match/default"), ("GET", "/catalog")])
def test_routes_are_open_to_the_roles_of_their_operation_and_to_no_other(
    client: Client, method: str, path: str
) -> None:
    body = BATCH if method == "POST" else None
    statuses = {role: client.request(method, path, json=body, headers=as_(role)).status_code for role in ONE_OF_EACH}
    assert {role for role, status in statuses.items() if status == 200} == OPERATIONS["screening.match"]
    assert set(statuses.values()) == {200, 403}
    assert client.request(method, path, json=body).status_code == 401


def test_description_says_what_is_asked_and_answered(client: Client) -> None:
    described = complete(client.app.openapi_schema.to_schema())
    operation = described["paths"]["/match/{dataset}"]["post"]
    (asked,) = operation["requestBody"]["content"].values()
    (answered,) = operation["responses"]["200"]["content"].values()
    schemas = described["components"]["schemas"]
    assert set(schemas[asked["schema"]["$ref"].rpartition("/")[2]]["properties"]) == {"queries", "weights", "config"}
    assert "responses" in schemas[answered["schema"]["$ref"].rpartition("/")[2]]["properties"]
    assert schemas["MatchedEntity"]["properties"]["score"]["type"] == "number"
    assert {each["name"] for each in operation["parameters"]} == {
        "dataset",
        "threshold",
        "cutoff",
        "limit",
        "algorithm",
    }


class Slow(Screener):
    """Answers when it is let go; notes who was asked about, and how many at the same time."""

    def __init__(self) -> None:
        super().__init__([SanctionsList("UN list", "1", "", "", (IVAN,))])
        self.go = threading.Event()
        self.asked: list[str] = []
        self.now = self.most = 0

    def match(self, party: Entity, threshold: int = 76) -> list[Hit]:
        self.now += 1
        self.most = max(self.most, self.now)
        self.go.wait(30)
        self.asked.append(party.id)
        self.now -= 1
        return super().match(party, threshold)


def test_requests_take_turns_by_question_and_of_each_party_a_few_may_be_under_way() -> None:
    slow = Slow()

    async def play() -> None:
        matching = Matching(lambda _: slow)

        def ask(party: str) -> asyncio.Task[object]:
            queries = {name: PERSON | {"id": f"{party}{name}"} for name in "12"}
            request = read_request(msgspec.json.encode({"queries": queries}))
            return asyncio.ensure_future(matching.answer(party, "default", request, Terms()))

        tasks = [ask("a") for _ in range(UNDER_WAY_MAX)]
        await asyncio.sleep(0)
        with pytest.raises(Refused, match="rate"):
            await ask("a")
        tasks.append(ask("b"))
        slow.go.set()
        await asyncio.gather(*tasks)
        await ask("a")

    asyncio.run(play())
    assert slow.most == 1
    assert slow.asked[: UNDER_WAY_MAX + 1] == ["a1"] * UNDER_WAY_MAX + ["b1"]
    assert len(slow.asked) == 2 * (UNDER_WAY_MAX + 2)
