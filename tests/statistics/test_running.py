"""Largest running sums per group, against a walk in Python."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from comity.statistics.running import peaks

AMOUNTS = st.integers(-(2**62), 2**62) | st.integers(-9, 9)


def walk(rows: list[tuple[int, int]], groups: int) -> tuple[list[int], list[int], list[int]]:
    largest, place, total = [0] * groups, [-1] * groups, [0] * groups
    for index, (group, amount) in enumerate(rows):
        total[group] += amount
        if total[group] > largest[group]:
            largest[group], place[group] = total[group], index
    return largest, place, total


@given(st.lists(st.tuples(st.integers(0, 4), AMOUNTS), max_size=60))
def test_peaks_are_those_of_a_walk_also_beyond_64_bits(rows: list[tuple[int, int]]) -> None:
    group = np.array([group for group, _ in rows], np.int64)
    amounts = np.array([amount for _, amount in rows], np.int64)

    assert peaks(group, amounts, 5) == walk(rows, 5)
