"""What each settings module insists on, and the list of variables that all of them read."""

import re
from collections.abc import Callable, Iterator

import pytest

from asgi_serving.environment.documents import dotenv, table
from asgi_serving.environment.variable import Groups
from config.variables import BASE_DIR, GROUPS
from tests.conftest import Run

LISTED = {variable.name for group in GROUPS.values() for variable in group}
{% if cookiecutter.tasks == 'celery' -%}
REQUIRED = ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "CACHE_URL", "EMAIL_URL", "QUEUE_URL")
{%- else -%}
REQUIRED = ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "CACHE_URL", "EMAIL_URL")
{%- endif %}


def test_production_names_all_that_is_missing(production: dict[str, str], python: Run) -> None:
    done = python("manage.py", "check", env=production | dict.fromkeys(REQUIRED, ""))
    missing = "; ".join(f"{name} is not set" for name in REQUIRED)
    assert done.stderr == f"manage.py: {missing}. See docs/environment.md.\n"


def test_development_needs_nothing(production: dict[str, str], python: Run) -> None:
    nothing = dict.fromkeys(LISTED, "")
    env = production | nothing | {"DJANGO_SETTINGS_MODULE": "config.settings.development"}
    assert python("manage.py", "check", env=env).returncode == 0


def test_deployment_checks_find_no_error(production: dict[str, str], python: Run) -> None:
    done = python("manage.py", "check", "--deploy", env=production)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("path", "lines"), [(".env.example", dotenv), ("docs/environment.md", table)]
)
def test_file_is_what_the_list_makes(path: str, lines: Callable[[Groups], Iterator[str]]) -> None:
    written = (BASE_DIR / path).read_text(encoding="utf-8")
    assert written == "\n".join(lines(GROUPS)) + "\n", "run: python -m config.variables"


@pytest.mark.parametrize("path", ["compose.yaml", "compose.production.yaml", "Dockerfile"])
def test_containers_set_only_listed_variables(path: str) -> None:
    text = (BASE_DIR / path).read_text(encoding="utf-8")
    ours = r"\b((?:SECRET|DATABASE|CACHE|EMAIL|LOG|GUNICORN|SECURE|CSRF|ALLOWED|FORWARDED)_[A-Z_]+)"
    named = {name.removesuffix("_FILE") for name in re.findall(ours, text)}
    assert named
    assert named <= LISTED
