"""What a Prometheus scraper reads (text format 0.0.4): requests and how long they took, and the record as it is now."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from treadle import __version__
from treadle.contract.record import Health

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The metrics of one server, in a registry of its own: several servers in one process do not mix."""

    def __init__(self, queued: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.requests = Counter(
            "treadle_requests", "Requests by operation and HTTP status.", ["operation", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "treadle_request_seconds", "Time from request to answer.", ["operation"], buckets=_BUCKETS, registry=self.registry
        )
        self.followers = Gauge("treadle_news_followers", "Readers of the live news now.", registry=self.registry)
        Gauge("treadle_operations_queued", "Operations performed now or waiting for a thread.", registry=self.registry).set_function(queued)
        Gauge("treadle_build", "Always 1; the version is the label.", ["version"], registry=self.registry).labels(__version__).set(1)

    def observe(self, operation: str, status: int, seconds: float) -> None:
        """Counts one answered request."""
        self.requests.labels(operation, str(status)).inc()
        self.seconds.labels(operation).observe(seconds)

    def render(self, health: Health | None) -> bytes:
        """All metrics as text; without those of the record while it cannot be reached."""
        own: bytes = generate_latest(self.registry)
        once = CollectorRegistry()
        once.register(_OfRecord(health))
        return own + bytes(generate_latest(once))


class _OfRecord:
    """The metrics of a moment; a collector as prometheus_client takes any object with `collect`."""

    def __init__(self, health: Health | None) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        health = self._health
        yield GaugeMetricFamily("treadle_record_up", "Whether the database answered.", value=0 if health is None else 1)
        if health is None:
            return
        runs = GaugeMetricFamily("treadle_runs", "Runs by state.", labels=["state"])
        for state in ("queued", "starting", "running", "done", "failed", "stopped"):
            runs.add_metric([state], health.runs.get(state, 0))
        yield runs
        yield GaugeMetricFamily("treadle_queue_length", "Runs that wait to be started.", value=health.runs.get("queued", 0))
        yield GaugeMetricFamily("treadle_journal_last_entry", "Number of the newest journal entry.", value=health.last_entry)
        yield GaugeMetricFamily("treadle_keepers", "Processes that dispatch for everybody, heard of within a lease.", value=health.keepers)
