"""The passing of time: items become eligible, expire, and cut-offs sweep.

Everything here follows from instants that stand in the state; the clock is what
the log says. At one instant, items become eligible before new instructions;
expiries and then cut-offs come last, when time moves past the instant.
"""

from comity.engine.kernels.admission import RMLR, SMLR, SRBL, SSPD, UMAC, WHSD, advance, barred, is_due, waiting_state
from comity.engine.kernels.bundles import end_bundle, is_blocked, members_of, net_debit
from comity.engine.kernels.layout import (
    BUDGET,
    BUNDLE_COUNT,
    BUNDLE_EXPECTED,
    BUNDLE_KIND,
    BUNDLE_PLACE,
    BUNDLE_PRIORITY,
    BUNDLE_PVP,
    COUNTER_PAYER,
    CUR_SWEEP,
    CURRENCIES,
    DATE,
    FAILURE,
    HELD_BY_CLOSING,
    HELD_BY_SCREENING,
    HOLDS,
    INFINITE,
    INTERBANK_BIT,
    LISTED,
    NOW,
    OPEN_AT,
    OWNER,
    STATUS,
    SWEEP_ALL,
    SWEEP_AT,
    SWEEP_NOTHING,
    TIMERS,
    TODAY,
)
from comity.engine.kernels.posting import finish
from comity.engine.kernels.queueing import dequeue
from comity.engine.kernels.release import release
from comity.engine.kernels.settlement import (
    account_holds,
    add_waiting,
    bundle_of,
    collect,
    debtor_of,
    forget,
    is_payment,
    judge,
    mark,
    side_of,
)
from comity.engine.kernels.state import State
from comity.engine.kernels.steps import leaf, step
from comity.engine.kernels.timers import pop_timer

RJTD = 17
LATE, FUNDS, LIMIT_REASON, PARTNER, UNMATCHED, INCOMPLETE, HELD, CLOSED_BY_OPERATOR = 11, 16, 17, 18, 19, 20, 21, 22


@leaf
def failure(s: State, slot: int) -> int:
    """Return the reason with which an item outside a complete bundle is rejected now."""
    state, side = s.rows[slot, STATUS] & 0xFF, side_of(s, slot)
    if state == SSPD:
        return CLOSED_BY_OPERATOR if s.sides[side, HOLDS] & HELD_BY_CLOSING else HELD
    if state == WHSD:
        return LATE
    if state == UMAC:
        return UNMATCHED if not is_payment(s, slot) else INCOMPLETE
    missing = waiting_state(s, slot)
    return LIMIT_REASON if missing in (SMLR, RMLR, SRBL) else FUNDS


@step
def bundle_failure(s: State, bundle: int, slot: int) -> int:
    """Return the reason that a member of a waiting bundle gets: its own lack, or its partner's."""
    if s.bundles[bundle, BUNDLE_COUNT] < s.bundles[bundle, BUNDLE_EXPECTED]:
        return INCOMPLETE
    state = s.rows[slot, STATUS] & 0xFF
    if state in (SSPD, WHSD):
        return failure(s, slot)
    count = members_of(s, bundle)
    account = debtor_of(s, slot)
    if is_short(s, bundle, count, account):
        return FUNDS
    for i in range(count):
        other = debtor_of(s, s.members[i])
        if s.rows[s.members[i], STATUS] & 0xFF in (SSPD, WHSD):
            return PARTNER
        if is_short(s, bundle, count, other):
            return PARTNER
    for i in range(count):
        collect(s, s.members[i])
    return LIMIT_REASON if judge(s) < 0 else FUNDS


@step
def is_short(s: State, bundle: int, count: int, account: int) -> bool:
    """Return whether an account ends a bundle short, or waits behind an item that lacks money."""
    row = s.bundles[bundle]
    if net_debit(s, count, account) > 0 and is_blocked(s, account, row[BUNDLE_PRIORITY], row[BUNDLE_PLACE]):
        return True
    for i in range(count):
        collect(s, s.members[i])
    holds = account_holds(s, account)
    forget(s)
    return not holds


@step
def diagnose(s: State, slot: int) -> None:
    """Note the reason with which an item, or each member of its bundle, would be rejected now."""
    bundle = bundle_of(s, slot)
    if bundle < 0:
        s.waits[slot, FAILURE] = failure(s, slot)
        return
    for i in range(members_of(s, bundle)):
        member = s.members[i]
        if s.rows[member, STATUS] & 0xFF < 16 and s.waits[member, FAILURE] == 0:
            s.waits[member, FAILURE] = bundle_failure(s, bundle, member)


@step
def reject_bundle(s: State, bundle: int, cause: int, override: int) -> None:
    """Reject what waits of a bundle: for what each member lacks, or `cause` for `override` and its partners for it."""
    for i in range(members_of(s, bundle)):
        slot = s.members[i]
        if override == 0:
            s.reasons[i] = s.waits[slot, FAILURE]
        else:
            s.reasons[i] = override if slot == cause else PARTNER
        s.waits[slot, FAILURE] = 0
        mark(s, debtor_of(s, slot))
    end_bundle(s, bundle, RJTD)


@step
def reject(s: State, slot: int, override: int) -> None:
    """Reject a waiting item and whatever shares its fate; 0 means: for what it lacked when diagnosed, or lacks now."""
    bundle = bundle_of(s, slot)
    if override == 0 and s.waits[slot, FAILURE] == 0:
        diagnose(s, slot)
    if bundle >= 0:
        reject_bundle(s, bundle, slot, override)
        return
    reason = override if override != 0 else s.waits[slot, FAILURE]
    s.waits[slot, FAILURE] = 0
    end_item(s, slot, RJTD, reason)


@step
def end_item(s: State, slot: int, state: int, reason: int) -> None:
    """End a waiting item on its own; whatever it blocked goes on."""
    dequeue(s, slot)
    add_waiting(s, slot, -1)
    finish(s, slot, state, reason, 0)
    mark(s, debtor_of(s, slot))


@leaf
def is_swept(s: State, slot: int) -> bool:
    """Return whether the cut-offs that are due reject an item."""
    state = s.rows[slot, STATUS] & 0xFF
    if state == 0 or state >= 16:
        return False
    side = side_of(s, slot)
    if side >= 0 and (s.sides[side, DATE] > s.g[TODAY] or s.sides[side, HOLDS] & HELD_BY_SCREENING):
        return False
    sweep = s.currencies[s.accounts[debtor_of(s, slot), OWNER] & 0xFFFFF, CUR_SWEEP]
    if side >= 0 and s.sides[side, COUNTER_PAYER] != 0:
        sweep = max(sweep, s.currencies[s.accounts[s.sides[side, COUNTER_PAYER] - 1, OWNER] & 0xFFFFF, CUR_SWEEP])
    return sweep == SWEEP_ALL or (sweep != SWEEP_NOTHING and s.rows[slot, STATUS] & INTERBANK_BIT == 0)


@step
def sweep(s: State) -> None:
    """Reject what waits past its cut-off."""
    for i in range(s.g[LISTED]):
        if is_swept(s, s.listed[i]):
            diagnose(s, s.listed[i])
    for i in range(s.g[LISTED]):
        if is_swept(s, s.listed[i]):
            reject(s, s.listed[i], 0)
    for currency in range(s.g[CURRENCIES]):
        s.currencies[currency, CUR_SWEEP] = SWEEP_NOTHING
    s.g[SWEEP_AT] = 0


@step
def take_up(s: State, slot: int) -> None:
    """A warehoused item becomes eligible: what was closed meanwhile is checked again."""
    if s.rows[slot, STATUS] & 0xFF != WHSD:
        return
    bundle = bundle_of(s, slot)
    matched = bundle >= 0 and s.bundles[bundle, BUNDLE_KIND] == BUNDLE_PVP
    reason = barred(s, slot) if is_due(s, slot) and not matched else 0
    if reason != 0:
        reject(s, slot, reason)
    else:
        advance(s, slot)


@step
def open_currencies(s: State) -> None:
    """Take up what was warehoused for an opening, in the order of entry."""
    s.g[OPEN_AT] = 0
    for i in range(s.g[LISTED]):
        take_up(s, s.listed[i])
        release(s)


@step
def expire(s: State) -> None:
    """Reject the items that expire at the earliest instant, for what they lack before any of them is gone.

    Popped timers leave room at the end of the heap, where their slots are kept meanwhile.
    """
    key, count = s.timers[0, 0], s.g[TIMERS]
    while s.g[TIMERS] > 0 and s.timers[0, 0] == key:
        slot = pop_timer(s)
        s.timers[s.g[TIMERS], 1] = slot
        if 0 < s.rows[slot, STATUS] & 0xFF < 16:
            diagnose(s, slot)
    for i in range(count - 1, s.g[TIMERS] - 1, -1):
        slot = s.timers[i, 1]
        if 0 < s.rows[slot, STATUS] & 0xFF < 16:
            reject(s, slot, 0)


@step
def pass_time(s: State, now: int, with_eligible: bool) -> None:
    """Let everything happen that lies before `now`, and what becomes eligible at it if asked.

    Expiries and cut-offs of one instant all happen before anything that they free. Time does not
    pass over what can still be released, so the record's budget of releases does not bind here.
    """
    budget = s.g[BUDGET]
    s.g[BUDGET] = INFINITE
    if now > s.g[NOW]:
        release(s)
    while True:
        key = s.timers[0, 0] if s.g[TIMERS] > 0 else INFINITE
        opens, ends = s.g[OPEN_AT], s.g[SWEEP_AT]
        if opens != 0 and opens <= key >> 1 and (opens < now or with_eligible):
            s.g[NOW] = max(s.g[NOW], opens)
            open_currencies(s)
        elif ends != 0 and ends < now and ends < key >> 1:
            s.g[NOW] = max(s.g[NOW], ends)
            sweep(s)
        elif key >> 1 < now or (with_eligible and key == now << 1):
            s.g[NOW] = max(s.g[NOW], key >> 1)
            if key & 1 == 0:
                take_up(s, pop_timer(s))
            else:
                expire(s)
                if ends == key >> 1:
                    continue
        else:
            break
        release(s)
    s.g[BUDGET] = budget
    s.g[NOW] = now
