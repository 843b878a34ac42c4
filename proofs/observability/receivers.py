"""Sentry and a collector of OpenTelemetry: what they are sent is kept."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, cast

DEADLINE: Final = 120
"""How long what is missing may still come, in seconds."""


class Receiver(ThreadingHTTPServer):
    """Takes reports of either kind; each test looks for its own among them."""

    daemon_threads = True

    def __init__(self) -> None:
        """Listen to a free port."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.dsn = f"http://key@127.0.0.1:{self.server_port}/1"
        self.requests: list[tuple[str, bytes]] = []

    def spans(self) -> Iterator[tuple[Any, dict[str, Any], dict[str, Any]]]:
        """Return each span as (span, its attributes, the attributes of its resource)."""
        from opentelemetry.proto.collector.trace.v1 import (  # noqa: PLC0415  # who asks for Sentry has it not
            trace_service_pb2,
        )

        request = trace_service_pb2.ExportTraceServiceRequest
        for group in self._messages("/v1/traces", request, "resource_spans"):
            for scope in group.scope_spans:
                for span in scope.spans:
                    yield span, plain(span.attributes), plain(group.resource.attributes)

    def logs(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Return each line of a log as (record, its attributes)."""
        from opentelemetry.proto.collector.logs.v1 import (  # noqa: PLC0415  # as above
            logs_service_pb2,
        )

        request = logs_service_pb2.ExportLogsServiceRequest
        for group in self._messages("/v1/logs", request, "resource_logs"):
            for scope in group.scope_logs:
                for record in scope.log_records:
                    yield record, plain(record.attributes)

    def points(self, name: str) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Return each point of a metric as (point, its attributes)."""
        from opentelemetry.proto.collector.metrics.v1 import (  # noqa: PLC0415  # as above
            metrics_service_pb2,
        )

        request = metrics_service_pb2.ExportMetricsServiceRequest
        for group in self._messages("/v1/metrics", request, "resource_metrics"):
            for scope in group.scope_metrics:
                for metric in scope.metrics:
                    if metric.name == name:
                        kind = getattr(metric, metric.WhichOneof("data"))
                        yield from ((point, plain(point.attributes)) for point in kind.data_points)

    def events(self, kind: str = "event") -> Iterator[dict[str, Any]]:
        """Return what Sentry was told: events, or transactions."""
        for path, body in list(self.requests):
            if path.startswith("/api/"):
                lines = body.split(b"\n")
                for header, payload in zip(lines[1::2], lines[2::2], strict=False):
                    if header and json.loads(header).get("type") == kind:
                        yield json.loads(payload)

    def _messages(self, path: str, message: Any, groups: str) -> Iterator[Any]:
        for asked, body in list(self.requests):
            if asked == path:
                yield from getattr(message.FromString(body), groups)


class Handler(BaseHTTPRequestHandler):
    """Keeps a request and thanks for it."""

    def do_POST(self) -> None:
        """Keep it."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        cast("Receiver", self.server).requests.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


def plain(attributes: Any) -> dict[str, Any]:
    """Return attributes as a dictionary."""
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


def wait_for[T](look: Callable[[], T]) -> T:
    """Return the first true thing that `look()` gives. Raises AssertionError after the deadline."""
    give_up = time.monotonic() + DEADLINE
    while time.monotonic() < give_up:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError("It did not come")


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Start a receiver."""
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
