"""What is made ready before the first request, whatever a project has and has not."""

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from asgi_serving.application.lifespan import Lifespan
from asgi_serving.application.warming import compile_templates, warm_up
from config.variables import BASE_DIR
from tests.serving import failing_databases

DJANGO = "django.template.backends.django.DjangoTemplates"
JINJA = "django.template.backends.jinja2.Jinja2"
FILES = {
    "broken.html": b"{% load nothing_of_that_name %}",
    "latin.html": "für".encode("latin-1"),
    "good.html": b"{% load static %}",
}


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A folder of templates, some of which cannot be compiled."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.html").mkdir()
    return tmp_path


def test_template_that_cannot_be_compiled_is_told_of_in_one_line(
    settings: Settings, templates: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TEMPLATES = [{"BACKEND": DJANGO, "DIRS": [templates]}]
    compile_templates()
    messages = [record.getMessage() for record in caplog.records]
    assert [message.split()[2] for message in messages] == ["broken.html", "latin.html"]
    assert "nothing_of_that_name" in messages[0]
    assert "\n" not in "".join(messages)


@pytest.mark.parametrize(
    "engines",
    [[], [{"BACKEND": DJANGO}], [{"BACKEND": DJANGO, "DIRS": ["/no/such/folder"]}]],
    ids=["none", "no folders", "no such folder"],
)
def test_project_need_not_have_templates(
    settings: Settings, engines: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    settings.TEMPLATES = engines
    warm_up()
    assert caplog.records == []


IMPORTED_BY_A_PAGE = """
import sys
from asgi_serving.asgi import get_asgi_application
from asgi_serving.application.warming import warm_up
get_asgi_application()
warm_up()
before = set(sys.modules)
from asgi_serving.handler.handler import Handler
import asyncio
from tests.serving.exchange import ask
from asgi_serving.handler.lanes import Lanes
answer = asyncio.run(ask(Handler(Lanes(1, 0, 60)), "/", scheme="https"))
assert answer.status == 200, answer
print(sorted(name for name in set(sys.modules) - before if name.startswith("django.")))
"""


def test_first_page_imports_nothing_of_djangos(production: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED_BY_A_PAGE],
        cwd=BASE_DIR, env=production, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "[]\n", done.stderr


async def told_at_the_start(lifespan: Lifespan) -> dict[str, Any]:
    """Return what the server is told when it starts, and end the application."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": f"lifespan.{'shutdown' if sent else 'startup'}"}

    async def send(message: Any) -> None:
        sent.append(message)

    await lifespan({"type": "lifespan"}, receive, send)
    return sent[0]


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize(
    ("problem", "reason"),
    [(failing_databases.full, "too many clients"), (failing_databases.hanging, "no answer in 1 s")],
)
async def test_database_that_cannot_be_had_ends_the_first_start_alone(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    problem: Any,
    reason: str,
    required: bool,
) -> None:
    import psycopg  # noqa: PLC0415  # this test needs it

    with problem() as url:
        monkeypatch.setattr(
            "asgi_serving.application.lifespan.open_databases", lambda: psycopg.connect(url)
        )
        monkeypatch.setattr("asgi_serving.application.lifespan.OPEN_WITHIN", 1)
        lifespan = Lifespan()
        lifespan.require_database = required
        with caplog.at_level(logging.ERROR):
            told = await told_at_the_start(lifespan)
    if required:
        assert told["type"] == "lifespan.startup.failed"
        assert reason in told["message"]
    else:
        assert told["type"] == "lifespan.startup.complete"
        assert reason in caplog.text
