"""A project's server loses no request when its workers stop, whatever stops them.

    nox -s drain

The scenarios are those of tests/serving/drain.py; the table goes to docs/drain.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from quality import environment_with_serving_tests
from rendering import TEMPLATE, render

TABLE: Final = TEMPLATE / "docs" / "drain" / "table.md"


def main() -> int:
    """Run the scenarios in a new project, and return 0 if nothing was lost."""
    with tempfile.TemporaryDirectory() as folder:
        project = render(Path(folder))
        lines = []
        with subprocess.Popen(
            [environment_with_serving_tests(project), "-m", "tests.serving.drain"],
            cwd=project,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            for line in process.stdout or ():
                print(line, end="", flush=True)
                lines.append(line)
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("".join(line for line in lines if line.startswith("|")))
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
