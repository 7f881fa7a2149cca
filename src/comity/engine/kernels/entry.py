"""The entry of payments: identity, checks in documented order, then admission.

Input rows are the words of `comity.engine.columns` PAYMENT (8 int64). The answer
to a row is one word: slot, state, reason and whether the identity was known,
laid out as `comity.engine.columns.RESULT`.
"""

from comity.engine.kernels import lean
from comity.engine.kernels.admission import (
    CUSTOMER_CUTOFF_PHASE,
    INTERBANK_CUTOFF_PHASE,
    PSTL,
    advance,
    currency_runs,
    lack,
)
from comity.engine.kernels.bundles import is_blocked, join, new_bundle, seal
from comity.engine.kernels.hashing import hash_of, insert, make_room, probe, put
from comity.engine.kernels.layout import (
    AMOUNT,
    AMOUNT_MAX,
    BECOMES_ELIGIBLE,
    BUNDLE_COUNT,
    BUNDLE_EXPECTED,
    BUNDLE_LINK_HI,
    BUNDLE_LINK_LO,
    BUNDLE_LINKED,
    BUNDLE_STATE,
    CONTENT,
    CORRIDORS,
    CUR_PHASE,
    CUR_STATE,
    CUR_WAITING,
    CURRENCY_HOLIDAY,
    DATE,
    DATE_FIRST,
    DATE_LAST,
    EARLIEST,
    ENTERED,
    ENTRY,
    EXPIRES,
    FINAL,
    FLAGS,
    GATHERING,
    HELD_BY_HOME,
    HELD_BY_ISSUER,
    HELD_BY_SCREENING,
    HOLD_IN,
    HOLD_IN_ISSUER,
    HOLD_OUT,
    HOLD_OUT_ISSUER,
    HOLDS,
    INTERBANK_BIT,
    IS_CLOSED,
    IS_TECHNICAL,
    KEY_HI,
    KEY_LO,
    KEYS,
    LATEST,
    LINKS,
    MORE,
    NONE,
    NOW,
    OWN_WAITING,
    OWNER,
    PARTIES,
    PARTS,
    PLACE,
    PLACED,
    PRIORITY_SHIFT,
    REASON_SHIFT,
    RING_COUNT,
    ROWS,
    SEQUENCE,
    SERVICE_PAYMENT,
    SERVICES,
    SIDES,
    STATUS,
    TODAY,
    UETR_HI,
    UETR_LO,
    UETRS,
    WAITING,
    WAITING_MAX,
)
from comity.engine.kernels.limits import corridor_index
from comity.engine.kernels.passing import pass_time
from comity.engine.kernels.posting import add_row, mix, note_lowest
from comity.engine.kernels.queueing import list_item
from comity.engine.kernels.release import release
from comity.engine.kernels.settlement import add_waiting, move
from comity.engine.kernels.state import Int64s, State
from comity.engine.kernels.steps import leaf, step
from comity.engine.kernels.timers import set_timer

STLD, RJTD = 16, 17
DATE_OUTSIDE, DUPLICATE, DEBTOR, CREDITOR = 1, 2, 4, 5
NOT_POSITIVE, TOO_LARGE, CURRENCY, CORRIDOR, LATE, INVALID = 7, 8, 9, 10, 11, 13
LOW_32 = 0xFFFFFFFF
SCREEN, BY_SELLER, BY_BUYER = 8, 16, 32
AHEAD = 64
"""Payments whose hash entries are read ahead: 128 lines of the first cache, beside what each needs itself."""


@leaf
def low(word: int) -> int:
    """Return the signed 32-bit number in the low half of a word."""
    return (word << 32) >> 32


@leaf
def answer(slot: int, state: int, reason: int, repeated: int) -> int:
    """Lay out an answer as RESULT."""
    return (slot & LOW_32) | state << 32 | reason << 40 | repeated << 48


@leaf
def answer_of(s: State, slot: int, repeated: int) -> int:
    """Lay out what an instruction has come to as RESULT."""
    status = s.rows[slot, STATUS]
    return answer(slot, status & 0xFF, (status >> REASON_SHIFT) & 0xFF, repeated)


@step
def find_key(s: State, table: int, column: int, high: int, low_word: int, key_hash: int) -> int:
    """Return the slot that has this key (KEYS) or UETR (UETRS), or -1 - the place where it belongs."""
    at = probe(s, table, key_hash, 0)
    while at >= 0:
        slot = at & LOW_32
        if s.ids[slot, column] == high and s.ids[slot, column + 1] == low_word:
            return slot
        at = probe(s, table, key_hash, (at >> 32) + 1)
    return at


@leaf
def find_id(s: State, table: int, column: int, high: int, low_word: int) -> int:
    """Return the slot that has this key (KEYS) or UETR (UETRS), or a negative number."""
    return find_key(s, table, column, high, low_word, hash_of(s, high, low_word))


NEW, OTHER_CONTENT = -1, -2


@lean
def known(s: State, words: Int64s, at: int, content: int, key_hash: int, uetr_hash: int) -> tuple[int, int, int]:
    """Return the slot of the same content, NEW or OTHER_CONTENT; and where a new key and UETR belong, -1 for none.

    From `words[at]` on stand uetr (2) and key (2); zeros mean none.
    """
    uetr, uetr_low, key, key_low = words[at], words[at + 1], words[at + 2], words[at + 3]
    key_place, uetr_place = -1, -1
    if key != 0 or key_low != 0:
        make_room(s, KEYS, key_hash)
        slot = find_key(s, KEYS, KEY_HI, key, key_low, key_hash)
        if slot >= 0:
            same = s.ids[slot, CONTENT] == content and s.ids[slot, UETR_HI] == uetr and s.ids[slot, UETR_LO] == uetr_low
            return slot if same else OTHER_CONTENT, -1, -1
        key_place = -1 - slot
    if uetr != 0 or uetr_low != 0:
        make_room(s, UETRS, uetr_hash)
        slot = find_key(s, UETRS, UETR_HI, uetr, uetr_low, uetr_hash)
        if slot >= 0:
            return OTHER_CONTENT, -1, -1
        uetr_place = -1 - slot
    return NEW, key_place, uetr_place


@lean
def known_answer(s: State, words: Int64s, at: int, content: int) -> int:
    """Return the answer to an identity that is known, the first one's or a refusal; NEW if it is not known.

    From `words[at]` on stand uetr (2) and key (2); zeros mean none.
    """
    key_hash, uetr_hash = hash_of(s, words[at + 2], words[at + 3]), hash_of(s, words[at], words[at + 1])
    slot, _, _ = known(s, words, at, content, key_hash, uetr_hash)
    if slot == NEW:
        return NEW
    return answer_of(s, slot, 1) if slot >= 0 else answer(-1, RJTD, DUPLICATE, 0)


@lean
def insert_ids(s: State, slot: int) -> None:
    """Let an instruction be found by its key and UETR."""
    row = s.ids[slot]
    if row[KEY_HI] != 0 or row[KEY_LO] != 0:
        insert(s, KEYS, hash_of(s, row[KEY_HI], row[KEY_LO]), slot)
    if row[UETR_HI] != 0 or row[UETR_LO] != 0:
        insert(s, UETRS, hash_of(s, row[UETR_HI], row[UETR_LO]), slot)


@lean
def new_row(s: State, words: Int64s, at: int, content: int, parties: int, amount: int, status: int, row: int) -> int:
    """Write a fresh instruction, with the identities from `words[at]` on, without a state; return its slot.

    It is not found by its identities yet.
    """
    slot = s.g[ROWS]
    s.g[ROWS] += 1
    s.ids[slot, UETR_HI], s.ids[slot, UETR_LO] = words[at], words[at + 1]
    s.ids[slot, KEY_HI], s.ids[slot, KEY_LO], s.ids[slot, CONTENT] = words[at + 2], words[at + 3], content
    target = s.rows[slot]
    target[AMOUNT], target[PARTIES], target[STATUS] = amount, parties, status
    target[ENTRY], target[ENTERED], target[FINAL] = s.g[SEQUENCE] << 32 | row, s.g[NOW], 0
    target[MORE], target[PLACED] = 0, NONE
    return slot


@leaf
def close_row(s: State, slot: int, state: int, reason: int, how: int) -> None:
    """Give a fresh instruction a final state at once."""
    row = s.rows[slot]
    row[STATUS] |= state | reason << REASON_SHIFT | how << 16
    row[FINAL] = s.g[NOW]
    row[MORE] |= s.g[SEQUENCE] << 32
    add_row(s, slot, 1)


@leaf
def check_account(s: State, account: int, reason: int) -> int:
    """Return 0 or why an account cannot be a party."""
    if account < 0 or s.accounts[account, FLAGS] & (IS_TECHNICAL | IS_CLOSED):
        return reason
    return 0


@leaf
def has_room(s: State, account: int, amount: int, of_all: int, of_own: int, most: int) -> bool:
    """Return whether an account may add an amount to a sum of its currency that is `most` at most.

    Its own part is seven eighths of what the others leave at most, so nobody takes all of it, however much they
    enter; and the largest amount there is fits beside another.
    """
    own = s.burdens[account, of_own]
    others = s.currencies[s.accounts[account, OWNER] & 0xFFFFF, of_all] - own
    left = most - others
    return amount <= left - (left >> 3) - own


@leaf
def check_amount(s: State, amount: int, account: int) -> int:
    """Return 0 or why an amount is refused that an account is to pay."""
    if amount <= 0:
        return NOT_POSITIVE
    if amount > AMOUNT_MAX or not has_room(s, account, amount, CUR_WAITING, OWN_WAITING, WAITING_MAX):
        return TOO_LARGE
    return 0


@step
def check_leg(s: State, debtor: int, creditor: int, amount: int, service: int, date: int) -> int:
    """Return 0 or why one movement of money is refused: account, amount, currency, corridor."""
    reason = check_account(s, debtor, DEBTOR)
    if reason == 0:
        reason = check_account(s, creditor, CREDITOR)
    if reason == 0 and debtor == creditor:
        reason = CREDITOR
    if reason != 0:
        return reason
    currency = s.accounts[debtor, OWNER] & 0xFFFFF
    reason = check_amount(s, amount, debtor)
    if reason != 0:
        return reason
    if currency != s.accounts[creditor, OWNER] & 0xFFFFF:
        return CURRENCY
    state = s.currencies[currency, CUR_STATE]
    if state & ~CURRENCY_HOLIDAY or (state & CURRENCY_HOLIDAY and date == s.g[TODAY]):
        return CURRENCY
    if s.g[CORRIDORS] != 0 and s.corridors[corridor_index(s, debtor, creditor), SERVICES] & service == 0:
        return CORRIDOR
    return 0


@step
def is_late(s: State, currency: int, interbank: bool, date: int, latest: int) -> bool:
    """Return whether an instruction comes at or after its latest instant or its cut-off."""
    if date < s.g[TODAY] or (latest != 0 and latest <= s.g[NOW]):
        return True
    cutoff = INTERBANK_CUTOFF_PHASE if interbank else CUSTOMER_CUTOFF_PHASE
    return date == s.g[TODAY] and s.currencies[currency, CUR_PHASE] >= cutoff


@step
def find_link(s: State, high: int, low_word: int) -> int:
    """Return the linked set of this name, or -1."""
    key_hash = hash_of(s, high, low_word)
    at = probe(s, LINKS, key_hash, 0)
    while at >= 0:
        bundle = at & LOW_32
        if s.bundles[bundle, BUNDLE_LINK_HI] == high and s.bundles[bundle, BUNDLE_LINK_LO] == low_word:
            return bundle
        at = probe(s, LINKS, key_hash, (at >> 32) + 1)
    return -1


@lean
def check_link(s: State, sides: Int64s, at: int) -> int:
    """Return 0 or why an instruction cannot join its linked set: size, or the set is full or over."""
    size = sides[at + 4] >> 32
    if sides[at] == 0 and sides[at + 1] == 0:
        return 0
    if size < 2 or size > 64:
        return INVALID
    bundle = find_link(s, sides[at], sides[at + 1])
    if bundle < 0:
        return 0
    row = s.bundles[bundle]
    fits = row[BUNDLE_EXPECTED] == size and row[BUNDLE_COUNT] < size and row[BUNDLE_STATE] == GATHERING
    return 0 if fits else INVALID


@step
def holds_of(s: State, debtor: int, creditor: int) -> int:
    """Return the holds that suspensions put on an item between two accounts."""
    out, into = s.accounts[debtor, FLAGS], s.accounts[creditor, FLAGS]
    holds = 0
    if out & HOLD_OUT or into & HOLD_IN:
        holds |= HELD_BY_HOME
    if out & HOLD_OUT_ISSUER or into & HOLD_IN_ISSUER:
        holds |= HELD_BY_ISSUER
    return holds


@lean
def add_side(s: State, slot: int, sides: Int64s, at: int, flags: int) -> int:
    """Give an instruction a side row, its holds and its timers; return the row's index."""
    index = s.g[SIDES]
    s.g[SIDES] += 1
    row = s.sides[index]
    row[:] = 0
    s.rows[slot, MORE] |= index + 1
    row[EARLIEST], row[LATEST], row[DATE] = sides[at + 2], sides[at + 3], low(sides[at + 4])
    debtor, creditor = s.rows[slot, PARTIES] >> 32, s.rows[slot, PARTIES] & LOW_32
    if flags & SCREEN:
        row[HOLDS] |= HELD_BY_SCREENING
    row[HOLDS] |= holds_of(s, debtor, creditor)
    if row[EARLIEST] > s.g[NOW]:
        set_timer(s, row[EARLIEST], BECOMES_ELIGIBLE, slot)
    if row[LATEST] != 0:
        set_timer(s, row[LATEST], EXPIRES, slot)
    return index


@step
def start_waiting(s: State, slot: int) -> None:
    """Begin to keep an accepted instruction that is not settled yet."""
    s.waits[slot, PLACE] = slot << 20
    s.rows[slot, STATUS] |= PSTL
    add_row(s, slot, 1)
    add_waiting(s, slot, 1)
    list_item(s, slot)


@lean
def join_link(s: State, slot: int, sides: Int64s, at: int) -> None:
    """Put a payment into its linked set, opening it if it is the first."""
    bundle = find_link(s, sides[at], sides[at + 1])
    if bundle < 0:
        bundle = new_bundle(s, BUNDLE_LINKED, sides[at + 4] >> 32, sides[at], sides[at + 1])
        insert(s, LINKS, hash_of(s, sides[at], sides[at + 1]), bundle)
    join(s, bundle, slot)
    if s.bundles[bundle, BUNDLE_COUNT] == s.bundles[bundle, BUNDLE_EXPECTED]:
        seal(s, bundle, slot << 20)


@lean
def enter_payment(s: State, row: int, words: Int64s, at: int, sides: Int64s, side_at: int) -> int:
    """Enter the payment at `words[at]`, with its side at `sides[side_at]`, zeros if none; return the answer.

    Whether screening holds it is none of its content: sent again after the lists have changed, it is the same payment.
    """
    date = low(sides[side_at + 4])
    if date == 0:
        date = s.g[TODAY]
    if date < s.g[DATE_FIRST] or date > s.g[DATE_LAST]:
        return answer(-1, RJTD, DATE_OUTSIDE, 0)
    amount, flags = words[at + 4], words[at + 6] >> 32
    content = mix(amount) + mix(words[at + 5] + mix(flags & ~SCREEN))
    if side_at != 0:
        for j in range(5):
            content = mix(content) + sides[side_at + j]
    key_hash, uetr_hash = hash_of(s, words[at + 2], words[at + 3]), hash_of(s, words[at], words[at + 1])
    slot, key_place, uetr_place = known(s, words, at, content, key_hash, uetr_hash)
    if slot >= 0:
        return answer_of(s, slot, 1)
    if slot == OTHER_CONTENT:
        return answer(-1, RJTD, DUPLICATE, 0)
    debtor, creditor = low(words[at + 5]), words[at + 5] >> 32
    interbank = flags & 4 != 0
    status = (flags & 3) << PRIORITY_SHIFT | (INTERBANK_BIT if interbank else 0)
    slot = new_row(s, words, at, content, max(debtor, 0) << 32 | max(creditor, 0), amount, status, row)
    if key_place >= 0:
        put(s, KEYS, key_hash, key_place, slot)
    if uetr_place >= 0:
        put(s, UETRS, uetr_hash, uetr_place, slot)
    reason = check_leg(s, debtor, creditor, amount, SERVICE_PAYMENT, date)
    if reason == 0 and is_late(s, s.accounts[debtor, OWNER] & 0xFFFFF, interbank, date, sides[side_at + 3]):
        reason = LATE
    if reason == 0 and side_at != 0:
        reason = check_link(s, sides, side_at)
    if reason != 0:
        close_row(s, slot, RJTD, reason, 0)
        return answer(slot, RJTD, reason, 0)
    admit_payment(s, slot, sides, side_at, flags)
    return answer_of(s, slot, 0)


@lean
def admit_payment(s: State, slot: int, sides: Int64s, side_at: int, flags: int) -> None:
    """Settle a checked payment at once if nothing is special about it, else take the long way."""
    debtor, creditor = s.rows[slot, PARTIES] >> 32, s.rows[slot, PARTIES] & LOW_32
    plain = side_at == 0 and flags & SCREEN == 0 and holds_of(s, debtor, creditor) == 0
    if plain and currency_runs(s, s.accounts[debtor, OWNER] & 0xFFFFF) and lack(s, slot) == 0:
        if s.accounts[debtor, WAITING] == 0 or not is_blocked(s, debtor, flags & 3, slot << 20):
            move(s, slot)
            note_lowest(s, debtor)
            close_row(s, slot, STLD, 0, 1)
            if s.g[RING_COUNT] > 0:
                release(s)
            return
    if not plain:
        add_side(s, slot, sides, side_at, flags)
    start_waiting(s, slot)
    if sides[side_at] != 0 or sides[side_at + 1] != 0:
        join_link(s, slot, sides, side_at)
    advance(s, slot)
    release(s)


@lean
def touch_ids(s: State, words: Int64s, first: int, last: int) -> int:
    """Read the hash entries that rows `first` to `last` will need, so that their cache misses overlap."""
    total = 0
    for at in range(8 * first, 8 * last, 8):
        for j in range(2):
            key_hash = hash_of(s, words[at + 2 * j], words[at + 2 * j + 1])
            part = (KEYS if j == 1 else UETRS) * PARTS + (key_hash & (PARTS - 1))
            mask = s.directory[part, 1] - 1
            total ^= s.heap[s.directory[part, 0] + ((key_hash >> 8) & 0x7FFFFFFF & mask)]
    return total


@lean
def examine_payments(words: Int64s, accounts: int, sides: int) -> int:
    """Return how many payments get a side row, or -1 if a row names what is not there or offsets fall."""
    special, before = 0, 0
    for at in range(0, len(words), 8):
        parties, offset, side = words[at + 5], low(words[at + 6]), words[at + 7] >> 32
        if low(parties) < -1 or low(parties) >= accounts or parties >> 32 < -1 or parties >> 32 >= accounts:
            return -1
        if side < -1 or side >= sides or offset < before or (words[at + 6] >> 32) & 3 == 3:
            return -1
        before = offset
        if side >= 0 or (words[at + 6] >> 32) & SCREEN != 0:
            special += 1
    return special


@lean
def enter_payments(s: State, instant: int, first: int, last: int, words: Int64s, sides: Int64s, answers: Int64s) -> int:
    """Enter the payments `first` to `last` - 1 of a batch; `words` (8n,), `sides` (5m + 5,) after five zeros.

    `answers` (n,) is written.

    Returns a number without meaning, so that reading ahead is not optimised away.
    """
    total = 0
    for i in range(first, last):
        if (i - first) % AHEAD == 0:
            total ^= touch_ids(s, words, i, min(i + AHEAD, last))
        now = instant + low(words[8 * i + 6])
        if now > s.g[NOW] or i == first:
            pass_time(s, now, True)
        answers[i] = enter_payment(s, i, words, 8 * i, sides, 5 * ((words[8 * i + 7] >> 32) + 1))
    return total
