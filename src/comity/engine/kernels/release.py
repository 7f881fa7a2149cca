"""The work list: what becomes payable when an account is freed.

Accounts that were credited (or freed by a limit, a reservation, a cancellation)
wait on a ring, oldest first, each at most once. An account is served until
nothing more of it settles: highest class first, then place, first payable; in a
first-in-first-out class an item that lacks money stops that class and those
below. Each settlement puts its creditor on the ring. A budget of settlements
bounds a record; what is left goes on with the next one.
"""

from comity.engine.kernels.bundles import (
    activate,
    leave,
    try_bundle,
    watched_account,
)
from comity.engine.kernels.layout import (
    BUDGET,
    BYPASS_NORMAL,
    FLAGS,
    G_BASE,
    G_CURSOR,
    G_FUND,
    G_LIVE,
    G_NEXT,
    INFINITE,
    IS_DIRTY,
    LEG_ACTIVE,
    LEG_BUNDLE,
    QUEUE_URGENT,
    RING_COUNT,
    RING_HEAD,
    WAITING,
)
from comity.engine.kernels.limits import available, group_room
from comity.engine.kernels.queueing import dequeue
from comity.engine.kernels.queues import first_hit, place_of
from comity.engine.kernels.settlement import add_waiting, settle_alone
from comity.engine.kernels.state import State
from comity.engine.kernels.steps import step

GROSS = 1


@step
def next_group(s: State, account: int, rank: int) -> int:
    """Return the queue of this class whose first payable or blocking item has the lowest place, or -1."""
    best, best_place = -1, INFINITE + INFINITE - 1
    fifo = rank < 2 or s.g[BYPASS_NORMAL] == 0
    group = s.accounts[account, QUEUE_URGENT + rank] - 1
    while group >= 0:
        row = s.groups[group]
        if row[G_LIVE] > 0:
            money = available(s, account, row[G_FUND]) if fifo else INFINITE
            leaf = first_hit(s, group, row[G_CURSOR], group_room(s, group), money)
            if leaf >= 0:
                place = place_of(s, s.items[row[G_BASE] + leaf])
                if place < best_place:
                    best, best_place = group, place
        group = row[G_NEXT] - 1
    return best


@step
def serve_one(s: State, account: int) -> bool:
    """Settle the first payable item of an account; return whether there was one."""
    for rank in range(3):
        fifo = rank < 2 or s.g[BYPASS_NORMAL] == 0
        while True:
            group = next_group(s, account, rank)
            if group < 0:
                break
            row = s.groups[group]
            room = group_room(s, group)
            money = available(s, account, row[G_FUND]) if fifo else INFINITE
            leaf = first_hit(s, group, row[G_CURSOR], room, money)
            item = s.items[row[G_BASE] + leaf]
            if s.least[row[G_BASE] + leaf] > room:
                return False
            if item >= 0:
                dequeue(s, item)
                add_waiting(s, item, -1)
                settle_alone(s, item, GROSS)
                return True
            if settle_leg(s, account, group, leaf, -2 - item):
                return True
    return False


@step
def settle_leg(s: State, account: int, group: int, leaf: int, leg: int) -> bool:
    """Settle the bundle of a payable leg; if something else fails, watch that instead."""
    bundle = s.legs[leg, LEG_BUNDLE]
    verdict = try_bundle(s, bundle, GROSS)
    if verdict == 0:
        leave(s, bundle)
        forget_cursors(s, account)
        return True
    activate(s, bundle, watched_account(s, bundle, verdict))
    if s.legs[leg, LEG_ACTIVE] != 0:
        s.groups[group, G_CURSOR] = leaf + 1
    return False


@step
def forget_cursors(s: State, account: int) -> None:
    """Let the next service of an account look at every item again."""
    for rank in range(3):
        group = s.accounts[account, QUEUE_URGENT + rank] - 1
        while group >= 0:
            s.groups[group, G_CURSOR] = 0
            group = s.groups[group, G_NEXT] - 1


@step
def release(s: State) -> None:
    """Serve the accounts on the ring until it is empty or the record's budget is used up."""
    while s.g[RING_COUNT] > 0:
        account = s.ring[s.g[RING_HEAD]]
        while s.accounts[account, WAITING] > 0:
            if s.g[BUDGET] <= 0:
                forget_cursors(s, account)
                return
            if not serve_one(s, account):
                break
            s.g[BUDGET] -= 1
        forget_cursors(s, account)
        s.accounts[account, FLAGS] &= ~IS_DIRTY
        s.g[RING_HEAD] += 1
        if s.g[RING_HEAD] == len(s.ring):
            s.g[RING_HEAD] = 0
        s.g[RING_COUNT] -= 1
