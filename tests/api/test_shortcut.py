"""The shortcut for single payments: what it answers is what the framework answers, and it takes nothing else."""

import asyncio
from typing import Any, TypeAlias

import httpx
import pytest

from comity.api.app import create_app
from comity.api.bounds import Bounds, Buckets
from comity.api.shortcut import Shortcut
from tests.gateway.union import open_gateway

Answer: TypeAlias = tuple[int, dict[str, str], bytes]
Asked: TypeAlias = tuple[dict[str, str], dict[str, Any] | bytes]

PAYMENT = {"id": "p1", "debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": "12.50"}
SENDER = {"authorization": "Bearer alfa-sender"}
KEYED = {**SENDER, "idempotency-key": "k1"}
ASKED: list[Asked] = [
    (SENDER, PAYMENT),
    (SENDER, PAYMENT),
    (SENDER, {**PAYMENT, "amount": "13.00"}),
    (KEYED, {**PAYMENT, "id": "p2"}),
    (KEYED, {**PAYMENT, "id": "p2"}),
    (KEYED, {**PAYMENT, "id": "p3"}),
    (SENDER, {**PAYMENT, "id": "p4", "amount": "99999999.00"}),
    (SENDER, {**PAYMENT, "id": "p5", "creditor": "NOBODY"}),
    (SENDER, {**PAYMENT, "id": "p6", "amount": "0.00"}),
    (SENDER, {**PAYMENT, "id": "p7", "earliest": "2021-12-15T12:00:00Z"}),
    (SENDER, {**PAYMENT, "id": "p8", "extra": 1}),
    (SENDER, {**PAYMENT, "id": "p9", "amount": 1.5}),
    (SENDER, b"{"),
    (SENDER, b"\xff\xfe"),
    (SENDER, b""),
    (SENDER, b" " * 5_000),
    ({}, PAYMENT),
    ({"authorization": "Bearer guess"}, PAYMENT),
    ({"authorization": "Bearer alfa-reader"}, PAYMENT),
    ({"authorization": "Bearer beta-sender"}, PAYMENT),
    ({**SENDER, "comity-deadline-ms": "soon"}, PAYMENT),
    ({**SENDER, "comity-deadline-ms": "60001"}, PAYMENT),
    ({**SENDER, "idempotency-key": "k" * 65}, PAYMENT),
    ({**SENDER, "content-type": "text/plain"}, PAYMENT),
]


async def _answers(*, short: bool) -> list[Answer]:
    gateway = open_gateway()
    buckets = Buckets(Bounds())
    app: Any = create_app(gateway, buckets=buckets)
    served: Any = Shortcut(app, gateway, buckets) if short else app
    answers = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://gateway") as client:
        for headers, body in ASKED:
            content = body if isinstance(body, bytes) else httpx.Request("POST", "http://x", json=body).content
            typed = {"content-type": "application/json", **headers}
            answer = await client.post("/v1/payments", content=content, headers=typed)
            answers.append((answer.status_code, dict(answer.headers), answer.content))
    gateway.close()
    return answers


@pytest.fixture(scope="module")
def both() -> tuple[list[Answer], list[Answer]]:
    return asyncio.run(_answers(short=True)), asyncio.run(_answers(short=False))


@pytest.mark.parametrize("number", range(len(ASKED)))
def test_shortcut_and_framework_answer_the_same(both: tuple[list[Answer], list[Answer]], number: int) -> None:
    assert both[0][number] == both[1][number]


def test_the_cases_reach_what_is_taken_here_and_what_is_not(both: tuple[list[Answer], list[Answer]]) -> None:
    statuses = {status for status, _, _ in both[0]}
    assert statuses >= {201, 400, 401, 403, 422}


def test_who_asks_too_often_is_turned_away_on_both_ways_together() -> None:
    async def statuses() -> list[int]:
        gateway = open_gateway()
        buckets = Buckets(Bounds(requests_per_s=1, burst=3))
        served: Any = Shortcut(create_app(gateway, buckets=buckets), gateway, buckets)
        found = []
        async with httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://gateway") as client:
            for number in range(5):
                path = "/v1/payments" if number % 2 else "/v1/payments?dry_run=false"
                answer = await client.post(path, json={**PAYMENT, "id": f"p{number}"}, headers=SENDER)
                found.append(answer.status_code)
        gateway.close()
        return found

    assert asyncio.run(statuses()) == [201, 201, 201, 429, 429]
