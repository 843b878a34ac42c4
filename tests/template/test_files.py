"""A project keeps what its visitors upload in a folder, or in a bucket when a variable names one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from proving import prove
from quality import CACHE, environment_with_extras
from rendering import render, run

AZURITE = "azurite@3.37.0"
"""Azure's own emulator, a package of npm."""


@pytest.fixture(scope="module")
def azurite() -> str:
    """Return the path of its program, which is installed once."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("Azure's emulator is installed by npm, which is not here")
    folder = CACHE / AZURITE
    program = folder / "node_modules" / ".bin" / "azurite-blob"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        done = run(npm, "install", "--no-audit", "--no-fund", AZURITE, cwd=folder)
        assert done.returncode == 0, done.stderr
    return str(program)


def test_project_keeps_files(tmp_path: Path) -> None:
    """`proofs/files` asks real servers: with a folder, with moto's S3, with an emulator of Google's."""
    project = render(tmp_path, accounts="none")
    prove(project, environment_with_extras(project), "files", "-k", "not azure and not silent")


@pytest.mark.night
def test_project_waits_for_no_silent_bucket(tmp_path: Path) -> None:
    """For as long as its settings say, which is most of the time that the proof takes."""
    project = render(tmp_path, accounts="none")
    prove(project, environment_with_extras(project), "files", "-k", "not azure and silent")


@pytest.mark.night
def test_project_keeps_files_at_azure(tmp_path: Path, azurite: str) -> None:
    """The same with Azurite, which is 360 MB of npm's packages."""
    project = render(tmp_path, accounts="none")
    prove(project, environment_with_extras(project), "files", "-k", "azure", AZURITE=azurite)
