"""A gateway killed under load: nothing acknowledged is lost, and nothing happens twice."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import numpy as np
import pytest

from comity.node.verify import verify_file

KILLS = int(os.environ.get("COMITY_KILLS", "3"))
SENDERS = 8
SENDER = {"authorization": "Bearer alfa-sender"}


@contextmanager
def served(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a gateway on the folder; the process, and its address."""
    command = [sys.executable, "-m", "tests.faults.serving", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port, "the gateway did not start"
        try:
            yield process, f"http://127.0.0.1:{port}/v1/payments"
        finally:
            process.kill()


async def send(client: httpx.AsyncClient, url: str, name: str) -> httpx.Response:
    """Send one payment of a cent under a key of the same name."""
    payment = {"id": name, "debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": "0.01"}
    return await client.post(url, json=payment, headers={**SENDER, "idempotency-key": name})


async def send_until_killed(process: subprocess.Popen[str], url: str, after_s: float) -> dict[str, bytes]:
    """Send payments until the process is killed; the answers by name, nothing for what was not answered."""
    answers: dict[str, bytes] = {}

    async def keep_sending(client: httpx.AsyncClient, sender: int) -> None:
        number = sender
        with suppress(httpx.HTTPError):
            while True:
                answers[f"p{number}"] = b""
                answer = await send(client, url, f"p{number}")
                assert answer.status_code == httpx.codes.CREATED, answer.text
                answers[f"p{number}"] = answer.content
                number += SENDERS

    async with httpx.AsyncClient() as client:
        senders = [asyncio.create_task(keep_sending(client, sender)) for sender in range(SENDERS)]
        await asyncio.sleep(after_s)
        os.kill(process.pid, signal.SIGKILL)
        await asyncio.gather(*senders)
    return answers


async def send_again(url: str, names: list[str]) -> dict[str, httpx.Response]:
    """Send the same payments once more, under the same keys."""
    async with httpx.AsyncClient() as client:
        return {name: await send(client, url, name) for name in names}


@pytest.mark.parametrize("seed", range(KILLS))
def test_what_was_acknowledged_is_answered_again_and_nothing_settles_twice(tmp_path: Path, seed: int) -> None:
    after_s = float(np.random.Generator(np.random.PCG64(seed)).uniform(0.01, 0.6))
    with served(tmp_path) as (process, url):
        answers = asyncio.run(send_until_killed(process, url, after_s))
    with served(tmp_path) as (process, url):
        again = asyncio.run(send_again(url, list(answers)))
        for name, first in answers.items():
            if not first:
                continue
            assert again[name].content == first
            assert again[name].headers["idempotency-replayed"] == "true"
        assert all(answer.json()["state"] == "STLD" for answer in again.values())
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert verify_file(tmp_path / "day.log").instructions == len(answers)
