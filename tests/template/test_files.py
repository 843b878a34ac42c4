"""A project keeps what its visitors upload in a folder, or in a bucket when a variable names one."""

from __future__ import annotations

from pathlib import Path

from proving import prove
from quality import environment_with_extras
from rendering import render


def test_project_keeps_files(tmp_path: Path) -> None:
    """`proofs/files` asks real servers, with a folder and with moto's S3."""
    project = render(tmp_path, accounts="none")
    prove(project, environment_with_extras(project), "files")
