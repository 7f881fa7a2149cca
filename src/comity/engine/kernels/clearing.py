"""Obligations: entry, set-off, and settlement of what is left.

An obligation is an instruction of its own kind that never queues. Its row's
amount is what is still owed; the table of obligations (`comity.engine.kernels.layout`
O_*) keeps what it was at entry, when it is due and how often a cycle has left it
over. While it stands in the cut of a cycle it cannot be withdrawn.

Input rows are the words of `comity.engine.columns` OBLIGATION (10 int64).
"""

from comity.engine.kernels import kernel, lean
from comity.engine.kernels.admission import PSTL, WHSD, set_state
from comity.engine.kernels.entry import (
    NEW,
    RJTD,
    SCREEN,
    TOO_LARGE,
    answer,
    answer_of,
    check_leg,
    close_row,
    has_room,
    insert_ids,
    known_answer,
    low,
    new_row,
)
from comity.engine.kernels.layout import (
    AMOUNT,
    CHANGED,
    CUR_OWED,
    FLAGS,
    HAS_HOLDING,
    HELD_BY_SCREENING,
    KIND_SHIFT,
    NOW,
    O_CUT,
    O_DUE,
    O_ENTERED,
    O_HOLDS,
    O_LINK_HI,
    O_LINK_LO,
    O_SLOT,
    OBLIGATIONS,
    OWED_MAX,
    OWN_OWED,
    OWNER,
    SERVICE_CLEARING,
    STATUS,
    TODAY,
)
from comity.engine.kernels.limits import holding_of
from comity.engine.kernels.passing import pass_time
from comity.engine.kernels.posting import add_row, finish, mix, note_lowest, post
from comity.engine.kernels.settlement import (
    SETTLED,
    collect,
    creditor_of,
    debtor_of,
    judge,
    mark,
    mark_payers_of,
    move,
    touch,
    touch_space,
)
from comity.engine.kernels.state import Int32s, Int64s, State
from comity.engine.kernels.steps import leaf, step

OBLIGATION_KIND = 3
NET_KIND = 4
SSPD = 6
CLEARING_HOW = 4
NOT_IN_CUT = 1 << 40
FITS, UNKNOWN, TWICE, BEYOND, UNBALANCED, NOT_OPTIMAL = range(6)
"""What a proposed set-off is: as it must be, or the first thing found wrong with it."""


@lean
def enter_obligation(s: State, row: int, words: Int64s, at: int) -> int:
    """Enter the obligation at `words[at]`; return the answer.

    Its content is amount, parties, due date and link; a reference, and whether screening holds it, are not.
    """
    amount, due = words[at + 4], words[at + 7] >> 32
    content = mix(amount) + mix(words[at + 5] + mix(due))
    content = mix(content) + words[at + 8]
    content = mix(content) + words[at + 9]
    earlier = known_answer(s, words, at, content)
    if earlier != NEW:
        return earlier
    debtor, creditor = low(words[at + 5]), words[at + 5] >> 32
    parties = max(debtor, 0) << 32 | max(creditor, 0)
    slot = new_row(s, words, at, content, parties, amount, OBLIGATION_KIND << KIND_SHIFT, row)
    insert_ids(s, slot)
    reason = check_leg(s, debtor, creditor, amount, SERVICE_CLEARING, due)
    if reason == 0 and not has_room(s, debtor, amount, CUR_OWED, OWN_OWED, OWED_MAX):
        reason = TOO_LARGE
    if reason != 0:
        close_row(s, slot, RJTD, reason, 0)
        return answer(slot, RJTD, reason, 0)
    index = s.g[OBLIGATIONS]
    s.g[OBLIGATIONS] += 1
    entry = s.obligations[index]
    entry[:] = 0
    entry[O_SLOT], entry[O_ENTERED], entry[O_DUE] = slot, amount, due
    entry[O_LINK_HI], entry[O_LINK_LO] = words[at + 8], words[at + 9]
    owe(s, slot, amount)
    if (words[at + 6] >> 32) & SCREEN:
        entry[O_HOLDS] = HELD_BY_SCREENING
    s.rows[slot, STATUS] |= open_state(s, index)
    add_row(s, slot, 1)
    return answer_of(s, slot, 0)


@lean
def enter_obligations(s: State, instant: int, first: int, last: int, words: Int64s, answers: Int64s) -> None:
    """Enter the obligations `first` to `last` - 1 of a batch; `words` (10n,), `answers` (n,) is written."""
    for i in range(first, last):
        now = instant + low(words[10 * i + 6])
        if now > s.g[NOW] or i == first:
            pass_time(s, now, True)
        answers[i] = enter_obligation(s, i, words, 10 * i)


@lean
def examine_obligations(words: Int64s, accounts: int) -> int:
    """Return how many rows there are, or -1 if one names what is not there or offsets fall."""
    before = 0
    for at in range(0, len(words), 10):
        parties, offset = words[at + 5], low(words[at + 6])
        if low(parties) < -1 or low(parties) >= accounts or parties >> 32 < -1 or parties >> 32 >= accounts:
            return -1
        if offset < before:
            return -1
        before = offset
    return len(words) // 10


@leaf
def open_state(s: State, index: int) -> int:
    """Return the state of an open obligation: held, due later, or waiting for a cycle."""
    row = s.obligations[index]
    if row[O_HOLDS] != 0:
        return SSPD
    return WHSD if row[O_DUE] > s.g[TODAY] else PSTL


@step
def set_hold(s: State, index: int, why: int, on: bool) -> None:
    """Hold an open obligation for a reason of HELD_BY_*, or lift that hold."""
    row = s.obligations[index]
    row[O_HOLDS] = row[O_HOLDS] | why if on else row[O_HOLDS] & ~why
    set_state(s, row[O_SLOT], open_state(s, index))


@leaf
def owe(s: State, slot: int, change: int) -> None:
    """Keep the sum of what is owed in a currency, which bounds every sum of a cycle."""
    debtor = debtor_of(s, slot)
    s.currencies[s.accounts[debtor, OWNER] & 0xFFFFF, CUR_OWED] += change
    s.burdens[debtor, OWN_OWED] += change


@step
def reduce(s: State, slot: int, amount: int) -> None:
    """Discharge a part of an obligation, or all of it, without money."""
    add_row(s, slot, -1)
    s.rows[slot, AMOUNT] -= amount
    add_row(s, slot, 1)
    owe(s, slot, -amount)
    if s.rows[slot, AMOUNT] == 0:
        finish(s, slot, SETTLED, 0, CLEARING_HOW)


@step
def end_obligation(s: State, slot: int, state: int, reason: int) -> None:
    """Withdraw or reject what is left of an obligation."""
    owe(s, slot, -s.rows[slot, AMOUNT])
    finish(s, slot, state, reason, 0)


@kernel
def examine_set_off(
    s: State, cycle: int, currency: int, chosen: Int32s, amount: Int64s, potential: Int64s, lowest: Int64s
) -> int:
    """Check a proposed set-off in one exact pass; nothing is written but scratch.

    Every obligation chosen stands in the cut of this cycle and currency, once, for no
    more than is owed; each account gives up as much debt as claims. And if `lowest[0]`
    is not negative, the claim that no set-off is larger holds: with `potential` per
    account, the sum over the whole cut of what is owed times max(0, 1 - potential of the
    debtor + potential of the creditor) bounds every set-off (linear programming
    duality), and is not above this one's value. `lowest[0]` becomes that bound, -1 if it is larger.

    All owed sums of a currency stay below 2**61, so no sum here leaves 64 bits: a term
    that would exceed the value ends the search before it is multiplied.
    """
    value = 0
    verdict = FITS
    for i in range(len(chosen)):
        index = chosen[i]
        if index < 0 or index >= s.g[OBLIGATIONS]:
            return UNKNOWN
        row = s.obligations[index]
        if row[O_CUT] != cycle or s.accounts[debtor_of(s, row[O_SLOT]), OWNER] & 0xFFFFF != currency:
            return UNKNOWN
        if s.rows[row[O_SLOT], STATUS] & 0xFF >= SETTLED:
            return UNKNOWN
        if amount[i] <= 0 or amount[i] > s.rows[row[O_SLOT], AMOUNT]:
            return BEYOND
        if i > 0 and index <= chosen[i - 1]:
            return TWICE
        value += amount[i]
    for i in range(len(chosen)):
        slot = s.obligations[chosen[i], O_SLOT]
        s.sums[debtor_of(s, slot), 0] += amount[i]
        s.sums[creditor_of(s, slot), 0] -= amount[i]
    for i in range(len(chosen)):
        slot = s.obligations[chosen[i], O_SLOT]
        if s.sums[debtor_of(s, slot), 0] != 0 or s.sums[creditor_of(s, slot), 0] != 0:
            verdict = UNBALANCED
    for i in range(len(chosen)):
        slot = s.obligations[chosen[i], O_SLOT]
        s.sums[debtor_of(s, slot), 0], s.sums[creditor_of(s, slot), 0] = 0, 0
    if verdict != FITS or lowest[0] < 0:
        return verdict
    bound = 0
    for index in range(s.g[OBLIGATIONS]):
        row = s.obligations[index]
        if row[O_CUT] != cycle:
            continue
        slot = row[O_SLOT]
        debtor, creditor = debtor_of(s, slot), creditor_of(s, slot)
        if s.accounts[debtor, OWNER] & 0xFFFFF != currency or s.rows[slot, STATUS] & 0xFF >= SETTLED:
            continue
        reduced = 1 - potential[debtor] + potential[creditor]
        if reduced > 0:
            if reduced > (value - bound) // s.rows[slot, AMOUNT]:
                lowest[0] = -1
                return NOT_OPTIMAL
            bound += reduced * s.rows[slot, AMOUNT]
    lowest[0] = bound
    return FITS


@kernel
def apply_set_off(s: State, chosen: Int32s, amount: Int64s) -> None:
    """Discharge what `examine_set_off` has checked."""
    for i in range(len(chosen)):
        reduce(s, s.obligations[chosen[i], O_SLOT], amount[i])


@lean
def stands_in_cut(s: State, cycle: int, chosen: Int32s) -> bool:
    """Return whether the obligations chosen are in the cut, still owed, and rising in index."""
    for i in range(len(chosen)):
        index = chosen[i]
        if index < 0 or index >= s.g[OBLIGATIONS] or (i > 0 and index <= chosen[i - 1]):
            return False
        row = s.obligations[index]
        if row[O_CUT] != cycle or s.rows[row[O_SLOT], STATUS] & 0xFF >= SETTLED:
            return False
    return True


@kernel
def judge_each(s: State, cycle: int, chosen: Int32s) -> int:
    """Judge whether the obligations chosen can be paid one by one, all at one instant.

    0, or the verdict of `judge`; or NOT_IN_CUT.
    """
    if not stands_in_cut(s, cycle, chosen):
        return NOT_IN_CUT
    for i in range(len(chosen)):
        collect(s, s.obligations[chosen[i], O_SLOT])
    return int(judge(s))


@kernel
def judge_net(s: State, cycle: int, chosen: Int32s, net: Int64s) -> int:
    """Judge whether the nets of the obligations chosen can be paid, all at one instant.

    0, or the verdict of `judge`; or NOT_IN_CUT. `net` (accounts,), zeros, becomes what each account receives.
    """
    if not stands_in_cut(s, cycle, chosen):
        return NOT_IN_CUT
    for i in range(len(chosen)):
        slot = s.obligations[chosen[i], O_SLOT]
        net[debtor_of(s, slot)] -= s.rows[slot, AMOUNT]
        net[creditor_of(s, slot)] += s.rows[slot, AMOUNT]
    for account in range(len(net)):
        if net[account] != 0:
            touch(s, account)
            s.sums[account, 3] += max(-net[account], 0)
            s.sums[account, 0] += max(net[account], 0)
            cap = holding_of(s, account)
            if cap >= 0 and net[account] > 0:
                touch_space(s, cap, 0, True)
    return int(judge(s))


@kernel
def pay_each(s: State, chosen: Int32s) -> None:
    """Pay obligations that were judged, each from its debtor to its creditor."""
    for i in range(len(chosen)):
        slot = s.obligations[chosen[i], O_SLOT]
        owe(s, slot, -s.rows[slot, AMOUNT])
        move(s, slot)
        finish(s, slot, SETTLED, 0, CLEARING_HOW)
    for i in range(len(chosen)):
        note_lowest(s, debtor_of(s, s.obligations[chosen[i], O_SLOT]))


@kernel
def novate(s: State, chosen: Int32s) -> None:
    """Let the clearing account step into obligations that were judged: between the parties they are discharged."""
    for i in range(len(chosen)):
        slot = s.obligations[chosen[i], O_SLOT]
        reduce(s, slot, s.rows[slot, AMOUNT])


@kernel
def pay_net(s: State, debtor: int, creditor: int, amount: int, row: int, none: Int64s) -> int:
    """Pay one net position to or from the clearing account as an instruction of its own; return its slot."""
    slot = new_row(s, none, 0, 0, debtor << 32 | creditor, amount, NET_KIND << KIND_SHIFT, row)
    post(s, debtor, creditor, amount)
    note_lowest(s, debtor)
    close_row(s, slot, SETTLED, 0, CLEARING_HOW)
    s.changed[s.g[CHANGED]] = slot
    s.g[CHANGED] += 1
    mark(s, creditor)
    if s.accounts[debtor, FLAGS] & HAS_HOLDING != 0:
        mark_payers_of(s, debtor)
    return slot
