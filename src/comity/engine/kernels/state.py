"""The state of the engine: tables of int64 in memory, nothing else.

A `State` is a named tuple of arrays, so a kernel takes all of it as one
argument. Tables grow only between commands (`reserve`), never in a kernel.
Fresh memory is zero and costs nothing until it is touched, so tables start
large in address space and small in memory.
"""

from collections.abc import Mapping
from math import prod
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap
from typing import Any, NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from comity.engine.kernels.handle import declare
from comity.engine.kernels.layout import (
    ACCOUNT_WORDS,
    ARENA,
    BUNDLE_WORDS,
    BUNDLES,
    BURDEN_WORDS,
    CHANGED,
    CONSTRAINT_WORDS,
    CONSTRAINTS,
    CORRIDOR_WORDS,
    CURRENCY_WORDS,
    GLOBALS,
    GROUP_WORDS,
    GROUPS,
    HEAP,
    ID_WORDS,
    LEG_WORDS,
    LEGS,
    LISTED,
    LOT_WORDS,
    OBLIGATION_WORDS,
    OBLIGATIONS,
    ORDER_WORDS,
    ORDERS,
    PAIR_WORDS,
    PAIRS,
    PARTS,
    ROW_WORDS,
    ROWS,
    SIDE_WORDS,
    SIDES,
    TABLES,
    TIMERS,
    TRADE_WORDS,
    TRADES,
    WAIT_WORDS,
)

Int64s = NDArray[np.int64]
Int32s = NDArray[np.int32]

SIZES = 40
"""Block sizes of the arena and of the hash heap: 8 << k for k below this."""
SMALLEST_PART = 8
"""Entries of a hash partition at the start."""


_NARROW = frozenset({"items", "ring", "listed", "changed", "touched", "members"})
_WORDS = {
    "accounts": ACCOUNT_WORDS,
    "burdens": BURDEN_WORDS,
    "currencies": CURRENCY_WORDS,
    "corridors": CORRIDOR_WORDS,
    "rows": ROW_WORDS,
    "ids": ID_WORDS,
    "waits": WAIT_WORDS,
    "sides": SIDE_WORDS,
    "bundles": BUNDLE_WORDS,
    "legs": LEG_WORDS,
    "constraints": CONSTRAINT_WORDS,
    "groups": GROUP_WORDS,
    "pairs": PAIR_WORDS,
    "trades": TRADE_WORDS,
    "obligations": OBLIGATION_WORDS,
    "orders": ORDER_WORDS,
    "lots": LOT_WORDS,
    "directory": 3,
    "timers": 2,
    "sums": 4,
    "space_sums": 2,
}
"""Words per row of tables that have rows."""


class State(NamedTuple):
    """All tables; columns are named in `comity.engine.kernels.layout`."""

    g: Int64s
    """(GLOBALS,) scalars."""
    accounts: Int64s
    openings: Int64s
    """(accounts,) balance before any instruction that is still in `rows`."""
    burdens: Int64s
    """(accounts, BURDEN_WORDS) what of the sums of its currency is an account's own."""
    currencies: Int64s
    corridor_of: Int64s
    """(members * members * currencies,) index into `corridors`."""
    corridors: Int64s
    rows: Int64s
    """(capacity, ROW_WORDS) one per instruction; an instruction's index is its slot."""
    ids: Int64s
    waits: Int64s
    sides: Int64s
    bundles: Int64s
    legs: Int64s
    constraints: Int64s
    groups: Int64s
    pairs: Int64s
    trades: Int64s
    obligations: Int64s
    orders: Int64s
    lots: Int64s
    """(currencies * currencies, LOT_WORDS) by what is sold, then what is bought."""
    least: Int64s
    """(arena,) amounts of queued items, and above them minima of eight."""
    most: Int64s
    """(arena,) amounts of items that block, and above them maxima of eight."""
    items: Int32s
    """(arena,) slot of a leaf, -2 - leg for a bundle's leg, -1 for none."""
    arena_free: Int64s
    """(SIZES,) head of the list of free blocks per size, plus one."""
    directory: Int64s
    """(TABLES * PARTS, 3) base, size and count of each hash partition."""
    heap: Int64s
    """(heap,) hash entries: fingerprint << 32 | index + 1; 0 is empty."""
    heap_free: Int64s
    timers: Int64s
    """(capacity, 2) binary heap of (instant << 1 | kind, slot)."""
    ring: Int32s
    """(accounts,) work list of accounts that may release something."""
    listed: Int32s
    """Slots that wait or waited, in the order in which they began to."""
    changed: Int32s
    """Slots whose state changed in this record."""
    sums: Int64s
    """(accounts, 4) scratch: credits, and debits per fund class; zero at rest."""
    space_sums: Int64s
    """(constraints, 2) scratch: change of use, and whether something binding counts; zero at rest."""
    touched: Int32s
    """(accounts + constraints,) scratch."""
    members: Int32s
    """(64,) scratch: a small set of slots."""
    reasons: Int64s
    """(64,) scratch: the reason that each of `members` gets."""
    lanes: Int64s
    """(2,) scratch: a digest."""
    addresses: Int64s
    """(tables, 2) data pointer and rows of each table, for compiled kernels."""
    address: int
    """Where `addresses` stands."""


_PAGED = range(1 << 20, 1 << 26)
"""Sizes in bytes of what comes from the system, page by page."""


def zeros(*shape: int, dtype: type[np.integer] = np.int64) -> NDArray[Any]:
    """Return fresh zeroed memory.

    What the allocator of C was given back it hands out again, up to 32 MiB a piece, and has to write zeros to it:
    a second engine in a process would take all memory of its tables at once. So those come from the system and go
    back to it. Larger ones do in any case.
    """
    size = prod(shape) * np.dtype(dtype).itemsize
    if size not in _PAGED:
        return np.zeros(shape, dtype)
    return np.frombuffer(mmap(-1, size, MAP_PRIVATE | MAP_ANONYMOUS), dtype).reshape(shape)


def allocate(accounts: int, members: int, currencies: int) -> State:
    """Return an empty state for this many accounts, members and currencies."""
    capacity, rare, arena = 1 << 22, 1 << 16, 1 << 26
    state = State(
        g=zeros(GLOBALS),
        accounts=zeros(accounts, ACCOUNT_WORDS),
        openings=zeros(accounts),
        burdens=zeros(accounts, BURDEN_WORDS),
        currencies=zeros(currencies, CURRENCY_WORDS),
        corridor_of=zeros(members * members * currencies),
        corridors=zeros(1, CORRIDOR_WORDS),
        rows=zeros(capacity, ROW_WORDS),
        ids=zeros(capacity, ID_WORDS),
        waits=zeros(capacity, WAIT_WORDS),
        sides=zeros(rare, SIDE_WORDS),
        bundles=zeros(rare, BUNDLE_WORDS),
        legs=zeros(rare, LEG_WORDS),
        constraints=zeros(rare, CONSTRAINT_WORDS),
        groups=zeros(rare, GROUP_WORDS),
        pairs=zeros(rare, PAIR_WORDS),
        trades=zeros(rare, TRADE_WORDS),
        obligations=zeros(rare, OBLIGATION_WORDS),
        orders=zeros(rare, ORDER_WORDS),
        lots=zeros(currencies * currencies, LOT_WORDS),
        least=zeros(arena),
        most=zeros(arena),
        items=zeros(arena, dtype=np.int32),
        arena_free=zeros(SIZES),
        directory=zeros(TABLES * PARTS, 3),
        heap=zeros(1 << 27),
        heap_free=zeros(SIZES),
        timers=zeros(rare, 2),
        ring=zeros(accounts, dtype=np.int32),
        listed=zeros(capacity, dtype=np.int32),
        changed=zeros(capacity, dtype=np.int32),
        sums=zeros(accounts, 4),
        space_sums=zeros(rare, 2),
        touched=zeros(accounts + rare, dtype=np.int32),
        members=zeros(64, dtype=np.int32),
        reasons=zeros(64),
        lanes=zeros(2),
        addresses=zeros(0),
        address=0,
    )
    for part in range(TABLES * PARTS):
        state.directory[part] = part * SMALLEST_PART, SMALLEST_PART, 0
    state.g[HEAP] = TABLES * PARTS * SMALLEST_PART
    return bound(state)


def bound(state: State) -> State:
    """Return a state whose address table fits its tables; after every replacement of a table."""
    tables: list[NDArray[np.integer]] = [getattr(state, name) for name in _TABLES]
    addresses = np.array([[table.ctypes.data, len(table)] for table in tables], np.int64)
    return state._replace(addresses=addresses, address=addresses.ctypes.data)


def with_tables(state: State, tables: Mapping[str, Int64s | Int32s]) -> State:
    """Return a state with these tables in place of its own, by name; it is not yet `bound`."""
    return State(**{**state._asdict(), **tables})


_TABLES = {name: (types.int32 if name in _NARROW else types.int64, _WORDS.get(name, 0)) for name in State._fields[:-2]}
POINTER = declare(State, _TABLES)
"""The compiler's type of a State."""


GROWING = {
    "rows": ROWS,
    "ids": ROWS,
    "waits": ROWS,
    "sides": SIDES,
    "bundles": BUNDLES,
    "legs": LEGS,
    "constraints": CONSTRAINTS,
    "space_sums": CONSTRAINTS,
    "groups": GROUPS,
    "pairs": PAIRS,
    "trades": TRADES,
    "obligations": OBLIGATIONS,
    "orders": ORDERS,
    "timers": TIMERS,
    "listed": LISTED,
    "changed": CHANGED,
    "least": ARENA,
    "most": ARENA,
    "items": ARENA,
    "heap": HEAP,
}
"""Tables that grow, and the scalar that counts what they hold."""


def reserve(state: State, rows: int, rare: int) -> State:
    """Return a state with room for `rows` more instructions, of which `rare` with sides, legs or timers.

    Bounds used: an instruction enters at most one queue, pair list and timer a
    side; legs are as many as sides at most, and a state changes at most six times a
    record. A queue's block grows to at most twice what it holds, so twice the arena in
    use plus two smallest blocks an item suffices. A hash partition doubles when it is
    0.6 full at least, so fresh blocks are at most twice the heap in use plus 15 words for
    each key: at most four an instruction brings, and one that starts to wait; aligning
    them may cost as much again.
    """
    g = state.g
    used = int(g[ARENA])
    heap = int(g[HEAP])
    waiting = int(g[LISTED])
    need = {
        **dict.fromkeys(("rows", "ids", "waits"), int(g[ROWS]) + rows),
        "sides": int(g[SIDES]) + rare + 1,
        "bundles": int(g[BUNDLES]) + rare + 1,
        "legs": int(g[SIDES]) + rare + 1,
        "constraints": int(g[CONSTRAINTS]) + 64,
        "space_sums": int(g[CONSTRAINTS]) + 64,
        "groups": int(g[GROUPS]) + waiting + rows + 2 * rare + 130,
        "pairs": int(g[PAIRS]) + waiting + rows + 1,
        "trades": int(g[TRADES]) + rare + 1,
        "obligations": int(g[OBLIGATIONS]) + rare + 1,
        "orders": int(g[ORDERS]) + rare + 1,
        "timers": int(g[TIMERS]) + 2 * rare + 2,
        "listed": waiting + rows + rare + 1,
        "changed": int(g[CHANGED]) + 6 * (waiting + int(g[OBLIGATIONS]) + int(g[ORDERS]) + rows + rare) + 64,
        **dict.fromkeys(("least", "most", "items"), 3 * used + 32 * (waiting + rows + 2 * rare) + 4096),
        "heap": 5 * heap + 30 * (waiting + 4 * rows + 4 * rare) + 4096,
    }
    short = {name: size for name, size in need.items() if len(getattr(state, name)) < size}
    grown: dict[str, Int64s | Int32s] = {
        name: _grow(getattr(state, name), int(g[GROWING[name]]), size) for name, size in short.items()
    }
    if not grown:
        return state
    larger = with_tables(state, grown)
    return bound(larger._replace(touched=zeros(len(larger.accounts) + len(larger.constraints), dtype=np.int32)))


def _grow(table: Int64s, used: int, size: int) -> Int64s:
    """Return a table of at least `size` rows, at least doubled, with the rows that are in use."""
    larger = zeros(max(size, 2 * len(table)), *table.shape[1:], dtype=table.dtype.type)
    larger[:used] = table[:used]
    return larger
