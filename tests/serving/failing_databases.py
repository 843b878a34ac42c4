"""Hosts of databases that nothing can be had from."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

REFUSAL = b"SFATAL\0C53300\0Msorry, too many clients already\0\0"


@contextmanager
def hanging() -> Iterator[str]:
    """Give the URL of a host that accepts connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        yield _url(listener)


@contextmanager
def full() -> Iterator[str]:
    """Give the URL of a PostgreSQL that has no connection left, as that says it."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        threading.Thread(target=_refuse_all, args=[listener], daemon=True).start()
        yield _url(listener)
        listener.shutdown(socket.SHUT_RDWR)


def _refuse_all(listener: socket.socket) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:  # it was closed
            return
        with suppress(OSError), client:
            asks_for_encryption = len(client.recv(1024)) == 8
            if asks_for_encryption:
                client.sendall(b"N")
                client.recv(1024)
            client.sendall(b"E" + (len(REFUSAL) + 4).to_bytes(4, "big") + REFUSAL)


def _url(listener: socket.socket) -> str:
    return f"postgres://nobody@127.0.0.1:{listener.getsockname()[1]}/nothing"
