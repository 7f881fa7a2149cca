"""Money available, and limits and caps: what bounds a payment.

A limit or cap is a row of `constraints` with a limit and what is used of it.
Use is counted when an item settles and taken back by what flows the other way:
bilateral and multilateral limits are net per business day, corridor caps gross,
a holding cap compares the holder's balance. Limits are set by the payer and
stop only normal payments; every payment counts in them. Caps stop everything.
"""

from comity.engine.kernels.hashing import hash_of, probe
from comity.engine.kernels.layout import (
    BALANCE,
    BLOCKED,
    CAP_A,
    CAP_B,
    CORRIDORS,
    CURRENCIES,
    FLAGS,
    G_ACCOUNT,
    G_FUND,
    G_SPACE_1,
    G_SPACE_4,
    HAS_HOLDING,
    HAS_LIMITS,
    HIGH,
    HOLDING,
    HOLDING_CAP,
    INFINITE,
    LIMIT,
    LIMIT_PAIRS,
    MEMBERS,
    MULTILATERAL,
    OWNER,
    SPACE_KIND,
    SPACE_LIMIT,
    SPACE_OTHER,
    SPACE_OWNER,
    SPACE_USED,
    URGENT,
)
from comity.engine.kernels.posting import account_for
from comity.engine.kernels.state import State
from comity.engine.kernels.steps import leaf, step

USE_BOUND = 1 << 61
"""Use of a limit stays within this, or the item waits: sums cannot wrap."""


@leaf
def available(s: State, account: int, fund: int) -> int:
    """Return what a class may spend: 0 urgent, 1 high, 2 everything else; never below zero.

    A reservation is what its account's owner wants; as much of it holds as
    there is room, and incoming credits fill the rest first.
    """
    row = s.accounts[account]
    room = row[BALANCE] + row[LIMIT] - row[BLOCKED]
    if fund >= 1:
        room -= row[URGENT]
    if fund == 2:
        room -= row[HIGH]
    return max(room, 0)


@leaf
def space(s: State, constraint: int) -> int:
    """Return what a limit or cap leaves; may be negative if it was lowered under its use."""
    row = s.constraints[constraint]
    if row[SPACE_KIND] == HOLDING_CAP:
        return row[SPACE_LIMIT] - s.accounts[row[SPACE_OWNER], BALANCE]
    return row[SPACE_LIMIT] - row[SPACE_USED]


@leaf
def group_room(s: State, group: int) -> int:
    """Return the largest amount that an item of this queue may have to settle."""
    row = s.groups[group]
    room = available(s, row[G_ACCOUNT], row[G_FUND])
    for i in range(G_SPACE_1, G_SPACE_4 + 1):
        if row[i] != 0:
            room = min(room, space(s, row[i] - 1))
    return room


@step
def bilateral_of(s: State, debtor: int, creditor: int) -> int:
    """Return the debtor's bilateral limit against the creditor, or -1."""
    key_hash = hash_of(s, debtor, creditor)
    at = probe(s, LIMIT_PAIRS, key_hash, 0)
    while at >= 0:
        index = at & 0xFFFFFFFF
        row = s.constraints[index]
        if row[SPACE_OWNER] == debtor and row[SPACE_OTHER] == creditor:
            return index if row[SPACE_LIMIT] < INFINITE else -1
        at = probe(s, LIMIT_PAIRS, key_hash, (at >> 32) + 1)
    return -1


@leaf
def payer_limit(s: State, debtor: int, creditor: int) -> int:
    """Return the limit that binds normal payments from debtor to creditor, or -1."""
    if s.accounts[debtor, FLAGS] & HAS_LIMITS == 0:
        return -1
    index = bilateral_of(s, debtor, creditor)
    if index < 0:
        index = s.accounts[debtor, MULTILATERAL] - 1
        if index >= 0 and s.constraints[index, SPACE_LIMIT] >= INFINITE:
            index = -1
    return index


@leaf
def corridor_index(s: State, debtor: int, creditor: int) -> int:
    """Return the row of `corridors` between the home members of two accounts of one currency."""
    owner = s.accounts[debtor, OWNER]
    a = (owner >> 20) & 0xFFFFF
    b = (s.accounts[creditor, OWNER] >> 20) & 0xFFFFF
    return s.corridor_of[(a * s.g[MEMBERS] + b) * s.g[CURRENCIES] + (owner & 0xFFFFF)]


@leaf
def cap_of(s: State, debtor: int, creditor: int, which: int) -> int:
    """Return the first (0) or second (1) corridor cap that binds, or -1."""
    if s.g[CORRIDORS] == 0:
        return -1
    index = s.corridors[corridor_index(s, debtor, creditor), CAP_A + which] - 1
    return -1 if index >= 0 and s.constraints[index, SPACE_LIMIT] >= INFINITE else index


@leaf
def holding_of(s: State, creditor: int) -> int:
    """Return the cap on what the creditor may hold, or -1."""
    if s.accounts[creditor, FLAGS] & HAS_HOLDING == 0:
        return -1
    return s.accounts[creditor, HOLDING] - 1


@leaf
def add_use(s: State, constraint: int, amount: int) -> None:
    """Change what is used of a limit or cap; no limit is as large as the bound at which counting stops."""
    row = s.constraints[constraint]
    used = min(max(row[SPACE_USED] + amount, -USE_BOUND), USE_BOUND)
    account_for(s, 64 + SPACE_USED, constraint, row[SPACE_USED], used)
    row[SPACE_USED] = used


@step
def count(s: State, debtor: int, creditor: int, amount: int, is_payment: bool) -> None:
    """Count a settled item in every limit and cap that it touches."""
    if is_payment:
        if s.accounts[debtor, FLAGS] & HAS_LIMITS != 0:
            index = payer_limit(s, debtor, creditor)
            if index >= 0:
                add_use(s, index, amount)
        if s.accounts[creditor, FLAGS] & HAS_LIMITS != 0:
            index = payer_limit(s, creditor, debtor)
            if index >= 0:
                add_use(s, index, -amount)
    if s.g[CORRIDORS] != 0:
        row = s.corridors[corridor_index(s, debtor, creditor)]
        if row[CAP_A] != 0:
            add_use(s, row[CAP_A] - 1, amount)
        if row[CAP_B] != 0:
            add_use(s, row[CAP_B] - 1, amount)


@leaf
def counts_stay_bounded(s: State, debtor: int, creditor: int, amount: int) -> bool:
    """Return whether counting the item keeps the use of every limit within +-2**61."""
    out = payer_limit(s, debtor, creditor)
    back = payer_limit(s, creditor, debtor)
    if out >= 0 and s.constraints[out, SPACE_USED] > USE_BOUND - amount:
        return False
    return back < 0 or s.constraints[back, SPACE_USED] >= amount - USE_BOUND
