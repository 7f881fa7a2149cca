"""The value of the best circulation by OR-Tools, for many problems: a process of its own.

Two libraries of linear programming in one process can clash, so nothing else
imports this one. Reads an .npz with the columns problem, debtor, creditor,
amount, weight; prints the value of each problem.
"""

import sys

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow


def main() -> None:
    """Print one value per line."""
    columns = np.load(sys.argv[1])
    for number in range(int(columns["problem"].max()) + 1):
        rows = columns["problem"] == number
        flow = SimpleMinCostFlow()
        flow.add_arcs_with_capacity_and_unit_cost(
            columns["debtor"][rows], columns["creditor"][rows], columns["amount"][rows], -columns["weight"][rows]
        )
        if flow.solve() != SimpleMinCostFlow.OPTIMAL:
            raise RuntimeError("no optimum")
        print(-flow.optimal_cost())  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
