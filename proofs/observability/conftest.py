"""Sites that report, and who takes it."""

import os
import signal
from contextlib import contextmanager

import pytest
from tests.observability.receivers import receiver

from tests.serving import conftest
from tests.serving.server import gunicorn, manage

production = conftest.production

# Who ends the tests ends their servers with them.
signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def service():
    """Sentry and a collector."""
    with receiver() as running:
        yield running


@pytest.fixture(scope="session")
def database(production):
    """Return the URL of the database: SQLite, or the PostgreSQL that the tests were given."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        manage("migrate", env={**production, "DATABASE_URL": url}).check_returncode()
        return url
    return production["DATABASE_URL"]


@pytest.fixture(scope="session")
def site(production, database, tmp_path_factory):
    """Give a function that starts the site with changes to its environment."""

    @contextmanager
    def start(**changes):
        environment = {
            **production,
            "DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": "tests.observability.settings",
            "WEB_CONCURRENCY": "1",
            "LANES_WAIT": "600",  # a slow machine is not what is looked for
            "GUNICORN_TIMEOUT": "600",
            # What is sent each few seconds is sent sooner.
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "OTEL_BLRP_SCHEDULE_DELAY": "100",
            "OTEL_METRIC_EXPORT_INTERVAL": "200",
            **changes,
        }
        with gunicorn(tmp_path_factory.mktemp("site"), environment) as server:
            yield server

    return start


@pytest.fixture(params=["10", "0"], ids=["lanes", "stock"], scope="module")
def lanes(request):
    """Return the variable LANES: for the handler with lanes, and for Django's own."""
    return request.param
