"""What a person did wrong is one line that says how to mend it, and nothing is left behind."""

import socket
from pathlib import Path

import pytest

from config.variables import GROUPS
from tests.serving.server import manage, start

UNREACHABLE = "postgres://nobody@127.0.0.1:1/nothing"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"GUNICORN_TIMEOUT": "long"}, "GUNICORN_TIMEOUT must be a whole number, not 'long'"),
        ({"SECRET_KEY_FILE": "/absent"}, "SECRET_KEY_FILE cannot be read"),
        ({"DATABASE_URL": "mysql://host/name"}, "DATABASE_URL must be postgres:// or"),
    ],
)
def test_gunicorn_refuses_a_wrong_environment(
    production: dict[str, str], changes: dict[str, str], line: str
) -> None:
    refused = start({**production, **changes})
    assert refused.returncode == 1
    assert refused.stdout.startswith(f"gunicorn.conf.py: {line}")
    assert refused.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"SECRET_KEY": "", "CACHE_URL": ""}, "SECRET_KEY is not set; CACHE_URL is not set"),
        ({"DJANGO_SETTINGS_MODULE": "no.such"}, "DJANGO_SETTINGS_MODULE names no module: no.such"),
        (
            {"DJANGO_SETTINGS_MODULE": "tests.serving.site.settings_unusable"},
            "ASGI_SERVING['LANES'] must be a whole number, 0 or more, not 'many'",
        ),
        (
            {"DJANGO_SETTINGS_MODULE": "tests.serving.site.settings_without_routes"},
            "ASGI_SERVING['WEBSOCKET_ROUTES']: No module named 'config.nowhere'",
        ),
    ],
)
def test_worker_refuses_wrong_settings(
    production: dict[str, str], changes: dict[str, str], line: str
) -> None:
    refused = start({**production, **changes, "WEB_CONCURRENCY": "3"})
    assert refused.returncode != 0
    assert refused.stdout.count(line) == 1
    assert "Traceback" not in refused.stdout


def test_gunicorn_refuses_to_start_without_static_files(
    production: dict[str, str], tmp_path: Path
) -> None:
    none = str(tmp_path / "none")
    refused = start({**production, "TEST_STATIC_ROOT": none, "WEB_CONCURRENCY": "3"})
    assert refused.returncode != 0
    assert refused.stdout.count("run python manage.py collectstatic") == 1
    assert "Traceback" not in refused.stdout


def test_gunicorn_refuses_to_start_without_the_manifest_of_its_static_files(
    production: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "static" / "css").mkdir(parents=True)
    refused = start({**production, "TEST_STATIC_ROOT": str(tmp_path / "static")})
    assert refused.returncode != 0
    assert refused.stdout.count("static has no manifest") == 1
    assert "run python manage.py collectstatic" in refused.stdout
    assert "Traceback" not in refused.stdout


def test_gunicorn_refuses_to_start_without_its_database(production: dict[str, str]) -> None:
    refused = start({**production, "DATABASE_URL": UNREACHABLE, "WEB_CONCURRENCY": "3"})
    assert refused.returncode != 0
    assert "The database cannot be reached" in refused.stdout
    assert "Traceback" not in refused.stdout


def test_gunicorn_says_that_its_port_is_taken(production: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = start({**production, "GUNICORN_BIND": f"127.0.0.1:{port}"})
    assert refused.returncode == 1
    assert f"Can't connect to ('127.0.0.1', {port})" in refused.stdout
    assert "Traceback" not in refused.stdout


def test_gunicorn_names_a_wrong_number_of_workers(production: dict[str, str]) -> None:
    """Gunicorn reads this variable itself, before it reads its configuration file."""
    refused = start({**production, "WEB_CONCURRENCY": "many"})
    assert refused.returncode == 1
    assert "WEB_CONCURRENCY" in refused.stdout


@pytest.mark.parametrize(
    ("module", "code"),
    [("tests.serving.site.settings", 1), ("tests.serving.site.settings_local", 0)],
)
def test_settings_of_ones_own_are_as_strict_as_those_they_derive_from(
    production: dict[str, str], module: str, code: int
) -> None:
    nothing = {variable.name: "" for group in GROUPS.values() for variable in group}
    done = manage("check", env={**production, **nothing, "DJANGO_SETTINGS_MODULE": module})
    assert done.returncode == code, done.stderr
    assert ("SECRET_KEY is not set" in done.stderr) == (code == 1)


@pytest.mark.parametrize(
    ("arguments", "changes", "line"),
    [
        (["check"], {"SECRET_KEY": ""}, "manage.py: SECRET_KEY is not set"),
        (["check"], {"WEB_CONCURRENCY": "many"}, "WEB_CONCURRENCY must be a whole number"),
        (["check", "--settings", "no.such"], {}, "names no module: no.such"),
        (["migrate"], {"DATABASE_URL": UNREACHABLE}, "manage.py: the database cannot be used"),
        (["migrate"], {"DATABASE_URL": "sqlite:////absent/db"}, "the database cannot be used"),
        (["runserver", "here"], {}, "'here' is no PORT or HOST:PORT"),
    ],
)
def test_management_command_refuses(
    production: dict[str, str], arguments: list[str], changes: dict[str, str], line: str
) -> None:
    refused = manage(*arguments, env={**production, "DATABASE_POOL_TIMEOUT": "1", **changes})
    assert refused.returncode == 1
    assert line in refused.stderr
    assert "Traceback" not in refused.stderr
