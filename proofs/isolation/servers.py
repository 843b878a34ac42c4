"""The ways in which the site is served, and the start of a server of each."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from proofs.isolation.clients import Gate, ask

START: Final = 60
"""Seconds that a server may take to start."""

FEW: Final = 3
MANY: Final = 10
"""Threads of a server."""

DJANGOS: Final = frozenset({"close_caches", "close_old_connections", "reset_urlconf"})
"""Receivers of `request_finished`: with others there, the cleaning could go another way."""


@dataclass(frozen=True)
class Kind:
    """A way to serve the site.

    column: of the table.
    size: how many threads there are, and connections in the pool.
    suite: which scenarios run.
    """

    column: str
    size: int
    suite: str = "main"
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_asgi(self) -> bool:
        """Whether the server notices that a client left."""
        return self.column != "gthread"

    @property
    def is_quick(self) -> bool:
        """Whether no other server shows the same with fewer threads."""
        return self.suite != "main" or self.size == FEW

    @property
    def name(self) -> str:
        """What tells it from the others, also in names of files and databases."""
        return f"{self.column}_{self.size}_{self.suite}"


def kinds() -> list[Kind]:
    """Return all, the ones that take longest first."""
    return [
        _stock(FEW),  # it loses connections, for which others wait
        Kind("gthread", MANY),
        _lanes(MANY),
        Kind("gthread", FEW),
        _lanes(FEW),
        _lanes(FEW, reuse=False),
        Kind("gthread", MANY, "reports"),
        _stock(MANY, "reports"),
        _lanes(MANY, "reports"),
        _lanes(MANY, "reports", reuse=False),
        _stock(FEW, "asyncio"),
        _lanes(FEW, "asyncio"),
    ]


def _stock(size: int, suite: str = "main") -> Kind:
    return Kind("stock", size, suite, {"LANES": "0"})


def _lanes(size: int, suite: str = "main", *, reuse: bool = True) -> Kind:
    environment = {"LANES": str(size), "LANES_REUSE": str(reuse).lower()}
    return Kind("lanes" if reuse else "fresh", size, suite, environment)


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    kind: Kind
    port: int
    folder: Path
    database: str

    def gate(self, name: str) -> Gate:
        """Return a new gate."""
        return Gate(self.folder / "gates" / re.sub(r"\W", "-", name))

    def sqlite(self, alias: str) -> sqlite3.Connection:
        """Connect to the database of a scenario."""
        return sqlite3.connect(self.folder / "sqlite" / f"{alias}.sqlite3", isolation_level=None)


@asynccontextmanager
async def started(
    kind: Kind, project: Path, python: Path, database: str, aliases: Iterable[str]
) -> AsyncIterator[Server]:
    """Start a server in a project; it answers when the context begins, and is gone at its end.

    aliases: the SQLite databases that it is to have.
    Raises RuntimeError with its log when it does not start.
    """
    folder = project / "run" / kind.name
    for name in ("gates", "sqlite"):
        (folder / name).mkdir(parents=True)
    for alias in aliases:
        with sqlite3.connect(folder / "sqlite" / f"{alias}.sqlite3") as connection:
            connection.execute("CREATE TABLE marks (number int)")
        connection.close()
    environment = site_environment(folder, database) | {
        "DATABASE_POOL_TIMEOUT": "3",
        "DATABASE_POOL_MAX_SIZE": str(kind.size),
        "GUNICORN_WORKER_CLASS": "isolation_site.worker.LoopWorker",
        "LOOP": "asyncio" if kind.suite == "asyncio" else "uvloop",
        "REPORTS": "yes" if kind.suite == "reports" else "",
        **kind.environment,
    }
    command = [str(python.with_name("gunicorn")), "isolation_site.asgi:application"]
    if not kind.is_asgi:
        command[1:] = ["--worker-class", "gthread", "--threads", str(kind.size)]
        command += ["isolation_site.wsgi:application"]
    log = folder / "gunicorn.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=project, env=environment, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    try:
        server = Server(kind, await _port(process, log), folder, database)
        await _verify(server)
        yield server
    finally:
        # The workers too: they outlive a master that is killed.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def site_environment(folder: Path, database: str) -> dict[str, str]:
    """Return an environment in which the site runs."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "isolation_site.settings",
        "SECRET_KEY": "proof-" * 10,
        "ALLOWED_HOSTS": "testserver",
        "DATABASE_URL": database,
        "CACHE_URL": "locmemcache://",
        "EMAIL_URL": "consolemail://",
        "GATES": str(folder / "gates"),
        "SQLITE_FOLDER": str(folder / "sqlite"),
        "GUNICORN_BIND": "127.0.0.1:0",
        "WEB_CONCURRENCY": "1",
        "LOG_FORMAT": "json",
    }


async def _verify(server: Server) -> None:
    """Raise RuntimeError when the server is another than it shall be: nothing would be compared."""
    thread: str = (await ask(server.port, "/plain/look-at-once/", {})).json()["thread"]
    if thread.startswith("lane-") != (server.kind.column in {"lanes", "fresh"}):
        raise RuntimeError(f"{server.kind.name} answers on the thread {thread}")
    found = (await ask(server.port, "/plain/receivers/", {})).json()["receivers"]
    if not DJANGOS.issuperset(found):
        raise RuntimeError(f"{found} receive request_finished, not only Django's own")


async def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    give_up = time.monotonic() + START
    while time.monotonic() < give_up and process.poll() is None:
        if found := re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", log.read_text()):
            with suppress(ConnectionRefusedError):
                port = int(found[1])
                if (await ask(port, "/plain/receivers/", {})).status == 200:
                    return port
        await asyncio.sleep(0.05)
    raise RuntimeError(log.read_text())
