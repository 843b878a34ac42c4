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
def way(request):
    """Return the COMMAND by which a module starts its servers, and the VARIABLES that it sets."""
    return getattr(request.module, "COMMAND", ()), getattr(request.module, "VARIABLES", {})


@pytest.fixture(scope="module")
def servers(request, tmp_path_factory, production, people, way):
    """Both servers, with the SETTINGS of a module, started in its way."""
    command, variables = way
    settings = request.module.SETTINGS
    with both(tmp_path_factory, production, people, settings, command, **variables) as watched:
        yield watched


@pytest.fixture(params=HANDLERS)
def watched(request, servers):
    """Each of the servers."""
    return servers[request.param]
