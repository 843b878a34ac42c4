"""Real Gunicorn, started as a file of a project says, with an application of ours."""

from __future__ import annotations

import re
import signal
import tempfile
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Final, NamedTuple

import httpx
from started_server import DEADLINE, Server, started

from proofs.public_workers.starts import Start

APPLICATION: Final = '''\
"""Answers with the names of the modules of the worker that are loaded."""

import sys

MODULES = ("uvicorn.workers", "uvicorn_worker")


async def answer(scope, receive, send):
    if scope["type"] == "lifespan":
        for event in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{event}.complete"})
        return
    loaded = " ".join(name for name in MODULES if name in sys.modules)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": loaded.encode()})


def application():
    return answer
'''
"""A factory, as some classes of projects want one; uvicorn knows it from an application."""

LONGEST: Final = 3000
"""Characters of a log that are shown."""

OURS: Final = ("--bind", "127.0.0.1:0", "--workers", "1", "--timeout", "600",
               "--log-level", "info", "--log-file", "-", "--access-logfile", "-")  # fmt: skip
"""What another machine than theirs needs, which may be busy; it comes before settings."""

LACKING: Final = re.compile(r"ModuleNotFoundError: No module named '(?!(?:uvicorn|gunicorn)\b)")
"""A package of the project beside the servers."""

WORKER: Final = re.compile(r"Using worker: (\S+)")
OF_OURS: Final = "served:application"


class NoBootError(Exception):
    """Raised with the reason when Gunicorn does not answer, or does not end well."""


class Answer(NamedTuple):
    """The status and the text of a page, and the name of the worker in the log."""

    status: int
    text: str
    worker: str


def boot(programs: Path, start: Start, module: str) -> str:
    """Return why an application of ours is not served, or "".

    programs: the folder of an environment's programs. module: the one that must be loaded. What
    needs packages of the project beside the servers' is started by the name of the class alone.
    """
    for way in dict.fromkeys((start, start.plain)):
        try:
            answer = serve_once(programs, way)
        except NoBootError as error:
            problem = str(error)
        else:
            problem = "" if answer[:2] == (httpx.codes.OK, module) else f"the answer is {answer}"
        if not LACKING.search(problem):
            break
    return problem


def serve_once(programs: Path, start: Start, application: str = OF_OURS) -> Answer:
    """Start Gunicorn, ask for its first page, and end it by SIGTERM. Raises NoBootError."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / "served.py").write_text(APPLICATION, "utf-8")
        (home / "theirs.py").write_text(start.module, "utf-8")
        gunicorn: tuple[str | Path, ...] = (
            programs / "gunicorn",
            *start.arguments,
            *OURS,
            "--pid",
            home / "pid",
        )
        environment = {
            **dict(start.variables),
            "PATH": f"{programs}:/usr/bin:/bin",
            "HOME": name,
            "PYTHONPATH": name,
        }
        log = home / "log"
        try:
            with started(
                [*gunicorn, application], start.folder or home, environment, log
            ) as server:
                return _ended(server)
        except FileNotFoundError as error:
            raise NoBootError(f"{error.filename} is not there") from error
        except (AssertionError, httpx.HTTPError, TimeoutExpired) as error:
            written = log.read_text("utf-8", "replace")[-LONGEST:]
            raise NoBootError(f"{type(error).__name__}: {written}") from error


def _ended(server: Server) -> Answer:
    """Return the answer of a server that ends well after it. Raises NoBootError, TimeoutExpired."""
    answer = server.client.get("/")
    server.process.send_signal(signal.SIGTERM)
    if code := server.process.wait(DEADLINE):
        raise NoBootError(f"it ends with {code} at SIGTERM")
    worker = WORKER.search(server.written())
    return Answer(answer.status_code, answer.text, worker[1] if worker else "")
