"""The turn of the day: keep what still waits and the identities within the window, drop the rest.

Dropped instructions are in the archive; what they moved becomes part of the
openings. What is kept is numbered anew in its old order, its places in the queues
in theirs, before all that is still to come; and every index over it is built
anew, so memory is bounded by the window of identities.
"""

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels.clearing import OBLIGATION_KIND
from comity.engine.kernels.entry import insert_ids
from comity.engine.kernels.hashing import hash_of, insert
from comity.engine.kernels.layout import (
    AMOUNT,
    ARENA,
    BALANCE,
    BUNDLE,
    BUNDLE_FIRST,
    BUNDLE_LAST,
    BUNDLE_LINK_HI,
    BUNDLE_LINK_LO,
    BUNDLE_PLACE,
    BUNDLES,
    CHANGED,
    CUR_PHASE,
    CUR_SWEEP,
    DATE,
    DATE_FIRST,
    END_KEY,
    ENTERED,
    FINAL,
    FRONT,
    GROUP_KEYS,
    GROUPS,
    KEYS,
    KIND_SHIFT,
    LEG_FREE,
    LEGS,
    LINKS,
    LIST_INDEX,
    LISTED,
    LOWEST,
    MORE,
    NEXT_MEMBER,
    NEXT_TRADE,
    O_CARRIED,
    O_CUT,
    O_SLOT,
    OBLIGATIONS,
    ORDERS,
    PAIR_LISTS,
    PAIRS,
    PARTIES,
    PARTS,
    PLACE,
    QUEUE_NORMAL,
    QUEUE_URGENT,
    R_BOOK,
    R_SLOT,
    ROWS,
    SIDES,
    SPACE_GROUPS,
    STATUS,
    SWEEP_AT,
    T_BUY,
    T_BUYER_PAYS,
    T_DATE,
    T_HEAD_BUYER,
    T_HEAD_SELLER,
    T_SELL,
    T_SELLER_PAYS,
    T_TAIL_SELLER,
    TIMERS,
    TRADE,
    TRADE_KEYS,
    TRADES,
    UETRS,
)
from comity.engine.kernels.orders import ORDER_KIND
from comity.engine.kernels.pvp_entry import trade_hash
from comity.engine.kernels.state import Int64s, State
from comity.engine.words import LOW_32
from comity.model.instant import DAY_US

STATE_MASK, FIRST_FINAL, SETTLED = 0xFF, 16, 16


def roll(s: State, pinned: list[int]) -> Int64s:
    """Prepare the next business day, whose queues are empty; `pinned` slots are kept whatever their age.

    Returns the new slot of each old one, -1 for those that are gone.
    """
    keep = _kept(s, pinned)
    rows = s.rows[: len(keep)]
    dropped = rows[~keep & (rows[:, STATUS] & STATE_MASK == SETTLED)]
    np.add.at(s.openings, dropped[:, PARTIES] & LOW_32, dropped[:, AMOUNT])
    np.subtract.at(s.openings, dropped[:, PARTIES] >> 32, dropped[:, AMOUNT])
    for table in (KEYS, UETRS, LINKS, PAIR_LISTS, GROUP_KEYS, TRADE_KEYS):
        _clear(s, table)
    chains = _trade_chains(s)
    new = _renumber(s, keep)
    _follow_changes(s, new)
    _link_trades(s, chains, new)
    _rehash(s)
    _retime(s, new)
    _carry_over(s, new)
    _empty_queues(s)
    s.accounts[:, LOWEST] = s.accounts[:, BALANCE]
    s.currencies[:, [CUR_PHASE, CUR_SWEEP]] = 0
    s.g[SWEEP_AT] = 0
    return new


def _kept(s: State, pinned: list[int]) -> NDArray[np.bool_]:
    """What waits, what is pinned, what the window of identities covers, and bundles whole."""
    count = int(s.g[ROWS])
    rows, side = s.rows[:count], _side_of(s, count)
    date = np.where(side >= 0, s.sides[side, DATE], 0)
    last = np.maximum(np.maximum(rows[:, FINAL], rows[:, ENTERED]) // DAY_US, date)
    keep = (rows[:, STATUS] & STATE_MASK < FIRST_FINAL) | (last >= s.g[DATE_FIRST])
    keep[pinned] = True
    bundle = np.where(side >= 0, s.sides[side, BUNDLE], 0)
    whole = np.zeros(int(s.g[BUNDLES]) + 1, bool)
    whole[bundle[keep]] = True
    whole[0] = False
    kept: NDArray[np.bool_] = keep | whole[bundle]
    return kept


def _side_of(s: State, count: int) -> Int64s:
    return (s.rows[:count, MORE] & LOW_32) - 1


def _renumber(s: State, keep: NDArray[np.bool_]) -> Int64s:
    old, count = np.flatnonzero(keep), len(keep)
    new = np.full(count + 1, -1, np.int64)
    new[old] = np.arange(len(old))
    sides = _side_of(s, count)[keep]
    for table in (s.rows, s.ids, s.waits):
        table[: len(old)] = table[:count][keep]
        table[len(old) : count] = 0
    s.g[ROWS] = len(old)
    s.waits[np.argsort(s.waits[: len(old), PLACE], kind="stable"), PLACE] = np.arange(len(old)) << 20
    _renumber_sides(s, sides, new)
    status = s.rows[: len(old), STATUS]
    never_queues = np.isin((status >> KIND_SHIFT) & 15, (OBLIGATION_KIND, ORDER_KIND))
    waiting = np.flatnonzero((status & STATE_MASK < FIRST_FINAL) & ~never_queues)
    s.listed[: len(waiting)] = waiting
    s.waits[: len(old), LIST_INDEX] = 0
    s.waits[waiting, LIST_INDEX] = np.arange(1, len(waiting) + 1)
    s.g[LISTED] = len(waiting)
    return new


def _renumber_sides(s: State, sides: Int64s, new: Int64s) -> None:
    """Compact the side rows of kept instructions, and the bundles that these are part of."""
    has = sides >= 0
    rows = s.sides[sides[has]].copy()
    rows[:, NEXT_MEMBER] = _moved(rows[:, NEXT_MEMBER], new)
    rows[:, [TRADE, NEXT_TRADE]] = 0
    known, inverse = np.unique(np.append(rows[:, BUNDLE], 0), return_inverse=True)
    rows[:, BUNDLE] = inverse[:-1]
    s.sides[: s.g[SIDES]] = 0
    s.sides[: len(rows)] = rows
    s.g[SIDES] = len(rows)
    index = np.zeros(len(sides), np.int64)
    index[has] = np.arange(1, len(rows) + 1)
    s.rows[: len(sides), MORE] = (s.rows[: len(sides), MORE] >> 32) << 32 | index
    bundles = s.bundles[known[1:] - 1].copy()
    bundles[:, BUNDLE_FIRST] = _moved(bundles[:, BUNDLE_FIRST], new)
    bundles[:, BUNDLE_LAST] = _moved(bundles[:, BUNDLE_LAST], new)
    bundles[:, BUNDLE_PLACE] = s.waits[np.maximum(bundles[:, BUNDLE_LAST] - 1, 0), PLACE]
    s.bundles[: len(bundles)] = bundles
    s.g[BUNDLES] = len(bundles)


def _follow_changes(s: State, new: Int64s) -> None:
    """Let what has changed in this record so far go by its new slots."""
    changed = new[s.changed[: s.g[CHANGED]]]
    changed = changed[changed >= 0]
    s.changed[: len(changed)] = changed
    s.g[CHANGED] = len(changed)


def _moved(plus_one: Int64s, new: Int64s) -> Int64s:
    """Map slots stored plus one to their new slots; 0, and what is gone, becomes 0."""
    return new[plus_one - 1] + 1


def _trade_chains(s: State) -> list[tuple[Int64s, list[list[int]]]]:
    """Return the terms under which PvP entries still wait, with the old slots on either side, oldest first."""
    chains = []
    for row in s.trades[: s.g[TRADES]].copy():
        sides = [_chain(s, int(row[head])) for head in (T_HEAD_SELLER, T_HEAD_BUYER)]
        if any(sides):
            chains.append((row, sides))
    return chains


def _chain(s: State, plus_one: int) -> list[int]:
    slots = []
    while plus_one:
        slot = plus_one - 1
        side = (int(s.rows[slot, MORE]) & LOW_32) - 1
        if int(s.rows[slot, STATUS]) & STATE_MASK < FIRST_FINAL and s.sides[side, BUNDLE] == 0:
            slots.append(slot)
        plus_one = int(s.sides[side, NEXT_TRADE])
    return slots


def _link_trades(s: State, chains: list[tuple[Int64s, list[list[int]]]], new: Int64s) -> None:
    s.trades[: s.g[TRADES]] = 0
    s.g[TRADES] = len(chains)
    for index, (row, sides) in enumerate(chains):
        for head, slots in zip((T_HEAD_SELLER, T_HEAD_BUYER), sides, strict=True):
            moved = [int(new[slot]) for slot in slots]
            row[head] = moved[0] + 1 if moved else 0
            row[head + T_TAIL_SELLER - T_HEAD_SELLER] = moved[-1] + 1 if moved else 0
            for slot, after in zip(moved, [*moved[1:], -1], strict=bool(moved)):
                side = (int(s.rows[slot, MORE]) & LOW_32) - 1
                s.sides[side, TRADE], s.sides[side, NEXT_TRADE] = index + 1, after + 1
        s.trades[index] = row
        terms = (row[T_SELL], row[T_BUY], row[T_SELLER_PAYS], row[T_BUYER_PAYS], row[T_DATE])
        insert(s, TRADE_KEYS, trade_hash(s, *terms), index)


def _rehash(s: State) -> None:
    """Enter the identities and link names that are kept."""
    for slot in range(s.g[ROWS]):
        insert_ids(s, slot)
    for bundle in range(s.g[BUNDLES]):
        high, low = s.bundles[bundle, BUNDLE_LINK_HI], s.bundles[bundle, BUNDLE_LINK_LO]
        if high or low:
            insert(s, LINKS, hash_of(s, high, low), bundle)


def _clear(s: State, table: int) -> None:
    for part in range(table * PARTS, (table + 1) * PARTS):
        base, size = int(s.directory[part, 0]), int(s.directory[part, 1])
        s.heap[base : base + size] = 0
        s.directory[part, 2] = 0


def _retime(s: State, new: Int64s) -> None:
    """Keep the timers of what is kept; a sorted list is a heap."""
    timers = s.timers[: s.g[TIMERS]].copy()
    timers[:, 1] = new[timers[:, 1]]
    timers = timers[timers[:, 1] >= 0]
    s.timers[: len(timers)] = timers[np.lexsort((timers[:, 1], timers[:, 0]))]
    s.g[TIMERS] = len(timers)


def _carry_over(s: State, new: Int64s) -> None:
    """Keep the obligations and orders whose instructions are kept; a new day counts its cycles anew."""
    rows = s.obligations[: s.g[OBLIGATIONS]].copy()
    rows[:, O_SLOT] = new[rows[:, O_SLOT]]
    rows = rows[rows[:, O_SLOT] >= 0]
    rows[:, [O_CUT, O_CARRIED]] = 0
    s.obligations[: len(rows)] = rows
    s.g[OBLIGATIONS] = len(rows)
    orders = s.orders[: s.g[ORDERS]].copy()
    orders[:, R_SLOT] = new[orders[:, R_SLOT]]
    orders = orders[orders[:, R_SLOT] >= 0]
    orders[:, R_BOOK] = 0
    s.orders[: len(orders)] = orders
    s.g[ORDERS] = len(orders)


def _empty_queues(s: State) -> None:
    """Forget all queues: nothing is in one between two days."""
    s.accounts[:, QUEUE_URGENT : QUEUE_NORMAL + 1] = 0
    s.constraints[:, SPACE_GROUPS] = 0
    s.g[[GROUPS, PAIRS, LEGS, LEG_FREE, ARENA, FRONT, END_KEY]] = 0
    s.arena_free[:] = 0
