"""Projects of somebody's own in containers, before and after: pages, files, logins, and reloads."""

from __future__ import annotations

import json
import re
import shutil
import ssl
import subprocess
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import pytest
from stacks import DEADLINE, Stack, eventually, free_port, have_image, unique_slug, visited

from upgrade.serving.site import Site

pytestmark = [pytest.mark.compose, pytest.mark.night]

PROJECTS: Final = Path(__file__).parents[1] / "projects"

NGINX: Final = "nginx:1"
DOCKERFILE: Final = """
FROM python:3.14-slim
RUN apt-get update && apt-get install --yes --no-install-recommends nginx \\
    && rm /etc/nginx/sites-enabled/default
CMD ["nginx", "-g", "daemon off;"]
"""
"""Stands for nginx's own image on a machine that cannot pull it, and reads its files as that does."""

CERTIFICATE: Final = (
    "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
    "-addext", "keyUsage=digitalSignature,keyCertSign",
    "-keyout", "localhost.key", "-out", "localhost.crt",
)  # fmt: skip


@dataclass(frozen=True)
class Started(Stack):
    """The stack of a project, and where it is reached from outside."""

    url: str
    certificate: Path | None = None

    def start(self) -> None:
        """Build it, and wait until it answers."""
        self.compose("up", "--detach", "--wait", "--build")
        with self.browser() as browser:
            eventually(browser, "/")

    def browser(self) -> httpx.Client:
        """Return a browser that trusts its certificate."""
        trust = ssl.create_default_context(cafile=self.certificate)
        return httpx.Client(base_url=self.url, verify=trust, timeout=DEADLINE, trust_env=False)

    def wait_for(self, text: str, times: int) -> None:
        """Wait until web has written a text so often. Raises AssertionError after the deadline."""
        deadline = time.monotonic() + DEADLINE
        while sum(text in line for line in self.log("web")) < times:
            assert time.monotonic() < deadline, "\n".join(self.log("web"))
            time.sleep(0.1)

    def add_superuser(self) -> dict[str, str]:
        """Make one, and return what it types to log in."""
        typed = {"username": "zoe", "password": uuid.uuid4().hex}
        secret = f"DJANGO_SUPERUSER_PASSWORD={typed['password']}"
        create = "python manage.py createsuperuser --noinput --email zoe@example.com --username zoe"
        self.compose("exec", "-T", "--env", secret, "web", *create.split())
        return typed


def copied(name: str, tmp_path: Path) -> Site:
    """Return a copy of a project."""
    return Site(shutil.copytree(PROJECTS / name, tmp_path / name))


def looks_as_it_should(browser: httpx.Client) -> None:
    """See that a page knows its own address, and that its style and the admin's are there."""
    for path in ("/", "/admin/login/"):
        page = browser.get(path)
        assert page.status_code == 200, page.text
        assert path != "/" or str(browser.base_url) in page.text
        for style in re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.text):
            answer = browser.get(style)
            assert answer.headers["content-type"].startswith("text/css"), style
            assert "{" in answer.text


def log_in(browser: httpx.Client, typed: dict[str, str]) -> None:
    """Log in to the admin as a person does."""
    page = browser.get("/admin/login/?next=/admin/")
    [token] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    headers = {"Referer": str(page.url), "Origin": str(browser.base_url).rstrip("/")}
    fields = {**typed, "csrfmiddlewaretoken": token, "next": "/admin/"}
    answer = browser.post("/admin/login/", data=fields, headers=headers)
    assert (answer.status_code, answer.headers.get("location")) == (302, "/admin/"), answer.text
    is_logged_in(browser)


def is_logged_in(browser: httpx.Client) -> None:
    """See that the admin shows who it is."""
    assert "Site administration" in browser.get("/admin/").text


def is_served_before_and_after(stack: Started, upgrade: Callable[[], None]) -> None:
    """Use the site, upgrade it, and use it again: who was logged in before stays so."""
    stack.start()
    typed = stack.add_superuser()
    with stack.browser() as browser:
        looks_as_it_should(browser)
        log_in(browser, typed)
        upgrade()
        stack.start()
        is_logged_in(browser)
    with stack.browser() as browser:
        looks_as_it_should(browser)
        log_in(browser, typed)
        assert browser.get("/livez").json() == {"status": "alive"}
        ready = browser.get("/readyz")
        assert (ready.status_code, ready.json()["database"]) == (200, "ok"), ready.text


def loses_nothing(stack: Started) -> None:
    """Reload under visitors, and stop: no request is lost, and no process is killed."""
    with visited(stack) as answers:
        stack.compose("kill", "--signal", "HUP", "web")
        stack.wait_for("Worker exiting", times=2)
    assert set(answers) == {200}, answers
    stack.compose("stop", "web")
    assert stack.inspect("web", "{{.State.ExitCode}} {{.State.OOMKilled}}") == "0 false"


def test_project_behind_nginx(tmp_path: Path) -> None:
    """With PostgreSQL; nothing is left to a person, and Gunicorn's access log goes on."""
    have_image(NGINX, DOCKERFILE)
    site = copied("django-nginx", tmp_path)
    certificates = site.folder / "certificates"
    certificates.mkdir()
    subprocess.run(CERTIFICATE, cwd=certificates, check=True, capture_output=True)

    def upgrade() -> None:
        assert "Left to you:" not in site.tool()

    port = free_port()
    stack = Started(
        site.folder,
        {"COMPOSE_PROJECT_NAME": unique_slug(), "HTTPS_PORT": port},
        f"https://localhost:{port}",
        certificates / "localhost.crt",
    )
    with stack.taken_down():
        is_served_before_and_after(stack, upgrade)
        stack.wait_for('"GET /admin/" 200', times=2)
        loses_nothing(stack)


def test_project_with_whitenoise(tmp_path: Path) -> None:
    """In an image that gets its folders by name: what is left to a person is written as it was told."""
    site = copied("django-whitenoise", tmp_path)

    def upgrade() -> None:
        [left] = json.loads(site.tool("--json", expect=1))["decisions"]
        assert (left["path"], left["topic"]) == ("Dockerfile", "image")
        site.change("Dockerfile", "COPY pages pages\n", f"COPY pages pages\n{left['write']}\n")

    port = free_port()
    environment = {"COMPOSE_PROJECT_NAME": unique_slug(), "PORT": port}
    stack = Started(site.folder, environment, f"http://localhost:{port}")
    with stack.taken_down():
        is_served_before_and_after(stack, upgrade)
        loses_nothing(stack)
