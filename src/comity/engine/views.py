"""What others may see of the engine: columns, never its tables."""

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels.admission import lack
from comity.engine.kernels.bundles import is_blocked, members_of
from comity.engine.kernels.layout import (
    AMOUNT,
    BALANCE,
    BILATERAL,
    BLOCKED,
    BUNDLE,
    BUNDLE_PLACE,
    BUNDLE_PRIORITY,
    CONSTRAINTS,
    CUR_PHASE,
    DATE,
    ENTERED,
    ENTRY,
    FINAL,
    HIGH,
    HOW_SHIFT,
    INFINITE,
    INTERBANK_BIT,
    IRREVOCABLE,
    KIND_SHIFT,
    LIMIT,
    LISTED,
    LOWEST,
    MORE,
    MULTILATERAL_KIND,
    PARTIES,
    PLACE,
    PRIORITY_SHIFT,
    REASON_SHIFT,
    ROWS,
    SPACE_KIND,
    SPACE_LIMIT,
    SPACE_OTHER,
    SPACE_OWNER,
    SPACE_USED,
    STATUS,
    TODAY,
    URGENT,
)
from comity.engine.kernels.limits import available
from comity.engine.kernels.settlement import bundle_of, fund_of, priority_of
from comity.engine.kernels.state import Int32s, Int64s
from comity.engine.market import why_off
from comity.engine.orders import orders_of
from comity.engine.words import LOW_32
from comity.model.amount import format_minor
from comity.model.instant import DAY_US
from comity.model.reason import InstructionKind, Phase, State

if TYPE_CHECKING:
    from comity.engine.core import Engine


def table_of(engine: "Engine", slots: NDArray[np.integer] | None = None) -> dict[str, NDArray[np.generic]]:
    """Return columns over all instructions, indexed by slot; or over those in `slots`, in their order."""
    s = engine.state
    rows = s.rows[: s.g[ROWS]] if slots is None else s.rows[slots]
    status = rows[:, STATUS]
    side = (rows[:, MORE] & LOW_32) - 1
    has_side = side >= 0
    final = rows[:, FINAL]
    date = np.where(has_side, s.sides[side, DATE], 0)
    sealed = np.where(has_side, s.sides[side, IRREVOCABLE], 0)
    settled = status & 0xFF == State.STLD
    return {
        "kind": (status >> KIND_SHIFT & 15).astype(np.int8),
        "debtor": (rows[:, PARTIES] >> 32).astype(np.int32),
        "creditor": (rows[:, PARTIES] & LOW_32).astype(np.int32),
        "amount": rows[:, AMOUNT].copy(),
        "state": (status & 0xFF).astype(np.int8),
        "reason": (status >> REASON_SHIFT & 0xFF).astype(np.int8),
        "how": (status >> HOW_SHIFT & 15).astype(np.int8),
        "priority": (status >> PRIORITY_SHIFT & 3).astype(np.int8),
        "interbank": status & INTERBANK_BIT != 0,
        "entered": rows[:, ENTERED].copy(),
        "irrevocable": np.where(sealed != 0, sealed, np.where(settled, final, 0)),
        "final": final.copy(),
        "entry_sequence": (rows[:, ENTRY] >> 32).astype(np.int32),
        "entry_row": (rows[:, ENTRY] & LOW_32).astype(np.int32),
        "final_sequence": (rows[:, MORE] >> 32).astype(np.int32),
        "bundle": np.where(has_side, s.sides[side, BUNDLE] - 1, -1).astype(np.int32),
        "date": np.where(date == 0, np.minimum(rows[:, ENTERED] // DAY_US, s.g[TODAY]), date).astype(np.int32),
    }


def outline_of(engine: "Engine", first: int, last: int) -> dict[str, NDArray[np.generic]]:
    """Return the few columns by which instructions are sought, of slots from `first` to below `last`."""
    rows = engine.state.rows[first:last]
    parties, status = rows[:, PARTIES], rows[:, STATUS]
    return {
        "debtor": (parties >> 32).astype(np.int32),
        "creditor": (parties & LOW_32).astype(np.int32),
        "kind": (status >> KIND_SHIFT & 15).astype(np.int8),
        "state": (status & 0xFF).astype(np.int8),
        "entry_row": (rows[:, ENTRY] & LOW_32).astype(np.int32),
    }


def first_entered_with(engine: "Engine", sequence: int) -> int:
    """Return the first slot that entered with this record or a later one."""
    rows = engine.state.rows
    return bisect_left(range(int(engine.state.g[ROWS])), sequence, key=lambda slot: int(rows[slot, ENTRY]) >> 32)


def queue_of(engine: "Engine", account: int) -> Int32s:
    """Return the slots that wait to debit an account, in the order of its queue: class, then place."""
    s = engine.state
    listed = s.listed[: s.g[LISTED]]
    waits = (s.rows[listed, STATUS] & 0xFF < State.UMAC) & (s.rows[listed, PARTIES] >> 32 == account)
    slots = listed[waits]
    status, side = s.rows[slots, STATUS], (s.rows[slots, MORE] & LOW_32) - 1
    bundle = np.where(side >= 0, s.sides[side, BUNDLE], 0) - 1
    rank = np.where(bundle >= 0, s.bundles[bundle, BUNDLE_PRIORITY], status >> PRIORITY_SHIFT & 3)
    place = np.where(bundle >= 0, s.bundles[bundle, BUNDLE_PLACE], s.waits[slots, PLACE])
    return np.asarray(slots[np.lexsort((place, rank))], np.int32)


def waiting_sums_of(engine: "Engine") -> tuple[Int64s, Int64s]:
    """Return what waits to be paid and to be received, by account, minor units."""
    s = engine.state
    listed = s.listed[: s.g[LISTED]]
    rows = s.rows[listed[s.rows[listed, STATUS] & 0xFF < State.UMAC]]
    paid, received = np.zeros(len(s.accounts), np.int64), np.zeros(len(s.accounts), np.int64)
    np.add.at(paid, rows[:, PARTIES] >> 32, rows[:, AMOUNT])
    np.add.at(received, rows[:, PARTIES] & LOW_32, rows[:, AMOUNT])
    return paid, received


def fellows_of(engine: "Engine", slot: int) -> list[int]:
    """Return the slots that share the fate of an instruction, its own among them: a PvP's legs, a linked set."""
    s = engine.state
    bundle = int(bundle_of(s, slot))
    slots: list[int] = [slot] if bundle < 0 else s.members[: int(members_of(s, bundle))].tolist()
    return slots


def balances_of(engine: "Engine") -> dict[str, Int64s]:
    """Return columns over all accounts, indexed by account; minor units."""
    s = engine.state
    rows = s.accounts
    return {
        "opening": s.openings.copy(),
        "balance": rows[:, BALANCE].copy(),
        "lowest": rows[:, LOWEST].copy(),
        "credit_limit": rows[:, LIMIT].copy(),
        "reserve_urgent": rows[:, URGENT].copy(),
        "reserve_high": rows[:, HIGH].copy(),
        "blocked": rows[:, BLOCKED].copy(),
        "available": np.maximum(
            rows[:, BALANCE] + rows[:, LIMIT] - rows[:, BLOCKED] - rows[:, URGENT] - rows[:, HIGH], 0
        ),
    }


class Limit(NamedTuple):
    """A limit that a payer has set, and what is used of it."""

    account: int
    other: int
    """Account against which it holds; -1: all those against which there is no bilateral one."""
    limit: int
    """Minor units."""
    used: int
    """Paid less received today, minor units; negative if more came in."""


def limits_of(engine: "Engine") -> list[Limit]:
    """Return every bilateral and multilateral limit that is not without bound, in the order in which they were set."""
    s = engine.state
    rows = s.constraints[: s.g[CONSTRAINTS]]
    set_by_payers = np.isin(rows[:, SPACE_KIND], (BILATERAL, MULTILATERAL_KIND)) & (rows[:, SPACE_LIMIT] < INFINITE)
    kind = rows[set_by_payers, SPACE_KIND]
    other = np.where(kind == BILATERAL, rows[set_by_payers, SPACE_OTHER], -1)
    columns = (
        rows[set_by_payers, SPACE_OWNER],
        other,
        rows[set_by_payers, SPACE_LIMIT],
        rows[set_by_payers, SPACE_USED],
    )
    return [Limit(*each) for each in zip(*(column.tolist() for column in columns), strict=True)]


class Exceptions(NamedTuple):
    """What no machine may put right: it waits for people."""

    unconfirmed: list[int]
    """Slots of pay-outs that their issuer has not confirmed although the deadline has passed, oldest first."""
    differences: dict[str, int]
    """By currency: what the issuer's books say others hold, less what ours do, minor units; where they differ."""


def exceptions_of(engine: "Engine") -> Exceptions:
    """Return what waits for people as of the engine's present instant."""
    notes = engine.notes
    late = [int(slot) for slot, deadline in notes.payouts.items() if 0 < deadline < engine.now]
    return Exceptions(sorted(late), {code: minor for code, minor in sorted(notes.differences.items()) if minor})


def phase_of(engine: "Engine") -> str:
    """Return the phase of the union's day: the furthest of any currency."""
    return Phase(int(engine.state.currencies[:, CUR_PHASE].max())).name.lower()


def phases_of(engine: "Engine") -> dict[str, Phase]:
    """Return the phase of each currency's day."""
    phases = engine.state.currencies[:, CUR_PHASE].tolist()
    return {code: Phase(phase) for code, phase in zip(engine.accounts.currencies, phases, strict=True)}


def waiting_reason(engine: "Engine", slot: int) -> str:
    """Say what an instruction lacks now: money with the amount missing, a limit, or what else it waits for.

    Of an order that was rejected for a lot or a tick: which it is.
    """
    s = engine.state
    state = State(int(s.rows[slot, STATUS]) & 0xFF)
    if state.is_final or state in (State.UMAC, State.SSPD, State.WHSD):
        return why_off(engine, slot) or _WORDS[state]
    if (int(s.rows[slot, STATUS]) >> KIND_SHIFT) & 15 == InstructionKind.OBLIGATION:
        return "a clearing cycle"
    if (int(s.rows[slot, STATUS]) >> KIND_SHIFT) & 15 == InstructionKind.ORDER:
        stands = orders_of(engine)
        blocked = stands["blocked"][stands["slot"] == slot]
        return "an auction" if blocked.any() else "money for the next auction"
    debtor, amount = int(s.rows[slot, PARTIES]) >> 32, int(s.rows[slot, AMOUNT])
    missing = amount - int(available(s, debtor, fund_of(s, slot)))
    if missing > 0:
        currency = engine.accounts.currency[debtor]
        exponent = engine.accounts.exponents[engine.accounts.currencies.index(currency)]
        return f"{format_minor(missing, exponent)} {currency} short"
    if is_blocked(s, debtor, priority_of(s, slot), s.waits[slot, PLACE]):
        return "behind a payment that waits for money"
    lacking = State.NONE if bundle_of(s, slot) >= 0 else State(int(lack(s, slot)))
    return _WORDS[lacking]


_WORDS = {
    State.NONE: "the other side",
    State.PSTL: "money",
    State.SMLR: "room under the payer's multilateral limit",
    State.RMLR: "room under the receiver's holding cap",
    State.SRBL: "room under a bilateral limit or corridor cap",
    State.UMAC: "its counterpart or the rest of its linked set",
    State.SSPD: "held",
    State.WHSD: "its date or earliest instant",
    State.STLD: "settled",
    State.RJTD: "rejected",
    State.CAND: "cancelled",
}
