import subprocess
import sys
from pathlib import Path

import numpy as np

from comity.solvers.setoff import SetOffProblem, solve

PROBLEMS = 1000
BY_ORTOOLS = Path(__file__).parents[1] / "oracles" / "set_off_by_ortools.py"


def draw(number: int) -> SetOffProblem:
    """Draw a problem of up to 60 participants; every third has weights, every second a few hubs."""
    rng = np.random.Generator(np.random.PCG64(number))
    n, m = int(rng.integers(2, 61)), int(rng.integers(1, 301))
    skew = 3 if number % 2 else 1
    debtor, creditor = (np.minimum(rng.random(m) ** skew * n, n - 1).astype(np.int32) for _ in range(2))
    creditor[creditor == debtor] = (debtor[creditor == debtor] + 1) % n
    amount = rng.integers(1, int(rng.choice([3, 100, 10**9])) + 1, m)
    weight = rng.integers(1, 6 if number % 3 == 0 else 2, m, dtype=np.int8)
    return SetOffProblem(n, debtor, creditor, amount, weight)


def test_value_of_a_thousand_problems_is_that_of_ortools(tmp_path: Path) -> None:
    drawn = [draw(number) for number in range(PROBLEMS)]
    file = tmp_path / "problems.npz"
    np.savez(
        file,
        problem=np.repeat(np.arange(PROBLEMS), [len(each.amount) for each in drawn]),
        debtor=np.concatenate([each.debtor for each in drawn]),
        creditor=np.concatenate([each.creditor for each in drawn]),
        amount=np.concatenate([each.amount for each in drawn]),
        weight=np.concatenate([np.asarray(each.weight, np.int64) for each in drawn]),
    )
    done = subprocess.run([sys.executable, str(BY_ORTOOLS), str(file)], capture_output=True, text=True, check=True)
    assert [solve(each).value for each in drawn] == [int(line) for line in done.stdout.split()]
