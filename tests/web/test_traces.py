"""Requests arrive at a collector as spans, read with OpenTelemetry's own messages."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from inkdigits import errors
from inkdigits.synthesis import drawn
from inkdigits.web import traces
from live_server import live_server
from waiting import wait_until

CALLER_TRACE, CALLER_SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@contextmanager
def collector() -> Iterator[tuple[str, list[Any]]]:
    """A collector's address, and the spans that came."""
    trace_service = pytest.importorskip(
        "opentelemetry.proto.collector.trace.v1.trace_service_pb2"
    )
    spans: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            for part in trace_service.ExportTraceServiceRequest.FromString(
                body
            ).resource_spans:
                names = {
                    entry.key: entry.value.string_value
                    for entry in part.resource.attributes
                }
                assert names["service.name"] == "inkdigits"
                spans.extend(span for scope in part.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", spans
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def attributes(span: Any) -> dict[str, Any]:
    return {
        entry.key: entry.value.string_value or entry.value.int_value
        for entry in span.attributes
    }


@pytest.mark.slow
def test_requests_are_spans_within_their_callers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seven = drawn.as_file(drawn.draw_digit(7), "PNG")
    with collector() as (url, spans):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        with (
            live_server(tmp_path, "--api-key", "sesame") as server,
            server.client() as client,
        ):
            headers = {
                "x-api-key": "sesame",
                "traceparent": f"00-{CALLER_TRACE}-{CALLER_SPAN}-01",
            }
            answer = client.post("/v1/read", content=seven, headers=headers)
            assert client.post("/v1/predict?secret=1", content=seven).status_code == 401
        wait_until(
            lambda: (
                {span.name for span in spans}
                >= {"POST /v1/read", "read", "POST /v1/predict"}
            ),
            "all spans came",
        )
    by_name = {span.name: span for span in spans}
    request, work, refused = (
        by_name[name] for name in ("POST /v1/read", "read", "POST /v1/predict")
    )
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (
        CALLER_TRACE,
        CALLER_SPAN,
    )
    assert (work.trace_id, work.parent_span_id) == (request.trace_id, request.span_id)
    assert attributes(request)["http.response.status_code"] == 200
    assert attributes(request)["inkdigits.request_id"] == answer.headers["x-request-id"]
    assert attributes(refused)["http.response.status_code"] == 401
    assert refused.trace_id != request.trace_id
    assert "secret" not in str(spans)
    assert "sesame" not in str(spans)


def test_without_a_collector_nothing_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in traces._COLLECTORS:
        monkeypatch.delenv(name, raising=False)
    assert isinstance(traces.traces_of_environment(), traces.NoTraces)


def test_a_missing_extra_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(errors.MissingExtraError, match="otel"):
        traces.check_extra()
