from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from comity.engine.columns import RecordKind
from comity.errors import Conflict, InvalidRequest, LogError, NotFound
from comity.log.memory import MemoryLog, MemoryStore
from comity.log.snapshots import Snapshots
from comity.log.sqlite import SqliteLog, SqliteReader
from comity.log.verify import walk
from comity.node import Node, restore, verify
from tests.node.standin import MACHINE, ledger, payments, releases

if TYPE_CHECKING:
    from pathlib import Path

    from comity.log.protocol import Log
    from comity.model.union import Genesis

NOON = 1_639_569_600_000_000


def run(node: Node, first: int, last: int) -> None:
    """Submit payments as records of seeds `first` to `last`, with a release now and then."""
    for seed in range(first, last + 1):
        node.submit(RecordKind.PAYMENTS, NOON + seed, payments(seed), 8)
        if seed % 5 == 0:
            node.submit(RecordKind.COMMANDS, NOON + seed, releases(seed % 3))
        if seed % 7 == 0:
            node.flush()


def logs(folder: Path) -> list[Log]:
    return [MemoryLog(), SqliteLog(folder / "day.log")]


@pytest.fixture(params=[0, 1], ids=["memory", "sqlite"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Log:
    return MemoryLog() if request.param == 0 else SqliteLog(tmp_path / "day.log")


def test_records_are_applied_once_and_in_order(log: Log, genesis: Genesis) -> None:
    with Node.create(log, genesis, machine=MACHINE) as node:
        run(node, 1, 20)
        node.flush()
        assert ledger(node.engine).applied == list(range(2, node.head.sequence + 1))


def test_what_is_applied_never_runs_ahead_of_what_is_durable(log: Log, genesis: Genesis) -> None:
    with Node.create(log, genesis, machine=MACHINE) as node:
        for seed in range(1, 20):
            node.submit(RecordKind.PAYMENTS, NOON, payments(seed), 8)
            assert ledger(node.engine).applied[-1:] in ([], [seed])
            assert seed <= log.head.sequence <= seed + 1


def test_record_carries_the_digest_of_the_record_two_before(log: Log, genesis: Genesis) -> None:
    with Node.create(log, genesis, machine=MACHINE) as node:
        digests = {1: node.engine.digest()}
        for seed in range(1, 6):
            node.submit(RecordKind.PAYMENTS, NOON, payments(seed), 8).result()
            digests[seed + 1] = node.engine.digest()
        entries = [record.entry for record, _ in walk(log.read())]
    assert [entry.digest_of for entry in entries] == [0, 0, 1, 2, 3, 4]
    assert [entry.digest for entry in entries[2:]] == [digests[number] for number in (1, 2, 3, 4)]


def test_ticket_waits_for_its_own_record(log: Log, genesis: Genesis) -> None:
    with Node.create(log, genesis, machine=MACHINE) as node:
        first = node.submit(RecordKind.PAYMENTS, NOON, payments(1), 8)
        second = node.submit(RecordKind.PAYMENTS, NOON, payments(2), 8)
        assert (first.done, second.done) == (True, False)
        assert second.result().pending is False
        assert (first.sequence, second.sequence) == (2, 3)


def test_pending_releases_are_ticked_away_before_the_next_submission(log: Log, genesis: Genesis) -> None:
    with Node.create(log, genesis, machine=MACHINE) as node:
        node.submit(RecordKind.COMMANDS, NOON, releases(3))
        node.submit(RecordKind.PAYMENTS, NOON + 5, payments(1), 8)
        node.submit(RecordKind.PAYMENTS, NOON + 9, payments(2), 8)
        node.flush()
        entries = [record.entry for record, _ in walk(log.read())]
    assert [(entry.kind, entry.instant - NOON) for entry in entries[1:]] == [
        (RecordKind.COMMANDS, 0),
        (RecordKind.PAYMENTS, 5),
        (RecordKind.TICK, 5),
        (RecordKind.TICK, 5),
        (RecordKind.TICK, 5),
        (RecordKind.PAYMENTS, 9),
    ]


@pytest.mark.parametrize(
    ("kind", "instant", "body"),
    [
        (RecordKind.COMMANDS, NOON, b"7"),
        (RecordKind.GENESIS, NOON, b""),
        (RecordKind.PAYMENTS, NOON, b"short"),
        (RecordKind.PAYMENTS, NOON - 1, payments(2)),
    ],
)
def test_dry_run_refuses_what_submission_refuses(
    log: Log, genesis: Genesis, kind: RecordKind, instant: int, body: bytes
) -> None:
    with Node.create(log, genesis, machine=MACHINE) as node:
        node.submit(RecordKind.PAYMENTS, NOON, payments(1), 8)
        for attempt in (node.submit, node.dry_run):
            with pytest.raises(InvalidRequest):
                attempt(kind, instant, body)


def test_flush_ticks_until_nothing_is_pending(log: Log, genesis: Genesis) -> None:
    with Node.create(log, genesis, machine=MACHINE) as node:
        node.submit(RecordKind.COMMANDS, NOON, releases(2))
        node.flush()
        assert (ledger(node.engine).releases, node.head.sequence) == (0, 4)


def test_same_calls_give_the_same_records_in_every_log(tmp_path: Path, genesis: Genesis) -> None:
    heads = []
    for log in logs(tmp_path):
        with Node.create(log, genesis, machine=MACHINE) as node:
            run(node, 1, 30)
            node.flush()
            heads.append(node.head)
    assert heads[0] == heads[1]


def test_log_that_has_begun_is_not_created_again(genesis: Genesis) -> None:
    store = MemoryStore()
    Node.create(MemoryLog(store), genesis, machine=MACHINE).close()
    with pytest.raises(Conflict, match="the log has 1 records; recover from it"):
        Node.create(MemoryLog(store), genesis, machine=MACHINE)


def test_empty_log_cannot_be_recovered() -> None:
    with pytest.raises(NotFound, match="the log is empty"):
        Node.recover(MemoryLog(), machine=MACHINE)


def test_recovered_node_goes_on_as_if_it_had_never_stopped(tmp_path: Path, genesis: Genesis) -> None:
    with Node.create(MemoryLog(), genesis, machine=MACHINE) as node:
        run(node, 1, 30)
        node.flush()
        expected = node.engine.digest()
    for last in (0, 1, 7, 29):
        path = tmp_path / f"{last}.log"
        with Node.create(SqliteLog(path), genesis, machine=MACHINE) as node:
            run(node, 1, last)
        with Node.recover(SqliteLog(path), machine=MACHINE) as node:
            run(node, last + 1, 30)
            node.flush()
            assert node.engine.digest() == expected


def test_pending_release_at_the_end_of_the_log_goes_on_after_recovery(genesis: Genesis) -> None:
    store = MemoryStore()
    node = Node.create(MemoryLog(store), genesis, machine=MACHINE)
    node.submit(RecordKind.COMMANDS, NOON, releases(2)).result()
    with Node.recover(MemoryLog(store), machine=MACHINE) as again:
        again.flush()
        assert (ledger(again.engine).releases, again.head.sequence) == (0, 4)


def test_writer_that_was_replaced_stops_and_applies_nothing_further(genesis: Genesis) -> None:
    store = MemoryStore()
    older = Node.create(MemoryLog(store), genesis, machine=MACHINE)
    with Node.recover(MemoryLog(store), machine=MACHINE) as newer:
        newer.submit(RecordKind.PAYMENTS, NOON, payments(1), 8).result()
        with pytest.raises(LogError, match="the log went over to a writer of epoch 2; this one is 1"):
            older.submit(RecordKind.PAYMENTS, NOON, payments(2), 8)
        with pytest.raises(LogError, match="the node stopped: the log went over"):
            older.flush()
        assert ledger(older.engine).applied == []


def test_dry_run_answers_and_changes_nothing(log: Log, genesis: Genesis) -> None:
    with Node.create(log, genesis, machine=MACHINE) as node:
        run(node, 1, 3)
        node.flush()
        before = (node.engine.digest(), node.head)
        assert node.dry_run(RecordKind.COMMANDS, NOON + 9, releases(1)).pending
        assert (node.engine.digest(), node.head) == before


def test_interrupted_node_applies_nothing_further_and_loses_nothing(
    tmp_path: Path, genesis: Genesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = Node.create(SqliteLog(tmp_path / "day.log"), genesis, machine=MACHINE)
    run(node, 1, 4)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ledger(node.engine), "apply", interrupted)
    with pytest.raises(KeyboardInterrupt):
        node.flush()
    with pytest.raises(LogError, match="the node stopped: KeyboardInterrupt"):
        node.submit(RecordKind.PAYMENTS, NOON + 9, payments(9), 8)
    node.close()
    assert [path.name for path in tmp_path.iterdir()] == ["day.log"]
    with Node.recover(SqliteLog(tmp_path / "day.log"), machine=MACHINE) as again:
        assert ledger(again.engine).applied == [2, 3, 4, 5]


def test_snapshot_shortens_recovery(tmp_path: Path, genesis: Genesis) -> None:
    snapshots = Snapshots(tmp_path / "snapshots")
    with Node.create(SqliteLog(tmp_path / "day.log"), genesis, snapshots, machine=MACHINE) as node:
        run(node, 1, 10)
        node.snapshot()
        at = node.head.sequence
        run(node, 11, 14)
        node.flush()
        expected = (node.engine.digest(), node.head)
    with Node.recover(SqliteLog(tmp_path / "day.log"), snapshots, machine=MACHINE) as again:
        assert (again.engine.digest(), again.head) == expected
        assert ledger(again.engine).applied == list(range(at + 1, expected[1].sequence + 1))
        run(again, 15, 16)


def test_snapshot_of_another_history_is_passed_over(tmp_path: Path, genesis: Genesis) -> None:
    snapshots = Snapshots(tmp_path / "snapshots")
    with Node.create(MemoryLog(), genesis, snapshots, machine=MACHINE) as node:
        run(node, 1, 4)
        node.snapshot()
    store = MemoryStore()
    with Node.create(MemoryLog(store), genesis, machine=MACHINE) as node:
        run(node, 2, 8)
        node.flush()
        expected = node.engine.digest()
    with Node.recover(MemoryLog(store), snapshots, machine=MACHINE) as again:
        assert again.engine.digest() == expected
        assert ledger(again.engine).applied[0] == 2


def test_damaged_snapshot_is_passed_over_for_an_older_one(tmp_path: Path, genesis: Genesis) -> None:
    snapshots = Snapshots(tmp_path / "snapshots")
    store = MemoryStore()
    with Node.create(MemoryLog(store), genesis, snapshots, machine=MACHINE) as node:
        run(node, 1, 4)
        node.snapshot()
        older = node.head.sequence
        run(node, 5, 8)
        path = node.snapshot()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with Node.recover(MemoryLog(store), snapshots, machine=MACHINE) as again:
        assert ledger(again.engine).applied[0] == older + 1


def test_node_without_a_folder_for_snapshots_refuses_to_save_one(genesis: Genesis) -> None:
    with Node.create(MemoryLog(), genesis, machine=MACHINE) as node, pytest.raises(Conflict, match="without a folder"):
        node.snapshot()


def test_backup_of_a_running_node_is_a_whole_log(log: Log, tmp_path: Path, genesis: Genesis) -> None:
    with Node.create(log, genesis, machine=MACHINE) as node:
        run(node, 1, 6)
        head = node.backup(tmp_path / "backup.log")
        digest = node.engine.digest()
        run(node, 7, 9)
    with closing(SqliteReader(tmp_path / "backup.log")) as reader:
        verified = verify(reader, MACHINE)
    assert (verified.records, verified.head, verified.digest) == (head.sequence, head.hash, digest)


def test_log_restored_to_a_record_goes_on_from_there(tmp_path: Path, genesis: Genesis) -> None:
    digests = {}
    with Node.create(SqliteLog(tmp_path / "day.log"), genesis, machine=MACHINE) as node:
        for seed in range(1, 10):
            sequence = node.submit(RecordKind.PAYMENTS, NOON + seed, payments(seed), 8).sequence
            node.flush()
            digests[sequence] = node.engine.digest()
        restore(tmp_path / "day.log", tmp_path / "earlier.log", 6)
    with Node.recover(SqliteLog(tmp_path / "earlier.log"), machine=MACHINE) as node:
        assert (node.head.sequence, node.engine.digest()) == (6, digests[6])
        run(node, 20, 22)
