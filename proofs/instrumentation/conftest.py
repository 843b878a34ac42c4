"""What the proofs share."""

import json
import signal
import subprocess
import sys

import pytest

from config.variables import BASE_DIR

# Who ends the tests ends their servers with them.
signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def people(production):
    """Id and session's key of each user who is logged in, by username."""
    command = [sys.executable, "-m", "tests.instrumentation.people"]
    done = subprocess.run(
        command, cwd=BASE_DIR, env=production, check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)
