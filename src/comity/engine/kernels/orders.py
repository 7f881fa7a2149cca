"""Conversion orders: entry, what they block, and what an auction does to them.

An order is an instruction of its own kind that never queues. Its row's amount is
what it may still sell, its parties the account that pays and the account that
gets; the table of orders (`comity.engine.kernels.layout` R_*) keeps the rest. While it
stands, what it may sell is blocked on the account that pays; while it stands in the
book of an auction it can neither be cancelled nor changed.

What an auction converts is posted over the conversion accounts, each movement an
instruction of its own, so an order's row never stands for money that has moved.

An order may name a payee: then it is a cross-currency payment, which fills as a whole or not at all, and what it
buys goes to the payee at once.

Input rows are the words of `comity.engine.columns` ORDER (13 int64).
"""

import numpy as np

from comity.engine.kernels import kernel, lean
from comity.engine.kernels.admission import PSTL, currency_runs
from comity.engine.kernels.bundles import is_blocked
from comity.engine.kernels.entry import (
    CORRIDOR,
    CREDITOR,
    CURRENCY,
    DATE_OUTSIDE,
    DEBTOR,
    INVALID,
    LATE,
    NEW,
    RJTD,
    SCREEN,
    TOO_LARGE,
    answer_of,
    check_account,
    check_amount,
    close_row,
    insert_ids,
    known_answer,
    low,
    new_row,
)
from comity.engine.kernels.exact import at_most, quotient
from comity.engine.kernels.layout import (
    AMOUNT,
    BLOCKED,
    BOUGHT_WORD,
    CHANGED,
    CORRIDORS,
    CUR_ISSUER,
    CUR_ORDERED,
    CUR_STATE,
    CURRENCIES,
    DATE_LAST,
    FLAGS,
    HAS_HOLDING,
    HELD_BY_SCREENING,
    KIND_SHIFT,
    LOT_MINOR,
    MEMBERS,
    NOW,
    ORDERED_MAX,
    ORDERS,
    OWNER,
    PARTIES,
    R_BLOCKED,
    R_BOOK,
    R_BOUGHT,
    R_DENOMINATOR,
    R_ENTERED,
    R_HOLDS,
    R_LEAST,
    R_NUMERATOR,
    R_PAYEE,
    R_SLOT,
    R_TARGET,
    R_UNTIL,
    RATIO_MAX,
    SERVICE_CONVERSION,
    SERVICE_PAYMENT,
    SERVICES,
    STATUS,
    TICK_DENOMINATOR,
    TICK_NUMERATOR,
    TODAY,
)
from comity.engine.kernels.limits import available
from comity.engine.kernels.passing import pass_time
from comity.engine.kernels.posting import account_for, add_row, finish, mix, note_lowest, post, set_account
from comity.engine.kernels.settlement import SETTLED, mark, mark_payers_of
from comity.engine.kernels.state import Int32s, Int64s, State
from comity.engine.kernels.steps import leaf, step

ORDER_KIND = 5
CONVERSION_KIND = 6
AUCTION_HOW = 5
SSPD, CAND = 6, 18
CLOSED, FUNDS, EXPIRED, LOT, TICK = 3, 16, 24, 25, 26
WORDS = 13


@lean
def enter_order(s: State, row: int, words: Int64s, at: int) -> int:
    """Enter the order at `words[at]`; return the answer."""
    amount, parties, until = words[at + 4], words[at + 5], words[at + 7] >> 32
    content = mix(amount) + mix(parties + mix(until))
    for i in range(8, WORDS):
        content = mix(content) + words[at + i]
    earlier = known_answer(s, words, at, content)
    if earlier != NEW:
        return earlier
    pays, gets = low(parties), parties >> 32
    slot = new_row(s, words, at, content, max(pays, 0) << 32 | max(gets, 0), amount, ORDER_KIND << KIND_SHIFT, row)
    insert_ids(s, slot)
    payee, target = low(words[at + 11]), words[at + 12]
    reason = check_parties(s, pays, gets, payee)
    if reason == 0:
        reason = check_terms(s, pays, amount, until, words[at + 8], words[at + 9], words[at + 10])
    if reason == 0 and (payee != 0 or target != 0):
        least = quotient(amount, words[at + 8], words[at + 9])
        whole = words[at + 10] == amount and until == 0 and payee != 0
        reason = 0 if whole and 0 <= target <= least else INVALID
    screened = (words[at + 6] >> 32) & SCREEN != 0
    if reason == 0 and not screened and not can_block(s, pays, amount):
        reason = FUNDS
    if reason == 0:
        reason = check_multiples(s, pays, gets, amount, words[at + 8], words[at + 9], words[at + 10])
    if reason != 0:
        close_row(s, slot, RJTD, reason, 0)
        return answer_of(s, slot, 0)
    index = s.g[ORDERS]
    s.g[ORDERS] += 1
    entry = s.orders[index]
    entry[:] = 0
    entry[R_SLOT], entry[R_ENTERED], entry[R_UNTIL] = slot, amount, until
    entry[R_NUMERATOR], entry[R_DENOMINATOR], entry[R_LEAST] = words[at + 8], words[at + 9], words[at + 10]
    entry[R_PAYEE], entry[R_TARGET] = payee, target
    offer(s, pays, amount)
    if screened:
        entry[R_HOLDS] = HELD_BY_SCREENING
    else:
        block(s, index, amount)
    s.rows[slot, STATUS] |= SSPD if screened else PSTL
    add_row(s, slot, 1)
    return answer_of(s, slot, 0)


@lean
def enter_orders(s: State, instant: int, first: int, last: int, words: Int64s, answers: Int64s) -> None:
    """Enter the orders `first` to `last` - 1 of a batch; `words` (13n,), `answers` (n,) is written."""
    for i in range(first, last):
        now = instant + low(words[WORDS * i + 6])
        if now > s.g[NOW] or i == first:
            pass_time(s, now, True)
        answers[i] = enter_order(s, i, words, WORDS * i)


@lean
def examine_orders(words: Int64s, accounts: int) -> int:
    """Return how many rows there are, or -1 if one names what is not there, or offsets fall."""
    before = 0
    for at in range(0, len(words), WORDS):
        parties, offset = words[at + 5], low(words[at + 6])
        if low(parties) < -1 or low(parties) >= accounts or parties >> 32 < -1 or parties >> 32 >= accounts:
            return -1
        if low(words[at + 11]) < -1 or low(words[at + 11]) > accounts:
            return -1
        if offset < before:
            return -1
        before = offset
    return len(words) // WORDS


@step
def check_parties(s: State, pays: int, gets: int, payee: int) -> int:
    """Return 0 or why an order between these accounts is refused: day, accounts, currencies, corridors."""
    if pays < 0:
        return DEBTOR
    if gets < 0 or payee < 0:
        return CREDITOR
    sell, buy = s.accounts[pays, OWNER] & 0xFFFFF, s.accounts[gets, OWNER] & 0xFFFFF
    if s.currencies[sell, CUR_STATE] | s.currencies[buy, CUR_STATE]:
        return CURRENCY
    if not currency_runs(s, sell) or not currency_runs(s, buy):
        return CLOSED
    reason = check_account(s, pays, DEBTOR)
    if reason == 0:
        reason = check_account(s, gets, CREDITOR)
    if reason == 0 and s.accounts[pays, OWNER] >> 40 != s.accounts[gets, OWNER] >> 40 and gets != payee - 1:
        reason = CREDITOR
    if reason == 0 and payee > 0:
        reason = check_payee(s, pays, buy, payee - 1)
    if reason == 0 and sell == buy:
        reason = CURRENCY
    if reason == 0 and not may_convert(s, pays, gets):
        reason = CORRIDOR
    return reason


@step
def check_payee(s: State, pays: int, buy: int, payee: int) -> int:
    """Return 0 or why an order cannot pay this account in the currency that it buys."""
    reason = check_account(s, payee, CREDITOR)
    owner, other = s.accounts[pays, OWNER], s.accounts[payee, OWNER]
    if reason == 0 and owner >> 40 == other >> 40:
        reason = CREDITOR
    if reason == 0 and other & 0xFFFFF != buy:
        reason = CURRENCY
    if reason == 0 and not may_pay(s, pays, payee):
        reason = CORRIDOR
    return reason


@step
def may_pay(s: State, pays: int, payee: int) -> bool:
    """Return whether payments are open from the home of an order's owner to its payee's, in the payee's currency."""
    if s.g[CORRIDORS] == 0:
        return True
    home, owner = s.accounts[pays, OWNER] >> 20 & 0xFFFFF, s.accounts[payee, OWNER]
    index = s.corridor_of[(home * s.g[MEMBERS] + (owner >> 20 & 0xFFFFF)) * s.g[CURRENCIES] + (owner & 0xFFFFF)]
    return s.corridors[index, SERVICES] & SERVICE_PAYMENT != 0


@step
def check_terms(s: State, pays: int, amount: int, until: int, numerator: int, denominator: int, least: int) -> int:
    """Return 0 or why an order of these terms is refused: amount, sum of the currency, limit, date."""
    sell = s.accounts[pays, OWNER] & 0xFFFFF
    reason = check_amount(s, amount, pays)
    if reason == 0 and s.currencies[sell, CUR_ORDERED] > ORDERED_MAX - amount:
        reason = TOO_LARGE
    if reason == 0 and until != 0:
        if until < s.g[TODAY]:
            return LATE
        if until > s.g[DATE_LAST]:
            return DATE_OUTSIDE
    is_ratio = 1 <= numerator <= RATIO_MAX and 1 <= denominator <= RATIO_MAX
    if reason == 0 and not (is_ratio and 0 <= least <= amount):
        reason = INVALID
    return reason


@step
def check_multiples(s: State, pays: int, gets: int, amount: int, numerator: int, denominator: int, least: int) -> int:
    """Return 0, or whether its amounts miss the lot of an order's pair or its limit the tick.

    In lowest terms n / d is a multiple of p / q exactly if p divides n and d divides q, for neither shares a factor
    with the other number of its own ratio. So nothing is multiplied.
    """
    pair = (s.accounts[pays, OWNER] & 0xFFFFF) * len(s.currencies) + (s.accounts[gets, OWNER] & 0xFFFFF)
    lot, tick = s.lots[pair, LOT_MINOR], s.lots[pair, TICK_NUMERATOR]
    if lot != 0 and (amount % lot != 0 or least % lot != 0):
        return LOT
    if tick == 0:
        return 0
    common, rest = numerator, denominator
    while rest != 0:
        common, rest = rest, common % rest
    fits = (numerator // common) % tick == 0 and s.lots[pair, TICK_DENOMINATOR] % (denominator // common) == 0
    return 0 if fits else TICK


@leaf
def can_block(s: State, pays: int, amount: int) -> bool:
    """Return whether an account can set an amount aside for an order: it has it, and nothing urgent or high waits."""
    return available(s, pays, 2) >= amount and not is_blocked(s, pays, 1, 1 << 62)


@step
def may_convert(s: State, pays: int, gets: int) -> bool:
    """Return whether conversion is open: between the owner's member and both issuers, and between these two."""
    if s.g[CORRIDORS] == 0:
        return True
    sell, buy = s.accounts[pays, OWNER] & 0xFFFFF, s.accounts[gets, OWNER] & 0xFFFFF
    home = (s.accounts[pays, OWNER] >> 20) & 0xFFFFF
    seller, buyer = issuer_member(s, sell), issuer_member(s, buy)
    return (
        converts(s, home, seller, sell)
        and converts(s, home, buyer, buy)
        and converts(s, seller, buyer, sell)
        and converts(s, seller, buyer, buy)
    )


@leaf
def converts(s: State, a: int, b: int, currency: int) -> bool:
    """Return whether conversion of a currency is open between two members."""
    index = s.corridor_of[(a * s.g[MEMBERS] + b) * s.g[CURRENCIES] + currency]
    return s.corridors[index, SERVICES] & SERVICE_CONVERSION != 0


@leaf
def issuer_member(s: State, currency: int) -> int:
    """Return the member that issues a currency."""
    return s.currencies[currency, CUR_ISSUER]


@leaf
def offer(s: State, pays: int, change: int) -> None:
    """Keep the sum of what orders may still sell of a currency, which bounds every sum of an auction."""
    s.currencies[s.accounts[pays, OWNER] & 0xFFFFF, CUR_ORDERED] += change


@step
def block(s: State, index: int, amount: int) -> None:
    """Set money aside for an order, or give it back (below 0); the caller releases what that frees."""
    pays = s.rows[s.orders[index, R_SLOT], PARTIES] >> 32
    s.orders[index, R_BLOCKED] += amount
    set_account(s, pays, BLOCKED, s.accounts[pays, BLOCKED] + amount)
    if amount < 0:
        mark(s, pays)


@step
def lower(s: State, index: int, amount: int) -> None:
    """Let an order sell so much less."""
    slot = s.orders[index, R_SLOT]
    add_row(s, slot, -1)
    s.rows[slot, AMOUNT] -= amount
    add_row(s, slot, 1)
    offer(s, s.rows[slot, PARTIES] >> 32, -amount)


@step
def end_order(s: State, index: int, state: int, reason: int) -> None:
    """Cancel, reject or let expire what is left of an order, and free what it blocks."""
    slot = s.orders[index, R_SLOT]
    offer(s, s.rows[slot, PARTIES] >> 32, -s.rows[slot, AMOUNT])
    block(s, index, -s.orders[index, R_BLOCKED])
    finish(s, slot, state, reason, AUCTION_HOW if s.orders[index, R_BOUGHT] > 0 else 0)


@step
def block_again(s: State) -> None:
    """Set money aside for the orders that have none, in order of entry, where their currencies are open."""
    for index in range(s.g[ORDERS]):
        slot = s.orders[index, R_SLOT]
        if s.rows[slot, STATUS] & 0xFF != PSTL or s.orders[index, R_BLOCKED] != 0:
            continue
        pays, gets = s.rows[slot, PARTIES] >> 32, s.rows[slot, PARTIES] & 0xFFFFFFFF
        open_now = currency_runs(s, s.accounts[pays, OWNER] & 0xFFFFF) and currency_runs(
            s, s.accounts[gets, OWNER] & 0xFFFFF
        )
        if open_now and can_block(s, pays, s.rows[slot, AMOUNT]):
            block(s, index, s.rows[slot, AMOUNT])


@step
def lift_blocks(s: State, currency: int) -> None:
    """Give back what the orders that sell or buy a currency have blocked."""
    for index in range(s.g[ORDERS]):
        parties = s.rows[s.orders[index, R_SLOT], PARTIES]
        sells = s.accounts[parties >> 32, OWNER] & 0xFFFFF == currency
        buys = s.accounts[parties & 0xFFFFFFFF, OWNER] & 0xFFFFF == currency
        if (sells or buys) and s.orders[index, R_BLOCKED] != 0:
            block(s, index, -s.orders[index, R_BLOCKED])


@kernel
def leave_out_own(s: State, rank: Int32s, group: Int64s, sells_lower: Int32s, stays: Int32s) -> None:
    """Of two orders of one owner that would trade with each other, leave out the later.

    `rank` (n,) holds indexes of orders by `group` (n,), which stands for owner and pair of currencies, then entry;
    `sells_lower` (n,) is 1 where the currency of lower number is sold. `stays` (orders,) becomes 0 for those left out.
    An order is measured against the lowest limit, the other way, of those that stay.
    """
    best = np.full(2, -1, np.int64)
    for i in range(len(rank)):
        if i > 0 and group[i] != group[i - 1]:
            best[:] = -1
        order, side = s.orders[rank[i]], sells_lower[i]
        other = best[1 - side]
        if other >= 0 and at_most(
            order[R_NUMERATOR], s.orders[other, R_NUMERATOR], order[R_DENOMINATOR], s.orders[other, R_DENOMINATOR]
        ):
            stays[rank[i]] = 0
            continue
        mine = best[side]
        if mine < 0 or at_most(
            order[R_NUMERATOR], s.orders[mine, R_DENOMINATOR], s.orders[mine, R_NUMERATOR], order[R_DENOMINATOR]
        ):
            best[side] = rank[i]


@lean
def convert(s: State, debtor: int, creditor: int, amount: int, row: int, none: Int64s) -> None:
    """Post a movement over a conversion account as an instruction of its own."""
    slot = new_row(s, none, 0, 0, debtor << 32 | creditor, amount, CONVERSION_KIND << KIND_SHIFT, row)
    post(s, debtor, creditor, amount)
    note_lowest(s, debtor)
    close_row(s, slot, SETTLED, 0, AUCTION_HOW)
    s.changed[s.g[CHANGED]] = slot
    s.g[CHANGED] += 1
    mark(s, creditor)
    if s.accounts[debtor, FLAGS] & HAS_HOLDING != 0:
        mark_payers_of(s, debtor)


@leaf
def to_payee(s: State, index: int, bought: int) -> int:
    """Return how much of what an order buys its payee gets; 0 if it names none."""
    if s.orders[index, R_PAYEE] == 0:
        return 0
    return s.orders[index, R_TARGET] if s.orders[index, R_TARGET] > 0 else bought


@kernel
def settle_fills(
    s: State, chosen: Int32s, sold: Int64s, bought: Int64s, conversion: Int64s, rounding: Int64s, none: Int64s
) -> None:
    """Settle the fills of an auction that was verified: all money in, then all out, then what rounding left.

    `chosen` (n,) are indexes of orders, `sold` and `bought` (n,) their fills in minor units; `conversion` and
    `rounding` (currencies,) the technical accounts.
    """
    row = 0
    for i in range(len(chosen)):
        index = chosen[i]
        pays = s.rows[s.orders[index, R_SLOT], PARTIES] >> 32
        block(s, index, -sold[i])
        convert(s, pays, conversion[s.accounts[pays, OWNER] & 0xFFFFF], sold[i], row, none)
        row += 1
    for i in range(len(chosen)):
        gets = s.rows[s.orders[chosen[i], R_SLOT], PARTIES] & 0xFFFFFFFF
        source = conversion[s.accounts[gets, OWNER] & 0xFFFFF]
        passed_on = to_payee(s, chosen[i], bought[i])
        if passed_on > 0:
            convert(s, source, s.orders[chosen[i], R_PAYEE] - 1, passed_on, row, none)
            row += 1
        if bought[i] > passed_on:
            convert(s, source, gets, bought[i] - passed_on, row, none)
            row += 1
    for currency in range(len(conversion)):
        left = s.accounts[conversion[currency], 0]
        if left > 0:
            convert(s, conversion[currency], rounding[currency], left, row, none)
            row += 1
    for i in range(len(chosen)):
        index = chosen[i]
        slot = s.orders[index, R_SLOT]
        lower(s, index, sold[i])
        account_for(s, BOUGHT_WORD, slot, s.orders[index, R_BOUGHT], s.orders[index, R_BOUGHT] + bought[i])
        s.orders[index, R_BOUGHT] += bought[i]
        if s.rows[slot, AMOUNT] == 0:
            finish(s, slot, SETTLED, 0, AUCTION_HOW)
        else:
            s.changed[s.g[CHANGED]] = slot
            s.g[CHANGED] += 1


@kernel
def end_auction(s: State, book: int) -> None:
    """End an auction: what was good for it alone expires, the rest leaves its book."""
    for index in range(s.g[ORDERS]):
        order = s.orders[index]
        if order[R_BOOK] == book:
            order[R_BOOK] = 0
            if order[R_UNTIL] == 0 and s.rows[order[R_SLOT], STATUS] & 0xFF < SETTLED:
                end_order(s, index, CAND, EXPIRED)
