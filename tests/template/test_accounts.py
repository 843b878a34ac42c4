"""Accounts: no trace of them without, and what holds of a project that has them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from quality import environment_for
from rendering import render, run

WORDS = (
    "allauth", "mfa", "totp", "passkey", "webauthn", "fido", "qrcode", r"recovery.code", "sign.?up",
    r"accounts\.(css|md|py)", "account_(login|adapter)", "visitor.is_", "ADMIN_NEEDS", "emailaddress",
)  # fmt: skip
SETTINGS = {"DJANGO_SETTINGS_MODULE": "config.settings.test", "PYTHONDONTWRITEBYTECODE": "1"}
LANES = """
import asyncio, django, httpx

django.setup()
from django.conf import settings
from django.http import HttpResponse
from django.urls import path

async def plain(request):
    return HttpResponse("plain")

from config import urls
urls.urlpatterns.append(path("plain/", plain))
from asgi_serving.handler.handler import Handler
from asgi_serving.handler.lanes import Lanes

async def ask():
    lanes = Lanes(2, 10, 30)
    transport = httpx.ASGITransport(Handler(lanes))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        for page in ("/plain/", "/", "/accounts/login/"):
            answer = await client.get(page)
            print(page, answer.status_code, lanes.started)

asyncio.run(ask())
"""
ENTER = """
from django.test import Client
client = Client()
answer = client.post("/accounts/login/?next=/admin/", {"login": "ADA@example.com", "password": "secret"})
print(answer.status_code, answer.headers.get("Location"), client.get("/admin/").status_code)
"""


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project without accounts."""
    return render(tmp_path_factory.mktemp("without"), accounts="none", project_slug="shop")


def test_without_accounts_there_is_no_trace_of_them(without: Path) -> None:
    """Neither a file nor a word, and no folder that holds nothing."""
    files = {path for path in without.rglob("*") if path.is_file()}
    library = without / "asgi_serving"
    for path in files - set(library.rglob("*")):
        name, text = path.relative_to(without).as_posix(), path.read_text("utf-8")
        for word in WORDS:
            assert not re.search(word, name + text, re.IGNORECASE), (name, word)
    assert [p for p in without.rglob("*") if p.is_dir() and not any(p.iterdir())] == []


def test_every_word_stands_for_something(project: Path) -> None:
    """A project with accounts has each of them."""
    texts = [
        f"{path} {path.read_text('utf-8')}"
        for path in project.rglob("*")
        if path.is_file() and "asgi_serving" not in path.parts
    ]
    everything = "\n".join(texts)
    assert [w for w in WORDS if not re.search(w, everything, re.IGNORECASE)] == ["fido", "qrcode"]


def test_middleware_of_accounts_takes_no_lane(project: Path) -> None:
    """Of asynchronous pages; a synchronous one takes one."""
    quiet = SETTINGS | {"LOG_LEVEL": "WARNING"}
    asked = run(environment_for(project), "-c", LANES, cwd=project, **quiet)
    assert asked.stdout.splitlines() == [
        "/plain/ 200 0", "/ 200 0", "/accounts/login/ 200 1",
    ], asked.stderr  # fmt: skip


def test_superuser_of_the_command_line_enters_the_admin(project: Path, tmp_path: Path) -> None:
    """By the environment alone, with nobody to verify the address."""
    python = environment_for(project)
    environment = SETTINGS | {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "DJANGO_SUPERUSER_EMAIL": "Ada@Example.com",
        "DJANGO_SUPERUSER_PASSWORD": "secret",
    }
    for command in ("migrate", "createsuperuser"):
        done = run(python, "manage.py", command, "--no-input", "-v0", cwd=project, **environment)
        assert done.returncode == 0, done.stderr
    entered = run(python, "manage.py", "shell", "-v0", "-c", ENTER, cwd=project, **environment)
    assert entered.stdout == "302 /admin/ 200\n", entered.stderr
    again = run(python, "manage.py", "createsuperuser", "--no-input", cwd=project, **environment)
    assert again.stderr == "CommandError: Error: That email address is already taken.\n"
