"""Server-Sent Events, read line by line; a gap in them is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from comity.client.errors import Unreachable
from comity.wire.events import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 45.0
"""A stream that says nothing for so long is taken for lost: the server tells a heartbeat every 15 s."""
BACK_S = 2.0


class Follower:
    """Follows events from a cursor on.

    Attributes
    ----------
    after
        Cursor up to which everything has been told.
    """

    def __init__(self, after: str) -> None:
        self.after = after
        self._fields: dict[str, str] = {}

    def headers(self) -> dict[str, str]:
        """Return the headers that ask for what comes next."""
        return {"accept": "text/event-stream", "last-event-id": self.after}

    def line(self, line: str) -> Iterator[Event]:
        """Take a line, without its end; yield the event that it completes, if it does.

        Raises
        ------
        Unreachable
            Events are missing between the one before and this one.
        """
        if line:
            name, _, text = line.partition(":")
            if name:
                self._fields[name] = text.removeprefix(" ")
            return
        fields, self._fields = self._fields, {}
        if fields.get("event") in ("heartbeat", "cut-off", None):
            if fields.get("event") == "heartbeat":
                self.after = fields.get("id", self.after)
            return
        event = msgspec.json.decode(fields["data"], type=Event)
        if event.previous != self.after:
            raise Unreachable(f"events are missing between {self.after} and {event.id}")
        self.after = event.id
        yield event

    def lost(self) -> None:
        """Forget what of an event had arrived when the connection ended."""
        self._fields = {}
