"""Traces, metrics and logs arrive at a collector."""

import os
import signal
import socket
import subprocess
import sys

import psutil
import pytest
from config.variables import BASE_DIR
from tests.observability.receivers import receiver, wait_for


@pytest.fixture(scope="module")
def traced(site, service, lanes):
    """Start the site with OpenTelemetry."""
    variables = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": service.address,
        "OTEL_SERVICE_NAME": f"shop-{lanes}",
        "LANES": lanes,
    }
    with site(**variables) as server:
        yield server


def request_span(service, server, path, **headers):
    """Ask for a page, and return its span with the attributes of it and of its resource."""
    server.client.get(path, headers=headers)
    name = server.environment["OTEL_SERVICE_NAME"]

    def find():
        for span, attributes, resource in service.spans():
            if resource["service.name"] == name and attributes.get("url.path") == path:
                return span, attributes, resource
        return None

    return wait_for(find)


@pytest.mark.parametrize(
    ("path", "route", "status"),
    [
        ("/loop/1/", "/loop/<int:number>/", 200),
        ("/lane/1/", "/lane/<int:number>/", 200),
        ("/fail/", "/fail/", 500),
        ("/fail/async/", "/fail/async/", 500),
        ("/no/such/page/", None, 404),
    ],
)
def test_span_has_route_and_status(service, traced, path, route, status):
    """By the conventions for HTTP; the error of a view is an event of the span."""
    span, attributes, resource = request_span(service, traced, path)
    assert span.name == (f"GET {route}" if route else "GET")
    assert attributes.get("http.route") == route
    assert attributes["http.response.status_code"] == status
    assert attributes["http.request.method"] == "GET"
    assert resource["service.instance.id"]
    errors = [event for event in span.events if event.name == "exception"]
    assert len(errors) == (status == 500)


def test_span_continues_the_trace_of_who_asks(service, traced):
    """By the header `traceparent`."""
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    header = f"00-{trace}-{parent}-01"
    span, _, _ = request_span(service, traced, "/loop/2/", traceparent=header)
    assert span.trace_id.hex() == trace
    assert span.parent_span_id.hex() == parent


def test_each_line_names_request_and_trace(service, traced):
    """Those of threads, and of a task that outlives its request, too; here and at the collector."""
    span, _, _ = request_span(service, traced, "/loop/3/")
    mine = span.trace_id.hex()
    messages = {"on the loop", "on a lane", "in a task"}

    def written():
        lines = [line for line in traced.lines() if line.get("trace_id") == mine]
        return lines if messages <= {line["message"] for line in lines} else None

    lines = wait_for(written)
    assert len({line["request_id"] for line in lines}) == 1
    assert "asgi_serving.access" in {line["logger"] for line in lines}
    assert all(line["span_id"] == span.span_id.hex() for line in lines)

    def sent():
        found = [
            (record, attributes)
            for record, attributes in service.logs()
            if record.trace_id == span.trace_id
        ]
        return found if messages <= {record.body.string_value for record, _ in found} else None

    for record, attributes in wait_for(sent):
        assert record.span_id == span.span_id
        assert attributes["request_id"] == lines[0]["request_id"]


def test_error_of_a_view_is_a_line_with_its_traceback(service, traced):
    """At the collector, too."""
    span, _, _ = request_span(service, traced, "/fail/")

    def find():
        for record, attributes in service.logs():
            if record.trace_id == span.trace_id and "exception.stacktrace" in attributes:
                return attributes
        return None

    assert "The view fails" in wait_for(find)["exception.stacktrace"]


def test_requests_are_counted_by_route_and_status(service, traced):
    """With their durations in seconds."""
    for _ in range(3):
        assert traced.client.get("/lane/4/").is_success

    def find():
        for point, attributes in service.points("http.server.request.duration"):
            if attributes.get("http.route") == "/lane/<int:number>/" and point.count >= 3:
                return point, attributes
        return None

    point, attributes = wait_for(find)
    assert attributes["http.response.status_code"] == 200
    assert attributes["http.request.method"] == "GET"
    assert 0.005 in point.explicit_bounds


def test_worker_tells_of_its_lanes(service, traced):
    """How many there are, and how many are busy; Django's own handler has none."""
    if traced.environment["LANES"] == "0":
        wait_for(lambda: list(service.points("asgi_serving.draining")))
        return

    def find():
        points = service.points("asgi_serving.lanes")
        return {attributes["state"]: point.as_int for point, attributes in points}

    assert wait_for(find)["all"] == 10
    assert wait_for(lambda: list(service.points("asgi_serving.lanes.waiting")))


def test_what_is_left_is_sent_when_a_worker_drains(site):
    """Spans, lines and a last look at the metrics, however seldom they are sent otherwise."""
    seldom = dict.fromkeys(("OTEL_BSP_SCHEDULE_DELAY", "OTEL_BLRP_SCHEDULE_DELAY"), "3600000")
    with (
        receiver() as own,
        site(
            OTEL_EXPORTER_OTLP_ENDPOINT=own.address, OTEL_METRIC_EXPORT_INTERVAL="3600000", **seldom
        ) as server,
    ):
        server.client.get("/loop/5/")
        assert not own.requests
        assert server.stop() == 0
        assert [a["http.route"] for _, a, _ in own.spans() if "http.route" in a]
        assert "in a task" in {record.body.string_value for record, _ in own.logs()}
        assert [point.as_int for point, _ in own.points("asgi_serving.draining")] == [1]


def test_what_is_left_is_sent_when_a_process_ends(service, production):
    """Such as a worker of tasks, which is no server; commands of Django's own report nothing."""
    environment = {
        **production,
        "OTEL_EXPORTER_OTLP_ENDPOINT": service.address,
        "OTEL_BLRP_SCHEDULE_DELAY": "3600000",
    }
    code = "import django, logging; django.setup(); logging.getLogger('shop').warning('{}')"
    for command in (
        ["-c", code.format("of a process")],
        ["manage.py", "shell", "-v0", "-c", code.format("of a command")],
    ):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=BASE_DIR,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert not done.stderr
    messages = {record.body.string_value for record, _ in service.logs()}
    assert "of a process" in messages
    assert "of a command" not in messages


def test_collector_out_of_reach_is_told_once(site):
    """Requests are answered, and the server stops; the port belongs to nobody."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with site(OTEL_EXPORTER_OTLP_ENDPOINT=address, OTEL_EXPORTER_OTLP_TIMEOUT="1") as server:
            server.line_with("The collector of OpenTelemetry takes nothing")
            for _ in range(50):
                assert server.client.get("/lane/6/").is_success
            assert server.stop() == 0
            told = [
                line
                for line in server.lines()
                if "opentelemetry" in line["logger"] or "OpenTelemetry" in line["message"]
            ]
            assert len(told) == 1, told
            assert "OTEL_EXPORTER_OTLP_ENDPOINT" in told[0]["message"]


def test_collector_that_never_answers_does_not_keep_a_worker(site):
    """It accepts connections and is silent; the SDK would wait for 30 seconds and more."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with site(
            OTEL_EXPORTER_OTLP_ENDPOINT=address,
            OTEL_EXPORTER_OTLP_TIMEOUT="3600",
            GUNICORN_GRACEFUL_TIMEOUT="3600",
        ) as server:
            assert server.client.get("/lane/7/").is_success
            assert server.stop() == 0


def test_master_reports_nothing(traced):
    """What it forks would inherit threads that are not there."""
    master = psutil.Process(traced.process.pid)
    (worker,) = master.children()
    encoder = "google/_upb"  # of what is sent
    assert any(encoder in each.path for each in worker.memory_maps())
    assert not any(encoder in each.path for each in master.memory_maps())


def test_replacement_reports_as_another_instance(service, traced):
    """After a reload; else the metrics of two workers would be taken for one's."""
    _, _, before = request_span(service, traced, "/loop/8/")
    os.kill(traced.process.pid, signal.SIGHUP)

    def another():
        request_span(service, traced, "/loop/9/")
        seen = {
            resource["service.instance.id"]
            for _, attributes, resource in service.spans()
            if attributes.get("url.path") == "/loop/9/"
            and resource["service.name"] == before["service.name"]
        }
        return seen - {before["service.instance.id"]}

    assert wait_for(another)
