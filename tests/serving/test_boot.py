"""The project under the server that production uses."""

import re
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.utils.html import escape
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.serving.server import DEADLINE, Server


def open_websocket(server: Server, path: str, origin: str) -> ClientConnection:
    return connect(
        f"ws://testserver{path}",
        sock=socket.create_connection(("127.0.0.1", server.port)),
        origin=Origin(origin),
        additional_headers={"X-Forwarded-Proto": "https"},
    )


def test_probes_answer_without_the_sites_host_and_https(server: Server) -> None:
    plain = {"Host": "10.0.0.7", "X-Forwarded-Proto": "http"}
    assert server.client.get("/livez", headers=plain).json() == {"status": "alive"}
    assert server.client.get("/readyz", headers=plain).json()["status"] == "ready"


def test_home_page_shows_the_name_of_the_site(server: Server) -> None:
    page = server.client.get("/")
    assert page.status_code == 200
    assert f"<h1>{escape(settings.SITE_NAME)}</h1>" in page.text
    assert "What serves this page" not in page.text


def test_style_sheet_may_be_cached_for_ever(server: Server) -> None:
    found = re.search(r'href="(/static/css/site\.[0-9a-f]{12}\.css)"', server.client.get("/").text)
    assert found
    sheet = server.client.get(found[1], headers={"Accept-Encoding": "gzip"})
    assert sheet.headers["cache-control"] == "max-age=315360000, public, immutable"
    assert sheet.headers["content-encoding"] == "gzip"
    assert "color-scheme" in sheet.text


def test_missing_static_file_is_the_sites_404(server: Server) -> None:
    page = server.client.get("/static/no-such-file.css")
    assert page.status_code == 404
    assert "There is nothing at this address" in page.text


def test_admin_asks_for_a_login(server: Server) -> None:
    page = server.client.get(f"/{settings.ADMIN_URL}", follow_redirects=False)
    assert page.status_code == 302
    login = server.client.get(page.headers["location"], follow_redirects=True)
    assert "csrfmiddlewaretoken" in login.text


def test_plain_http_is_sent_to_https(server: Server) -> None:
    page = server.client.get("/", headers={"X-Forwarded-Proto": "http"})
    assert page.status_code == 301
    assert page.headers["location"] == "https://testserver/"


def test_unknown_host_is_refused(server: Server) -> None:
    assert server.client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_websocket_echoes(server: Server) -> None:
    with open_websocket(server, "/ws/echo/", "https://testserver") as websocket:
        websocket.send("hello")
        assert websocket.recv(timeout=DEADLINE) == "hello"


@pytest.mark.parametrize(
    ("path", "origin", "why"),
    [
        ("/ws/echo/", "https://evil.example", "its host or origin is unknown"),
        ("/ws/unknown/", "https://testserver", "there is no such path"),
    ],
)
def test_websocket_is_refused_and_that_is_no_error(
    server: Server, path: str, origin: str, why: str
) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        open_websocket(server, path, origin)
    assert refusal.value.response.status_code == 403
    server.line_with(f"Refused a WebSocket to '{path}': {why}")
    assert [line for line in server.lines() if "handshake" in line.get("message", "")] == []


def test_events_arrive_as_they_are_written(server: Server) -> None:
    with server.client.stream("GET", "/events/for-ever/") as response:
        texts = response.iter_text()
        assert all(next(texts).startswith("data: ") for _ in range(3))


def test_error_is_logged_in_one_line_with_the_id_that_the_client_got(server: Server) -> None:
    page = server.client.get("/failing/", headers={"X-Request-ID": "one-failing-request"})
    assert page.status_code == 500
    assert page.headers["x-request-id"] == "one-failing-request"
    server.line_with("GET '/failing/' 500")
    lines = [line for line in server.lines() if line.get("request_id") == "one-failing-request"]
    assert [line["logger"] for line in lines] == ["django.request", "asgi_serving.access"]
    assert "RuntimeError: This page always fails" in lines[0]["exception"]
    assert lines[1]["status"] == 500


def test_access_log_has_a_line_for_a_page_and_none_for_a_probe(server: Server) -> None:
    page = server.client.get("/", headers={"X-Request-ID": "home", "X-Forwarded-For": "192.0.2.9"})
    server.client.get("/livez", headers={"X-Request-ID": "probe"})
    server.client.get("/", headers={"X-Request-ID": "after-the-probe"})
    server.line_with("GET '/' 200")
    access = {
        line["request_id"]: line
        for line in server.lines()
        if line["logger"] == "asgi_serving.access"
    }
    assert "probe" not in access
    assert access["home"]["bytes"] == len(page.content)
    assert {"method", "path", "status", "milliseconds"} <= access["home"].keys()
    # Gunicorn's own worker knows the proxy only.
    assert access["home"]["client"] == ("127.0.0.1" if server.worker == "asgi" else "192.0.2.9")


def test_websocket_is_closed_when_the_server_stops(own_server: Server) -> None:
    if own_server.worker == "asgi":
        pytest.skip("Gunicorn's own worker leaves WebSockets open until graceful_timeout ends")
    with open_websocket(own_server, "/ws/echo/", "https://testserver") as websocket:
        assert own_server.stop() == 0
        with pytest.raises(ConnectionClosed) as closed:
            websocket.recv(timeout=DEADLINE)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == CloseCode.SERVICE_RESTART


def test_request_in_flight_is_answered_when_the_server_stops(own_server: Server) -> None:
    with ThreadPoolExecutor(1) as executor:
        answer = executor.submit(own_server.client.get, "/slow/1/")
        own_server.line_with("The slow page has begun")
        assert own_server.stop() == 0
        assert answer.result().text == "done"
    assert [line for line in own_server.lines() if line["level"] in {"ERROR", "CRITICAL"}] == []
