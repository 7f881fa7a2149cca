"""Signed single payments per second: RFC 9421 with Ed25519, one a request, over loopback and durable.

Run: PYTHONPATH=src python benchmarks/signed_payments.py [--payments 20000] [--connections 64] [--plain]

Server and client share the machine. Requests are signed before the clock starts, as they would be by many
machines; `--plain` sends the same payments under an API key, to tell what signatures cost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from multiprocessing import Pipe, get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.api.app import create_app
from comity.client.signing import Signer
from comity.gateway.clock import MachineClock
from comity.gateway.enrolments import Credential
from comity.gateway.gateway import Gateway
from comity.gateway.people import let_in
from comity.model.command import Command
from tests.gateway.union import small_union

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

DAY_US = 86_400_000_000
PAYMENT = {"debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": "0.01"}
ROLES = ("reader", "sender")


def enrol(gateway: Gateway) -> tuple[bytes, str]:
    """Enrol one person with a key that signs and an API key."""
    issued = let_in(gateway, "anna", "ALFACNBJ", ROLES, DAY_US)
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw().hex()
    expires = gateway.now() + DAY_US
    gateway.note([Credential("signing", "signature", public, "anna", "ALFACNBJ", ROLES, "console", expires)]).result()
    return private.private_bytes_raw(), issued.secret


def requests(count: int, port: int, signer: Signer | None, secret: str) -> list[bytes]:
    """Write whole requests, headers and bodies."""
    made = []
    for number in range(count):
        body = json.dumps(PAYMENT | {"id": f"p{number}"}).encode()
        headers = {"host": f"127.0.0.1:{port}", "content-type": "application/json", "content-length": str(len(body))}
        if signer:
            headers |= signer.headers("POST", f"http://127.0.0.1:{port}/v1/payments", headers, body)
        else:
            headers["authorization"] = f"Bearer {secret}"
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        made.append(f"POST /v1/payments HTTP/1.1\r\n{head}\r\n".encode() + body)
    return made


async def send(port: int, made: list[bytes], latencies: list[float]) -> None:
    """Send requests over one connection, one after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for each in made:
        began = time.perf_counter()
        writer.write(each)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length"))
        body = await reader.readexactly(length)
        if b" 201 " not in head.split(b"\r\n", 1)[0]:
            raise SystemExit(body.decode())
        latencies.append(time.perf_counter() - began)
    writer.close()


async def drive(port: int, made: list[bytes], connections: int) -> list[float]:
    """Send everything, shared out over connections."""
    latencies: list[float] = []
    await asyncio.gather(*(send(port, made[place::connections], latencies) for place in range(connections)))
    return latencies


def serve(folder: Path, ready: Connection) -> None:
    """Serve a new gateway until it is told to stop; tells its port, and what it lets in."""
    gateway = Gateway.open(folder, small_union(), MachineClock())
    gateway.give([Command("phase", value="open")]).result()
    private, secret = enrol(gateway)
    server = uvicorn.Server(uvicorn.Config(create_app(gateway), port=0, log_config=None, access_log=False))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    ready.send((server.servers[0].sockets[0].getsockname()[1], private, secret))
    ready.recv()
    server.should_exit = True
    thread.join()


def main() -> None:
    """Measure once and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--payments", type=int, default=20_000)
    options.add_argument("--connections", type=int, default=64)
    options.add_argument("--plain", action="store_true")
    given = options.parse_args()
    with TemporaryDirectory() as folder:
        ours, theirs = Pipe()
        process = get_context("spawn").Process(target=serve, args=(Path(folder), theirs))
        process.start()
        port, private, secret = ours.recv()
        signer = Signer("signing", Ed25519PrivateKey.from_private_bytes(private))
        made = requests(given.payments, port, None if given.plain else signer, secret)
        asyncio.run(drive(port, made[:64], 8))
        began = time.perf_counter()
        latencies = sorted(asyncio.run(drive(port, made[64:], given.connections)))
        seconds = time.perf_counter() - began
        rate, p99 = len(latencies) / seconds, latencies[len(latencies) * 99 // 100]
        print(f"{'plain' if given.plain else 'signed'}: {rate:,.0f} payments/s, p99 {p99 * 1e3:.0f} ms")
        ours.send("stop")
        process.join()


if __name__ == "__main__":
    main()
