"""A gateway served over a real socket, for tests of what streams."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import uvicorn

from comity.api.app import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comity.gateway.gateway import Gateway


@contextmanager
def served(gateway: Gateway) -> Iterator[str]:
    """Serve a gateway on loopback; its address. Closed at the end, the gateway too."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    config = uvicorn.Config(create_app(gateway), log_level="critical", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()
