"""A receiver of webhooks on loopback, that answers as it is told."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

WAIT_S = 30


class Received(NamedTuple):
    """A request as it came in."""

    headers: dict[str, str]
    body: bytes

    @property
    def events(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = msgspec.json.decode(self.body)["events"]
        return events

    @property
    def names(self) -> list[str]:
        """Ids of the instructions told."""
        return [event["instruction"]["id"] for event in self.events if "instruction" in event]


class Receiver:
    """Keeps what comes in; answers with `answers` in turn, then with 204."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.received: Queue[Received] = Queue()
        self.answers: list[int] = []

    def next(self) -> Received:
        return self.received.get(timeout=WAIT_S)


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Listen on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.received.put(Received({name.lower(): value for name, value in self.headers.items()}, body))
            status = receiver.answers.pop(0) if receiver.answers else 204
            self.send_response(status)
            if status // 100 == 3:
                self.send_header("location", receiver.url)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver = Receiver(f"http{'s' * (tls is not None)}://127.0.0.1:{server.server_port}/in")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
