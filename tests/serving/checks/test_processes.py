"""How workers are started and replaced."""

from typing import Any

import pytest
from pytest_django import Settings

from asgi_serving.checks.processes import check_processes
from tests.serving.checks.conftest import Give, ids

pytestmark = pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")  # nothing connects

STOCK = "--worker-class uvicorn_worker.UvicornWorker"
POOL = {"default": {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"pool": True}}}
NO_POOL = {"default": {"ENGINE": "django.db.backends.sqlite3"}}


@pytest.mark.parametrize(
    ("arguments", "databases", "found"),
    [
        ("--reload", NO_POOL, ["W031"]),
        (f"{STOCK} --max-requests 100 --workers 1", NO_POOL, ["W033"]),
        (f"{STOCK} --max-requests 100 --workers 2 --max-requests-jitter 0", NO_POOL, ["W008"]),
        ("--preload", POOL, ["W012"]),
        (f"{STOCK} --max-requests 100 --workers 2 --max-requests-jitter 9", NO_POOL, []),
        ("--max-requests 100 --workers 1", NO_POOL, []),  # ours leaves no gap
        ("--max-requests 100 --workers 4 --max-requests-jitter 0", NO_POOL, []),
        (f"{STOCK} --workers 1", NO_POOL, []),
        ("--preload", NO_POOL, []),
        ("", POOL, []),
    ],
)
def test_processes(
    settings: Settings, flags: Give, arguments: str, databases: Any, found: list[str]
) -> None:
    flags(arguments)
    settings.DATABASES = databases
    assert ids(check_processes(None)) == found


@pytest.mark.parametrize(("disabled", "found"), [("False", ["W011"]), ("True", [])])
def test_control_socket(config_file: Give, disabled: str, found: list[str]) -> None:
    config_file(f"control_socket_disable = {disabled}")
    assert ids(check_processes(None)) == found
