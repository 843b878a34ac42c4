"""What the tests share."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from config.variables import BASE_DIR

type Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
async def async_db(transactional_db: None) -> AsyncIterator[None]:
    """The database, for a test that awaits the ORM: its connection is another thread's."""
    yield
    await sync_to_async(connections.close_all)()


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
