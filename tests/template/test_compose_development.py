"""The development containers of a project: built, started, used and taken down again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Final

import httpx
import pytest
from rendering import render
from stacks import DEADLINE, Stack, development_stack, eventually, stored, unique_slug

pytestmark = pytest.mark.compose

DEVELOPER: Final = 1234
"""Who owns the folder of a project when root runs these tests."""


@pytest.fixture(scope="module")
def development(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Start the development stack of a project without a lock and with nothing set up."""
    slug = unique_slug()
    folder = render(tmp_path_factory.mktemp("development"), project_slug=slug)
    assert not (folder / "uv.lock").exists()
    if os.getuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, DEVELOPER, DEVELOPER)
    stack = development_stack(folder)
    with stack.taken_down():
        stack.compose("up", "--detach", "--wait", "--build")
        yield stack


@pytest.fixture
def site(development: Stack) -> Iterator[httpx.Client]:
    """Return a browser of the development site."""
    port = development.environment["WEB_PORT"]
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}", timeout=DEADLINE, trust_env=False
    ) as client:
        yield client


def test_development_serves_the_page_on_migrated_services(
    development: Stack, site: httpx.Client
) -> None:
    """The one-shot service migrates before the page is there."""
    assert "<h1" in site.get("/").text
    assert site.get("/readyz").json() == {
        "status": "ready",
        "database": "ok",
        "cache": "ok",
        "migrations": "ok",
        "lanes": "ok",
    }
    assert development.inspect("migrate", "{{.State.ExitCode}}") == "0"


def test_development_is_only_for_this_machine(development: Stack) -> None:
    """It has no password worth the name."""
    bindings = json.loads(development.inspect("web", "{{json .NetworkSettings.Ports}}"))
    assert [binding["HostIp"] for binding in bindings["8000/tcp"]] == ["127.0.0.1"]


def test_development_loads_a_saved_file(development: Stack, site: httpx.Client) -> None:
    """Saving on the host is enough."""
    assert site.get("/saved/").status_code == 404
    urls = development.folder / "config" / "urls.py"
    before = urls.read_text("utf-8")
    view = 'lambda request: __import__("django.http").http.HttpResponse("saved")'
    urls.write_text(before + f'\nurlpatterns.append(path("saved/", {view}))\n', "utf-8")
    assert eventually(site, "/saved/").text == "saved"
    urls.write_text(before, "utf-8")
    eventually(site, "/saved/", status=404)


def test_development_shows_messages(development: Stack) -> None:
    """On this machine alone, and nowhere else do they go."""
    code = "from django.core.mail import send_mail; send_mail('Hi', '', None, ['zoe@example.com'])"
    command = ["python", "manage.py", "shell", "--no-imports", "--command", code]
    development.execute("web", *command)
    port = development.environment["MAIL_PORT"]
    shown = httpx.get(f"http://127.0.0.1:{port}/api/v1/messages", trust_env=False).json()
    [message] = shown["messages"]
    assert (message["Subject"], message["To"][0]["Address"]) == ("Hi", "zoe@example.com")
    bindings = json.loads(development.inspect("mailpit", "{{json .NetworkSettings.Ports}}"))
    assert [each["HostIp"] for ports in bindings.values() for each in ports or ()] == ["127.0.0.1"]


def test_development_keeps_rows_in_postgresql(development: Stack) -> None:
    """The database is not the SQLite file that is the default without containers."""
    password = "DJANGO_SUPERUSER_PASSWORD=development"  # noqa: S105  # of a database for a test
    create = "python manage.py createsuperuser --noinput --email developer@example.com"
    development.compose("exec", "-T", "--env", password, "web", *create.split())
    database = development.folder.name
    command = ["psql", "--username", "postgres", "--tuples-only", database, "--command"]
    rows = development.execute("postgres", *command, "SELECT email FROM users_user")
    assert rows.split() == ["developer@example.com"]


def test_development_passes_the_tests_of_the_project(development: Stack) -> None:
    """They run as they do without containers."""
    output = development.compose("run", "--rm", "-T", "web", "pytest", "-q")
    assert " passed" in output


def test_development_shows_uploads(development: Stack, site: httpx.Client) -> None:
    """What is stored is at its address, without a line of one's own."""
    url = stored(development, "note.txt", "of a visitor")
    assert site.get(url).text == "of a visitor"


def test_development_knows_its_hosts_alone(development: Stack, site: httpx.Client) -> None:
    """A name that an attacker points to this machine is none of them."""
    assert site.get("/", headers={"Host": "rebound.example"}).status_code == 400
    assert site.get("/", headers={"Host": "127.0.0.1:1"}).status_code == 200
    inside = "import urllib.request as r; print(r.urlopen('http://web:8000/').status)"
    assert development.compose("run", "--rm", "-T", "web", "python", "-c", inside).endswith("200\n")


def test_development_installs_what_was_added(development: Stack) -> None:
    """`docker compose up` is enough after a change of the dependencies."""
    pyproject = development.folder / "pyproject.toml"
    before = pyproject.read_text("utf-8")
    find = ["python", "-c", "import importlib.util as u; print(u.find_spec('tomlkit') is not None)"]
    assert development.execute("web", *find) == "False\n"
    pyproject.write_text(before.replace("dependencies = [", 'dependencies = [\n  "tomlkit",', 1))
    try:
        development.compose("up", "--detach", "--wait")
        assert development.execute("web", *find) == "True\n"
    finally:
        pyproject.write_text(before, "utf-8")


def test_development_leaves_files_to_the_owner_of_the_folder(development: Stack) -> None:
    """A container writes as the person who made the project, whoever starts what in it."""
    owner = development.folder.stat().st_uid
    command = "python manage.py makemigrations users --empty --name from_a_container"
    development.compose("run", "--rm", "-T", "web", *command.split())
    development.execute("web", "python", "manage.py", "startapp", "blog")
    development.execute("web", "ruff", "format", "config")
    files = list(development.folder.rglob("*"))
    assert any(path.name.endswith("from_a_container.py") for path in files)
    assert any(path.name == "blog" for path in files)
    assert any(path.name == ".ruff_cache" for path in files)
    assert {path: path.stat().st_uid for path in files if path.stat().st_uid != owner} == {}
