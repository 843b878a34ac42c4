"""A team's project of 0.1, with its own serving code, comes to the library, boots and passes."""

from __future__ import annotations

from pathlib import Path

import pytest
from cookiecutter.main import cookiecutter
from quality import environment_for
from rendering import git, run

from upgrade.template.history import FIRST, working_copy
from upgrade.template.mini_template import commit_all, committed, status, update

VIEWS = '''\
"""Pages of the shop."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from serving.drain import drain
from serving.lanes import NoLaneFree


async def customers(request: HttpRequest) -> HttpResponse:
    """Count the customers."""
    if drain.begun:
        raise NoLaneFree
    number = await get_user_model().objects.acount()
    return HttpResponse(f"{settings.SHOP_NAME}: {number} customers, {settings.SHOP_SIZE}")
'''
TESTS = '''\
"""The pages of the shop, as its team tests them."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import AsyncClient, Client, override_settings

from config.websocket import routes
from serving.logs import request_id


async def test_customers_are_counted(async_db: None, async_client: AsyncClient) -> None:
    await get_user_model().objects.acreate_user("ada")
    response = await async_client.get("/customers/")
    assert response.content == b"The shop: 1 customers, 3"


def test_the_home_page_is_ours(db: None, client: Client) -> None:
    assert b"Buy here" in client.get("/").content
    assert request_id.get("") == ""
    assert len(routes) == 1
    assert "shop.sales" in settings.INSTALLED_APPS


@override_settings(SILENCED_SYSTEM_CHECKS=["serving.E010"])
def test_silenced_checks() -> None:
    assert settings.SILENCED_SYSTEM_CHECKS == ["asgi_serving.W029"]
'''
STAGING = '''\
"""Production on a small machine."""

from config.settings.production import *

LANES["size"] = 4
CHECK_AT_START = False
'''
EDITS = {
    "config/settings/base.py": (
        ('    "shop.home",\n', '    "shop.home",\n    "shop.sales",\n'),
        ('LANGUAGE_CODE = "en"\n', 'LANGUAGE_CODE = "en"\nSHOP_NAME = "The shop"\n'),
        ('STATIC_URL = "static/"\n', 'STATIC_URL = "static/"\nSHOP_SIZE = env["SHOP_SIZE"]\n'),
    ),
    "config/urls.py": (
        ("from django.urls.resolvers", "from shop.sales.views import customers\nfrom django.urls.resolvers"),
        ('home.urls")),\n', 'home.urls")),\n    path("customers/", customers),\n'),
    ),
    "config/variables.py": (
        (
            '    Variable("ADMIN_URL"',
            '    Variable("SHOP_SIZE", 3, "How many rooms the shop has."),\n    Variable("ADMIN_URL"',
        ),
    ),
    ".env.example": (
        (
            "# Path of the admin,",
            "# How many rooms the shop has.\n# SHOP_SIZE=3\n\n# Path of the admin,",
        ),
    ),
    "docs/environment.md": (
        (
            "| `ADMIN_URL`",
            "| `SHOP_SIZE` | int | `3` |  | How many rooms the shop has. |\n| `ADMIN_URL`",
        ),
    ),
    "config/websocket.py": (
        ("= {}", '= {"/ws/till/": till}'),
        ("from serving.types", "from shop.sales.sockets import till\nfrom serving.types"),
    ),
    "shop/templates/base.html": (("</body>", "<footer>Buy here</footer>\n</body>"),),
    "serving/lanes.py": (('"""Lanes:', '"""Changed by the team. Lanes:'),),
    "compose.production.yaml": (("services:\n", "services: # of the shop\n"),),
}  # fmt: skip
NEW = {
    "shop/sales/__init__.py": "",
    "shop/sales/views.py": VIEWS,
    "shop/sales/sockets.py": "async def till(scope, receive, send):\n    await receive()\n",
    "tests/test_sales.py": TESTS,
    "config/settings/staging.py": STAGING,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the team's project after the update, as the command has left it."""
    folder = tmp_path_factory.mktemp("move")
    template = folder / "template"
    newest = working_copy(template)
    git(template, "checkout", "--quiet", FIRST)
    answers = {"project_name": "The shop", "project_slug": "shop"}
    made = cookiecutter(str(template), no_input=True, extra_context=answers, output_dir=str(folder))
    git(template, "checkout", "--quiet", newest)
    project = committed(Path(made))
    for name, edits in EDITS.items():
        text = (project / name).read_text("utf-8")
        for before, after in edits:
            assert text.count(before) == 1, (name, before)
            text = text.replace(before, after)
        (project / name).write_text(text, "utf-8")
    for name, text in NEW.items():
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(text, "utf-8")
    commit_all(project, "A shop")
    done = update(project, "--to", newest)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "asgi_serving/handler/lanes.py" in done.stdout  # merged with the team's
    return project


def test_the_teams_work_is_there(project: Path) -> None:
    """With the names that things have now."""
    assert not (project / "serving").exists()
    lanes = (project / "asgi_serving" / "handler" / "lanes.py").read_text("utf-8")
    assert lanes.startswith('"""Changed by the team. ')
    views = (project / "shop" / "sales" / "views.py").read_text("utf-8")
    assert "from asgi_serving.handler.lanes import NoLaneFree" in views
    staging = (project / "config" / "settings" / "staging.py").read_text("utf-8")
    assert 'ASGI_SERVING["LANES"] = 4\nASGI_SERVING["CHECK_AT_START"] = False\n' in staging
    websocket = (project / "config" / "websocket.py").read_text("utf-8")
    assert 'routes: Routes = [websocket("ws/till/", till)]' in websocket
    assert "services: # of the shop" in (project / "compose.production.yaml").read_text("utf-8")


@pytest.mark.night
def test_it_boots_and_its_tests_pass(project: Path) -> None:
    """Its own ones, and those of the template, among them a boot of Gunicorn."""
    python = environment_for(project)
    checked = run(python, "manage.py", "check", cwd=project)
    assert checked.returncode == 0, checked.stderr
    assert "I004" in checked.stdout + checked.stderr  # the library was changed
    tested = run(
        python, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", "-W", "ignore",
        cwd=project, PYTHONDONTWRITEBYTECODE="1",
    )  # fmt: skip
    assert tested.returncode == 0, tested.stdout + tested.stderr
    staging = run(
        python, "-c", "from django.conf import settings; print(settings.ASGI_SERVING['LANES'])",
        cwd=project, DJANGO_SETTINGS_MODULE="config.settings.staging", SECRET_KEY="x" * 50,
        DATABASE_URL="sqlite:///db.sqlite3", CACHE_URL="locmemcache://", ALLOWED_HOSTS="a.b",
        EMAIL_URL="consolemail://",
    )  # fmt: skip
    assert staging.stdout == "4\n", staging.stderr


def test_git_takes_it_over(project: Path) -> None:
    """And the second update has nothing to do."""
    git(project, "commit", "--quiet", "--no-edit")
    assert status(project) == ""
    record = (project / "pyproject.toml").read_text("utf-8")
    assert 'version = "0.2.0"' in record
    again = update(project)
    assert "Nothing to do" in again.stdout
