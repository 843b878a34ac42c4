"""A variable whose package is missing is told in one line; one that is not set imports nothing."""

import sys

import pytest
from asgi_serving.environment import extras
from asgi_serving.environment.serving_variables import SERVING

from tests.serving.server import manage, start

OFF = {"sentry_sdk", "opentelemetry", "requests", "urllib3"}
VARIABLES = [variable for group in SERVING.values() for variable in group]


def test_nothing_is_imported_when_off(site):
    """By a worker that has served."""
    with site() as server:
        imported = set(server.client.get("/imported/").json())
        assert "asgi_serving" in imported
        assert not imported & OFF


@pytest.mark.parametrize("extra", extras.PACKAGES)
def test_presence_is_told_by_a_module_that_is_there(extra):
    """Else the extra would never do."""
    assert all(map(extras.is_installed, extras.PACKAGES[extra][1]))


def test_every_extra_belongs_to_a_variable():
    """And the other way round."""
    named = {extra for variable in VARIABLES for extra in variable.extras.values()}
    assert named == extras.PACKAGES.keys()


@pytest.fixture
def without_packages(production, tmp_path):
    """Return the environment of an interpreter that finds neither package."""
    hides = (
        "import sys\n"
        "class Hidden:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.partition('.')[0] in {'sentry_sdk', 'opentelemetry'}:\n"
        "            raise ModuleNotFoundError(name=name)\n"
        "sys.meta_path.insert(0, Hidden())\n"
    )
    (tmp_path / "sitecustomize.py").write_text(hides)
    return {**production, "PYTHONPATH": str(tmp_path)}


def test_missing_package_is_one_line(without_packages):
    """In commands and at the start: what to type, with all that the environment needs."""
    environment = {
        **without_packages,
        "SENTRY_DSN": "https://key@sentry.example.com/1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
    }
    line = (
        "SENTRY_DSN is set and sentry-sdk is not installed; OTEL_EXPORTER_OTLP_ENDPOINT is set and "
        "opentelemetry-exporter-otlp-proto-http is not installed: uv sync --extra opentelemetry "
        "--extra sentry, or an image with EXTRAS=opentelemetry,sentry"
    )
    for command in ("check", "migrate"):
        assert manage(command, env=environment).stderr.splitlines() == [f"manage.py: {line}"]
    stopped = start(environment)
    assert stopped.returncode != 0
    assert stopped.stdout.splitlines() == [f"gunicorn.conf.py: {line}"]


def test_hidden_package_is_missed_by_python_too(without_packages):
    """Else the test above would hide nothing."""
    code = "import sentry_sdk"
    done = manage("shell", "--no-imports", "-c", code, env=without_packages)
    assert "ModuleNotFoundError" in done.stderr, sys.version
