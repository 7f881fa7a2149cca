"""A gateway killed under load, again and again: nothing acknowledged is lost, and nothing happens twice."""

import asyncio
import json
import os
import re
import signal
from contextlib import suppress
from itertools import count
from pathlib import Path
from subprocess import Popen

import httpx
import numpy as np
import pytest

from comity.gateway.gateway import ORIGINALS
from comity.gateway.originals import Originals, digest_of
from comity.node.verify import verify_file
from tests.api.messages import item, transfers, uetr, written
from tests.faults.serving import served
from tests.serving import PATIENCE_S

KILLS = int(os.environ.get("COMITY_KILLS", "4"))
LIVES = 4
"""Of one gateway that end by a kill; each goes on where the one before was stopped."""
SINGLES, BATCHES, MESSAGES = 6, 2, 3
"""Senders of one payment each, of batches, and of messages."""
ROWS = 20
ROWS_OF_MESSAGE = 3
SETTLED = re.compile(rb'"STLD"|<TxSts>ACSC<')
"""What an answer says of a payment that has settled."""
HELD = 1_000_00
"""What both hold in the beginning, in cents."""
SENDER = {"authorization": "Bearer alfa-sender"}


def payment(name: str) -> dict[str, str]:
    return {"id": name, "debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": "0.01"}


def rows_of(name: str) -> int:
    """How many payments of a cent a request of this name asks for."""
    return ROWS if name.startswith("batch") else ROWS_OF_MESSAGE if name.startswith("message") else 1


def message(name: str) -> bytes:
    """Write a message of payments of a cent."""
    number = int(digest_of(name.encode())[:6], 16)
    rows = range(ROWS_OF_MESSAGE)
    items = [item(row, "0.01", instruction=f"{name}-{row}", uetr=uetr(number * 10 + row)) for row in rows]
    return written(transfers(name, *items))


async def send(client: httpx.AsyncClient, name: str) -> httpx.Response:
    """Send what a name stands for, under a key of the same name."""
    if name.startswith("message"):
        headers = {**SENDER, "content-type": "application/xml"}
        return await client.post("/v1/messages", content=message(name), headers=headers)
    headers = {**SENDER, "idempotency-key": name}
    if rows_of(name) == 1:
        return await client.post("/v1/payments", json=payment(name), headers=headers)
    lines = "\n".join(json.dumps(payment(f"{name}-{row}")) for row in range(ROWS))
    headers["content-type"] = "application/x-ndjson"
    return await client.post("/v1/payments/batch", content=lines, headers=headers)


async def send_until_killed(
    process: Popen[bytes], url: str, after_s: float, life: int, before: dict[str, bytes]
) -> dict[str, bytes]:
    """Send until the process is killed, what was not answered `before` first; what of it was answered how, or not."""
    answers: dict[str, bytes] = {}
    unanswered = [name for name, answer in before.items() if not answer]

    async def keep_sending(client: httpx.AsyncClient, sender: str) -> None:
        with suppress(httpx.HTTPError):
            for number in count():
                name = unanswered.pop() if unanswered else f"{sender}-{life}-{number}"
                answers[name] = b""
                answer = await send(client, name)
                assert answer.status_code == httpx.codes.CREATED, answer.text
                answers[name] = answer.content

    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S) as client:
        names = [f"single{number}" for number in range(SINGLES)] + [f"batch{number}" for number in range(BATCHES)]
        names += [f"message{number}" for number in range(MESSAGES)]
        senders = [asyncio.create_task(keep_sending(client, name)) for name in names]
        await asyncio.sleep(after_s)
        os.kill(process.pid, signal.SIGKILL)
        await asyncio.gather(*senders)
    return answers


async def send_again(url: str, names: list[str]) -> tuple[dict[str, httpx.Response], str]:
    """Send the same once more, under the same keys; the answers, and what the payer holds then."""
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S) as client:
        answers = {name: await send(client, name) for name in names}
        balances = await client.get("/v1/balances?currency=CNY", headers=SENDER)
    return answers, balances.json()["items"][0]["balance"]


@pytest.mark.parametrize("seed", range(-(-KILLS // LIVES)))
def test_what_was_acknowledged_is_answered_again_and_nothing_settles_twice(tmp_path: Path, seed: int) -> None:
    instants_s = np.random.Generator(np.random.PCG64(seed)).uniform(0.01, 0.6, LIVES).tolist()
    answers: dict[str, bytes] = {}
    for life, after_s in enumerate(instants_s):
        with served(tmp_path) as (process, url):
            answers |= asyncio.run(send_until_killed(process, url, after_s, life, answers))
    with served(tmp_path) as (process, url):
        again, held = asyncio.run(send_again(url, list(answers)))
        for name, first in answers.items():
            assert again[name].status_code == httpx.codes.CREATED
            if first:
                assert again[name].content == first
                assert again[name].headers["idempotency-replayed"] == "true"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    settled = sum(map(rows_of, answers))
    assert sum(len(SETTLED.findall(answer.content)) for answer in again.values()) == settled
    assert held == f"{(HELD - settled) / 100:.2f}"
    assert verify_file(tmp_path / "day.log").instructions == settled
    originals = Originals(tmp_path / ORIGINALS)
    kept = [originals.read(digest_of(message(name))) for name in answers if name.startswith("message")]
    assert all(kept), "what the log refers to is there"
    originals.close()
    acknowledged = sum(rows_of(name) for name, first in answers.items() if first)
    print(f"{LIVES} kills, {acknowledged} payments acknowledged, {settled} settled")  # noqa: T201 - shown by -s
