"""Ten thousand files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from upgrade.project import OLD, write

ROOT = Path(__file__).resolve().parents[2]
MEASURED = """
import resource, sys, time
from asgi_upgrade.engine import migrate
from pathlib import Path
began = time.process_time()
result = migrate(Path(sys.argv[1]))
used = time.process_time() - began
began = time.process_time()
for path in Path(sys.argv[1]).rglob("*"):
    if path.is_file():
        path.read_bytes()
print(len(result.changes), used / (time.process_time() - began))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def measure(folder: Path) -> tuple[int, float, int]:
    """Return the changes, the time in terms of only reading all files, and the memory in kB."""
    command = [sys.executable, "-c", MEASURED, str(folder)]
    output = subprocess.check_output(command, cwd=ROOT, text=True).split()
    return int(output[0]), float(output[1]), int(output[2])


def test_large_tree_takes_little_longer_than_reading_it(tmp_path: Path) -> None:
    """And the memory does not grow with the files."""
    files: dict[str, str | bytes] = {
        "start.sh": f"gunicorn -k {OLD}\n",
        "requirements.txt": "uvicorn\nuvicorn-worker\n",
    }
    code = "def f(x):\n    return x + 1\n" * 200
    write(tmp_path / "small", files)
    values = "name: value\n" * 1000
    files |= {f"{n % 100}/module_{n}.py": code for n in range(5_000)}
    files |= {f"{n % 100}/values_{n}.yaml": values for n in range(5_000)}
    write(tmp_path / "large", files)
    _, _, little = measure(tmp_path / "small")
    changes, ratio, much = measure(tmp_path / "large")
    assert changes == 1
    assert ratio < 15
    assert much < little + 40_000
