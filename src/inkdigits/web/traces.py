"""OpenTelemetry traces of requests (extra "otel").

They are sent if OpenTelemetry's environment variables name a collector.

A request is one span, a child of its caller's span if it has a `traceparent` header. The reading on
a thread is a child span, so that waiting and reading can be distinguished. Spans contain no
picture, no file name and no key.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from inkdigits._version import __version__
from inkdigits.errors import MissingExtraError

# Either names a collector; OpenTelemetry reads them, and all its other variables, itself.
_COLLECTORS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
# The lowest status that counts as an error of the service.
_FAULT = 500
_Result = TypeVar("_Result")
HeaderList = list[tuple[bytes, bytes]]


class Span(Protocol):
    """What is said of a request as it goes on."""

    def set_attribute(self, key: str, value: str | int) -> None:
        """Note a fact about what the span stands for."""


class Traces(Protocol):
    """Notes requests, and the work of threads on them."""

    def request(self, method: str, path: str, headers: HeaderList) -> Any:
        """A context manager that gives the span of a request."""
        ...

    def within(self, name: str, work: Callable[..., _Result]) -> Callable[..., _Result]:
        """Run the work as a child span of the current one, on any thread."""
        ...

    def stop(self) -> None:
        """Send the remaining spans."""
        ...


def traces_of_environment() -> Traces:
    """Those that a collector gets, or none."""
    if (
        not any(os.environ.get(name) for name in _COLLECTORS)
        or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    ):
        return NoTraces()
    return CollectedTraces()


def check_extra() -> None:
    """Report before the service starts if the extra is missing."""
    traces_of_environment().stop()


class _NoSpan:
    def set_attribute(self, key: str, value: str | int) -> None:
        """Nobody listens."""


class NoTraces:
    """Nothing is noted, and nothing loaded for it."""

    @contextmanager
    def request(self, method: str, path: str, headers: HeaderList) -> Iterator[Span]:
        """A span that takes attributes and forgets them."""
        yield _NoSpan()

    def within(self, name: str, work: Callable[..., _Result]) -> Callable[..., _Result]:
        """The work itself."""
        return work

    def stop(self) -> None:
        """Nothing is held."""


class CollectedTraces:
    """Spans go to the collector in batches, from a thread of OpenTelemetry's."""

    def __init__(self) -> None:
        try:
            from opentelemetry import context, trace
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import (
                OTLPSpanExporter,
            )
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.trace.propagation.tracecontext import (
                TraceContextTextMapPropagator,
            )
        except ImportError:
            raise MissingExtraError("sending traces", "otel") from None
        named = {
            "service.name": os.environ.get("OTEL_SERVICE_NAME", "inkdigits"),
            "service.version": __version__,
        }
        self._provider = TracerProvider(resource=Resource.create(named))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("inkdigits", __version__)
        self._propagator = TraceContextTextMapPropagator()
        self._context, self._trace = context, trace

    @contextmanager
    def request(self, method: str, path: str, headers: HeaderList) -> Iterator[Span]:
        """A request as a span, within the caller's trace if it has one."""
        carried = {}
        for header, value in headers:
            # traceparent and tracestate.
            if header.startswith(b"trace"):
                carried[header.decode("latin-1")] = value.decode("latin-1")
        caller = self._propagator.extract(carried)
        facts = {"http.request.method": method, "http.route": path}
        kind = self._trace.SpanKind.SERVER
        name = f"{method} {path}"
        with self._tracer.start_as_current_span(name, caller, kind, facts) as span:
            yield _RequestSpan(span, self._trace)

    def within(self, name: str, work: Callable[..., _Result]) -> Callable[..., _Result]:
        """The work, as a span of the request that asks for it."""
        present = self._context.get_current()

        def noted(*arguments: Any) -> _Result:
            """A thread knows no present span: it is told."""
            with self._tracer.start_as_current_span(name, present):
                return work(*arguments)

        return noted

    def stop(self) -> None:
        self._provider.shutdown()


class _RequestSpan:
    """A span that knows what a status of 500 and more means."""

    def __init__(self, span: Any, trace: Any) -> None:
        """A span of OpenTelemetry, and its module for the names of states."""
        self._span = span
        self._trace = trace

    def set_attribute(self, key: str, value: str | int) -> None:
        """Note a fact; an answer of 500 or above makes the span an error."""
        self._span.set_attribute(key, value)
        is_status = key == "http.response.status_code"
        if is_status and int(value) >= _FAULT:
            self._span.set_status(self._trace.StatusCode.ERROR)
