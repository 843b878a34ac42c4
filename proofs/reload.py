"""How soon a development server serves what was saved, and what it does with broken code.

    nox -s reload                write docs/reload/table.md
    nox -s reload -- --rounds 3  measure less, and write nothing

The servers run at the same time, each on a project of its own, and take turns: one save at a time.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

import httpx
from quality import environment_for
from rendering import TEMPLATE, render

TABLE: Final = TEMPLATE / "docs" / "reload" / "table.md"
ROUNDS: Final = 7
DEADLINE: Final = 60.0
"""How long a server may take to start, or to serve what was saved, in seconds."""

RECOVERY: Final = 20.0
"""How long a server may take to serve again once the code is mended, in seconds."""

PATIENCE: Final = 6.0
"""How long a server with broken code is asked for an answer, in seconds."""

PAUSE: Final = 0.5
"""How long all servers are left alone before a save, in seconds: a person pauses for longer."""

SETTLED: Final = 3.0
"""How long a server is left alone before its code is broken or mended, in seconds.

Granian loses a change that it sees while it still starts a worker for the one before.
"""

GRANIAN: Final = "granian --reload --reload-ignore-worker-failure"
COMMANDS: Final = {
    "manage.py runserver": "manage.py runserver {port}",
    "uvicorn --reload": "-m uvicorn config.asgi:application --reload --port {port}",
    GRANIAN: (
        "-m granian --interface asgi --port {port} --reload --reload-ignore-worker-failure "
        "config.asgi:application"
    ),
    "granian --reload": "-m granian --interface asgi --port {port} --reload config.asgi:application",
    "Django's own runserver": "stock.py runserver {port}",
}
"""The servers by name, with what follows `python`."""

STOCK: Final = """\
import sys

from django.core import management

commands = management.get_commands
management.get_commands = lambda: {**commands(), "runserver": "django.contrib.staticfiles"}
management.execute_from_command_line(sys.argv)
"""
"""A `manage.py` whose `runserver` is Django's own."""

PAGE: Final = """\
from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("text", lambda request: HttpResponse("{text}"))]
"""

BROKEN: Final = {
    "SyntaxError": ("page.py", "def"),
    "ImportError": ("page.py", "import no.such"),
    "broken settings": ("config/settings/development.py", "1 / 0"),
}
"""What is appended to which file."""


class Server:
    """A development server, and the project that it serves."""

    def __init__(self, name: str, folder: Path) -> None:
        """Make a project in the folder, and choose a free port."""
        self.name = name
        self.project = render(folder)
        (self.project / "stock.py").write_text(STOCK)
        with (self.project / "config" / "urls.py").open("a") as urls:
            urls.write('\nurlpatterns += [path("", include("page"))]\n')
        self.save("ready")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/text"
        python = environment_for(self.project, "granian>=2.8")
        self.command = [str(python), *COMMANDS[name].format(port=port).split()]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the server, and end it with all its processes."""
        self.start()
        try:
            yield
        finally:
            self.end()

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        folder = self.project.parent
        # A database in the project would be one more file that changes.
        environment = {
            "DJANGO_SETTINGS_MODULE": "config.settings.development",
            "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        }
        with (folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.project,
                env=os.environ | environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_for("ready")

    def end(self) -> None:
        """Kill its processes."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def save(self, text: str) -> None:
        """Let the page have this text."""
        (self.project / "page.py").write_text(PAGE.format(text=text))

    def wait_for(self, text: str, seconds: float = DEADLINE) -> None:
        """Ask until the page has this text.

        Raises TimeoutError when it does not in time, or the server has ended.
        """
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up and self.process.poll() is None:
            with suppress(httpx.TransportError):
                if httpx.get(self.url, timeout=1, trust_env=False).text == text:
                    return
            time.sleep(0.01)
        raise TimeoutError(f"{self.name} does not serve what was saved")

    def seconds_to(self, text: str) -> float:
        """Save the text, and return how long it takes until it is served."""
        time.sleep(PAUSE)
        saved = time.perf_counter()
        self.save(text)
        self.wait_for(text)
        return time.perf_counter() - saved

    def outcome(self, name: str, code: str) -> str:
        """Break a file and mend it; say what the browser gets meanwhile, and afterwards."""
        self.save("ready")
        self.wait_for("ready")
        time.sleep(SETTLED)
        path = self.project / name
        whole = path.read_text("utf-8")
        path.write_text(f"{whole}\n{code}\n", "utf-8")
        meanwhile = self.answer_while_broken()
        time.sleep(SETTLED)
        path.write_text(whole, "utf-8")
        try:
            self.save("mended")
            self.wait_for("mended", RECOVERY)
        except TimeoutError:
            self.end()
            self.save("ready")
            self.start()
            return "ends" if meanwhile == "refuses" else f"{meanwhile}, never recovers"
        return f"{meanwhile}, recovers"

    def answer_while_broken(self) -> str:
        """Return what a browser gets: the last that it saw within the time of its patience."""
        seen = "serves the old code"
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            try:
                answer = httpx.get(self.url, timeout=PATIENCE, trust_env=False)
            except httpx.TimeoutException:
                return "no answer"
            except httpx.TransportError:
                seen = "refuses"
            else:
                if "Traceback" in answer.text:
                    return "shows the traceback"
                seen = "serves the old code" if answer.is_success else "500 without a traceback"
            time.sleep(0.05)
        return seen


def main(arguments: Sequence[str]) -> int:
    """Measure, and write the table unless fewer rounds were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args(arguments).rounds
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        servers = []
        for number, name in enumerate(COMMANDS):
            print(f"Starting {name} ...", flush=True)
            server = Server(name, Path(folder, str(number)))
            running.enter_context(server.running())
            servers.append(server)
        seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for round_ in range(rounds):
            for server in servers:
                seconds[server.name].append(server.seconds_to(f"text {round_}"))
            shown = ", ".join(f"{name} {measured[-1]:.2f}" for name, measured in seconds.items())
            print(f"Round {round_ + 1} of {rounds}: {shown}", flush=True)
        outcomes: dict[str, list[str]] = {}
        for server in servers:
            print(f"Breaking what {server.name} serves ...", flush=True)
            outcomes[server.name] = [server.outcome(*broken) for broken in BROKEN.values()]
    table = "\n".join(lines(seconds, outcomes)) + "\n"
    print(f"\n{table}")
    if rounds >= ROUNDS:
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(table, "utf-8")
    return 0


def lines(seconds: dict[str, list[float]], outcomes: dict[str, list[str]]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"| server | save to new response | {' | '.join(BROKEN)} |"
    yield f"|---|---|{'---|' * len(BROKEN)}"
    for name, measured in seconds.items():
        code = f"`{name}`" if name[0].islower() else name
        median = f"{statistics.median(measured):.2f} s"
        yield f"| {code} | {median} | {' | '.join(outcomes[name])} |"


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (TimeoutError, httpx.TransportError, subprocess.CalledProcessError) as error:
        sys.exit(f"proofs.reload: {error}")
