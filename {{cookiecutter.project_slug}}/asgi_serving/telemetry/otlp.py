"""OpenTelemetry: providers of traces, metrics and logs, and what sends them to a collector.

All else is set by the variables that OpenTelemetry's SDK reads itself, such as OTEL_TRACES_SAMPLER;
`none` in OTEL_TRACES_EXPORTER, OTEL_METRICS_EXPORTER or OTEL_LOGS_EXPORTER leaves one out.
"""

import logging
import os
from collections.abc import Callable
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from asgi_serving.settings import ServingSettings
from asgi_serving.telemetry import gauges, instrumentations, log_records, requests
from asgi_serving.telemetry.outage import Outage

outage = Outage("The collector of OpenTelemetry", "OTEL_EXPORTER_OTLP_ENDPOINT")


class TellsOutage:
    """An exporter that tells in one line when the collector cannot be reached."""

    def export(self, *batch: Any, **options: Any) -> Any:
        """Send a batch."""
        result = super().export(*batch, **options)  # type: ignore[misc]  # of the other base class
        if result.name == "SUCCESS":
            outage.ends()
        else:
            outage.begins(os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"])
        return result


class SpanExporter(TellsOutage, OTLPSpanExporter):
    """Sends spans."""


class MetricExporter(TellsOutage, OTLPMetricExporter):
    """Sends metrics."""


class LogExporter(TellsOutage, OTLPLogExporter):
    """Sends lines of the log."""


def start_opentelemetry(chosen: ServingSettings) -> Callable[[], None]:
    """Start what is not left out; return what sends the rest and ends it.

    Each provider has threads, so this belongs into a worker and not into what it is forked from.
    """
    for name in ("otel_exporter_otlp_endpoint", "otel_exporter_otlp_headers", "otel_service_name"):
        if value := getattr(chosen, name):
            os.environ.setdefault(name.upper(), value)
    # They write a line for each attempt.
    logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
    logging.getLogger("opentelemetry.sdk._shared_internal").addFilter(lambda _: not outage.lasts)
    resource = Resource.create()
    stops: list[Callable[[], None]] = []
    if _is_wanted("TRACES"):
        tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
        tracers.add_span_processor(BatchSpanProcessor(SpanExporter()))
        trace.set_tracer_provider(tracers)
        stops.append(tracers.shutdown)
        instrumentations.instrument_packages()
    if _is_wanted("METRICS"):
        reader = PeriodicExportingMetricReader(MetricExporter())
        meters = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
        metrics.set_meter_provider(meters)
        stops.append(meters.shutdown)
        gauges.observe()
    if _is_wanted("LOGS"):
        loggers = LoggerProvider(resource, shutdown_on_exit=False)
        loggers.add_log_record_processor(BatchLogRecordProcessor(LogExporter()))
        stops.append(loggers.shutdown)
        log_records.send_to(loggers)
    requests.tell_route_and_errors()
    log_records.name_traces()

    def stop() -> None:
        for each in stops:
            each()

    return stop


def _is_wanted(signal: str) -> bool:
    return os.environ.get(f"OTEL_{signal}_EXPORTER", "otlp") != "none"
