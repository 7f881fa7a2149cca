"""Offsetting: one FIFO-respecting pass over a queue, by size, and the other rules beside it.

Isolates the solver: a picture of the queue goes in, a proposal with its bound
comes out; neither the engine's picture nor its verification is inside. `bare`
is one currency and 1,000 accounts, money only, so that at 1e6 payments an arc
carries one or two; `thick` has 300 accounts, and ten times as many per arc; accounts
of `scarce` and `thick-scarce` hold a tenth of their need. `union` is ten currencies and
10,000 accounts: every fifth payment is a leg of a PvP, every account has a
multilateral limit, a hundred pairs of members per currency have a corridor cap
and every account a holding cap. Accounts hold half of what they would need if
everything settled at once. `of bound` is the value settled as a share of the
best bound, that of the divisible relaxation, which knows no limits.

    python benchmarks/offsetting.py [LARGEST]

Queues of 1e5, 1e6, ... up to LARGEST (default 1e7, less if memory is short),
each figure the median of five after one run that is not counted.
"""

import os
import sys
from collections.abc import Iterator
from statistics import median
from time import perf_counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.offsetting import CORRIDOR, HOLDING, MULTILATERAL, OffsettingProblem
from comity.solvers.offsetting import RULES, solve

BANKS = 1_000
MEMBERS = 10
RUNS = 5
BYTES_PER_ITEM = 400
"""What drawing and solving a queue takes at its peak."""


class Queue(NamedTuple):
    """What to draw."""

    name: str
    currencies: int = 1
    banks: int = BANKS
    percent: int = 50
    """What an account holds of its net debit need."""
    union: bool = False


QUEUES = (
    Queue("bare"),
    Queue("scarce", percent=10),
    Queue("thick", banks=300),
    Queue("thick-scarce", banks=300, percent=10),
    Queue("union", currencies=MEMBERS, union=True),
)
LIMITED = ("exact",)
"""Rules that refuse queues of this size."""


class Figures(NamedTuple):
    """Median of one rule on one queue."""

    seconds: float
    settled: float
    """Share of the waiting value."""
    of_bound: float
    """Share of the bound."""


def draw_queue(items: int, currencies: int, *, union: bool, banks: int = BANKS, percent: int = 50) -> OffsettingProblem:
    """Draw a queue: amounts log-normal, parties uniform, liquidity a part of the net debit need."""
    rng = np.random.Generator(np.random.PCG64(items))
    currency = rng.integers(0, currencies, items, dtype=np.int32)
    payer = rng.integers(0, banks, items, dtype=np.int32)
    payee = (payer + rng.integers(1, banks, items, dtype=np.int32)) % banks
    amount = np.exp(rng.normal(12.0, 1.5, items)).astype(np.int64) + 1
    bundle = np.full(items, -1, np.int32)
    if union:
        legs = rng.permutation(items)[: items // 10 * 2].reshape(2, -1)
        payer[legs[1]], payee[legs[1]] = payee[legs[0]], payer[legs[0]]
        bundle[legs] = np.arange(legs.shape[1])
    account, creditor = currency * banks + payer, currency * banks + payee
    accounts = currencies * banks
    paid = np.bincount(account, amount, accounts).astype(np.int64)
    need = np.maximum(paid - np.bincount(creditor, amount, accounts).astype(np.int64), 0)
    none = np.full(items, -1, np.int32)
    normal = np.full(items, 2, np.int8)
    bare = OffsettingProblem(
        slot=np.arange(items, dtype=np.int32),
        passed=np.zeros(items, np.int32),
        account=account,
        creditor=creditor,
        amount=amount,
        priority=normal,
        fund=normal,
        bundle=bundle,
        limit_out=none,
        limit_in=none,
        binds=np.ones(items, np.bool_),
        cap_a=none,
        cap_b=none,
        holding=none,
        room=need // 100 * percent,
        urgent=np.zeros(accounts, np.int64),
        high=np.zeros(accounts, np.int64),
        currency=np.repeat(np.arange(currencies, dtype=np.int32), banks),
        space=np.empty(0, np.int64),
        kind=np.empty(0, np.int8),
    )
    return _with_limits(bare, paid) if union else bare


def _with_limits(bare: OffsettingProblem, paid: NDArray[np.int64]) -> OffsettingProblem:
    """Add limits of a tenth and holdings of a fifth of what an account would pay; caps of two thirds of a corridor."""
    accounts = len(paid)
    pairs = MEMBERS * MEMBERS
    corridor = (
        bare.currency[bare.account] * pairs + bare.account % MEMBERS * MEMBERS + bare.creditor % MEMBERS
    ).astype(np.int32)
    corridors = accounts // BANKS * pairs
    flow = np.bincount(corridor, bare.amount, corridors).astype(np.int64)
    return bare._replace(
        limit_out=bare.account,
        limit_in=bare.creditor,
        cap_a=accounts + corridor,
        holding=accounts + corridors + bare.creditor,
        space=np.concatenate([paid // 10, flow * 2 // 3, paid // 5]),
        kind=np.repeat(np.array([MULTILATERAL, CORRIDOR, HOLDING], np.int8), [accounts, corridors, accounts]),
    )


def measure(queue: OffsettingProblem, rule: str, bound: int = 1) -> Figures:
    """Solve six times; the first run is not counted. Without a bound, the share of it means nothing."""
    taken = []
    for _ in range(RUNS + 1):
        begin = perf_counter()
        proposal = solve(queue, rule)
        taken.append(perf_counter() - begin)
    settled = int(queue.amount[proposal.keep].sum())
    return Figures(median(taken[1:]), settled / int(queue.amount.sum()), settled / bound)


def sizes(largest: int) -> Iterator[int]:
    """Yield 1e5, 1e6, ... as far as asked and as memory allows."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    size = 100_000
    while size <= largest:
        if size * BYTES_PER_ITEM > free:
            print(f"{size:>12,} items: left out, {size * BYTES_PER_ITEM / 2**30:.1f} GiB are not free")
            return
        yield size
        size *= 10


def main() -> None:
    """Print one line per queue and rule."""
    largest = int(float(sys.argv[1])) if len(sys.argv) > 1 else 10_000_000
    print(f"{'queue':<12} {'rule':<15} {'items':>11} {'seconds':>9} {'ns/item':>8} {'settled':>8} {'of bound':>9}")
    for items in sizes(largest):
        for name, currencies, banks, percent, union in QUEUES:
            queue = draw_queue(items, currencies, union=union, banks=banks, percent=percent)
            bound = int(solve(queue, "best").bound_minor.sum())
            for rule in RULES:
                if rule not in LIMITED:
                    found = measure(queue, rule, bound)
                    print(
                        f"{name:<12} {rule:<15} {items:>11,} {found.seconds:>9.4f} {found.seconds / items * 1e9:>8.1f} "
                        f"{found.settled:>8.1%} {found.of_bound:>9.1%}"
                    )


if __name__ == "__main__":
    main()
