"""The journal: one line of JSON on stderr for what happened, without anybody's secrets or amounts.

It names a request by its id, which problems carry as `instance`; who asked, by the id of their key or
person; the template of the path, never the path; and how it ended. Of an error it says the kind and the
places it came through, not its words: they may be somebody's. What libraries have to say stands in it as well.
"""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING

import msgspec

from comity.errors import EnvironmentFailed, LogError
from comity.gateway.clock import machine_now
from comity.model.instant import format_instant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

PLACES_MAX = 12
"""Places of an error that are told, those nearest to it."""
TEXT_MAX = 200
"""Characters of what a library says."""
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


class FolderJournal:
    """Says of the folders of participants what the edge says of requests: each file, how it ended, and what fails."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def filed(self, participant: str, mark: str, noted: dict[str, object]) -> None:
        """Note a file that was taken and filed."""
        write = self._journal.warning if "problem" in noted else self._journal.info
        write("refused" if "problem" in noted else "taken", participant=participant, file=mark, **noted)

    def failed(self, participant: str, error: Exception) -> None:
        """Note what keeps a folder from being looked at."""
        self._journal.error("folder", participant=participant, **told_of(error))


class _Libraries(logging.Handler):
    """Writes what libraries log."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(logging.WARNING)
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        said: dict[str, object] = {"by": record.name}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            said |= told_of(error)
        else:
            said["said"] = record.getMessage()[:TEXT_MAX]
        (self._journal.error if record.levelno >= logging.ERROR else self._journal.warning)("library", **said)


@contextmanager
def kept_in(journal: Journal) -> Iterator[None]:
    """Have what libraries log from here on stand in a journal, instead of as text beside it."""
    handler, root = _Libraries(journal), logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


def told_of(error: BaseException) -> dict[str, object]:
    """Return what the journal says of an error: its kind, the places it came through, and our own words for it."""
    steps = [
        f"{Path(frame.f_code.co_filename).name}:{line} {frame.f_code.co_name}"
        for frame, line in walk_tb(error.__traceback__)
    ]
    said: dict[str, object] = {"error": type(error).__name__, "at": steps[-PLACES_MAX:]}
    if isinstance(error, (EnvironmentFailed, LogError)):
        said["why"] = str(error)
    return said
