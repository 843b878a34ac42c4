"""What one worker keeps for itself."""

import os
import sys
from types import ModuleType
from typing import Any

import pytest
from django.tasks import task
from pytest_django import Settings

from asgi_serving import realtime
from asgi_serving.checks.shared_state import check_caches, check_mail, check_messages
from asgi_serving.checks.tasks import check_tasks
from asgi_serving.realtime import subscribed
from tests.serving.checks.conftest import Give, ids

LOCAL = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
DATABASE = {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
REDIS = {"BACKEND": "django.core.cache.backends.redis.RedisCache"}


@pytest.mark.parametrize(
    ("workers", "caches", "found"),
    [
        (2, {"default": LOCAL}, ["W018"]),
        (9, {"default": REDIS, "pages": LOCAL}, ["W018"]),
        (2, {"sessions": LOCAL}, ["W018", "W018"]),
        (1, {"sessions": LOCAL}, []),
        (9, {"default": REDIS, "sessions": REDIS}, []),
        (9, {}, []),
    ],
)
def test_caches(
    settings: Settings, flags: Give, workers: int, caches: Any, found: list[str]
) -> None:
    flags(f"--workers {workers}")
    settings.CACHES = caches
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    settings.SESSION_CACHE_ALIAS = "sessions"
    assert ids(check_caches(None)) == found


def test_sessions_in_the_database_are_shared(settings: Settings, flags: Give) -> None:
    flags("--workers 2")
    settings.CACHES = {"default": LOCAL}
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    assert ids(check_caches(None)) == ["W018"]  # the cache itself


@pytest.mark.parametrize(
    ("workers", "cache", "found"),
    [(2, LOCAL, ["W039"]), (2, DATABASE, ["W039"]), (2, REDIS, []), (1, LOCAL, [])],
)
def test_messages(
    settings: Settings, flags: Give, workers: int, cache: Any, found: list[str]
) -> None:
    flags(f"--workers {workers}")
    settings.CACHES = {"default": cache}
    assert subscribed in vars(sys.modules[__name__]).values()  # which uses it so
    assert ids(check_messages(None)) == found


def test_messages_that_nobody_uses(
    settings: Settings, flags: Give, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags("--workers 2")
    settings.CACHES = {"default": LOCAL}
    monkeypatch.setattr(sys, "modules", {"asgi_serving.realtime": realtime, "os": os})
    assert ids(check_messages(None)) == []


@task
def clean_up() -> None: ...


IMMEDIATE = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
QUEUE = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


@pytest.mark.parametrize(
    ("module", "tasks", "found"),
    [
        ("asgi_serving.jobs", IMMEDIATE, ["W019"]),
        ("django.contrib.admin.jobs", IMMEDIATE, ["W019"]),
        ("asgi_serving.jobs", QUEUE, []),
        ("elsewhere.jobs", IMMEDIATE, []),
        ("", IMMEDIATE, []),
    ],
)
def test_tasks(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, module: str, tasks: Any, found: list[str]
) -> None:
    if module:
        loaded = ModuleType(module)
        loaded.clean_up = clean_up  # type: ignore[attr-defined]  # as `from … import` does
        monkeypatch.setitem(sys.modules, module, loaded)
    settings.TASKS = tasks
    assert ids(check_tasks(None)) == found


@pytest.mark.parametrize(
    ("backends", "found"),
    [
        (["django.core.mail.backends.console.EmailBackend"], ["W020"]),
        (["django.core.mail.backends.dummy.EmailBackend"], ["W020"]),
        (["django.core.mail.backends.smtp.EmailBackend"], []),
        (["anymail.backends.mailgun.EmailBackend"], []),
        ([], []),
    ],
)
def test_mail(settings: Settings, backends: list[str], found: list[str]) -> None:
    settings.MAILERS = {f"mailer{n}": {"BACKEND": backend} for n, backend in enumerate(backends)}
    assert ids(check_mail(None)) == found
