"""One request sent a thousand times at once happens once."""

import asyncio
from collections import Counter

import httpx

from comity.api.app import create_app
from tests.gateway.union import open_gateway

PAYMENT = {"id": "p1", "debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": "12.50"}
KEYED = {"authorization": "Bearer alfa-sender", "idempotency-key": "once"}


async def send_at_once(count: int) -> tuple[Counter[int], set[bytes]]:
    gateway = open_gateway()
    transport = httpx.ASGITransport(create_app(gateway))  # type: ignore[arg-type] # its own names of ASGI
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        sending = [client.post("/v1/payments", json=PAYMENT, headers=KEYED) for _ in range(count)]
        answers = await asyncio.gather(*sending)
    balance = gateway.writer.call(
        lambda node: int(node.engine.balances()["balance"][node.engine.account("ALFACNBJ", "CNY")])
    ).result()
    assert balance == 1_000_00 - 12_50
    gateway.close()
    told = {answer.content for answer in answers if answer.status_code == httpx.codes.CREATED}
    return Counter(answer.status_code for answer in answers), told


def test_a_thousand_requests_under_one_key_have_one_effect_and_one_answer() -> None:
    statuses, told = asyncio.run(send_at_once(1000))
    assert set(statuses) <= {201, 409}
    assert statuses[201] >= 1
    assert len(told) == 1
