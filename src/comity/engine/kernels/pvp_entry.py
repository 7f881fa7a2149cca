"""The entry of PvP: once if both sides signed, else matched with its counterpart.

Input rows are the words of `comity.engine.columns` PVP (12 int64); answers are
as for payments. An entry of one side waits under its terms (accounts, amounts,
date) until the other side enters the same; oldest first, and a reference must
agree where both give one. Matched legs are one irrevocable bundle.
"""

from comity.engine.kernels import lean
from comity.engine.kernels.admission import (
    advance,
)
from comity.engine.kernels.bundles import join, new_bundle, seal
from comity.engine.kernels.entry import (
    BY_BUYER,
    BY_SELLER,
    CREDITOR,
    CURRENCY,
    DATE_OUTSIDE,
    LATE,
    LOW_32,
    NEW,
    RJTD,
    SCREEN,
    add_side,
    answer,
    answer_of,
    check_leg,
    close_row,
    insert_ids,
    is_late,
    known_answer,
    low,
    new_row,
    start_waiting,
)
from comity.engine.kernels.hashing import hash_of, insert, probe
from comity.engine.kernels.layout import (
    BUNDLE,
    BUNDLE_PVP,
    BUYER_BIT,
    COUNTER_AMOUNT,
    COUNTER_PAYER,
    DATE_FIRST,
    DATE_LAST,
    INTERBANK_BIT,
    KIND_SHIFT,
    NEXT_TRADE,
    NOW,
    OWNER,
    PRIORITY_SHIFT,
    REFERENCE_HI,
    REFERENCE_LO,
    SERVICE_PVP,
    STATUS,
    T_BUY,
    T_BUYER_PAYS,
    T_DATE,
    T_HEAD_BUYER,
    T_HEAD_SELLER,
    T_SELL,
    T_SELLER_PAYS,
    T_TAIL_SELLER,
    TODAY,
    TRADE,
    TRADE_KEYS,
    TRADES,
    ZERO_WORDS,
)
from comity.engine.kernels.passing import pass_time
from comity.engine.kernels.posting import mix
from comity.engine.kernels.release import release
from comity.engine.kernels.settlement import side_of
from comity.engine.kernels.state import Int64s, State
from comity.engine.kernels.steps import leaf, step


@lean
def examine_pvps(words: Int64s, accounts: int, sides: int) -> int:
    """Return how many PvP entries there are, or -1 if a row names what is not there or offsets fall."""
    before = 0
    for at in range(0, len(words), 12):
        for pair in (words[at + 8], words[at + 9]):
            if low(pair) < -1 or low(pair) >= accounts or pair >> 32 < -1 or pair >> 32 >= accounts:
                return -1
        offset, side = low(words[at + 10]), words[at + 11] >> 32
        flags = words[at + 10] >> 32
        if side < -1 or side >= sides or offset < before or flags & 3 == 3 or flags & (BY_SELLER | BY_BUYER) == 0:
            return -1
        before = offset
    return len(words) // 12


@leaf
def trade_hash(s: State, sell: int, buy: int, seller: int, buyer: int, date: int) -> int:
    """Hash the terms of a PvP; `seller` and `buyer` pack the accounts that pay and get in each currency."""
    return hash_of(s, mix(sell + mix(buy + mix(seller + mix(buyer + mix(date))))), date)


@lean
def find_trade(s: State, words: Int64s, date: int) -> int:
    """Return the row of terms that a PvP entry waits under, making it if needed."""
    key_hash = trade_hash(s, words[6], words[7], words[8], words[9], date)
    at = probe(s, TRADE_KEYS, key_hash, 0)
    while at >= 0:
        index = at & LOW_32
        row = s.trades[index]
        same = row[T_SELL] == words[6] and row[T_BUY] == words[7] and row[T_DATE] == date
        if same and row[T_SELLER_PAYS] == words[8] and row[T_BUYER_PAYS] == words[9]:
            return index
        at = probe(s, TRADE_KEYS, key_hash, (at >> 32) + 1)
    index = s.g[TRADES]
    s.g[TRADES] += 1
    row = s.trades[index]
    row[:] = 0
    row[T_SELL], row[T_BUY], row[T_DATE] = words[6], words[7], date
    row[T_SELLER_PAYS], row[T_BUYER_PAYS] = words[8], words[9]
    insert(s, TRADE_KEYS, key_hash, index)
    return index


@lean
def take_counterpart(s: State, trade: int, head: int, reference: Int64s) -> int:
    """Take the oldest unmatched entry of the other side whose reference does not differ; -1 if none.

    Entries that no longer wait are dropped on the way.
    """
    tail = head + T_TAIL_SELLER - T_HEAD_SELLER
    before, slot = -1, s.trades[trade, head] - 1
    while slot >= 0:
        side = side_of(s, slot)
        row = s.sides[side]
        after = row[NEXT_TRADE]
        waits = 0 < s.rows[slot, STATUS] & 0xFF < 16 and row[BUNDLE] == 0
        either_silent = (row[REFERENCE_HI] == 0 and row[REFERENCE_LO] == 0) or (reference[0] == 0 and reference[1] == 0)
        fits = either_silent or (row[REFERENCE_HI] == reference[0] and row[REFERENCE_LO] == reference[1])
        if not waits or fits:
            if before < 0:
                s.trades[trade, head] = after
            else:
                s.sides[side_of(s, before), NEXT_TRADE] = after
            if after == 0:
                s.trades[trade, tail] = before + 1
            if waits:
                return slot
        else:
            before = slot
        slot = after - 1
    return -1


@step
def wait_for_counterpart(s: State, slot: int, trade: int, head: int) -> None:
    """Append an unmatched entry to its side of the terms."""
    side = side_of(s, slot)
    s.sides[side, TRADE], s.sides[side, NEXT_TRADE] = trade + 1, 0
    tail = head + T_TAIL_SELLER - T_HEAD_SELLER
    last = s.trades[trade, tail] - 1
    if last < 0:
        s.trades[trade, head] = slot + 1
    else:
        s.sides[side_of(s, last), NEXT_TRADE] = slot + 1
    s.trades[trade, tail] = slot + 1


@leaf
def owner_of(s: State, account: int) -> int:
    """Return the participant whose account it is."""
    return s.accounts[account, OWNER] >> 40


@lean
def check_pvp(s: State, words: Int64s, side: Int64s, date: int) -> int:
    """Return 0 or why a PvP is refused: of both legs' reasons the one that takes precedence.

    What one side pays in one currency it gets in the other: two participants, not four.
    """
    reason = check_leg(s, low(words[8]), words[8] >> 32, words[6], SERVICE_PVP, date)
    other = check_leg(s, low(words[9]), words[9] >> 32, words[7], SERVICE_PVP, date)
    if reason != 0 or other != 0:
        return min(reason if reason != 0 else other, other if other != 0 else reason)
    sold = s.accounts[low(words[8]), OWNER] & 0xFFFFF
    bought = s.accounts[low(words[9]), OWNER] & 0xFFFFF
    if sold == bought:
        return CURRENCY
    if owner_of(s, low(words[8])) != owner_of(s, words[9] >> 32) or owner_of(s, low(words[9])) != owner_of(
        s, words[8] >> 32
    ):
        return CREDITOR
    if is_late(s, sold, True, date, side[3]) or is_late(s, bought, True, date, side[3]):
        return LATE
    return 0


@lean
def new_leg(s: State, row: int, words: Int64s, side: Int64s, content: int, buyer: bool, with_id: bool) -> int:
    """Write one leg of a PvP with its side row; return its slot. It does not wait yet."""
    flags = words[10] >> 32
    pays = words[9] if buyer else words[8]
    status = 1 << KIND_SHIFT | (flags & 3) << PRIORITY_SHIFT | INTERBANK_BIT | (BUYER_BIT if buyer else 0)
    parties = max(low(pays), 0) << 32 | max(pays >> 32, 0)
    amount = words[7] if buyer else words[6]
    if with_id:
        slot = new_row(s, words, 0, content, parties, amount, status, row)
        insert_ids(s, slot)
    else:
        slot = new_row(s, s.g, ZERO_WORDS, content, parties, amount, status, row)
    index = add_side(s, slot, side, 0, flags)
    s.sides[index, REFERENCE_HI], s.sides[index, REFERENCE_LO] = words[4], words[5]
    s.sides[index, COUNTER_AMOUNT] = words[6] if buyer else words[7]
    s.sides[index, COUNTER_PAYER] = max(low(words[8] if buyer else words[9]), -1) + 1
    return slot


@step
def bind(s: State, first: int, second: int) -> None:
    """Two legs become one irrevocable PvP and go as far as they can."""
    bundle = new_bundle(s, BUNDLE_PVP, 2, 0, 0)
    join(s, bundle, first)
    join(s, bundle, second)
    seal(s, bundle, max(first, second) << 20)
    advance(s, first)
    advance(s, second)


@lean
def enter_pvp(s: State, row: int, words: Int64s, side: Int64s, content: int) -> int:
    """Enter one PvP: once if both signed (two legs at once), else matched with its counterpart."""
    date = low(side[4]) if low(side[4]) != 0 else s.g[TODAY]
    if date < s.g[DATE_FIRST] or date > s.g[DATE_LAST]:
        return answer(-1, RJTD, DATE_OUTSIDE, 0)
    earlier = known_answer(s, words, 0, content)
    if earlier != NEW:
        return earlier
    by = (words[10] >> 32) & (BY_SELLER | BY_BUYER)
    buyer = by == BY_BUYER
    reason = check_pvp(s, words, side, date)
    slot = new_leg(s, row, words, side, content, buyer, True)
    if reason != 0:
        close_row(s, slot, RJTD, reason, 0)
        return answer(slot, RJTD, reason, 0)
    if by == BY_SELLER | BY_BUYER:
        start_waiting(s, slot)
        other = new_leg(s, row, words, side, content, True, False)
        start_waiting(s, other)
        bind(s, slot, other)
    else:
        start_waiting(s, slot)
        trade = find_trade(s, words, date)
        other = take_counterpart(s, trade, T_HEAD_SELLER if buyer else T_HEAD_BUYER, words[4:6])
        if other >= 0:
            bind(s, other, slot)
        else:
            wait_for_counterpart(s, slot, trade, T_HEAD_BUYER if buyer else T_HEAD_SELLER)
            advance(s, slot)
    release(s)
    return answer_of(s, slot, 0)


@lean
def enter_pvps(s: State, instant: int, first: int, last: int, words: Int64s, sides: Int64s, answers: Int64s) -> None:
    """Enter the PvP entries `first` to `last` - 1 of a batch.

    `words` (12n,), `sides` (5m + 5,) after five zeros, `answers` (n,) is written.
    """
    for i in range(first, last):
        row = words[12 * i : 12 * i + 12]
        now = instant + low(row[10])
        if now > s.g[NOW] or i == first:
            pass_time(s, now, True)
        at = (row[11] >> 32) + 1
        side = sides[5 * at : 5 * at + 5]
        content = mix(row[4]) + row[5]
        for j in range(6, 10):
            content = mix(content) + row[j]
        content = mix(content) + (row[10] >> 32 & ~SCREEN)
        for j in range(5):
            content = mix(content) + side[j]
        answers[i] = enter_pvp(s, i, row, side, content)
