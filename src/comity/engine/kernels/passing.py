"""The passing of time: items become eligible, expire, and cut-offs sweep.

Everything here follows from instants that stand in the state; the clock is what
the log says. At one instant, items become eligible before new instructions;
expiries and then cut-offs come last, when time moves past the instant.
"""

import numpy as np

from comity.engine.kernels import kernel
from comity.engine.kernels.admission import RMLR, SMLR, SRBL, SSPD, UMAC, WHSD, advance, lack
from comity.engine.kernels.bundles import end_bundle, members_of, net_debit
from comity.engine.kernels.layout import (
    BUNDLE_COUNT,
    BUNDLE_EXPECTED,
    CUR_SWEEP,
    CURRENCIES,
    DATE,
    HELD_BY_CLOSING,
    HELD_BY_SCREENING,
    HOLDS,
    INTERBANK_BIT,
    LISTED,
    NOW,
    OWNER,
    STATUS,
    SWEEP_ALL,
    SWEEP_AT,
    SWEEP_NOTHING,
    TIMERS,
    TODAY,
)
from comity.engine.kernels.limits import available
from comity.engine.kernels.posting import finish
from comity.engine.kernels.queueing import dequeue
from comity.engine.kernels.release import release
from comity.engine.kernels.settlement import add_waiting, bundle_of, debtor_of, is_payment, mark, side_of
from comity.engine.kernels.state import State
from comity.engine.kernels.timers import pop_timer

RJTD = 17
LATE, FUNDS, LIMIT_REASON, PARTNER, UNMATCHED, INCOMPLETE, HELD, CLOSED_BY_OPERATOR = 11, 16, 17, 18, 19, 20, 21, 22


@kernel
def failure(s: State, slot: int) -> int:
    """Return the reason with which an item outside a complete bundle is rejected now."""
    state, side = s.rows[slot, STATUS] & 0xFF, side_of(s, slot)
    if state == SSPD:
        return CLOSED_BY_OPERATOR if s.sides[side, HOLDS] & HELD_BY_CLOSING else HELD
    if state == WHSD:
        return LATE
    if state == UMAC:
        return UNMATCHED if not is_payment(s, slot) else INCOMPLETE
    missing = lack(s, slot)
    return LIMIT_REASON if missing in (SMLR, RMLR, SRBL) else FUNDS


@kernel
def bundle_failure(s: State, bundle: int, slot: int) -> int:
    """Return the reason that a member of a waiting bundle gets: its own lack, or its partner's."""
    if s.bundles[bundle, BUNDLE_COUNT] < s.bundles[bundle, BUNDLE_EXPECTED]:
        return INCOMPLETE
    state = s.rows[slot, STATUS] & 0xFF
    if state in (SSPD, WHSD):
        return failure(s, slot)
    count = members_of(s, bundle)
    account = debtor_of(s, slot)
    if available(s, account, 2) < net_debit(s, count, account):
        return FUNDS
    for i in range(count):
        other = debtor_of(s, s.members[i])
        if s.rows[s.members[i], STATUS] & 0xFF in (SSPD, WHSD):
            return PARTNER
        if available(s, other, 2) < net_debit(s, count, other):
            return PARTNER
    return LIMIT_REASON


@kernel
def reject_bundle(s: State, bundle: int, override: int) -> None:
    """Reject what waits of a bundle, each member with its own reason, or with `override` if that is not 0."""
    reasons = np.zeros(64, np.int64)
    for i in range(members_of(s, bundle)):
        slot = s.members[i]
        reasons[i] = override if override != 0 else bundle_failure(s, bundle, slot)
        mark(s, debtor_of(s, slot))
    end_bundle(s, bundle, RJTD, reasons)


@kernel
def reject(s: State, slot: int, override: int) -> None:
    """Reject a waiting item and whatever shares its fate; 0 means: for what it lacks now."""
    bundle = bundle_of(s, slot)
    if bundle >= 0:
        reject_bundle(s, bundle, override)
        return
    reason = override if override != 0 else failure(s, slot)
    dequeue(s, slot)
    add_waiting(s, slot, -1)
    finish(s, slot, RJTD, reason, 0)
    mark(s, debtor_of(s, slot))


@kernel
def is_swept(s: State, slot: int) -> bool:
    """Return whether the cut-offs that are due reject an item."""
    state = s.rows[slot, STATUS] & 0xFF
    if state == 0 or state >= 16:
        return False
    side = side_of(s, slot)
    if side >= 0 and (s.sides[side, DATE] > s.g[TODAY] or s.sides[side, HOLDS] & HELD_BY_SCREENING):
        return False
    sweep = s.currencies[s.accounts[debtor_of(s, slot), OWNER] & 0xFFFFF, CUR_SWEEP]
    return sweep == SWEEP_ALL or (sweep != SWEEP_NOTHING and s.rows[slot, STATUS] & INTERBANK_BIT == 0)


@kernel
def sweep(s: State) -> None:
    """Reject what waits past its cut-off."""
    for i in range(s.g[LISTED]):
        if is_swept(s, s.listed[i]):
            reject(s, s.listed[i], 0)
    for currency in range(s.g[CURRENCIES]):
        s.currencies[currency, CUR_SWEEP] = SWEEP_NOTHING
    s.g[SWEEP_AT] = 0


@kernel
def pass_time(s: State, now: int, with_eligible: bool) -> None:
    """Let everything happen that lies before `now`, and what becomes eligible at it if asked."""
    while True:
        key = s.timers[0, 0] if s.g[TIMERS] > 0 else -1
        is_due = key >= 0 and (key >> 1 < now or (with_eligible and key == now << 1))
        if s.g[SWEEP_AT] != 0 and s.g[SWEEP_AT] < now and (not is_due or key >> 1 > s.g[SWEEP_AT]):
            s.g[NOW] = max(s.g[NOW], s.g[SWEEP_AT])
            sweep(s)
        elif is_due:
            s.g[NOW] = max(s.g[NOW], key >> 1)
            slot = pop_timer(s)
            state = s.rows[slot, STATUS] & 0xFF
            if key & 1 == 0 and state == WHSD:
                advance(s, slot)
            elif key & 1 == 1 and 0 < state < 16:
                reject(s, slot, 0)
        else:
            break
        release(s)
    s.g[NOW] = now


@kernel
def open_currency(s: State) -> None:
    """Take up what was warehoused and is due now, in the order of entry."""
    for i in range(s.g[LISTED]):
        slot = s.listed[i]
        if s.rows[slot, STATUS] & 0xFF == WHSD:
            advance(s, slot)
            release(s)
