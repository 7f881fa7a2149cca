"""The hash tables: every key is found, and blocks that partitions outgrew are used again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.engine.kernels.hashing import hash_of, insert, probe
from comity.engine.kernels.layout import HEAP, PARTS, TABLES
from comity.engine.kernels.state import SIZES, State, allocate, bound, with_tables

pytestmark = [
    pytest.mark.jit_off,
    # Hashes wrap; compiled code does so in silence.
    pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning"),
]

LOW_32 = 0xFFFFFFFF


def blocks_in_use(s: State) -> list[tuple[int, int]]:
    """Return the (base, size) of every partition."""
    return [(int(base), int(size)) for base, size, _ in s.directory]


def free_blocks(s: State) -> list[tuple[int, int]]:
    """Return the (base, size) of every free block, from the lists of each size."""
    found = []
    for size_class in range(SIZES):
        base, before = int(s.heap_free[size_class]) - 1, -1
        while base >= 0:
            following = -2 - int(s.heap[base])
            assert -2 - int(s.heap[base + 1]) == before or (before < 0 and int(s.heap[base + 1]) == -1)
            assert int(s.heap[base + 2]) == -1 - size_class
            found.append((base, 8 << size_class))
            base, before = following, base
    return found


def assert_sound(s: State) -> None:
    """Every word of the heap belongs to one block, in use or free, that stands at a multiple of its size."""
    blocks = sorted(blocks_in_use(s) + free_blocks(s))
    assert all(base % size == 0 for base, size in blocks)
    assert [base for base, _ in blocks] == [0, *np.cumsum([size for _, size in blocks]).tolist()][:-1]
    assert sum(size for _, size in blocks) == s.g[HEAP]


def found(s: State, table: int, key: int) -> list[int]:
    """Return the indexes that may stand under a key."""
    indexes = []
    at = int(probe(s, table, hash_of(s, key, table), 0))
    while at >= 0:
        indexes.append(at & LOW_32)
        at = int(probe(s, table, hash_of(s, key, table), (at >> 32) + 1))
    return indexes


def small_state() -> State:
    state = allocate(1, 1, 1)
    return bound(with_tables(state, {"heap": np.zeros(1 << 20, np.int64)}))


@settings(deadline=None, max_examples=15)
@given(turns=st.lists(st.tuples(st.integers(0, TABLES - 1), st.integers(1, 700)), min_size=1, max_size=6))
def test_keys_of_several_tables_are_found_and_no_block_overlaps_another(turns: list[tuple[int, int]]) -> None:
    state = small_state()
    keys: list[tuple[int, int]] = []
    for table, count in turns:
        for _ in range(count):
            insert(state, table, hash_of(state, len(keys), table), len(keys))
            keys.append((table, len(keys)))
        assert_sound(state)
    for table, key in keys:
        assert key in found(state, table, key)
    assert found(state, 0, len(keys)) == []


def test_blocks_of_one_partition_that_doubles_often_are_merged_and_used_again() -> None:
    state = small_state()
    for lane in (3, 200):  # one after the other: the second goes where the first has been
        for index in range(3_000):
            insert(state, 0, lane | index << 8, index)
            if index & (index - 1) == 0:
                assert_sound(state)
    assert_sound(state)


def test_heap_stays_below_what_partitions_use_and_six_tenths_more_whenever_keys_have_doubled() -> None:
    state = small_state()
    rng = np.random.Generator(np.random.PCG64(5))
    hashes = rng.integers(-(2**63), 2**63 - 1, 1 << 14).tolist()
    for count, key_hash in enumerate(hashes, 1):
        insert(state, 0, key_hash, count)
        if count & (count - 1) == 0 and count > PARTS:
            used = sum(size for _, size in blocks_in_use(state))
            assert state.g[HEAP] < 1.6 * used, count
            assert_sound(state)
