"""What replay and verification refuse: each a log whose bytes are sound but whose story is not."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from comity.engine.columns import RecordKind
from comity.errors import LogCorrupt, NotFound
from comity.log.memory import MemoryLog, MemoryStore
from comity.log.sqlite import SqliteLog
from comity.log.verify import walk
from comity.node import Node, restore, verify
from comity.node.digests import Digests
from comity.node.reading import read_ahead
from comity.node.replay import genesis_body
from tests.node.standin import MACHINE, START_MINOR, Ledger, ledger, payments

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from comity.log.record import Entry
    from comity.model.union import Genesis

NOON = 1_639_569_600_000_000


def told(genesis: Genesis, count: int) -> list[Entry]:
    """Entries of a sound log of `count` batches after its genesis."""
    log = MemoryLog()
    with Node.create(log, genesis, machine=MACHINE) as node:
        for seed in range(1, count + 1):
            node.submit(RecordKind.PAYMENTS, NOON + seed, payments(seed), 8)
    return [record.entry for record, _ in walk(log.read())]


def retold(entries: list[Entry]) -> MemoryLog:
    """A log of `entries`, its chain and checksums in order."""
    log = MemoryLog(MemoryStore())
    for entry in entries:
        log.append([entry])
    return log


def test_verification_counts_and_gives_head_and_digest(genesis: Genesis) -> None:
    log = MemoryLog()
    with Node.create(log, genesis, machine=MACHINE) as node:
        for seed in range(1, 8):
            node.submit(RecordKind.PAYMENTS, NOON, payments(seed), 8)
        node.flush()
        verified = verify(log, MACHINE, check_every=1)
        assert verified == (8, 56, node.head.hash, node.engine.digest())


def test_empty_log_is_not_verified() -> None:
    with pytest.raises(NotFound, match="the log is empty"):
        verify(MemoryLog(), MACHINE)


def test_changed_amount_is_found_by_the_digest_two_records_later(genesis: Genesis) -> None:
    entries = told(genesis, 6)
    entries[3] = replace(entries[3], body=payments(99))
    with pytest.raises(LogCorrupt, match="record 6: says that the state after record 4 has digest"):
        verify(retold(entries), MACHINE)


def test_record_left_out_is_found(genesis: Genesis) -> None:
    entries = told(genesis, 6)
    del entries[3]
    with pytest.raises(LogCorrupt, match="record 4: carries the digest of record 3, not 2"):
        verify(retold(entries), MACHINE)


def test_log_that_does_not_begin_with_a_genesis_is_named(genesis: Genesis) -> None:
    with pytest.raises(LogCorrupt, match="record 1: is of kind 2; a log begins with its genesis"):
        verify(retold([replace(told(genesis, 1)[1], digest_of=0)]), MACHINE)


def test_genesis_that_cannot_be_read_is_named(genesis: Genesis) -> None:
    entries = told(genesis, 1)
    entries[0] = replace(entries[0], body=b'{"name": 1}')
    with pytest.raises(LogCorrupt, match="record 1: cannot be applied"):
        verify(retold(entries), MACHINE)


def test_body_that_cannot_be_applied_is_named(genesis: Genesis) -> None:
    entries = told(genesis, 3)
    entries[2] = replace(entries[2], body=b"short")
    with pytest.raises(LogCorrupt, match="record 3: cannot be applied: body of 5 bytes"):
        verify(retold(entries), MACHINE)


def test_broken_invariant_is_named_with_its_record(genesis: Genesis, monkeypatch: pytest.MonkeyPatch) -> None:
    def settle_twice(self: Ledger, row: tuple[object, object, int, int, int]) -> bool:
        self.balances[row[4]] += row[2]
        return True

    monkeypatch.setattr(Ledger, "_settle", settle_twice)
    log = MemoryLog()
    with Node.create(log, genesis, machine=MACHINE) as node:
        node.submit(RecordKind.TICK, NOON, b"")
        node.submit(RecordKind.PAYMENTS, NOON, payments(1), 8)
        node.submit(RecordKind.TICK, NOON, b"")
    with pytest.raises(LogCorrupt, match="record 3: an invariant does not hold after it: the accounts do not sum"):
        verify(log, MACHINE, check_every=1)
    assert START_MINOR == 1_000


def test_digest_that_missed_a_change_is_found_at_the_end(genesis: Genesis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ledger, "full_digest", lambda _: bytes(16))
    with pytest.raises(LogCorrupt, match="record 3: an invariant does not hold after it: the digest does not follow"):
        verify(retold(told(genesis, 2)), MACHINE)


def test_genesis_gives_the_same_bytes_whatever_the_order_of_its_tables(genesis: Genesis) -> None:
    one = replace(genesis, unit={"CNY": "0.5", "RUB": "0.5"})
    other = replace(genesis, unit={"RUB": "0.5", "CNY": "0.5"})
    assert genesis_body(one) == genesis_body(other)


def test_digests_keep_the_last_two() -> None:
    digests = Digests(((1, b"a" * 16),))
    digests.add(2, b"b" * 16)
    digests.add(3, b"c" * 16)
    assert digests.as_pairs() == ((2, b"b" * 16), (3, b"c" * 16))
    assert digests.carried_by(4) == (2, b"b" * 16)
    assert Digests().carried_by(2) == (0, bytes(16))


def test_reading_ahead_yields_everything_and_then_the_error() -> None:
    def items() -> Generator[int, None, None]:
        yield from range(50)
        raise LogCorrupt(51, "rotten")

    ahead = read_ahead(items())
    assert [next(ahead) for _ in range(50)] == list(range(50))
    with pytest.raises(LogCorrupt, match="record 51: rotten"):
        next(ahead)


def test_reading_ahead_that_is_left_early_ends_its_reader() -> None:
    closed = []

    def items() -> Generator[int, None, None]:
        try:
            yield from range(1_000_000)
        finally:
            closed.append(True)

    with closing(read_ahead(items())) as ahead:
        assert [next(ahead), next(ahead)] == [0, 1]
    assert closed == [True]


def test_restored_log_forgets_what_came_later(tmp_path: Path, genesis: Genesis) -> None:
    with Node.create(SqliteLog(tmp_path / "day.log"), genesis, machine=MACHINE) as node:
        for seed in range(1, 6):
            node.submit(RecordKind.PAYMENTS, NOON, payments(seed), 8)
    assert restore(tmp_path / "day.log", tmp_path / "earlier.log", 3).sequence == 3
    with Node.recover(SqliteLog(tmp_path / "earlier.log"), machine=MACHINE) as node:
        assert ledger(node.engine).applied == [2, 3]
        node.submit(RecordKind.PAYMENTS, NOON, payments(77), 8)
        assert node.submit(RecordKind.PAYMENTS, NOON, payments(78), 8).sequence == 5
