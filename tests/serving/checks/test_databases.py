"""How the databases are used."""

from typing import Any

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views import View
from pytest_django import Settings

from asgi_serving.checks.databases import check_atomic_requests, check_conn_max_age
from tests.serving.checks.conftest import ids

pytestmark = pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")  # nothing connects

HERE = "tests.serving.checks.test_databases"
SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}


async def asynchronous(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def synchronous(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@transaction.non_atomic_requests
async def exempt(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class AsyncView(View):
    async def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


@pytest.mark.parametrize(
    ("ages", "found"),
    [
        ([60], ["W028"]),
        ([None], ["W028"]),
        ([0, 600], ["W028"]),
        ([60, 60], ["W028", "W028"]),
        ([0], []),
        ([0, 0], []),
        ([], []),
        (["unset"], []),
    ],
)
def test_conn_max_age(settings: Settings, ages: list[Any], found: list[str]) -> None:
    settings.DATABASES = {
        f"database{number}": SQLITE | ({} if age == "unset" else {"CONN_MAX_AGE": age})
        for number, age in enumerate(ages)
    }
    assert check_conn_max_age(None) == []  # a lane keeps its connection
    settings.ASGI_SERVING = {"LANES": 0}
    assert ids(check_conn_max_age(None)) == found


@pytest.mark.parametrize(
    ("patterns", "atomic", "found"),
    [
        ([path("a/", asynchronous)], True, ["W029"]),
        ([path("b/", synchronous), path("c/", AsyncView.as_view())], True, ["W029"]),
        ([path("d/", include([path("e/", asynchronous)]))], True, ["W029"]),
        ([path("f/", synchronous)], True, []),
        ([path("g/", include([path("h/", exempt)])), path("i/", synchronous)], True, []),
        ([path("j/", asynchronous)], False, []),
        ([], True, []),
    ],
)
def test_atomic_requests(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    patterns: list[Any],
    atomic: bool,
    found: list[str],
) -> None:
    settings.DATABASES = {"default": SQLITE | {"ATOMIC_REQUESTS": atomic}}
    monkeypatch.setitem(globals(), "urlpatterns", patterns)
    settings.ROOT_URLCONF = tuple(patterns)  # which Django's resolver takes, too
    assert ids(check_atomic_requests(None)) == found
