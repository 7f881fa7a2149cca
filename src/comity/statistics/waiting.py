"""What waited over the day, and the accounts where most of it waited.

With the lines of a `WaitingRecorder` the waiting amount is told apart by what it
waited for; without them, by what became of it. An instruction waits from its
entry until it settles, is rejected or is cancelled.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

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
    return _recorded_peaks(recorded, legs, largest) if recorded.is_file() else _inferred_peaks(legs, largest)


def _recorded_peaks(path: Path, legs: Legs, largest: int) -> list[Queue]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    best = _largest([(row["currency"], int(row["value_minor"]), row["participant"], row) for row in rows], largest)
    waited = _Waited(legs)
    found = []
    for currency, value, participant, row in best:
        at = parse_instant(row["at"])
        causes = {state.name: int(row[f"{state.name}_minor"]) for state in WAITING}
        some = {label: minor for label, minor in causes.items() if minor}
        settled = min(value, waited.later_settled(participant, currency, at))
        found.append(Queue(participant, currency, at, int(row["items"]), value, some, settled))
    return found


def _inferred_peaks(legs: Legs, largest: int) -> list[Queue]:
    waited = _Waited(legs)
    at = np.concatenate([waited.final, waited.entered])
    order = np.argsort(at, kind="stable")
    amounts = np.concatenate([-waited.amount, waited.amount])[order]
    groups = np.concatenate([waited.account, waited.account])[order]
    width = len(legs.currencies)
    value, place, _ = peaks(groups, amounts, len(legs.participants) * width)
    tops = [
        (legs.currencies[account % width], minor, legs.participants[account // width], int(at[order[place[account]]]))
        for account, minor in enumerate(value)
        if minor
    ]
    return [waited.queue(participant, currency, when) for currency, _, participant, when in _largest(tops, largest)]


_Top = TypeVar("_Top")


def _largest(tops: list[tuple[str, int, str, _Top]], most: int) -> list[tuple[str, int, str, _Top]]:
    """The first `most` of each currency by value, then name."""
    found: dict[str, list[tuple[str, int, str, _Top]]] = {}
    for top in sorted(tops, key=lambda top: (top[0], -top[1], top[2])):
        own = found.setdefault(top[0], [])
        if len(own) < most:
            own.append(top)
    return [top for own in found.values() for top in own]


class _Waited:
    """The legs that did not become final on entry, by the account that they leave."""

    def __init__(self, legs: Legs) -> None:
        which = np.flatnonzero(legs.final > legs.entered)
        self._legs = legs
        self._width = len(legs.currencies)
        self.account = legs.debtor[which].astype(np.int64) * self._width + legs.currency[which]
        self.amount = legs.amount[which]
        self.entered = legs.entered[which]
        self.final = legs.final[which]
        self._settled = legs.settled[which]
        self._how = legs.how[which]

    def queue(self, participant: str, currency: str, at: int) -> Queue:
        """Return what waited to leave an account at an instant, by what became of it."""
        which = self._at(participant, currency, at)
        causes: dict[str, int] = {}
        rows = zip(self._how[which].tolist(), self._settled[which].tolist(), self.amount[which].tolist(), strict=True)
        for how, settled, amount in rows:
            label = f"settled {self._legs.hows[how]}".strip() if settled else NEVER_SETTLED
            causes[label] = causes.get(label, 0) + amount
        total = sum(causes.values())
        settled = total - causes.get(NEVER_SETTLED, 0)
        return Queue(participant, currency, at, len(which), total, causes, settled)

    def later_settled(self, participant: str, currency: str, at: int) -> int:
        """Return how much of what waited to leave an account at an instant settled later."""
        if participant not in self._legs.participants or currency not in self._legs.currencies:
            return 0
        which = self._at(participant, currency, at)
        return sum(self.amount[which[self._settled[which]]].tolist())

    def _at(self, participant: str, currency: str, at: int) -> NDArray[np.intp]:
        legs = self._legs
        account = legs.participants.index(participant) * self._width + legs.currencies.index(currency)
        own = np.flatnonzero(self.account == account)
        waits: NDArray[np.intp] = own[(self.entered[own] <= at) & (self.final[own] > at)]
        return waits


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
