"""An archive answers what the log says: balances as of any moment, statements, ids as written."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from comity.archive import Archive, write_archive
from comity.engine.columns import PAYMENT, SIDE, RecordKind, pack
from comity.errors import Conflict, InvariantBroken, NotFound
from comity.model.reason import How, InstructionKind, State

NOON = 1_639_569_600_000_000
BIG = 2**62
"""Amounts whose sum passes 64 bits."""


@dataclass
class Accounts:
    participant: list[str]
    currency: list[str]
    kind: list[str]


@dataclass
class Books:
    """An engine at the end of a short day, written by hand."""

    accounts: Accounts
    rows: list[dict[str, int]]
    opening: list[int]

    def table(self) -> dict[str, NDArray[np.generic]]:
        names = (
            *("kind", "debtor", "creditor", "amount", "state", "reason", "how", "priority", "interbank", "entered"),
            *("irrevocable", "final", "entry_sequence", "entry_row", "final_sequence", "bundle", "date"),
        )
        return {name: np.array([row.get(name, 0) for row in self.rows], np.int64) for name in names}

    def balances(self) -> dict[str, NDArray[np.int64]]:
        closing = list(self.opening)
        for row in self.rows:
            if row["state"] == State.STLD:
                closing[row["debtor"]] -= row["amount"]
                closing[row["creditor"]] += row["amount"]
        as_array = {"opening": self.opening, "balance": closing, "lowest": [0] * len(closing)}
        return {name: np.array(values, np.int64) for name, values in as_array.items()}


@dataclass(frozen=True)
class Entry:
    kind: int
    instant: int
    body: bytes
    count: int = 0


@dataclass(frozen=True)
class Record:
    sequence: int
    entry: Entry


@dataclass
class Day:
    books: Books
    records: list[Record] = field(default_factory=list)


def payments(*texts: bytes) -> bytes:
    """A body whose rows have these ids and purposes."""
    rows = np.zeros(len(texts), PAYMENT)
    block = b""
    for place, text in enumerate(texts):
        rows["text"][place] = len(block) if text else -1
        block += text
    return pack(rows, np.zeros(0, SIDE), block)


def settled(debtor: int, creditor: int, amount: int, sequence: int, row: int, minutes: int) -> dict[str, int]:
    final = NOON + minutes * 60_000_000
    return {
        "debtor": debtor,
        "creditor": creditor,
        "amount": amount,
        "state": State.STLD,
        "how": How.GROSS,
        "entered": NOON,
        "irrevocable": final,
        "final": final,
        "entry_sequence": sequence,
        "entry_row": row,
        "final_sequence": sequence,
    }


@pytest.fixture
def day() -> Day:
    accounts = Accounts(["CN", "BANKA", "BANKB", ""], ["CNY"] * 4, ["issuer", "settlement", "settlement", "rounding"])
    rows = [
        settled(0, 1, 500, 2, 0, 0) | {"kind": InstructionKind.TRANSFER},
        settled(1, 2, 300, 3, 0, 1),
        settled(1, 2, 900, 3, 1, 0) | {"state": State.RJTD, "how": 0, "final_sequence": 5, "final": NOON + 9},
        settled(2, 1, 120, 4, 1, 2),
        settled(1, 2, 20, 4, 0, 2),
    ]
    records = [
        Record(1, Entry(RecordKind.GENESIS, NOON, b"{}")),
        Record(
            2, Entry(RecordKind.COMMANDS, NOON, json.dumps([{"command": "transfer_in", "target": "IN-1"}]).encode())
        ),
        Record(3, Entry(RecordKind.PAYMENTS, NOON, payments("é-1\0salary\0".encode(), b"P2\0\0"), 2)),
        Record(4, Entry(RecordKind.PAYMENTS, NOON, payments(b"P3\0\0", b""), 2)),
        Record(5, Entry(RecordKind.TICK, NOON + 9, b"")),
    ]
    return Day(Books(accounts, rows, [-50, 50, 0, 0]), records)


@pytest.fixture
def archive(day: Day, tmp_path: Path) -> Iterator[Archive]:
    with Archive(write_archive(tmp_path / "a[1]", day.books, day.records)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("sequence", "balances"), [(0, (-50, 50, 0)), (2, (-550, 550, 0)), (3, (-550, 250, 300)), (4, (-550, 350, 200))]
)
def test_balance_as_of_a_record_counts_all_up_to_it(
    archive: Archive, sequence: int, balances: tuple[int, int, int]
) -> None:
    found = tuple(archive.balance(name, "CNY", sequence=sequence) for name in ("CN", "BANKA", "BANKB"))

    assert found == balances
    assert archive.balances(sequence=sequence)["BANKA", "CNY"] == balances[1]


@pytest.mark.parametrize(("minutes", "balance"), [(-1, 50), (0, 550), (1, 250), (2, 350)])
def test_balance_as_of_an_instant_counts_what_is_final_at_it(archive: Archive, minutes: int, balance: int) -> None:
    assert archive.balance("BANKA", "CNY", instant=NOON + minutes * 60_000_000) == balance


def test_statement_runs_from_opening_to_closing(archive: Archive) -> None:
    found = archive.statement("BANKA", "CNY")

    assert (found.opening_minor, found.closing_minor) == (50, 350)
    assert [(line.id, line.counterparty, line.change_minor, line.balance_minor) for line in found.lines] == [
        ("IN-1", "CN", 500, 550),
        ("é-1", "BANKB", -300, 250),
        ("", "BANKB", 120, 370),
        ("P3", "BANKB", -20, 350),
    ]


def test_statement_of_a_stretch_opens_where_the_record_before_left_it(archive: Archive) -> None:
    found = archive.statement("BANKB", "CNY", after=3, until=4)

    assert (found.opening_minor, found.closing_minor, len(found.lines)) == (300, 200, 2)


def test_technical_account_is_asked_for_by_its_kind(archive: Archive) -> None:
    assert archive.balance("rounding", "CNY") == 0


def test_ids_are_those_that_senders_wrote(archive: Archive, tmp_path: Path) -> None:
    stored = pq.read_table(tmp_path / "a[1]" / "instructions.parquet")

    assert stored["id"].to_pylist() == ["IN-1", "é-1", "P2", None, "P3"]
    assert stored["state"].to_pylist() == ["STLD", "STLD", "RJTD", "STLD", "STLD"]
    archive.check()


def test_unknown_account_is_not_found(archive: Archive) -> None:
    with pytest.raises(NotFound, match="BANKA has no account in RUB"):
        archive.balance("BANKA", "RUB")


def test_closing_balance_that_postings_do_not_make_is_named(day: Day, tmp_path: Path) -> None:
    books = day.books
    wrong = books.balances()
    wrong["balance"][2] += 1

    class Crooked(Books):
        def balances(self) -> dict[str, NDArray[np.int64]]:
            return wrong

    folder = write_archive(tmp_path / "crooked", Crooked(books.accounts, books.rows, books.opening), day.records)
    with (
        Archive(folder) as opened,
        pytest.raises(InvariantBroken, match="BANKB CNY closed at 201, its postings make 200"),
    ):
        opened.check()


def test_currency_that_does_not_sum_to_zero_is_named(day: Day, tmp_path: Path) -> None:
    books = Books(day.books.accounts, day.books.rows, [0, 50, 0, 0])

    with (
        Archive(write_archive(tmp_path / "odd", books, day.records)) as opened,
        pytest.raises(InvariantBroken, match="the accounts in CNY sum to 50"),
    ):
        opened.check()


def test_turnover_beyond_64_bits_is_exact(day: Day, tmp_path: Path) -> None:
    rows = [settled(one, 3 - one, BIG, 3, place % 2, 0) for place, one in enumerate((1, 2, 1, 2, 1, 2))]
    rows.append(settled(1, 2, 7, 4, 0, 0))
    books = Books(day.books.accounts, rows, [0, 0, 0, 0])

    with Archive(write_archive(tmp_path / "big", books, day.records)) as opened:
        assert opened.balance("BANKA", "CNY") == -7
        opened.check()


def test_archive_is_never_overwritten(day: Day, tmp_path: Path) -> None:
    folder = write_archive(tmp_path / "once", day.books, day.records)

    with pytest.raises(Conflict, match="never overwritten"):
        write_archive(folder, day.books, day.records)


def test_missing_record_leaves_no_archive(day: Day, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="record 4 is missing"):
        write_archive(tmp_path / "short", day.books, day.records[:3])

    assert list(tmp_path.iterdir()) == []


def test_folder_without_an_archive_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="is no archive"):
        Archive(tmp_path)


def test_day_without_instructions_has_an_archive(day: Day, tmp_path: Path) -> None:
    books = Books(day.books.accounts, [], [-50, 50, 0, 0])

    with Archive(write_archive(tmp_path / "empty", books, day.records[:1])) as opened:
        assert opened.balance("BANKA", "CNY", sequence=1) == 50
        assert opened.statement("BANKA", "CNY").lines == ()
        opened.check()


def test_balance_as_of_two_things_at_once_is_misuse(archive: Archive) -> None:
    with pytest.raises(ValueError, match="not both"):
        archive.balance("BANKA", "CNY", sequence=1, instant=1)
