"""A PostgreSQL and a Valkey in containers, both of which can be restarted under their clients."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from proofs.postgresql import IMAGE, accepts_connections, address, docker, has_engine

VALKEY: Final = "valkey/valkey:9"
PASSWORD: Final = "proof"  # noqa: S105  # of servers that live for minutes, on this machine alone
ADDRESS: Final = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
DEADLINE: Final = 60
"""How long a server may take to start, in seconds."""


@dataclass(frozen=True)
class Servers:
    """Addresses of both, and the names of their containers."""

    postgresql: str
    valkey: str

    @property
    def database_url(self) -> str:
        """For psycopg, and for the candidates' settings."""
        return f"postgresql://postgres:{PASSWORD}@{address(self.postgresql)}/postgres"

    @property
    def broker_url(self) -> str:
        """For Celery."""
        host = docker(
            "inspect",
            "--format",
            ADDRESS,
            self.valkey,
        )
        return f"redis://{host}:6379/0"

    def restart_postgresql(self) -> None:
        """Stop it as an operator does, and wait until it answers again."""
        self._restart(self.postgresql)
        _wait(lambda: accepts_connections(self.postgresql))

    def restart_valkey(self) -> None:
        """Stop it as an operator does, and wait until it answers again."""
        self._restart(self.valkey)
        _wait(lambda: docker("exec", self.valkey, "valkey-cli", "ping") == "PONG")

    def _restart(self, server: str) -> None:
        """Raise RuntimeError if the clients would look for it in vain: what they do proves nothing."""
        before = docker("inspect", "--format", ADDRESS, server)
        docker("restart", "--timeout", "10", server)
        if docker("inspect", "--format", ADDRESS, server) != before:
            raise RuntimeError("Docker gave a server another address: run again, on an idle engine")


@contextmanager
def servers() -> Iterator[Servers]:
    """Start both, and remove them at the end.

    Raises SystemExit, with what to do, when Docker does not answer.
    """
    if not has_engine():
        raise SystemExit("A PostgreSQL and a Valkey are needed: start Docker.")
    password = f"POSTGRES_PASSWORD={PASSWORD}"
    postgresql = docker("run", "--detach", "--env", password, IMAGE, "-cmax_connections=200")
    valkey = docker("run", "--detach", VALKEY, "valkey-server", "--appendonly", "yes")
    try:
        _wait(lambda: accepts_connections(postgresql))
        yield Servers(postgresql, valkey)
    finally:
        docker("rm", "--force", "--volumes", postgresql, valkey)


def _wait(ready: Callable[[], bool]) -> None:
    give_up = time.monotonic() + DEADLINE
    while not ready():
        if time.monotonic() > give_up:
            raise TimeoutError("a server did not start")
        time.sleep(0.1)
