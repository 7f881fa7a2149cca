"""What waited over the day, and the accounts where most of it waited.

With the lines of a `WaitingRecorder` the waiting amount is told apart by what it
waited for; without them, by what became of it. An instruction waits from its
entry until it settles, is rejected or is cancelled.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from comity.model.instant import parse_instant
from comity.statistics.exact import Sums
from comity.statistics.flows import Clock
from comity.statistics.legs import Legs
from comity.statistics.recorder import PEAKS_FILE, WAITING, WAITING_FILE
from comity.statistics.running import peaks

NEVER_SETTLED = "not settled"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Amounts and numbers waiting at the start of each step of the day."""

    by_cause: bool
    """Whether labels are states that say what is missing; otherwise what became of the item."""
    value: Mapping[tuple[str, str], tuple[int, ...]]
    """Minor units per step, by (currency, label)."""
    items: Mapping[tuple[str, str], tuple[int, ...]]

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label that occurs, in alphabetical order."""
        return tuple(sorted({label for _, label in self.value}))


@dataclass(frozen=True, slots=True)
class Queue:
    """The largest amount that waited to leave one account, and what it waited for."""

    participant: str
    currency: str
    at: int
    """Microseconds since 1970-01-01 UTC."""
    items: int
    value_minor: int
    causes: Mapping[str, int]
    """Minor units by label, as in `Waiting`."""
    settled_minor: int
    """How much of it settled before the day ended."""


def waiting(out: Path, sums: Sums, legs: Legs, clock: Clock) -> Waiting:
    """Return what waited at each step, from the recorder's lines in `out` if they are there."""
    recorded = out / WAITING_FILE
    return _recorded(recorded, clock) if recorded.is_file() else _inferred(sums, legs, clock)


def _recorded(path: Path, clock: Clock) -> Waiting:
    value: dict[tuple[str, str], list[int]] = {}
    items: dict[tuple[str, str], list[int]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            step = -((clock.start - parse_instant(row["at"])) // clock.step)
            if 0 <= step < clock.count:
                key = (row["currency"], row["state"])
                value.setdefault(key, [0] * clock.count)[step] = int(row["value_minor"])
                items.setdefault(key, [0] * clock.count)[step] = int(row["items"])
    return Waiting(by_cause=True, value=_frozen(value), items=_frozen(items))


def _inferred(sums: Sums, legs: Legs, clock: Clock) -> Waiting:
    value: dict[tuple[str, str], list[int]] = {}
    items: dict[tuple[str, str], list[int]] = {}
    for column, sign in (("entered", 1), ("final", -1)):
        query = _WAITED.format(column=column)
        for currency, how, settled, step, number, amount in sums.rows(query, clock.start, clock.step, clock.step):
            label = f"settled {legs.hows[how]}".strip() if settled else NEVER_SETTLED
            key = (legs.currencies[currency], label)
            value.setdefault(key, [0] * clock.count)
            items.setdefault(key, [0] * clock.count)
            if step < clock.count:
                value[key][max(step, 0)] += sign * amount
                items[key][max(step, 0)] += sign * number
    return Waiting(by_cause=False, value=_summed(value), items=_summed(items))


def queues(out: Path, legs: Legs, largest: int) -> list[Queue]:
    """Return, for each account, its largest queue; at most the `largest` of each currency, largest first."""
    recorded = out / PEAKS_FILE
    found = _recorded_peaks(recorded, legs) if recorded.is_file() else _inferred_peaks(legs)
    best: dict[str, list[Queue]] = {}
    for queue in sorted(found, key=lambda queue: (-queue.value_minor, queue.participant)):
        best.setdefault(queue.currency, []).append(queue)
    return [queue for currency in sorted(best) for queue in best[currency][:largest]]


def _recorded_peaks(path: Path, legs: Legs) -> list[Queue]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = []
    for row in rows:
        causes = {state.name: int(row[f"{state.name}_minor"]) for state in WAITING}
        at = parse_instant(row["at"])
        value = int(row["value_minor"])
        settled = min(value, _later_settled(legs, row["participant"], row["currency"], at))
        some = {label: minor for label, minor in causes.items() if minor}
        found.append(Queue(row["participant"], row["currency"], at, int(row["items"]), value, some, settled))
    return found


def _inferred_peaks(legs: Legs) -> list[Queue]:
    waited = np.flatnonzero(legs.final > legs.entered)
    width = len(legs.currencies)
    account = legs.debtor[waited].astype(np.int64) * width + legs.currency[waited]
    at = np.concatenate([legs.final[waited], legs.entered[waited]])
    order = np.argsort(at, kind="stable")
    amounts = np.concatenate([-legs.amount[waited], legs.amount[waited]])[order]
    groups = np.concatenate([account, account])[order]
    value, place, _ = peaks(groups, amounts, len(legs.participants) * width)
    return [_queue(legs, index, int(at[order[place[index]]])) for index in range(len(value)) if value[index]]


def _queue(legs: Legs, account: int, at: int) -> Queue:
    width = len(legs.currencies)
    which = _waits(legs, account // width, account % width, at)
    settled = legs.settled[which]
    causes: dict[str, int] = {}
    for how, done, amount in zip(legs.how[which].tolist(), settled.tolist(), legs.amount[which].tolist(), strict=True):
        label = f"settled {legs.hows[how]}".strip() if done else NEVER_SETTLED
        causes[label] = causes.get(label, 0) + amount
    total = sum(causes.values())
    return Queue(
        legs.participants[account // width],
        legs.currencies[account % width],
        at,
        len(which),
        total,
        causes,
        total - causes.get(NEVER_SETTLED, 0),
    )


def _waits(legs: Legs, participant: int, currency: int, at: int) -> NDArray[np.intp]:
    """Places of the legs that wait to leave an account at an instant."""
    own = np.flatnonzero(legs.debtor == participant)
    own = own[legs.currency[own] == currency]
    waits: NDArray[np.intp] = own[(legs.entered[own] <= at) & (legs.final[own] > at)]
    return waits


def _later_settled(legs: Legs, participant: str, currency: str, at: int) -> int:
    if participant not in legs.participants or currency not in legs.currencies:
        return 0
    which = _waits(legs, legs.participants.index(participant), legs.currencies.index(currency), at)
    return sum(legs.amount[which[legs.settled[which]]].tolist())


def _frozen(series: Mapping[tuple[str, str], list[int]]) -> dict[tuple[str, str], tuple[int, ...]]:
    return {key: tuple(series[key]) for key in sorted(series)}


def _summed(series: Mapping[tuple[str, str], list[int]]) -> dict[tuple[str, str], tuple[int, ...]]:
    sums = {}
    for key in sorted(series):
        total = 0
        steps = []
        for change in series[key]:
            total += change
            steps.append(total)
        sums[key] = tuple(steps)
    return sums


_WAITED = """
    SELECT currency, how, settled, ({column} - ? + ? - 1) // ? AS step, count(*), sum(amount)
    FROM leg WHERE final > entered GROUP BY 1, 2, 3, 4
"""
