"""The site with OpenTelemetry, and an exporter to a file."""

from contextlib import contextmanager

from opentelemetry import baggage, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from tests.instrumentation.recording import record
from tests.instrumentation.settings import *  # noqa: F403  # the site
from tests.instrumentation.settings import INSTALLED_APPS

PART = "tests.instrumentation.opentelemetry_settings.part"
INSTALLED_APPS = [*INSTALLED_APPS, "tests.instrumentation.opentelemetry_app.Instrumented"]


class ToFile(SpanExporter):
    """Records spans instead of sending them."""

    def export(self, spans):
        """Write each span, with the numbers by which it is found."""
        for span in spans:
            record(
                name=span.name,
                kind=span.kind.name,
                trace=span.context.trace_id,
                id=span.context.span_id,
                parent=span.parent and span.parent.span_id,
                status=span.status.status_code.name,
                attributes=dict(span.attributes),
                events=[event.name for event in span.events],
            )
        return SpanExportResult.SUCCESS


@contextmanager
def part(name, number, user):
    """Start a span that tells its request, its user, and the baggage that it finds."""
    with trace.get_tracer(__name__).start_as_current_span(name) as span:
        told = {"number": number, "user": user.get_username()}
        span.set_attributes({**told, "baggage": str(baggage.get_baggage("number"))})
        yield


provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(ToFile()))
trace.set_tracer_provider(provider)
