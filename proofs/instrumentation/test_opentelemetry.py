"""OpenTelemetry sees with lanes what it sees with Django's own handler."""

import re
from collections import Counter, defaultdict

import pytest
from tests.instrumentation.servers import HANDLERS, PAGES, both
from tests.instrumentation.traffic import ALL, interleave

WAYS = {
    "django": {},
    "asgi": {"GUNICORN_CMD_ARGS": "--config=tests/instrumentation/opentelemetry_gunicorn.py"},
}
"""Its instrumentation of Django alone, and with its ASGI middleware around Django."""


@pytest.fixture(scope="module", params=WAYS)
def servers(request, tmp_path_factory, production, people):
    """Both servers, under OpenTelemetry."""
    with both(
        tmp_path_factory, production, people, "opentelemetry_settings", **WAYS[request.param]
    ) as watched:
        yield watched


@pytest.fixture(params=HANDLERS)
def watched(request, servers):
    """Each of the servers."""
    return servers[request.param]


def context(number):
    """Return the headers of a caller who has a trace and baggage."""
    return {
        "traceparent": f"00-{number:032x}-{number:016x}-01",
        "baggage": f"number={number}",
    }


def asked(watched, path, number, user=None):
    """Ask for a page in a trace, and return its spans."""
    watched.get(path, user, **context(number))
    return watched.recording.new(
        lambda spans: any(span["kind"] == "SERVER" and span["trace"] == number for span in spans)
    )


def children(spans):
    """Return the spans below each one, by its id; those of the caller are below its own."""
    below = defaultdict(list)
    for span in spans:
        below[span["parent"]].append(span)
    return below


def tree(spans, root):
    """Return what must be the same for both handlers: the spans below an id, and theirs."""
    below = children(spans)

    def branch(parent):
        return sorted(
            (outline(span), branch(span["id"])) for span in below[parent]
        )

    return branch(root)


def outline(span):
    """Return a span without its numbers, and without the time and port of a request."""
    attributes = {
        name: value
        for name, value in span["attributes"].items()
        if "port" not in name and name not in {"http.host", "http.url", "net.peer.ip", "http.user_agent"}
    }
    return repr((span["name"], span["kind"], span["status"], span["events"], sorted(attributes.items())))


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_spans_are_the_same(servers, path):
    """The first ones, and those on a lane that was used."""
    for number in (1001, 1002):
        own, stock = (
            tree(asked(servers[name], path, number, "user-3"), number) for name in HANDLERS
        )
        assert own == stock
        assert own


def test_server_span_names_its_route(watched):
    """One for each request, which continues the caller's trace."""
    spans = asked(watched, "/users/7/", 1003)
    (server,) = [span for span in spans if span["kind"] == "SERVER"]
    assert server["trace"] == server["parent"] == 1003
    (routed,) = [span for span in spans if "http.route" in span["attributes"]]
    assert routed["attributes"]["http.route"] == "users/<int:number>/"
    assert routed["name"] == "GET users/<int:number>/"
    assert routed is server or routed["parent"] == server["id"]


def test_spans_and_baggage_belong_to_their_own_request(watched):
    """Also when requests are interleaved, fail, or lose their client."""
    assert interleave(watched, lambda request: context(request.number)) > 1
    spans = watched.recording.new(
        lambda spans: len({s["trace"] for s in spans if s["kind"] == "SERVER"} & set(NUMBERS)) == len(ALL)
    )
    traces = defaultdict(list)
    for span in spans:
        traces[span["trace"]].append(span)
    for request in ALL:
        check(request, traces[request.number])


NUMBERS = {request.number: request for request in ALL}


def check(request, spans):
    """Find one server span, the parts of the view below it, and nothing of another request."""
    (server,) = [span for span in spans if span["kind"] == "SERVER"]
    assert server["parent"] == request.number
    by_id = {span["id"]: span for span in spans}
    parts = {span["name"]: span for span in spans if "number" in span["attributes"]}
    assert sorted(parts) == sorted(request.parts)
    for part in parts.values():
        told = [part["attributes"][name] for name in ("number", "user", "baggage")]
        assert told == [request.number, request.user or "", str(request.number)]
        assert part["parent"] in by_id
    for name in ("after an await", "on a thread"):
        if name in parts:
            assert parts[name]["parent"] == parts["view"]["id"]
    return server
