"""What must hold after every record; a breach is an error of our own, and the engine stops.

Sum zero does not catch a double settlement, so for every account: balance =
opening + what final instructions brought - what they took. And at rest nothing
that stands in a queue is payable: no payment by itself, no complete PvP or linked
set as a whole (quiescence).
"""

from typing import TYPE_CHECKING

import numpy as np

from comity.engine.kernels.admission import waiting_state
from comity.engine.kernels.bundles import is_blocked, members_of, net_debit
from comity.engine.kernels.layout import (
    AMOUNT,
    BALANCE,
    BLOCKED,
    BUNDLE_COUNT,
    BUNDLE_FIRST,
    BUNDLE_PLACE,
    BUNDLE_PRIORITY,
    BUNDLE_STATE,
    BUNDLES,
    CUR_ORDERED,
    CUR_OWED,
    CUR_WAITING,
    FLAGS,
    IS_TECHNICAL,
    KIND_SHIFT,
    LISTED,
    LOWEST,
    NEXT_MEMBER,
    NONE,
    ORDERS,
    OWN_OWED,
    OWN_WAITING,
    OWNER,
    PARTIES,
    PLACED,
    QUEUED,
    R_BLOCKED,
    R_SLOT,
    RING_COUNT,
    ROWS,
    STATUS,
    TOUCHED,
)
from comity.engine.kernels.operations import sum_settled
from comity.engine.kernels.settlement import collect, debtor_of, judge, side_of
from comity.engine.kernels.state import Int64s, State
from comity.engine.words import LOW_20
from comity.errors import InvariantBroken
from comity.model.reason import InstructionKind
from comity.model.reason import State as Outcome

if TYPE_CHECKING:
    from comity.engine.core import Engine


def check_state(engine: "Engine") -> None:
    """Raise InvariantBroken for the first invariant that does not hold."""
    s = engine.state
    _check_money(engine)
    _check_bundles(s)
    _check_waiting(engine)
    if s.g[RING_COUNT] == 0:
        _check_rest(s)
    if s.g[TOUCHED] or s.sums.any() or s.space_sums.any():
        raise InvariantBroken("scratch sums are not zero at rest")
    if engine.digest() != engine.full_digest():
        raise InvariantBroken("the digest does not follow the state")


def _check_money(engine: "Engine") -> None:
    s = engine.state
    currency = s.accounts[:, OWNER] & LOW_20
    for index, code in enumerate(engine.accounts.currencies):
        total = sum(s.accounts[currency == index, BALANCE].tolist())
        if total != 0:
            raise InvariantBroken(f"the accounts in {code} sum to {total}, not to zero")
    sum_settled(s)
    moved = s.sums[:, 0].copy()
    s.sums[:, 0] = 0
    differs = np.flatnonzero(s.accounts[:, BALANCE] - moved != s.openings)
    if len(differs):
        raise InvariantBroken(f"balance of account {differs[0]} is not its opening and what settled")
    technical = s.accounts[:, FLAGS] & IS_TECHNICAL != 0
    if (s.accounts[technical, LOWEST] < 0).any():
        raise InvariantBroken("a technical account is below zero")


def _check_bundles(s: State) -> None:
    for bundle in range(s.g[BUNDLES]):
        states = []
        slot = int(s.bundles[bundle, BUNDLE_FIRST]) - 1
        while slot >= 0:
            states.append(int(s.rows[slot, STATUS]) & 0xFF)
            slot = int(s.sides[side_of(s, slot), NEXT_MEMBER]) - 1
        if len(states) != s.bundles[bundle, BUNDLE_COUNT]:
            raise InvariantBroken(f"bundle {bundle} has {len(states)} members, not {s.bundles[bundle, BUNDLE_COUNT]}")
        if Outcome.STLD in states and any(state != Outcome.STLD for state in states):
            raise InvariantBroken(f"bundle {bundle} settled in part")


def _check_owed(engine: "Engine", slots: Int64s) -> None:
    s = engine.state
    amount, debtor = s.rows[slots, AMOUNT], s.rows[slots, PARTIES] >> 32
    if (amount <= 0).any():
        raise InvariantBroken(f"obligation {slots[np.argmax(amount <= 0)]} is open and nothing of it is owed")
    _check_own(engine, OWN_OWED, debtor, amount)
    currency = s.accounts[debtor, OWNER] & LOW_20
    for index, code in enumerate(engine.accounts.currencies):
        total = sum(amount[currency == index].tolist())
        if total != s.currencies[index, CUR_OWED]:
            raise InvariantBroken(f"{total} is owed in {code}, not {s.currencies[index, CUR_OWED]}")
        clearing = s.accounts[engine.accounts.technical(code, "clearing"), BALANCE]
        if clearing != 0:
            raise InvariantBroken(f"the clearing account in {code} holds {clearing} outside a cycle")


def _check_orders(engine: "Engine") -> None:
    """Check what orders offer and block, and that the conversion accounts hold nothing."""
    s = engine.state
    rows = s.orders[: s.g[ORDERS]]
    slots = rows[:, R_SLOT]
    open_ = s.rows[slots, STATUS] & 0xFF < Outcome.STLD
    pays, left, blocked = s.rows[slots, PARTIES] >> 32, s.rows[slots, AMOUNT], rows[:, R_BLOCKED]
    wrong = np.flatnonzero((blocked != 0) & ((blocked != left) | ~open_) | (open_ & (left <= 0)))
    if len(wrong):
        raise InvariantBroken(f"order {slots[wrong[0]]} may sell {left[wrong[0]]} and blocks {blocked[wrong[0]]}")
    reserved = np.zeros(len(s.accounts), np.int64)
    np.add.at(reserved, pays, blocked)
    if (reserved > s.accounts[:, BLOCKED]).any():
        raise InvariantBroken(f"account {np.argmax(reserved > s.accounts[:, BLOCKED])} blocks less than its orders do")
    currency = s.accounts[pays, OWNER] & LOW_20
    for index, code in enumerate(engine.accounts.currencies):
        total = sum(left[open_ & (currency == index)].tolist())
        if total != s.currencies[index, CUR_ORDERED]:
            raise InvariantBroken(f"{total} is offered in {code}, not {s.currencies[index, CUR_ORDERED]}")
        conversion = s.accounts[engine.accounts.technical(code, "conversion"), BALANCE]
        if conversion != 0:
            raise InvariantBroken(f"the conversion account in {code} holds {conversion} outside an auction")


def _check_own(engine: "Engine", column: int, accounts: Int64s, amounts: Int64s) -> None:
    """Check what of the sums of their currencies is the accounts' own."""
    own = np.zeros(len(engine.state.accounts), np.int64)
    np.add.at(own, accounts, amounts)
    wrong = np.flatnonzero(own != engine.state.burdens[:, column])
    if len(wrong):
        raise InvariantBroken(f"account {wrong[0]} has {own[wrong[0]]}, not {engine.state.burdens[wrong[0], column]}")


def _check_waiting(engine: "Engine") -> None:
    s = engine.state
    status = s.rows[: s.g[ROWS], STATUS]
    open_ = (status & 0xFF < Outcome.STLD) & (status & 0xFF != 0)
    kind = (status >> KIND_SHIFT) & 15
    _check_owed(engine, np.flatnonzero(open_ & (kind == InstructionKind.OBLIGATION)))
    _check_orders(engine)
    waits = np.flatnonzero(open_ & ~np.isin(kind, (InstructionKind.OBLIGATION, InstructionKind.ORDER)))
    amount, debtor = s.rows[waits, AMOUNT], s.rows[waits, PARTIES] >> 32
    _check_own(engine, OWN_WAITING, debtor, amount)
    currency = s.accounts[debtor, OWNER] & LOW_20
    for index, code in enumerate(engine.accounts.currencies):
        total = sum(amount[currency == index].tolist())
        if total != s.currencies[index, CUR_WAITING]:
            raise InvariantBroken(f"{total} waits in {code}, not {s.currencies[index, CUR_WAITING]}")
    listed = set(s.listed[: s.g[LISTED]].tolist())
    for slot in waits.tolist():
        if slot not in listed:
            raise InvariantBroken(f"instruction {slot} waits and is not listed")


def _check_rest(s: State) -> None:
    for slot in s.listed[: s.g[LISTED]].tolist():
        if s.rows[slot, PLACED] != NONE and waiting_state(s, slot) == 0:
            raise InvariantBroken(f"instruction {slot} waits at rest although it is payable")
    for bundle in np.flatnonzero(s.bundles[: s.g[BUNDLES], BUNDLE_STATE] == QUEUED).tolist():
        if _is_payable(s, bundle):
            raise InvariantBroken(f"bundle {bundle} waits at rest although it is payable")


def _is_payable(s: State, bundle: int) -> bool:
    """Whether a queued bundle holds at its end, and nothing ahead blocks it where it debits net."""
    row, count = s.bundles[bundle], int(members_of(s, bundle))
    slots = s.members[:count].tolist()
    for account in {int(debtor_of(s, slot)) for slot in slots}:
        if net_debit(s, count, account) > 0 and is_blocked(s, account, row[BUNDLE_PRIORITY], row[BUNDLE_PLACE]):
            return False
    for slot in slots:
        collect(s, slot)
    return int(judge(s)) == 0
