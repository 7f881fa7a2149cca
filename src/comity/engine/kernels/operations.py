"""What commands do to single items and queues; each ends with the work list served.

Items are taken out of their queue, changed, and offered again at the place they
have kept, so that one path decides what settles.
"""

from comity.engine.kernels import lean
from comity.engine.kernels.admission import PCAN, PSTL, SSPD, advance, set_state
from comity.engine.kernels.bundles import (
    activate_all,
    dequeue_bundle,
    end_bundle,
    members_of,
    queue_bundle,
)
from comity.engine.kernels.entry import close_row, insert_ids, new_row
from comity.engine.kernels.layout import (
    AMOUNT,
    BALANCE,
    BOUGHT_WORD,
    BUNDLE_PRIORITY,
    BUNDLE_STATE,
    BUNDLES,
    CANCEL_ASKED,
    CONSTRAINTS,
    DIGEST_1,
    DIGEST_2,
    DONE,
    FINAL,
    FLAGS,
    GATHERING,
    HAS_HOLDING,
    HOLDS,
    KEY_1,
    KEY_2,
    KIND_SHIFT,
    LISTED,
    LOT_WORD,
    LOT_WORDS,
    MORE,
    NONE,
    ORDERS,
    PARTIES,
    PERSISTENT_FLAGS,
    PLACE,
    PLACED,
    PRIORITY_SHIFT,
    QUEUED,
    R_BOUGHT,
    R_SLOT,
    ROWS,
    SIDES,
    SPACE_LIMIT,
    SPACE_USED,
    STATUS,
)
from comity.engine.kernels.limits import USE_BOUND, add_use, count
from comity.engine.kernels.passing import PARTNER, end_item, reject
from comity.engine.kernels.posting import _M1 as MIXER
from comity.engine.kernels.posting import account_for, add_row, finish, mix, mix_at, note_lowest, post
from comity.engine.kernels.queueing import dequeue, enqueue
from comity.engine.kernels.release import release
from comity.engine.kernels.settlement import (
    SETTLED,
    add_waiting,
    bundle_of,
    debtor_of,
    mark,
    mark_payers_of,
    priority_of,
    side_of,
)
from comity.engine.kernels.state import Int64s, State
from comity.engine.kernels.steps import leaf, step

CAND = 18
TRANSFER, NET, CONVERSION = 2, 4, 6
MICROSECONDS_A_DAY = 86_400_000_000


@lean
def transfer(s: State, debtor: int, creditor: int, amount: int, key: Int64s, row: int) -> int:
    """Post a transfer of money as a settled instruction of its own; return its slot.

    `key` is uetr (2) and key (2), zeros for none. The caller has checked room.
    """
    slot = new_row(s, key, 0, 0, debtor << 32 | creditor, amount, TRANSFER << KIND_SHIFT, row)
    insert_ids(s, slot)
    post(s, debtor, creditor, amount)
    note_lowest(s, debtor)
    close_row(s, slot, SETTLED, 0, 1)
    mark(s, creditor)
    if s.accounts[debtor, FLAGS] & HAS_HOLDING != 0:
        mark_payers_of(s, debtor)
    release(s)
    return slot


@step
def mark_all(s: State) -> None:
    """Put every account with something waiting on the work list, in order of index, and serve it."""
    for account in range(len(s.accounts)):
        mark(s, account)
    release(s)


@step
def ensure_side(s: State, slot: int) -> int:
    """Return an instruction's side row, making one if it has none."""
    side = side_of(s, slot)
    if side < 0:
        side = s.g[SIDES]
        s.g[SIDES] += 1
        s.sides[side] = 0
        s.rows[slot, MORE] |= side + 1
    return side


@step
def take_out(s: State, slot: int) -> None:
    """Take an item, or the bundle that it is part of, out of its queues."""
    bundle = bundle_of(s, slot)
    if bundle < 0:
        dequeue(s, slot)
    elif s.bundles[bundle, BUNDLE_STATE] == QUEUED:
        dequeue_bundle(s, bundle)
        s.bundles[bundle, BUNDLE_STATE] = GATHERING


@step
def hold(s: State, slot: int, why: int) -> None:
    """Hold a waiting item for a reason of HELD_BY_*; whatever it blocked goes on."""
    side = ensure_side(s, slot)
    take_out(s, slot)
    s.sides[side, HOLDS] |= why
    set_state(s, slot, SSPD)
    mark(s, debtor_of(s, slot))


@step
def unhold(s: State, slot: int, why: int) -> None:
    """Lift one hold; an item without any goes on at its old place."""
    side = side_of(s, slot)
    if side < 0 or s.sides[side, HOLDS] & why == 0:
        return
    s.sides[side, HOLDS] &= ~why
    if s.sides[side, HOLDS] == 0:
        advance(s, slot)
        release(s)


@step
def withdraw(s: State, slot: int) -> None:
    """Cancel a waiting item and whatever shares its fate."""
    bundle = bundle_of(s, slot)
    if bundle < 0:
        end_item(s, slot, CAND, 0)
    else:
        for i in range(members_of(s, bundle)):
            mark(s, debtor_of(s, s.members[i]))
            s.reasons[i] = 0
        end_bundle(s, bundle, CAND)
    release(s)


@step
def cancel_incomplete(s: State, slot: int) -> None:
    """Cancel a member of a linked set that is not complete: the others are rejected with it."""
    bundle = bundle_of(s, slot)
    add_waiting(s, slot, -1)
    finish(s, slot, CAND, 0, 0)
    reject_rest(s, bundle)
    release(s)


@step
def reject_rest(s: State, bundle: int) -> None:
    """Reject the members of a bundle whose partner has failed."""
    for i in range(members_of(s, bundle)):
        if s.rows[s.members[i], STATUS] & 0xFF < 16:
            reject(s, s.members[i], PARTNER)
            return
    s.bundles[bundle, BUNDLE_STATE] = DONE


@step
def ask_cancel(s: State, slot: int) -> bool:
    """One party of a complete bundle asks to cancel it; returns whether all have asked."""
    s.sides[side_of(s, slot), CANCEL_ASKED] = 1
    if s.rows[slot, STATUS] & 0xFF == PSTL:
        set_state(s, slot, PCAN)
    everyone = True
    for i in range(members_of(s, bundle_of(s, slot))):
        everyone = everyone and s.sides[side_of(s, s.members[i]), CANCEL_ASKED] != 0
    return everyone


@step
def set_priority(s: State, slot: int, priority: int) -> None:
    """Give a waiting, revocable item another class; its place stays what it was at entry."""
    queued = take_aside(s, slot)
    s.rows[slot, STATUS] = (s.rows[slot, STATUS] & ~(3 << PRIORITY_SHIFT)) | priority << PRIORITY_SHIFT
    bundle = bundle_of(s, slot)
    if bundle >= 0:
        lowest = 0
        for i in range(members_of(s, bundle)):
            lowest = max(lowest, priority_of(s, s.members[i]))
        s.bundles[bundle, BUNDLE_PRIORITY] = lowest
    put_back(s, slot, queued)


@step
def set_place(s: State, slot: int, place: int) -> None:
    """Move a plain payment to another place of its queue."""
    queued = take_aside(s, slot)
    s.waits[slot, PLACE] = place
    put_back(s, slot, queued)


@step
def take_aside(s: State, slot: int) -> bool:
    """Take an item that is about to change out of its queue, if it is in one, and out of the digest."""
    queued = s.rows[slot, PLACED] != NONE
    dequeue(s, slot)
    add_row(s, slot, -1)
    return bool(queued)


@step
def put_back(s: State, slot: int, queued: bool) -> None:
    """Undo `take_aside`, and serve whom the change freed."""
    add_row(s, slot, 1)
    if queued:
        enqueue(s, slot)
        mark(s, debtor_of(s, slot))
    release(s)


@step
def regroup(s: State, account: int) -> None:
    """Queue anew what waits on an account (-1: everywhere), because its limits have changed."""
    for i in range(s.g[LISTED]):
        slot = s.listed[i]
        if s.rows[slot, PLACED] != NONE and (account < 0 or debtor_of(s, slot) == account):
            dequeue(s, slot)
            enqueue(s, slot)
    if account < 0:
        for bundle in range(s.g[BUNDLES]):
            if s.bundles[bundle, BUNDLE_STATE] == QUEUED:
                dequeue_bundle(s, bundle)
                queue_bundle(s, bundle)
                activate_all(s, bundle)
                for i in range(members_of(s, bundle)):
                    mark(s, debtor_of(s, s.members[i]))


@step
def recount(s: State, today: int) -> None:
    """Compute the use of every limit and cap anew from what settled on the business date.

    The halves of amounts are summed apart, so that no sum reaches its bound on the way.
    """
    clear_use(s)
    tally(s, today, True)
    for index in range(s.g[CONSTRAINTS]):
        s.space_sums[index, 0] = s.constraints[index, SPACE_USED]
    clear_use(s)
    tally(s, today, False)
    for index in range(s.g[CONSTRAINTS]):
        low = s.constraints[index, SPACE_USED]
        high = s.space_sums[index, 0] + (low >> 32)
        s.space_sums[index, 0] = 0
        high = min(max(high, -(USE_BOUND >> 32)), USE_BOUND >> 32)
        add_use(s, index, -low)
        add_use(s, index, high << 32)
        add_use(s, index, low & 0xFFFFFFFF)


@step
def clear_use(s: State) -> None:
    """Begin to count the use of every limit and cap."""
    for index in range(s.g[CONSTRAINTS]):
        add_use(s, index, -s.constraints[index, SPACE_USED])


@step
def tally(s: State, today: int, upper: bool) -> None:
    """Count the upper or lower 32 bits of every amount that settled on the business date."""
    for slot in range(s.g[ROWS]):
        row = s.rows[slot]
        kind = (row[STATUS] >> KIND_SHIFT) & 15
        counts = row[STATUS] & 0xFF == SETTLED and kind not in (TRANSFER, NET, CONVERSION)
        if counts and row[FINAL] // MICROSECONDS_A_DAY == today:
            half = row[AMOUNT] >> 32 if upper else row[AMOUNT] & 0xFFFFFFFF
            count(s, row[PARTIES] >> 32, row[PARTIES] & 0xFFFFFFFF, half, kind == 0)


@step
def sum_settled(s: State) -> None:
    """Write what settled instructions brought each account, less what they took, into the first scratch sum."""
    for slot in range(s.g[ROWS]):
        row = s.rows[slot]
        if row[STATUS] & 0xFF == SETTLED:
            s.sums[row[PARTIES] >> 32, 0] -= row[AMOUNT]
            s.sums[row[PARTIES] & 0xFFFFFFFF, 0] += row[AMOUNT]


@step
def full_digest(s: State) -> None:
    """Write both lanes of the digest, computed from every row of every table, into the scratch lanes."""
    kept_1, kept_2 = s.g[DIGEST_1], s.g[DIGEST_2]
    s.g[DIGEST_1], s.g[DIGEST_2] = 0, 0
    for account in range(len(s.accounts)):
        row = s.accounts[account]
        s.g[DIGEST_1] += row[KEY_1] * row[BALANCE]
        s.g[DIGEST_2] += row[KEY_2] * row[BALANCE]
        for column in range(1, 5):
            add_word(s, column, account, row[column])
        add_word(s, FLAGS, account, row[FLAGS] & PERSISTENT_FLAGS)
    for slot in range(s.g[ROWS]):
        add_row(s, slot, 1)
    for index in range(s.g[ORDERS]):
        add_word(s, BOUGHT_WORD, s.orders[index, R_SLOT], s.orders[index, R_BOUGHT])
    for pair in range(len(s.lots)):
        for column in range(LOT_WORDS):
            add_word(s, LOT_WORD + column, pair, s.lots[pair, column])
    for index in range(s.g[CONSTRAINTS]):
        add_word(s, 64 + SPACE_USED, index, s.constraints[index, SPACE_USED])
        add_word(s, 64 + SPACE_LIMIT, index, s.constraints[index, SPACE_LIMIT])
    s.lanes[0], s.lanes[1] = s.g[DIGEST_1], s.g[DIGEST_2]
    s.g[DIGEST_1], s.g[DIGEST_2] = kept_1, kept_2


@leaf
def add_word(s: State, kind: int, index: int, word: int) -> None:
    """Add one word to the digest; zero contributes nothing."""
    if word != 0:
        term = mix_at(kind, index, word)
        s.g[DIGEST_1] += term
        s.g[DIGEST_2] += mix(term ^ MIXER)


@step
def start_lanes(s: State) -> None:
    """Set the digest to what it is of the present state."""
    full_digest(s)
    s.g[DIGEST_1], s.g[DIGEST_2] = s.lanes[0], s.lanes[1]


@step
def set_flag(s: State, account: int, flag: int, on: bool) -> None:
    """Set or clear a flag of an account."""
    old = s.accounts[account, FLAGS]
    new = old | flag if on else old & ~flag
    account_for(s, FLAGS, account, old & PERSISTENT_FLAGS, new & PERSISTENT_FLAGS)
    s.accounts[account, FLAGS] = new


@step
def set_lot(s: State, pair: int, column: int, value: int) -> None:
    """Write what orders of an ordered pair of currencies have to be multiples of."""
    account_for(s, LOT_WORD + column, pair, s.lots[pair, column], value)
    s.lots[pair, column] = value


@step
def set_limit(s: State, constraint: int, limit: int) -> None:
    """Write the limit of a limit or cap."""
    account_for(s, 64 + SPACE_LIMIT, constraint, s.constraints[constraint, SPACE_LIMIT], limit)
    s.constraints[constraint, SPACE_LIMIT] = limit
