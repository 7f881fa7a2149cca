"""One offsetting pass over a queue in files: what settles together.

The queue becomes the same `OffsettingProblem` that an engine makes of its own,
a solver searches, and the answer is checked again in whole numbers before it is
returned.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from comity.day.entries import Entries
from comity.day.queue import Queue, read_queue
from comity.day.sources import Source
from comity.engine.columns import FLAG_BY_BUYER, FLAG_BY_SELLER, FLAG_PRIORITY
from comity.engine.offsetting import BILATERAL, HOLDING, MULTILATERAL, OffsettingProblem
from comity.errors import InvariantBroken
from comity.model.reason import Priority
from comity.solvers.offsetting import solve

_BOTH = FLAG_BY_SELLER | FLAG_BY_BUYER
_CODES = {"bilateral": BILATERAL, "multilateral": MULTILATERAL, "holding": HOLDING}


class Leg(NamedTuple):
    """One debit of the problem: `account` pays `creditor`."""

    priority: int
    account: int
    creditor: int
    amount: int
    fund: int
    bundle: int
    limited: bool
    """Whether the payer's limits bind it."""
    counted: bool
    """Whether it counts in payers' limits."""
    entries: tuple[tuple[Entries, int], ...]
    """Where each instruction that settles with it stands: the entries of its file, and its place there."""


@dataclass(frozen=True, slots=True)
class Offsetting:
    """What one pass settles.

    Attributes
    ----------
    settled
        Columns id, file, row: what settles, in the order of the queue.
    balances
        Columns participant, currency, opening, in, out, closing: minor units.
    value_minor, bound_minor, count
        Per currency: value settled, no set of these items settles more, debits settled.
    rule
        The rule that searched.
    """

    settled: pa.Table
    balances: pa.Table
    value_minor: dict[str, int]
    bound_minor: dict[str, int]
    count: dict[str, int]
    rule: str

    def to_arrow(self) -> pa.Table:
        """Return what settles, in the order of the queue."""
        return self.settled

    def summary(self) -> dict[str, object]:
        """Return the content of summary.json; values of several currencies are added as they are."""
        blocks = {
            code: {"value_minor": value, "count": self.count[code], "bound_minor": self.bound_minor[code]}
            for code, value in self.value_minor.items()
        }
        return {
            "rule": self.rule,
            "value_minor": sum(self.value_minor.values()),
            "count": self.settled.num_rows,
            "bound_minor": sum(self.bound_minor.values()),
            "currencies": blocks,
        }


def offset(
    accounts: Source, queue: Source, pvp: Source | None = None, limits: Source | None = None, rule: str = "fifo"
) -> Offsetting:
    """Find what of a queue settles together.

    Parameters
    ----------
    accounts
        participant, currency, opening, credit_limit?, reserve_urgent?, reserve_high?
    queue
        Payments as in a DAY; the order of rows is that of the queue.
    pvp
        PvP trades as in a DAY; they stand behind payments of the same priority.
    limits
        kind (bilateral, multilateral, holding), debtor, creditor, currency, amount.
    rule
        `fifo`, `all-or-nothing`, `partial`, `greedy`, `best`, or `exact` (at most 200 debits).

    Raises
    ------
    InvalidRequest
        With every fault of the tables, or if there is no such rule.
    NotFound
        If a file is missing.
    """
    waiting = read_queue(accounts, queue, pvp, limits)
    legs = sorted(chain(_payment_legs(waiting), _pvp_legs(waiting)), key=lambda leg: leg.priority)
    problem = _problem(waiting, legs)
    proposal = solve(problem, rule)
    keep = proposal.keep
    return Offsetting(
        settled=_settled(legs, keep),
        balances=_balances(waiting, problem, keep),
        value_minor=_per_currency(waiting, problem, np.where(keep, problem.amount, 0)),
        bound_minor={code: int(proposal.bound_minor[place]) for place, (code, _) in enumerate(waiting.currencies)},
        count=_per_currency(waiting, problem, keep.astype(np.int64)),
        rule=rule,
    )


def _payment_legs(waiting: Queue) -> Iterator[Leg]:
    """Payments that wait; a linked set is a bundle of its lowest priority, incomplete ones are left out."""
    rows, sides = waiting.payments.rows, waiting.payments.sides
    fit = _first_of_id(rows) & (rows["amount"] > 0)
    members: dict[tuple[int, int], list[int]] = {}
    for place in np.flatnonzero(fit & (rows["side"] >= 0)).tolist():
        link = tuple(sides[rows["side"][place]]["link"].tolist())
        if any(link):
            members.setdefault(link, []).append(place)
    bundle = np.full(len(rows), -1, np.int64)
    priority = rows["flags"] & FLAG_PRIORITY
    own_priority = priority.copy()
    for number, places in enumerate(members.values()):
        bundle[places] = number
        priority[places] = priority[places].max()
        fit[places] &= len(places) == sides[rows["side"][places[0]]]["link_size"]
    for place in np.flatnonzero(fit).tolist():
        row = rows[place]
        linked = bundle[place] >= 0
        yield Leg(
            priority=int(priority[place]),
            account=int(row["debtor"]),
            creditor=int(row["creditor"]),
            amount=int(row["amount"]),
            fund=int(Priority.NORMAL if linked else priority[place]),
            bundle=int(bundle[place]),
            limited=bool(own_priority[place] == Priority.NORMAL),
            counted=True,
            entries=((waiting.payments, place),),
        )


def _pvp_legs(waiting: Queue) -> Iterator[Leg]:
    """PvP trades that are matched, two legs each, bundled; numbered after all linked sets."""
    rows = waiting.pvps.rows
    fit = _first_of_id(rows) & (rows["sell_amount"] > 0) & (rows["buy_amount"] > 0)
    bundle = len(waiting.payments.rows)
    for places in _matched(rows, np.flatnonzero(fit).tolist()):
        row, bundle = rows[places[-1]], bundle + 1
        for paying, getting, amount in (
            ("seller_pays", "buyer_gets", "sell_amount"),
            ("buyer_pays", "seller_gets", "buy_amount"),
        ):
            yield Leg(
                priority=int(row["flags"]) & FLAG_PRIORITY,
                account=int(row[paying]),
                creditor=int(row[getting]),
                amount=int(row[amount]),
                fund=int(Priority.NORMAL),
                bundle=bundle,
                limited=False,
                counted=False,
                entries=tuple((waiting.pvps, place) for place in places) if amount == "sell_amount" else (),
            )


def _matched(rows: np.ndarray, places: list[int]) -> Iterator[tuple[int, ...]]:
    """Entries of one trade: one signed by both, or two that agree, the oldest first."""
    alone: dict[tuple[object, ...], list[int]] = {}
    content = ["seller_pays", "buyer_gets", "buyer_pays", "seller_gets", "sell_amount", "buy_amount"]
    for place in places:
        by = int(rows[place]["flags"]) & _BOTH
        if by == _BOTH:
            yield (place,)
            continue
        trade = rows[place][content].item()
        others = alone.get((_BOTH - by, *trade), [])
        partner = next((other for other in others if _agree(rows[other], rows[place])), None)
        if partner is None:
            alone.setdefault((by, *trade), []).append(place)
        else:
            others.remove(partner)
            yield (partner, place)


def _agree(one: np.void, other: np.void) -> bool:
    first, second = one["reference"].tolist(), other["reference"].tolist()
    return first == second or not any(first) or not any(second)


def _first_of_id(rows: np.ndarray) -> NDArray[np.bool_]:
    """Mark the first row of each id."""
    first = np.zeros(len(rows), np.bool_)
    first[np.unique(rows["key"], axis=0, return_index=True)[1] if len(rows) else []] = True
    return first


def _problem(waiting: Queue, legs: list[Leg]) -> OffsettingProblem:
    limits = _Limits(waiting)
    wide = {name: np.array([getattr(leg, name) for leg in legs], np.int64) for name in Leg._fields[:6]}
    out = [limits.of(leg.account, leg.creditor) if leg.counted else -1 for leg in legs]
    back = [limits.of(leg.creditor, leg.account) if leg.counted else -1 for leg in legs]
    none = np.full(len(legs), -1, np.int32)
    return OffsettingProblem(
        slot=np.arange(len(legs), dtype=np.int32),
        passed=np.zeros(len(legs), np.int32),
        account=wide["account"].astype(np.int32),
        creditor=wide["creditor"].astype(np.int32),
        amount=wide["amount"],
        priority=wide["priority"].astype(np.int8),
        fund=wide["fund"].astype(np.int8),
        bundle=_dense(wide["bundle"]),
        limit_out=np.array(out, np.int32),
        limit_in=np.array(back, np.int32),
        binds=np.array([leg.limited for leg in legs], np.bool_),
        cap_a=none,
        cap_b=none,
        holding=np.array([limits.holding.get(leg.creditor, -1) for leg in legs], np.int32),
        room=np.array([each.opening_minor + each.credit_limit_minor for each in waiting.accounts], np.int64),
        urgent=np.array([each.reserve_urgent_minor for each in waiting.accounts], np.int64),
        high=np.array([each.reserve_high_minor for each in waiting.accounts], np.int64),
        currency=_currency_of(waiting),
        space=np.array(limits.space, np.int64),
        kind=np.array(limits.kind, np.int8),
    )


def _dense(bundle: NDArray[np.int64]) -> NDArray[np.int32]:
    """Give the bundles the numbers 0, 1, ... in their order; -1 stays."""
    used = np.unique(bundle[bundle >= 0])
    return np.where(bundle < 0, -1, np.searchsorted(used, bundle)).astype(np.int32)


def _currency_of(waiting: Queue) -> NDArray[np.int32]:
    index = {code: place for place, (code, _) in enumerate(waiting.currencies)}
    return np.array([index[account.currency] for account in waiting.accounts], np.int32)


class _Limits:
    """The limits as constraints: what is left, and which one a payment counts in."""

    def __init__(self, waiting: Queue) -> None:
        place = {(each.participant, each.currency): index for index, each in enumerate(waiting.accounts)}
        self.space: list[int] = []
        self.kind: list[int] = []
        self.bilateral: dict[tuple[int, int], int] = {}
        self.multilateral: dict[int, int] = {}
        self.holding: dict[int, int] = {}
        for number, limit in enumerate(waiting.limits):
            owner = place[limit.debtor, limit.currency]
            self.kind.append(_CODES[limit.kind])
            self.space.append(limit.amount_minor)
            if limit.kind == "bilateral":
                self.bilateral[owner, place[limit.creditor, limit.currency]] = number
            elif limit.kind == "multilateral":
                self.multilateral[owner] = number
            else:
                self.holding[owner] = number
                self.space[-1] -= waiting.accounts[owner].opening_minor

    def of(self, payer: int, creditor: int) -> int:
        """Return the payer's limit in which flows between the two count, -1 none."""
        return self.bilateral.get((payer, creditor), self.multilateral.get(payer, -1))


def _settled(legs: list[Leg], keep: NDArray[np.bool_]) -> pa.Table:
    found = [entry for leg, kept in zip(legs, keep.tolist(), strict=True) if kept for entry in leg.entries]
    return pa.table(
        {
            "id": pa.array([str(entries.ids[place]) for entries, place in found], pa.string()),
            "file": pa.array([entries.file for entries, _ in found], pa.string()),
            "row": pa.array([int(entries.numbers[place]) for entries, place in found], pa.int32()),
        }
    )


def _balances(waiting: Queue, problem: OffsettingProblem, keep: NDArray[np.bool_]) -> pa.Table:
    paid = np.zeros(len(waiting.accounts), np.int64)
    got = paid.copy()
    np.add.at(paid, problem.account[keep], problem.amount[keep])
    np.add.at(got, problem.creditor[keep], problem.amount[keep])
    opening = np.array([account.opening_minor for account in waiting.accounts], np.int64)
    if np.any((problem.room - paid + got < 0) & (paid > 0)):
        raise InvariantBroken("the proposal leaves an account short")
    return pa.table(
        {
            "participant": pa.array([account.participant for account in waiting.accounts], pa.string()),
            "currency": pa.array([account.currency for account in waiting.accounts], pa.string()),
            "opening": opening,
            "in": got,
            "out": paid,
            "closing": opening + got - paid,
        }
    )


def _per_currency(waiting: Queue, problem: OffsettingProblem, figure: NDArray[np.int64]) -> dict[str, int]:
    total = np.zeros(len(waiting.currencies), np.int64)
    np.add.at(total, problem.currency[problem.account], figure)
    return {code: int(total[place]) for place, (code, _) in enumerate(waiting.currencies)}
