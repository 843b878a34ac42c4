"""The address of the development server, and the socket that listens there."""

import errno
import re
import socket
import sys
from typing import Final

from django.core.management.base import CommandError

DEFAULT_PORT: Final = "8000"
HIGHEST_PORT: Final = 65535
ADDRESS: Final = re.compile(r"(?:(\[[\da-fA-F:.%]+\]|[^\s:\[\]]+):)?(\d+)", re.ASCII)


def parse(address: str, *, ipv6: bool) -> tuple[str, int]:
    """Return host and port of PORT, HOST:PORT or [HOST]:PORT.

    ipv6: whether the host is ::1 when none is given, instead of 127.0.0.1.

    Raises CommandError: the text is none of these.
    """
    found = ADDRESS.fullmatch(address)
    if not found or int(found[2]) > HIGHEST_PORT:
        raise CommandError(f"{address!r} is no PORT or HOST:PORT, such as 127.0.0.1:8000")
    host = (found[1] or "").strip("[]")
    return host or ("::1" if ipv6 else "127.0.0.1"), int(found[2])


def listen(host: str, port: int, *, ipv6: bool) -> socket.socket:
    """Return a socket that listens there; port 0 is any free one.

    Raises CommandError: the port is taken or not allowed, or there is no such host.
    """
    family = socket.AF_INET6 if ipv6 or ":" in host else socket.AF_INET
    listener = socket.socket(family)
    if sys.platform != "win32":  # there it would let two servers share the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise CommandError(_advice(error, host, port)) from error
    return listener


def url(listener: socket.socket) -> str:
    """Return what a person types into a browser to get there."""
    host, port, *_ = listener.getsockname()
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _advice(error: OSError, host: str, port: int) -> str:
    other = f"python manage.py runserver {8001 if port in {0, 8000} else 8000}"
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken: stop what listens there, or choose another port: {other}"
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"You may not listen at port {port}: choose one above 1023: {other}"
    return f"{host} is no address of this machine ({error.strerror}): leave it out: {other}"
