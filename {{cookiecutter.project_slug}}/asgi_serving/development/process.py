"""A process that serves the site, as the watching process sees it and as it sees itself.

Both hold an end of one connection. Through it the process is told to load the project, and says
that it did. It ends when the other end closes: at a reload, at Ctrl+C, and when the watching
process was killed.
"""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import Final

from django.utils.autoreload import get_child_arguments

HANDED_DOWN: Final = "RUNSERVER_SOCKETS"
"""The environment variable with the numbers of the sockets that a process is started with."""

READY: Final = b"r"
END_OF_ORDER: Final = b"\0"

GRACE: Final = 2.0
"""How long a process may take to end by itself, in seconds."""


class ServerProcess:
    """One more process with the same command line. It waits until it is told to serve."""

    def __init__(self, listener: socket.socket) -> None:
        """Start it, and let it accept from this socket, which must be inheritable."""
        self.is_ready = False
        self.failure = ""
        self.control, theirs = socket.socketpair()
        self.control.setblocking(False)
        with theirs, _interrupt_held_back():
            theirs.set_inheritable(True)
            self.process = subprocess.Popen(  # noqa: S603  # the command line that a person typed
                get_child_arguments(),
                close_fds=False,
                env={
                    **os.environ,
                    # Django's own reload sets it, and applications look at it.
                    "RUN_MAIN": "true",
                    HANDED_DOWN: f"{listener.fileno()} {theirs.fileno()}",
                },
            )

    def serve(self, failure: str = "") -> None:
        """Tell it to load the project and serve it, or to show this failure instead."""
        self.failure = failure
        with suppress(ConnectionError):  # it has ended; who looks for that will see it
            self.control.sendall(failure.encode() + END_OF_ORDER)

    def look(self) -> int | None:
        """Notice what it said meanwhile, and return its exit code if it has ended."""
        with suppress(BlockingIOError, ConnectionError):
            self.is_ready |= self.control.recv(1) == READY
        return self.process.poll()

    def stop(self) -> None:
        """Tell it to end, and do not wait."""
        self.control.close()

    def wait(self, seconds: float) -> None:
        """Wait until it has ended; kill it when that takes too long."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Order:
    """What the watching process wants of this one."""

    def __init__(self, control: socket.socket) -> None:
        """Listen to the watching process from now on; without it this process ends."""
        self.control = control
        self.stop: Callable[[], None] = lambda: os._exit(0)
        self._failures: SimpleQueue[str] = SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def wait(self) -> str:
        """Wait until this process shall serve, and return the failure to show, or nothing."""
        return self._failures.get()

    def ready(self) -> None:
        """Tell that requests are answered."""
        with suppress(ConnectionError):
            self.control.sendall(READY)

    def _listen(self) -> None:
        received = b""
        with suppress(ConnectionError):
            while part := self.control.recv(4096):
                received += part
                if received.endswith(END_OF_ORDER):
                    self._failures.put(received.removesuffix(END_OF_ORDER).decode())
        threading.Timer(GRACE, os._exit, [0]).start()
        self.stop()


def handed_down() -> tuple[socket.socket, Order] | None:
    """Return the socket to accept from and the order, or None in a process started by a person."""
    numbers = os.environ.pop(HANDED_DOWN, "")
    if not numbers:
        return None
    listener, control = (socket.socket(fileno=int(number)) for number in numbers.split())
    for inherited in (listener, control):
        inherited.set_inheritable(False)
    # Ctrl+C goes to all processes of a terminal; this one ends when it is told to.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    return listener, Order(control)


@contextmanager
def _interrupt_held_back() -> Iterator[None]:
    """Start processes that Ctrl+C does not reach; one that comes meanwhile waits for the end."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
