"""OpenTelemetry sees with lanes what it sees with Django's own handler."""

from collections import Counter, defaultdict

import pytest
from tests.instrumentation.servers import HANDLERS, PAGES
from tests.instrumentation.traffic import ALL, interleave

SETTINGS = "opentelemetry_settings"
WAYS = {
    "django": ((), {}),
    "asgi": (
        (),
        {"GUNICORN_CMD_ARGS": "--config=tests/instrumentation/opentelemetry_gunicorn.py"},
    ),
    "command": (
        ("opentelemetry-instrument",),
        {"DJANGO_SETTINGS_MODULE": "tests.instrumentation.opentelemetry_command_settings"},
    ),
}
"""Its instrumentation of Django, also with its ASGI middleware around Django, or by its command."""

OF_CONNECTION = {"http.host", "http.url", "net.host.port", "net.peer.ip", "net.peer.port"}
"""Attributes that differ from server to server."""


@pytest.fixture(scope="module", params=WAYS.values(), ids=WAYS)
def way(request):
    """Return each of them: a command, and variables."""
    return request.param


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


def tree(spans, root):
    """Return what must be the same for both handlers: the spans below an id, and theirs."""
    below = defaultdict(list)
    for span in spans:
        if not waits_for_end(span):
            below[span["parent"]].append(span)

    def branch(parent):
        return sorted((outline(span), branch(span["id"])) for span in below[parent])

    return branch(root)


def waits_for_end(span):
    """Tell whether a span is the wait for a client to leave, which lanes begin a little later."""
    received = span["attributes"].get("asgi.event.type")
    return span["name"].endswith("http receive") and received != "http.request"


def outline(span):
    """Return a span without its numbers, and without the server's port."""
    told = {k: v for k, v in span["attributes"].items() if k not in OF_CONNECTION}
    return repr((span["name"], span["kind"], span["status"], span["events"], sorted(told.items())))


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


def test_spans_and_baggage_belong_to_their_own_request(watched, way):
    """Also when requests are interleaved, fail, or lose their client."""
    requests = ALL if way == WAYS["django"] else ALL[:250]
    assert interleave(watched, requests, lambda request: context(request.number)) > 1

    def are_complete(spans):
        served = {span["trace"] for span in spans if span["kind"] == "SERVER"}
        parts = Counter(span["attributes"].get("number") for span in spans)
        return all(
            parts[request.number] >= len(request.parts)
            and (request.number in served or request.kind == "leave/")
            for request in requests
        )

    served, parts = defaultdict(list), defaultdict(dict)
    spans = watched.recording.new(are_complete)
    for span in spans:
        if span["kind"] == "SERVER":
            served[span["trace"]].append(span)
        if number := span["attributes"].get("number"):
            assert parts[number].setdefault(span["name"], span) is span
    routed = {span["id"] for span in spans if "http.route" in span["attributes"]}
    for request in requests:
        check(request, served[request.number], parts[request.number])
        if not request.leaves:
            assert parts[request.number]["view"]["parent"] in routed


def check(request, servers, parts):
    """Find one span of the server, the parts of the view below it, and nothing of another request.

    OpenTelemetry's Django middleware has ended when a stream begins, and ends no span of a request
    that is cancelled.
    """
    assert len(servers) == 1 or (request.kind == "leave/" and not servers)
    assert all(server["parent"] == request.number for server in servers)
    assert sorted(parts) == sorted(request.parts)
    for name, part in parts.items():
        told = [part["attributes"][key] for key in ("number", "user", "baggage")]
        of_request = [request.number, request.user or "", str(request.number)]
        if request.kind == "stream/" and part["parent"] is None:
            assert told == [*of_request[:2], "None"]
            continue
        assert told == of_request
        assert part["trace"] == request.number
        if name in {"after an await", "on a thread"}:
            assert part["parent"] == parts["view"]["id"]
