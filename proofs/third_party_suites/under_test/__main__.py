"""Run the tests of the current folder, with their requests going through an ASGI handler.

    python -m under_test RESULTS {plain,stock,project,control} [argument of pytest ...]

plain leaves the tests as they are. What failed is written to the file RESULTS as JSON.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import django
import pytest

from .applications import Applications
from .bridge import Bridge
from .database import share_connections
from .patience import wait_long
from .recorder import Recorder


def main(results: Path, handler: str, *arguments: str) -> int:
    """Run the tests, and return 0 if they got to their end, whatever they found."""
    wait_long()
    sys.argv[1:] = ["test"]  # packages look there whether they are tested
    recorder = Recorder(django.get_version())
    applications = Applications("stock" if handler == "plain" else handler)
    if handler != "plain":
        share_connections()
        applications.install()
        Bridge(applications.make).install()
    own = ("-o", "addopts=", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly")
    code = pytest.main([*own, *arguments], plugins=[recorder])
    recorder.requests = applications.requests
    results.write_text(json.dumps(asdict(recorder)), "utf-8")
    return 0 if code in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED} else int(code)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
