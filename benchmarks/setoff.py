"""Set-off: the circulation of largest value, against OR-Tools on the same merged arcs.

Isolates the solver: columns of obligations go in, what is discharged of each
comes out with its proof; merging, sharing and checking are inside. `random`
draws both parties uniformly, `scale-free` by Zipf's law with exponent 0.75,
shuffled; amounts are log-normal. OR-Tools gets the arcs merged already and in
its own layout, so its figure is its search alone.

    python benchmarks/setoff.py [LARGEST] [RUNS] [ORTOOLS_LARGEST]

Every network up to LARGEST obligations (default 1e6), each figure the median of
RUNS (default 5) after one that is not counted; OR-Tools once, up to
ORTOOLS_LARGEST (default 1e6), 0 to leave it out. `warm` solves again, from
the answer before, after 1 % of the amounts have changed.
"""

import sys
import tracemalloc
from dataclasses import replace
from statistics import median
from time import perf_counter
from typing import NamedTuple

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from comity.solvers.setoff import SetOff, SetOffProblem, certify, solve

EXPONENT = 0.75
CHANGED = 0.01
NETWORKS = (
    ("random", 10_000, 2_000),
    ("scale-free", 10_000, 2_000),
    ("random", 100_000, 20_000),
    ("scale-free", 100_000, 20_000),
    ("random", 1_000_000, 1_000),
    ("random", 1_000_000, 200_000),
    ("scale-free", 1_000_000, 200_000),
    ("random", 10_000_000, 10_000),
)


class Figures(NamedTuple):
    """Seconds, and what solving takes at its peak beyond its input, in bytes per obligation."""

    cold: float
    warm: float
    check: float
    compared: float
    memory: float


def draw(kind: str, obligations: int, participants: int) -> SetOffProblem:
    """Draw a network."""
    rng = np.random.Generator(np.random.PCG64(obligations))
    if kind == "random":
        debtor, creditor = (rng.integers(0, participants, obligations, dtype=np.int32) for _ in range(2))
    else:
        share = np.cumsum(np.arange(1, participants + 1) ** -EXPONENT)
        names = rng.permutation(participants).astype(np.int32)
        debtor, creditor = (
            names[np.searchsorted(share, rng.random(obligations) * share[-1]).clip(0, participants - 1)]
            for _ in range(2)
        )
    creditor[creditor == debtor] = (debtor[creditor == debtor] + 1) % participants
    amount = np.exp(rng.normal(12.0, 1.5, obligations)).astype(np.int64) + 1
    return SetOffProblem(participants, debtor, creditor, amount)


def change(problem: SetOffProblem) -> SetOffProblem:
    """Draw a hundredth of the amounts anew."""
    rng = np.random.Generator(np.random.PCG64(1))
    rows = rng.choice(len(problem.amount), int(len(problem.amount) * CHANGED), replace=False)
    amount = problem.amount.copy()
    amount[rows] = np.exp(rng.normal(12.0, 1.5, len(rows))).astype(np.int64) + 1
    return replace(problem, amount=amount)


def by_ortools(answer: SetOff) -> float:
    """Return how long OR-Tools takes for the same arcs, whose value must be the same."""
    flow = SimpleMinCostFlow()
    arcs = answer.arcs
    flow.add_arcs_with_capacity_and_unit_cost(arcs.debtor, arcs.creditor, arcs.amount, -arcs.weight.astype(np.int64))
    begin = perf_counter()
    status = flow.solve()
    taken = perf_counter() - begin
    if status != flow.OPTIMAL or -flow.optimal_cost() != answer.value:
        raise RuntimeError("the answers differ")
    return taken


def measure(problem: SetOffProblem, runs: int, *, compare: bool) -> tuple[SetOff, Figures]:
    """Solve `runs` times and once more before."""
    changed = change(problem)
    tracemalloc.start()
    answer = solve(problem)
    memory = tracemalloc.get_traced_memory()[1] / len(problem.amount)
    tracemalloc.stop()
    cold, warm, check = [], [], []
    for _ in range(runs):
        begin = perf_counter()
        answer = solve(problem)
        cold.append(perf_counter() - begin)
        begin = perf_counter()
        certify(problem, answer.discharged, answer.potential)
        check.append(perf_counter() - begin)
        begin = perf_counter()
        solve(changed, answer)
        warm.append(perf_counter() - begin)
    compared = by_ortools(answer) if compare else float("nan")
    return answer, Figures(median(cold), median(warm), median(check), compared, memory)


def main() -> None:
    """Print one line per network."""
    largest, runs, compared = (
        int(float(sys.argv[i])) if len(sys.argv) > i else usual for i, usual in ((1, 1_000_000), (2, 5), (3, 1_000_000))
    )
    begin = perf_counter()
    solve(draw("random", 1_000, 100))
    print(f"first call, compiled or from the cache: {perf_counter() - begin:.1f} s")
    print(
        f"{'network':<11} {'obligations':>12} {'parties':>8} {'rounds':>6} {'discharged':>10} "
        f"{'cold s':>8} {'warm':>6} {'check':>6} {'OR-Tools s':>10} {'ratio':>6} {'B each':>7}"
    )
    for kind, obligations, participants in NETWORKS:
        if obligations > largest:
            continue
        problem = draw(kind, obligations, participants)
        answer, figures = measure(problem, runs, compare=obligations <= compared)
        discharged = answer.total_minor / answer.gross_minor
        print(
            f"{kind:<11} {obligations:>12,} {participants:>8,} {answer.rounds:>6} {discharged:>10.1%} "
            f"{figures.cold:>8.3f} {figures.warm / figures.cold:>6.0%} "
            f"{figures.check / figures.cold:>6.1%} {figures.compared:>10.3f} {figures.compared / figures.cold:>6.1f} "
            f"{figures.memory:>7.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
