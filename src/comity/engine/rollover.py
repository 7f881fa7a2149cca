"""The turn of the day: keep what still waits and the identities within the window, drop the rest.

Dropped instructions are in the archive; what they moved becomes part of the
openings. What is kept is numbered anew in its old order, and every index over
it is built anew, so memory is bounded by the window of identities.
"""

import numpy as np

from comity.engine.kernels.hashing import hash_of, insert
from comity.engine.kernels.layout import (
    AMOUNT,
    BALANCE,
    BUNDLE,
    BUNDLE_FIRST,
    BUNDLE_LAST,
    BUNDLE_PLACE,
    BUNDLES,
    CUR_PHASE,
    CUR_SWEEP,
    DATE_FIRST,
    FINAL,
    KEYS,
    LINKS,
    LIST_INDEX,
    LISTED,
    LOWEST,
    MORE,
    NEXT_MEMBER,
    NEXT_TRADE,
    PARTIES,
    PLACE,
    ROWS,
    SIDES,
    STATUS,
    SWEEP_AT,
    TIMERS,
    TRADE,
    TRADES,
    UETRS,
)
from comity.engine.kernels.state import Int64s, State

MICROSECONDS_A_DAY = 86_400_000_000
LOW_32 = 0xFFFFFFFF


def roll(s: State) -> State:
    """Return the state with which the next business day begins; queues are empty at this point."""
    count = int(s.g[ROWS])
    rows = s.rows[:count]
    final = rows[:, STATUS] & 0xFF >= 16
    recent = rows[:, FINAL] // MICROSECONDS_A_DAY >= s.g[DATE_FIRST]
    keep = ~final | recent
    _keep_bundles_whole(s, keep)
    dropped = rows[~keep & (rows[:, STATUS] & 0xFF == 16)]
    np.add.at(s.openings, dropped[:, PARTIES] & LOW_32, dropped[:, AMOUNT])
    np.subtract.at(s.openings, dropped[:, PARTIES] >> 32, dropped[:, AMOUNT])
    _renumber(s, keep)
    s.accounts[:, LOWEST] = s.accounts[:, BALANCE]
    s.currencies[:, CUR_PHASE] = 0
    s.currencies[:, CUR_SWEEP] = 0
    s.g[SWEEP_AT] = 0
    return s


def _keep_bundles_whole(s: State, keep: np.ndarray) -> None:
    """A bundle of which something is kept is kept whole."""
    side = _side_of(s, len(keep))
    bundle = np.where(side >= 0, s.sides[side, BUNDLE], 0)
    kept = np.zeros(int(s.g[BUNDLES]) + 1, bool)
    kept[bundle[keep]] = True
    kept[0] = False
    keep |= kept[bundle]


def _side_of(s: State, count: int) -> Int64s:
    return (s.rows[:count, MORE] & LOW_32) - 1


def _renumber(s: State, keep: np.ndarray) -> None:
    old = np.flatnonzero(keep)
    count, kept = len(keep), len(old)
    new = np.full(count + 1, -1, np.int64)
    new[old] = np.arange(kept)
    sides = _side_of(s, count)
    for table in (s.rows, s.ids, s.waits):
        table[:kept] = table[:count][keep]
        table[kept:count] = 0
    _renumber_sides(s, sides[keep], new)
    _renumber_bundles(s, new)
    s.g[ROWS] = kept
    s.waits[:kept, PLACE] = np.arange(kept) << 20
    s.g[TRADES] = 0
    _relist(s, kept)
    _rehash(s, kept)
    _retime(s, new)


def _renumber_sides(s: State, sides: Int64s, new: Int64s) -> None:
    """Compact the side rows of kept instructions, in their order."""
    has = sides >= 0
    rows = s.sides[sides[has]].copy()
    rows[:, NEXT_MEMBER] = _moved(rows[:, NEXT_MEMBER], new)
    rows[:, [TRADE, NEXT_TRADE]] = 0
    old_count = int(s.g[SIDES])
    s.sides[: len(rows)] = rows
    s.sides[len(rows) : old_count] = 0
    s.g[SIDES] = len(rows)
    index = np.zeros(len(sides), np.int64)
    index[has] = np.arange(1, len(rows) + 1)
    target = s.rows[: len(sides), MORE]
    s.rows[: len(sides), MORE] = (target >> 32) << 32 | index


def _renumber_bundles(s: State, new: Int64s) -> None:
    """Let bundles point to the new slots; those whose members are gone stay as empty rows."""
    rows = s.bundles[: s.g[BUNDLES]]
    rows[:, BUNDLE_FIRST] = _moved(rows[:, BUNDLE_FIRST], new)
    rows[:, BUNDLE_LAST] = _moved(rows[:, BUNDLE_LAST], new)
    rows[:, BUNDLE_PLACE] = np.maximum(rows[:, BUNDLE_LAST] - 1, 0) << 20


def _moved(plus_one: Int64s, new: Int64s) -> Int64s:
    """Map slots stored plus one to their new slots; 0, and what is gone, becomes 0."""
    return new[plus_one - 1] + 1


def _relist(s: State, kept: int) -> None:
    waiting = np.flatnonzero(s.rows[:kept, STATUS] & 0xFF < 16)
    s.listed[: len(waiting)] = waiting
    s.waits[:kept, LIST_INDEX] = 0
    s.waits[waiting, LIST_INDEX] = np.arange(1, len(waiting) + 1)
    s.g[LISTED] = len(waiting)


def _rehash(s: State, kept: int) -> None:
    """Empty the tables of keys, UETRs and links, and enter what is kept."""
    for table in (KEYS, UETRS, LINKS):
        _clear(s, table)
    for slot in range(kept):
        uetr, key = s.ids[slot, 2:4], s.ids[slot, 0:2]
        if key.any():
            insert(s, KEYS, hash_of(s, key[0], key[1]), slot)
        if uetr.any():
            insert(s, UETRS, hash_of(s, uetr[0], uetr[1]), slot)


def _clear(s: State, table: int) -> None:
    for part in range(table * 256, table * 256 + 256):
        base, size = int(s.directory[part, 0]), int(s.directory[part, 1])
        s.heap[base : base + size] = 0
        s.directory[part, 2] = 0


def _retime(s: State, new: Int64s) -> None:
    """Keep the timers of what is kept; a heap stays one when entries are renumbered in order."""
    timers = s.timers[: s.g[TIMERS]].copy()
    timers[:, 1] = new[timers[:, 1]]
    timers = timers[timers[:, 1] >= 0]
    order = np.lexsort((timers[:, 1], timers[:, 0]))
    s.timers[: len(timers)] = timers[order]
    s.g[TIMERS] = len(timers)
