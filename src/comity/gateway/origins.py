"""Origins: the request on whose behalf something is asked of the node, for traces; none while there are none."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from opentelemetry.trace import SpanContext


class Origin(NamedTuple):
    """A request under way."""

    request_id: str
    span: SpanContext


ORIGIN: Final[ContextVar[Origin | None]] = ContextVar("origin", default=None)
"""Of what runs now: the edge sets it, the writer reads it where something is handed in."""
