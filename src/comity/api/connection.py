"""Connections: a head of bounded size, which has to arrive in bounded time.

The server leaves both open, so that anybody who can connect could hold its memory and its sockets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.api.tls import PeerProtocol

if TYPE_CHECKING:
    import asyncio

HEAD_MAX = 32 << 10
"""Bytes of a request's line and headers."""
HEADERS_MAX = 100
HEAD_S = 10.0
"""In which a head has to arrive, from the connection or from its first byte on."""


class TooLarge(ValueError):  # noqa: N818 - the name says what happened
    """The head of a request is larger than what is taken, or has not ended with its body."""


class BoundedProtocol(PeerProtocol):
    """HTTP/1.1 with bounds on the head of a request, and no trailers behind its body: nobody reads them."""

    _read = 0
    """Bytes that were neither a whole head nor of a body, since there last was one."""
    _parts = 0
    """Whole heads and parts of bodies so far."""
    _is_head = True
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop to wait."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in bytes; a head that grows too large ends the connection, and so does what is neither head nor body."""
        before = self._parts
        super().data_received(data)
        self._read = self._read + len(data) if self._parts == before else 0
        if self._read > HEAD_MAX and not self.transport.is_closing():
            self.logger.warning("The head of a request is too large.")
            self.send_400_response("The head of the request is too large.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a header; those behind a body would be kept as they come, however many."""
        if not self._is_head:
            raise TooLarge
        super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """Take in a part of a body, whose size the application bounds."""
        self._parts += 1
        super().on_body(body)

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a head."""
        super().on_message_begin()
        self._begin()

    def on_headers_complete(self) -> None:
        """Pass on a head that is within its bounds."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > HEAD_MAX or len(self.headers) > HEADERS_MAX:
            raise TooLarge
        self._is_head = False
        self._parts += 1
        self._stop()
        super().on_headers_complete()

    def _begin(self) -> None:
        self._is_head, self._read = True, 0
        self._stop()
        self._patience = self.loop.call_later(HEAD_S, self._give_up)

    def _stop(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
