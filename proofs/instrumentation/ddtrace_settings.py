"""The site with Datadog's tracer, started by its command; traces go to a file."""

from contextlib import contextmanager

from ddtrace.trace import TraceFilter, tracer
from tests.instrumentation.recording import record
from tests.instrumentation.settings import *  # noqa: F403  # the site

PART = "tests.instrumentation.ddtrace_settings.part"


class ToFile(TraceFilter):
    """Records each trace, and lets none of it go to an agent."""

    def process_trace(self, trace):
        """Write the spans of a trace."""
        record(
            spans=[
                {
                    "id": span.span_id,
                    "parent": span.parent_id,
                    "name": span.name,
                    "resource": span.resource,
                    "type": span.span_type,
                    "error": span.error,
                    "tags": span.get_tags(),
                }
                for span in trace
            ]
        )


@contextmanager
def part(name, number, user):
    """Start a span that tells its request and its user."""
    with tracer.trace(name) as span:
        span.set_tags({"number": str(number), "user": user.get_username()})
        yield


tracer.configure(trace_processors=[ToFile()])
