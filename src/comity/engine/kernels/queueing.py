"""Putting waiting items into queues and taking them out.

A plain payment stands in the queue of (payer, class, its limits) and in the
list of its (debtor, creditor, class), which bilateral offsetting walks. A
bundle (PvP, linked set) has one leg per account that it debits net; a leg has
a leaf in a queue of its account, active in at most one of them, parked in the
others. Held items are parked: they keep their place and are no candidates.
"""

from comity.engine.kernels import lean
from comity.engine.kernels.hashing import hash_of, insert, probe
from comity.engine.kernels.layout import (
    AMOUNT,
    G_ACCOUNT,
    G_CAPACITY,
    G_CLASS,
    G_FUND,
    G_NEXT,
    G_NEXT_HOLDING,
    G_SPACE_1,
    G_SPACE_2,
    G_SPACE_3,
    G_SPACE_4,
    GROUP_KEYS,
    GROUPS,
    INFINITE,
    LIST_INDEX,
    LISTED,
    NONE,
    PAIR_CLASS,
    PAIR_HEAD,
    PAIR_KEY,
    PAIR_LINKS,
    PAIR_LISTS,
    PAIR_TAIL,
    PAIRS,
    PARTIES,
    PLACE,
    PLACED,
    QUEUE_URGENT,
    SPACE_GROUPS,
    WAITING,
)
from comity.engine.kernels.limits import cap_of, holding_of, payer_limit
from comity.engine.kernels.posting import mix
from comity.engine.kernels.queues import push, remove, set_leaf
from comity.engine.kernels.settlement import creditor_of, debtor_of, priority_of
from comity.engine.kernels.state import State
from comity.engine.kernels.steps import leaf, step


@step
def join_holding(s: State, group: int, constraint: int) -> None:
    """Add a queue to those under a holding cap, in order of account."""
    before, after = 0, s.constraints[constraint, SPACE_GROUPS]
    while after != 0 and s.groups[after - 1, G_ACCOUNT] <= s.groups[group, G_ACCOUNT]:
        before = after
        after = s.groups[after - 1, G_NEXT_HOLDING]
    s.groups[group, G_NEXT_HOLDING] = after
    if before == 0:
        s.constraints[constraint, SPACE_GROUPS] = group + 1
    else:
        s.groups[before - 1, G_NEXT_HOLDING] = group + 1


@lean
def group_for(s: State, account: int, rank: int, fund: int, spaces: tuple[int, int, int, int]) -> int:
    """Find or make the queue of an account, class (`rank`), fund and limits (plus one, 0 none)."""
    low = mix(spaces[0] + mix(spaces[1] + mix(spaces[2] + mix(spaces[3]))))
    key_hash = hash_of(s, account << 8 | rank << 4 | fund, low)
    at = probe(s, GROUP_KEYS, key_hash, 0)
    while at >= 0:
        index = at & 0xFFFFFFFF
        row = s.groups[index]
        if (
            row[G_ACCOUNT] == account
            and row[G_CLASS] == rank
            and row[G_FUND] == fund
            and row[G_SPACE_1] == spaces[0]
            and row[G_SPACE_2] == spaces[1]
            and row[G_SPACE_3] == spaces[2]
            and row[G_SPACE_4] == spaces[3]
        ):
            return index
        at = probe(s, GROUP_KEYS, key_hash, (at >> 32) + 1)
    index = s.g[GROUPS]
    s.g[GROUPS] += 1
    row = s.groups[index]
    row[:] = 0
    row[G_ACCOUNT], row[G_CLASS], row[G_FUND], row[G_CAPACITY] = account, rank, fund, 0
    row[G_SPACE_1], row[G_SPACE_2], row[G_SPACE_3], row[G_SPACE_4] = spaces
    row[G_NEXT] = s.accounts[account, QUEUE_URGENT + rank]
    s.accounts[account, QUEUE_URGENT + rank] = index + 1
    if spaces[3] != 0:
        join_holding(s, index, spaces[3] - 1)
    insert(s, GROUP_KEYS, key_hash, index)
    return index


@step
def payment_group(s: State, slot: int) -> int:
    """Return the queue of a plain payment."""
    debtor, creditor, rank = debtor_of(s, slot), creditor_of(s, slot), priority_of(s, slot)
    limit = payer_limit(s, debtor, creditor) + 1 if rank == 2 else 0
    caps = (cap_of(s, debtor, creditor, 0) + 1, cap_of(s, debtor, creditor, 1) + 1)
    return group_for(s, debtor, rank, rank, (limit, caps[0], caps[1], holding_of(s, creditor) + 1))


@step
def pair_list(s: State, parties: int, rank: int, create: bool) -> int:
    """Find the list of waiting payments of one debtor, creditor and class; -1 or a new one if there is none."""
    key_hash = hash_of(s, parties, rank)
    at = probe(s, PAIR_LISTS, key_hash, 0)
    while at >= 0:
        index = at & 0xFFFFFFFF
        if s.pairs[index, PAIR_KEY] == parties and s.pairs[index, PAIR_CLASS] == rank:
            return index
        at = probe(s, PAIR_LISTS, key_hash, (at >> 32) + 1)
    if not create:
        return -1
    index = s.g[PAIRS]
    s.g[PAIRS] += 1
    s.pairs[index, PAIR_KEY], s.pairs[index, PAIR_CLASS] = parties, rank
    s.pairs[index, PAIR_HEAD], s.pairs[index, PAIR_TAIL] = 0, 0
    insert(s, PAIR_LISTS, key_hash, index)
    return index


@step
def link_pair(s: State, slot: int) -> None:
    """Add a payment to its pair's list in place order, looking from the end."""
    pair = pair_list(s, s.rows[slot, PARTIES], priority_of(s, slot), True)
    row, after, before = s.pairs[pair], s.pairs[pair, PAIR_TAIL], 0
    while after != 0 and s.waits[after - 1, PLACE] > s.waits[slot, PLACE]:
        before = after
        after = s.waits[after - 1, PAIR_LINKS] & 0xFFFFFFFF
    s.waits[slot, PAIR_LINKS] = before << 32 | after
    if after == 0:
        row[PAIR_HEAD] = slot + 1
    else:
        links = s.waits[after - 1, PAIR_LINKS]
        s.waits[after - 1, PAIR_LINKS] = (slot + 1) << 32 | (links & 0xFFFFFFFF)
    if before == 0:
        row[PAIR_TAIL] = slot + 1
    else:
        links = s.waits[before - 1, PAIR_LINKS]
        s.waits[before - 1, PAIR_LINKS] = (links >> 32) << 32 | (slot + 1)


@step
def unlink_pair(s: State, slot: int) -> None:
    """Take a payment out of its pair's list."""
    pair = pair_list(s, s.rows[slot, PARTIES], priority_of(s, slot), False)
    links = s.waits[slot, PAIR_LINKS]
    before, after = links >> 32, links & 0xFFFFFFFF
    if after == 0:
        s.pairs[pair, PAIR_HEAD] = before
    else:
        s.waits[after - 1, PAIR_LINKS] = before << 32 | (s.waits[after - 1, PAIR_LINKS] & 0xFFFFFFFF)
    if before == 0:
        s.pairs[pair, PAIR_TAIL] = after
    else:
        s.waits[before - 1, PAIR_LINKS] = (s.waits[before - 1, PAIR_LINKS] >> 32) << 32 | after


@leaf
def list_item(s: State, slot: int) -> None:
    """Enter a slot in the list that offsetting and sweeps walk, once."""
    index = s.waits[slot, LIST_INDEX] - 1
    if index >= 0 and index < s.g[LISTED] and s.listed[index] == slot:
        return
    s.listed[s.g[LISTED]] = slot
    s.g[LISTED] += 1
    s.waits[slot, LIST_INDEX] = s.g[LISTED]


@step
def enqueue(s: State, slot: int) -> None:
    """Queue a plain payment at its place."""
    amount = s.rows[slot, AMOUNT]
    push(s, payment_group(s, slot), slot, amount, amount)
    link_pair(s, slot)
    s.accounts[debtor_of(s, slot), WAITING] += 1


@step
def dequeue(s: State, slot: int) -> None:
    """Take a plain payment out of its queue, if it is in one."""
    placed = s.rows[slot, PLACED]
    if placed != NONE:
        remove(s, placed >> 32, placed & 0xFFFFFFFF)
        s.rows[slot, PLACED] = NONE
        unlink_pair(s, slot)
        s.accounts[debtor_of(s, slot), WAITING] -= 1


@leaf
def park(s: State, placed: int) -> None:
    """Make a queued item no candidate; it keeps its leaf."""
    set_leaf(s, placed >> 32, placed & 0xFFFFFFFF, INFINITE, -1)
