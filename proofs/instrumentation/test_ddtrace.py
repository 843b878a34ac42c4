"""Datadog's tracer sees with lanes what it sees with Django's own handler."""

import re
from collections import defaultdict

import pytest
from tests.instrumentation.servers import HANDLERS, PAGES
from tests.instrumentation.traffic import ALL, interleave

SETTINGS = "ddtrace_settings"
COMMAND = ("ddtrace-run",)
VARIABLES = {
    "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
    "DD_REMOTE_CONFIGURATION_ENABLED": "false",
    "DD_CRASHTRACKING_ENABLED": "false",
}
"""It talks to nobody."""

TAGS = {
    "component", "error.message", "error.type", "django.view", "http.method", "http.route",
    "http.status_code", "span.kind", "django.user.id", "django.user.name",
}  # fmt: skip
"""What is compared of each span."""


def asked(watched, path, user=None):
    """Ask for a page and return the spans of its trace."""
    watched.get(path, user)
    traces = watched.recording.new(lambda traces: any(map(is_of_request, traces)))
    (trace,) = [trace for trace in traces if is_of_django(trace)]
    return trace["spans"]


def is_of_request(trace):
    """Tell whether a trace begins with a request; others are the server's own queries."""
    return trace["spans"][0]["name"] == "django.request"


def is_of_django(trace):
    """Tell whether anything in it was recorded by the instrumentation of Django."""
    return any(span["name"].startswith("django.") for span in trace["spans"])


def tree(spans):
    """Return what must be the same for both handlers: names, resources and tags, nested."""
    below = defaultdict(list)
    for span in spans:
        if span["resource"].endswith("Middleware.__call__"):
            continue  # it only makes a coroutine, and is over before the middleware runs
        below[span["parent"]].append(span)

    def branch(parent):
        return [(outline(span), branch(span["id"])) for span in below[parent]]

    return branch(None)


def outline(span):
    """Return a span without numbers, and with Django's names for the project's subclasses."""
    resource = re.sub(r"[\w.]+\.(\w+Middleware)\b", r"\1", span["resource"])
    tags = {name: value for name, value in span["tags"].items() if name in TAGS}
    return span["name"], resource, span["type"], span["error"], sorted(tags.items())


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_trace_is_the_same(servers, path):
    """The first one, and the one on a lane that was used."""
    for _ in range(2):
        own, stock = (tree(asked(servers[name], path, "user-3")) for name in HANDLERS)
        assert own == stock


def test_request_has_a_span_with_its_route(watched):
    """With stock Django, too: else two faults would be the same."""
    root, *others = asked(watched, "/users/7/", "user-7")
    assert (root["name"], root["resource"]) == ("django.request", "GET users/<int:number>/")
    assert root["tags"]["http.status_code"] == "200"
    assert "django.view" in {span["name"] for span in others}


def test_spans_belong_to_their_own_request(watched):
    """Also when requests are interleaved, fail, or lose their client."""
    assert interleave(watched, ALL) > 1
    requests = {request.path.partition("?")[0]: request for request in ALL}

    def of_requests(traces):
        found = {}
        for trace in filter(is_of_request, traces):
            path = re.sub(r"^https?://[^/]+|\?.*$", "", trace["spans"][0]["tags"]["http.url"])
            if path in requests:
                found.setdefault(requests[path], []).append(trace["spans"])
        return found

    whole = {request for request in ALL if not request.leaves}
    found = of_requests(watched.recording.new(lambda traces: whole <= of_requests(traces).keys()))
    for request, traces in found.items():
        (spans,) = traces
        parts = [span for span in spans if "number" in span["tags"]]
        told = {(span["tags"]["number"], span["tags"]["user"]) for span in parts}
        assert told <= {(str(request.number), request.user or "")}
        if not request.leaves:
            assert sorted(span["name"] for span in parts) == sorted(request.parts)
