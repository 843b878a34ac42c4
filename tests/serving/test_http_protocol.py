"""What a client writes after its body is no header of its request."""

import socket

import pytest

from tests.serving.server import DEADLINE, Server

REQUEST = (
    b"POST /pages/meta/ HTTP/1.1\r\nHost: testserver\r\nX-Forwarded-Proto: https\r\n"
    b"X-Forwarded-For: 8.8.8.8\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    b"4\r\nbody\r\n0\r\n"
    b"X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: http\r\nX-Trailer: trailer\r\n\r\n"
)


@pytest.mark.parametrize("pause", [False, True], ids=["at once", "after the body"])
def test_trailers_are_no_headers(server: Server, pause: bool) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE) as client:
        head, separator, trailers = REQUEST.partition(b"0\r\n")
        if pause:
            client.sendall(head)
            server.client.get("/pages/plain/")
            client.sendall(separator + trailers)
        else:
            client.sendall(REQUEST)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    assert b"trailer" not in answer.lower()
    if server.worker != "asgi":  # Gunicorn's own worker knows the proxy only
        assert b'"REMOTE_ADDR": "8.8.8.8"' in answer


def test_pipelined_requests_keep_their_headers_apart(server: Server) -> None:
    get = b"GET /pages/meta/ HTTP/1.1\r\nHost: testserver\r\nX-Forwarded-Proto: https\r\n%s\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE) as client:
        client.sendall(get % b"X-First: 1\r\n" + get % b"X-Second: 2\r\nConnection: close\r\n")
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    first, second = answer.split(b"HTTP/1.1 200 ")[1:]
    assert b"HTTP_X_FIRST" in first
    assert b"HTTP_X_SECOND" not in first
    assert b"HTTP_X_SECOND" in second
    assert b"HTTP_X_FIRST" not in second
