"""The site with Datadog's tracer, started by its command; traces go to a file."""

from ddtrace.trace import TraceFilter, tracer
from tests.instrumentation.recording import record
from tests.instrumentation.settings import *  # noqa: F403  # the site


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


tracer.configure(trace_processors=[ToFile()])
