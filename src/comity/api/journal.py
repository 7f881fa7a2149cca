"""The journal: one line of JSON on stderr for what happened, without anybody's secrets or amounts.

It names a request by its id, which problems carry as `instance`; who asked, by the id of their key or
person; the template of the path, never the path; and how it ended.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Protocol, cast

import msgspec
import structlog

if TYPE_CHECKING:
    from typing import BinaryIO


class Journal(Protocol):
    """Takes events; whatever they say stands in the line as its keys."""

    def info(self, event: str, **said: object) -> None:
        """Note something that is as it should be."""
        ...

    def warning(self, event: str, **said: object) -> None:
        """Note something that somebody should look at."""
        ...

    def error(self, event: str, **said: object) -> None:
        """Note a failure of ours."""
        ...


def open_journal(stream: BinaryIO | None = None, *, level: str = "info") -> Journal:
    """Return a journal that writes to a stream, stderr if absent, from a level on."""
    logger = structlog.wrap_logger(
        structlog.BytesLogger(stream or sys.stderr.buffer),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_written),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    return cast("Journal", logger)


class ServerLog(logging.Handler):
    """Takes what the server and its loop log, and leaves out what an exception says: it may quote what was sent."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(logging.WARNING)
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        said = {"source": record.name, "said": str(record.msg).strip(), **({"error": kind} if kind else {})}
        write = self._journal.error if record.levelno >= logging.ERROR else self._journal.warning
        write("server", **said)


def _written(event: object, **_: object) -> bytes:
    return msgspec.json.encode(event, enc_hook=repr)
