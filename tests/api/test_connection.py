"""Connections over a real socket: what is neither a head nor a body is not kept."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import pytest
import uvicorn

from comity.api.app import create_app
from comity.api.connection import HEAD_MAX, BoundedProtocol
from tests.gateway.union import open_gateway

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNKED = (
    b"POST /v1/payments HTTP/1.1\r\nhost: x\r\nauthorization: Bearer alfa-sender\r\n"
    b"content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
)
BODY = b'{"id":"t1","debtor":"ALFACNBJ","creditor":"BETACNBJ","currency":"CNY","amount":"1.00"}'
CHUNK = b"%x\r\n%b\r\n" % (len(BODY), BODY)
SENT_MAX = 4 << 20


@contextmanager
def connected() -> Iterator[socket.socket]:
    config = uvicorn.Config(create_app(open_gateway()), port=0, http=BoundedProtocol, log_config=None, lifespan="on")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        with socket.create_connection(server.servers[0].sockets[0].getsockname(), timeout=10) as connection:
            yield connection
    finally:
        server.should_exit = True
        thread.join()


def answer(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received and (part := connection.recv(4_096)):
        received += part
    return received


def send_on(connection: socket.socket, line: bytes) -> None:
    for _ in range(0, SENT_MAX, HEAD_MAX // 4):
        connection.sendall(line * (HEAD_MAX // len(line) // 4))
        time.sleep(0.001)


def test_body_in_chunks_is_taken() -> None:
    with connected() as connection:
        connection.sendall(CHUNKED)
        for place in range(len(BODY)):
            connection.sendall(b"1\r\n%b\r\n" % BODY[place : place + 1])
        connection.sendall(b"0\r\n\r\n")
        assert answer(connection).startswith(b"HTTP/1.1 201 ")


def test_header_behind_a_body_is_refused() -> None:
    with connected() as connection:
        connection.sendall(CHUNKED)
        time.sleep(0.1)  # so that the request has begun
        connection.sendall(CHUNK + b"0\r\nidempotency-key: k\r\n\r\n")
        assert answer(connection).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("line", [b"x: y\r\n", b"y"], ids=["many", "long"])
@pytest.mark.parametrize("begin", [CHUNKED, CHUNKED.replace(b"alfa", b"nobody")], ids=["known", "unknown"])
def test_what_follows_a_body_without_end_ends_the_connection(begin: bytes, line: bytes) -> None:
    with connected() as connection:
        connection.sendall(begin + CHUNK + b"0\r\nx: ")
        with pytest.raises(OSError, match=r"reset|pipe|abort"):
            send_on(connection, line)
