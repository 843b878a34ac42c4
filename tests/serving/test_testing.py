"""Test clients that run on what production runs: lanes, native middleware, and the test's connection."""

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django import test
from django.core.signals import request_finished
from django.db import connection, connections
from django.urls import get_script_prefix
from django.utils import translation
from pytest_django import DjangoAssertNumQueries, Settings

from asgi_serving.testing import AsyncClient, Client
from config.variables import BASE_DIR
from tests.serving import testing_cases
from tests.serving.testing_cases import InNoTransaction, InTransaction, WithoutDatabase, names

from my_project.users.models import User

__all__ = ["InNoTransaction", "InTransaction", "WithoutDatabase"]

pytestmark = pytest.mark.urls(testing_cases.__name__)
DEADLINE = 120
"""How long a process may take before a test gives up, in seconds."""

ASGI = {"LANES": 10, "LANES_QUEUE": 1000, "LANES_WAIT": 60}


def test_fixtures_are_the_librarys_clients(
    client: test.Client, async_client: test.AsyncClient
) -> None:
    assert type(client) is Client
    assert type(async_client) is AsyncClient
    assert client.get("/thread/").content.startswith(b"lane-")


def test_middleware_is_native(client: test.Client) -> None:
    client.get("/thread/")
    steps = [getattr(step, "__self__", None) for step in vars(client.handler)["_view_middleware"]]
    assert "asgi_serving.handler.middleware" in {type(step).__module__ for step in steps}


def test_request_is_the_one_of_asgi(client: test.Client) -> None:
    response = client.get("/template/", headers={"Accept-Language": "de"})
    assert type(response.wsgi_request).__name__ == "ASGIRequest"
    assert response.content == b"1"
    assert response.context["of_view"] == 1
    assert len(response.templates) == 1
    assert response.resolver_match.func is testing_cases.template


def test_view_finds_what_no_server_would_tell(client: test.Client) -> None:
    response = client.get("/meta/", REMOTE_USER="ada", REMOTE_ADDR="192.0.2.7")
    assert response.content == b"ada 192.0.2.7"


def test_error_of_a_view_is_the_tests(client: test.Client) -> None:
    with pytest.raises(ValueError, match="The view fails"):
        client.get("/fail/")
    client.raise_request_exception = False
    response: Any = client.get("/fail/")
    assert response.status_code == 500
    assert response.exc_info[0] is ValueError


@pytest.mark.django_db
def test_view_is_in_the_transaction_of_the_test(
    client: test.Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert connection.in_atomic_block
    User.objects.create_user("ada")
    with django_assert_num_queries(4):  # with the savepoint of the view
        assert client.get("/sign-up/bob/").content == b"ada bob"
    assert names() == ["ada", "bob"]


@pytest.mark.django_db
@pytest.mark.parametrize("time", ["first", "second"])
async def test_asynchronous_test_is_in_a_transaction(
    async_client: test.AsyncClient, time: str
) -> None:
    """Twice, so that the second time finds what the first has left."""
    assert await sync_to_async(lambda: connection.in_atomic_block)()
    await User.objects.acreate_user("ada")
    assert (await async_client.get("/sign-up/bob/")).content == b"ada bob"
    assert (await async_client.get("/sign-up/cid/async/")).content == b"ada bob cid"


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada")


async def test_asynchronous_test_sees_what_its_fixtures_wrote(
    ada: User, async_client: test.AsyncClient
) -> None:
    assert await User.objects.acount() == 1
    await async_client.aforce_login(ada)
    assert (await async_client.get("/sign-up/bob/")).content == b"ada bob"


@pytest.mark.django_db(transaction=True)
async def test_asynchronous_test_without_a_transaction(async_client: test.AsyncClient) -> None:
    assert not await sync_to_async(lambda: connection.in_atomic_block)()
    assert (await async_client.get("/sign-up/ada/")).content == b"ada"


@pytest.mark.django_db
async def test_requests_at_once_take_turns_in_the_transaction(
    async_client: test.AsyncClient, settings: Settings
) -> None:
    settings.ASGI_SERVING = ASGI
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(async_client.get("/alone/")) for _ in range(30)]
    assert {task.result().content for task in asked} == {b"alone"}


@pytest.mark.django_db(transaction=True)
def test_request_leaves_the_connection_of_the_test_open(
    client: test.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when receivers of the project's own are told that it is over."""
    closed, told = [], []
    wrapper = connections["default"]
    monkeypatch.setattr(wrapper, "close_if_unusable_or_obsolete", lambda: closed.append(True))

    def receive(**named: Any) -> None:
        told.append(connections["default"] is wrapper)

    request_finished.connect(receive)
    try:
        client.get("/sign-up/ada/")
    finally:
        request_finished.disconnect(receive)
    assert told == [True]
    assert not closed


def test_nothing_stays_on_a_lane(client: test.Client, db: None) -> None:
    lanes = set()
    for _ in range(20):
        lanes.add(client.get("/thread/").content)
    assert len(lanes) == 1
    assert not connection.allow_thread_sharing


async def test_client_works_inside_an_event_loop(client: test.Client) -> None:
    """As in a test that drives a browser through an event loop of its own."""
    assert client.get("/thread/").content.startswith(b"lane-")


def test_language_and_prefix_of_the_test_stay(client: test.Client) -> None:
    with translation.override("de"):
        client.get("/thread/", SCRIPT_NAME="/prefix")
        assert get_script_prefix() == "/"


def test_body_is_there_after_the_request(client: test.Client) -> None:
    response = client.post("/thread/", {"name": "x" * 200_000})
    assert len(response.wsgi_request.POST["name"]) == 200_000


def test_request_that_gets_no_lane_is_503(settings: Settings) -> None:
    """The view holds the only lane, while it asks for another."""
    settings.ASGI_SERVING = {"LANES": 1, "LANES_QUEUE": 0}
    assert Client().get("/nested-status/").content == b"503"


def test_djangos_own_handlers_serve_without_lanes(settings: Settings) -> None:
    settings.ASGI_SERVING = {"LANES": 0}
    assert Client().get("/thread/").content.decode() == threading.current_thread().name
    assert type(AsyncClient().handler) is type(test.AsyncClient().handler)


def test_process_that_is_forked_has_lanes_of_its_own() -> None:
    """Threads stay behind, and with them the lanes of the parent."""
    asking = """
import os, sys
import django
from django.conf import settings
django.setup()
from django.test.utils import setup_test_environment
from asgi_serving.testing import Client
setup_test_environment()
settings.ROOT_URLCONF = "tests.serving.testing_cases"
assert Client().get("/thread/").content.startswith(b"lane-")
child = os.fork()
if not child:
    answered = Client().get("/thread/").status_code == 200
    os._exit(0 if answered else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test"}
    command = [sys.executable, "-W", "ignore", "-c", asking]
    done = subprocess.run(command, cwd=BASE_DIR, env=env, check=False, timeout=DEADLINE)
    assert done.returncode == 0


@pytest.mark.parametrize("processes", ["1", "2"])
def test_runner_of_django_uses_the_clients(processes: str, tmp_path: Path) -> None:
    runner = "asgi_serving.testing.runner.DiscoverRunner"
    cases = "tests.serving.testing_cases"
    command = ["manage.py", "test", cases, f"--testrunner={runner}", "--parallel", processes]
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",  # no other test's
    }
    done = subprocess.run(
        [sys.executable, *command],
        cwd=BASE_DIR, env=env, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Ran 12 tests" in done.stderr
