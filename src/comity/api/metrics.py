"""Metrics: what Prometheus reads.

Requests are counted by the template of their path, never by the path itself, so that the number of series
is bounded and no id of an instruction stands in one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from comity.gateway.figures import SIZES
from comity.model.reason import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.core import Metric

    from comity.gateway.figures import Figures

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class _Records(Collector):
    """Sizes of records, counted in the node's thread."""

    def __init__(self) -> None:
        self.figures: Figures | None = None

    def collect(self) -> Iterable[Metric]:
        family = HistogramMetricFamily("comity_record_instructions", "Instructions in a record of the log.")
        if self.figures is not None:
            sums = [sum(self.figures.sizes[: place + 1]) for place in range(len(SIZES))]
            buckets = [(str(size), float(count)) for size, count in zip(SIZES, sums, strict=True)]
            family.add_metric([], [*buckets, ("+Inf", float(sums[-1]))], self.figures.instructions)
        yield family


class Metrics:
    """The metrics of one gateway."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "comity_request_seconds",
            "How long requests took to answer.",
            ("route", "method"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._requests = Counter(
            "comity_requests", "Requests answered.", ("route", "method", "status"), registry=self._registry
        )
        self.active = Gauge("comity_requests_active", "Requests under way.", registry=self._registry)
        self.refused = Counter(
            "comity_requests_turned_away", "Requests turned away, by bound.", ("bound",), registry=self._registry
        )
        self._up = Gauge("comity_ready", "1 if instructions are taken.", registry=self._registry)
        self._head = Gauge("comity_log_head", "Sequence of the last record.", registry=self._registry)
        self._phase = Gauge("comity_phase", "1 for the phase of the day.", ("phase",), registry=self._registry)
        self._queued = Gauge("comity_queue_instructions", "Instructions in the node's queues.", registry=self._registry)
        self._gathered = Gauge("comity_writer_waiting", "Instructions that wait for a record.", registry=self._registry)
        self._cases = Gauge("comity_cases_open", "Cases of screening that are open.", registry=self._registry)
        self._behind = Gauge(
            "comity_screening_behind", "1 if screening again fails, and is tried on.", registry=self._registry
        )
        self._records = _Records()
        self._registry.register(self._records)
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request."""
        series = self._series.get((route, method, status))
        if series is None:
            series = (self._requests.labels(route, method, str(status)), self._seconds.labels(route, method))
            self._series[route, method, status] = series
        series[0].inc()
        series[1].observe(seconds)

    def text(self, figures: Figures | None) -> bytes:
        """Return everything in the format of Prometheus; `figures` None: the node does not answer."""
        self._up.set(figures is not None)
        self._records.figures = figures
        if figures is not None:
            self._head.set(figures.head)
            self._queued.set(figures.queued)
            self._gathered.set(figures.gathered)
            self._cases.set(figures.cases)
            self._behind.set(figures.is_behind)
            for phase in Phase:
                self._phase.labels(phase.name.lower()).set(phase.name.lower() == figures.phase)
        return generate_latest(self._registry)
