"""What a resolver makes of the versions that were written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from uv import find_uv_bin

from upgrade.project import OLD, migrated


def resolved(requirements: Path) -> dict[str, Version] | None:
    """Return the version of each package, or None when they cannot be installed together."""
    compile_ = [find_uv_bin(), "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
    command = [*compile_, "--python", sys.executable, str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        assert "No solution found" in done.stderr
        return None
    found = map(Requirement, filter(None, done.stdout.splitlines()))
    return {each.name: Version(str(each.specifier).removeprefix("==")) for each in found}


@pytest.mark.parametrize(
    "declared",
    [
        "gunicorn\nuvicorn\n",
        "gunicorn==21.2.0\nuvicorn[standard]==0.27.0\n",
        "gunicorn==20.1.0\nuvicorn==0.27.0\n",
        "gunicorn>=20.1\nuvicorn>=0.20\n",
        "gunicorn==23.0.0\nuvicorn<0.36\n",
        "gunicorn==23.0.0\nuvicorn~=0.40.0\n",
        "gunicorn==20.1.0\nuvicorn\n",
        "gunicorn==20.1.0\nuvicorn>=0.20\n",
        "gunicorn==20.1.0\nuvicorn==0.40.0\n",
        "gunicorn==20.0.4\nuvicorn==0.27.0\n",
    ],
)
def test_versions_serve_together_or_a_person_is_told(tmp_path: Path, declared: str) -> None:
    """Uvicorn 0.36 took away what uvicorn-worker 0.3.0 calls at the start."""
    files = {"start.sh": f"gunicorn -k {OLD} app\n", "requirements.txt": declared}
    _, result = migrated(tmp_path / "told", files)
    after, _ = migrated(tmp_path, files, force=True)
    (tmp_path / "requirements.txt").write_text(after["requirements.txt"])
    versions = resolved(tmp_path / "requirements.txt")
    serves = versions is not None and (
        (versions["uvicorn"] >= Version("0.36")) == (versions["uvicorn-worker"] >= Version("0.4"))
    )
    assert serves == (result.decisions == [])
