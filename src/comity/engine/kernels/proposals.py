"""What a solver reads, and the exact pass that judges what it proposes.

`gather` lists what waits and could settle; a solver chooses among it. `adopt`
strikes out what no longer waits (a bundle whole), judges the end state of every
account and limit that the rest touches, and applies all of it or none.
"""

import numpy as np

from comity.engine.kernels import kernel, lean
from comity.engine.kernels.admission import currency_runs
from comity.engine.kernels.bundles import leave, members_of
from comity.engine.kernels.layout import (
    AMOUNT,
    BUNDLE_COUNT,
    BUNDLE_PLACE,
    BUNDLE_PRIORITY,
    BUNDLE_STATE,
    BUNDLES,
    DONE,
    HOW_SHIFT,
    LIST_INDEX,
    LISTED,
    NONE,
    OWNER,
    PLACE,
    PLACED,
    QUEUED,
    ROWS,
    STATUS,
)
from comity.engine.kernels.limits import cap_of, payer_limit
from comity.engine.kernels.posting import note_lowest
from comity.engine.kernels.queueing import dequeue
from comity.engine.kernels.settlement import (
    SETTLED,
    add_waiting,
    bundle_of,
    collect,
    creditor_of,
    debtor_of,
    is_payment,
    judge,
    priority_of,
    settle,
)
from comity.engine.kernels.state import Int32s, Int64s, State
from comity.engine.kernels.steps import step

MULTILATERAL_HOW = 3
NOT_WAITING = -(1 << 62)
"""Answer of `adopt`: nothing of the proposal still waits."""
TWICE = NOT_WAITING + 1
"""Answer of `adopt`: a slot is unknown or stands in the proposal twice."""


@step
def can_settle(s: State, slot: int) -> bool:
    """Return whether an instruction waits only for money or room: queued, in an open currency."""
    if s.rows[slot, STATUS] & 0xFF >= 16 or not currency_runs(s, s.accounts[debtor_of(s, slot), OWNER] & 0xFFFFF):
        return False
    bundle = bundle_of(s, slot)
    return s.rows[slot, PLACED] != NONE if bundle < 0 else s.bundles[bundle, BUNDLE_STATE] == QUEUED


@step
def shrink_list(s: State) -> None:
    """Drop final instructions from the list of what waits, keeping its order."""
    kept = 0
    for i in range(s.g[LISTED]):
        slot = s.listed[i]
        if s.rows[slot, STATUS] & 0xFF < 16:
            s.listed[kept] = slot
            kept += 1
            s.waits[slot, LIST_INDEX] = kept
    s.g[LISTED] = kept


@lean
def count_passed(s: State, passed: Int32s) -> None:
    """Write by slot, (rows,) zeros, how many later payments of its payer passes have settled before each that waits."""
    for slot in range(s.g[ROWS] - 1, -1, -1):
        status, account = s.rows[slot, STATUS], debtor_of(s, slot)
        if status & 0xFF == SETTLED and (status >> HOW_SHIFT) & 15 == MULTILATERAL_HOW and is_payment(s, slot):
            s.sums[account, 0] += 1
        elif status & 0xFF < SETTLED:
            passed[slot] = s.sums[account, 0]
    for account in range(len(s.accounts)):
        s.sums[account, 0] = 0


@lean
def gather(s: State, wanted: Int64s, slots: Int32s, table: Int64s) -> int:
    """Write what can settle in the wanted currencies, in order of entry; return how many.

    `wanted` is (currencies,) nonzero for those that take part: a bundle takes
    part if all its currencies do. `slots` is (n,), `table` (n, 11): account,
    creditor, amount, class, place, bundle, limit that it uses, limit that it
    relieves, the first and second corridor cap, and whether the limit binds it;
    holding caps follow from the creditor.
    """
    count = 0
    for i in range(s.g[LISTED]):
        slot = s.listed[i]
        if not can_settle(s, slot):
            continue
        debtor, creditor, bundle = debtor_of(s, slot), creditor_of(s, slot), bundle_of(s, slot)
        if bundle < 0:
            if wanted[s.accounts[debtor, OWNER] & 0xFFFFF] == 0:
                continue
        elif not bundle_wanted(s, bundle, wanted):
            continue
        row = table[count]
        slots[count] = slot
        row[0], row[1], row[2], row[5] = debtor, creditor, s.rows[slot, AMOUNT], bundle
        row[3] = priority_of(s, slot) if bundle < 0 else s.bundles[bundle, BUNDLE_PRIORITY]
        row[4] = s.waits[slot, PLACE] if bundle < 0 else s.bundles[bundle, BUNDLE_PLACE]
        row[6], row[7] = -1, -1
        if is_payment(s, slot):
            row[6] = payer_limit(s, debtor, creditor)
            row[7] = payer_limit(s, creditor, debtor)
        row[10] = priority_of(s, slot) == 2
        row[8], row[9] = cap_of(s, debtor, creditor, 0), cap_of(s, debtor, creditor, 1)
        count += 1
    return count


@lean
def bundle_wanted(s: State, bundle: int, wanted: Int64s) -> bool:
    """Return whether all currencies of a bundle take part and run."""
    for i in range(members_of(s, bundle)):
        currency = s.accounts[debtor_of(s, s.members[i]), OWNER] & 0xFFFFF
        if wanted[currency] == 0 or not currency_runs(s, currency):
            return False
    return True


@kernel
def adopt(s: State, slots: Int32s) -> int:
    """Judge a proposal and apply it if it holds.

    Returns how many instructions settled; NOT_WAITING, TWICE; or the verdict of
    `judge` made negative: -(account + 1), or limit + 1 - 2**40 for a limit.
    `slots` is overwritten: what still waits comes first.
    """
    seen = np.zeros(s.g[BUNDLES] + 1, np.int64)
    kept = 0
    for i in range(len(slots)):
        if slots[i] < 0 or slots[i] >= s.g[ROWS]:
            return TWICE
    for i in range(len(slots)):
        slot = slots[i]
        if can_settle(s, slot):
            bundle = bundle_of(s, slot)
            seen[bundle + 1] += 1
            slots[kept] = slot
            kept += 1
    count = 0
    for i in range(kept):
        bundle = bundle_of(s, slots[i])
        if bundle < 0 or seen[bundle + 1] == s.bundles[bundle, BUNDLE_COUNT]:
            slots[count] = slots[i]
            count += 1
    if count == 0:
        return NOT_WAITING
    return apply_all(s, slots[:count])


@kernel
def has_twice(s: State, slots: Int32s) -> bool:
    """Return whether a slot stands twice in a proposal, by marking list positions."""
    marks = np.zeros(s.g[LISTED] + 1, np.int8)
    for i in range(len(slots)):
        at = s.waits[slots[i], LIST_INDEX]
        if marks[at] != 0:
            return True
        marks[at] = 1
    return False


@kernel
def apply_all(s: State, slots: Int32s) -> int:
    """Judge and settle a set in which everything waits and bundles are whole."""
    if has_twice(s, slots):
        return TWICE
    for i in range(len(slots)):
        collect(s, slots[i])
    verdict = judge(s)
    if verdict > 0:
        return -verdict
    if verdict < 0:
        return -int(verdict) - (1 << 40)
    for i in range(len(slots)):
        slot = slots[i]
        bundle = bundle_of(s, slot)
        if bundle < 0:
            dequeue(s, slot)
            add_waiting(s, slot, -1)
        elif s.bundles[bundle, BUNDLE_STATE] == QUEUED:
            leave(s, bundle)
            s.bundles[bundle, BUNDLE_STATE] = DONE
    for i in range(len(slots)):
        settle(s, slots[i], MULTILATERAL_HOW)
    for i in range(len(slots)):
        note_lowest(s, debtor_of(s, slots[i]))
    return len(slots)
