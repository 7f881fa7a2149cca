"""PvP entries that still wait for their counterpart, when their date changes.

An entry of one side stands in a chain with others of the same terms: accounts,
amounts, date. A new date is another chain, and its counterpart may be there already.
"""

import numpy as np

from comity.engine.kernels.layout import (
    BUNDLE,
    BUYER_BIT,
    DATE,
    NEXT_TRADE,
    REFERENCE_HI,
    REFERENCE_LO,
    STATUS,
    T_BUY,
    T_BUYER_PAYS,
    T_DATE,
    T_HEAD_BUYER,
    T_HEAD_SELLER,
    T_SELL,
    T_SELLER_PAYS,
    TRADE,
)
from comity.engine.kernels.pvp_entry import bind, find_trade, take_counterpart
from comity.engine.kernels.settlement import side_of
from comity.engine.kernels.state import State


def follow_date(s: State, slot: int) -> None:
    """Move an unmatched PvP entry to the terms of its present date, and match it there if it can be.

    There has to be room for one more row of terms, and for a bundle.
    """
    side = s.sides[int(side_of(s, slot))]
    trade = int(side[TRADE]) - 1
    if trade < 0 or side[BUNDLE] != 0 or s.trades[trade, T_DATE] == side[DATE]:
        return
    is_buyer = bool(s.rows[slot, STATUS] & BUYER_BIT)
    mine, others = (T_HEAD_BUYER, T_HEAD_SELLER) if is_buyer else (T_HEAD_SELLER, T_HEAD_BUYER)
    _write(s, trade, mine, [each for each in _chain(s, trade, mine) if each != slot])
    terms = np.zeros(10, np.int64)
    terms[6:] = s.trades[trade, [T_SELL, T_BUY, T_SELLER_PAYS, T_BUYER_PAYS]]
    trade = int(find_trade(s, terms, int(side[DATE])))
    other = int(take_counterpart(s, trade, others, side[[REFERENCE_HI, REFERENCE_LO]]))
    if other >= 0:
        bind(s, min(slot, other), max(slot, other))
    else:
        _write(s, trade, mine, sorted([*_chain(s, trade, mine), slot]))


def _chain(s: State, trade: int, head: int) -> list[int]:
    """Return the slots on one side of terms, oldest first."""
    slots = []
    slot = int(s.trades[trade, head]) - 1
    while slot >= 0:
        slots.append(slot)
        slot = int(s.sides[int(side_of(s, slot)), NEXT_TRADE]) - 1
    return slots


def _write(s: State, trade: int, head: int, slots: list[int]) -> None:
    """Write the slots on one side of terms."""
    s.trades[trade, head] = slots[0] + 1 if slots else 0
    for slot, after in zip(slots, [*slots[1:], -1], strict=False):
        s.sides[int(side_of(s, slot)), [TRADE, NEXT_TRADE]] = trade + 1, after + 1
