"""The units for systemd, run by systemd: a reload, a restart and a first visitor lose nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from rendering import TEMPLATE, render, run
from stacks import docker, image_removed
from task_site import until
from uv import find_uv_bin

pytestmark = [pytest.mark.compose, pytest.mark.night]

UNITS: Final = TEMPLATE / "docs" / "platforms" / "systemd"

MACHINE: Final = """
FROM {image}
USER root
RUN apt-get update && apt-get install --yes --no-install-recommends systemd
RUN useradd my_project && cp -r /app /srv/my_project && ln -s /opt/venv /srv/my_project/.venv \\
    && chown -R my_project /srv/my_project/media
COPY --chmod=755 start /
COPY load.py visit.py /load/
COPY my_project.env /etc/
COPY my_project.service my_project.socket /etc/systemd/system/
CMD ["/start"]
"""

START: Final = """#!/bin/sh
# systemd wants the second version of control groups for itself, where the engine has the first, too.
set -e
mkdir /groups
mount -t cgroup2 none /groups
mkdir -p "/groups/$HOSTNAME"
echo $$ > "/groups/$HOSTNAME/cgroup.procs"
exec unshare --cgroup sh -ec '
umount --recursive /sys/fs/cgroup
umount /groups
mount -t cgroup2 none /sys/fs/cgroup
exec /lib/systemd/systemd'
"""

ENVIRONMENT: Final = """
SECRET_KEY=of-the-test-of-the-test-of-the-test-of-the-test-of-the-test
ALLOWED_HOSTS=testserver
DATABASE_URL=sqlite:////srv/my_project/media/db.sqlite3
CACHE_URL=locmemcache://
EMAIL_URL=consolemail://
WEB_CONCURRENCY=2
"""

NUMBERS: Final = """

from django.http import HttpResponse


async def number(request, number):
    return HttpResponse(str(number))


urlpatterns += [path("pages/number/async/<int:number>/", number)]
"""
"""The page that the load asks for."""

VISIT: Final = """
import json, sys
from load import load
with load(8000) as visitors:
    for line in sys.stdin:
        print(json.dumps({"answered": visitors.answered, "lost": visitors.lost}), flush=True)
"""
"""Visits the site as long as it may, and says how it goes after each line."""


@dataclass(frozen=True)
class Machine:
    """A container that systemd runs in."""

    name: str

    def __call__(self, *command: str) -> str:
        """Return what a command prints. Raises CalledProcessError when it fails."""
        return docker("exec", self.name, *command)

    def ready(self) -> int:
        """Count the workers that have become ready since the machine started."""
        journal = self("journalctl", "--unit", "my_project", "--output", "cat", "--no-pager")
        return journal.count("Application startup complete")

    def wait_for_workers(self, number: int) -> None:
        """Wait until so many have become ready."""
        until(lambda: self.ready() == number)


class Visitors:
    """A load on the site of a machine, from the machine itself."""

    def __init__(self, machine: Machine) -> None:
        """Begin."""
        command = ["docker", "exec", "--interactive", machine.name, "python", "/load/visit.py"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def tell(self) -> dict[str, Any]:
        """Return how many were answered, and what was lost."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        return told

    def go_on(self) -> None:
        """Wait for a hundred answers more."""
        enough = self.tell()["answered"] + 100
        until(lambda: self.tell()["answered"] > enough)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Start a machine with a project, its units enabled and its database migrated."""
    folder = tmp_path_factory.mktemp("systemd")
    project = render(folder, accounts="none")
    with (project / "config" / "urls.py").open("a") as urls:
        urls.write(NUMBERS)
    locked = run(find_uv_bin(), "lock", "--no-config", "--python", sys.executable, cwd=project)
    assert locked.returncode == 0, locked.stderr
    name = f"systemd-{uuid.uuid4().hex[:12]}"
    context = folder / "machine"
    shutil.copytree(UNITS, context)
    shutil.copy(TEMPLATE / "tests" / "serving" / "load.py", context)
    files = {"Dockerfile": MACHINE.format(image=name), "start": START, "visit.py": VISIT}
    for file, text in (files | {"my_project.env": ENVIRONMENT}).items():
        (context / file).write_text(text)
    with image_removed(name), image_removed(f"{name}-machine"):
        docker("build", "--quiet", "--target", "production", "--tag", name, str(project))
        docker("build", "--quiet", "--tag", f"{name}-machine", str(context))
        options = ["--detach", "--privileged", "--hostname", name, "--name", name]
        docker("run", *options, "--tmpfs", "/run", "--tmpfs", "/tmp", f"{name}-machine")  # noqa: S108  # the container's
        try:
            started = Machine(name)
            until(lambda: is_running(started))
            setting = "DJANGO_SETTINGS_MODULE=config.settings.production"
            migrate = f"set -a; . /etc/my_project.env; {setting} python manage.py migrate"
            as_user = ["--user", "my_project", "--workdir", "/srv/my_project"]
            docker("exec", *as_user, name, "sh", "-ec", migrate)
            yield started
        finally:
            docker("rm", "--force", name)
            forget_groups(name)


def is_running(machine: Machine) -> bool:
    """Tell whether systemd has started all that it starts by itself."""
    state = run("docker", "exec", machine.name, "systemctl", "is-system-running", cwd=Path.cwd())
    return state.stdout.strip() in {"running", "degraded"}


def forget_groups(name: str) -> None:
    """Remove the control groups of a machine that is gone: the engine does not know them."""
    forget = f"mkdir /groups && mount -t cgroup2 none /groups && cd /groups && if [ -d {name} ]; "
    forget += f"then find {name} -depth -type d -exec rmdir {{}} +; fi"
    docker("run", "--rm", "--privileged", f"{name}-machine", "sh", "-ec", forget)


def test_units_are_valid(machine: Machine) -> None:
    """No fault is found in them by systemd itself."""
    units = ["my_project.service", "my_project.socket"]
    assert machine("systemd-analyze", "verify", *units) == ""


def test_first_visitor_starts_the_service(machine: Machine) -> None:
    """Only the socket runs: a request waits until the service has started, and is answered."""
    machine("systemctl", "start", "my_project.socket")
    ask = (
        "from urllib.request import urlopen; print(urlopen('http://127.0.0.1:8000/readyz').status)"
    )
    assert machine("python", "-c", ask) == "200"
    assert machine("systemctl", "is-active", "my_project.service") == "active"


def test_reload_and_restart_lose_nothing(machine: Machine) -> None:
    """Under load all the time, with connections that are kept and new ones."""
    machine("systemctl", "start", "my_project.socket", "my_project.service")
    visitors = Visitors(machine)
    try:
        visitors.go_on()
        for command in ("reload", "restart"):
            enough = machine.ready() + 2
            machine("systemctl", command, "my_project")
            machine.wait_for_workers(enough)
            visitors.go_on()
        told = visitors.tell()
    finally:
        visitors.process.communicate()
    assert told["lost"] == []
    assert machine("systemctl", "is-active", "my_project.service") == "active"


def test_stop_is_orderly(machine: Machine) -> None:
    """Nobody is killed, and nothing fails."""
    machine("systemctl", "start", "my_project.service")
    machine("systemctl", "stop", "my_project.service", "my_project.socket")
    result = machine("systemctl", "show", "--property", "Result,ExecMainStatus", "my_project")
    assert set(result.splitlines()) == {"Result=success", "ExecMainStatus=0"}
