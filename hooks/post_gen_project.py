"""Finish the new project: make its secrets, record its template, lock its dependencies.

Runs in cookiecutter's interpreter, in the folder of the project. Python 3.9 or newer, standard
library only. What is missing on this machine (git, uv, a network) is left out, never an error.

`COOKIECUTTER_LOCK_TIMEOUT` in the environment is how many seconds `uv lock` may take: 60 unless
it is a whole number, and 0 to leave the lock out.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ANSWERS = json.loads(r"""{{ cookiecutter | tojson }}""")
STARTED_IN = Path(os.environ.get("PWD", os.sep)).resolve()
FOLDERS_OF_ANSWERS = (".github/workflows", ".github")
FOLDERS_OF_APPS = (
    "api/management/commands", "api/management", "api/migrations", "api", "queue", "static/js",
    "templates/account/email", "templates/account", "templates/allauth/elements",
    "templates/allauth/layouts", "templates/allauth", "templates/api", "templates/mfa/webauthn",
    "templates/mfa",
)  # fmt: skip
ENV = f"""\
# Read in development only, and never committed. .env.example lists every variable.
SECRET_KEY={secrets.token_urlsafe(50)}
# Without these, data is in db.sqlite3 and the cache in memory. Remove the # to use servers.
# DATABASE_URL=postgres://USER:PASSWORD@localhost:5432/{ANSWERS["project_slug"]}
# CACHE_URL=redis://localhost:6379/0
"""


def write_env() -> None:
    """Write `.env`, for its owner's eyes from the first moment, unless the project has one."""
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(".env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(ENV)


def template_revision() -> str:
    """Return the commit of the template, or nothing when neither git nor its archive knows it."""
    folder = ANSWERS.get("_repo_dir")
    if not folder:
        return str(ANSWERS.get("_commit", ""))  # cruft names the commit instead of its clone
    # In a git hook, GIT_DIR and its like name another repository.
    environment = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
    command = ["git", "rev-parse", "--show-toplevel", "HEAD"]
    with contextlib.suppress(OSError, subprocess.CalledProcessError, ValueError):
        output = subprocess.check_output(
            command, cwd=folder, env=environment, stderr=subprocess.DEVNULL, encoding="utf-8"
        )
        top, revision = output.splitlines()
        if os.path.samefile(top, folder):
            return revision
    with contextlib.suppress(OSError):
        # `git archive`, which hosts make their zips with, has written it there.
        archived = (
            Path(folder, ".git_archival.txt").read_text("utf-8").partition("node: ")[2].strip()
        )
        return archived if archived.isalnum() else ""
    return ""


def record_revision(revision: str) -> None:
    """Fill the empty `revision` of `[tool.cookiecutter-django-asgi]` in `pyproject.toml`."""
    file = Path("pyproject.toml")
    filled = f'revision = "{revision}"'.encode("ascii")
    file.write_bytes(file.read_bytes().replace(b'revision = ""', filled))


def remove_empty_folders() -> None:
    """Remove the folders in which no answer has put a file: Cookiecutter makes all that there are."""
    for folder in (
        *FOLDERS_OF_ANSWERS,
        *(f"{ANSWERS['project_slug']}/{f}" for f in FOLDERS_OF_APPS),
    ):
        with contextlib.suppress(OSError):  # it holds something
            os.rmdir(folder)


def find_uv() -> str | None:
    """Return the path of a uv that runs; version managers leave shims that do not."""
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        uv = shutil.which("uv")
        if uv:
            subprocess.run([uv, "--version"], check=True, capture_output=True)
            return uv
    return None


def lock(uv: str, seconds: int) -> bool:
    """Run `uv lock`, and unless it succeeds in time, leave `uv.lock` as it was before."""
    file = Path("uv.lock")
    before = file.read_bytes() if file.exists() else None
    # Without an interpreter for the project, uv would download one first.
    python = ["--python", sys.executable] if sys.version_info >= (3, 12) else []
    child = subprocess.Popen(
        [uv, "lock", *python],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
    finally:
        if child.poll() is None:
            if sys.platform == "win32":
                child.kill()
            else:
                os.killpg(child.pid, signal.SIGKILL)  # a shim may have children of its own
            child.wait()
        if child.returncode:
            file.unlink(missing_ok=True) if before is None else file.write_bytes(before)
    return child.returncode == 0


def lock_dependencies(uv: str | None) -> None:
    """Lock if that is wanted and possible, and say what is left to do."""
    wanted = os.environ.get("COOKIECUTTER_LOCK_TIMEOUT", "")
    seconds = int(wanted) if wanted.isdecimal() else 60
    if not uv:
        print("The dependencies are not locked, as there is no uv. Run 'uv lock' once there is.")
    elif seconds:
        print(f"Locking the dependencies with uv, for {seconds} seconds at most ...", flush=True)
        if not lock(uv, seconds):
            print("The dependencies are not locked. Run 'uv lock' to see why, and to lock them.")


def is_for_comparison() -> bool:
    """Whether cruft makes a project that lives as long as it is compared with another one."""
    elsewhere = STARTED_IN not in Path.cwd().parents
    temporary = Path(tempfile.gettempdir()).resolve() in Path.cwd().parents
    return "_repo_dir" not in ANSWERS and elsewhere and temporary


def next_commands(*, uv: bool) -> list[str]:
    """Return what to type for a running site, from the folder where cookiecutter was started."""
    folder = Path.cwd()
    name = folder.name if folder.parent == STARTED_IN else str(folder)
    windows = sys.platform == "win32"
    python = ".venv\\Scripts\\python" if windows else ".venv/bin/python"
    make_environment = [
        f"{'py' if windows else 'python3'} -m venv --upgrade-deps .venv",
        f"{python} -m pip install . --group dev",
    ]
    return [
        f'cd "{name}"' if " " in name else f"cd {name}",
        *([] if uv else make_environment),
        f"{'uv run' if uv else python} manage.py migrate",
        f"{'uv run' if uv else python} manage.py runserver",
    ]


if isinstance(sys.stdout, io.TextIOWrapper):
    sys.stdout.reconfigure(errors="backslashreplace")  # a console may lack what a path holds
remove_empty_folders()
write_env()
record_revision(template_revision())
if is_for_comparison():
    sys.exit()
uv = find_uv()
lock_dependencies(uv)
commands = "\n".join(f"    {command}" for command in next_commands(uv=bool(uv)))
print(f"The project is ready. Run it on this machine alone:\n\n{commands}\n")
print("or, after the same cd, in containers with a database and a cache:\n")
print("    docker compose up\n")
