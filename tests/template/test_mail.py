"""A project sends messages by the provider that a variable names."""

from __future__ import annotations

from pathlib import Path

from proving import prove
from quality import environment_with_extras
from rendering import render


def test_project_sends_by_providers(tmp_path: Path) -> None:
    """`proofs/mail` stands in for their APIs."""
    project = render(tmp_path, accounts="none")
    prove(project, environment_with_extras(project), "mail")
