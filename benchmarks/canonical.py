"""The headline figures, in one run: `make bench`.

Every figure is the median of `RUNS` runs, interleaved, after one that is not
counted; each stands beside the figure that the project set out to reach. What
each isolates stands in the README of this folder.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks import durable, scarce
from benchmarks.offsetting import draw_queue
from benchmarks.offsetting import measure as measure_offsetting
from comity.day.demo import BUSINESS_DATE, MEMBERS, demo_rates, demo_sales
from comity.day.generate import generate
from comity.engine.columns import RecordKind

RUNS = 5
SIZES = (10**5, 10**6, 10**7)
Measured = dict[str, list[float]]


def main() -> None:
    """Measure and print."""
    whole_run()  # first: a child counts the memory of a parent that is larger
    taken: Measured = {}
    for each in measures():
        each({})
    for run in range(RUNS):
        print(f"run {run + 1} of {RUNS}", file=sys.stderr)
        for each in measures():
            each(taken)
    for name, values in taken.items():
        print(f"{name:<62} {median(values):10.2f}   {min(values):10.2f} .. {max(values):.2f}")
    for line in growth():
        print(line)


def measures() -> Iterator[Callable[[Measured], None]]:
    """Return what is measured in each run, in turn."""
    yield lambda taken: _durable(taken, 600)
    yield lambda taken: _durable(taken, 10_000)
    yield _scarce
    yield _release
    yield _offsetting
    yield _small


def _note(taken: Measured, name: str, value: float) -> None:
    taken.setdefault(name, []).append(value)


def _durable(taken: Measured, accounts: int) -> None:
    figures = durable.measure(120, accounts)
    where = f"{accounts} accounts"
    _note(taken, f"settled at once, log in memory, {where}: M/s (reach 3)", figures.memory)
    _note(taken, f"durable, {where}: M/s (reach 2)", figures.durable)
    _note(taken, f"durable, {where}: ratio to append + fdatasync", figures.durable / figures.plain)
    _note(taken, f"durable, {where}: ratio to memory", figures.durable / figures.memory)
    _note(taken, f"durable, {where}: p50 of a batch, ms (reach 8)", figures.p50_ms)
    _note(taken, f"durable, {where}: p99 of a batch, ms (reach 20)", figures.p99_ms)
    _note(taken, f"log, {where}: bytes a payment (reach 96)", figures.bytes_per_payment)
    _note(taken, f"replay, {where}: M/s (reach 3)", figures.replayed)


def _scarce(taken: Measured) -> None:
    day = scarce.scarce_day()
    _note(taken, "scarce day, limits on: M/s (reach 0.4)", day.rate)
    _note(taken, "scarce day: p99 of a batch, ms (reach 30)", day.p99_ms)
    _note(taken, "scarce day: longest batch, ms (reach 50)", day.longest_ms)
    _note(taken, "scarce day: most that waited", day.waiting)


def _release(taken: Measured) -> None:
    for limited in (False, True):
        where = "behind items without room" if limited else "from the front"
        for queued in (10**4, 10**5, 10**6):
            spent = scarce.release(queued, limited=limited)
            _note(taken, f"release of one of {queued:.0e} {where}: us (reach 3)", spent)


def _offsetting(taken: Measured) -> None:
    for union, currencies, reach in ((False, 1, 0.05), (True, 10, 0.15)):
        queue = draw_queue(10**6, currencies, union=union)
        what = "ten currencies, PvP and limits" if union else "one currency, bare"
        _note(taken, f"FIFO pass over 1e6, {what}: s (reach {reach})", measure_offsetting(queue, "fifo").seconds)


def _small(taken: Measured) -> None:
    _note(taken, "one payment, engine and digest: us (reach 50)", scarce.one_payment())
    _note(taken, "engine memory an instruction, two ids: bytes (reach 160)", scarce.memory())


def growth() -> Iterator[str]:
    """Yield how the cost of entering payments grows with their number."""
    for count in SIZES:
        engine = scarce.one_currency(600, 10**12)
        bodies = [scarce.payments(scarce.BATCH, 600, seed) for seed in range(min(count, 10**6) // scarce.BATCH)]
        spent, entered = 0.0, 0
        while entered < count - scarce.BATCH:
            at = entered // scarce.BATCH
            body = bodies[at] if at < len(bodies) else scarce.payments(scarce.BATCH, 600, at)
            start = perf_counter()
            engine.apply(RecordKind.PAYMENTS, 3, scarce.OPENED + entered, body)
            spent += perf_counter() - start
            entered += scarce.BATCH
        yield f"{f'settled at once, {count:.0e} payments: ns each':<62} {spent / entered * 1e9:10.2f}"


def whole_run() -> None:
    """Measure and print `comity run`."""
    seconds = []
    for _ in range(RUNS):
        with TemporaryDirectory() as folder:
            seconds.append(run_seconds(Path(folder)))
    name = "comity run, 1e6 payments, 60 participants: s (reach 10)"
    print(f"{name:<62} {median(seconds):10.2f}   {min(seconds):10.2f} .. {max(seconds):.2f}")


def run_seconds(folder: Path) -> float:
    """Seconds of `comity run` on a day of 1e6 payments, ten currencies, sixty banks, half the upper-bound liquidity."""
    day, out = folder / "day", folder / "out"
    generate(
        demo_sales(),
        MEMBERS,
        BUSINESS_DATE,
        1_000_000,
        1,
        day,
        rates=demo_rates(),
        liquidity=Fraction(1, 2),
        name="Benchmark",
    )
    start = perf_counter()
    command = [sys.executable, "-m", "comity.cli", "run", str(day), "--out", str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    spent = perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    print(f"  of which {json.loads((out / 'timing.json').read_text())}; at most {peak / 1e9:.2f} GB")
    return spent


if __name__ == "__main__":
    main()
