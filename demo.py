"""Make a project with the default answers and serve it as production does, on SQLite."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Final

from uv import find_uv_bin

TEMPLATE: Final = Path(__file__).resolve().parent
FOLDER: Final = TEMPLATE / "build" / "demo"
DEADLINE: Final = 60
"""How long the server may take until it is ready, in seconds."""


def main() -> int:
    """Return 0 when the project answered and the server stopped well, and 1 otherwise."""
    options = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    project = make_project()
    environment = {
        **os.environ,
        "UV_PROJECT_ENVIRONMENT": str(FOLDER / "environment"),
        "DJANGO_SETTINGS_MODULE": "config.settings.development",
        # A developer's environment may name the servers of another project.
        "DATABASE_URL": "sqlite:///db.sqlite3",
        "CACHE_URL": "locmemcache://",
    }
    uv = [find_uv_bin(), "run", "--python", sys.executable, "--quiet"]
    for step, command in (
        ("Installing its dependencies", [*uv, "python", "--version"]),
        ("Migrating its database", [*uv, "manage.py", "migrate", "--verbosity", "0"]),
    ):
        print(f"{step} ...", flush=True)
        if code := subprocess.call(command, cwd=project, env=environment):
            return code
    address = f"127.0.0.1:{free_port(options.port)}"
    print(f"Starting the server at {address} ...", flush=True)
    with subprocess.Popen(
        server_command(uv, address),
        cwd=project,
        env=environment | {"GUNICORN_BIND": address},
        start_new_session=True,
    ) as server:
        return serve(server, f"http://{address}", check=options.check)


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="stop as soon as the pages have answered"
    )
    parser.add_argument(
        "--port", type=int, default=8000, help="the first port to try (default: %(default)s)"
    )
    return parser.parse_args()


def make_project() -> Path:
    """Make the project anew, and return its folder."""
    print(f"Making a project in {FOLDER.relative_to(TEMPLATE)} ...", flush=True)
    shutil.rmtree(FOLDER / "my_project", ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, "-m", "cookiecutter", str(TEMPLATE), "--no-input", "-o", str(FOLDER)],
        check=True,
        stdout=subprocess.DEVNULL,  # what to type next; the demo goes on by itself
        env=os.environ | {"COOKIECUTTER_LOCK_TIMEOUT": "0"},
    )
    return FOLDER / "my_project"


def free_port(first: int) -> int:
    """Return the first port from `first` on that nothing listens at."""
    for port in range(first, first + 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise SystemExit(f"demo.py: all ports from {first} to {first + 99} are taken; see --port")


def server_command(uv: list[str], address: str) -> list[str]:
    """Return Gunicorn's command, or on Windows, where it does not run, that of Uvicorn."""
    if sys.platform == "win32":
        return [*uv, "manage.py", "runserver", "--noreload", address]
    return [*uv, "gunicorn"]


def serve(server: subprocess.Popen[bytes], url: str, *, check: bool) -> int:
    """Wait until the server is ready, and serve until Ctrl+C or until the check is done."""
    try:
        if not wait_until_ready(server, url):
            print("demo.py: the server did not become ready; its log is above", file=sys.stderr)
            return 1
        if not check:
            print(f"\nThe project answers at {url} - stop it with Ctrl+C.\n", flush=True)
            return server.wait()
        for path in ("/livez", "/readyz", "/"):
            print(f"{path}: {get(url + path)[0]}", flush=True)
        if b"<h1>My Project</h1>" not in get(url + "/")[1]:
            print("demo.py: the home page does not show the project's name", file=sys.stderr)
            return 1
    except KeyboardInterrupt:
        print("\nStopping ...", flush=True)
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
    return server.wait()


def wait_until_ready(server: subprocess.Popen[bytes], url: str) -> bool:
    """Tell whether /readyz answers 200 in time, while the server lives."""
    give_up = time.monotonic() + DEADLINE
    while time.monotonic() < give_up and server.poll() is None:
        try:
            return get(f"{url}/readyz")[0] == 200
        except OSError:  # urllib's errors are some, too
            time.sleep(0.1)
    return False


def get(url: str) -> tuple[int, bytes]:
    """Return status and body of a page. Raises OSError, also for a status of 400 or more."""
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with without_proxy.open(url, timeout=10) as response:
        return response.status, response.read()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
