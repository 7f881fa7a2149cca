"""Settling: one item, or a set that holds together at its end.

A single payment settles if its class has the money and its limits the room. A
set (PvP, linked set, bilateral offsetting, a solver's proposal) settles if the
*end state* of every account and limit holds; receipts inside the set count.
One verification, `judge`, serves all of them.
"""

from comity.engine.kernels.layout import (
    AMOUNT,
    BALANCE,
    BLOCKED,
    BUNDLE,
    CORRIDORS,
    CUR_WAITING,
    FLAGS,
    G_ACCOUNT,
    G_LIVE,
    G_NEXT_HOLDING,
    HAS_HOLDING,
    HIGH,
    HOLDING,
    HOLDING_CAP,
    HOLDING_SETS,
    IS_DIRTY,
    KIND_SHIFT,
    LEG_ACCOUNT,
    LEG_ACTIVE,
    LEGS,
    LIMIT,
    MORE,
    OWN_WAITING,
    OWNER,
    PARTIES,
    PRIORITY_SHIFT,
    RING_COUNT,
    RING_HEAD,
    SPACE_GROUPS,
    SPACE_KIND,
    SPACE_LIMIT,
    SPACE_OWNER,
    SPACE_USED,
    STATUS,
    TOUCHED,
    URGENT,
    WAITING,
)
from comity.engine.kernels.limits import cap_of, count, holding_of, payer_limit
from comity.engine.kernels.posting import finish, note_lowest, post, use_reservation
from comity.engine.kernels.state import State
from comity.engine.kernels.steps import leaf, step

SETTLED = 16


@leaf
def debtor_of(s: State, slot: int) -> int:
    """Return the account that an instruction debits."""
    return s.rows[slot, PARTIES] >> 32


@leaf
def creditor_of(s: State, slot: int) -> int:
    """Return the account that an instruction credits."""
    return s.rows[slot, PARTIES] & 0xFFFFFFFF


@leaf
def side_of(s: State, slot: int) -> int:
    """Return the index of an instruction's side row, or -1."""
    return (s.rows[slot, MORE] & 0xFFFFFFFF) - 1


@leaf
def bundle_of(s: State, slot: int) -> int:
    """Return the PvP or linked set that an instruction is part of, or -1."""
    side = side_of(s, slot)
    return -1 if side < 0 else s.sides[side, BUNDLE] - 1


@leaf
def priority_of(s: State, slot: int) -> int:
    """Return the class of an instruction."""
    return (s.rows[slot, STATUS] >> PRIORITY_SHIFT) & 3


@leaf
def is_payment(s: State, slot: int) -> bool:
    """Return whether an instruction is a payment (alone or in a linked set), not a PvP leg."""
    return (s.rows[slot, STATUS] >> KIND_SHIFT) & 15 == 0


@leaf
def fund_of(s: State, slot: int) -> int:
    """Return which available money an instruction draws on: its class; PvP and linked always normal."""
    return priority_of(s, slot) if bundle_of(s, slot) < 0 and is_payment(s, slot) else 2


@leaf
def mark(s: State, account: int) -> None:
    """Put an account on the work list, unless it is on it or has nothing waiting."""
    row = s.accounts[account]
    if row[WAITING] > 0 and row[FLAGS] & IS_DIRTY == 0:
        row[FLAGS] |= IS_DIRTY
        at = s.g[RING_HEAD] + s.g[RING_COUNT]
        if at >= len(s.ring):
            at -= len(s.ring)
        s.ring[at] = account
        s.g[RING_COUNT] += 1


@step
def mark_payers_of(s: State, holder: int) -> None:
    """Put on the work list everyone who waits for room under a holding cap, in order of account.

    Linked sets have no queue under a cap: once one that credits a capped holder
    waits, all linked sets are looked at.
    """
    index = s.accounts[holder, HOLDING] - 1
    if index < 0:
        return
    group = s.constraints[index, SPACE_GROUPS] - 1
    while group >= 0:
        if s.groups[group, G_LIVE] > 0:
            mark(s, s.groups[group, G_ACCOUNT])
        group = s.groups[group, G_NEXT_HOLDING] - 1
    if s.g[HOLDING_SETS] != 0:
        for leg in range(s.g[LEGS]):
            if s.legs[leg, LEG_ACTIVE] != 0:
                mark(s, s.legs[leg, LEG_ACCOUNT])


@step
def move(s: State, slot: int) -> None:
    """Post a checked instruction, count it, and put whom it freed on the work list."""
    debtor, creditor, amount = debtor_of(s, slot), creditor_of(s, slot), s.rows[slot, AMOUNT]
    post(s, debtor, creditor, amount)
    if is_payment(s, slot):
        use_reservation(s, debtor, fund_of(s, slot), amount)
    count(s, debtor, creditor, amount, is_payment(s, slot))
    mark(s, creditor)
    if s.accounts[debtor, FLAGS] & HAS_HOLDING != 0:
        mark_payers_of(s, debtor)


@step
def settle_alone(s: State, slot: int, how: int) -> None:
    """Settle one instruction on its own that is known and in no queue."""
    settle(s, slot, how)
    note_lowest(s, debtor_of(s, slot))


@step
def settle(s: State, slot: int, how: int) -> None:
    """Settle one instruction of a set; the caller notes the lowest balances at the set's end."""
    move(s, slot)
    finish(s, slot, SETTLED, 0, how)


@leaf
def touch(s: State, account: int) -> None:
    """Remember an account whose sums are about to change."""
    row = s.sums[account]
    if row[0] == 0 and row[1] == 0 and row[2] == 0 and row[3] == 0:
        s.touched[s.g[TOUCHED]] = account
        s.g[TOUCHED] += 1


@leaf
def touch_space(s: State, constraint: int, change: int, binding: bool) -> None:
    """Add a change of use of a limit or cap."""
    row = s.space_sums[constraint]
    if row[1] == 0:
        s.touched[s.g[TOUCHED]] = len(s.accounts) + constraint
        s.g[TOUCHED] += 1
        row[1] = 1
    if binding:
        row[1] = 3
    row[0] += change


@step
def collect(s: State, slot: int) -> None:
    """Add an instruction to the set that `judge` will judge."""
    debtor, creditor, amount = debtor_of(s, slot), creditor_of(s, slot), s.rows[slot, AMOUNT]
    touch(s, debtor)
    s.sums[debtor, 1 + fund_of(s, slot)] += amount
    touch(s, creditor)
    s.sums[creditor, 0] += amount
    if is_payment(s, slot):
        index = payer_limit(s, debtor, creditor)
        if index >= 0:
            touch_space(s, index, amount, priority_of(s, slot) == 2)
        index = payer_limit(s, creditor, debtor)
        if index >= 0:
            touch_space(s, index, -amount, False)
    if s.g[CORRIDORS] != 0:
        for which in range(2):
            index = cap_of(s, debtor, creditor, which)
            if index >= 0:
                touch_space(s, index, amount, True)
    index = holding_of(s, creditor)
    if index >= 0:
        touch_space(s, index, 0, True)


@leaf
def account_holds(s: State, account: int) -> bool:
    """Return whether the end state of an account holds, for each class that it debits."""
    row, sums = s.accounts[account], s.sums[account]
    room = row[BALANCE] + row[LIMIT] - row[BLOCKED] + sums[0] - sums[1] - sums[2] - sums[3]
    urgent = row[URGENT] - min(row[URGENT], sums[1])
    high = row[HIGH] - min(row[HIGH], sums[2])
    if sums[1] > 0 and room < 0:
        return False
    if sums[2] > 0 and room < urgent:
        return False
    return sums[3] == 0 or room >= urgent + high


@leaf
def space_holds(s: State, constraint: int) -> bool:
    """Return whether a limit or cap holds at the end, if anything that it binds counts in it."""
    row, sums = s.constraints[constraint], s.space_sums[constraint]
    if sums[1] & 2 == 0:
        return True
    if row[SPACE_KIND] == HOLDING_CAP:
        owner = s.sums[row[SPACE_OWNER]]
        balance = s.accounts[row[SPACE_OWNER], BALANCE]
        return balance + owner[0] - owner[1] - owner[2] - owner[3] <= row[SPACE_LIMIT]
    return row[SPACE_USED] + sums[0] <= row[SPACE_LIMIT]


@step
def judge(s: State) -> int:
    """Judge the collected set and forget it: 0, account + 1 that ends short, or -(limit + 1) exceeded.

    Money comes before limits, and within each the one touched first.
    """
    verdict = 0
    accounts = len(s.accounts)
    for i in range(s.g[TOUCHED]):
        at = s.touched[i]
        if at < accounts:
            if not account_holds(s, at) and verdict <= 0:
                verdict = int(at) + 1
        elif verdict == 0 and not space_holds(s, at - accounts):
            verdict = accounts - int(at) - 1
    forget(s)
    return verdict


@step
def forget(s: State) -> None:
    """Clear the scratch sums."""
    accounts = len(s.accounts)
    for i in range(s.g[TOUCHED]):
        at = s.touched[i]
        if at < accounts:
            s.sums[at] = 0
        else:
            s.space_sums[at - accounts] = 0
    s.g[TOUCHED] = 0


@leaf
def add_waiting(s: State, slot: int, sign: int) -> None:
    """Keep the sum of what waits in a currency, which bounds every other sum, and of what is the debtor's own in it."""
    debtor = debtor_of(s, slot)
    currency = s.accounts[debtor, OWNER] & 0xFFFFF
    s.currencies[currency, CUR_WAITING] += sign * s.rows[slot, AMOUNT]
    s.burdens[debtor, OWN_WAITING] += sign * s.rows[slot, AMOUNT]
