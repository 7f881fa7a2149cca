"""Serving: an application on a socket, until it is told to stop.

Told to stop, it takes no new connections, answers every request that is under way, and carries out and
makes durable what was handed in; then it ends.
"""

from __future__ import annotations

import gc
import signal
import socket
from typing import TYPE_CHECKING

import uvicorn

from comity.api.connection import BoundedProtocol
from comity.api.journal import Journal, kept_in
from comity.api.tls import server_context
from comity.errors import EnvironmentFailed, Fault, InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from litestar.types import ASGIApp

    from comity.gateway.settings import Tls

CONNECTIONS_MAX = 4_096
BACKLOG = 2_048
KEEP_ALIVE_S = 75
GRACE_S = 30
"""Requests under way have so long to be answered once the server is told to stop."""
HEADERS = (
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
)
"""Of every answer, also of those that the server gives by itself: no browser keeps, runs, frames or guesses at it."""
HEADERS_TLS = (("strict-transport-security", "max-age=31536000; includeSubDomains"),)
"""And over TLS: for a year nobody comes back without it."""


class Ending:
    """Ends a server from within what it serves."""

    def __init__(self) -> None:
        self.asked = False

    def stop(self) -> None:
        """Ask it to end; it looks several times a second."""
        self.asked = True


class _Server(uvicorn.Server):
    """Says when it listens; the signals that end it are its own business alone."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None], ends: Ending) -> None:
        super().__init__(config)
        self._listening = listening
        self._ends = ends

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._ends.asked

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            gc.collect()
            gc.freeze()  # what is there from the start stays, and looking through it takes a tenth of a second
            self._listening()


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 is any that is free.

    Raises
    ------
    InvalidRequest
        There is no such host on this machine.
    EnvironmentFailed
        The port is taken, or may not be.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise InvalidRequest([Fault("", 0, "host", "a name or address of this machine", repr(host))]) from error
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise EnvironmentFailed(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return bound


class Serving:
    """An application being served; `run` returns when it ended.

    Parameters
    ----------
    bound
        From `bind`; left open, so that another may go on with it.
    listening
        Called once requests are taken.
    ends
        Ends it; else only a signal does.
    """

    def __init__(
        self,
        app: ASGIApp,
        bound: socket.socket,
        listening: Callable[[], None],
        ends: Ending | None = None,
        *,
        tls: Tls | None = None,
        grace_s: int = GRACE_S,
    ) -> None:
        self._socket = bound
        context = server_context(tls) if tls is not None else None
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http=BoundedProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            headers=[*HEADERS, *(HEADERS_TLS if tls is not None else ())],
            proxy_headers=False,
            limit_concurrency=CONNECTIONS_MAX,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=grace_s,
            ssl_context_factory=(lambda _config, _default: context) if context is not None else None,
        )
        self._server = _Server(config, listening, ends or Ending())

    def run(self) -> int:
        """Serve until stopped or told to by a signal; the signal, 0 if it was none.

        EnvironmentFailed if the application could not start.
        """
        caught: list[int] = []
        before = {number: signal.signal(number, lambda got, _: caught.append(got)) for number in _SIGNALS}
        try:
            with kept_in(Journal()):
                self._server.run(sockets=[self._socket.dup()])
        except SystemExit as failed:
            raise EnvironmentFailed("the server could not start") from failed
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        if not self._server.started:
            raise EnvironmentFailed("the server could not start")
        return caught[-1] if caught else 0


_SIGNALS = (signal.SIGINT, signal.SIGTERM)
