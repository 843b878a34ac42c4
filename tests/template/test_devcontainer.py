"""The development container, opened by the program that editors open it with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from rendering import git, render, run
from stacks import development_stack

pytestmark = [pytest.mark.compose, pytest.mark.night]
CLI = ("npx", "--yes", "@devcontainers/cli@0.89")


@pytest.mark.skipif(not shutil.which("npx"), reason="needs Node.js")
def test_an_editor_finds_all_that_it_needs(tmp_path: Path) -> None:
    """The project's Python, git and gettext; the site answers, and its tests pass."""
    project = render(tmp_path, project_slug="opened_by_an_editor")
    git(project, "init", "--quiet")
    ports = development_stack(project).environment

    def cli(command: str, *words: str) -> str:
        done = run(*CLI, command, "--workspace-folder", ".", *words, cwd=project, **ports)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    try:
        assert json.loads(cli("up").splitlines()[-1])["outcome"] == "success"
        assert "no issues" in cli("exec", "python", "manage.py", "check")
        assert "passed" in cli("exec", "python", "-m", "pytest", "--quiet", "tests/test_home.py")
        for program in ("git", "msgfmt"):
            assert program in cli("exec", program, "--version")
        settings = json.loads((project / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
        python = settings["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
        cli("exec", python, "-c", "import django")
    finally:
        run("docker", "compose", "down", "--volumes", "--rmi=local", cwd=project)
