"""The gateway: requests over loopback to durable answers, server and client on the same two cores.

The server is a process of its own on a log in a folder; the client is this one, on a plain
socket each for as many connections as are named, so that little of the time is its own.

    python -m benchmarks.gateway [PAYMENTS] [RUNS]

Each figure is the median of RUNS (default 5) after one that is not counted.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import uvicorn
import uvloop

from comity.api.app import whole_app
from comity.gateway.actor import Actor
from comity.gateway.clock import SetClock
from comity.gateway.gateway import Gateway
from comity.gateway.sandbox import warm_up
from comity.model.command import Command
from comity.model.instant import midnight
from comity.model.union import Account, Genesis, Member, Participant

BANKS, CURRENCIES = 100, 10
CONNECTIONS = 64
DATE = date(2021, 12, 15)
HOUR_US = 3_600_000_000
OPENING_MINOR = 10**14
Requests = Callable[[int, str], bytes]


def union() -> Genesis:
    """Return a union of ten members and a hundred banks with accounts in all ten currencies."""
    members = ("CN", "RU", "IN", "BR", "ZA", "AE", "SA", "EG", "ID", "KZ")
    money = ("CNY", "RUB", "INR", "BRL", "ZAR", "AED", "SAR", "EGP", "IDR", "KZT")
    banks = [f"BANK{number:04}" for number in range(BANKS)]
    return Genesis(
        name="A hundred banks",
        business_date=DATE,
        currencies=tuple((code, 2) for code in money),
        members=tuple(Member(*each, each[0]) for each in zip(members, money, strict=True)),
        participants=(
            *(Participant(member, member, member) for member in members),
            *(Participant(bank, members[number % CURRENCIES], bank) for number, bank in enumerate(banks)),
        ),
        accounts=tuple(Account(bank, code, OPENING_MINOR) for bank in banks for code in money),
    )


def serve(folder: Path) -> None:
    """Serve a gateway on a folder until ended; print its port first."""
    warm_up()
    gateway = Gateway.open(folder, union(), SetClock(midnight(DATE) + 2 * HOUR_US))
    for number in range(BANKS):
        bank = f"BANK{number:04}"
        gateway.identities.enrol(bank, Actor(f"key:{bank}", bank, bank, frozenset({"reader", "sender"})))
    gateway.give([Command("phase", value="open")]).result()
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    config = uvicorn.Config(whole_app(gateway), log_level="error", access_log=False, loop="uvloop", http="httptools")
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def served() -> Iterator[int]:
    """Start a server; its port."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.gateway", "--serve", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            assert process.stdout is not None
            try:
                yield int(process.stdout.readline())
            finally:
                process.terminate()


def single(number: int, run: str) -> bytes:
    """Return a request that enters one payment under a key of its own."""
    debtor, creditor = number % BANKS, (number * 7 + 1) % BANKS
    name = f"{run}-{number}"
    payment = {
        "id": name,
        "debtor": f"BANK{debtor:04}",
        "creditor": f"BANK{creditor if creditor != debtor else (creditor + 1) % BANKS:04}",
        "currency": "CNY",
        "amount": "12.34",
    }
    return request("/v1/payments", f"BANK{debtor:04}", json.dumps(payment).encode(), name)


def request(path: str, key: str, body: bytes, name: str, media_type: str = "application/json") -> bytes:
    """Write a request."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {key}\r\nidempotency-key: {name}\r\n"
        f"content-type: {media_type}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def send_all(port: int, requests: list[bytes], connections: int) -> list[float]:
    """Send requests over so many connections, one at a time each; seconds that each took."""
    waits: list[float] = []
    left = iter(requests)

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for each in left:
            began = perf_counter()
            writer.write(each)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            waits.append(perf_counter() - began)
            if b" 201 " not in head[:16] and b" 200 " not in head[:16]:
                raise RuntimeError(head.decode())
        writer.close()

    await asyncio.gather(*(connection() for _ in range(connections)))
    return waits


def _length(head: bytes) -> int:
    place = head.lower().index(b"content-length:") + len(b"content-length:")
    return int(head[place : head.index(b"\r\n", place)])


def measure(port: int, name: str, requests: list[bytes], rows: int, connections: int) -> dict[str, float]:
    """Send requests; how many rows a second, and the percentiles of the waits in milliseconds."""
    began = perf_counter()
    waits = sorted(uvloop.run(send_all(port, requests, connections)))
    seconds = perf_counter() - began
    return {
        f"{name}: rows a second": len(requests) * rows / seconds,
        f"{name}: p50, ms": waits[len(waits) // 2] * 1e3,
        f"{name}: p99, ms": waits[len(waits) * 99 // 100] * 1e3,
    }


def main(payments: int = 20_000, runs: int = 5) -> None:
    """Measure and print."""
    taken: dict[str, list[float]] = {}
    with served() as port:
        for run in range(runs + 1):
            requests = [single(number, f"s{run}") for number in range(payments)]
            for name, value in measure(port, "single payments", requests, 1, CONNECTIONS).items():
                if run:
                    taken.setdefault(name, []).append(value)
    for name, values in taken.items():
        print(f"{name:<50} {median(values):12,.1f}   {min(values):,.1f} .. {max(values):,.1f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(Path(sys.argv[2]))
    else:
        main(*(int(each) for each in sys.argv[1:]))
