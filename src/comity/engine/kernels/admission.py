"""From a fresh, accepted instruction to a settled, queued, warehoused or held one.

An item that is due and free settles at once if its class has the money, its
limits the room and nothing blocks it; else with what the creditor has waiting
for the debtor (bilateral offsetting on entry); else it waits.
"""

from comity.engine.kernels import lean
from comity.engine.kernels.bundles import is_blocked, members_of, offer_bundle
from comity.engine.kernels.layout import (
    AMOUNT,
    BUNDLE_COUNT,
    BUNDLE_EXPECTED,
    BUNDLE_STATE,
    BYPASS_NORMAL,
    CHANGED,
    CORRIDORS,
    CUR_PHASE,
    CUR_STATE,
    CUR_SWEEP,
    CURRENCY_RUN_OFF,
    DATE,
    EARLIEST,
    ENTRY_OFFSETTING,
    FLAGS,
    G_BASE,
    G_LIVE,
    G_NEXT,
    GATHERING,
    HAS_LIMITS,
    HOLDS,
    INFINITE,
    IS_CLOSED,
    MULTILATERAL_KIND,
    NOW,
    OUTCOME_BITS,
    OWNER,
    PAIR_HEAD,
    PAIR_LINKS,
    PLACE,
    QUEUE_URGENT,
    SERVICE_PAYMENT,
    SERVICE_PVP,
    SERVICES,
    SPACE_KIND,
    STATUS,
    SWEEP_ALL,
    TODAY,
)
from comity.engine.kernels.limits import (
    available,
    cap_of,
    corridor_index,
    counts_stay_bounded,
    holding_of,
    payer_limit,
    space,
)
from comity.engine.kernels.posting import add_row, note_lowest
from comity.engine.kernels.queueing import dequeue, enqueue, pair_list
from comity.engine.kernels.queues import first_hit, place_of
from comity.engine.kernels.settlement import (
    add_waiting,
    bundle_of,
    collect,
    creditor_of,
    debtor_of,
    fund_of,
    is_payment,
    judge,
    priority_of,
    settle,
    settle_alone,
    side_of,
)
from comity.engine.kernels.state import State
from comity.engine.kernels.steps import leaf, step

PSTL, SMLR, RMLR, SRBL, UMAC, SSPD, WHSD, PCAN = range(1, 9)
GROSS, BILATERAL_HOW = 1, 2
OPEN_PHASE, CUSTOMER_CUTOFF_PHASE, INTERBANK_CUTOFF_PHASE = 2, 3, 4
DEBTOR_ACCOUNT, CREDITOR_ACCOUNT, CURRENCY_CLOSED, CORRIDOR_CLOSED = 4, 5, 9, 10
PREFIX_MAX = 10
"""Payments of the creditor that one entering payment may take along."""


@leaf
def set_state(s: State, slot: int, state: int) -> None:
    """Give a waiting item another waiting state."""
    row = s.rows[slot]
    if row[STATUS] & 0xFF != state:
        add_row(s, slot, -1)
        row[STATUS] = (row[STATUS] & ~OUTCOME_BITS) | state
        add_row(s, slot, 1)
        s.changed[s.g[CHANGED]] = slot
        s.g[CHANGED] += 1


@step
def lack(s: State, slot: int) -> int:
    """Return what a plain payment lacks now: 0, or the state that says it. Money comes first."""
    debtor, creditor, amount = debtor_of(s, slot), creditor_of(s, slot), s.rows[slot, AMOUNT]
    if available(s, debtor, fund_of(s, slot)) < amount:
        return PSTL
    if priority_of(s, slot) == 2:
        index = payer_limit(s, debtor, creditor)
        if index >= 0 and space(s, index) < amount:
            return SMLR if s.constraints[index, SPACE_KIND] == MULTILATERAL_KIND else SRBL
    for which in range(2):
        index = cap_of(s, debtor, creditor, which)
        if index >= 0 and space(s, index) < amount:
            return SRBL
    index = holding_of(s, creditor)
    if index >= 0 and space(s, index) < amount:
        return RMLR
    if (s.accounts[debtor, FLAGS] | s.accounts[creditor, FLAGS]) & HAS_LIMITS == 0:
        return 0
    return 0 if counts_stay_bounded(s, debtor, creditor, amount) else SRBL


@step
def waiting_state(s: State, slot: int) -> int:
    """Return 0 if a plain payment may settle now, or the state in which it waits."""
    if is_blocked(s, debtor_of(s, slot), priority_of(s, slot), s.waits[slot, PLACE]):
        return PSTL
    return lack(s, slot)


@step
def blocker_after(s: State, account: int, taken_place: int, taken_rank: int) -> int:
    """Return the slot of the first blocking payment of an account after a place, or -1.

    Everything up to (`taken_rank`, `taken_place`) that blocks was taken.
    """
    for rank in range(taken_rank, 3):
        if rank == 2 and s.g[BYPASS_NORMAL] != 0:
            return -1
        best, best_place = -1, INFINITE + INFINITE - 1
        group = s.accounts[account, QUEUE_URGENT + rank] - 1
        while group >= 0:
            row = s.groups[group]
            if row[G_LIVE] > 0:
                money = available(s, account, rank)
                leaf = first_hit(s, group, 0, -1, money)
                while leaf >= 0 and rank == taken_rank and place_of(s, s.items[row[G_BASE] + leaf]) <= taken_place:
                    leaf = first_hit(s, group, leaf + 1, -1, money)
                if leaf >= 0 and place_of(s, s.items[row[G_BASE] + leaf]) < best_place:
                    best = s.items[row[G_BASE] + leaf]
                    best_place = place_of(s, best)
            group = row[G_NEXT] - 1
        if best >= 0:
            return best
    return -1


@lean
def next_candidate(s: State, parties: int, rank: int, slot: int) -> tuple[int, int]:
    """Return (class, slot) of the next waiting payment of a pair after `slot`, or (3, -1)."""
    following = s.waits[slot, PAIR_LINKS] >> 32 if slot >= 0 else 0
    while following == 0 and rank < 2:
        rank += 1
        if s.accounts[parties >> 32, QUEUE_URGENT + rank] != 0:
            pair = pair_list(s, parties, rank, False)
            if pair >= 0:
                following = s.pairs[pair, PAIR_HEAD]
    return (rank, following - 1) if following != 0 else (3, -1)


@leaf
def is_behind(s: State, blocker: int, rank: int, slot: int) -> bool:
    """Return whether a candidate stands behind a blocking payment of its payer."""
    if blocker < 0:
        return False
    ahead = priority_of(s, blocker)
    return ahead < rank or (ahead == rank and s.waits[blocker, PLACE] < s.waits[slot, PLACE])


@step
def offset_on_entry(s: State, slot: int) -> bool:
    """Settle an entering payment with the shortest prefix (1 to 10) of what flows back, if one holds.

    The candidates are the creditor's waiting payments to the debtor in place
    order, none behind a blocking payment other than one already taken.
    """
    debtor, creditor = debtor_of(s, slot), creditor_of(s, slot)
    back = creditor << 32 | debtor
    room = available(s, debtor, 0) - s.rows[slot, AMOUNT]
    counter_room = available(s, creditor, 0) + s.rows[slot, AMOUNT]
    count, rank, candidate = 0, -1, -1
    blocker = blocker_after(s, creditor, -INFINITE - INFINITE, 0)
    while count < PREFIX_MAX:
        rank, candidate = next_candidate(s, back, rank, candidate)
        if candidate < 0 or is_behind(s, blocker, rank, candidate):
            return False
        if candidate == blocker:
            blocker = blocker_after(s, creditor, s.waits[candidate, PLACE], rank)
        s.members[count] = candidate
        count += 1
        room += s.rows[candidate, AMOUNT]
        counter_room -= s.rows[candidate, AMOUNT]
        if counter_room < 0:
            return False
        if room >= 0 and prefix_holds(s, slot, count):
            for i in range(count):
                dequeue(s, s.members[i])
                add_waiting(s, s.members[i], -1)
            settle(s, slot, BILATERAL_HOW)
            for i in range(count):
                settle(s, s.members[i], BILATERAL_HOW)
            note_lowest(s, debtor)
            note_lowest(s, creditor)
            return True
    return False


@step
def prefix_holds(s: State, slot: int, count: int) -> bool:
    """Judge an entering payment together with the first `count` of the scratch list."""
    collect(s, slot)
    for i in range(count):
        collect(s, s.members[i])
    return judge(s) == 0


@leaf
def currency_runs(s: State, currency: int) -> bool:
    """Return whether a currency settles payments now: up to and including the instant of its last cut-off."""
    row = s.currencies[currency]
    ends = row[CUR_PHASE] == INTERBANK_CUTOFF_PHASE and row[CUR_SWEEP] == SWEEP_ALL
    is_open = OPEN_PHASE <= row[CUR_PHASE] < INTERBANK_CUTOFF_PHASE or ends
    return is_open and row[CUR_STATE] & ~CURRENCY_RUN_OFF == 0


@leaf
def is_due(s: State, slot: int) -> bool:
    """Return whether an item's date, earliest instant and currency let it settle now."""
    side = side_of(s, slot)
    if side >= 0 and (s.sides[side, DATE] > s.g[TODAY] or s.sides[side, EARLIEST] > s.g[NOW]):
        return False
    return currency_runs(s, s.accounts[debtor_of(s, slot), OWNER] & 0xFFFFF)


@step
def offer_payment(s: State, slot: int) -> None:
    """Settle a plain payment that is due and free, or queue it."""
    why = waiting_state(s, slot)
    if why == 0:
        add_waiting(s, slot, -1)
        settle_alone(s, slot, GROSS)
        return
    debtor = debtor_of(s, slot)
    if s.g[ENTRY_OFFSETTING] != 0 and not is_blocked(s, debtor, priority_of(s, slot), s.waits[slot, PLACE]):
        if offset_on_entry(s, slot):
            add_waiting(s, slot, -1)
            return
    set_state(s, slot, why)
    enqueue(s, slot)


@step
def all_free(s: State, bundle: int) -> bool:
    """Return whether every member is due, in an open currency, and held by nothing."""
    for i in range(members_of(s, bundle)):
        slot = s.members[i]
        if s.sides[side_of(s, slot), HOLDS] != 0 or not is_due(s, slot):
            return False
    return True


@step
def barred(s: State, slot: int) -> int:
    """Return 0 or why an item that becomes eligible may no longer settle: account, currency, corridor."""
    debtor, creditor = debtor_of(s, slot), creditor_of(s, slot)
    if s.accounts[debtor, FLAGS] & IS_CLOSED:
        return DEBTOR_ACCOUNT
    if s.accounts[creditor, FLAGS] & IS_CLOSED:
        return CREDITOR_ACCOUNT
    if s.currencies[s.accounts[debtor, OWNER] & 0xFFFFF, CUR_STATE] & CURRENCY_RUN_OFF:
        return CURRENCY_CLOSED
    service = SERVICE_PAYMENT if is_payment(s, slot) else SERVICE_PVP
    if s.g[CORRIDORS] != 0 and s.corridors[corridor_index(s, debtor, creditor), SERVICES] & service == 0:
        return CORRIDOR_CLOSED
    return 0


@step
def advance(s: State, slot: int) -> None:
    """Take a waiting, unqueued item as far as it goes: hold, warehouse, gather, settle or queue it."""
    if s.rows[slot, STATUS] & 0xFF >= 16:
        return
    side = side_of(s, slot)
    bundle = bundle_of(s, slot)
    if side >= 0 and s.sides[side, HOLDS] != 0:
        set_state(s, slot, SSPD)
    elif not is_due(s, slot):
        set_state(s, slot, WHSD)
    elif bundle < 0:
        if is_payment(s, slot):
            offer_payment(s, slot)
        else:
            set_state(s, slot, UMAC)
    elif s.bundles[bundle, BUNDLE_COUNT] < s.bundles[bundle, BUNDLE_EXPECTED]:
        set_state(s, slot, UMAC)
    else:
        set_state(s, slot, PSTL)
        if s.bundles[bundle, BUNDLE_STATE] == GATHERING and all_free(s, bundle):
            for i in range(members_of(s, bundle)):
                set_state(s, s.members[i], PSTL)
            offer_bundle(s, bundle)
