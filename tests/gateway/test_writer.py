"""The writer: what is handed in happens once, in turns, and survives a restart."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import msgspec
import pytest
from msgspec.structs import replace

from comity.api.problems import problem_of
from comity.errors import EnvironmentFailed, InvalidRequest, LogError
from comity.gateway import writer
from comity.gateway.batch import Batch
from comity.gateway.clock import MachineClock, SetClock
from comity.gateway.gateway import Gateway
from comity.gateway.idempotency import Begun, Sent
from comity.gateway.notes import Deed, unpack_notes
from comity.gateway.payments import payment_batch
from comity.gateway.writer import CALLS_S, FULL, ROWS_MAX, Busy, Entered, Lost, Writer
from comity.log.memory import MemoryLog
from comity.log.record import decode
from comity.log.snapshots import Snapshots
from comity.log.sqlite import SqliteLog, SqliteReader
from comity.model.command import Command
from comity.model.reason import State
from comity.node import Node
from comity.node.replay import replay
from comity.wire.instructions import Payment
from tests.gateway.union import OPENED, open_gateway, small_union


def payment(name: str, debtor: str = "ALFACNBJ", amount: str = "1.00", **more: str | int) -> Payment:
    creditor = "BETACNBJ" if debtor == "ALFACNBJ" else "ALFACNBJ"
    plain = {"id": name, "debtor": debtor, "creditor": creditor, "currency": "CNY", "amount": amount}
    return msgspec.convert({**plain, **more}, Payment)


def flood_of(gateway: Gateway, rows: int) -> Batch:
    """Return a batch that has one payment so many times."""
    one = payment_batch(payment("p"), gateway.directory)
    assert one.owners is not None
    return replace(one, count=rows, rows=one.rows * rows, owners=one.owners * rows)


@contextmanager
def held(gateway: Gateway) -> Iterator[None]:
    """Keep the thread of the node waiting, so that what is handed in waits too, until the block ends."""
    waits, go = Event(), Event()

    def hold(_: object) -> None:
        waits.set()
        go.wait()

    gateway.writer.call(hold)
    waits.wait()
    try:
        yield
    finally:
        go.set()


def test_payment_handed_in_is_settled_and_its_record_is_told() -> None:
    gateway = open_gateway()
    entered = gateway.writer.enter("ALFACNBJ", payment_batch(payment("p1"), gateway.directory)).result()
    assert [State(int(each["state"])) for each in entered.results] == [State.STLD]
    done = gateway.changes.done(entered.sequence)
    assert done is not None
    assert done.results["state"].tolist() == [State.STLD]
    assert done.changes["amount"].tolist() == [100]
    gateway.close()


def test_many_senders_share_records_and_each_gets_its_own_answers() -> None:
    gateway = open_gateway()
    replies = [
        gateway.writer.enter(bank, payment_batch(payment(f"{bank}{number}", bank, "0.01"), gateway.directory))
        for number in range(300)
        for bank in ("ALFACNBJ", "BETACNBJ")
    ]
    wait(replies)
    slots = {int(reply.result().results[0]["slot"]) for reply in replies}
    assert len(slots) == 600
    gateway.close()


def test_batch_with_sides_is_joined_to_others() -> None:
    gateway = open_gateway()
    batches = [
        payment_batch(payment("plain"), gateway.directory),
        payment_batch(payment("later", earliest="2021-12-15T12:00:00Z"), gateway.directory),
        payment_batch(payment("linked", link="set", link_size=2), gateway.directory),
    ]
    answers = [gateway.writer.enter("ALFACNBJ", batch).result() for batch in batches]
    states = [State(int(answer.results[0]["state"])) for answer in answers]
    assert states == [State.STLD, State.WHSD, State.UMAC]
    gateway.close()


def test_key_is_known_after_a_restart_with_the_answer_it_had(tmp_path: Path) -> None:
    gateway = open_gateway(tmp_path)
    batch = replace(payment_batch(payment("p1"), gateway.directory), actor="key:a", key="once", fingerprint="ab")
    entered = gateway.writer.enter("ALFACNBJ", batch).result()
    gateway.close()
    gateway = open_gateway(tmp_path)
    sent = gateway.memory.keys.begin("key:a", "once", "ab")
    assert sent == Sent("ab", entered.sequence, 0, 1)
    done = gateway.changes.done(entered.sequence)
    assert done is not None
    assert done.results["state"].tolist() == [State.STLD]
    assert gateway.memory.keys.begin("key:a", "once", "cd") is Begun.OTHER
    assert gateway.memory.keys.begin("key:b", "once", "cd") is Begun.NEW
    gateway.close()


def test_what_records_did_is_made_again_if_its_file_is_lost(tmp_path: Path) -> None:
    gateway = open_gateway(tmp_path)
    entered = gateway.writer.enter("ALFACNBJ", payment_batch(payment("p1"), gateway.directory)).result()
    gateway.writer.call(lambda node: node.snapshot()).result()
    before = gateway.changes.done(entered.sequence)
    gateway.close()
    (tmp_path / "changes.sqlite").unlink()
    gateway = open_gateway(tmp_path)
    after = gateway.changes.done(entered.sequence)
    assert before is not None
    assert after is not None
    assert after.changes.tobytes() == before.changes.tobytes()
    gateway.close()


def test_start_after_a_clean_end_replays_nothing_and_forgets_nothing(tmp_path: Path) -> None:
    gateway = open_gateway(tmp_path)
    batch = replace(payment_batch(payment("p1"), gateway.directory), actor="key:a", key="once", fingerprint="ab")
    sent = gateway.writer.enter("ALFACNBJ", batch).result()
    gateway.close()
    assert [path.name for path in tmp_path.glob("day.log*")] == ["day.log"]
    replayed: list[int] = []
    log = SqliteLog(tmp_path / "day.log")
    saved = Snapshots(tmp_path / "snapshots").youngest(log.head.sequence)
    replay(log, snapshots=saved, after=lambda sequence, _: replayed.append(sequence))
    log.close()
    assert replayed == []
    gateway = open_gateway(tmp_path)
    assert gateway.memory.keys.begin("key:a", "once", "ab") == Sent("ab", sent.sequence, 0, 1)
    assert gateway.writer.enter("ALFACNBJ", replace(batch, key="")).result().results["repeated"].tolist() == [1]
    gateway.close()


def test_state_that_cannot_be_saved_ends_nothing(tmp_path: Path) -> None:
    gateway = open_gateway(tmp_path)
    (tmp_path / "snapshots").rmdir()
    gateway.close()
    open_gateway(tmp_path).close()


def test_note_stands_in_the_log_beside_the_record(tmp_path: Path) -> None:
    gateway = open_gateway(tmp_path)
    deed = Deed("person:anna", "balances.read", about="BETACNBJ", reason="audit 7")
    sequence = gateway.note([deed]).result()
    gateway.close()
    reader = SqliteReader(tmp_path / "day.log")
    stored = next(reader.read(sequence))
    note = decode(stored.data, sequence).entry.note
    assert unpack_notes(note) == [deed]
    reader.close()


def test_closed_writer_takes_nothing() -> None:
    gateway = open_gateway()
    gateway.close()
    with pytest.raises(LogError):
        gateway.writer.enter("ALFACNBJ", payment_batch(payment("p1"), gateway.directory))


def test_function_that_fails_is_told_and_the_writer_goes_on() -> None:
    gateway = open_gateway()
    with pytest.raises(ZeroDivisionError):
        gateway.writer.call(lambda _: 1 // 0).result()
    assert gateway.writer.call(lambda node: node.engine.sequence).result() > 0
    gateway.close()


@pytest.mark.parametrize(
    ("fields", "columns"),
    [
        ({"debtor": "NOBODY"}, {"debtor"}),
        ({"currency": "USD"}, {"currency"}),
        ({"amount": "1.001"}, {"amount"}),
        ({"date": "2021-02-30"}, {"date"}),
        ({"link": "set"}, {"link_size"}),
        ({"earliest": "2021-12-15 at noon, perhaps"}, {"earliest"}),
    ],
)
def test_payment_that_cannot_be_read_names_every_field(fields: dict[str, str], columns: set[str]) -> None:
    gateway = open_gateway()
    with pytest.raises(InvalidRequest) as bad:
        payment_batch(msgspec.structs.replace(payment("p1"), **fields), gateway.directory)
    assert {fault.column for fault in bad.value.faults} == columns
    gateway.close()


def test_sender_among_a_flood_of_another_is_in_the_next_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "FULL", 655)
    gateway = open_gateway()
    flood = flood_of(gateway, 10)
    with held(gateway):
        flooding = [gateway.writer.enter("ALFACNBJ", flood) for _ in range(100)]
        single = gateway.writer.enter("BETACNBJ", payment_batch(payment("q", "BETACNBJ"), gateway.directory))
    assert single.result().sequence == flooding[0].result().sequence < flooding[-1].result().sequence
    gateway.close()


def test_record_does_not_wait_for_all_the_functions_that_do() -> None:
    gateway = open_gateway()
    begun, order = Event(), list[str]()
    batch = payment_batch(payment("p1"), gateway.directory)

    def slow(_: object) -> None:
        begun.wait()
        time.sleep(2 * CALLS_S)
        order.append("function")
        if len(order) == 2:  # now that all others wait for their turn
            gateway.writer.enter("ALFACNBJ", batch).add_done_callback(lambda _: order.append("payment"))

    calls = [gateway.writer.call(slow) for _ in range(10)]
    begun.set()
    wait(calls)
    gateway.close()
    assert len(order) == 11
    assert order.index("payment") <= 3


def test_time_passes_while_functions_never_end() -> None:
    class Acting:
        acted = 0

        def due(self, _node: object) -> int:
            return 0

        def act(self, _node: object, _now: int) -> None:
            self.acted += 1

    keeper, seen, done = Acting(), list[int](), Event()
    writer = Writer(Node.create(MemoryLog(), small_union()), SetClock(OPENED), keeper)

    def again(_: object) -> None:
        seen.append(keeper.acted)
        if len(seen) < 50:
            writer.call(again)
        else:
            done.set()

    writer.call(again)
    done.wait()
    writer.close()
    assert seen[-1] > seen[0]


def test_sender_among_a_flood_of_the_largest_batches_waits_for_what_is_under_way_alone() -> None:
    gateway = open_gateway()
    flood = flood_of(gateway, ROWS_MAX)
    with held(gateway):
        flooding = [gateway.writer.enter("ALFACNBJ", flood) for _ in range(3)]
        single = gateway.writer.enter("BETACNBJ", payment_batch(payment("q", "BETACNBJ"), gateway.directory))
    assert single.result().sequence == flooding[0].result().sequence + 1
    assert len({reply.result().sequence for reply in flooding}) == 3
    gateway.close()


@pytest.mark.parametrize("rows", [1, 200, 1000, FULL, ROWS_MAX])
def test_next_record_takes_whoever_came_and_no_more_of_a_flood_than_fills_it(rows: int) -> None:
    gateway = open_gateway()
    single = payment_batch(payment("q", "BETACNBJ"), gateway.directory)
    flood = replace(single, count=rows)
    waits = max(20 * FULL // rows, 20)
    with held(gateway):
        for _ in range(waits):
            gateway.writer.enter("ALFACNBJ", flood)
        for _ in range(8):
            parts = gateway.writer._gather()
            counts = [part.batch.count for part in parts]
            assert sum(counts) <= FULL or counts == [rows]
            waits -= sum(part.batch is flood for part in parts)
            gateway.writer.enter("BETACNBJ", single)
            after = [part.batch for part in gateway.writer._gather()]
            assert after[0] is single
            assert sum(batch.count for batch in after) <= FULL
            waits -= sum(batch is flood for batch in after)
        assert waits > 0
        gateway.writer._senders.clear()
    gateway.close()


def test_sender_with_too_much_waiting_is_turned_away_and_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "WAITING_MAX", 100)
    gateway = open_gateway()
    with held(gateway):
        gateway.writer.enter("ALFACNBJ", flood_of(gateway, 100))
        with pytest.raises(Busy):
            gateway.writer.enter("ALFACNBJ", flood_of(gateway, 1))
        gateway.writer.enter("BETACNBJ", payment_batch(payment("q", "BETACNBJ"), gateway.directory))
    gateway.close()


def test_log_that_fails_stops_the_gateway_and_everybody_is_told() -> None:
    gateway = open_gateway()
    gateway.writer.call(lambda node: node._sequencer.log.close()).result()
    with pytest.raises(LogError):
        gateway.writer.enter("ALFACNBJ", payment_batch(payment("p"), gateway.directory)).result()
    with pytest.raises(LogError):
        gateway.writer.enter("BETACNBJ", payment_batch(payment("q", "BETACNBJ"), gateway.directory))
    with pytest.raises(LogError):
        gateway.writer.call(lambda node: node.head)
    assert isinstance(gateway.writer.failure, LogError)
    gateway.close()


@pytest.mark.parametrize("by_call", [False, True])
def test_what_a_node_that_stops_may_have_written_is_told_to_be_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, by_call: bool
) -> None:
    gateway = open_gateway(tmp_path)

    def full(*_: object) -> None:
        raise EnvironmentFailed("the file of changes cannot be written")

    monkeypatch.setattr(gateway.memory.changes, "applied", full)
    handed_in: Future[int] | Future[Entered] = (
        gateway.give([Command("set", target="bypass_normal", value="true")])
        if by_call
        else gateway.writer.enter("ALFACNBJ", payment_batch(payment("p1"), gateway.directory))
    )
    with pytest.raises(Lost):
        handed_in.result()
    assert problem_of(Lost("x")).problem.type == "urn:comity:problem:unknown-outcome"
    with pytest.raises(LogError) as later:
        gateway.writer.enter("ALFACNBJ", payment_batch(payment("p2"), gateway.directory)).result()
    assert not isinstance(later.value, Lost)
    head = gateway.memory.changes.last
    gateway.close()
    recovered = Gateway.open(tmp_path, clock=SetClock(OPENED))
    assert recovered.memory.changes.last == head + 1
    recovered.close()


def test_calls_behind_one_that_stops_the_gateway_are_told_too() -> None:
    gateway = open_gateway()
    with held(gateway):
        gateway.writer.call(lambda node: node._sequencer.log.close())
        noted = gateway.note([Deed("person:anna", "balances.read")])
        behind = gateway.writer.call(lambda node: node.head)
    for future in (noted, behind):
        with pytest.raises(LogError):
            future.result(20)
    gateway.close()


def test_instant_before_the_last_record_is_that_of_the_last_record() -> None:
    gateway = open_gateway()
    assert isinstance(gateway.clock, SetClock)
    gateway.clock.advance(60_000_000)
    gateway.note([Deed("person:anna", "clock")]).result()
    gateway.clock._instant -= 30_000_000
    entered = gateway.writer.enter("ALFACNBJ", payment_batch(payment("p"), gateway.directory)).result()
    done = gateway.changes.done(entered.sequence)
    assert done is not None
    assert done.instant == OPENED + 60_000_000
    gateway.close()


def test_machine_clock_that_was_set_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = MachineClock()
    before = clock.now()
    assert clock.now() >= before
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + 3_600 * 10**9)
    with pytest.raises(EnvironmentFailed, match="3600 s"):
        clock.now()
