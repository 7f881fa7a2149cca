"""Records, while a day runs, what waits and for what.

The results of a day say what became of each instruction, not what it waited for
in between. A `WaitingRecorder` follows the engine record by record: it keeps the
waiting amount of every account by state, notes the sums per currency at equal
steps of log time, and for each account the moment at which most of it waited.
It reads only the engine's public table, and what it keeps depends on nothing but
the records.
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
_COLUMNS = ("kind", "debtor", "amount", "state", "entered", "final")
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

    def table(self) -> Mapping[str, NDArray[np.generic]]:
        """Return one entry per instruction slot."""


class WaitingRecorder:
    """Follows what waits in `engine`, one line per currency and state every `step` microseconds."""

    def __init__(self, engine: Watched, step: int = _STEP_US) -> None:
        accounts = len(engine.accounts)
        self._engine = engine
        self._step = step
        self._edge = 0
        self._known = np.zeros(0, np.int8)
        self._value = np.zeros((accounts, _STATES), np.int64)
        self._items = np.zeros((accounts, _STATES), np.int64)
        self._top = np.zeros(accounts, np.int64)
        self._top_at = np.zeros(accounts, np.int64)
        self._top_value = np.zeros((accounts, _STATES), np.int64)
        self._top_items = np.zeros(accounts, np.int64)
        names = [engine.accounts.currency[index] for index in range(accounts)]
        self._currencies = sorted(set(names))
        self._currency = np.array([self._currencies.index(name) for name in names], np.int64)
        self._lines: list[tuple[int, str, str, int, int]] = []

    def note(self, instant: int, changed: NDArray[np.integer]) -> None:
        """Take in a record applied at `instant`, whose instructions `changed` their state; slots may repeat.

        Call it after each record, before the next is applied. Rows of a record count from their own
        instants. What changed without being named here is found at the next step.
        """
        slots = np.unique(changed)
        self._pass_edges(instant, slots)
        if not len(slots):
            return
        self._grow(int(slots[-1]) + 1)
        seen = self._look(slots)
        when = np.maximum(_since(seen, self._known[slots]), instant)
        order = np.argsort(when, kind="stable")
        while len(order):
            self._pass_edges(int(when[order[0]]), slots)
            now = int(np.searchsorted(when[order], self._edge))
            self._take(slots, seen, order[:now], int(when[order[now - 1]]))
            order = order[now:]

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

    def _pass_edges(self, instant: int, named: NDArray[np.integer]) -> None:
        """Note what waits at every step up to and including `instant`; afterwards `_edge` lies behind it.

        What the present record `named` has changed already, and counts as it was before.
        """
        if self._edge == 0:
            self._edge = (instant // self._step + 1) * self._step
        if self._edge > instant:
            return
        self._recheck(named)
        sums = self._sums()
        while self._edge <= instant:
            self._lines += [(self._edge, *line) for line in sums]
            self._edge += self._step

    def _recheck(self, named: NDArray[np.integer]) -> None:
        """Take in waiting instructions whose change no record named."""
        waits = np.flatnonzero(_waits(self._known))
        waits = waits[~np.isin(waits, named)]
        if not len(waits):
            return
        seen = self._look(waits)
        moved = np.flatnonzero(seen["state"] != self._known[waits])
        if len(moved):
            self._take(waits, seen, moved, self._edge)

    def _look(self, slots: NDArray[np.integer]) -> dict[str, NDArray[np.int64]]:
        """Columns of `slots` as they are now."""
        table = self._engine.table()
        return {name: table[name][slots].astype(np.int64) for name in _COLUMNS}

    def _take(
        self, slots: NDArray[np.integer], seen: Mapping[str, NDArray[np.int64]], which: NDArray[np.intp], instant: int
    ) -> None:
        """Count `which` of `slots` in the states in which they were seen."""
        which = which[seen["kind"][which] != InstructionKind.TRANSFER]
        account, amount, now = (seen[name][which] for name in ("debtor", "amount", "state"))
        self._move(account, self._known[slots[which]], -amount, -1)
        self._move(account, now, amount, 1)
        self._known[slots[which]] = now
        self._note_tops(np.unique(account), instant)

    def _sums(self) -> list[tuple[str, str, int, int]]:
        """One line per currency and state in which anything waits."""
        found = []
        for place, currency in enumerate(self._currencies):
            which = self._currency == place
            items = self._items[which].sum(axis=0)
            for state in WAITING:
                if items[state]:
                    value = sum(self._value[which, state].tolist())
                    found.append((currency, state.name, int(items[state]), value))
        return found

    def _grow(self, slots: int) -> None:
        if slots > len(self._known):
            grown = np.zeros(max(slots, 2 * len(self._known)), np.int8)
            grown[: len(self._known)] = self._known
            self._known = grown

    def _move(
        self, account: NDArray[np.int64], state: NDArray[np.integer], amount: NDArray[np.int64], item: int
    ) -> None:
        some = _waits(state) & (account >= 0)
        where = (account[some], state[some])
        np.add.at(self._value, where, amount[some])
        np.add.at(self._items, where, item)

    def _note_tops(self, accounts: NDArray[np.int64], instant: int) -> None:
        accounts = accounts[accounts >= 0]
        total = self._value[accounts].sum(axis=1)
        higher = total > self._top[accounts]
        which = accounts[higher]
        self._top[which] = total[higher]
        self._top_at[which] = instant
        self._top_value[which] = self._value[which]
        self._top_items[which] = self._items[which].sum(axis=1)

    def _peak(self, index: int) -> tuple[str | int, ...]:
        accounts = self._engine.accounts
        states = (int(self._top_value[index, state]) for state in WAITING)
        at = format_instant(int(self._top_at[index]))
        items, value = int(self._top_items[index]), int(self._top[index])
        return accounts.participant[index], accounts.currency[index], at, items, value, *states


def _waits(state: NDArray[np.integer]) -> NDArray[np.bool_]:
    waits: NDArray[np.bool_] = (state > State.NONE) & (state < State.STLD)
    return waits


def _since(seen: Mapping[str, NDArray[np.int64]], before: NDArray[np.int8]) -> NDArray[np.int64]:
    """Instants since which instructions are in their states, as far as the table tells; 0 otherwise."""
    entered = np.where(before == State.NONE, seen["entered"], 0)
    return np.where(seen["final"] > 0, seen["final"], entered)
