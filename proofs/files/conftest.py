"""Sites that take files, and a server of S3."""

import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.serving import conftest
from tests.serving.server import DEADLINE, gunicorn

production = conftest.production

# Who ends the tests ends their servers with them.
signal.signal(signal.SIGTERM, signal.default_int_handler)


def free_port():
    """Return a port that nothing listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def s3():
    """Start moto's server of S3, which has a bucket `media`; give its address."""
    port = free_port()
    command = [Path(sys.executable).with_name("moto_server"), "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as server:
        try:
            give_up = time.monotonic() + DEADLINE
            while time.monotonic() < give_up:
                try:
                    assert httpx.put(f"{address}/media").is_success
                except httpx.TransportError:
                    assert server.poll() is None
                    time.sleep(0.05)
                else:
                    break
            yield address
        finally:
            server.kill()


@pytest.fixture(scope="session")
def site(production, tmp_path_factory):
    """Give a function that starts the site with a STORAGE_URL."""

    @contextmanager
    def start(url, **changes):
        media = tmp_path_factory.mktemp("media")
        environment = {
            **production,
            "DJANGO_SETTINGS_MODULE": "tests.files.settings",
            "STORAGE_URL": url,
            "TEST_MEDIA_ROOT": str(media),
            "WEB_CONCURRENCY": "1",
            "LANES_WAIT": "600",  # a slow machine is not what is looked for
            "GUNICORN_TIMEOUT": "600",
            **changes,
        }
        with gunicorn(tmp_path_factory.mktemp("site"), environment) as server:
            server.media = media
            yield server

    return start
