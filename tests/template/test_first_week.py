"""A project stays green while its team does what teams do in their first week."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from quality import environment_for, problems
from rendering import TEMPLATE, render, run

SHOP = TEMPLATE / "tests" / "template" / "first_week" / "shop"
"""An application as many would write it: no types, no docstrings, templates of all styles."""

SETTINGS = {
    'X_FRAME_OPTIONS = "DENY"': 'X_FRAME_OPTIONS = "SAMEORIGIN"',
    'LANGUAGE_CODE = "en"': 'LANGUAGE_CODE = "de"',
    'LANGUAGES = [("en", "English")]': 'LANGUAGES = [("de", "Deutsch"), ("en", "English")]',
    '    "img-src":': '    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],\n    "img-src":',
}
CLOCK = """

async def clock(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": timezone.now().isoformat()})
    await send({"type": "websocket.close"})

"""
WEBSOCKET = {
    "\nfrom asgi_serving.routing import Routes\n": (
        "\nfrom django.utils import timezone\n"
        "\nfrom asgi_serving.routing import Routes, websocket\n"
        "from asgi_serving.types import Receive, Scope, Send\n" + CLOCK
    ),
    "Routes = []": 'Routes = [websocket("ws/clock/", clock)]',
}
CHECKS = {
    "style": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "templates": ("djlint", "--lint", "--quiet", "my_project"),
    "types": ("mypy",),
    "system": ("django", "check", "--fail-level=WARNING", "--settings=config.settings.test"),
    "tests": ("pytest", "--quiet", "-p", "no:cacheprovider"),
}


def change(file: Path, changes: dict[str, str]) -> None:
    """Replace texts of a file that are there exactly once."""
    text = file.read_text("utf-8")
    for old, new in changes.items():
        assert text.count(old) == 1, f"{old!r} in {file}"
        text = text.replace(old, new)
    file.write_text(text, "utf-8")


def install(project: Path, module: str, urls: str) -> None:
    """Add two lines to a project: one for its applications, one for its pages."""
    home = '    "my_project.home",\n'
    change(project / "config/settings/base.py", {home: f"{home}    {module}\n"})
    pages = "    path(settings.ADMIN_URL"
    change(project / "config/urls.py", {pages: f"    {urls}\n{pages}"})


def manage(project: Path, *arguments: str) -> str:
    """Return what a management command printed, which must succeed."""
    done = run(environment_for(project), "manage.py", *arguments, cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def week_old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project after the first week; what `startapp` printed was typed as it stands."""
    project = render(tmp_path_factory.mktemp("week"))
    said = manage(project, "startapp", "blog")
    module, urls = re.findall(r'^ {4}(".*",|path\(.*)$', said, re.MULTILINE)
    install(project, module, urls)
    shutil.copytree(SHOP, project / "my_project" / "shop")
    install(project, '"my_project.shop",', 'path("shop/", include("my_project.shop.urls")),')
    change(project / "config/settings/base.py", SETTINGS)
    change(project / "config/websocket.py", WEBSOCKET)
    manage(project, "makemigrations", "blog", "shop")
    return project


@pytest.mark.parametrize("check", CHECKS)
def test_ordinary_work_keeps_the_project_green(week_old: Path, check: str) -> None:
    """Two applications, a task, a WebSocket, another language and a laxer policy."""
    assert problems(week_old, *CHECKS[check]) == ""


def test_tests_of_applications_are_run(week_old: Path) -> None:
    """Of both: the one beside the code, as Django's `startapp` has it, would be passed over."""
    result = run(environment_for(week_old), "-m", "pytest", "--collect-only", "-q", cwd=week_old)
    assert "my_project/blog/tests.py::test_index_lists_entries" in result.stdout
    assert "my_project/shop/tests.py::ProductTests::test_add" in result.stdout


def test_mistakes_are_found(week_old: Path, tmp_path: Path) -> None:
    """One of each kind."""
    project = shutil.copytree(week_old, tmp_path / "project")
    views = project / "my_project" / "blog" / "views.py"
    with views.open("a", encoding="utf-8") as file:
        file.write(
            "\n\nasync def slow(request):\n    time.sleep(1)\n"
            "    return HttpResponse(Entry.objects.get().headline)\n"
        )
    page = project / "my_project" / "blog" / "templates" / "blog" / "index.html"
    page.write_text('{% extends "base.html" %}\n{% block content %}\n<p\n')
    assert "F821" in problems(project, *CHECKS["style"])
    assert '"Entry" has no attribute "headline"' in problems(project, *CHECKS["types"])
    assert "index.html" in problems(project, *CHECKS["templates"])


@pytest.mark.parametrize(
    ("arguments", "module"),
    [
        (("notes",), "my_project.notes"),
        (("notes", "my_project/area/notes"), "my_project.area.notes"),
        (("notes", "notes"), "notes"),
    ],
)
def test_startapp_names_the_application_by_its_folder(
    tmp_path: Path, arguments: tuple[str, ...], module: str
) -> None:
    """Also from elsewhere."""
    project = render(tmp_path)
    manage(project, "startapp", *arguments)
    apps = project.joinpath(*module.split("."), "apps.py").read_text("utf-8")
    assert f'name = "{module}"' in apps
    assert not (project / "notes").exists() or module == "notes"


def test_startapp_takes_templates_of_others(tmp_path: Path) -> None:
    """Django's own options mean what they mean to Django."""
    project = render(tmp_path / "made")
    template = tmp_path / "template"
    template.mkdir()
    (template / "apps.py-tpl").write_text("{{ app_name }} {{ camel_case_app_name }}")
    (template / "notes.txt").write_text("{{ app_name }}")
    said = manage(project, "startapp", "notes", "--template", str(template), "--name", "notes.txt")
    assert said == ""
    made = project / "my_project" / "notes"
    assert {file.name: file.read_text("utf-8") for file in made.iterdir()} == {
        "apps.py": "notes Notes",
        "notes.txt": "notes",
    }


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("users", "There is an application 'users' already"),
        ("admin", "There is an application 'admin' already"),
        ("static", "my_project/static already: choose another name"),
        ("email", "conflicts with the name of an existing Python module"),
        ("my-notes", "not a valid app name"),
    ],
)
def test_startapp_refuses_names_that_cannot_be(project: Path, name: str, said: str) -> None:
    """In one line, and nothing is written."""
    before = sorted(project.rglob("*.py"))
    python = environment_for(project)
    quiet = {"PYTHONDONTWRITEBYTECODE": "1"}
    done = run(python, "manage.py", "startapp", name, cwd=project, **quiet)
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(project.rglob("*.py")) == before
