"""The audits of a project and of this repository that need no network find nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from rendering import TEMPLATE, render, run

DOCKERFILES = ("hadolint", "Dockerfile", "deploy/backup/Dockerfile")
CONTAINERS = (
    "compose-lint", "check", "--strict-config", "compose.production.yaml", "--fail-on=low",
)  # fmt: skip
WORKFLOWS = ("zizmor", "--offline", ".github")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with the default answers."""
    return render(tmp_path_factory.mktemp("audited"))


@pytest.mark.parametrize("command", [DOCKERFILES, CONTAINERS])
def test_project_has_no_finding(project: Path, command: tuple[str, ...]) -> None:
    """As `nox -s audit` in it; the commands are the same."""
    session = (project / "noxfile.py").read_text("utf-8")
    assert all(f'"{word}"' in session for word in command)
    result = run(*command, cwd=project)
    assert result.returncode == 0, result.stdout + result.stderr


def test_workflows_have_no_finding(project: Path) -> None:
    """As the workflow itself looks."""
    workflow = (project / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    assert 'uvx "zizmor>=1.32" --offline .github' in workflow
    result = run(*WORKFLOWS, cwd=project)
    assert result.returncode == 0, result.stdout + result.stderr


def test_repository_has_no_finding() -> None:
    """As `nox -s audit` here."""
    result = run(*WORKFLOWS, cwd=TEMPLATE)
    assert result.returncode == 0, result.stdout + result.stderr
