"""`comity serve`: what it refuses, what it serves, and how it ends."""

import json
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from comity.client import Client
from comity.iso20022.schemas import Schemas
from tests.api.certificates import issue
from tests.api.messages import item, transfers, written
from tests.serving import serve

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "two-countries"
STANDING = ("union.toml", "members.csv", "participants.csv", "accounts.csv", "limits.csv", "agreements.csv")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    with serve("--sandbox") as served:
        yield served.url


def comity(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "comity.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def union(folder: Path) -> Path:
    (folder / "union").mkdir()
    for name in STANDING:
        shutil.copy2(EXAMPLE / name, folder / "union" / name)
    return folder


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--data"),
        (("--data", "{empty}"), "no folder union"),
        (("--data", "{full}"), "payments.csv"),
        (("--data", "{union}", "--host", "0.0.0.0"), "plain HTTP"),  # noqa: S104 - what is refused
        (("--sandbox", "--host", "0.0.0.0"), "loopback"),  # noqa: S104 - what is refused
        (("--sandbox", "--data", "{union}"), "keeps nothing"),
        (("--config", "{empty}/none.toml"), "a file that can be read"),
        (("--data", "{union}", "--host", "no-such-host.invalid"), "certificates"),
        (("--sandbox", "--schemas", "{empty}"), "a folder with schemas of messages"),
    ],
)
def test_what_is_not_safe_or_not_there_is_refused(arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    for name in ("empty", "full", "union"):
        (tmp_path / name).mkdir()
    union(tmp_path / "union")
    shutil.copytree(EXAMPLE, tmp_path / "full" / "union")
    places = {name: str(tmp_path / name) for name in ("empty", "full", "union")}
    answer = comity("serve", "--port", "0", *(each.format(**places) for each in arguments))
    assert answer.returncode == 2, answer.stderr
    assert says in answer.stderr


def test_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = comity("serve", "--data", str(union(tmp_path)), "--port", str(taken.getsockname()[1]))
    assert answer.returncode == 3
    assert "cannot listen" in answer.stderr


def test_messages_are_judged_by_published_schemas_where_a_folder_has_them(tmp_path: Path) -> None:
    version = "pacs.008.001.08"
    text = Schemas.open().text(version).replace(b'name="SttlmMtd"', b'name="SettlementMethod"')
    (tmp_path / f"{version}.xsd").write_bytes(text)
    headers = {"authorization": "Bearer sandbox-eastcnbj", "content-type": "application/xml"}
    body = written(transfers("M-1", item(1)))
    with serve("--sandbox", "--schemas", str(tmp_path)) as served:
        answer = httpx.post(f"{served.url}/v1/messages", headers=headers, content=body)
    assert answer.status_code == 400
    assert "SettlementMethod" in answer.text
    (tmp_path / f"{version}.xsd").write_bytes(text[:-9])
    refused = comity("serve", "--sandbox", "--port", "0", "--schemas", str(tmp_path))
    assert refused.returncode == 2
    assert "an XML schema" in refused.stderr


def test_log_is_served_held_and_let_go(tmp_path: Path) -> None:
    folder, journal = union(tmp_path), tmp_path / "journal"
    with serve("--data", str(folder), journal=journal) as served:
        ready = httpx.get(f"{served.url}/health/ready")
        assert ready.json()["status"] == "ready"
        assert httpx.get(f"{served.url}/v1/sandbox").status_code == 404
        held = comity("serve", "--data", str(folder), "--port", "0")
        assert (held.returncode, "held" in held.stderr or "process" in held.stderr) == (3, True), held.stderr
        assert served.end(signal.SIGTERM) == 0
    assert all(line.startswith("{") for line in journal.read_text().splitlines()), journal.read_text()
    verified = comity("verify", str(folder / "day.log"))
    assert verified.returncode == 0, verified.stderr
    with serve("--data", str(folder)) as served:
        assert httpx.get(f"{served.url}/health/ready").json()["head"] >= ready.json()["head"]
        assert served.end(signal.SIGINT) == 130
    text = (folder / "union" / "accounts.csv").read_text()
    (folder / "union" / "accounts.csv").write_text(text.replace("1000.00", "1001.00"))
    other = comity("serve", "--data", str(folder), "--port", "0")
    assert other.returncode == 2
    assert "another union" in other.stderr


def test_end_waits_for_the_answers_to_what_was_handed_in(tmp_path: Path) -> None:
    with serve("--sandbox", journal=tmp_path / "journal") as served:
        begun = threading.Barrier(9)

        def pay(number: int) -> str:
            with Client(served.url, "sandbox-eastcnbj") as client:
                assert client.party
                begun.wait()
                return client.pay(f"p{number}", "PORTCNSH", "1.00 CNY").state

        with ThreadPoolExecutor(8) as pool:
            answers = [pool.submit(pay, number) for number in range(8)]
            begun.wait()
            first = answers[0].result()
            served.process.send_signal(signal.SIGTERM)
            told = [first, *(answer.result() for answer in answers[1:] if answer.exception() is None)]
        assert served.process.wait(60) == 0
    assert set(told) == {"STLD"}
    journal = (tmp_path / "journal").read_text()
    assert "sandbox-eastcnbj" not in re.sub(r'"actor":"[^"]*"', "", journal)


def raw(url: str, data: bytes) -> bytes:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(data)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


def test_head_of_a_request_is_bounded_and_the_journal_says_so(tmp_path: Path) -> None:
    with serve("--sandbox", journal=tmp_path / "journal") as served:
        large = b"GET /health HTTP/1.1\r\nhost: x\r\nx-large: " + b"a" * 40_000 + b"\r\n\r\n"
        many = b"GET /health HTTP/1.1\r\nhost: x\r\n" + b"".join(b"x-%d: 1\r\n" % n for n in range(200)) + b"\r\n"
        endless = b"GET /health HTTP/1.1\r\nhost: x\r\nx-endless: " + b"a" * 100_000
        assert [raw(served.url, data)[:12] for data in (large, many, endless)] == [b"HTTP/1.1 400"] * 3
        assert httpx.get(f"{served.url}/health").status_code == 200
    written = (tmp_path / "journal").read_text().splitlines()  # beside warnings of code that is not compiled
    lines = [json.loads(line) for line in written if line.startswith("{")]
    assert [(line["event"], line["level"]) for line in lines] == [("library", "warning")] * 3 + [("answered", "info")]


@pytest.mark.parametrize(
    "framing",
    [
        b"content-length: 5\r\ntransfer-encoding: chunked\r\n",
        b"content-length: 5\r\ncontent-length: 6\r\n",
        b"transfer-encoding: chunked, identity\r\n",
        b"transfer-encoding: xchunked\r\n",
        b"content-length: +5\r\n",
        b"transfer-encoding : chunked\r\n",
    ],
    ids=bytes.decode,
)
def test_request_whose_end_is_not_plain_is_refused(sandbox: str, framing: bytes) -> None:
    hidden = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n"
    answer = raw(sandbox, b"POST /v1/payments HTTP/1.1\r\nhost: x\r\n" + framing + b"\r\n0\r\n\r\n" + hidden)
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1") == 1


HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
HSTS = "strict-transport-security"


def test_every_answer_tells_a_browser_what_not_to_do_with_it() -> None:
    payment = {"id": "p1", "debtor": "EASTCNBJ", "creditor": "PORTCNSH", "currency": "CNY", "amount": "1.00"}
    with serve("--sandbox") as served, httpx.Client(base_url=served.url) as client:
        key = {"authorization": "Bearer sandbox-eastcnbj"}
        answers = [
            client.get("/health"),
            client.get("/openapi.json"),
            client.get("/nothing"),
            client.get("/v1/me"),
            client.get("/v1/me", headers=key),
            client.post("/v1/payments", json=payment, headers=key),
        ]
        refused = raw(served.url, b"GET /health HTTP/1.1\r\nx-no-colon\r\n\r\n").decode()
    assert [answer.status_code for answer in answers] == [200, 200, 404, 401, 200, 201]
    for answer in answers:
        assert {name: answer.headers.get_list(name) for name in HEADERS} == {name: [HEADERS[name]] for name in HEADERS}
        assert HSTS not in answer.headers
    assert refused.startswith("HTTP/1.1 400")
    assert all(f"\r\n{name}: {value}\r\n" in refused for name, value in HEADERS.items())


def test_over_tls_an_answer_says_to_come_back_over_tls_alone(tmp_path: Path) -> None:
    authority = issue(tmp_path, "authority")
    server = issue(tmp_path, "server", authority)
    server.key.chmod(0o600)
    settings = tmp_path / "settings.toml"
    settings.write_text(
        f'folder = "{union(tmp_path)}"\n[tls]\ncertificate = "{server.certificate}"\nkey = "{server.key}"\n'
    )
    context = ssl.create_default_context(cafile=authority.certificate)
    with serve("--config", str(settings)) as served, httpx.Client(verify=context) as client:
        answers = [client.get(f"{served.url}{path}") for path in ("/health", "/v1/me", "/nothing")]
    assert [answer.headers[HSTS] for answer in answers] == ["max-age=31536000; includeSubDomains"] * 3


def test_log_of_a_served_union_is_readable_beside_it(tmp_path: Path) -> None:
    with serve("--data", str(union(tmp_path))) as served:
        copied = comity("backup", str(tmp_path / "day.log"), str(tmp_path / "saved.log"))
        assert copied.returncode == 0, copied.stderr
        assert served.end(signal.SIGTERM) == 0
    with sqlite3.connect(tmp_path / "saved.log") as saved:
        assert saved.execute("PRAGMA integrity_check").fetchone() == ("ok",)
