"""The guides of a project can be typed as they stand, and do what they promise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from guides import FENCE, Block, blocks, follow_startapp, type_in, write
from quality import environment_for, problems
from rendering import render, run

PACKAGES = ("django-ox",)
"""What the first week adds to a project by `uv add`."""


OPTIONS = [("allauth", "none"), pytest.param(("none", "celery"), marks=pytest.mark.night)]
"""Accounts and tasks: the guide says most that differs for these."""


@pytest.fixture(scope="module", params=OPTIONS, ids="-".join)
def after_a_week(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project in which the first week was typed."""
    accounts, tasks = request.param
    project = render(tmp_path_factory.mktemp("week"), accounts=accounts, tasks=tasks)
    python = environment_for(project, *PACKAGES)
    for language, text in blocks(project / "docs" / "first-week.md"):
        if language != "sh":
            write(project, text)
            continue
        said = type_in(project, python, text)
        if "startapp" in text:
            follow_startapp(project, said)
        if "import shout" in text:
            shown = "print(*Entry.objects.values_list('title'))"
            title = type_in(project, python, f'python manage.py shell -v 0 --command "{shown}"')
            assert title.strip() == "('THE FIRST',)"
    return project


def test_first_week_can_be_typed(after_a_week: Path) -> None:
    """And leaves what it promises."""
    python = environment_for(after_a_week, *PACKAGES)
    page = (
        "from django.test import Client;"
        "print(Client().get('/accounts/login/', headers={'host': 'localhost'}).content.decode())"
    )
    shown = type_in(after_a_week, python, f'python manage.py shell -v 0 --command "{page}"')
    with_accounts = (after_a_week / "config" / "settings" / "accounts.py").exists()
    assert ('name="login"' if with_accounts else "<h1>Log in</h1>") in shown
    page = "from django.template.loader import render_to_string as show;print(show('{}.html'))"
    if with_accounts:
        page = page.format("account/account_inactive")
        shown = type_in(after_a_week, python, f'python manage.py shell -v 0 --command "{page}"')
        assert "<h1>Your account rests</h1>" in shown
    services = (after_a_week / "compose.production.yaml").read_text("utf-8")
    assert services.index("\n  worker:") < services.index("\n  postgres:")


@pytest.mark.parametrize(
    "command",
    [
        "ruff check .",
        "ruff format --check .",
        "djlint --lint --quiet .",
        "mypy",
        "python manage.py check --fail-level WARNING",
        "pytest --quiet -p no:cacheprovider",
    ],
    ids=lambda command: command.split()[0],
)
def test_first_week_keeps_the_project_green(after_a_week: Path, command: str) -> None:
    """Lint, types and tests pass."""
    type_in(after_a_week, environment_for(after_a_week, *PACKAGES), command)


ASK = """
import django
from django.test import RequestFactory, Client

django.setup()
from config.swagger import swagger_policy
from django.http import HttpResponse

headers = Client().get("/").headers
print(headers.get("Content-Security-Policy"), headers["Content-Security-Policy-Report-Only"])
print(headers["Permissions-Policy"])
print(swagger_policy(lambda request: HttpResponse())(RequestFactory().get("/"))._csp_config)
"""
EXPECTED = {
    "A script, style, image or font of another site": "script-src 'self' https://cdn.example.com",
    "A form that leads to another site": "form-action 'self' https://accounts.example.com",
    "Styles in a page": "style-src-attr 'unsafe-inline'",
    "Swagger and other pages with a policy of their own": "https://cdn.jsdelivr.net",
    "Your pages in a frame of another site": "frame-ancestors 'self' https://partner.example.com",
    "Camera, microphone, place, payment": "camera=(self)",
    "Start with reports alone": "None default-src 'self'; script-src",
}
"""What each recipe changes in what a browser is told."""


def recipes(guide: Path) -> dict[str, list[Block]]:
    """Return the headings of a guide, and what is to be typed below each."""
    parts = re.split(r"^## (.*)$", guide.read_text("utf-8"), flags=re.MULTILINE)[1:]
    found = {
        heading: [Block(*found) for found in FENCE.findall(text)]
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
    }
    return {heading: made for heading, made in found.items() if made and made[0].language != "html"}


@pytest.fixture(scope="module")
def lenient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with all recipes, the last of which makes reports of them."""
    project = render(tmp_path_factory.mktemp("policy"))
    for heading in EXPECTED:
        for _, text in recipes(project / "docs" / "policy.md")[heading]:
            write(project, text)
    return project


def test_every_recipe_of_the_policy_is_tried(project: Path) -> None:
    """A new one is added here as well."""
    assert list(recipes(project / "docs" / "policy.md")) == list(EXPECTED)


def test_recipes_of_the_policy_reach_the_browser(lenient: Path) -> None:
    """Each of them."""
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings.test"}
    done = run(environment_for(lenient), "-c", ASK, cwd=lenient, **settings)
    assert done.returncode == 0, done.stderr
    assert [heading for heading, told in EXPECTED.items() if told not in done.stdout] == []


def test_recipes_of_the_policy_are_clean(lenient: Path) -> None:
    """Ruff and the checks find nothing wrong with them."""
    checks = ("django", "check", "--fail-level=WARNING", "--settings=config.settings.test")
    assert problems(lenient, "ruff", "check", "config") == ""
    assert problems(lenient, *checks) == ""
