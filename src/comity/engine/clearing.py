"""Clearing: the cut of a cycle, and the proposals that discharge and pay what stands in it.

A cycle is made of records. CUT takes in the obligations that are due and that
nothing blocks; from then on they cannot be withdrawn. DISCHARGE, per currency,
proposes a set-off. PAY_OBLIGATIONS proposes which of the rest are paid, in one
of two modes, and ends the cycle in its currencies: what it leaves is carried.

- *existing*: each is paid in full, from debtor to creditor.
- *ccp*: the clearing account steps into all of them, and one net per account is paid.

A body is the size of its JSON as int32, the JSON, and the arrays that the JSON counts.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.columns import RecordKind, pack_arrays, unpack_arrays
from comity.engine.kernels.admission import set_state
from comity.engine.kernels.clearing import (
    BEYOND,
    FITS,
    NOT_OPTIMAL,
    TWICE,
    UNBALANCED,
    UNKNOWN,
    apply_set_off,
    end_obligation,
    examine_set_off,
    judge_each,
    judge_net,
    novate,
    pay_each,
    pay_net,
)
from comity.engine.kernels.layout import (
    AMOUNT,
    CORRIDORS,
    CUR_PHASE,
    CUR_STATE,
    CURRENCY_RUN_OFF,
    FLAGS,
    HOLD_IN,
    HOLD_IN_ISSUER,
    HOLD_OUT,
    HOLD_OUT_ISSUER,
    IS_CLOSED,
    O_CARRIED,
    O_CUT,
    O_DUE,
    O_ENTERED,
    O_LINK_HI,
    O_LINK_LO,
    O_SLOT,
    OBLIGATIONS,
    OWNER,
    PARTIES,
    SERVICE_CLEARING,
    SERVICES,
    STATUS,
    TODAY,
)
from comity.engine.kernels.release import release
from comity.engine.kernels.state import Int32s, Int64s
from comity.engine.offsetting import OffsettingProblem
from comity.engine.picture import corridor_caps, corridors_of, problem_over
from comity.engine.proposal import verdict_text
from comity.engine.words import LOW_20, LOW_32
from comity.errors import NotFound
from comity.model.reason import Phase, Reason, State

if TYPE_CHECKING:
    from comity.engine.core import Engine

MODES = ("existing", "ccp")
POTENTIAL_MAX = 1 << 30
_INT32 = 4
_WHY = {
    UNKNOWN: "an obligation is not in the cut of this cycle and currency",
    TWICE: "an obligation stands in it twice, or not in order",
    BEYOND: "more than is owed, or nothing, would be discharged",
    UNBALANCED: "some participant would give up more or less in claims than in debts",
    NOT_OPTIMAL: "its potentials do not prove that no set-off is larger",
}


class Cut(NamedTuple):
    """What stands in the cut of a cycle in one currency, in order of entry; n obligations."""

    cycle: int
    obligation: Int32s
    """n: index by which proposals name it."""
    debtor: Int32s
    """n: account."""
    creditor: Int32s
    amount: Int64s
    """n: still owed, minor units."""
    due: Int32s
    """n: business date, days since 1970-01-01."""


class Outcome(NamedTuple):
    """What a record of a cycle did."""

    taken: int = 0
    """Obligations taken into the cut, discharged in full or in part, or paid."""
    value: int = 0
    """Minor units discharged."""
    bound: int = -1
    """No set-off is larger; -1: not claimed."""
    refused: str = ""


def pack_discharge(
    cut: Cut, currency: str, amount: Int64s, potential: tuple[Int32s, Int64s] | None, proposer: str
) -> bytes:
    """Body of a DISCHARGE record.

    Parameters
    ----------
    amount : int64[n]
        To discharge of each obligation in `cut`, 0 or more.
    potential
        Accounts and their potentials, which prove that no set-off is larger; None: no such claim.
    """
    some = np.flatnonzero(amount)
    accounts, values = potential if potential is not None else (np.zeros(0, np.int32), np.zeros(0, np.int64))
    about: dict[str, object] = {
        "cycle": cut.cycle,
        "currency": currency,
        "proposer": proposer,
        "certified": potential is not None,
        "obligations": len(some),
        "accounts": len(accounts),
    }
    chosen = cut.obligation[some].astype("<i4")
    return pack_arrays(about, chosen, amount[some].astype("<i8"), accounts.astype("<i4"), values.astype("<i8"))


def examine(engine: "Engine", kind: int, body: bytes | memoryview) -> dict[str, object]:
    """Return what a record of a cycle says about itself; ValueError if it cannot be read."""
    about, rest = unpack_arrays(body)
    try:
        if kind == RecordKind.DISCHARGE:
            engine.accounts.currency_index(str(about["currency"]))
            _arrays(about, rest)
            if not isinstance(about["certified"], bool):
                raise ValueError(f"certified is true or false, not {about['certified']!r}")
        else:
            _indexes(engine, about["currencies"])
        if kind == RecordKind.CUT:
            _number(about, "carry_max")
        else:
            _number(about, "cycle")
        if kind == RecordKind.PAY_OBLIGATIONS:
            if about["mode"] not in MODES:
                raise ValueError(f"mode is one of {', '.join(MODES)}, not {about['mode']!r}")
            if len(rest) != _INT32 * _number(about, "obligations"):
                raise ValueError(f"{len(rest)} bytes do not hold {about['obligations']} obligations")
    except (KeyError, NotFound) as bad:
        raise ValueError(f"a record of a cycle lacks or misnames {bad}") from bad
    return about


def take_cut(engine: "Engine", about: dict[str, object]) -> Outcome:
    """Begin a cycle: take in what is due in its currencies, in order of entry, and may be cleared.

    Left out is what is held, whose parties are suspended or closed, whose corridor is not open for
    clearing, what `carry_max` cycles of today have left over already, and what is tied to any of these.
    """
    currencies = _indexes(engine, about["currencies"])
    open_cycles = [engine.accounts.currencies[index] for index in currencies if str(index) in engine.notes.cuts]
    if open_cycles:
        return Outcome(refused=f"a cycle is not over in {' '.join(open_cycles)}")
    s, notes = engine.state, engine.notes
    notes.cycles += 1
    running = [index for index in currencies if _runs(engine, index)]
    rows = s.obligations[: s.g[OBLIGATIONS]]
    state = s.rows[rows[:, O_SLOT], STATUS] & 0xFF
    owed = state < State.STLD
    inside = (
        owed
        & (state != State.SSPD)
        & (rows[:, O_DUE] <= s.g[TODAY])
        & (rows[:, O_CARRIED] < _number(about, "carry_max"))
    )
    inside &= np.isin(_currency_of(engine, rows), running) & _may_clear(engine, rows)
    _leave_out_ties(rows, inside, owed)
    rows[inside, O_CUT] = notes.cycles
    for slot in rows[inside & (state == State.WHSD), O_SLOT].tolist():
        set_state(s, slot, State.PSTL)
    notes.cuts.update({str(index): notes.cycles for index in running})
    return Outcome(taken=int(np.count_nonzero(inside)))


def cut_of(engine: "Engine", currency: str) -> Cut:
    """Return what stands in the cut of the present cycle in a currency and is still owed."""
    s = engine.state
    index = engine.accounts.currency_index(currency)
    cycle = engine.notes.cuts.get(str(index), 0)
    chosen = _in_cut(engine, [index])
    rows = s.obligations[chosen]
    parties = s.rows[rows[:, O_SLOT], PARTIES]
    return Cut(
        cycle,
        chosen.astype(np.int32),
        (parties >> 32).astype(np.int32),
        (parties & LOW_32).astype(np.int32),
        s.rows[rows[:, O_SLOT], AMOUNT],
        rows[:, O_DUE].astype(np.int32),
    )


def discharge(engine: "Engine", body: bytes | memoryview) -> Outcome:
    """Judge a proposed set-off, and apply it if it is what it says."""
    about, rest = unpack_arrays(body)
    currency, cycle = engine.accounts.currency_index(str(about["currency"])), _number(about, "cycle")
    chosen, amount, accounts, values = _arrays(about, rest)
    if engine.notes.cuts.get(str(currency)) != cycle:
        return Outcome(refused=f"cycle {cycle} is not under way in {about['currency']}")
    potential = np.zeros(len(engine.accounts), np.int64)
    if len(accounts) and not 0 <= accounts.min() <= accounts.max() < len(potential):
        return Outcome(refused="a potential is of no account")
    if len(values) and max(int(values.max()), -int(values.min())) > POTENTIAL_MAX:
        return Outcome(refused=f"a potential is beyond {POTENTIAL_MAX}")
    potential[accounts] = values
    bound = np.array([0 if about["certified"] else -1], np.int64)
    verdict = int(examine_set_off(engine.state, cycle, currency, chosen, amount, potential, bound))
    if verdict != FITS:
        return Outcome(refused=_WHY[verdict])
    apply_set_off(engine.state, chosen, amount)
    return Outcome(len(chosen), sum(amount.tolist()), int(bound[0]))


def residual(engine: "Engine", currencies: list[str], mode: str = "existing") -> OffsettingProblem:
    """Return what the cut still holds in these currencies as a problem of what can be paid together.

    Items stand by due date, then entry, so that what an account owes latest is dropped first;
    what is tied by a link drops together. Payers' limits do not bind, and corridor caps
    not in ccp mode, in which nothing is paid through a corridor.
    """
    s = engine.state
    chosen = _in_cut(engine, _indexes(engine, currencies))
    chosen = chosen[np.argsort(s.obligations[chosen, O_DUE], kind="stable")]
    rows = s.obligations[chosen]
    slots = rows[:, O_SLOT]
    debtor, creditor = s.rows[slots, PARTIES] >> 32, s.rows[slots, PARTIES] & LOW_32
    none, normal = np.full(len(chosen), -1, np.int32), np.full(len(chosen), 2, np.int8)
    caps = corridor_caps(s, debtor, creditor) if mode == "existing" else (none, none)
    return problem_over(
        s,
        slot=chosen.astype(np.int32),
        passed=np.zeros(len(chosen), np.int32),
        account=debtor.astype(np.int32),
        creditor=creditor,
        amount=s.rows[slots, AMOUNT],
        priority=normal,
        fund=normal,
        bundle=_ties(rows),
        limit_out=none,
        limit_in=none,
        binds=np.zeros(len(chosen), np.bool_),
        cap_a=caps[0],
        cap_b=caps[1],
    )


def pack_payment(problem: OffsettingProblem, keep: NDArray[np.bool_], about: dict[str, object]) -> bytes:
    """Body of a PAY_OBLIGATIONS record: `about` holds cycle, currencies, mode and proposer."""
    chosen = np.sort(problem.slot[keep]).astype("<i4")
    return pack_arrays({**about, "obligations": len(chosen), "accounts": 0}, chosen)


def pay(engine: "Engine", body: bytes | memoryview) -> Outcome:
    """Judge a proposal of what to pay; if it holds, pay it and end the cycle in its currencies."""
    about, rest = unpack_arrays(body)
    chosen = np.frombuffer(rest, "<i4", _number(about, "obligations")).astype(np.int32)
    currencies, cycle = _indexes(engine, about["currencies"]), _number(about, "cycle")
    if any(engine.notes.cuts.get(str(index)) != cycle for index in currencies):
        return Outcome(refused=f"cycle {cycle} is not under way in {' '.join(map(str, about['currencies']))}")  # type: ignore[call-overload]
    refused = _refuse_choice(engine, currencies, chosen)
    if refused:
        return Outcome(refused=refused)
    over = [engine.accounts.currencies[index] for index in currencies if len(chosen) and not _runs(engine, index)]
    if over:
        return Outcome(refused=f"nothing is paid after the final clearing of {' '.join(over)}")
    paid = sum(engine.state.rows[engine.state.obligations[chosen, O_SLOT], AMOUNT].tolist())
    verdict = (_pay_each if about["mode"] == "existing" else _pay_net)(engine, cycle, chosen)
    if verdict:
        return Outcome(refused=verdict_text(engine, verdict))
    _end_cycle(engine, currencies)
    release(engine.state)
    return Outcome(len(chosen), paid)


def _refuse_choice(engine: "Engine", currencies: list[int], chosen: Int32s) -> str:
    """Say what is wrong with what was chosen: other currencies, or a tie broken; empty if nothing.

    A link may tie several currencies: then one record ends the cycle in all of them.
    """
    every = _in_cut(engine, list(range(len(engine.accounts.currencies))))
    rows = engine.state.obligations[every]
    ties, whole = _ties(rows), np.isin(every, chosen)
    inside = np.isin(_currency_of(engine, rows), currencies)
    if not np.isin(chosen, every[inside]).all():
        return "an obligation is not in the cut of this cycle and these currencies"
    if _any_shared(ties[inside], ties[~inside]):
        return "obligations tied by a link stand in other currencies of the cycle: one record pays all of them"
    if _any_shared(ties[whole], ties[~whole]):
        return "obligations tied by a link are paid together or not at all"
    return ""


def _any_shared(one: Int32s, other: Int32s) -> bool:
    """Return whether a link ties something of one part to something of the other."""
    return bool((np.isin(one, other) & (one >= 0)).any())


def _pay_each(engine: "Engine", cycle: int, chosen: Int32s) -> int:
    verdict = int(judge_each(engine.state, cycle, chosen))
    if verdict == 0:
        pay_each(engine.state, chosen)
    return verdict


def _pay_net(engine: "Engine", cycle: int, chosen: Int32s) -> int:
    """Pay one net per account over the clearing account: in first, then out, in order of account."""
    s, net = engine.state, np.zeros(len(engine.accounts), np.int64)
    verdict = int(judge_net(s, cycle, chosen, net))
    if verdict:
        return verdict
    novate(s, chosen)
    none = np.zeros(4, np.int64)
    for row, account in enumerate([*np.flatnonzero(net < 0).tolist(), *np.flatnonzero(net > 0).tolist()]):
        clearing = engine.accounts.technical(engine.accounts.currency[account], "clearing")
        amount = int(net[account])
        pair = (account, clearing) if amount < 0 else (clearing, account)
        pay_net(s, *pair, abs(amount), row, none)
    return 0


def _end_cycle(engine: "Engine", currencies: list[int]) -> None:
    """Carry what is left of the cut: revocable again, and counted."""
    rows = engine.state.obligations[: engine.state.g[OBLIGATIONS]]
    mine = (rows[:, O_CUT] != 0) & np.isin(_currency_of(engine, rows), currencies)
    owed = engine.state.rows[rows[:, O_SLOT], STATUS] & 0xFF < State.STLD
    rows[mine & owed, O_CARRIED] += 1
    rows[mine, O_CUT] = 0
    for index in currencies:
        del engine.notes.cuts[str(index)]


def end_with_ties(engine: "Engine", index: int, state: State, reason: Reason) -> None:
    """Withdraw or reject what is left of an obligation; what a link ties to it is rejected, for its partner failed.

    What stands in a cut goes on, unless this one stands in it too.
    """
    s = engine.state
    rows = s.obligations[: s.g[OBLIGATIONS]]
    link, in_cut = rows[index, [O_LINK_HI, O_LINK_LO]], rows[index, O_CUT] != 0
    end_obligation(s, int(rows[index, O_SLOT]), state, reason)
    if link.any():
        owed = s.rows[rows[:, O_SLOT], STATUS] & 0xFF < State.STLD
        tied = owed & (rows[:, [O_LINK_HI, O_LINK_LO]] == link).all(axis=1) & (in_cut | (rows[:, O_CUT] == 0))
        for slot in rows[tied, O_SLOT].tolist():
            end_obligation(s, slot, State.RJTD, Reason.PARTNER)


def obligations_of(engine: "Engine") -> dict[str, NDArray[np.generic]]:
    """Return columns over the obligations that are open or ended since the last start, in order of entry.

    Minor units: `entered`, and `discharged` without money or by the clearing account; `owed` is what
    is left while it is open, and what was paid once it is settled.
    """
    s = engine.state
    rows = s.obligations[: s.g[OBLIGATIONS]]
    slots = rows[:, O_SLOT]
    left = s.rows[slots, AMOUNT]
    return {
        "slot": slots.astype(np.int32),
        "entered": rows[:, O_ENTERED].copy(),
        "owed": left,
        "discharged": rows[:, O_ENTERED] - left,
        "due": rows[:, O_DUE].astype(np.int32),
        "cycle": rows[:, O_CUT].astype(np.int32),
        "carried": rows[:, O_CARRIED].astype(np.int32),
    }


def _in_cut(engine: "Engine", currencies: list[int]) -> Int64s:
    """Return the indexes of obligations in the cut of these currencies that are still owed."""
    s = engine.state
    rows = s.obligations[: s.g[OBLIGATIONS]]
    owed = s.rows[rows[:, O_SLOT], STATUS] & 0xFF < State.STLD
    return np.flatnonzero((rows[:, O_CUT] != 0) & owed & np.isin(_currency_of(engine, rows), currencies))


def _currency_of(engine: "Engine", rows: Int64s) -> Int64s:
    s = engine.state
    currency: Int64s = s.accounts[s.rows[rows[:, O_SLOT], PARTIES] >> 32, OWNER] & LOW_20
    return currency


def _runs(engine: "Engine", currency: int) -> bool:
    """Return whether a currency clears now: from its opening to its final clearing, unless held or on holiday."""
    row = engine.state.currencies[currency]
    return bool(Phase.OPEN <= row[CUR_PHASE] <= Phase.FINAL_CLEARING and not row[CUR_STATE] & ~CURRENCY_RUN_OFF)


def _may_clear(engine: "Engine", rows: Int64s) -> NDArray[np.bool_]:
    """Return which obligations no suspension, closing or corridor keeps out."""
    s = engine.state
    parties = s.rows[rows[:, O_SLOT], PARTIES]
    debtor, creditor = parties >> 32, parties & LOW_32
    flags = s.accounts[:, FLAGS]
    blocked = flags[debtor] & (HOLD_OUT | HOLD_OUT_ISSUER | IS_CLOSED) != 0
    blocked |= flags[creditor] & (HOLD_IN | HOLD_IN_ISSUER | IS_CLOSED) != 0
    if s.g[CORRIDORS]:
        blocked |= s.corridors[corridors_of(s, debtor, creditor), SERVICES] & SERVICE_CLEARING == 0
    free: NDArray[np.bool_] = ~blocked
    return free


def _ties(rows: Int64s) -> Int32s:
    """Number the links of obligations from 0; -1: tied to nothing."""
    keys = rows[:, [O_LINK_HI, O_LINK_LO]]
    linked = keys.any(axis=1)
    ties = np.full(len(rows), -1, np.int32)
    if linked.any():
        ties[linked] = np.unique(keys[linked], axis=0, return_inverse=True)[1].reshape(-1)
    return ties


def _leave_out_ties(rows: Int64s, inside: NDArray[np.bool_], owed: NDArray[np.bool_]) -> None:
    """Take out of `inside` what is tied to an obligation that is owed and left out."""
    ties = _ties(rows)
    out = np.unique(ties[owed & ~inside])
    inside &= ~np.isin(ties, out[out >= 0])


def _number(about: dict[str, object], key: str) -> int:
    value = about[key]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{key} is a whole number of 0 or more, not {value!r}")
    return value


def _indexes(engine: "Engine", codes: object) -> list[int]:
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes) or len(set(codes)) != len(codes):
        raise ValueError("currencies are a list of different codes")
    return [engine.accounts.currency_index(str(code)) for code in codes]


def _arrays(about: dict[str, object], rest: memoryview) -> tuple[Int32s, Int64s, Int32s, Int64s]:
    """Split the arrays of a DISCHARGE record."""
    n, k = _number(about, "obligations"), _number(about, "accounts")
    sizes = (4 * n, 8 * n, 4 * k, 8 * k)
    if sum(sizes) != len(rest):
        raise ValueError(f"{len(rest)} bytes do not hold {n} obligations and {k} accounts")
    ends = np.cumsum((0, *sizes)).tolist()
    kinds = ("<i4", "<i8", "<i4", "<i8")
    parts = [np.frombuffer(rest[ends[i] : ends[i + 1]], kind) for i, kind in enumerate(kinds)]
    return (
        parts[0].astype(np.int32),
        parts[1].astype(np.int64),
        parts[2].astype(np.int32),
        parts[3].astype(np.int64),
    )
