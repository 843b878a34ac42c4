"""Booting a project: Gunicorn on a free port, the probes, a page, and `manage.py serving`."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from asgi_upgrade.refusals import CannotWorkError
from asgi_upgrade.serving.names import application_name
from asgi_upgrade.serving.project import Project
from asgi_upgrade.serving.start_commands import WORKER

DEADLINE = 120
"""Seconds in which a server must listen, answer, and end."""

PATHS = ("/livez", "/readyz", "/")
FOLDERS = (".venv", "venv", "env")


class NotBootedError(Exception):
    """Raised with what the server has said last, when it does not serve."""


def boot(project: Project, python: str | None) -> Iterator[str]:
    """Yield a line for each thing that is tried.

    python: the interpreter of the project; that of its environment if none is named.
    Raises NotBootedError; CannotWorkError: no interpreter is found.
    """
    if os.name == "nt":
        raise CannotWorkError("Gunicorn does not run on Windows: boot the project elsewhere")
    interpreter = python or _interpreter(project.sources.root / project.start)
    folder = project.sources.root / project.start
    port = _free_port()
    with tempfile.TemporaryFile("w+") as log:
        server = subprocess.Popen(
            [
                interpreter, "-m", "gunicorn", application_name(project), "--worker-class", WORKER,
                "--bind", f"127.0.0.1:{port}", "--workers", "1",
            ],
            cwd=folder, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            _wait_until_it_serves(server, log.fileno(), port)
            yield f"gunicorn serves at http://127.0.0.1:{port}"
            for path in PATHS:
                status, body = _ask(port, path, DEADLINE)
                yield f"{path} {status} {body}".rstrip()
                if path == "/livez" and status != 200:  # noqa: PLR2004 - OK
                    raise NotBootedError("the server does not answer /livez")
            server.terminate()
            code = server.wait(DEADLINE)
            yield f"gunicorn has ended with exit code {code}"
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()
    yield from _overview(interpreter, folder)


def _interpreter(folder: Path) -> str:
    """Return the project's own Python: of the active environment, or of one beside it."""
    if active := os.environ.get("VIRTUAL_ENV"):
        return str(Path(active, "bin", "python"))
    for each in (folder, *folder.resolve().parents[:2]):
        for name in FOLDERS:
            found = each / name / "bin" / "python"
            if found.exists():
                return str(found.absolute())
    found_on_path = shutil.which("python") or shutil.which("python3")
    if not found_on_path or Path(found_on_path).resolve() == Path(sys.executable).resolve():
        raise CannotWorkError(
            "where the project's packages are is unknown: name it by --python PATH"
        )
    return found_on_path


def _free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


def _wait_until_it_serves(server: subprocess.Popen[bytes], log: int, port: int) -> None:
    """Wait until the server answers. Raises NotBootedError: it has ended, or takes too long."""
    give_up = time.monotonic() + DEADLINE
    while not _answers(port):
        if server.poll() is not None or time.monotonic() > give_up:
            raise NotBootedError(_reason(os.pread(log, 1_000_000, 0).decode(errors="replace")))
        time.sleep(0.1)


def _answers(port: int) -> bool:
    """Return whether there is an answer, whatever it is, within a second."""
    try:
        _ask(port, "/livez", 1)
    except NotBootedError:
        return False
    return True


def _reason(said: str) -> str:
    """Return the line of a log that says why: an error, or else the last one."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = [line for line in lines if re.search(r"\b\w*(Error|Exception)\b:|No module named", line)]
    return (told or lines or ["it has said nothing"])[-1]


def _ask(port: int, path: str, seconds: float) -> tuple[int, str]:
    """Return the status of an answer, and the beginning of what JSON it has.

    No proxy is asked, and no redirect followed. Raises NotBootedError: no answer came in time.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", path, headers={"Host": "localhost"})
        answer = connection.getresponse()
        body = answer.read(300)
    except (OSError, http.client.HTTPException) as error:
        raise NotBootedError(f"{path} is not answered: {error}") from error
    finally:
        connection.close()
    return answer.status, body.decode(errors="replace") if body.startswith(b"{") else ""


def _overview(interpreter: str, folder: Path) -> Iterator[str]:
    done = subprocess.run(
        [interpreter, "manage.py", "serving"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    yield "manage.py serving:"
    yield from (f"  {line}" for line in (done.stdout or done.stderr).splitlines())
    if done.returncode:
        raise NotBootedError("manage.py serving has failed")
