"""What the proofs share."""

import json
import signal
import subprocess
import sys

import pytest
from config.variables import BASE_DIR
from tests.instrumentation.servers import HANDLERS, both

from tests.serving import conftest

production = conftest.production

# Who ends the tests ends their servers with them.
signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def people(production):
    """Return id and session's key of each user who is logged in, by username."""
    command = [sys.executable, "-m", "tests.instrumentation.people"]
    done = subprocess.run(
        command, cwd=BASE_DIR, env=production, check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def variables(request):
    """Return what a module sets in the environment of its servers."""
    return getattr(request.module, "VARIABLES", {})


@pytest.fixture(scope="module")
def servers(request, tmp_path_factory, production, people, variables):
    """Both servers, with the SETTINGS of a module, started by its COMMAND if it has one."""
    command = getattr(request.module, "COMMAND", ())
    settings = request.module.SETTINGS
    with both(tmp_path_factory, production, people, settings, command, **variables) as watched:
        yield watched


@pytest.fixture(params=HANDLERS)
def watched(request, servers):
    """Each of the servers."""
    return servers[request.param]
