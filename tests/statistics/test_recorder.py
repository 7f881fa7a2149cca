"""The recorder sees what waits, step by step, and where most of it did."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from comity.model.reason import InstructionKind, State
from comity.statistics.recorder import WaitingRecorder

NINE = 1_639_558_800_000_000
MINUTE = 60_000_000


@dataclass
class Directory:
    participant: list[str] = field(default_factory=lambda: ["A", "B", "A"])
    currency: list[str] = field(default_factory=lambda: ["CNY", "CNY", "RUB"])

    def __len__(self) -> int:
        return len(self.participant)


@dataclass
class Watched:
    """An engine of which only the table exists."""

    accounts: Directory = field(default_factory=Directory)
    rows: list[dict[str, int]] = field(default_factory=list)

    @property
    def instruction_count(self) -> int:
        return len(self.rows)

    def table(self, slots: NDArray[np.int64]) -> dict[str, NDArray[np.generic]]:
        names = ("kind", "debtor", "amount", "state", "entered", "final")
        return {name: np.array([self.rows[slot].get(name, 0) for slot in slots], np.int64) for name in names}

    def enter(self, debtor: int, amount: int, state: State, minutes: float, **more: int) -> int:
        entered = NINE + int(minutes * MINUTE)
        self.rows.append({"debtor": debtor, "amount": amount, "state": state, "entered": entered, **more})
        return len(self.rows) - 1

    def move(self, slot: int, state: State, minutes: float) -> None:
        self.rows[slot]["state"] = state
        self.rows[slot]["final"] = NINE + int(minutes * MINUTE) if state >= State.STLD else 0


@pytest.fixture
def engine() -> Watched:
    return Watched()


def note(recorder: WaitingRecorder, minutes: float) -> None:
    recorder.note(NINE + int(minutes * MINUTE))


def lines(recorder: WaitingRecorder, folder: Path, name: str) -> list[dict[str, str]]:
    recorder.write(folder)
    with (folder / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def steps(recorder: WaitingRecorder, folder: Path) -> list[tuple[str, str, str, int, int]]:
    return [
        (row["at"][11:16], row["currency"], row["state"], int(row["items"]), int(row["value_minor"]))
        for row in lines(recorder, folder, "waiting.csv")
    ]


def test_item_waits_at_every_step_until_it_settles(engine: Watched, tmp_path: Path) -> None:
    recorder = WaitingRecorder(engine)
    slot = engine.enter(0, 700, State.PSTL, 1)
    note(recorder, 1)
    engine.move(slot, State.STLD, 12)
    note(recorder, 12)
    note(recorder, 30)

    assert steps(recorder, tmp_path) == [("09:05", "CNY", "PSTL", 1, 700), ("09:10", "CNY", "PSTL", 1, 700)]


def test_item_counts_under_the_state_in_which_the_step_before_found_it(engine: Watched, tmp_path: Path) -> None:
    recorder = WaitingRecorder(engine)
    slot = engine.enter(2, 5, State.UMAC, 1)
    note(recorder, 1)
    note(recorder, 6)
    engine.move(slot, State.SRBL, 7)
    note(recorder, 11)
    note(recorder, 16)

    causes = [(at, state) for at, _, state, _, _ in steps(recorder, tmp_path)]
    assert causes == [("09:05", "UMAC"), ("09:10", "UMAC"), ("09:15", "SRBL")]


def test_rows_of_one_record_count_from_their_own_instants(engine: Watched, tmp_path: Path) -> None:
    recorder = WaitingRecorder(engine)
    engine.enter(0, 1, State.PSTL, 6)
    engine.enter(0, 10, State.PSTL, 4)
    note(recorder, 4)
    note(recorder, 11)

    assert steps(recorder, tmp_path) == [("09:05", "CNY", "PSTL", 1, 10), ("09:10", "CNY", "PSTL", 2, 11)]


def test_item_final_at_a_step_does_not_wait_at_it(engine: Watched, tmp_path: Path) -> None:
    recorder = WaitingRecorder(engine)
    slot = engine.enter(0, 10, State.PSTL, 1)
    note(recorder, 5)
    engine.move(slot, State.STLD, 5)
    note(recorder, 5)
    note(recorder, 20)

    assert steps(recorder, tmp_path) == []


def test_item_that_came_and_went_between_two_looks_waits_at_the_step_between(engine: Watched, tmp_path: Path) -> None:
    recorder = WaitingRecorder(engine)
    note(recorder, 1)
    slot = engine.enter(0, 10, State.PSTL, 4)
    engine.move(slot, State.RJTD, 6)
    note(recorder, 6)

    assert steps(recorder, tmp_path) == [("09:05", "CNY", "PSTL", 1, 10)]


def test_transfers_and_items_settled_at_once_never_wait(engine: Watched, tmp_path: Path) -> None:
    recorder = WaitingRecorder(engine)
    engine.enter(0, 10, State.PSTL, 1, kind=InstructionKind.TRANSFER)
    engine.move(engine.enter(0, 10, State.PSTL, 1), State.STLD, 1)
    note(recorder, 1)
    note(recorder, 20)

    assert steps(recorder, tmp_path) == []
    assert lines(recorder, tmp_path, "peaks.csv") == []


def test_peak_of_an_account_is_kept_with_its_causes(engine: Watched, tmp_path: Path) -> None:
    recorder = WaitingRecorder(engine)
    first = engine.enter(0, 30, State.PSTL, 1)
    engine.enter(0, 12, State.SRBL, 2)
    note(recorder, 2)
    note(recorder, 6)
    engine.move(first, State.STLD, 7)
    note(recorder, 30)

    [row] = lines(recorder, tmp_path, "peaks.csv")
    assert (row["participant"], row["currency"], row["at"]) == ("A", "CNY", "2021-12-15T09:05:00Z")
    assert (row["items"], row["value_minor"], row["PSTL_minor"], row["SRBL_minor"]) == ("2", "42", "30", "12")


def test_sums_of_a_currency_beyond_64_bits_are_exact(engine: Watched, tmp_path: Path) -> None:
    recorder = WaitingRecorder(engine)
    for account in (0, 1):
        engine.enter(account, 2**62, State.PSTL, 1)
    note(recorder, 1)
    note(recorder, 6)

    assert steps(recorder, tmp_path) == [("09:05", "CNY", "PSTL", 2, 2**63)]


def test_orders_and_conversions_never_wait(engine: Watched, tmp_path: Path) -> None:
    recorder = WaitingRecorder(engine)
    for kind in (InstructionKind.ORDER, InstructionKind.CONVERSION):
        engine.enter(0, 10, State.PSTL, 1, kind=kind)
    note(recorder, 1)
    note(recorder, 20)

    assert steps(recorder, tmp_path) == []
    assert lines(recorder, tmp_path, "peaks.csv") == []
