"""summary.json: the figures of a day, per currency and in all.

Everything is counted in whole minor units, in Python integers where 64 bits may
not hold a sum; only the delay indicator is a ratio, rounded once at the end.
Figures of a currency count legs (a PvP counts in both its currencies), figures
of the total count rows. `total` states values in hundredths of the unit of
account, rounded half to even, if official rates reach every currency.

Of one account over the day: *upper bound*, the largest excess of payments over
receipts so far if everything settled on arrival; *lower bound*, the excess of
payments over receipts of the whole day, both with what auctions moved; *used*, the furthest the balance fell
below its opening. The issuer's own account is no liquidity and counts nowhere.
Where all settles on arrival, used is the upper bound; it may be more where what an
account was to receive waited, or transfers and clearing moved money.

The delay indicator is ``sum v (final - entered) / sum v (T - entered)`` over
the legs entered before `T`, the interbank cut-off; what did not settle counts
to `T`. It is 0 if everything settles on arrival, and 1 if nothing settles.
"""

from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import version
from operator import mul

import numpy as np
from numpy.typing import NDArray

from comity.day.legs import Legs
from comity.day.result import DayResult
from comity.model.reason import How, InstructionKind, State
from comity.statistics.running import peaks
from comity.statistics.unit import Rate, unit_values

UNIT_MINOR = 100
"""Minor units of the unit of account."""

_VALUES = (
    "value_minor",
    "settled_value_minor",
    *(f"{how.name.lower()}_value_minor" for how in How if how),
    "liquidity_used_minor",
    "liquidity_lower_bound_minor",
    "liquidity_upper_bound_minor",
)


@dataclass(frozen=True, slots=True)
class Liquidity:
    """Liquidity of every account, by account index, minor units; zero where it does not count."""

    used: list[int]
    lower: list[int]
    upper: list[int]


def summarise(result: DayResult, liquid: Liquidity | None = None) -> dict[str, object]:
    """Return the content of summary.json; `liquid` is what `liquidity` returns, if it is known already."""
    legs = result.legs
    liquid = liquid or liquidity(result)
    blocks: dict[str, dict[str, object]] = {}
    delays: dict[str, tuple[int, int]] = {}
    for index, (code, _) in enumerate(result.day.genesis.currencies):
        own = legs.of(legs.currency == index)
        accounts = np.flatnonzero(result.currency_of_account == index).tolist()
        queued = own.of(own.queues)
        delays[code] = _delay(queued, result.cutoffs[code])
        blocks[code] = {
            **_counts(own),
            "waiting_max": _waiting_max(queued),
            **_values(own),
            "liquidity_used_minor": sum(liquid.used[account] for account in accounts),
            "liquidity_lower_bound_minor": sum(liquid.lower[account] for account in accounts),
            "liquidity_upper_bound_minor": sum(liquid.upper[account] for account in accounts),
            "delay_indicator": _ratio(*delays[code]),
        }
    return {
        "currencies": blocks,
        "total": _total(result, legs, blocks, delays),
        "digest": result.engine.digest().hex(),
        "log_head": result.head.hash.hex(),
        "engine": f"comity {version('comity')}",
        "seed": result.engine.seed,
    }


def liquidity(result: DayResult) -> Liquidity:
    """Return the liquidity of every account: what was used, and the bounds.

    What an auction moves enters at the instant of the auction, after the payments of that instant, and in the
    order in which the engine posts it: all that is sold, then all that is bought.
    """
    legs, table = result.legs, result.table
    balances = result.engine.balances()
    counts = [kind == "settlement" for kind in result.engine.accounts.kind]
    legs = legs.of(legs.queues)
    moved = np.flatnonzero(table["kind"] == InstructionKind.CONVERSION)
    order = np.argsort(np.concatenate([legs.entered, table["final"][moved]]), kind="stable")
    debtor, creditor, amount = (
        np.concatenate([getattr(legs, name), table[name][moved].astype(np.int64)])[order]
        for name in ("debtor", "creditor", "amount")
    )
    account = np.column_stack([debtor, creditor]).ravel()
    amount = np.column_stack([amount, -amount]).ravel()
    known = account >= 0
    upper, _, net = peaks(account[known], amount[known], len(counts))
    used = (balances["opening"] - balances["lowest"]).tolist()
    return Liquidity(
        used=[max(0, value) if own else 0 for value, own in zip(used, counts, strict=True)],
        lower=[max(0, value) if own else 0 for value, own in zip(net, counts, strict=True)],
        upper=[value if own else 0 for value, own in zip(upper, counts, strict=True)],
    )


def _counts(legs: Legs) -> dict[str, object]:
    return {
        "instructions": len(legs),
        "settled": int(legs.settled.sum()),
        "rejected": int((legs.state == State.RJTD).sum()),
        "cancelled": int((legs.state == State.CAND).sum()),
        "waiting": int((legs.state < State.STLD).sum()),
    }


def _values(legs: Legs) -> dict[str, object]:
    queued = legs.of(legs.queues)
    cleared = {
        How.CLEARING: total(legs.cleared[legs.is_owed]),
        How.AUCTION: total(legs.cleared[legs.is_ordered]),
    }
    values = {
        "value_minor": total(legs.amount),
        "settled_value_minor": total(queued.amount[queued.settled]) + sum(cleared.values()),
    }
    for how in How:
        if how:
            queue = total(queued.amount[queued.settled_by(how)])
            values[f"{how.name.lower()}_value_minor"] = queue + cleared.get(how, 0)
    return dict(values)


def total(amounts: NDArray[np.int64]) -> int:
    """Sum of amounts, whatever its size."""
    high, low = amounts >> 31, amounts & 0x7FFFFFFF
    return (int(high.sum()) << 31) + int(low.sum())


def _waiting_max(legs: Legs) -> int:
    """Return the largest number of legs that waited at one time, what changes at one instant taken together."""
    waited = (legs.final == 0) | (legs.final > legs.entered)
    leaves = legs.final[waited & (legs.final > 0)]
    instants = np.concatenate([legs.entered[waited], leaves])
    if not len(instants):
        return 0
    steps = np.concatenate([np.ones(int(waited.sum()), np.int64), -np.ones(len(leaves), np.int64)])
    order = np.argsort(instants, kind="stable")
    last = np.append(np.flatnonzero(np.diff(instants[order])), len(order) - 1)
    return max(0, int(np.cumsum(steps[order])[last].max()))


def _delay(legs: Legs, cutoff: int) -> tuple[int, int]:
    """Return the sum of amount times microseconds waited, and the same had nothing settled."""
    legs = legs.of(legs.entered < cutoff)
    until = np.where(legs.settled, np.minimum(legs.final, cutoff), cutoff)
    amounts = legs.amount.tolist()
    waited = sum(map(mul, amounts, (until - legs.entered).tolist()))
    possible = sum(map(mul, amounts, (cutoff - legs.entered).tolist()))
    return waited, possible


def _ratio(waited: int | Fraction, possible: int | Fraction) -> float:
    return float(Fraction(waited) / Fraction(possible)) if possible else 0.0


def _total(
    result: DayResult, legs: Legs, blocks: dict[str, dict[str, object]], delays: dict[str, tuple[int, int]]
) -> dict[str, object]:
    states = [rows.final_states(result.table) for rows in result.rows]
    repeated = sum(int(rows.repeated.sum()) for rows in result.rows)
    state = np.concatenate(states)
    counts = {
        "instructions": len(state) + repeated,
        "settled": int((state == State.STLD).sum()),
        "rejected": int((state == State.RJTD).sum()),
        "cancelled": int((state == State.CAND).sum()),
        "waiting": int((state < State.STLD).sum()),
        "repeated": repeated,
        "waiting_max": _waiting_max(legs.of(legs.is_row & legs.queues)),
    }
    worth = _unit_values(result)
    if worth is None:
        return {**counts, **dict.fromkeys(_VALUES), "delay_indicator": None}
    values: dict[str, object] = {}
    for name in _VALUES:
        exact = sum((worth[code] * int(str(block[name])) for code, block in blocks.items()), Fraction())
        values[name] = round(exact * UNIT_MINOR)
    waited = sum((worth[code] * delay[0] for code, delay in delays.items()), Fraction())
    possible = sum((worth[code] * delay[1] for code, delay in delays.items()), Fraction())
    return {**counts, **values, "delay_indicator": _ratio(waited, possible)}


def _unit_values(result: DayResult) -> dict[str, Fraction] | None:
    """Return units of account per minor unit of each currency, None unless rates reach all of them."""
    genesis = result.day.genesis
    rates = [Rate(rate.date, rate.base, rate.quote, rate.rate) for rate in result.day.rates]
    major = unit_values([code for code, _ in genesis.currencies], genesis.unit, rates, genesis.business_date)
    if major is None:
        return None
    return {code: major[code] / 10**exponent for code, exponent in genesis.currencies}
