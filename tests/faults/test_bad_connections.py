"""What arrives too slowly, too large, too deep, packed or torn is refused, and others are served meanwhile.

The server is a process behind a socket. It has half a second of patience; else these tests would take as long as
its bounds.
"""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from comity.api.connection import HEAD_MAX, HEADERS_MAX
from comity.api.security import BODY_MAX
from tests.faults.serving import JOURNAL, served
from tests.serving import PATIENCE_S

PATIENCE = "0.5"
IDLE = 500
GROWTH_MAX = 256 << 20
"""Bytes of memory that all of this may cost the server."""
# The amount has more digits before its point than the seconds of a line of the journal have.
SECRETS = ("alfa-sender", "beta-sender", "very-secret", "812.34", "BETACNBJ")
KEYED = b"authorization: Bearer alfa-sender\r\nidempotency-key: very-secret\r\n"
PAYMENT = b'{"id":"%b","debtor":"ALFACNBJ","creditor":"BETACNBJ","currency":"CNY","amount":"812.34"}'


class Server(NamedTuple):
    pid: int
    url: str
    journal: Path

    def connect(self) -> socket.socket:
        url = httpx.URL(self.url)
        return socket.create_connection((url.host, url.port or 0), PATIENCE_S)

    def memory(self) -> int:
        """Bytes of memory that the process has."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) << 10


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("gateway")
    journal = folder / JOURNAL
    with served(folder, PATIENCE) as (process, url):
        one = Server(process.pid, url, journal)
        settle(one, b"first")
        before = one.memory()
        yield one
        assert one.memory() < before + GROWTH_MAX
        assert process.poll() is None
    text = journal.read_text()
    assert all(isinstance(json.loads(line), dict) for line in text.splitlines())
    assert not [secret for secret in SECRETS if secret in text]
    assert '"level":"error"' not in text


def settle(server: Server, name: bytes) -> None:
    """Enter a payment as somebody else does meanwhile."""
    headers = {"authorization": "Bearer alfa-sender"}
    answer = httpx.post(f"{server.url}/v1/payments", content=PAYMENT % name, headers=headers, timeout=PATIENCE_S)
    assert answer.status_code == httpx.codes.CREATED, answer.text


def head(path: bytes = b"/v1/payments", *more: bytes) -> bytes:
    lines = [b"POST %b HTTP/1.1" % path, b"host: x", b"content-type: application/json", *more]
    return b"\r\n".join(lines) + b"\r\n"


def told(connection: socket.socket) -> bytes:
    """Return everything that is answered until the server closes the connection."""
    parts = []
    with suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def ask(server: Server, data: bytes) -> bytes:
    """Send something, and return everything that is answered; the server closes the connection."""
    with server.connect() as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(data)
        return told(connection)


def post(server: Server, path: str, body: bytes, **headers: str) -> httpx.Response:
    given = {"authorization": "Bearer alfa-sender", "content-type": "application/json"}
    given |= {name.replace("_", "-"): text for name, text in headers.items()}
    return httpx.post(f"{server.url}{path}", content=body, headers=given, timeout=PATIENCE_S)


def test_connections_that_say_nothing_are_ended_and_others_are_served_meanwhile(server: Server) -> None:
    with ExitStack() as stack:
        idle = [stack.enter_context(server.connect()) for _ in range(IDLE)]
        settle(server, b"while-idle")
        assert {told(connection) for connection in idle} == {b""}


def test_head_that_never_ends_is_given_up(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\nx-slow: ")
        settle(server, b"while-slow")
        assert told(connection) == b""


@pytest.mark.parametrize(
    "path", [b"/v1/payments", b"/v1/payments?dry_run=true", b"/v1/payments/batch", b"/v1/commands"]
)
def test_body_that_never_ends_is_given_up(server: Server, path: bytes) -> None:
    with server.connect() as connection:
        begun = head(path, KEYED + b"content-length: 100")
        if path.endswith(b"batch"):
            begun = begun.replace(b"application/json", b"application/x-ndjson")
        connection.sendall(begun + b"\r\n{")
        settle(server, b"while-slow" + path[-20:].replace(b"/", b"-"))
        answer = told(connection)
    assert answer.split()[1] in (b"408", b"403")
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize("path", [b"/v1/payments", b"/v1/payments/batch", b"/v1/commands"])
def test_body_of_nobody_known_is_not_waited_for(server: Server, path: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(head(path, b"authorization: Bearer guess", b"content-length: 100") + b"\r\n{")
        assert connection.recv(65_536).split()[1] == b"401"


def test_head_that_is_too_large_is_refused(server: Server) -> None:
    one = b"x-large: " + b"a" * HEAD_MAX
    many = b"\r\n".join(b"x-%d: 1" % number for number in range(HEADERS_MAX + 1))
    for data in (
        head(b"/v1/payments", one) + b"\r\n",
        head(b"/v1/payments", many) + b"\r\n",
        head(b"/v1/payments?" + b"a" * HEAD_MAX) + b"\r\n",
        head(b"/v1/payments", b"x-endless: " + b"a" * (4 << 20)),
        b"G" * (4 << 20),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),  # TLS, where there is none
    ):
        assert ask(server, data)[:12] == b"HTTP/1.1 400"
    settle(server, b"after-large")


def test_body_that_is_too_large_is_refused_before_it_has_arrived(server: Server) -> None:
    length = b"content-length: %d" % (BODY_MAX + 1)
    assert ask(server, head(b"/v1/payments/batch", KEYED + length) + b"\r\n").split()[1] in (b"413", b"415")
    chunk = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
    sent = head(b"/v1/commands", KEYED + b"transfer-encoding: chunked")
    answer = ask(server, sent + b"\r\n" + chunk * ((BODY_MAX >> 20) + 1) + b"0\r\n\r\n")
    assert answer[:12] in (b"HTTP/1.1 413", b"HTTP/1.1 403", b"")
    settle(server, b"after-many-chunks")


@pytest.mark.parametrize("opened", [b"[", b'{"a":', b'{"commands":['])
@pytest.mark.parametrize(
    "path", ["/v1/payments", "/v1/pvp", "/v1/orders", "/v1/webhooks", "/v1/sign-in/passkey", "/v1/payments/batch"]
)
def test_body_that_is_nested_deeply_is_refused(server: Server, path: str, opened: bytes) -> None:
    kind = "application/x-ndjson" if path.endswith("batch") else "application/json"
    assert post(server, path, opened * 200_000, content_type=kind).status_code == httpx.codes.BAD_REQUEST


def test_value_that_may_be_anything_is_refused_if_it_is_nested_deeply(server: Server) -> None:
    body = b'{"flow":"' + b"f" * 43 + b'","credential":{"a":' + b"[" * 100_000
    assert post(server, "/v1/sign-in/passkey", body).status_code == httpx.codes.BAD_REQUEST


@pytest.mark.parametrize("packing", ["gzip", "deflate", "br", "zstd", "gzip, identity", "x-unknown"])
def test_body_that_is_packed_is_refused_unpacked(server: Server, packing: str) -> None:
    for path in ("/v1/payments", "/v1/payments/batch"):
        answer = post(server, path, b"\x1f\x8b" + bytes(1_000), content_encoding=packing)
        assert answer.status_code == httpx.codes.UNSUPPORTED_MEDIA_TYPE


TORN = [b"\xff", b"\xc3(", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xc0\xaf"]


@pytest.mark.parametrize("torn", TORN)
def test_text_that_is_no_unicode_is_refused(server: Server, torn: bytes) -> None:
    body = PAYMENT.replace(b"%b", b"torn" + torn)
    assert post(server, "/v1/payments", body).status_code == httpx.codes.BAD_REQUEST
    lines = post(server, "/v1/payments/batch", body, content_type="application/x-ndjson")
    assert lines.status_code == httpx.codes.BAD_REQUEST
    close = b"connection: close\r\n\r\n"
    in_key = head(b"/v1/payments", b"authorization: Bearer " + torn, b"content-length: 0") + close
    in_path = b"GET /v1/payments/" + torn + b" HTTP/1.1\r\nhost: x\r\n" + KEYED + close
    escaped = b"".join(b"%%%02x" % byte for byte in torn)
    in_escapes = b"GET /v1/payments/" + escaped + b" HTTP/1.1\r\nhost: x\r\n" + KEYED + close
    in_query = b"GET /v1/payments?state=" + escaped + b" HTTP/1.1\r\nhost: x\r\n" + KEYED + close
    in_idempotency = head(b"/v1/payments", KEYED.replace(b"very-secret", torn) + b"content-length: 0") + close
    answers = [ask(server, data)[:12] for data in (in_key, in_path, in_escapes, in_query, in_idempotency)]
    assert {answer[:10] for answer in answers} == {b"HTTP/1.1 4"}, answers
