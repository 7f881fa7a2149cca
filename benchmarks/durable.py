"""What durability costs: payments settled at once, on a memory log and on a durable one.

Isolates the log. In one run the same batches, 8,192 payments of 64 bytes and about
10 bytes of text, go (1) to a plain file, each followed by `fdatasync`; (2) through a
node whose log is in memory; (3) through a node whose log is SQLite with synchronous
FULL, appending batch n + 1 while batch n is applied. Then the durable log is replayed
from its start, proven and compared on the way. The latency of a batch runs from its
submission to its answer. No arguments; figures are of one run unless `repeat` says
otherwise.
"""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.columns import PAYMENT, SIDE, RecordKind, pack
from comity.log.memory import MemoryLog
from comity.log.protocol import Log
from comity.log.record import HEADER_SIZE
from comity.log.sqlite import SqliteLog
from comity.model.union import Account, Genesis, Member, Participant
from comity.node import Node, verify_file

BATCH = 8_192
CURRENCIES = ("CNY", "RUB", "INR", "BRL", "ZAR", "AED", "EGP", "IDR", "IRR", "ETB")
START = date(2021, 12, 15)
_OPEN = 1_639_530_000_000_000
"""01:00 UTC of that day, microseconds since 1970-01-01 UTC."""


class Figures(NamedTuple):
    """Figures of one run; rates in millions of payments per second, times in milliseconds."""

    plain: float
    memory: float
    durable: float
    replayed: float
    p50_ms: float
    p99_ms: float
    bytes_per_payment: float


def union(accounts: int) -> Genesis:
    """Build ten currencies, `accounts` / 10 banks with an account in each, and money for everything."""
    members = tuple(Member(currency[:2], currency, currency) for currency in CURRENCIES)
    issuers = tuple(Participant(member.code, member.code, member.name) for member in members)
    banks = tuple(
        Participant(f"BANK{index:04}", members[index % len(members)].code, f"Bank {index}")
        for index in range(accounts // len(CURRENCIES))
    )
    held = tuple(Account(bank.code, currency, 10**14) for bank in banks for currency in CURRENCIES)
    return Genesis("Benchmark", START, tuple((code, 2) for code in CURRENCIES), members, issuers + banks, held)


def batches(count: int, accounts: int, seed: int = 1) -> list[bytes]:
    """Bodies of `count` full batches between accounts of one currency each, drawn from `seed`."""
    chance = np.random.Generator(np.random.PCG64(seed))
    banks = accounts // len(CURRENCIES)
    first = len(CURRENCIES)
    text = b"".join(b"P%07d\0\0" % row for row in range(BATCH))
    bodies = []
    for number in range(count):
        rows = np.zeros(BATCH, PAYMENT)
        rows["uetr"] = chance.integers(1, 1 << 62, (BATCH, 2))
        rows["key"] = chance.integers(1, 1 << 62, (BATCH, 2))
        rows["amount"] = chance.integers(1, 1_000_000, BATCH)
        currency = chance.integers(0, len(CURRENCIES), BATCH)
        payer = chance.integers(0, banks, BATCH)
        payee = (payer + chance.integers(1, banks, BATCH)) % banks
        rows["debtor"] = first + payer * len(CURRENCIES) + currency
        rows["creditor"] = first + payee * len(CURRENCIES) + currency
        rows["offset"] = np.arange(BATCH) // 2
        rows["flags"] = 2
        rows["text"] = np.arange(BATCH) * (len(text) // BATCH)
        rows["side"] = -1
        bodies.append(pack(rows, np.zeros(0, SIDE), text))
        assert number >= 0
    return bodies


def plain(path: Path, bodies: list[bytes]) -> float:
    """Seconds to append the same bytes, header and body, each batch with `fdatasync`."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    header = bytes(HEADER_SIZE)
    start = perf_counter()
    for body in bodies:
        os.writev(handle, (header, body))
        os.fdatasync(handle)
    spent = perf_counter() - start
    os.close(handle)
    return spent


def through_node(log: Log, genesis: Genesis, bodies: list[bytes]) -> tuple[float, NDArray[np.float64]]:
    """Seconds to submit `bodies` to a node on `log` until all are answered, and those of each batch."""
    node = Node.create(log, genesis)
    node.submit(RecordKind.COMMANDS, _OPEN, b'[{"command":"phase","value":"open"}]', 1).result()
    submitted, answered = [], []
    start = perf_counter()
    for number, body in enumerate(bodies):
        submitted.append(perf_counter())
        node.submit(RecordKind.PAYMENTS, _OPEN + number * BATCH, body, BATCH)
        if number:
            answered.append(perf_counter())
    node.flush()
    answered.append(perf_counter())
    spent = answered[-1] - start
    settled = int((node.engine.table()["state"] == 16).sum())
    assert settled == len(bodies) * BATCH, f"only {settled} settled"
    node.close()
    return spent, np.array(answered) - np.array(submitted)


def measure(count: int = 120, accounts: int = 600) -> Figures:
    """Run all four with `count` batches."""
    genesis, bodies = union(accounts), batches(count, accounts)
    payments = count * BATCH
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        path = Path(folder) / "day.log"
        seconds_plain = plain(Path(folder) / "plain", bodies)
        seconds_memory, _ = through_node(MemoryLog(), genesis, bodies)
        seconds_durable, latency = through_node(SqliteLog(path), genesis, bodies)
        size = path.stat().st_size
        seconds_replay = timed(lambda: verify_file(path))
    return Figures(
        payments / seconds_plain / 1e6,
        payments / seconds_memory / 1e6,
        payments / seconds_durable / 1e6,
        payments / seconds_replay / 1e6,
        float(np.percentile(latency, 50)) * 1e3,
        float(np.percentile(latency, 99)) * 1e3,
        size / payments,
    )


def timed(action: Callable[[], object]) -> float:
    """Seconds that `action` takes."""
    start = perf_counter()
    action()
    return perf_counter() - start


def main(repeat: int = 5) -> None:
    """Warm up, measure `repeat` times, print the medians."""
    measure(4)
    runs = [measure() for _ in range(repeat)]
    figures = Figures(*(median(column) for column in zip(*runs, strict=True)))
    print(f"plain append and fdatasync   {figures.plain:6.2f} M payments/s")
    print(f"node, log in memory          {figures.memory:6.2f} M payments/s")
    print(
        f"node, durable log            {figures.durable:6.2f} M payments/s"
        f"   {figures.durable / figures.plain:.2f} of plain, {figures.durable / figures.memory:.2f} of memory"
    )
    print(f"a batch of {BATCH}: p50 {figures.p50_ms:.1f} ms, p99 {figures.p99_ms:.1f} ms")
    print(f"log                          {figures.bytes_per_payment:6.1f} bytes a payment")
    print(f"replay, verified             {figures.replayed:6.2f} M payments/s")


if __name__ == "__main__":
    main()
