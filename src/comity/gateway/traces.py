"""Traces (OpenTelemetry): a span for every request, and one for every record that is appended.

Imported only where the settings ask for traces, since what it needs is an extra. A span names routes, kinds,
numbers of records and ids of requests, which the journal names too. It has no path, no person, no key and no amount.

The span of a record begins before it is appended and ends once it is applied. It is a child of the
request's if it was made for one, and linked to those of all if several share it.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanKind, StatusCode, set_span_in_context

from comity.engine.columns import RecordKind
from comity.gateway.origins import Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.gateway.settings import Tracing
    from comity.log.record import Entry

REQUESTS_MAX: Final = 128
"""Requests that the span of one record names."""


class Traces:
    """Makes spans; those of requests in the thread that serves, those of records in the node's."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("comity")
        self._flying: dict[int, Span] = {}  # by record
        self._open: Span | None = None
        self._origins: Sequence[Origin] = ()

    def request(self, request_id: str, method: str) -> tuple[Span, Origin]:
        """Begin the span of a request."""
        about = {"comity.request_id": request_id, "http.request.method": method}
        span = self._tracer.start_span(method, kind=SpanKind.SERVER, attributes=about)
        return span, Origin(request_id, span.get_span_context())

    @staticmethod
    def answered(span: Span, method: str, route: str, status: int) -> None:
        """End the span of a request; `route` is the template of its path."""
        span.update_name(f"{method} {route}")
        span.set_attribute("http.route", route)
        span.set_attribute("http.response.status_code", status)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or not status:
            span.set_status(StatusCode.ERROR)
        span.end()

    def begin(self, origins: Sequence[Origin]) -> Span:
        """Begin the span of a record that is made for some requests."""
        told = origins[:REQUESTS_MAX]
        parent = set_span_in_context(NonRecordingSpan(told[0].span)) if len(told) == 1 else None
        links = [Link(each.span) for each in told] if len(told) > 1 else None
        about = {"comity.requests": [each.request_id for each in told]}
        return self._tracer.start_span("record", parent, links=links, attributes=about)

    def appended(self, sequence: int, span: Span) -> None:
        """Say which record a span is of, before it is applied."""
        self._flying[sequence] = span

    def enter(self, origins: Sequence[Origin]) -> None:
        """Let the records that are made until `leave` be for these requests."""
        self._origins, self._open = origins, self.begin(origins)

    def leave(self) -> None:
        """End what `enter` began."""
        self._origins, self._open = (), None

    def applied(self, sequence: int, entry: Entry) -> None:
        """End the span of a record."""
        span = self._flying.pop(sequence, None)
        if span is None:
            span = self._open or self.begin(self._origins)
            self._open = self.begin(self._origins) if self._open is not None else None
        span.set_attribute("comity.sequence", sequence)
        span.set_attribute("comity.kind", RecordKind(entry.kind).name)
        span.set_attribute("comity.count", entry.count)
        span.end()

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def open_traces(settings: Tracing) -> Traces:
    """Return traces that go to a collector, in the background."""
    provider = TracerProvider(resource=Resource.create({"service.name": "comity"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.endpoint)))
    return Traces(provider)
