"""Errors arrive at Sentry, and nothing of who the visitor is."""

import socket

import pytest
from tests.observability.receivers import wait_for

from tests.serving.server import manage, start


@pytest.fixture(scope="module")
def watched(site, service, lanes):
    """Start the site with Sentry, and a trace of each request."""
    variables = {
        "SENTRY_DSN": service.dsn,
        "SENTRY_ENVIRONMENT": f"staging-{lanes}",
        "SENTRY_RELEASE": "1.2.3",
        "SENTRY_TRACES_SAMPLE_RATE": "1",
        "LANES": lanes,
    }
    with site(**variables) as server:
        yield server


def found(service, server, kind, matches):
    """Wait for an event or a transaction of a server."""
    environment = server.environment["SENTRY_ENVIRONMENT"]

    def find():
        for event in service.events(kind):
            if event["environment"] == environment and matches(event):
                return event
        return None

    return wait_for(find)


@pytest.mark.parametrize("path", ["/fail/", "/fail/async/"])
def test_error_of_a_view_arrives(service, watched, path):
    """With its route and release, and without cookies and addresses."""
    headers = {"Cookie": "sessionid=own", "X-Forwarded-For": "203.0.113.7"}
    assert watched.client.get(path, headers=headers).status_code == 500
    event = found(service, watched, "event", lambda each: path in each["request"]["url"])
    assert event["exception"]["values"][-1]["type"] == "RuntimeError"
    assert event["transaction"] == path
    assert event["release"] == "1.2.3"
    assert "203.0.113.7" not in str(event)
    assert "sessionid=own" not in str(event)
    assert "user" not in event


def test_request_has_a_transaction(service, watched):
    """Named by its route."""
    assert watched.client.get("/lane/1/").is_success
    found(service, watched, "transaction", lambda each: each["transaction"] == "/lane/{number}/")


def test_sentry_out_of_reach_is_told_once(site):
    """Requests are answered, and the server stops; the port belongs to nobody."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        dsn = f"http://key@127.0.0.1:{nobody.getsockname()[1]}/1"
        with site(SENTRY_DSN=dsn) as server:
            assert server.client.get("/fail/").status_code == 500
            server.line_with("Sentry takes nothing")
            for _ in range(20):
                assert server.client.get("/fail/").status_code == 500
                assert server.client.get("/lane/1/").is_success
            assert server.stop() == 0
            told = [line for line in server.lines() if "urllib3" in line["logger"]]
            told += [line for line in server.lines() if "Sentry" in line["message"]]
            assert len(told) == 1, told
            assert dsn not in server.log.read_text()


def test_error_of_a_command_arrives(service, production):
    """One that nobody sees, such as a nightly one's."""
    environment = {
        **production,
        "SENTRY_DSN": service.dsn,
        "SENTRY_ENVIRONMENT": "command",
        "DJANGO_SETTINGS_MODULE": "tests.observability.settings",
    }
    done = manage("shell", "--no-imports", "-c", "1 / 0", env=environment)
    assert "ZeroDivisionError" in done.stderr
    assert [event for event in service.events() if event["environment"] == "command"]


@pytest.mark.parametrize("dsn", ["https://sentry.example.com", "https://key@host/"])
def test_wrong_dsn_is_one_line(production, dsn):
    """At the start, and in a command."""
    environment = {**production, "SENTRY_DSN": dsn}
    line = "SENTRY_DSN must be like https://KEY@HOST/NUMBER"
    done = manage("check", env=environment)
    assert done.stderr.splitlines() == [f"manage.py: {line}"]
    stopped = start(environment)
    assert stopped.returncode != 0
    assert stopped.stdout.count(line) == 1
    assert "Traceback" not in stopped.stdout
