"""The engine when money is short: a scarce day, release from long queues, memory, one payment.

Isolates the engine, without a log. `scarce_day`: a million payments among 600
accounts that hold a thousandth of what they pay, each with three bilateral
limits, so that most payments queue; the latency is that of a batch of 8,192.
`release`: a credit that pays exactly one item out of a queue that holds 1e4,
1e5 or 1e6, with and without items in front that have money but no room under a
limit. `one_payment`: a record of one row.
"""

import json
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np

from benchmarks.durable import START
from comity.engine import Engine
from comity.engine.columns import PAYMENT, SIDE, RecordKind, pack
from comity.model.union import Account, Genesis, Limit, Member, Participant

BATCH = 8_192
OPENED = 1_639_530_000_000_000
SECOND = 1_000_000


class Latency(NamedTuple):
    """Rate in millions of payments a second, times in milliseconds, and the most that waited."""

    rate: float
    p99_ms: float
    longest_ms: float
    waiting: int


def one_currency(accounts: int, opening: int, limits: tuple[Limit, ...] = ()) -> Engine:
    """Return the open engine of one currency and this many banks, each with `opening` minor units."""
    codes = [f"B{index}" for index in range(accounts)]
    genesis = Genesis(
        name="Benchmark",
        business_date=START,
        currencies=(("CNY", 2),),
        members=(Member("CN", "CNY", "China"),),
        participants=(Participant("CN", "CN", ""), *(Participant(code, "CN", "") for code in codes)),
        accounts=tuple(Account(code, "CNY", opening) for code in codes),
        limits=limits,
    )
    engine = Engine.from_genesis(genesis)
    command(engine, 2, OPENED, {"command": "phase", "value": "open"})
    return engine


def command(engine: Engine, sequence: int, instant: int, plain: dict[str, str | int]) -> None:
    """Carry out one command."""
    engine.apply(RecordKind.COMMANDS, sequence, instant, json.dumps([plain]).encode())


def payments(count: int, accounts: int, seed: int, first: int = 1) -> bytes:
    """Return a body of payments between random pairs of `accounts` banks, the first at index `first`."""
    chance = np.random.Generator(np.random.PCG64(seed))
    rows = np.zeros(count, PAYMENT)
    rows["uetr"] = chance.integers(1, 1 << 62, (count, 2))
    rows["key"] = chance.integers(1, 1 << 62, (count, 2))
    rows["amount"] = chance.integers(1, SECOND, count)
    payer = chance.integers(0, accounts, count)
    rows["debtor"] = first + payer
    rows["creditor"] = first + (payer + chance.integers(1, accounts, count)) % accounts
    rows["flags"], rows["text"], rows["side"] = 2, -1, -1
    return pack(rows, np.zeros(0, SIDE), b"")


def scarce_day(count: int = 1_000_000, accounts: int = 600) -> Latency:
    """Enter `count` payments when money is short."""
    limits = tuple(
        Limit("bilateral", f"B{payer}", f"B{(payer * 7 + step) % accounts}", "CNY", SECOND)
        for payer in range(accounts)
        for step in range(1, 4)
        if (payer * 7 + step) % accounts != payer
    )
    engine = one_currency(accounts, SECOND // 2, limits)
    bodies = [payments(BATCH, accounts, seed) for seed in range(count // BATCH)]
    spent, waiting = [], 0
    for number, body in enumerate(bodies):
        start = perf_counter()
        applied = engine.apply(RecordKind.PAYMENTS, 3 + number, OPENED + number * SECOND, body)
        while applied.pending:
            applied = engine.apply(RecordKind.TICK, 3 + number, OPENED + number * SECOND, b"")
        spent.append(perf_counter() - start)
        waiting = max(waiting, engine.waiting_count)
    times = np.array(spent) * 1e3
    rate = len(bodies) * BATCH / float(times.sum()) / 1e3
    return Latency(rate, float(np.percentile(times, 99)), float(times.max()), waiting)


def release(queued: int, *, limited: bool, rounds: int = 2_000) -> float:
    """Microseconds for a payment in that releases one item from a queue of this length."""
    limits = (Limit("bilateral", "B0", "B1", "CNY", 0),) if limited else ()
    engine = one_currency(3, 0, limits)
    rows = np.zeros(queued, PAYMENT)
    rows["key"] = np.arange(1, queued + 1)[:, None]
    rows["amount"], rows["debtor"], rows["creditor"] = 1000, 1, 3
    if limited:
        rows["creditor"][: queued // 2] = 2
    rows["flags"], rows["text"], rows["side"] = 2, -1, -1
    for first in range(0, queued, BATCH):
        body = pack(rows[first : first + BATCH], np.zeros(0, SIDE), b"")
        engine.apply(RecordKind.PAYMENTS, 3, OPENED, body)
    incoming = np.zeros(rounds, PAYMENT)
    incoming["key"] = -np.arange(1, rounds + 1)[:, None]
    incoming["amount"], incoming["debtor"], incoming["creditor"] = 1000, 0, 1
    incoming["flags"], incoming["text"], incoming["side"] = 2, -1, -1
    body = pack(incoming, np.zeros(0, SIDE), b"")
    engine.apply(RecordKind.PAYMENTS, 4, OPENED, pack(incoming[:0], np.zeros(0, SIDE), b""))
    start = perf_counter()
    applied = engine.apply(RecordKind.PAYMENTS, 4, OPENED, body)
    spent = perf_counter() - start
    assert len(applied.changed) == rounds, f"released {len(applied.changed)}"
    return spent / rounds * 1e6


def one_payment(rounds: int = 2_000) -> float:
    """Microseconds for a record of one payment that settles at once."""
    engine = one_currency(600, 10**12)
    bodies = [payments(1, 600, seed) for seed in range(rounds)]
    start = perf_counter()
    for number, body in enumerate(bodies):
        engine.apply(RecordKind.PAYMENTS, 3 + number, OPENED + number, body)
        engine.digest()
    return (perf_counter() - start) / rounds * 1e6


def resident() -> int:
    """Return the bytes of memory that this process has touched."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def memory(count: int = 1_000_000) -> float:
    """Bytes of engine memory per instruction of a day with two ids each, all settled at once."""
    engine = one_currency(600, 10**12)
    before = resident()
    for number in range(count // BATCH):
        engine.apply(RecordKind.PAYMENTS, 3, OPENED + number, payments(BATCH, 600, number))
    return (resident() - before) / (count // BATCH * BATCH)


def main() -> None:
    """Print every figure once."""
    scarce_day(10 * BATCH)
    day = scarce_day()
    times_ms = f"p99 {day.p99_ms:.1f} ms, longest {day.longest_ms:.1f} ms"
    print(f"scarce day, limits on        {day.rate:6.2f} M payments/s, {times_ms}")
    for limited in (False, True):
        times = [release(queued, limited=limited) for queued in (10**4, 10**5, 10**6)]
        where = "behind items without room" if limited else "front of the queue"
        print(f"release, {where}: {times[0]:.2f} / {times[1]:.2f} / {times[2]:.2f} us at 1e4 / 1e5 / 1e6")
    print(f"one payment, one record      {one_payment():6.1f} us")
    print(f"engine memory                {memory():6.1f} bytes an instruction")


if __name__ == "__main__":
    main()
