"""Hash tables from a 64-bit hash to row indexes, growing without long pauses.

Each table is split by the hash's low byte into partitions that double one by
one, at staggered loads (0.6 to 0.8), so that no single insertion rehashes more
than a 256th. An entry is one word: 31 bits of fingerprint and index + 1; the
table that owns the rows compares the full key. Entries are never deleted; a
day's end builds the tables anew. Blocks that partitions outgrew are merged and used again.
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
    """Put a block among the free ones, merged with its buddy as long as that is free too.

    Blocks of 8 << k words stand at multiples of their size, so a block's buddy is where
    its address differs in one bit (Knowlton, "A fast storage allocator", 1965). A free
    block says so in its first three words, which are negative: -2 - the next free
    block's address, -2 - the one's before it (-1: none), -1 - its class. An entry is never negative.
    """
    buddy = base ^ (8 << size_class)
    while buddy < s.g[HEAP] and s.heap[buddy] < 0 and s.heap[buddy + 2] == -1 - size_class:
        take_free(s, buddy, size_class)
        base = min(base, buddy)
        size_class += 1
        buddy = base ^ (8 << size_class)
    following = s.heap_free[size_class] - 1
    s.heap[base], s.heap[base + 1], s.heap[base + 2] = -2 - following, -1, -1 - size_class
    if following >= 0:
        s.heap[following + 1] = -2 - base
    s.heap_free[size_class] = base + 1


@step
def take_free(s: State, base: int, size_class: int) -> None:
    """Take a free block out of the list of its class."""
    following, before = -2 - s.heap[base], -2 - s.heap[base + 1]
    if before >= 0:
        s.heap[before] = -2 - following
    else:
        s.heap_free[size_class] = following + 1
    if following >= 0:
        s.heap[following + 1] = -2 - before


@step
def take_block(s: State, size_class: int) -> int:
    """Return the address of a zeroed block: a free one, else fresh memory."""
    size = 8 << size_class
    base = s.heap_free[size_class] - 1
    if base >= 0:
        take_free(s, base, size_class)
        s.heap[base : base + size] = 0
        return base
    while s.g[HEAP] & (size - 1) != 0:
        base, skipped = s.g[HEAP], 0
        while base & (8 << skipped) == 0:
            skipped += 1
        s.g[HEAP] += 8 << skipped
        give_block(s, base, skipped)
    base = s.g[HEAP]
    s.g[HEAP] += size
    assert s.g[HEAP] <= len(s.heap)
    return base


@step
def grow_part(s: State, part: int) -> None:
    """Double a partition: take a block, place every entry anew, give the old block back."""
    base, size = s.directory[part, 0], s.directory[part, 1]
    size_class = 0
    while 8 << size_class < size:
        size_class += 1
    new = take_block(s, size_class + 1)
    mask = 2 * size - 1
    for i in range(base, base + size):
        entry = s.heap[i]
        if entry != 0:
            at = (entry >> 32) & mask
            while s.heap[new + at] != 0:
                at = (at + 1) & mask
            s.heap[new + at] = entry
    give_block(s, base, size_class)
    s.directory[part, 0] = new
    s.directory[part, 1] = 2 * size


@leaf
def make_room(s: State, table: int, key_hash: int) -> None:
    """Let the partition of a key have room for one more entry; places found before no longer hold."""
    lane = key_hash & (PARTS - 1)
    part = table * PARTS + lane
    if s.directory[part, 2] * 1280 >= s.directory[part, 1] * (768 + lane):
        grow_part(s, part)


@leaf
def put(s: State, table: int, key_hash: int, place: int, index: int) -> None:
    """Add `index` under `key_hash` at the empty place that `probe` found, room having been made before."""
    s.heap[place] = ((key_hash >> 8) & 0x7FFFFFFF) << 32 | (index + 1)
    s.directory[table * PARTS + (key_hash & (PARTS - 1)), 2] += 1


@step
def insert(s: State, table: int, key_hash: int, index: int) -> None:
    """Add `index` under `key_hash`; the caller knows that it is not there."""
    make_room(s, table, key_hash)
    part = table * PARTS + (key_hash & (PARTS - 1))
    base, mask = s.directory[part, 0], s.directory[part, 1] - 1
    at = (key_hash >> 8) & 0x7FFFFFFF & mask
    while s.heap[base + at] != 0:
        at = (at + 1) & mask
    put(s, table, key_hash, base + at, index)


@step
def probe(s: State, table: int, key_hash: int, step: int) -> int:
    """Return the position of the next candidate from probe `step` on, or -1 - the place where the key belongs.

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
            return -1 - base - at
        if entry >> 32 == fingerprint:
            return step << 32 | ((entry & 0xFFFFFFFF) - 1)
        step += 1
        at = (at + 1) & mask
