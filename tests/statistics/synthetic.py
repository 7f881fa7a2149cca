"""A made-up settled day: an OUT folder with every file that the report reads.

Nothing here settles by rule; arrivals, waits and outcomes are drawn, and the
balances follow from them exactly, so that figures can be checked.
"""

import csv
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from comity.model.union import Account, Genesis, Member, Participant, Schedule
from comity.statistics.setting import Setting, exponent
from comity.statistics.unit import Rate

MEMBERS = (
    ("AE", "AED", "United Arab Emirates", 3.67),
    ("BR", "BRL", "Brazil", 5.4),
    ("CN", "CNY", "China", 6.4),
    ("EG", "EGP", "Egypt", 15.7),
    ("ET", "ETB", "Ethiopia", 49.0),
    ("ID", "IDR", "Indonesia", 14300.0),
    ("IN", "INR", "India", 76.0),
    ("IR", "IRR", "Iran", 42000.0),
    ("RU", "RUB", "Russia", 73.0),
    ("ZA", "ZAR", "South Africa", 15.9),
)
DAY = date(2021, 12, 15)
_HOUR = 3_600_000_000
_MIDNIGHT = 18976 * 24 * _HOUR
_WEIGHT = np.array([4, 5, 24, 2, 1, 5, 9, 3, 14, 4], float)


@dataclass(frozen=True, slots=True)
class Synthetic:
    """Where the day lies and what its union is."""

    out: Path
    setting: Setting


def genesis(banks: int = 60) -> Genesis:
    weights = _WEIGHT / _WEIGHT.sum()
    homes = np.repeat(np.arange(10), np.maximum(1, np.round(weights * banks).astype(int)))
    participants = [Participant(code, code, f"Central bank of {name}") for code, _, name, _ in MEMBERS]
    participants += [
        Participant(f"BK{MEMBERS[home][0]}{place:03d}", MEMBERS[home][0], f"Bank {place} of {MEMBERS[home][2]}")
        for place, home in enumerate(homes.tolist())
    ]
    return Genesis(
        name="Union of ten",
        business_date=DAY,
        currencies=tuple((currency, exponent(currency)) for _, currency, _, _ in MEMBERS),
        members=tuple(Member(code, currency, name) for code, currency, name, _ in MEMBERS),
        participants=tuple(participants),
        accounts=tuple(
            Account(one.code, currency)
            for one in participants
            for _, currency, _, _ in MEMBERS
            if one.code != one.member
        ),
        schedule=Schedule(),
    )


def rates() -> tuple[Rate, ...]:
    return tuple(Rate(DAY, "USD", currency, Fraction(str(cost))) for _, currency, _, cost in MEMBERS)


def synthetic_day(
    out: Path, count: int = 5_000, seed: int = 1, *, with_rates: bool = True, recorded: bool = True
) -> Synthetic:
    """Write a day of `count` instructions to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    chance = np.random.Generator(np.random.PCG64(seed))
    union = genesis()
    table = _instructions(chance, union, count)
    pq.write_table(pa.table(table), out / "instructions.parquet", compression="zstd")
    _balances(out, table, union)
    _cycles(out, chance)
    _summary(out, table)
    if recorded:
        _waiting(out, table, chance)
    return Synthetic(out, Setting.from_genesis(union, rates() if with_rates else ()))


def _instructions(chance: np.random.Generator, union: Genesis, count: int) -> dict[str, pa.Array]:
    banks = [one for one in union.participants if one.code != one.member]
    home = np.array([[code for code, *_ in MEMBERS].index(one.member) for one in banks])
    size = _WEIGHT[home] / (1 + np.arange(len(banks)) % 7)
    debtor, creditor = (chance.choice(len(banks), count, p=size / size.sum()) for _ in range(2))
    creditor = np.where(debtor == creditor, (creditor + 1) % len(banks), creditor)
    draw = chance.random(count)
    currency = np.where(draw < 0.5, home[debtor], np.where(draw < 0.86, home[creditor], 2))
    cost = np.array([cost * 10 ** exponent(code) for _, code, _, cost in MEMBERS])
    amount = np.maximum(1, chance.lognormal(11.5, 1.6, count) * cost[currency]).astype(np.int64)
    arrival = np.where(chance.random(count) < 0.5, chance.beta(1.2, 4, count), chance.beta(5, 1.6, count))
    entered = _MIDNIGHT + np.sort((_HOUR + arrival * 15 * _HOUR).astype(np.int64))
    wait = np.where(chance.random(count) < 0.55, 0, chance.exponential(1.1 * _HOUR, count)).astype(np.int64)
    final = np.where(wait, -(-(entered + wait) // 300_000_000) * 300_000_000, entered)
    cut = _MIDNIGHT + 17 * _HOUR
    failed = (final >= cut) | (chance.random(count) < 0.01)
    way = np.where(wait == 0, 0, chance.choice(3, count, p=[0.4, 0.2, 0.4]))
    pvp = chance.random(count) < 0.06
    other = (currency + 1 + chance.integers(0, 8, count)) % 10
    bought = np.maximum(1, (amount / cost[currency] * cost[other])).astype(np.int64)
    codes = np.array([code for _, code, _, _ in MEMBERS])
    names = np.array([one.code for one in banks])
    reasons = np.array(["AM04", "AM21", "ED05", "TM01"])
    why = np.where(pvp, 2, chance.choice([0, 1, 3], count, p=[0.8, 0.15, 0.05]))
    ends = pa.array(np.where(failed, np.maximum(cut, entered), final), pa.timestamp("us", "UTC"))
    return {
        "file": _text(np.where(pvp, "pvp.csv", "payments.csv")),
        "row": pa.array(np.arange(count) + 1),
        "id": pa.array([f"P{place:09d}" for place in range(count)]),
        "kind": _text(np.where(pvp, "pvp", "payment")),
        "participant": _text(names[debtor]),
        "debtor": _text(names[debtor]),
        "creditor": _text(names[creditor]),
        "currency": _text(codes[currency]),
        "amount_minor": pa.array(amount),
        "state": _text(np.where(failed, "RJTD", "STLD")),
        "reason": _text(np.where(failed, reasons[why], "")),
        "entered_at": pa.array(entered, pa.timestamp("us", "UTC")),
        "irrevocable_at": ends,
        "final_at": ends,
        "how": _text(np.where(failed, "", np.array(["gross", "bilateral", "multilateral"])[way])),
        "settled_minor": pa.array(np.where(failed, 0, amount)),
        "counter_currency": pa.array(codes[other], mask=~pvp),
        "counter_amount_minor": pa.array(bought, mask=~pvp),
    }


def _text(values: NDArray[np.str_]) -> pa.Array:
    return pa.array(values).dictionary_encode()


def _balances(out: Path, table: dict[str, pa.Array], union: Genesis) -> None:
    """Openings are what was drawn of each account and a little more, so that no balance falls below zero."""
    flows: dict[tuple[str, str], list[tuple[int, int]]] = {}
    settled = np.flatnonzero(np.array(table["state"].to_pylist()) == "STLD").tolist()
    columns = {name: column.to_pylist() for name, column in table.items() if name not in {"id", "entered_at"}}
    final = table["final_at"].cast(pa.int64()).to_pylist()
    for row in settled:
        pair = columns["debtor"][row], columns["creditor"][row]
        legs = [(*pair, columns["currency"][row], columns["amount_minor"][row])]
        if columns["counter_currency"][row]:
            legs.append((pair[1], pair[0], columns["counter_currency"][row], columns["counter_amount_minor"][row]))
        for debtor, creditor, currency, amount in legs:
            flows.setdefault((debtor, currency), []).append((final[row], -amount))
            flows.setdefault((creditor, currency), []).append((final[row], amount))
    with (out / "balances.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("participant", "currency", "opening", "in", "out", "closing", "lowest", "credit_used_max"))
        for account in union.accounts:
            changes = sorted(flows.get((account.participant, account.currency), []))
            lows = np.cumsum([0] + [change for _, change in changes]).min()
            came = sum(change for _, change in changes if change > 0)
            went = -sum(change for _, change in changes if change < 0)
            opening = -int(lows) + 100
            amounts = (opening, came, went, opening + came - went, 100, 0)
            places = exponent(account.currency)
            lines.writerow(
                (
                    account.participant,
                    account.currency,
                    *(_major(one, places) for one in amounts),
                )
            )


def _major(minor: int, places: int) -> str:
    if not places:
        return str(minor)
    return f"{minor // 10**places}.{minor % 10**places:0{places}d}"


def _cycles(out: Path, chance: np.random.Generator) -> None:
    with (out / "cycles.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        amounts = ("items", "value_minor", "bound_minor")
        lines.writerow(("cycle", "at", "kind", "rule", "currency", *amounts, "certified", "proposer", "refused"))
        for number in range(1, 190):
            at = datetime.fromtimestamp(_MIDNIGHT // 1_000_000 + 3600 + 300 * number, UTC)
            for _, code, _, cost in MEMBERS[:6]:
                items = int(chance.integers(0, 40))
                value = int(items * cost * 10 ** exponent(code) * 150_000 * chance.random())
                stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
                bound = int(value * (1 + chance.random()))
                lines.writerow((number, stamp, "offsetting", "fifo", code, items, value, bound, "false", "node", ""))


def _summary(out: Path, table: dict[str, pa.Array]) -> None:
    plain = {
        "currencies": {},
        "total": {"instructions": len(table["row"])},
        "digest": "7f3a" * 8,
        "log_head": "c0ffee" * 10 + "0000",
        "engine": "0.1.0",
        "seed": 7,
    }
    (out / "summary.json").write_text(json.dumps(plain), encoding="utf-8")


def _waiting(out: Path, table: dict[str, pa.Array], chance: np.random.Generator) -> None:
    """Write what a recorder would have seen, with drawn causes."""
    entered = table["entered_at"].cast(pa.int64()).to_numpy(zero_copy_only=False)
    final = table["final_at"].cast(pa.int64()).to_numpy(zero_copy_only=False)
    amount = table["amount_minor"].to_numpy(zero_copy_only=False)
    currency = np.array(table["currency"].to_pylist())
    debtor = np.array(table["debtor"].to_pylist())
    pvp = np.array(table["kind"].to_pylist()) == "pvp"
    states = np.array(["PSTL", "SMLR", "SRBL", "SSPD", "UMAC"])
    state = states[
        np.where(pvp & (chance.random(len(pvp)) < 0.4), 4, chance.choice(4, len(pvp), p=[0.8, 0.05, 0.13, 0.02]))
    ]
    with (out / "waiting.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("at", "currency", "state", "items", "value_minor"))
        for step in range(12, 205):
            at = _MIDNIGHT + step * 300_000_000
            here = (entered < at) & (final >= at)
            stamp = datetime.fromtimestamp(at // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            for code in np.unique(currency[here]):
                for name in states:
                    which = here & (currency == code) & (state == name)
                    if which.any():
                        lines.writerow((stamp, code, name, int(which.sum()), int(amount[which].sum())))
    with (out / "peaks.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        names = ["PSTL", "SMLR", "RMLR", "SRBL", "UMAC", "SSPD", "WHSD", "PCAN"]
        lines.writerow(("participant", "currency", "at", "items", "value_minor", *(f"{name}_minor" for name in names)))
        for bank in np.unique(debtor)[:30]:
            for code in np.unique(currency):
                own = (debtor == bank) & (currency == code)
                at = _MIDNIGHT + int(chance.integers(40, 200)) * 300_000_000
                which = own & (entered < at) & (final >= at)
                if which.any():
                    stamp = datetime.fromtimestamp(at // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
                    split = [int(amount[which & (state == name)].sum()) for name in names]
                    lines.writerow((bank, code, stamp, int(which.sum()), int(amount[which].sum()), *split))
