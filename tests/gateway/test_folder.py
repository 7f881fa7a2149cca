"""A watched folder: what is put there is taken once and answered once, wherever the process ends."""

import asyncio
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeAlias

import pytest
from litestar.testing import TestClient
from msgspec.structs import replace

from comity.api.app import create_app
from comity.api.journal import FolderJournal, Journal
from comity.errors import Conflict, EnvironmentFailed, InvalidRequest
from comity.gateway import folder as folders
from comity.gateway import watching
from comity.gateway.clock import machine_now
from comity.gateway.gateway import Gateway
from comity.gateway.settings import Settings, Watched
from comity.gateway.watching import Channel, Folders
from comity.iso20022.messages import MESSAGES
from comity.iso20022.messages.parties import Agent
from comity.iso20022.messages.statuses import StatusReport, TransactionStatus
from comity.iso20022.reading import read
from comity.iso20022.rules import Payments
from comity.model.instant import DAY_US
from comity.node import Node
from tests.api.lists import open_screening
from tests.api.messages import ALFA, AT, BETA, item, parsed, transfers, written
from tests.gateway.people import as_, enrol
from tests.serving import PATIENCE_S

Put: TypeAlias = Callable[[str, bytes], None]
HELD = 1_000_00


@pytest.fixture(name="gateway")
def gateway_fixture() -> Iterator[Gateway]:
    gateway = enrol(open_screening())
    yield gateway
    gateway.close()


@pytest.fixture(name="alfa")
def alfa_fixture(tmp_path: Path) -> Path:
    path = tmp_path / "alfa"
    path.mkdir(mode=0o700)
    folders.Folder(path)
    return path


def put(folder: Path, name: str, data: bytes) -> None:
    """Put a file in as a participant does: written beside, then renamed."""
    partial = folder / "in" / f".{name}"
    partial.write_bytes(data)
    partial.chmod(0o600)
    partial.rename(folder / "in" / name)


def turn(gateway: Gateway, folder: Path, party: str = ALFA, written: io.BytesIO | None = None) -> None:
    """Look at a folder once, as a process does that has just started; what the journal says is written down."""
    tells = FolderJournal(Journal(written or io.BytesIO()))
    asyncio.run(Channel(gateway, Watched(party, str(folder), signed=False), tells).turn())


DAY_OPENS = {"message.2-0.xml", "message.2-1.xml"}
"""Everybody is told first of all that the day is open, and sent the calendar."""


def names(folder: Path, *parts: str) -> list[str]:
    return sorted(each.name for each in folder.joinpath(*parts).iterdir() if each.name not in DAY_OPENS)


def statuses(data: bytes) -> list[str]:
    """Return the statuses of the payments in a pacs.002."""
    found = parsed(data)
    message = read(found.content, MESSAGES[found.name])
    assert isinstance(message, StatusReport)
    return [each.status for each in message.items] or [message.groups[0].status]


def balance(gateway: Gateway) -> int:
    """Return what ALFACNBJ holds, in cents."""
    account = gateway.directory.accounts[ALFA, "CNY"]

    def find(node: Node) -> int:
        return int(node.engine.balances()["balance"][account])

    return gateway.writer.call(find).result()


def test_files_are_taken_in_order_of_their_names_answered_and_filed(gateway: Gateway, alfa: Path) -> None:
    put(alfa, "b.xml", written(transfers("M-2", item(2), item(3))))
    put(alfa, "a.xml", written(transfers("M-1", item(1))))
    turn(gateway, alfa)
    assert names(alfa, "in") == names(alfa, "poison") == names(alfa, "state", "taken") == []
    first, second = names(alfa, "out")
    assert (first[:13], second[:13]) == ("answer.a.xml.", "answer.b.xml.")
    assert statuses((alfa / "out" / first).read_bytes()) == ["ACSC"]
    assert statuses((alfa / "out" / second).read_bytes()) == ["ACSC", "ACSC"]
    assert [each.removeprefix("answer.").removesuffix(".xml") for each in (first, second)] == names(alfa, "done")
    assert parsed((alfa / "done" / names(alfa, "done")[0]).read_bytes()).version == "pacs.008.001.08"
    assert balance(gateway) == HELD - 3_000


def test_answer_is_the_same_as_over_http_and_a_second_file_of_it_happens_once(gateway: Gateway, alfa: Path) -> None:
    data = written(transfers("M-1", item(1)))
    put(alfa, "a.xml", data)
    turn(gateway, alfa)
    put(alfa, "again.xml", data)
    turn(gateway, alfa)
    first, second = ((alfa / "out" / each).read_bytes() for each in names(alfa, "out"))
    assert first == second
    assert balance(gateway) == HELD - 1_000


def test_what_a_receiver_says_in_its_folder_is_acknowledged_there_and_put_out_for_who_sent_the_payment(
    gateway: Gateway, alfa: Path, tmp_path: Path
) -> None:
    beta = tmp_path / "beta"
    beta.mkdir(mode=0o700)
    folders.Folder(beta)
    put(alfa, "a.xml", written(transfers("M-1", item(1))))
    turn(gateway, alfa)
    turn(gateway, beta, BETA)
    said = StatusReport("S-1", AT, items=(TransactionStatus(end_to_end="E-1", status="ACCC"),))
    put(beta, "s.xml", written(said, BETA))
    put(beta, "unknown.xml", written(replace(said, message="S-2", items=(TransactionStatus(status="ACCC"),)), BETA))
    turn(gateway, beta, BETA)
    turn(gateway, alfa)
    answers = [parsed((beta / "out" / each).read_bytes()).version for each in names(beta, "out") if "answer" in each]
    assert answers == ["admi.007.001.01", "admi.002.001.01"]
    assert [each[:6] for each in names(beta, "done")] == ["s.xml."]
    (passed,) = (each for each in names(alfa, "out") if each.startswith("message."))
    assert statuses((alfa / "out" / passed).read_bytes()) == ["ACCC"]


def test_what_cannot_be_read_or_is_refused_goes_to_poison_with_a_reason(gateway: Gateway, alfa: Path) -> None:
    put(alfa, "broken.xml", b"<Envelope>")
    put(alfa, "foreign.xml", written(transfers("M-1", item(1)), BETA))
    put(alfa, "good.xml", written(transfers("M-2", item(2))))
    turn(gateway, alfa)
    assert len(names(alfa, "done")) == 1
    broken, broken_reason, foreign, foreign_reason = names(alfa, "poison")
    assert (broken[:11], foreign[:12]) == ("broken.xml.", "foreign.xml.")
    assert (broken_reason, foreign_reason) == (f"{broken}.reason", f"{foreign}.reason")
    assert (alfa / "poison" / broken_reason).read_text() == "no message of a schema that is taken\n"
    versions = [parsed((alfa / "out" / each).read_bytes()).version for each in names(alfa, "out")]
    assert versions == ["admi.002.001.01", "pacs.002.001.10", "pacs.002.001.10"]
    assert balance(gateway) == HELD - 1_000


def test_journal_says_of_every_file_which_message_it_was_and_how_it_ended(gateway: Gateway, alfa: Path) -> None:
    data = written(transfers("M-1", item(1)))
    put(alfa, "1.xml", data)
    put(alfa, "2.xml", data)
    put(alfa, "3.xml", written(transfers("M-1", item(2))))
    put(alfa, "4.xml", b"<Secret>")
    put(alfa, "5.xml", written(transfers("M-2", item(3)), BETA))
    put(alfa, "6.xml", written(transfers("M-3", item(4), item(5, instructed=Agent(bic="NOBOCNBJ")))))
    (alfa / "in" / "7.xml").symlink_to("6.xml")
    journal = io.BytesIO()
    turn(gateway, alfa, written=journal)
    lines = [json.loads(line) for line in journal.getvalue().splitlines()]
    assert [(each["event"], each.get("outcome") or each["problem"]) for each in lines] == [
        ("taken", "carried-out"),
        ("taken", "repeated"),
        ("refused", "used"),
        ("refused", "unreadable"),
        ("refused", "foreign"),
        ("taken", "in-part"),
        ("refused", "unfit"),
    ]
    assert [each.get("message", "") for each in lines] == [*["pacs.008.001.08"] * 3, "", *["pacs.008.001.08"] * 2, ""]
    assert {each["participant"] for each in lines} == {ALFA}
    filed = [*names(alfa, "done"), *(each for each in names(alfa, "poison") if not each.endswith(".reason"))]
    assert sorted(each["file"] for each in lines) == sorted(each.rpartition(".")[2] for each in filed)
    last = gateway.memory.changes.last
    first = last - 2  # between them stands the note that a reference was used again
    assert [each.get("record", 0) for each in lines] == [first, first, 0, 0, 0, last, 0]
    said = journal.getvalue().decode()
    assert not any(word in said for word in ("Secret", BETA, "10.00", "M-1", "1.xml", "I-1"))


def test_another_message_under_a_used_reference_is_refused(gateway: Gateway, alfa: Path) -> None:
    put(alfa, "a.xml", written(transfers("M-1", item(1))))
    put(alfa, "b.xml", written(transfers("M-1", item(2))))
    turn(gateway, alfa)
    _, answer = names(alfa, "out")
    assert statuses((alfa / "out" / answer).read_bytes()) == ["RJCT"]
    assert balance(gateway) == HELD - 1_000


def test_unfinished_and_hidden_files_and_folders_are_left_alone(gateway: Gateway, alfa: Path) -> None:
    data = written(transfers("M-1", item(1)))
    for name in (".hidden", "a.xml.part"):
        (alfa / "in" / name).write_bytes(data)
    (alfa / "in" / "below").mkdir()
    turn(gateway, alfa)
    assert names(alfa, "in") == [".hidden", "a.xml.part", "below"]
    assert names(alfa, "out") == []


def _link(path: Path, data: bytes) -> None:
    target = path.parent.parent.parent / "elsewhere"
    target.write_bytes(data)
    path.symlink_to(target)


def _hard_link(path: Path, data: bytes) -> None:
    target = path.parent.parent.parent / "elsewhere"
    target.write_bytes(data)
    target.chmod(0o600)
    path.hardlink_to(target)


def _pipe(path: Path, _: bytes) -> None:
    os.mkfifo(path, 0o600)


def _open_to_others(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0o622)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_link, "it is not a file"),
        (_hard_link, "it has other names: a hard link"),
        (_pipe, "it is not a file"),
        (_open_to_others, "others may write it: mode 622"),
    ],
)
def test_what_is_no_safe_file_is_never_read(
    gateway: Gateway, alfa: Path, make: Callable[[Path, bytes], None], reason: str
) -> None:
    make(alfa / "in" / "a.xml", written(transfers("M-1", item(1))))
    turn(gateway, alfa)
    _, told = names(alfa, "poison")
    assert (alfa / "poison" / told).read_text() == f"{reason}\n"
    assert names(alfa, "in") == names(alfa, "out") == []
    assert balance(gateway) == HELD


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_file_of_another_user_is_refused(gateway: Gateway, alfa: Path) -> None:
    put(alfa, "a.xml", written(transfers("M-1", item(1))))
    os.chown(alfa / "in" / "a.xml", 12_345, 12_345)
    turn(gateway, alfa)
    assert (alfa / "poison" / names(alfa, "poison")[1]).read_text() == "it belongs to another user\n"


def test_file_beyond_the_bound_is_refused_with_an_answer(gateway: Gateway, alfa: Path) -> None:
    with (alfa / "in" / "huge.xml").open("wb") as file:
        file.truncate(200 << 20)
    (alfa / "in" / "huge.xml").chmod(0o600)
    turn(gateway, alfa)
    (answer,) = names(alfa, "out")
    assert b"TOO_LARGE" in (alfa / "out" / answer).read_bytes()


def test_names_that_others_cannot_be_derived_from_are_replaced(gateway: Gateway, alfa: Path) -> None:
    put(alfa, "n" * 200, written(transfers("M-1", item(1))))
    put(alfa, "line\nend", written(transfers("M-2", item(2))))
    turn(gateway, alfa)
    assert [each[:12] for each in names(alfa, "out")] == ["answer.name-", "answer.name-"]
    assert len(names(alfa, "done")) == 2


def test_turn_has_a_bound_and_the_next_one_goes_on(
    gateway: Gateway, alfa: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "FILES_AT_ONCE", 2)
    for number in range(3):
        put(alfa, f"{number}.xml", written(transfers(f"M-{number}", item(number))))
    turn(gateway, alfa)
    assert names(alfa, "in") == ["2.xml"]
    turn(gateway, alfa)
    assert len(names(alfa, "done")) == 3


def test_nothing_is_taken_while_out_is_full(gateway: Gateway, alfa: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "OUT_MAX", 1)
    (alfa / "out" / "answer").touch()
    put(alfa, "a.xml", written(transfers("M-1", item(1))))
    turn(gateway, alfa)
    assert names(alfa, "in") == ["a.xml"]
    (alfa / "out" / "answer").unlink()
    turn(gateway, alfa)
    assert names(alfa, "in") == []


def test_messages_for_the_participant_are_put_out_once(gateway: Gateway, alfa: Path, tmp_path: Path) -> None:
    beta = tmp_path / "beta"
    beta.mkdir(mode=0o700)
    put(alfa, "a.xml", written(transfers("M-1", item(1), item(2))))
    turn(gateway, alfa)
    turn(gateway, beta, BETA)
    assert names(beta, "out") == ["message.5-0.xml", "message.5-1.xml"]
    message = parsed((beta / "out" / "message.5-0.xml").read_bytes())
    assert isinstance(read(message.content, MESSAGES[message.name]), Payments)
    for each in names(beta, "out"):
        (beta / "out" / each).unlink()
    turn(gateway, beta, BETA)
    assert names(beta, "out") == []


def test_cursor_beyond_the_log_puts_nothing_out_and_is_told(gateway: Gateway, alfa: Path) -> None:
    (alfa / "state" / "cursor").write_text("99")
    put(alfa, "a.xml", written(transfers("M-1", item(1))))
    with pytest.raises(InvalidRequest, match="where the log ends"):
        turn(gateway, alfa)
    assert len(names(alfa, "done")) == 1
    (alfa / "state" / "cursor").write_text("none")
    with pytest.raises(Conflict, match="is no cursor"):
        turn(gateway, alfa)


def test_what_the_node_cannot_take_now_is_taken_later(
    gateway: Gateway, alfa: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object) -> Any:  # noqa: ANN401 - it never returns
        raise EnvironmentFailed("not now")

    put(alfa, "a.xml", written(transfers("M-1", item(1))))
    with monkeypatch.context() as patched:
        patched.setattr(watching, "carry_out", busy)
        with pytest.raises(EnvironmentFailed):
            turn(gateway, alfa)
    assert names(alfa, "state", "taken") == ["a.xml"]
    assert names(alfa, "out") == []
    turn(gateway, alfa)
    assert len(names(alfa, "done")) == len(names(alfa, "out")) == 1


def test_defect_of_ours_poisons_one_file_and_what_follows_is_taken(
    gateway: Gateway, alfa: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def defective(*_: object) -> Any:  # noqa: ANN401 - it never returns
        raise ZeroDivisionError

    put(alfa, "a.xml", written(transfers("M-1", item(1))))
    put(alfa, "b.xml", written(transfers("M-2", item(2))))
    with monkeypatch.context() as patched:
        patched.setattr(watching, "carry_out", defective)
        with pytest.raises(ZeroDivisionError):
            turn(gateway, alfa)
    assert "an error of ours" in (alfa / "poison" / names(alfa, "poison")[1]).read_text()
    turn(gateway, alfa)
    assert [each[:6] for each in names(alfa, "done")] == ["b.xml."]


def test_folder_of_nobody_is_refused(gateway: Gateway, alfa: Path) -> None:
    with pytest.raises(InvalidRequest, match="a participant of the union"):
        Folders(gateway, [Watched("NOBOCNBJ", str(alfa))], 0, FolderJournal(Journal()))


def test_what_was_filed_is_deleted_after_so_many_days(
    gateway: Gateway, alfa: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(alfa, "a.xml", written(transfers("M-1", item(1))))
    put(alfa, "b.xml", b"<Envelope>")
    watched = Watched(ALFA, str(alfa), signed=False)
    asyncio.run(Channel(gateway, watched, FolderJournal(Journal()), 2).turn())
    assert (len(names(alfa, "done")), len(names(alfa, "poison"))) == (1, 2)
    now = machine_now()
    monkeypatch.setattr(watching, "machine_now", lambda: now + 2 * DAY_US + 60_000_000)
    asyncio.run(Channel(gateway, watched, FolderJournal(Journal()), 2).turn())
    assert names(alfa, "done") == names(alfa, "poison") == []
    assert len(names(alfa, "out")) == 2


def test_folder_of_the_settings_is_watched_and_what_fails_is_told(
    alfa: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    gateway = enrol(open_screening())  # which the application closes
    monkeypatch.setattr(watching, "LOOK_S", 0.01)
    settings = Settings("node", folders=(Watched(ALFA, str(alfa), signed=False),))
    (alfa / "state" / "cursor").write_text("99")
    told = b""
    with TestClient(create_app(gateway, settings)) as client:
        own, other = Agent(bic=BETA), Agent(bic=ALFA)
        data = written(transfers("B-1", item(1, "1.00", instructing=own, instructed=other)), BETA)
        client.post("/v1/messages", content=data, headers=as_("beta-sender", content_type="application/xml"))
        put(alfa, "a.xml", written(transfers("M-1", item(2))))
        wait_for(lambda: len(names(alfa, "out")) == 1)
        while b'"event":"folder"' not in told:
            told += capfdbinary.readouterr().err
        (alfa / "state" / "cursor").write_text("0")
        wait_for(lambda: names(alfa, "out")[-1] == "message.5-0.xml")
    assert b'"participant":"ALFACNBJ"' in told
    assert b'"error":"InvalidRequest"' in told
    assert len(names(alfa, "done")) == 1


def wait_for(happened: Callable[[], bool]) -> None:
    ends = monotonic() + PATIENCE_S / 5
    while not happened():
        assert monotonic() < ends
        sleep(0.01)


class Killed(BaseException):
    """The process ends here."""


class Steps:
    """Counts what is done to the disk, and ends the process at one step; a file that was not synced is torn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, last: int) -> None:
        self.left = last
        sync, rename, unlink = os.fsync, Path.rename, Path.unlink

        def synced(handle: int) -> None:
            if self.is_last() and os.path.isfile(f"/proc/self/fd/{handle}"):  # noqa: PTH113 - of a handle
                os.ftruncate(handle, os.fstat(handle).st_size // 2)
            self.count()
            sync(handle)

        def renamed(path: Path, target: Path) -> Path:
            self.count()
            return rename(path, target)

        def unlinked(path: Path) -> None:
            self.count()
            unlink(path)

        monkeypatch.setattr(os, "fsync", synced)
        monkeypatch.setattr(Path, "rename", renamed)
        monkeypatch.setattr(Path, "unlink", unlinked)

    def is_last(self) -> bool:
        return self.left == 1

    def count(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed


def fetched(folder: Path) -> list[str]:
    """Fetch what lies in `out/`, as the participant does."""
    found = names(folder, "out")
    for each in found:
        os.unlink(folder / "out" / each)  # noqa: PTH108 - not one of the steps that are counted
    return found


def test_every_step_may_be_the_last_and_each_answer_comes_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The participant fetches what there is after every end, so what came twice would be seen twice."""
    own, other = Agent(bic=BETA), Agent(bic=ALFA)
    incoming = transfers("B-1", *(item(number, "10.00", instructing=own, instructed=other) for number in (8, 9)))
    wanted: list[str] = []
    last = 0
    is_over = False
    while not is_over:
        last += 1
        gateway = enrol(open_screening())
        beta, alfa = tmp_path / f"beta-{last}", tmp_path / f"alfa-{last}"
        beta.mkdir(mode=0o700)
        alfa.mkdir(mode=0o700)
        folders.Folder(beta)
        folders.Folder(alfa)
        put(beta, "b.xml", written(incoming, BETA))
        turn(gateway, beta, BETA)
        put(alfa, "bad.xml", b"<Envelope>")
        put(alfa, "good.xml", written(transfers("M-1", item(1), item(2))))
        got: list[str] = []
        with monkeypatch.context() as patched:
            steps = Steps(patched, last)
            try:
                turn(gateway, alfa)
            except Killed:
                got += fetched(alfa)
            is_over = steps.left > 0
        turn(gateway, alfa)
        got += fetched(alfa)
        held = balance(gateway)
        gateway.close()
        assert held == HELD, (last, "two payments out, two in")
        assert len(names(alfa, "done")) == 1, last
        assert len(names(alfa, "poison")) == 2, last
        assert names(alfa, "in") == names(alfa, "state", "taken") == names(alfa, "state", "staged") == [], last
        wanted = wanted or sorted(got)
        assert sorted(got) == wanted, last
    assert last > 20, "there are many steps"
    assert len(wanted) == 4, "two answers and two messages"
