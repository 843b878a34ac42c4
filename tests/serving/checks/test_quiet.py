"""A project as it was made has nothing to be told, quickly and without a trace."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks

from config.variables import BASE_DIR
from tests.serving.server import manage, production_environment

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "CACHE_URL": "redis://127.0.0.1:6379/0",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.com:587",
    "SECRET_KEY": "0123456789" * 6 + "abcdefghij",
    "GUNICORN_MAX_REQUESTS": "1000",
    "STOP_GRACE_PERIOD": "40",
}


@pytest.mark.parametrize(
    "environment",
    [
        {"DJANGO_SETTINGS_MODULE": "config.settings.test"},
        {"DJANGO_SETTINGS_MODULE": "config.settings.development"},
        {"DJANGO_SETTINGS_MODULE": "config.settings.development", "WEB_CONCURRENCY": "1"},
    ],
)
def test_nothing_is_found_while_developing(tmp_path: Path, environment: dict[str, str]) -> None:
    done = manage("check", env=production_environment(tmp_path, **environment))
    assert (done.returncode, "no issues" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"WEB_CONCURRENCY": ""},
        {"WEB_CONCURRENCY": "1"},
        {"GUNICORN_BIND": "unix:/run/site.sock", "FORWARDED_ALLOW_IPS": "*"},
        {"GUNICORN_BIND": "0.0.0.0:8000", "FORWARDED_ALLOW_IPS": "10.0.0.0/8"},
        {"PORT": "8000"},
        {"DATABASE_STATEMENT_TIMEOUT": "0"},
        {"DATABASE_CONNECTIONS": "100", "WEB_CONCURRENCY": "4"},
    ],
)
def test_nothing_is_found_in_production(tmp_path: Path, environment: dict[str, str]) -> None:
    env = production_environment(tmp_path, **(PRODUCTION | environment))
    done = manage("check", "--deploy", "--fail-level", "INFO", env=env)
    assert (done.returncode, "no issues" in done.stdout) == (0, True), done.stderr


@pytest.mark.usefixtures("asked")
def test_checks_leave_the_process_as_it_was() -> None:
    before = dict(os.environ), Path.cwd()
    run_checks(tags=["asgi_serving"], include_deployment_checks=True)
    assert (dict(os.environ), Path.cwd()) == before


def test_checks_take_no_longer_than_loading_django(tmp_path: Path) -> None:
    script = (
        "import time; began = time.perf_counter(); import django; django.setup();"
        "loaded = time.perf_counter(); from django.core.checks import run_checks;"
        "import sys; sys.argv[1:] = ['check'];"
        "run_checks(tags=['asgi_serving'], include_deployment_checks=True);"
        "print((time.perf_counter() - loaded) / (loaded - began))"
    )
    env = production_environment(tmp_path, DJANGO_SETTINGS_MODULE="config.settings.development")
    command = [sys.executable, "-c", script]
    outputs = [subprocess.check_output(command, cwd=BASE_DIR, env=env, text=True) for _ in "123"]
    assert min(float(output.splitlines()[-1]) for output in outputs) < 1, outputs
