"""Queues: "the first item in place order that is payable, or that blocks".

A queue (group) holds the items of one account, class and fund that share the
same limits, hence one room. Its leaves stand in place order in a block of the
arena; above them stand, with a fan-out of eight, the least amount of a
candidate and the greatest amount of an item that blocks. One descent finds the
first leaf with amount <= room, or with a blocking amount > money: O(log n).

An empty or parked leaf has least INFINITE and most -1. Leaves are added at the
right end, rarely at the left end (reordering), and rarely between (an item
that comes back to its old place): then into the nearest gap.
"""

from comity.engine.kernels.layout import (
    ARENA,
    BUNDLE_PLACE,
    G_BASE,
    G_CAPACITY,
    G_HIGH,
    G_LIVE,
    G_LOW,
    INFINITE,
    LEG_BUNDLE,
    LEG_PLACED,
    PLACE,
    PLACED,
)
from comity.engine.kernels.state import State
from comity.engine.kernels.steps import leaf, step

SHIFT_MAX = 256
"""Leaves to look through for a gap before a queue is spread out anew."""


@leaf
def block_size(capacity: int) -> int:
    """Return leaves and inner nodes of a block with this many leaves."""
    total = capacity
    while capacity > 8:
        capacity >>= 3
        total += capacity
    return total + 8


@leaf
def above(size: int) -> int:
    """Return how many nodes stand above a level of `size` nodes."""
    return (size + 7) >> 3


@leaf
def place_of(s: State, item: int) -> int:
    """Return the place of a queued item."""
    if item >= 0:
        return s.waits[item, PLACE]
    return s.bundles[s.legs[-2 - item, LEG_BUNDLE], BUNDLE_PLACE]


@leaf
def remember(s: State, item: int, group: int, leaf: int) -> None:
    """Tell an item where its leaf is."""
    if item >= 0:
        s.rows[item, PLACED] = group << 32 | leaf
    else:
        s.legs[-2 - item, LEG_PLACED] = group << 32 | leaf


@step
def set_leaf(s: State, group: int, leaf: int, least: int, most: int) -> None:
    """Write a leaf's amounts and repair the minima and maxima above it."""
    level, size, i = s.groups[group, G_BASE], s.groups[group, G_CAPACITY], leaf
    s.least[level + i] = least
    s.most[level + i] = most
    while size > 8:
        first = level + (i & ~7)
        last = min(first + 8, level + size)
        low, high = INFINITE, -1
        for j in range(first, last):
            low = min(low, s.least[j])
            high = max(high, s.most[j])
        level += size
        size = (size + 7) >> 3
        i >>= 3
        if s.least[level + i] == low and s.most[level + i] == high:
            return
        s.least[level + i] = low
        s.most[level + i] = high


@step
def build_levels(s: State, group: int) -> None:
    """Compute all inner nodes of a block from its leaves."""
    level, size = s.groups[group, G_BASE], s.groups[group, G_CAPACITY]
    while size > 8:
        upper, upper_size = level + size, (size + 7) >> 3
        for i in range(upper_size):
            low, high = INFINITE, -1
            for j in range(level + 8 * i, min(level + 8 * i + 8, level + size)):
                low = min(low, s.least[j])
                high = max(high, s.most[j])
            s.least[upper + i] = low
            s.most[upper + i] = high
        level, size = upper, upper_size


@step
def first_hit(s: State, group: int, start: int, room: int, money: int) -> int:
    """Return the first leaf from `start` with least <= room or most > money, or -1."""
    base, capacity = s.groups[group, G_BASE], s.groups[group, G_CAPACITY]
    if capacity == 0 or start >= capacity:
        return -1
    level, size, i, depth = base, capacity, start, 0
    while True:
        if i & 7 != 0 or size <= 8:
            last = min((i | 7) + 1, size)
            while i < last and s.least[level + i] > room and s.most[level + i] <= money:
                i += 1
            if i < last:
                break
            if last == size:
                return -1
        level += size
        size = (size + 7) >> 3
        i >>= 3
        if i >= size:
            return -1
        depth += 1
    while depth > 0:
        depth -= 1
        level, size = base, capacity
        for _ in range(depth):
            level += size
            size = (size + 7) >> 3
        i <<= 3
        while s.least[level + i] > room and s.most[level + i] <= money:
            i += 1
    return i


@step
def has_blocker(s: State, group: int, money: int) -> bool:
    """Return whether some item of the queue blocks for want of money."""
    level, size = s.groups[group, G_BASE], s.groups[group, G_CAPACITY]
    while size > 8:
        level += size
        size = (size + 7) >> 3
    for i in range(level, level + size):  # noqa: SIM110, numba compiles no any() over a generator
        if s.most[i] > money:
            return True
    return False


@step
def take_block(s: State, capacity: int) -> int:
    """Take a cleared block for `capacity` leaves from the free list or the arena's end; return its base."""
    size_class = 0
    while 8 << size_class < capacity:
        size_class += 1
    total = block_size(capacity)
    base = s.arena_free[size_class] - 1
    if base >= 0:
        s.arena_free[size_class] = s.least[base]
    else:
        base = s.g[ARENA]
        s.g[ARENA] += total
        assert s.g[ARENA] <= len(s.least)
    s.least[base : base + total] = INFINITE
    s.most[base : base + total] = -1
    s.items[base : base + capacity] = -1
    return base


@step
def give_block(s: State, base: int, capacity: int) -> None:
    """Give a block back to the free list of its size."""
    size_class = 0
    while 8 << size_class < capacity:
        size_class += 1
    s.least[base] = s.arena_free[size_class]
    s.arena_free[size_class] = base + 1


@step
def rebuild(s: State, group: int, stride: int, left: int) -> None:
    """Move a queue's leaves, in order, into a block where they fill at most half.

    `stride` 2 leaves a gap after every leaf, 1 none; `left` shares out a quarter
    of the block before the first leaf.
    """
    row = s.groups[group]
    old, old_capacity, low, high = row[G_BASE], row[G_CAPACITY], row[G_LOW], row[G_HIGH]
    capacity = 8
    while capacity < 2 * (row[G_LIVE] + 1) * (2 if left else 1):
        capacity <<= 1
    base = take_block(s, capacity)
    to = capacity >> 2 if left else 0
    row[G_BASE], row[G_CAPACITY], row[G_LOW] = base, capacity, to
    for i in range(low, high):
        item = s.items[old + i]
        if item != -1:
            s.items[base + to] = item
            s.least[base + to] = s.least[old + i]
            s.most[base + to] = s.most[old + i]
            remember(s, item, group, to)
            to += stride
    row[G_HIGH] = to
    build_levels(s, group)
    if old_capacity > 0:
        give_block(s, old, old_capacity)


@leaf
def put(s: State, group: int, leaf: int, item: int, least: int, most: int) -> None:
    """Occupy an empty leaf."""
    s.items[s.groups[group, G_BASE] + leaf] = item
    s.groups[group, G_LIVE] += 1
    remember(s, item, group, leaf)
    set_leaf(s, group, leaf, least, most)


@step
def push(s: State, group: int, item: int, least: int, most: int) -> None:
    """Add an item at its place; nearly always the end."""
    row = s.groups[group]
    place = place_of(s, item)
    if row[G_LIVE] == 0:
        row[G_LOW], row[G_HIGH] = 0, 0
    if row[G_LIVE] == 0 or place_of(s, last_item(s, group)) < place:
        if row[G_HIGH] >= row[G_CAPACITY]:
            rebuild(s, group, 1, 0)
        put(s, group, row[G_HIGH], item, least, most)
        row[G_HIGH] += 1
    elif place < place_of(s, first_item(s, group)):
        if row[G_LOW] == 0:
            rebuild(s, group, 1, 1)
        row[G_LOW] -= 1
        put(s, group, row[G_LOW], item, least, most)
    else:
        insert_between(s, group, item, place, least, most)


@leaf
def last_item(s: State, group: int) -> int:
    """Return the last item, drawing in the right end over empty leaves."""
    row = s.groups[group]
    while s.items[row[G_BASE] + row[G_HIGH] - 1] == -1:
        row[G_HIGH] -= 1
    return s.items[row[G_BASE] + row[G_HIGH] - 1]


@leaf
def first_item(s: State, group: int) -> int:
    """Return the first item, drawing in the left end over empty leaves."""
    row = s.groups[group]
    while s.items[row[G_BASE] + row[G_LOW]] == -1:
        row[G_LOW] += 1
    return s.items[row[G_BASE] + row[G_LOW]]


@step
def successor_leaf(s: State, group: int, place: int) -> int:
    """Return the leaf of the first item with a greater place, by bisection over occupied leaves."""
    base, low, high = s.groups[group, G_BASE], s.groups[group, G_LOW], s.groups[group, G_HIGH]
    while low < high:
        middle = (low + high) >> 1
        at = middle
        while at < high and s.items[base + at] == -1:
            at += 1
        if at < high and place_of(s, s.items[base + at]) < place:
            low = at + 1
        else:
            high = middle
    while s.items[base + low] == -1:
        low += 1
    return low


@step
def move_leaf(s: State, group: int, source: int, target: int) -> None:
    """Move an occupied leaf to an empty one."""
    base = s.groups[group, G_BASE]
    item, least, most = s.items[base + source], s.least[base + source], s.most[base + source]
    s.items[base + source] = -1
    set_leaf(s, group, source, INFINITE, -1)
    s.items[base + target] = item
    remember(s, item, group, target)
    set_leaf(s, group, target, least, most)


@step
def insert_between(s: State, group: int, item: int, place: int, least: int, most: int) -> None:
    """Insert before the first item with a greater place, shifting leaves into the nearest gap."""
    while True:
        row = s.groups[group]
        base, next_leaf = row[G_BASE], successor_leaf(s, group, place)
        for distance in range(SHIFT_MAX):
            left, right = next_leaf - 1 - distance, next_leaf + distance
            if left >= row[G_LOW] and s.items[base + left] == -1:
                for i in range(left + 1, next_leaf):
                    move_leaf(s, group, i, i - 1)
                put(s, group, next_leaf - 1, item, least, most)
                return
            if right < row[G_HIGH] and s.items[base + right] == -1:
                for i in range(right - 1, next_leaf - 1, -1):
                    move_leaf(s, group, i, i + 1)
                put(s, group, next_leaf, item, least, most)
                return
        rebuild(s, group, 2, 0)


@step
def remove(s: State, group: int, leaf: int) -> None:
    """Empty a leaf; a queue that becomes empty gives a large block back."""
    row = s.groups[group]
    s.items[row[G_BASE] + leaf] = -1
    set_leaf(s, group, leaf, INFINITE, -1)
    row[G_LIVE] -= 1
    if leaf == row[G_LOW]:
        row[G_LOW] += 1
    if row[G_LIVE] == 0:
        row[G_LOW], row[G_HIGH] = 0, 0
        if row[G_CAPACITY] > 64:
            give_block(s, row[G_BASE], row[G_CAPACITY])
            row[G_CAPACITY] = 0
