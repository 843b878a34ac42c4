"""A worker of a project keeps nothing of the requests that it has answered.

    nox -s leak

It needs PostgreSQL: the one that DATABASE_URL names, or else one in a container of Docker.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from quality import environment_with_serving_tests
from rendering import render

from proofs.postgresql import postgresql


def main() -> int:
    """Run the test in a new project, and return its exit code."""
    with tempfile.TemporaryDirectory() as folder, postgresql() as url:
        project = render(Path(folder))
        shutil.copytree(Path(__file__).with_name("leak"), project / "tests" / "leak")
        pytest = ["pytest", "-qsp", "no:logging", "tests/leak"]
        return subprocess.call(
            [environment_with_serving_tests(project), "-m", *pytest],
            cwd=project,
            env=os.environ | {"DATABASE_URL": url},
        )


if __name__ == "__main__":
    sys.exit(main())
