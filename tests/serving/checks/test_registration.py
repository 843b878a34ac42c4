"""When the checks look, and that no settings make one raise."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import CheckMessage
from django.core.checks.registry import registry

from asgi_serving import settings as serving
from asgi_serving.checks.registration import register
from tests.serving.checks.conftest import Give, ids
from tests.serving.server import manage, production_environment


def run_our_checks() -> list[CheckMessage]:
    """Run what the library has registered, whatever Django's own checks make of the settings."""
    checks = registry.get_checks(include_deployment_checks=True)
    ours = [check for check in checks if check.__module__.startswith("asgi_serving.")]
    assert len(ours) > 25
    found = (check(app_configs=None, databases=["absent"]) for check in ours)
    return [message for messages in found for message in messages]


READS_A_TABLE = {"DJANGO_SETTINGS_MODULE": "tests.serving.site.settings_reading_a_table"}


@pytest.mark.parametrize(
    ("command", "times"),
    [
        (["check"], 1),
        (["check", "--deploy", "--database=default", "--fail-level=CRITICAL"], 1),
        (["serving", "--json"], 1),
        (["migrate"], 0),
        (["shell", "-c", "0"], 0),
        (["showmigrations", "--skip-checks"], 0),
        (["test", "tests.serving.site"], 0),
        (["createcachetable"], 0),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_file_is_run_once_and_only_where_it_is_asked_for(
    production: dict[str, str], tmp_path: Path, command: list[str], times: int
) -> None:
    file, runs = tmp_path / "gunicorn.conf.py", tmp_path / "runs"
    file.write_text(f"with open({str(runs)!r}, 'a') as runs: runs.write('x')")
    env = production_environment(tmp_path, GUNICORN_CMD_ARGS=f"--config {file}")
    done = manage(*command, env=env)
    assert done.returncode == 0, done.stderr
    assert (runs.read_text() if runs.exists() else "") == times * "x"


@pytest.mark.parametrize(
    "arguments",
    [
        "--config /absent.py",
        "--user nobody-has-this-name",
        "--worker-class sync",
        "--worker-class no_such_module.Worker",
    ],
)
@pytest.mark.parametrize("command", [["migrate"], ["shell", "-c", "0"]], ids=["migrate", "shell"])
def test_no_mistake_of_the_server_stops_a_command(
    tmp_path: Path, command: list[str], arguments: str
) -> None:
    env = production_environment(tmp_path, GUNICORN_CMD_ARGS=arguments)
    done = manage(*command, env=env)
    assert (done.returncode, "asgi_serving." in done.stderr) == (0, False), done.stderr


def test_middleware_may_read_a_table_before_it_is_there(tmp_path: Path) -> None:
    """The application is not imported by `migrate`, and its import is no error before that."""
    env = production_environment(tmp_path, **READS_A_TABLE)
    for command in (["collectstatic", "--no-input"], ["check"], ["migrate"], ["check"]):
        done = manage(*command, env=env)
        assert done.returncode == 0, done.stderr


ODD: list[dict[str, Any]] = [
    {"CACHES": {"default": {}}},
    {"CACHES": {"default": None, "other": {"BACKEND": None}}},
    {"CACHES": None},
    {"MAILERS": {"default": {}}},
    {"MAILERS": {"default": {"BACKEND": None}, "other": None}},
    {"MAILERS": None},
    {"DATABASES": {}},
    {"DATABASES": None},
    {"DATABASES": {"default": {}}},
    {"DATABASES": {"default": None}},
    {"DATABASES": {"default": {"ENGINE": None, "OPTIONS": None, "CONN_MAX_AGE": "60"}}},
    {"DATABASES": {"default": {"ENGINE": "x.postgresql", "OPTIONS": {"pool": {"max_size": 0}}}}},
    {"DATABASES": {"default": {"ENGINE": Path("x.postgresql"), "ATOMIC_REQUESTS": "yes"}}},
    {"DATABASES": {1: {"ENGINE": "x.postgresql", "OPTIONS": {"pool": True}}}},
    {"DATABASES": {"default": {"ATOMIC_REQUESTS": True}}, "ROOT_URLCONF": "no.such.module"},
    {"DATABASES": {"default": {"ATOMIC_REQUESTS": True}}, "ROOT_URLCONF": None},
    {"LOGGING": None},
    {"LOGGING": "logging.ini", "LOGGING_CONFIG": "logging.config.fileConfig"},
    {"LOGGING": "logging.ini"},
    {"LOGGING": {"version": 1, "loggers": None}},
    {"LOGGING_CONFIG": print},
    {"MIDDLEWARE": None},
    {"MIDDLEWARE": ()},
    {"MIDDLEWARE": [None, "nothing", "no.such.middleware", "", print]},
    {"MIDDLEWARE": ["tests.serving.checks.raising.Middleware"]},
    {"TASKS": None},
    {"TASKS": {"default": None}},
    {"ASGI_SERVING": None},
    {"ASGI_SERVING": {1: 2, None: 3, "LANES": [], "WEBSOCKET_ROUTES": 5}},
    {"ASGI_SERVING": {"WEBSOCKET_ROUTES": "tests.serving.checks.raising.routes"}},
    {"ASGI_APPLICATION": 5},
    {"ASGI_APPLICATION": "tests.serving.checks.raising:application"},
    {"BASE_DIR": None},
    {"BASE_DIR": "/absent"},
    {"SESSION_CACHE_ALIAS": None, "SESSION_ENGINE": "django.contrib.sessions.backends.cache"},
    {"SECURE_PROXY_SSL_HEADER": "x", "USE_X_FORWARDED_HOST": None},
]


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("odd", ODD, ids=str)
def test_odd_settings_make_no_check_fail(
    monkeypatch: pytest.MonkeyPatch, odd: dict[str, Any], flags: Give
) -> None:
    for name, value in odd.items():  # not by pytest-django's fixture: Django itself fails with some
        monkeypatch.setattr(settings, name, value, raising=False)
    monkeypatch.setattr(serving, "_read", serving._read.__wrapped__)  # noqa: SLF001  # uncached
    flags("--workers 2 --preload --max-requests 9 --bind 0.0.0.0:1 --forwarded-allow-ips *")
    assert "I005" not in ids(run_our_checks())


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    "name", ["CACHES", "DATABASES", "LOGGING", "LOGGING_CONFIG", "MIDDLEWARE", "TASKS", "BASE_DIR"]
)
def test_settings_that_are_not_there_make_no_check_fail(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    given = {each: getattr(settings, each) for each in dir(settings) if each.isupper()}
    del given[name]
    monkeypatch.setattr(settings, "_wrapped", SimpleNamespace(**given))
    assert "I005" not in ids(run_our_checks())


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("error", [KeyError("BACKEND"), SystemExit("no"), RecursionError()])
def test_check_that_fails_is_one_line(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    registered: list[Callable[..., Any]] = []

    def take(check: Callable[..., Any], *tags: str, **kwargs: Any) -> None:
        registered.append(check)

    monkeypatch.setattr("django.core.checks.register", take)

    def check(app_configs: Any, **kwargs: Any) -> list[Any]:
        raise error

    register(check)
    [found] = registered[0](None)
    assert ids([found]) == ["I005"]
    assert type(error).__name__ in found.msg
