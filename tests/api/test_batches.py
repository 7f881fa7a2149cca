"""Batches over HTTP: answered row by row, in kind, once."""

import io
import json
from collections.abc import Iterator
from typing import Any, TypeAlias

import pyarrow as pa
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from comity.api.app import create_app
from tests.gateway.union import open_gateway

Client: TypeAlias = TestClient[Litestar]

NDJSON, ARROW = "application/x-ndjson", "application/vnd.apache.arrow.stream"
ALFA = {"authorization": "Bearer alfa-sender"}
ROWS = [
    {"id": f"p{n}", "debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": amount}
    for n, amount in enumerate(("600.00", "0.00", "700.00"))
]
STATES = ["STLD", "RJTD", "PSTL"]


@pytest.fixture
def client() -> Iterator[Client]:
    with TestClient(create_app(open_gateway())) as client:
        yield client


def lines(rows: list[dict[str, str]]) -> bytes:
    return b"\n".join(json.dumps(row).encode() for row in rows)


def stream(rows: list[dict[str, str]]) -> bytes:
    sink = io.BytesIO()
    table = pa.Table.from_pylist(rows)
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def send(client: Client, kind: str, body: bytes, query: str = "", **headers: str) -> Any:  # noqa: ANN401 - an answer
    return client.post(f"/v1/payments/batch{query}", content=body, headers={**ALFA, "content-type": kind, **headers})


def told(kind: str, content: bytes) -> list[dict[str, Any]]:
    if kind == NDJSON:
        return [json.loads(line) for line in content.splitlines()]
    items: list[dict[str, Any]] = pa.ipc.open_stream(content).read_all().to_pylist()
    return items


@pytest.mark.parametrize(("kind", "write"), [(NDJSON, lines), (ARROW, stream)])
def test_batch_is_answered_row_by_row(client: Client, kind: str, write: Any) -> None:  # noqa: ANN401 - a function
    answer = send(client, kind, write(ROWS))
    assert (answer.status_code, answer.headers["content-type"]) == (201, kind)
    rows = told(kind, answer.content)
    assert [(row["id"], row["state"], row["row"]) for row in rows] == [
        (f"p{n}", state, n) for n, state in enumerate(STATES)
    ]
    assert {row["sequence"] for row in rows} == {3}
    listed = client.get("/v1/payments", headers=ALFA).json()["items"]
    assert [(row["id"], row["state"]) for row in listed] == [(f"p{n}", state) for n, state in enumerate(STATES)]


@pytest.mark.parametrize(("kind", "write"), [(NDJSON, lines), (ARROW, stream)])
def test_batch_under_a_key_is_answered_again_as_it_was(client: Client, kind: str, write: Any) -> None:  # noqa: ANN401
    first, again = (send(client, kind, write(ROWS), **{"idempotency-key": "b1"}) for _ in range(2))
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(("kind", "write"), [(NDJSON, lines), (ARROW, stream)])
def test_dry_run_of_a_batch_enters_nothing(client: Client, kind: str, write: Any) -> None:  # noqa: ANN401
    rows = told(kind, send(client, kind, write(ROWS), "?dry_run=true").content)
    assert [row["state"] for row in rows] == STATES
    assert client.get("/v1/payments", headers=ALFA).json()["items"] == []


def test_faults_of_all_rows_are_told_and_nothing_enters(client: Client) -> None:
    answer = send(client, NDJSON, lines([ROWS[0], {**ROWS[1], "amount": "1.001"}, {**ROWS[2], "creditor": "NOBODY"}]))
    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json()["faults"]] == ["/1/amount", "/2/creditor"]
    assert client.get("/v1/payments", headers=ALFA).json()["items"] == []


@pytest.mark.parametrize(
    ("kind", "body", "status", "problem"),
    [
        ("application/json", lines(ROWS), 415, "media-type"),
        (NDJSON, lines([ROWS[0], {**ROWS[1], "debtor": "BETACNBJ"}]), 403, "forbidden"),
        (NDJSON, b"{}\n" * 65_537, 413, "too-large"),
        (NDJSON, b" " * ((32 << 20) + 1), 413, "too-large"),
    ],
)
def test_batch_that_is_not_taken_is_a_problem(
    client: Client, kind: str, body: bytes, status: int, problem: str
) -> None:
    answer = send(client, kind, body)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:comity:problem:{problem}")
