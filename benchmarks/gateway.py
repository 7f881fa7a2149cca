"""The gateway: requests over loopback to durable answers, server and client on the same two cores.

The server is a process of its own on a log in a folder, as `comity serve` runs it; the client is this
one, with one request at a time on each of its connections. What is sent is written before the clock starts,
but for `client`, which is the Python client as it is used, on one connection.

    python -m benchmarks.gateway [PAYMENTS] [RUNS] [PATH...]

A path is one of those of `PATHS`; all if none is named. Each figure is the median of RUNS (default 5) after one
that is not counted; the paths take turns. `positions` are read after everything else, so in a day of as
many payments as were sent.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple, cast

import pyarrow as pa
import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.api.app import whole_app
from comity.api.bounds import Bounds
from comity.api.serving import Serving, bind
from comity.client import Client
from comity.client.signing import Signer
from comity.gateway.actor import Actor
from comity.gateway.clock import SetClock
from comity.gateway.enrolments import Credential
from comity.gateway.gateway import Gateway
from comity.gateway.people import let_in
from comity.gateway.sandbox import SANDBOX_LIST, warm_up
from comity.iso20022.header import Header
from comity.iso20022.messages.parties import Agent, Party
from comity.iso20022.messages.payments import CustomerTransfer, CustomerTransfers
from comity.iso20022.schemas import Schemas
from comity.iso20022.table import Money
from comity.iso20022.writing import Writer
from comity.model.command import Command
from comity.model.instant import DAY_US, midnight
from comity.model.union import Account, Genesis, Member, Participant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BANKS, CURRENCIES = 100, 10
DATE = date(2021, 12, 15)
OPENED = midnight(DATE) + DAY_US // 12
OPENING_MINOR = 10**14
ROLES = ("reader", "sender")
SIGNED = "BANK0000"
KEY_ID = "signing"
BOUNDS = Bounds(requests_per_s=10**6, burst=10**6)
"""Time stands still here, so nothing would be filled up again."""
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PACS_008, CREATED = "pacs.008.001.08", "2021-12-15T02:00:00Z"
WRITER = Writer(Schemas.open())
LINES_KIND, COLUMNS_KIND = "application/x-ndjson", "application/vnd.apache.arrow.stream"


class Way(NamedTuple):
    """A way in."""

    rows: int
    """Payments of a request."""
    connections: int
    share: int
    """One in so many of the payments that are asked for, so that the ways take about as long."""
    write: Callable[[int, str], bytes]
    """Writes a request by its number and the name of its run."""


def union() -> Genesis:
    """Return a union of ten members and a hundred banks with accounts in all ten currencies."""
    members = ("CN", "RU", "IN", "BR", "ZA", "AE", "SA", "EG", "ID", "KZ")
    money = ("CNY", "RUB", "INR", "BRL", "ZAR", "AED", "SAR", "EGP", "IDR", "KZT")
    banks = [bank(number) for number in range(BANKS)]
    return Genesis(
        name="A hundred banks",
        business_date=DATE,
        currencies=tuple((code, 2) for code in money),
        members=tuple(Member(*each, each[0]) for each in zip(members, money, strict=True)),
        participants=(
            *(Participant(member, member, member) for member in members),
            *(Participant(code, members[number % CURRENCIES], code) for number, code in enumerate(banks)),
        ),
        accounts=tuple(Account(code, currency, OPENING_MINOR) for code in banks for currency in money),
    )


def bank(number: int) -> str:
    """Name a bank; its code is its API key too."""
    return f"BANK{number % BANKS:04}"


def serve(folder: Path) -> None:
    """Serve a gateway on a folder until ended; print its port first."""
    warm_up()
    gateway = Gateway.open(folder, union(), SetClock(OPENED))
    for code in map(bank, range(BANKS)):
        gateway.identities.enrol(code, Actor(f"key:{code}", code, code, frozenset(ROLES)))
    gateway.identities.enrol("auditor", Actor("key:auditor", "auditor", "union", frozenset({"auditor"})))
    let_in(gateway, "signer", SIGNED, ROLES, DAY_US)
    public = PRIVATE.public_key().public_bytes_raw().hex()
    expires = gateway.now() + DAY_US
    gateway.note([Credential(KEY_ID, "signature", public, "signer", SIGNED, ROLES, "console", expires)]).result()
    gateway.begin_list("union", "main", SANDBOX_LIST)
    gateway.give([Command("phase", value="open")]).result()
    listening = bind("127.0.0.1", 0)
    port = listening.getsockname()[1]
    Serving(whole_app(gateway, bounds=BOUNDS), listening, lambda: print(port, flush=True)).run()


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


def payment(name: str, debtor: int, creditor: int) -> dict[str, str]:
    """Return a payment as it is sent."""
    code = bank(creditor) if (creditor - debtor) % BANKS else bank(creditor + 1)
    return {"id": name, "debtor": bank(debtor), "creditor": code, "currency": "CNY", "amount": "12.34"}


def single(number: int, run: str) -> bytes:
    """Write one payment under an idempotency key of its own."""
    body = json.dumps(payment(f"{run}-{number}", number, number * 7 + 1)).encode()
    headers = {"idempotency-key": f"{run}-{number}", "content-type": "application/json"}
    return request("/v1/payments", headers | {"authorization": f"Bearer {bank(number)}"}, body)


def signed(number: int, run: str) -> bytes:
    """Write one payment, signed."""
    body = json.dumps(payment(f"{run}-{number}", 0, number)).encode()
    headers = {"host": "gateway", "content-type": "application/json"}
    signer = Signer(KEY_ID, PRIVATE, lambda: OPENED // 1_000_000)
    return request("/v1/payments", headers | signer.headers("POST", "http://gateway/v1/payments", headers, body), body)


def lines(number: int, run: str) -> bytes:
    """Write a batch as lines of JSON."""
    rows = [payment(f"{run}-{number}-{row}", number, row) for row in range(LINES.rows)]
    return batch(number, b"\n".join(json.dumps(row).encode() for row in rows), LINES_KIND)


def columns(number: int, run: str) -> bytes:
    """Write a batch as columns."""
    table = pa.Table.from_pylist([payment(f"{run}-{number}-{row}", number, row) for row in range(COLUMNS.rows)])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return batch(number, sink.getvalue().to_pybytes(), COLUMNS_KIND)


def message(number: int, run: str) -> bytes:
    """Write a pacs.008 of one payment."""
    return transfers(number, run, MESSAGE.rows)


def messages(number: int, run: str) -> bytes:
    """Write a pacs.008 of a thousand payments."""
    return transfers(number, run, MESSAGES.rows)


def transfers(number: int, run: str, rows: int) -> bytes:
    """Write a pacs.008 of one bank: each payment with two parties, their addresses and accounts, and remittance."""
    name, sender = f"{run}-{number}", bank(number)
    items = tuple(transfer(name, sender, bank(number + 1 + row % (BANKS - 1)), row) for row in range(rows))
    made = CustomerTransfers(message=name, created=CREATED, count=str(rows), method="CLRG", items=items)
    head = Header(sender_member=sender, receiver_member="union", reference=name, definition=PACS_008, created=CREATED)
    body = WRITER.message(head, made, PACS_008)
    return request("/v1/messages", {"authorization": f"Bearer {sender}", "content-type": "application/xml"}, body)


def transfer(name: str, debtor: str, creditor: str, row: int) -> CustomerTransfer:
    """Return one payment of a pacs.008; its UETR is of its name."""
    drawn = hashlib.sha256(f"{name}-{row}".encode()).hexdigest()
    return CustomerTransfer(
        instruction=f"{name}-{row}",
        end_to_end=f"E-{row}",
        uetr=f"{drawn[:8]}-{drawn[8:12]}-4{drawn[12:15]}-a{drawn[15:18]}-{drawn[18:30]}",
        amount=Money("12.34", "CNY"),
        date=DATE.isoformat(),
        charges="SHAR",
        instructing=Agent(member=debtor),
        instructed=Agent(member=creditor),
        debtor=Party(name=f"Trading Company {row}", town="Beijing", country="CN", lei="V459EV5XD3WK5MR0HW37"),
        debtor_account=f"62220000{row:08}",
        debtor_agent=Agent(member=debtor),
        creditor_agent=Agent(member=creditor),
        creditor=Party(name=f"Supplier {row}", town="Moscow", country="RU"),
        creditor_account=f"40702810{row:012}",
        purpose="GDDS",
        remittance=(f"Invoice {row}",),
    )


def batch(number: int, body: bytes, kind: str) -> bytes:
    """Write a batch of one bank."""
    return request("/v1/payments/batch", {"authorization": f"Bearer {bank(number)}", "content-type": kind}, body)


def request(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """Write a request whole."""
    given = {"host": "gateway"} | headers | {"content-length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


SINGLE = Way(1, 64, 1, single)
SIGNATURE = Way(1, 64, 2, signed)
LINES = Way(1_000, 4, 200, lines)
COLUMNS = Way(8_192, 4, 500, columns)
MESSAGE = Way(1, 64, 4, message)
MESSAGES = Way(1_000, 4, 500, messages)
WAYS = {
    "single": SINGLE,
    "signed": SIGNATURE,
    "lines": LINES,
    "columns": COLUMNS,
    "message": MESSAGE,
    "messages": MESSAGES,
}
PATHS = (*WAYS, "client", "positions")


class Connection(asyncio.Protocol):
    """Sends requests one after the other, each once the one before is answered."""

    def __init__(self, left: Iterator[bytes], waits: list[float], ended: asyncio.Future[None]) -> None:
        self._left = left
        self._waits = waits
        self._ended = ended
        self._answer = b""
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first."""
        self._transport = cast("asyncio.Transport", transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        """Take in a part of an answer; send the next once it is whole."""
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if end and len(body) == _length(head):
            self._waits.append(perf_counter() - self._began)
            if head[9:12] not in (b"200", b"201"):
                self._ended.set_exception(RuntimeError(self._answer.decode()))
                return
            self._answer = b""
            self._next()

    def _next(self) -> None:
        body = next(self._left, None)
        if body is None:
            self._transport.close()
            self._ended.set_result(None)
            return
        self._began = perf_counter()
        self._transport.write(body)


def _length(head: bytes) -> int:
    name = b"content-length: "
    place = head.lower().index(name) + len(name)
    return int(head[place:].partition(b"\r\n")[0])


async def send_all(port: int, requests: list[bytes], connections: int) -> list[float]:
    """Send requests over so many connections; seconds that each took."""
    waits: list[float] = []
    left = iter(requests)
    loop = asyncio.get_running_loop()
    ends = [loop.create_future() for _ in range(connections)]
    for ended in ends:
        await loop.create_connection(lambda ended=ended: Connection(left, waits, ended), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*ends)
    return waits


def through(way: Way, port: int, run: str, payments: int) -> dict[str, float]:
    """Send payments one way; how many a second, and the percentiles of the waits."""
    requests = [way.write(number, run) for number in range(max(payments // way.share, way.connections))]
    began = perf_counter()
    waits = sorted(uvloop.run(send_all(port, requests, way.connections)))
    seconds = perf_counter() - began
    return {
        "payments a second": len(requests) * way.rows / seconds,
        "p50, ms": waits[len(waits) // 2] * 1e3,
        "p99, ms": waits[len(waits) * 99 // 100] * 1e3,
    }


def by_client(port: int, run: str, payments: int) -> dict[str, float]:
    """Send payments by the Python client, as columns."""
    count = payments * 10
    money = {
        "id": [f"{run}-{row}" for row in range(count)],
        "creditor": [bank(1 + row % (BANKS - 1)) for row in range(count)],
        "currency": ["CNY"] * count,
        "amount": ["12.34"] * count,
    }
    with Client(f"http://127.0.0.1:{port}", bank(0)) as client:
        began = perf_counter()
        done = client.pay_many(money)
        seconds = perf_counter() - began
    assert set(done["state"].to_pylist()) == {"STLD"}
    return {"payments a second": count / seconds}


def positions(port: int) -> dict[str, float]:
    """Read a thousand positions, again and again."""
    waits = []
    with Client(f"http://127.0.0.1:{port}", "auditor", headers={"comity-reason": "measured"}) as client:
        for _ in range(100):
            began = perf_counter()
            held = client.positions()
            waits.append(perf_counter() - began)
    assert len(held.items) >= BANKS * CURRENCIES, len(held.items)
    return {"p50, ms": median(waits) * 1e3, "highest, ms": max(waits) * 1e3}


def main(payments: int, runs: int, paths: tuple[str, ...]) -> None:
    """Measure and print."""
    taken: dict[str, list[float]] = {}
    with served() as port:
        for run in range(runs + 1):
            for path in paths:
                name = f"{path}{run}"
                if path in WAYS:
                    figures = through(WAYS[path], port, name, payments)
                else:
                    figures = by_client(port, name, payments) if path == "client" else positions(port)
                for figure, value in figures.items():
                    if run:
                        taken.setdefault(f"{path}: {figure}", []).append(value)
    for figure, values in taken.items():
        print(f"{figure:<30} {median(values):12,.1f}   {min(values):,.1f} .. {max(values):,.1f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(Path(sys.argv[2]))
    else:
        asked = sys.argv[1:]
        main(int((asked or ["20000"])[0]), int((asked[1:] or ["5"])[0]), tuple(asked[2:]) or PATHS)
