import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.solvers.kernels import heap

CHANGES = st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(-3, 3)), max_size=60)


@pytest.mark.jit_off
@settings(deadline=None)
@given(changes=CHANGES, ties=st.lists(st.integers(0, 4), min_size=10, max_size=10))
def test_first_node_is_always_the_one_of_lowest_key_and_tie(
    changes: list[tuple[int, int | None]], ties: list[int]
) -> None:
    built = heap.empty(np.array(ties))
    inside: dict[int, int] = {}
    for node, key in changes:
        if key is None:
            heap.take_out(built, node)
            inside.pop(node, None)
        else:
            heap.put(built, node, key)
            inside[node] = key
        first = int(heap.first(built))
        lowest = min(((key, ties[node]) for node, key in inside.items()), default=None)
        assert (inside.get(first), first >= 0 and ties[first]) == (lowest or (None, False))
