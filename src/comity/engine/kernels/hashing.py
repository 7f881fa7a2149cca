"""Hash tables from a 64-bit hash to row indexes, growing without long pauses.

Each table is split by the hash's low byte into partitions that double one by
one, at staggered loads (0.6 to 0.8), so that no single insertion rehashes more
than a 256th. An entry is one word: 31 bits of fingerprint and index + 1; the
table that owns the rows compares the full key. Entries are never deleted; a
day's end builds the tables anew.
"""

from comity.engine.kernels.layout import HEAP, PARTS, SEED
from comity.engine.kernels.posting import mix
from comity.engine.kernels.state import State
from comity.engine.kernels.steps import leaf, step


@leaf
def hash_of(s: State, high: int, low: int) -> int:
    """Hash a 128-bit key, keyed by the union's seed."""
    return mix(high + mix(low ^ s.g[SEED]))


@step
def give_block(s: State, base: int, size_class: int) -> None:
    """Put a block on its free list, merged with the block before it if that was freed last."""
    before = s.heap_free[size_class] - 1
    if before >= 0 and before + (8 << size_class) == base:
        s.heap_free[size_class] = s.heap[before]
        base = before
        size_class += 1
    s.heap[base] = s.heap_free[size_class]
    s.heap_free[size_class] = base + 1


@step
def grow_part(s: State, part: int) -> None:
    """Double a partition: take a block, place every entry anew, give the old block back."""
    base, size = s.directory[part, 0], s.directory[part, 1]
    size_class = 0
    while 8 << size_class < 2 * size:
        size_class += 1
    if s.heap_free[size_class] != 0:
        new = s.heap_free[size_class] - 1
        s.heap_free[size_class] = s.heap[new]
        s.heap[new : new + 2 * size] = 0
    else:
        new = s.g[HEAP]
        s.g[HEAP] += 2 * size
        assert s.g[HEAP] <= len(s.heap)
    mask = 2 * size - 1
    for i in range(base, base + size):
        entry = s.heap[i]
        if entry != 0:
            at = (entry >> 32) & mask
            while s.heap[new + at] != 0:
                at = (at + 1) & mask
            s.heap[new + at] = entry
    give_block(s, base, size_class - 1)
    s.directory[part, 0] = new
    s.directory[part, 1] = 2 * size


@step
def insert(s: State, table: int, key_hash: int, index: int) -> None:
    """Add `index` under `key_hash`; the caller knows that it is not there."""
    lane = key_hash & (PARTS - 1)
    part = table * PARTS + lane
    if s.directory[part, 2] * 1280 >= s.directory[part, 1] * (768 + lane):
        grow_part(s, part)
    fingerprint = (key_hash >> 8) & 0x7FFFFFFF
    base, mask = s.directory[part, 0], s.directory[part, 1] - 1
    at = fingerprint & mask
    while s.heap[base + at] != 0:
        at = (at + 1) & mask
    s.heap[base + at] = fingerprint << 32 | (index + 1)
    s.directory[part, 2] += 1


@step
def probe(s: State, table: int, key_hash: int, step: int) -> int:
    """Return the position of the next candidate from probe `step` on, or -1.

    A position encodes step << 32 | index; call again with step + 1 if the row
    there is another key.
    """
    part = table * PARTS + (key_hash & (PARTS - 1))
    fingerprint = (key_hash >> 8) & 0x7FFFFFFF
    base, mask = s.directory[part, 0], s.directory[part, 1] - 1
    at = (fingerprint + step) & mask
    while True:
        entry = s.heap[base + at]
        if entry == 0:
            return -1
        if entry >> 32 == fingerprint:
            return step << 32 | ((entry & 0xFFFFFFFF) - 1)
        step += 1
        at = (at + 1) & mask
