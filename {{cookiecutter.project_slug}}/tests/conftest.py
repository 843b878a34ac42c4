"""What the tests share."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from config.variables import BASE_DIR

pytest_plugins = ["asgi_serving.testing.plugin"]  # clients that ask as production is asked

type Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    """An environment that production starts with, on SQLite."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": "0123456789" * 6 + "abcdefghij",
        "ALLOWED_HOSTS": "example.com",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "CACHE_URL": "redis://127.0.0.1:6379/0",
        "EMAIL_URL": "smtp+tls://user:password@mail.example.com:587",
        {%- if cookiecutter.tasks == 'celery' %}
        "QUEUE_URL": "redis://127.0.0.1:6379/1",
        {%- endif %}
    }


@pytest.fixture
def python() -> Run:
    """Run Python in the project's folder to its end: `python("manage.py", "check", env=...)`."""

    def run(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=BASE_DIR, env=env, capture_output=True, text=True, check=False
        )

    return run
