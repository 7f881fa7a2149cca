"""PvP and linked sets: several instructions, one fate.

A bundle gathers its members; once complete and free of holds it settles if the
end state of every account holds, else it waits as legs: one per account that
it debits, of what it debits net. A leg is active in the queue whose check failed last and parked
in the others; when the active leg is found payable, all is checked again. A
bundle earmarks nothing and blocks nothing, but obeys the class and place that
it has on every account it debits.
"""

from comity.engine.kernels.layout import (
    AMOUNT,
    BUNDLE_COUNT,
    BUNDLE_EXPECTED,
    BUNDLE_FIRST,
    BUNDLE_KIND,
    BUNDLE_LAST,
    BUNDLE_LEG,
    BUNDLE_LINK_HI,
    BUNDLE_LINK_LO,
    BUNDLE_PLACE,
    BUNDLE_PRIORITY,
    BUNDLE_PVP,
    BUNDLE_STATE,
    BUNDLES,
    BYPASS_NORMAL,
    DONE,
    G_BASE,
    G_FUND,
    G_LIVE,
    G_NEXT,
    G_SPACE_1,
    G_SPACE_4,
    GATHERING,
    HOLDING_SETS,
    INFINITE,
    IRREVOCABLE,
    LEG_ACCOUNT,
    LEG_ACTIVE,
    LEG_AMOUNT,
    LEG_BUNDLE,
    LEG_FREE,
    LEG_NEXT,
    LEG_PLACED,
    LEGS,
    NEXT_MEMBER,
    NOW,
    QUEUE_URGENT,
    QUEUED,
    SPACE_OWNER,
    STATUS,
    WAITING,
)
from comity.engine.kernels.layout import (
    BUNDLE as SIDE_BUNDLE,
)
from comity.engine.kernels.limits import available, cap_of, holding_of
from comity.engine.kernels.posting import finish, note_lowest
from comity.engine.kernels.queueing import group_for, park
from comity.engine.kernels.queues import first_hit, has_blocker, place_of, push, remove, set_leaf
from comity.engine.kernels.settlement import (
    add_waiting,
    collect,
    creditor_of,
    debtor_of,
    judge,
    priority_of,
    settle,
    side_of,
)
from comity.engine.kernels.state import State
from comity.engine.kernels.steps import leaf, step

BLOCKED_HERE = 1 << 40
"""Added to an account index in the answer of `try_bundle`: something ahead of it blocks."""


@step
def is_blocked(s: State, account: int, rank: int, place: int) -> bool:
    """Return whether an item that waits for money blocks class `rank` at `place` on this account."""
    for ahead in range(rank + 1):
        if ahead == 2 and s.g[BYPASS_NORMAL] != 0:
            return False
        group = s.accounts[account, QUEUE_URGENT + ahead] - 1
        while group >= 0:
            row = s.groups[group]
            if row[G_LIVE] > 0:
                money = available(s, account, row[G_FUND])
                if ahead < rank or place >= INFINITE:
                    if has_blocker(s, group, money):
                        return True
                else:
                    leaf = first_hit(s, group, 0, -1, money)
                    if leaf >= 0 and place_of(s, s.items[row[G_BASE] + leaf]) < place:
                        return True
            group = row[G_NEXT] - 1
    return False


@step
def new_bundle(s: State, kind: int, expected: int, link_hi: int, link_lo: int) -> int:
    """Open a bundle that waits for `expected` members."""
    bundle = s.g[BUNDLES]
    s.g[BUNDLES] += 1
    row = s.bundles[bundle]
    row[:] = 0
    row[BUNDLE_KIND], row[BUNDLE_EXPECTED], row[BUNDLE_STATE] = kind, expected, GATHERING
    row[BUNDLE_LINK_HI], row[BUNDLE_LINK_LO] = link_hi, link_lo
    return bundle


@step
def join(s: State, bundle: int, slot: int) -> None:
    """Add an instruction with a side row to a bundle; its class is the lowest of its members'."""
    row = s.bundles[bundle]
    side = side_of(s, slot)
    s.sides[side, SIDE_BUNDLE], s.sides[side, NEXT_MEMBER] = bundle + 1, 0
    if row[BUNDLE_LAST] == 0:
        row[BUNDLE_FIRST] = slot + 1
    else:
        s.sides[side_of(s, row[BUNDLE_LAST] - 1), NEXT_MEMBER] = slot + 1
    row[BUNDLE_LAST] = slot + 1
    row[BUNDLE_COUNT] += 1
    row[BUNDLE_PRIORITY] = max(row[BUNDLE_PRIORITY], priority_of(s, slot))


@leaf
def members_of(s: State, bundle: int) -> int:
    """Write the slots of a bundle's members into the scratch list and return their count."""
    count, slot = 0, s.bundles[bundle, BUNDLE_FIRST] - 1
    while slot >= 0:
        s.members[count] = slot
        count += 1
        slot = s.sides[side_of(s, slot), NEXT_MEMBER] - 1
    return count


@step
def seal(s: State, bundle: int, place: int) -> None:
    """A complete bundle becomes irrevocable and gets its place."""
    s.bundles[bundle, BUNDLE_PLACE] = place
    for i in range(members_of(s, bundle)):
        s.sides[side_of(s, s.members[i]), IRREVOCABLE] = s.g[NOW]


@step
def try_bundle(s: State, bundle: int, how: int) -> int:
    """Settle a complete bundle that is in no queue if it may.

    Returns 0, or why not: account + 1 (ends short), that plus BLOCKED_HERE
    (something ahead blocks there), or -(limit + 1).
    """
    row = s.bundles[bundle]
    count = members_of(s, bundle)
    for i in range(count):
        slot = s.members[i]
        account = debtor_of(s, slot)
        if net_debit(s, count, account) > 0 and is_blocked(s, account, row[BUNDLE_PRIORITY], row[BUNDLE_PLACE]):
            return account + 1 + BLOCKED_HERE
    for i in range(count):
        collect(s, s.members[i])
    verdict = judge(s)
    if verdict == 0:
        row[BUNDLE_STATE] = DONE
        for i in range(count):
            settle(s, s.members[i], how)
        for i in range(count):
            note_lowest(s, debtor_of(s, s.members[i]))
    return verdict


@leaf
def net_debit(s: State, count: int, account: int) -> int:
    """Return what the members in the scratch list take from an account, net."""
    net = 0
    for i in range(count):
        slot = s.members[i]
        if debtor_of(s, slot) == account:
            net += s.rows[slot, AMOUNT]
        if creditor_of(s, slot) == account:
            net -= s.rows[slot, AMOUNT]
    return net


@step
def leg_group(s: State, bundle: int, slot: int) -> int:
    """Return the queue for a leg; a PvP leg stands with those under the same caps."""
    account, rank = debtor_of(s, slot), s.bundles[bundle, BUNDLE_PRIORITY]
    caps = (0, 0, 0)
    if s.bundles[bundle, BUNDLE_KIND] == BUNDLE_PVP:
        creditor = creditor_of(s, slot)
        caps = (
            cap_of(s, account, creditor, 0) + 1,
            cap_of(s, account, creditor, 1) + 1,
            holding_of(s, creditor) + 1,
        )
    return group_for(s, account, rank, 2, (0, caps[0], caps[1], caps[2]))


@step
def take_leg(s: State) -> int:
    """Return the index of an unused leg."""
    leg = s.g[LEG_FREE] - 1
    if leg >= 0:
        s.g[LEG_FREE] = s.legs[leg, LEG_NEXT]
        return leg
    s.g[LEGS] += 1
    return s.g[LEGS] - 1


@step
def queue_bundle(s: State, bundle: int) -> None:
    """Queue a bundle's legs, all parked."""
    row = s.bundles[bundle]
    row[BUNDLE_STATE] = QUEUED
    row[BUNDLE_LEG] = 0
    if row[BUNDLE_KIND] != BUNDLE_PVP and s.g[HOLDING_SETS] == 0:
        for i in range(members_of(s, bundle)):
            if holding_of(s, creditor_of(s, s.members[i])) >= 0:
                s.g[HOLDING_SETS] = 1
    count = members_of(s, bundle)
    for i in range(count):
        slot = s.members[i]
        account = debtor_of(s, slot)
        net = max(net_debit(s, count, account), 0)
        if find_leg(s, bundle, account) < 0:
            leg = take_leg(s)
            s.legs[leg, LEG_BUNDLE], s.legs[leg, LEG_ACCOUNT], s.legs[leg, LEG_AMOUNT] = bundle, account, net
            s.legs[leg, LEG_NEXT], s.legs[leg, LEG_ACTIVE] = row[BUNDLE_LEG], 0
            row[BUNDLE_LEG] = leg + 1
            push(s, leg_group(s, bundle, slot), -2 - leg, INFINITE, -1)
            s.accounts[account, WAITING] += 1


@leaf
def find_leg(s: State, bundle: int, account: int) -> int:
    """Return a bundle's leg on an account, or -1."""
    leg = s.bundles[bundle, BUNDLE_LEG] - 1
    while leg >= 0 and s.legs[leg, LEG_ACCOUNT] != account:
        leg = s.legs[leg, LEG_NEXT] - 1
    return leg


@step
def activate_all(s: State, bundle: int) -> None:
    """Make all legs active: why it last failed no longer stands; the first failing check parks all but one."""
    leg = s.bundles[bundle, BUNDLE_LEG] - 1
    while leg >= 0:
        placed = s.legs[leg, LEG_PLACED]
        s.legs[leg, LEG_ACTIVE] = 1
        set_leaf(s, placed >> 32, placed & 0xFFFFFFFF, s.legs[leg, LEG_AMOUNT], -1)
        leg = s.legs[leg, LEG_NEXT] - 1


@step
def activate(s: State, bundle: int, account: int) -> None:
    """Make a bundle's leg on an account the active one, or its last if there is none there."""
    chosen = find_leg(s, bundle, account)
    if chosen < 0:
        chosen = s.bundles[bundle, BUNDLE_LEG] - 1
    leg = s.bundles[bundle, BUNDLE_LEG] - 1
    while leg >= 0:
        placed = s.legs[leg, LEG_PLACED]
        if leg == chosen and s.legs[leg, LEG_ACTIVE] == 0:
            s.legs[leg, LEG_ACTIVE] = 1
            set_leaf(s, placed >> 32, placed & 0xFFFFFFFF, s.legs[leg, LEG_AMOUNT], -1)
        elif leg != chosen and s.legs[leg, LEG_ACTIVE] == 1:
            s.legs[leg, LEG_ACTIVE] = 0
            park(s, placed)
        leg = s.legs[leg, LEG_NEXT] - 1


@step
def dequeue_bundle(s: State, bundle: int) -> None:
    """Take a bundle's legs out of their queues."""
    leg = s.bundles[bundle, BUNDLE_LEG] - 1
    while leg >= 0:
        placed, following = s.legs[leg, LEG_PLACED], s.legs[leg, LEG_NEXT]
        remove(s, placed >> 32, placed & 0xFFFFFFFF)
        s.accounts[s.legs[leg, LEG_ACCOUNT], WAITING] -= 1
        s.legs[leg, LEG_ACTIVE] = 0
        s.legs[leg, LEG_NEXT] = s.g[LEG_FREE]
        s.g[LEG_FREE] = leg + 1
        leg = following - 1
    s.bundles[bundle, BUNDLE_LEG] = 0


@leaf
def watched_account(s: State, bundle: int, verdict: int) -> int:
    """Return the account to watch after `try_bundle` gave this verdict.

    For a limit: the account whose leg stands in a queue under it, else its owner.
    """
    if verdict > 0:
        return (verdict - 1) & (BLOCKED_HERE - 1)
    leg = s.bundles[bundle, BUNDLE_LEG] - 1
    while leg >= 0:
        row = s.groups[s.legs[leg, LEG_PLACED] >> 32]
        for i in range(G_SPACE_1, G_SPACE_4 + 1):
            if row[i] == -verdict:
                return s.legs[leg, LEG_ACCOUNT]
        leg = s.legs[leg, LEG_NEXT] - 1
    return s.constraints[-verdict - 1, SPACE_OWNER]


@step
def leave(s: State, bundle: int) -> None:
    """Take a bundle that has just settled out of its queues and of what waits."""
    dequeue_bundle(s, bundle)
    for i in range(members_of(s, bundle)):
        add_waiting(s, s.members[i], -1)


@step
def offer_bundle(s: State, bundle: int) -> None:
    """Settle a complete, free bundle now or queue it."""
    verdict = try_bundle(s, bundle, 1)
    if verdict == 0:
        leave(s, bundle)
    else:
        queue_bundle(s, bundle)
        activate(s, bundle, watched_account(s, bundle, verdict))


@step
def end_bundle(s: State, bundle: int, state: int) -> None:
    """Give every member that is not final an outcome, each with its reason in the scratch list."""
    dequeue_bundle(s, bundle)
    s.bundles[bundle, BUNDLE_STATE] = DONE
    for i in range(members_of(s, bundle)):
        slot = s.members[i]
        if s.rows[slot, STATUS] & 0xFF < 16:
            add_waiting(s, slot, -1)
            finish(s, slot, state, s.reasons[i], 0)
