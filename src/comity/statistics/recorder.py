"""Records, while a day runs, what waits and for what.

The results of a day say what became of each instruction, not what it waited for
in between. A `WaitingRecorder` looks at the engine at equal steps of log time: who
waits, since when, and in which state. An instruction waits at an instant if it
entered at or before it and became final after it, both exact; what it waits for
is the state in which the step before found it, or this step if it is new.

It notes the sums per currency and state at every step, and for each account the
step at which most of it waited. It reads only the engine's public table, and what
it keeps depends on nothing but the records.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from comity.model.instant import format_instant
from comity.model.reason import InstructionKind, State

WAITING_FILE = "waiting.csv"
PEAKS_FILE = "peaks.csv"
WAITING = tuple(state for state in State if State.NONE < state < State.STLD)
"""States in which an instruction waits."""

_STATES = 16
_COLUMNS = ("debtor", "amount", "state", "entered", "final")
_STEP_US = 300_000_000


class Directory(Protocol):
    """The accounts of an engine."""

    @property
    def participant(self) -> Sequence[str]:
        """Participant by account index."""

    @property
    def currency(self) -> Sequence[str]:
        """Currency by account index."""

    def __len__(self) -> int: ...


class Watched(Protocol):
    """What is read of an engine."""

    @property
    def accounts(self) -> Directory:
        """The accounts, which do not change during a day."""

    @property
    def instruction_count(self) -> int:
        """One above the highest slot."""

    def table(self, slots: NDArray[np.int64]) -> Mapping[str, NDArray[np.generic]]:
        """Return one entry for each of `slots`."""


class WaitingRecorder:
    """Follows what waits in `engine`, one line per currency and state every `step` microseconds."""

    def __init__(self, engine: Watched, step: int = _STEP_US) -> None:
        accounts = len(engine.accounts)
        self._engine = engine
        self._step = step
        self._edge = 0
        self._count = 0
        self._waiting = np.zeros(0, np.int64)
        self._state = np.zeros(0, np.int64)
        self._top = np.zeros(accounts, np.int64)
        self._top_at = np.zeros(accounts, np.int64)
        self._top_value = np.zeros((accounts, _STATES), np.int64)
        self._top_items = np.zeros(accounts, np.int64)
        names = [engine.accounts.currency[index] for index in range(accounts)]
        self._currencies = sorted(set(names))
        self._currency = np.array([self._currencies.index(name) for name in names], np.int64)
        self._lines: list[tuple[int, str, str, int, int]] = []

    def note(self, instant: int) -> None:
        """Look at the engine if a step has passed; call it when a record at `instant` has been applied."""
        if self._edge == 0:
            self._edge = (instant // self._step + 1) * self._step
        if self._edge >= instant:
            return
        seen = self._look()
        while self._edge < instant:
            self._take(seen, self._edge)
            self._edge += self._step
        self._waiting = seen["slot"][seen["waits"] != 0]
        self._state = seen["state"][seen["waits"] != 0]

    def write(self, folder: Path) -> None:
        """Write waiting.csv and peaks.csv into `folder`."""
        with (folder / WAITING_FILE).open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(("at", "currency", "state", "items", "value_minor"))
            lines.writerows((format_instant(at), *rest) for at, *rest in self._lines)
        with (folder / PEAKS_FILE).open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file, lineterminator="\n")
            names = (f"{state.name}_minor" for state in WAITING)
            lines.writerow(("participant", "currency", "at", "items", "value_minor", *names))
            lines.writerows(self._peak(int(index)) for index in np.flatnonzero(self._top))

    def _look(self) -> dict[str, NDArray[np.int64]]:
        """Columns of what waited at the last look and of what is new since."""
        last = self._engine.instruction_count
        slots = np.concatenate([self._waiting, np.arange(self._count, last)])
        known = np.concatenate([self._state, np.zeros(last - self._count, np.int64)])
        self._count = last
        table = self._engine.table(slots)
        mine = np.isin(table["kind"], (InstructionKind.PAYMENT, InstructionKind.PVP))
        slots, known = slots[mine], known[mine]
        seen = {name: table[name][mine].astype(np.int64) for name in _COLUMNS}
        waits = (seen["state"] > State.NONE) & (seen["state"] < State.STLD)
        now = np.where(waits, seen["state"], State.PSTL)
        return seen | {"slot": slots, "waits": waits.astype(np.int64), "cause": np.where(known > 0, known, now)}

    def _take(self, seen: Mapping[str, NDArray[np.int64]], at: int) -> None:
        """Count what waits at an instant: a line per currency and state, and the tops of accounts."""
        here = (seen["entered"] <= at) & ((seen["final"] == 0) | (seen["final"] > at)) & (seen["debtor"] >= 0)
        where = (seen["debtor"][here], seen["cause"][here])
        value = np.zeros((len(self._currency), _STATES), np.int64)
        items = np.zeros_like(value)
        np.add.at(value, where, seen["amount"][here])
        np.add.at(items, where, 1)
        for place, currency in enumerate(self._currencies):
            self._lines += [(at, currency, *line) for line in _sums(value, items, self._currency == place)]
        total = value.sum(axis=1)
        higher = np.flatnonzero(total > self._top)
        self._top[higher] = total[higher]
        self._top_at[higher] = at
        self._top_value[higher] = value[higher]
        self._top_items[higher] = items[higher].sum(axis=1)

    def _peak(self, index: int) -> tuple[str | int, ...]:
        accounts = self._engine.accounts
        states = (int(self._top_value[index, state]) for state in WAITING)
        at = format_instant(int(self._top_at[index]))
        items, value = int(self._top_items[index]), int(self._top[index])
        return accounts.participant[index], accounts.currency[index], at, items, value, *states


def _sums(value: NDArray[np.int64], items: NDArray[np.int64], which: NDArray[np.bool_]) -> list[tuple[str, int, int]]:
    """Name, items and value of each state in which anything of these accounts waits."""
    count = items[which].sum(axis=0)
    return [(state.name, int(count[state]), sum(value[which, state].tolist())) for state in WAITING if count[state]]
