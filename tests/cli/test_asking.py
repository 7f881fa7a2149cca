"""The commands that ask a server."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.cli.conformance import examine
from comity.client import Client
from comity.errors import EnvironmentFailed
from comity.iso20022.messages.parties import Agent
from comity.wire.conformance import Certificate, certificate_bytes
from comity.wire.instructions import Customer
from tests.api.messages import item, transfers, written
from tests.serving import Served, serve


@pytest.fixture(scope="module")
def running() -> Iterator[Served]:
    with serve("--sandbox") as served:
        yield served


def comity(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COMITY_")}
    command = [sys.executable, "-m", "comity.cli", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**kept, "HOME": "/nonexistent", **environment}
    )


def asked(running: Served, *arguments: str, key: str = "sandbox-eastcnbj") -> subprocess.CompletedProcess[str]:
    return comity(*arguments, COMITY_URL=running.url, COMITY_KEY=key)


def told(running: Served, *arguments: str, key: str = "sandbox-eastcnbj") -> dict[str, object]:
    answer = asked(running, *arguments, "--output", "json", key=key)
    assert answer.returncode == 0, answer.stderr
    plain = json.loads(answer.stdout)
    assert isinstance(plain, dict)
    return plain


def position(running: Served) -> dict[str, str]:
    items = told(running, "positions", "--currency", "CNY")["items"]
    assert isinstance(items, list)
    return {str(name): str(value) for name, value in items[0].items()}


def test_payment_and_pvp_are_entered_and_found(running: Served) -> None:
    assert told(running, "pay", "c1", "PORTCNSH", "12.50 CNY")["state"] == "STLD"
    sides = ("--sell", "1.00 CNY", "--buy", "11.60 RUB")
    assert told(running, "pvp", "c2", *sides, "--buyer", "NEVARUMM")["state"] == "UMAC"
    assert told(running, "pvp", "c2", *sides, "--seller", "EASTCNBJ", key="sandbox-nevarumm")["state"] == "STLD"
    table = asked(running, "status", "c2")
    assert table.returncode == 0
    assert table.stdout.count("STLD") == 2


def test_table_and_json_say_the_same(running: Served) -> None:
    table = asked(running, "positions", "--currency", "CNY").stdout
    item = position(running)
    assert item["balance"] in table
    assert "participant" in table.splitlines()[0]


def test_what_waits_is_shown_explained_and_cancelled(running: Served) -> None:
    assert told(running, "pay", "c3", "PORTCNSH", "9000000.00 CNY")["state"] == "PSTL"
    assert "c3" in asked(running, "queue", "CNY").stdout
    assert told(running, "explain", "c3")["currency"] == "CNY"
    assert told(running, "cancel", "c3")["state"] == "DONE"
    assert asked(running, "queue", "CNY").stdout == "nothing\n"


def test_second_person_approves_what_the_first_asked_for(running: Served) -> None:
    from comity.client import Client  # noqa: PLC0415 - for this test alone

    with Client(running.url, "sandbox-cn-operator") as operator:
        row = {"command": "credit", "participant": "EASTCNBJ", "currency": "CNY", "amount": "500.00"}
        proposed = operator.give(row, reason="agreed on Tuesday")
    number = str(getattr(proposed, "id", ""))
    assert number
    waiting = asked(running, "approvals", key="sandbox-cn-approver").stdout
    assert re.search(rf"^{number} .*  credit EASTCNBJ CNY 500.00: 0.00 -> 500.00$", waiting, re.MULTILINE), waiting
    own = asked(running, "approve", number, key="sandbox-cn-operator")
    assert own.returncode == 2
    assert told(running, "approve", number, key="sandbox-cn-approver")["state"] == "carried"
    item = position(running)
    assert item["credit_limit"] == "500.00"


OFFICER, SECOND = "sandbox-union-officer-1", "sandbox-union-officer-2"


def test_officers_find_a_case_and_decide_it(running: Served) -> None:
    with Client(running.url, "sandbox-eastcnbj") as sender:
        customer = Customer("Grigor Sandboxov", "CN", "1991-04-02")
        assert sender.pay("c9", "PORTCNSH", "3.00 CNY", debtor_party=customer).state == "SSPD"
    (found,) = items(told(running, "cases", key=OFFICER))
    number = str(found["id"])
    shown = asked(running, "case", number, key=OFFICER).stdout
    assert re.search(r"^of +party +listed$", shown, re.MULTILINE), shown
    assert re.search(r"^Dbtr +Grigor Sandboxov +Grigor Anselm Sandboxov$", shown, re.MULTILINE)
    assert re.search(r"^born +1991-04-02 +1970-01-23$", shown, re.MULTILINE)
    assert re.search(r"^stands +SSPD 3.00 CNY$", shown, re.MULTILINE)
    verdict = told(running, "verdict", number, "clear", "--reason", "born in 1991", key=OFFICER)
    assert asked(running, "approve", str(verdict["id"]), key=OFFICER).returncode == 2
    assert told(running, "approve", str(verdict["id"]), key=SECOND)["state"] == "carried"
    assert asked(running, "cases", key=OFFICER).stdout == "nothing\n"
    decided = asked(running, "case", number, key=SECOND).stdout
    assert f"clear: born in 1991 (key:{OFFICER}, key:{SECOND})" in decided
    assert re.search(r"^stands +STLD 3.00 CNY$", decided, re.MULTILINE)
    plain = told(running, "case", number, key=OFFICER)
    assert isinstance(plain["case"], dict)
    assert plain["case"]["state"] == "clear"


def test_officer_tries_a_list_and_puts_it_in_force(running: Served, tmp_path: Path) -> None:
    file = tmp_path / "own.ftm.json"
    file.write_text('{"id": "a-1", "schema": "Person", "properties": {"name": ["Zoltan Nowhere"]}}\n')
    tried = told(running, "load-list", "own", str(file), "--dry-run", key="sandbox-cn-officer-1")
    assert (tried["added"], tried["dry_run"]) == (1, True)
    assert len(items(told(running, "lists", key=OFFICER))) == 1
    assert told(running, "load-list", "own", str(file), key="sandbox-cn-officer-1")["added"] == 1
    assert "CN" in asked(running, "lists", key=OFFICER).stdout
    missing = asked(running, "load-list", "own", str(tmp_path / "none"), key=OFFICER)
    assert (missing.returncode, "expected a file, found none" in missing.stderr) == (2, True)


def test_what_an_officer_reads_is_never_cut_short(tmp_path: Path) -> None:
    with serve("--sandbox") as running:  # of its own: its lists and its case are in the way of others
        _read_by_officers(running, tmp_path)


def _read_by_officers(running: Served, tmp_path: Path) -> None:
    from comity.client import Client  # noqa: PLC0415 - for this test alone
    from comity.wire.instructions import Customer  # noqa: PLC0415 - the same

    file = tmp_path / "many.ftm.json"
    names = '["Sandboxov, Grigor Anselm"], "weakAlias": ["The Anselm"], "program": ["INVENTED"]'
    lines = [f'{{"id": "many-{n}", "schema": "Person", "properties": {{"name": {names}}}}}\n' for n in range(3)]
    file.write_text("".join(lines))
    answer = asked(running, "load-list", "many", str(file), key=OFFICER).stdout
    assert re.search(r"^in force +yes$", answer, re.MULTILINE), answer
    (digest,) = re.findall(r"^digest +([0-9a-f]{64})$", answer, re.MULTILINE)
    assert digest in asked(running, "lists", key=OFFICER).stdout
    with Client(running.url, "sandbox-eastcnbj") as sender:
        assert sender.pay("c10", "PORTCNSH", "3.00 CNY", debtor_party=Customer("Grigor Sandboxov")).state == "SSPD"
    (found,) = items(told(running, "cases", key=OFFICER))
    every = found["hits"]
    assert isinstance(every, list)
    table = asked(running, "cases", key=OFFICER).stdout
    assert len(every) == table.count(" Dbtr") == 4, table
    shown = asked(running, "case", str(found["id"]), key=OFFICER).stdout
    assert "Sandboxov, Grigor Anselm; The Anselm (weak)" in shown
    assert re.search(r"^programmes +INVENTED$", shown, re.MULTILINE)
    reason = "born in 1991, passport seen at the branch and compared with the record of every list"
    given = asked(running, "verdict", str(found["id"]), "clear", "--reason", reason, key=OFFICER).stdout
    assert re.search(rf"^reason +{reason}$", given, re.MULTILINE), given
    assert reason in asked(running, "approvals", key=SECOND).stdout
    file.write_text(lines[0])
    fewer = asked(running, "load-list", "many", str(file), "--dry-run", key=OFFICER).stdout
    assert re.search(r"^needs another officer +.*more than 50.*names are gone", fewer, re.MULTILINE), fewer


def test_folder_of_ofac_s_tables_is_loaded(running: Served, tmp_path: Path) -> None:
    folder = tmp_path / "ofac"
    folder.mkdir()
    absent = ",".join(["-0- "] * 9)
    (folder / "SDN.CSV").write_text(f'1,"NOWHERE, Zoltan","individual",{absent}\r\n')
    tried = told(running, "load-list", "ofac", str(folder), "--dry-run", key="sandbox-cn-officer-1")
    assert tried["added"] == 1
    (folder / "SDN.CSV").unlink()
    empty = asked(running, "load-list", "ofac", str(folder), key="sandbox-cn-officer-1")
    assert (empty.returncode, "folder with OFAC's tables" in empty.stderr) == (2, True)


def items(page: dict[str, object]) -> list[dict[str, object]]:
    found = page["items"]
    assert isinstance(found, list)
    return found


def test_events_are_lines_of_json(running: Served) -> None:
    told(running, "pay", "c4", "PORTCNSH", "1.00 CNY")
    answer = asked(running, "events", "--count", "2")
    assert answer.returncode == 0, answer.stderr
    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [line["previous"] for line in lines] == ["0", lines[0]["id"]]


def test_refusal_ends_with_2_and_says_where(running: Served) -> None:
    answer = asked(running, "pay", "c5", "NOBODY", "1.00 CNY")
    assert answer.returncode == 2
    assert "/creditor" in answer.stderr


def test_nobody_is_let_in_without_a_key(running: Served) -> None:
    answer = asked(running, "positions", key="sandbox-nobody")
    assert answer.returncode == 2
    assert "the key is not known here" in answer.stderr
    without = asked(running, "positions", key="")
    assert without.returncode == 2
    assert "no key was given: set COMITY_KEY" in without.stderr


def test_member_reads_what_is_not_its_own_with_a_reason(running: Served) -> None:
    without = asked(running, "positions", key="sandbox-cn-operator")
    assert without.returncode == 2
    assert "comity-reason" in without.stderr
    seen = asked(running, "positions", "--reason", "Prüfung", key="sandbox-cn-operator")
    assert seen.returncode == 0, seen.stderr
    assert "PORTCNSH" in seen.stdout


@pytest.mark.parametrize(
    ("environment", "fault"),
    [
        ({"COMITY_KEY": "schlüssel"}, "key: expected printable ASCII characters, found others, not shown here"),
        ({"COMITY_URL": "comity.example:8080"}, "url: expected scheme, host and port"),
    ],
)
def test_key_or_address_that_is_none_is_bad_input(environment: dict[str, str], fault: str) -> None:
    answer = comity("positions", **environment)
    assert answer.returncode == 2
    assert fault in answer.stderr
    assert "schl" not in answer.stderr


def test_table_writes_lists_and_truth_in_words(running: Served) -> None:
    assert re.search(r"^EASTCNBJ .* CNY RUB$", asked(running, "participants").stdout, re.MULTILINE)
    assert re.search(
        r"^dry run +yes$", asked(running, "pay", "c6", "PORTCNSH", "1.00 CNY", "--dry-run").stdout, re.MULTILINE
    )


def test_file_for_its_owner_alone_tells_server_and_key(running: Served, tmp_path: Path) -> None:
    path = tmp_path / "client.toml"
    path.write_text(f'url = "{running.url}"\nkey = "sandbox-eastcnbj"\n')
    path.chmod(0o644)
    refused = comity("positions", "--config", str(path))
    assert refused.returncode == 2
    assert "mode 600" in refused.stderr
    assert "sandbox-eastcnbj" not in refused.stderr
    path.chmod(0o600)
    assert comity("positions", "--config", str(path)).returncode == 0
    (tmp_path / "comity").mkdir()
    path.rename(tmp_path / "comity" / "client.toml")
    assert comity("positions", XDG_CONFIG_HOME=str(tmp_path)).returncode == 0


def test_server_that_is_not_there_ends_with_3() -> None:
    answer = comity("advance", "1h", COMITY_URL="http://127.0.0.1:9", COMITY_KEY="k")
    assert answer.returncode == 3
    assert "no answer from http://127.0.0.1:9" in answer.stderr


def test_no_command_takes_a_key_as_an_argument() -> None:
    help_text = comity("pay", "--help").stdout
    assert "--key" not in help_text


def test_messages_are_examined_and_a_refused_one_is_named_with_the_rule(running: Served, tmp_path: Path) -> None:
    east, port = Agent(bic="EASTCNBJ"), Agent(bic="PORTCNSH")
    between: dict[str, Any] = {"instructing": east, "instructed": port, "debtor_agent": east, "creditor_agent": port}
    folder = tmp_path / "messages"
    folder.mkdir()
    (folder / "1.xml").write_bytes(written(transfers("M-1", item(1, **between)), "EASTCNBJ"))
    good = asked(running, "conformance", str(folder))
    assert good.returncode == 0, good.stderr
    assert "pacs.008.001.08" in good.stdout
    (folder / "2.xml").write_bytes(written(transfers("M-2", item(2, **between), count="2"), "EASTCNBJ"))
    bad = asked(running, "conformance", str(folder / "1.xml"), str(folder / "2.xml"))
    assert bad.returncode == 1
    lines = {line.split()[0]: line for line in bad.stdout.splitlines() if line}
    assert lines["1.xml"].split()[1] == "yes"
    assert "CNT-1" in lines["2.xml"]
    full = asked(running, "conformance", str(folder), "--output", "json")
    reports = json.loads(full.stdout)["items"]
    assert [each["accepted"] for each in reports] == [True, False]
    assert reports[1]["file"].endswith("2.xml")


def test_message_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    file = tmp_path / "1.xml"
    file.touch()
    monkeypatch.setenv("COMITY_KEY", "sandbox-eastcnbj")
    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(EnvironmentFailed, match=r"1\.xml cannot be read: Permission denied"):
        examine("", None, "table", [file])


def test_folder_without_messages_is_bad_input(running: Served, tmp_path: Path) -> None:
    empty = asked(running, "conformance", str(tmp_path))
    assert (empty.returncode, "(*.xml)" in empty.stderr) == (2, True)


def test_message_that_cannot_be_read_is_told_where(running: Served, tmp_path: Path) -> None:
    file = tmp_path / "broken.xml"
    file.write_text("<Envelope>\n</Letter>")
    answer = asked(running, "conformance", str(file))
    assert answer.returncode == 1
    assert re.search(r"NOT_WELL_FORMED \(.*line 2.*\)$", answer.stdout, re.MULTILINE), answer.stdout


def test_standing_says_whole_what_each_case_asks_for(running: Served) -> None:
    assert "a pacs.008 of two payments or more, which is carried out" in asked(running, "conformance").stdout


def test_standing_lists_every_case_and_there_is_no_certificate_yet(running: Served) -> None:
    table = asked(running, "conformance")
    assert table.returncode == 0
    assert "customer-payment" in table.stdout
    assert told(running, "conformance")["complete"] is False
    refused = asked(running, "conformance", "--certificate")
    assert refused.returncode == 2
    assert "has still to show" in refused.stderr


def test_certificate_is_checked_against_the_key_that_its_reader_knows(tmp_path: Path) -> None:
    signer = Ed25519PrivateKey.generate()
    key = signer.public_key().public_bytes_raw().hex()
    plain = Certificate("EASTCNBJ", "Sandbox", 1, "0.1.0", "2021-12-15T01:00:00Z", [], key)
    signed = msgspec.structs.replace(plain, signature=signer.sign(certificate_bytes(plain)).hex())
    path = tmp_path / "east.json"
    path.write_bytes(msgspec.json.encode(signed))
    good = comity("certificate", str(path), "--key", key, "--json")
    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout)["participant"] == "EASTCNBJ"
    other = comity("certificate", str(path), "--key", "11" * 32)
    assert (other.returncode, other.stdout) == (1, "")
    assert "not signed by this key" in other.stderr
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(signed, participant="PORTCNSH")))
    assert comity("certificate", str(path), "--key", key).returncode == 1
    path.write_text("{}")
    assert comity("certificate", str(path), "--key", key).returncode == 2
