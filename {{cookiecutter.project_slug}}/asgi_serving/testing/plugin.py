"""Fixtures for pytest, in the place of those of pytest-django that have the same names.

One line in the `conftest.py` at the top of the tests::

    pytest_plugins = ["asgi_serving.testing.plugin"]
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import sync_to_async

if TYPE_CHECKING:
    from asgi_serving.testing import AsyncClient, Client


@pytest.fixture
def client() -> "Client":
    """Return a test client whose requests run as in production."""
    from asgi_serving.testing import Client  # noqa: PLC0415  # needs the settings

    return Client()


@pytest.fixture
def async_client() -> "AsyncClient":
    """Return one for asynchronous tests."""
    from asgi_serving.testing import AsyncClient  # noqa: PLC0415  # needs the settings

    return AsyncClient()


@pytest.fixture
def admin_client(db: None, admin_user: Any) -> "Client":
    """Return a test client that is logged in as an administrator."""
    from asgi_serving.testing import Client  # noqa: PLC0415  # needs the settings

    admin = Client()
    admin.force_login(admin_user)
    return admin


def pytest_sessionstart() -> None:
    """Give the clients to Django's own test cases, too."""
    from asgi_serving.testing.clients import use_in_test_cases  # noqa: PLC0415  # as above

    use_in_test_cases()


@pytest.fixture(autouse=True)
def _connections_of_async_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let an asynchronous test query in the transaction that its fixtures are in.

    Its queries run on a thread of asgiref's, which would have connections of its own: they would
    see nothing of what `db` does, what they write would stay, and nobody would close them.
    """
    if not (iscoroutinefunction(request.function) and _uses_database(request)):
        yield
        return
    request.getfixturevalue("db")
    from asgi_serving.testing.connections import BorrowedConnections  # noqa: PLC0415  # as above

    lent = BorrowedConnections()
    with lent.shared():
        _run_where_tests_query(lent.put)
        yield
        _run_where_tests_query(lent.take_back)


def _uses_database(request: pytest.FixtureRequest) -> bool:
    fixtures = {"db", "transactional_db"}
    marked = request.node.get_closest_marker("django_db") is not None
    return marked or not fixtures.isdisjoint(request.fixturenames)


def _run_where_tests_query(function: Callable[[], None]) -> None:
    async def run() -> None:
        await sync_to_async(function)()

    with ThreadPoolExecutor(1) as thread:  # this one may have a loop already
        thread.submit(asyncio.run, run()).result()
