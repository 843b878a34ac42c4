"""What is told and not written: each with what does not call for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from asgi_upgrade.serving.model import Advice, Plan
from upgrade.serving.planning import PLAIN, SETTINGS, URLS, assert_is_done, planned

POSTGRESQL = SETTINGS.replace("django.db.backends.sqlite3", "django.db.backends.postgresql")
ATOMIC = SETTINGS.replace('"NAME"', '"ATOMIC_REQUESTS": True, "NAME"')
WHITENOISE = SETTINGS.replace(
    "MIDDLEWARE = [", 'MIDDLEWARE = ["whitenoise.middleware.WhiteNoiseMiddleware", '
)
VIEWS = "async def listen(request):\n    pass\n\n\nasync def fetch(client):\n    pass\n"
CLASS = "class Listen(View):\n    async def get(self, request):\n        pass\n"
PROCFILE = {"Procfile": "web: gunicorn mysite.wsgi --workers 3\n"}
COLLECTS = {"release.sh": "python manage.py collectstatic\n"}

NOTES = [
    # files, a part of what is told, the line to write
    (
        {"mysite/settings.py": SETTINGS.replace('"NAME"', '"CONN_MAX_AGE": 60, "NAME"')},
        "keeps up to 10 connections open",
        '"CONN_MAX_AGE": 0,  # and OPTIONS["pool"] with PostgreSQL',
    ),
    (
        {"mysite/settings.py": POSTGRESQL, "Procfile": "web: gunicorn mysite.wsgi --threads 4\n"},
        "it was 4 before",
        'ASGI_SERVING = {"LANES": 4}  # if the server has no room for more',
    ),
    (
        {"mysite/settings.py": WHITENOISE},
        "WhiteNoiseMiddleware costs each request a thread",
        'take out "whitenoise.middleware.WhiteNoiseMiddleware": the library serves STATIC_ROOT '
        "without Django",
    ),
    (
        {"mysite/settings.py": WHITENOISE.replace("whitenoise", "servestatic").replace("WhiteNoise", "ServeStatic")},
        "ServeStaticMiddleware serves no file any more",
        'take out "servestatic.middleware.ServeStaticMiddleware": the library serves STATIC_ROOT '
        "without Django",
    ),
    (
        {"mysite/settings.py": SETTINGS + 'SESSION_ENGINE = "django.contrib.sessions.backends.cache"\n'},
        "sessions are in the memory of one process",
        'SESSION_ENGINE = "django.contrib.sessions.backends.db"',
    ),
    (
        {"mysite/settings.py": SETTINGS + 'LOGGING = {"version": 1}\n'},
        "LOGGING disables the loggers",
        '"disable_existing_loggers": False,',
    ),
    (
        {"mysite/settings.py": SETTINGS.replace("STATIC_ROOT =", "COLLECTED =").replace("= True", "= env.debug")},
        "STATIC_ROOT is not set",
        'STATIC_ROOT = BASE_DIR / "staticfiles"  # and run manage.py collectstatic before the server '
        "starts",
    ),
    (
        {"mysite/settings.py": SETTINGS.replace("APPS = [", 'APPS = [\n    "channels",\n    "daphne",')},
        "Daphne's runserver is not the one that runs",
        'take out "daphne"',
    ),
    (
        {"mysite/urls.py": URLS.replace('path("",', 'path("livez",')},
        "/livez is the library's own probe",
        "another path than livez",
    ),
    (
        {"mysite/tenants.py": "import threading\n\ncurrent = threading.local()\n"},
        "what is left in it, the next one sees",
        'ASGI_SERVING = {"LANES_REUSE": False}  # or clean it up after each request',
    ),
    (PROCFILE, "nothing here runs collectstatic", "python manage.py collectstatic --no-input  # before the server starts"),
    (
        {"compose.yaml": "services:\n  web:\n    command: python manage.py runserver 0.0.0.0:8000\n"},
        "the development server is started here",
        "gunicorn",
    ),
    (
        {"compose.yaml": "services:\n  web:\n    command: gunicorn mysite.wsgi --graceful-timeout 60\n", **COLLECTS},
        "killed 10 seconds after it is told to stop, and requests may take 60",
        "stop_grace_period: 70s",
    ),
    (
        {"docker-compose.yml": "services:\n  db:\n    image: postgres\n  web:\n    build: .\n",
         "Dockerfile": "FROM python:3.13\nCOPY . .\nCMD gunicorn mysite.wsgi\n", **COLLECTS},
        "killed 10 seconds after it is told to stop, and requests may take 30",
        "stop_grace_period: 40s",
    ),
    (
        {"uwsgi.ini": "[uwsgi]\nmodule = mysite.wsgi:application\n"},
        "another server than Gunicorn",
        "gunicorn  # which reads gunicorn.conf.py",
    ),
    (
        {"run.py": "from gunicorn.app.base import BaseApplication\n\nfrom mysite.asgi import application\n"},
        "a server is started by code here",
        "gunicorn  # which reads gunicorn.conf.py",
    ),
    (
        {"pyproject.toml": '[tool.hatch.build.targets.wheel]\npackages = ["mysite"]\n'},
        "a wheel of this project has these packages alone",
        'packages = ["asgi_serving"]  # as well',
    ),
    (
        {"setup.py": "setup(\n    packages=[\n        'mysite.other',\n        'mysite',\n    ],\n)\n"},
        "a wheel of this project has these packages alone",
        "packages= ['asgi_serving']  # as well",
    ),
    (
        {"pyproject.toml": '[tool.hatch.build]\ninclude = ["README.md"]\n'
         '[tool.setuptools.packages.find]\ninclude = [\n    "other_mysite*",\n    "mysite*",\n]\n'},
        "a wheel of this project has these packages alone",
        'include = ["asgi_serving*"]  # as well',
    ),
    (
        {"start.sh": "granian --interface asgi mysite.asgi:application\n"},
        "another server than Gunicorn",
        "gunicorn  # which reads gunicorn.conf.py",
    ),
    (
        {"pyproject.toml": "[tool.ruff]\nline-length = 88\n[tool.mypy]\nstrict = true\n"},
        "is not for your linters",
        '[tool.ruff] extend-exclude = ["asgi_serving"]\n[tool.mypy] exclude = ["^asgi_serving/"]',
    ),
]  # fmt: skip


def told(advice: list[Advice], what: str) -> list[str]:
    """Return the lines to write where something is told."""
    return [each.write for each in advice if what in each.what]


@pytest.mark.parametrize(("files", "what", "write"), NOTES)
def test_it_is_told_and_the_rest_is_written(
    tmp_path: Path, files: dict[str, str], what: str, write: str
) -> None:
    """It works either way."""
    _, plan = planned(tmp_path, files)
    assert not plan.needed
    assert told(plan.notes, what) == [write]
    assert_is_done(tmp_path, plan)


QUIET = [
    {},
    {"mysite/settings.py": SETTINGS.replace('"NAME"', '"CONN_MAX_AGE": 0, "NAME"')},
    {"mysite/settings.py": POSTGRESQL, "Procfile": "web: gunicorn mysite.wsgi --threads 10\n",
     **COLLECTS},
    {"compose.yaml": "services:\n  web:\n    command: gunicorn mysite.wsgi --graceful-timeout 8\n", **COLLECTS},
    {"compose.yaml": "services:\n  web:\n    command: gunicorn mysite.wsgi\n    stop_grace_period: 1m\n", **COLLECTS},
    {"compose.yaml": "services:\n  db:\n    build: ./db\n",
     "Procfile": "web: gunicorn mysite.wsgi\n", **COLLECTS},
    {"mysite/settings.py": WHITENOISE + "WHITENOISE_ROOT = BASE_DIR / 'root'\n"},
    {
        "mysite/settings.py": SETTINGS + 'SESSION_ENGINE = "django.contrib.sessions.backends.cache"\n'
        'CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}\n'
    },
    {"mysite/settings.py": SETTINGS + 'LOGGING = {"version": 1, "disable_existing_loggers": False}\n'},
    {"mysite/settings.py": SETTINGS + "LOGGING = {**OTHER}\n"},
    {"mysite/settings.py": ATOMIC, "mysite/views.py": "def show(request):\n    pass\n"},
    {"mysite/views.py": VIEWS},
    {"pyproject.toml": '[tool.ruff]\nextend-exclude = ["asgi_serving"]\n'},
    {"Dockerfile": "FROM python:3.13\nCOPY . .\n"},
    {"other/run.py": "import uvicorn\n\nuvicorn.run('other.main:app')\n"},
    {"Makefile": "serve:\n\tpython manage.py runserver\n", "requirements.txt": "django\ngranian>=2\n"},
]  # fmt: skip


@pytest.mark.parametrize("files", QUIET)
def test_nothing_is_told_without_a_reason(tmp_path: Path, files: dict[str, str]) -> None:
    """Of what is in order."""
    _, plan = planned(tmp_path, files)
    assert (plan.needed, plan.decisions, plan.notes) == ([], [], [])


def lines(plan: Plan) -> list[tuple[str, int, str]]:
    """Return where decisions are left, and what to write."""
    return [(str(each.path), each.line, each.write) for each in plan.decisions]


def test_asynchronous_views_fail_with_atomic_requests(tmp_path: Path) -> None:
    """Each is named, with its decorator; one that has it is not."""
    files = {"mysite/settings.py": ATOMIC, "mysite/views.py": VIEWS, "mysite/classes.py": CLASS}
    _, plan = planned(tmp_path, files)
    method = '@method_decorator(transaction.non_atomic_requests, name="dispatch")'
    assert lines(plan) == [
        ("mysite/classes.py", 1, method),
        ("mysite/views.py", 1, "@transaction.non_atomic_requests"),
    ]
    decorated = {
        "mysite/views.py": f"@transaction.non_atomic_requests\n{VIEWS}",
        "mysite/classes.py": f"{method}\n{CLASS}",
    }
    _, plan = planned(tmp_path, {**files, **decorated})
    assert not plan.decisions


def test_wheel_whose_folders_have_the_name_of_the_package(tmp_path: Path) -> None:
    """The library's is beside the package, and the others stay what they are."""
    names = [name for name in PLAIN if name != "requirements.txt"]
    inside = {f"mysite/{name}": PLAIN[name] for name in names}
    folders = '[tool.hatch.build.targets.wheel]\npackages = [\n    "mysite/shop",\n    "mysite/mysite",\n]\n'
    _, plan = planned(tmp_path, {**inside, "pyproject.toml": folders}, *names)
    written = told(plan.notes, "a wheel of this project has these packages alone")
    assert written == ['packages = ["mysite/asgi_serving"]  # as well']


def test_static_root_that_is_in_a_comment_alone_needs_no_files(tmp_path: Path) -> None:
    """No worker waits for what nothing serves."""
    commented = SETTINGS.replace("STATIC_ROOT =", "# STATIC_ROOT =")
    assert commented != SETTINGS
    _, plan = planned(
        tmp_path, {**PROCFILE, "mysite/settings.py": commented.replace("= True", "= env.debug")}
    )
    assert [each.what.split(":")[0] for each in plan.notes] == ["STATIC_ROOT is not set"]


def test_image_without_the_library_does_not_start(tmp_path: Path) -> None:
    """Where it gets the project's package by its name; Gunicorn's settings are told with it."""
    image = "FROM python:3.13\nCOPY manage.py .\nCOPY mysite/ ./mysite/\nRUN ./manage.py collectstatic\n"
    _, plan = planned(tmp_path, {"Dockerfile": image})
    write = "COPY asgi_serving/ ./asgi_serving/\nCOPY gunicorn.conf.py ./"
    assert lines(plan) == [("Dockerfile", 3, write)]
    _, plan = planned(tmp_path, {"Dockerfile": image + "COPY gunicorn.conf.py .\n"})
    assert lines(plan) == [("Dockerfile", 3, "COPY asgi_serving/ ./asgi_serving/")]
    more = f"{image}{write}\n"
    _, plan = planned(tmp_path, {"Dockerfile": more})
    assert not plan.decisions
