"""The metrics of the service, for Prometheus."""

import os
from collections.abc import Callable
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
# Upper bounds of the histograms' buckets: seconds for an answer, pictures of a batch.
_SECONDS = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
)
# As many as the batcher's largest.
_BATCHES = (1, 2, 4, 8, 16, 32)


class Metrics:
    """One set of counters per worker.

    Several workers share a folder, and any of them can report for all.
    """

    def __init__(
        self, waiting: Callable[[], int], under_way: Callable[[], int]
    ) -> None:
        self.registry = CollectorRegistry()
        registry = self.registry
        self.requests = Counter(
            "inkdigits_requests",
            "Requests answered.",
            ("path", "status"),
            registry=registry,
        )
        self.seconds = Histogram(
            "inkdigits_request_seconds",
            "Seconds to answer.",
            ("path",),
            buckets=_SECONDS,
            registry=registry,
        )
        self.pictures = Counter(
            "inkdigits_pictures", "Pictures answered.", ("path",), registry=registry
        )
        self.batches = Histogram(
            "inkdigits_batch_size",
            "Pictures answered in one pass of the network.",
            buckets=_BATCHES,
            registry=registry,
        )
        self.corrections = Counter(
            "inkdigits_corrections", "Corrections stored.", registry=registry
        )
        self.readings_lost = Counter(
            "inkdigits_readings_lost",
            "Readings that could not be stored.",
            registry=registry,
        )
        self.waiting = Gauge(
            "inkdigits_waiting",
            "Pictures waiting for the network.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self.under_way = Gauge(
            "inkdigits_under_way",
            "Readings in progress or waiting.",
            multiprocess_mode="livesum",
            registry=self.registry,
        )
        self._known: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._count_waiting = waiting
        self._count_under_way = under_way

    def answered(self, path: str, status: int, seconds: float) -> None:
        """Count an answer and the time it took."""
        # Looked up once for each path and status: making a label is slow.
        requests, times = self._children(path, status)
        requests.inc()
        times.observe(seconds)

    def _children(self, path: str, status: int) -> tuple[Counter, Histogram]:
        """Finding them by their labels takes longer than counting."""
        children = self._known.get((path, status))
        if children is None:
            children = self._known[path, status] = (
                self.requests.labels(path, str(status)),
                self.seconds.labels(path),
            )
        return children

    def refresh(self) -> None:
        """Report the current queue length; other workers may be asked for it."""
        self.waiting.set(self._count_waiting())
        self.under_way.set(self._count_under_way())

    def page(self) -> tuple[bytes, str]:
        """What /metrics says, and its media type."""
        self.refresh()
        folder = os.environ.get(MULTIPROCESS)
        return generate_latest(
            all_workers(folder) if folder else self.registry
        ), CONTENT_TYPE_LATEST


def all_workers(folder: str) -> CollectorRegistry:
    """The counts of all workers, and the queues of those that are alive."""
    _forget_dead_workers(Path(folder))
    registry = CollectorRegistry()
    MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
    return registry


def _forget_dead_workers(folder: Path) -> None:
    """A worker that was killed did not say that nothing waits in it any more."""
    for file in folder.glob("gauge_live*_*.db"):
        # The library names these files after the process that writes them.
        worker = int(file.stem.rpartition("_")[2])
        if not _lives(worker):
            mark_process_dead(worker, str(folder))  # type: ignore[no-untyped-call]


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
