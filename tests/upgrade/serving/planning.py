"""A small project, written for a test, and what is planned for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from asgi_upgrade.serving.model import Plan
from asgi_upgrade.serving.plan import make_plan
from asgi_upgrade.serving.project import find_project
from asgi_upgrade.serving.sources import LIBRARY, Sources
from asgi_upgrade.serving.writing import write

MANAGE: Final = """\
import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
"""
SETTINGS: Final = """\
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "a secret of no value, for a test alone"
DEBUG = True
ALLOWED_HOSTS = ["localhost"]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "mysite.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "collected"
"""
ASGI: Final = """\
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")

application = get_asgi_application()
"""
WSGI: Final = ASGI.replace("asgi", "wsgi")
URLS: Final = """\
from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("", lambda request: HttpResponse("hello"))]
"""
PLAIN: Final = {
    "manage.py": MANAGE,
    "mysite/__init__.py": "",
    "mysite/settings.py": SETTINGS,
    "mysite/asgi.py": ASGI,
    "mysite/wsgi.py": WSGI,
    "mysite/urls.py": URLS,
    "requirements.txt": "django>=5.2\n",
}
"""A project that is served after one command."""


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write files; text with its line endings as they are."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())


def plan_for(folder: Path) -> Plan:
    """Return the plan for what is in a folder."""
    return make_plan(find_project(Sources(folder)))


def planned(folder: Path, files: Mapping[str, str], *without: str) -> tuple[dict[str, str], Plan]:
    """Return the files of a plain project, with others, as they would be, and the plan.

    without: files of the plain project that are not there.
    """
    own = {name: text for name, text in {**PLAIN, **files}.items() if name not in without}
    write_files(folder, own)
    plan = plan_for(folder)
    after = dict(own)
    after |= {str(change.document.path): change.text for change in plan.changes}
    created = {p: c for p, c in plan.created.items() if LIBRARY not in p.parts}
    after |= {str(path): content.decode() for path, content in created.items()}
    return after, plan


def assert_is_done(folder: Path, plan: Plan) -> None:
    """Write a plan, and see that nothing is left to do."""
    write(folder, plan, allow_dirty=True)
    again = plan_for(folder)
    assert not again.created
    assert not again.changes
    assert not again.needed
