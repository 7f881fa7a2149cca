"""The journal: one line of JSON on stderr for what happened, without anybody's secrets or amounts.

It names a request by its id, which problems carry as `instance`; who asked, by the id of their key or
person; the template of the path, never the path; and how it ended.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec

from comity.gateway.clock import machine_now
from comity.model.instant import format_instant

if TYPE_CHECKING:
    from typing import BinaryIO

_ENCODER = msgspec.json.Encoder(enc_hook=repr)


class Journal:
    """Takes events; whatever they say stands in the line as its keys.

    Parameters
    ----------
    stream
        Where the lines go, stderr if absent; each is passed on at once.
    """

    def __init__(self, stream: BinaryIO | None = None) -> None:
        self._stream = stream or sys.stderr.buffer

    def info(self, event: str, **said: object) -> None:
        """Note something that is as it should be."""
        self._write("info", event, said)

    def warning(self, event: str, **said: object) -> None:
        """Note something that somebody should look at."""
        self._write("warning", event, said)

    def error(self, event: str, **said: object) -> None:
        """Note a failure of ours."""
        self._write("error", event, said)

    def _write(self, level: str, event: str, said: dict[str, object]) -> None:
        said.update(event=event, level=level, timestamp=format_instant(machine_now()))
        self._stream.write(_ENCODER.encode(said) + b"\n")
        self._stream.flush()
