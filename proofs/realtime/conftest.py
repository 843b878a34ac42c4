"""The site that was typed, on Gunicorn with two workers and a Valkey between them."""

import pytest

from tests.serving.server import gunicorn, manage, production_environment
from tests.serving.valkey import running
from tests.serving.visitors import logged_in


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    """Give an environment for production, with a Valkey."""
    with running() as valkey:
        env = production_environment(
            tmp_path_factory.mktemp("site"),
            DJANGO_SETTINGS_MODULE="tests.production_settings",
            ALLOWED_HOSTS="testserver,localhost",
            CACHE_URL=valkey.url,
            WEB_CONCURRENCY="2",
        )
        for command in ("migrate", "collectstatic"):
            done = manage(command, "--no-input", env=env)
            assert done.returncode == 0, done.stderr
        yield env


@pytest.fixture(scope="module")
def cookie(env):
    """Return the cookie of somebody who is logged in."""
    return logged_in(env)


@pytest.fixture(scope="module")
def site(env, tmp_path_factory):
    """Give a running server."""
    with gunicorn(tmp_path_factory.mktemp("server"), env) as server:
        yield server
