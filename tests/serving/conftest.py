"""The database and the servers that the tests share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from tests.serving.server import Server, gunicorn, manage, production_environment

WORKERS = ["asgi_serving.worker.Worker", "asgi"]
"""The worker of this project, and Gunicorn's own, which must be able to take its place."""


@pytest.fixture
async def async_db(transactional_db: None) -> AsyncIterator[None]:
    """The database, for a test that awaits the ORM: its connection is another thread's."""
    yield
    await sync_to_async(connections.close_all)()


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment for production: migrated, with its static files collected."""
    env = production_environment(tmp_path_factory.mktemp("production"))
    for command in ("migrate", "collectstatic"):
        done = manage(command, "--no-input", env=env)
        assert done.returncode == 0, done.stderr
    return env


@pytest.fixture(scope="session", params=WORKERS)
def server(
    request: pytest.FixtureRequest,
    production: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """A server that many tests talk to."""
    env = {**production, "GUNICORN_WORKER_CLASS": request.param, "WEB_CONCURRENCY": "1"}
    with gunicorn(tmp_path_factory.mktemp("server"), env) as running:
        yield running


@pytest.fixture(params=WORKERS)
def own_server(
    request: pytest.FixtureRequest, production: dict[str, str], tmp_path: Path
) -> Iterator[Server]:
    """A server for one test alone, which may stop it."""
    env = {**production, "GUNICORN_WORKER_CLASS": request.param, "WEB_CONCURRENCY": "1"}
    with gunicorn(tmp_path, env) as running:
        yield running
