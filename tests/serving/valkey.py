"""A Valkey server of a test's own: by its command or Redis's, or in a container."""

import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis

DEADLINE = 120
IMAGE = "valkey/valkey:9"


class Valkey:
    """A server that can be stopped, frozen, and started again at the same port."""

    def __init__(self, *options: str) -> None:
        """Take options of the command, such as `--requirepass secret`."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.options = ["--save", "", *options]
        self.command = shutil.which("valkey-server") or shutil.which("redis-server")
        self.container = f"valkey-{uuid.uuid4().hex[:12]}"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        if self.command:
            command = [self.command, "--bind", "127.0.0.1", "--port", str(self.port)]
        else:
            published = f"--publish=127.0.0.1:{self.port}:6379"
            command = ["docker", "run", "--rm", "--name", self.container, published, IMAGE]
            command += ["valkey-server", "--protected-mode", "no"]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen([*command, *self.options], stdout=quiet, stderr=quiet)
        give_up = time.monotonic() + DEADLINE
        while not self._answers():
            assert time.monotonic() < give_up
            assert self.process.poll() is None, [*command, *self.options]
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            self.ask("PING")
        except redis.AuthenticationError:
            return True
        except redis.RedisError:
            return False
        return True

    def ask(self, *command: str) -> Any:
        with redis.Redis(port=self.port, socket_timeout=1, decode_responses=True) as client:
            return client.execute_command(*command)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal: KILL, STOP or CONT."""
        if self.command:
            self.process.send_signal(number)
        else:
            kill = ["docker", "kill", "--signal", str(int(number)), self.container]
            subprocess.run(kill, check=True, stdout=subprocess.DEVNULL)
        if number == signal.SIGKILL:
            self.process.wait(DEADLINE)


@contextmanager
def running(*options: str) -> Iterator[Valkey]:
    """Give a server for a test that needs one."""
    server = Valkey(*options)
    if server.command is None and shutil.which("docker") is None:
        pytest.skip("there is neither valkey-server nor redis-server nor Docker")
    server.start()
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.signal(signal.SIGKILL)
