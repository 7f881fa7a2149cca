"""Why an instruction waits, and an amount of money that would release it where a minor unit less would not.

The answer is tried out, not reckoned: on copies of the engine, money is paid into
one account after another until the instruction settles. So queues, reservations,
limits, what is freed in turn and what stands ahead are all accounted for. A try costs
a copy of the state; there are two where nothing stands ahead, and at most some
sixty for each account that the instruction debits.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from comity.engine.columns import RecordKind
from comity.model.reason import State

if TYPE_CHECKING:
    from comity.engine import Engine

_SETTLES_LATER = frozenset({State.UMAC, State.SSPD, State.WHSD})
"""States that no money ends."""


class Explanation(NamedTuple):
    """Why an instruction stands where it does."""

    state: State
    why: str
    """What it lacks now."""
    participant: str = ""
    """Whose account money would have to reach; empty: no money alone releases it."""
    currency: str = ""
    injection_minor: int = 0
    """With so much more there it settles at once, and with one minor unit less it does not."""


def explain(engine: Engine, slot: int) -> Explanation:
    """Say why an instruction waits and what would release it; the engine is not changed.

    Where a payment may pass others a much smaller amount can serve too, as long as it is too small for
    what stands ahead. Of several accounts the one that needs the fewest minor units is named, whatever
    their currencies.
    """
    state = State(int(engine.table(np.array([slot]))["state"][0]))
    why = engine.waiting_reason(slot)
    if state.is_final or state in _SETTLES_LATER:
        return Explanation(state, why)
    found = [(_least(engine, slot, account), account) for account in _debited(engine, slot)]
    enough = sorted((amount, account) for amount, account in found if amount)
    if not enough:
        return Explanation(state, why)
    amount, account = enough[0]
    return Explanation(state, why, engine.accounts.participant[account], engine.accounts.currency[account], amount)


def _debited(engine: Engine, slot: int) -> list[int]:
    """Return the accounts that an instruction and what shares its fate debit, the issuers' own apart."""
    table = engine.table()
    bundle = int(table["bundle"][slot])
    unit = np.flatnonzero(table["bundle"] == bundle) if bundle >= 0 else np.array([slot])
    accounts = sorted({int(account) for account in table["debtor"][unit]})
    return [account for account in accounts if engine.accounts.kind[account] == "settlement"]


def _least(engine: Engine, slot: int, account: int) -> int:
    """Return an amount that releases an instruction from one account though a unit less does not; 0 if none does."""
    table, held = engine.table(), engine.balances()
    state = table["state"].astype(np.int64)
    amount = table["amount"].astype(np.int64)
    waits = (table["debtor"] == account) & (state < State.STLD) & (state > 0)
    missing = int(amount[slot]) - int(held["available"][account])
    kept = sum(int(held[column][account]) for column in ("reserve_urgent", "reserve_high", "blocked"))
    high: int = sum(amount[waits].tolist()) + kept
    low = 0
    if 0 < missing < high and _releases(engine, slot, account, missing):
        high, low = missing, missing - 1
        if not _releases(engine, slot, account, low):
            return high
        low = 0
    if not _releases(engine, slot, account, high):
        return 0
    while high - low > 1:
        middle = (low + high) // 2
        if _releases(engine, slot, account, middle):
            high = middle
        else:
            low = middle
    return high


def _releases(engine: Engine, slot: int, account: int, amount: int) -> bool:
    """Try out whether a pay-in of `amount` lets an instruction settle."""
    if amount <= 0:
        return False
    tried = engine.copy()
    owner, currency = engine.accounts.participant[account], engine.accounts.currency[account]
    command = {"command": "transfer_in", "participant": owner, "currency": currency, "amount_minor": amount}
    applied = tried.apply(RecordKind.COMMANDS, _ANY_SEQUENCE, tried.now, json.dumps([command]).encode())
    while applied.pending:
        applied = tried.apply(RecordKind.TICK, _ANY_SEQUENCE, tried.now, b"")
    return int(tried.table(np.array([slot]))["state"][0]) == State.STLD


_ANY_SEQUENCE = (1 << 31) - 1
