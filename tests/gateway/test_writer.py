"""The writer: what is handed in happens once, in turns, and survives a restart."""

from concurrent.futures import wait
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from comity.errors import InvalidRequest, LogError
from comity.gateway.idempotency import Begun, Sent
from comity.gateway.notes import Deed, unpack_notes
from comity.gateway.payments import payment_batch
from comity.log.record import decode
from comity.log.sqlite import SqliteReader
from comity.model.reason import State
from comity.wire.instructions import Payment
from tests.gateway.union import open_gateway


def payment(name: str, debtor: str = "ALFACNBJ", amount: str = "1.00", **more: str | int) -> Payment:
    creditor = "BETACNBJ" if debtor == "ALFACNBJ" else "ALFACNBJ"
    plain = {"id": name, "debtor": debtor, "creditor": creditor, "currency": "CNY", "amount": amount}
    return msgspec.convert({**plain, **more}, Payment)


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
