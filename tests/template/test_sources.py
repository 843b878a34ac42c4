"""The template works from wherever people take it, and projects follow it with cruft."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tomllib
from pathlib import Path

import pytest
from rendering import (
    COOKIECUTTER,
    CRUFT,
    PROJECT_FOLDER,
    TEMPLATE,
    commit,
    copy_template,
    git,
    render,
    run,
)


def contents(project: Path) -> dict[str, bytes]:
    """Return what every file holds, but for secrets and where the template came from."""
    return {
        str(path.relative_to(project)): path.read_bytes()
        for path in sorted(project.rglob("*"))
        if path.is_file() and path.name not in {".env", ".cruft.json", "pyproject.toml"}
    }


def template_table(project: Path) -> dict[str, object]:
    """Return what a project records about its template."""
    data = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    return dict(data["tool"]["cookiecutter-django-asgi"])


@pytest.mark.parametrize("source", ["folder", "git", "zip", "archive"])
def test_project_is_the_same_from_every_source(source: str, project: Path, tmp_path: Path) -> None:
    """The revision is known wherever Git knows it, or has written it into an archive."""
    template = copy_template(tmp_path)
    revision = commit(template)
    if source == "zip":
        shutil.rmtree(template / ".git")
        location = shutil.make_archive(str(template), "zip", tmp_path, template.name)
    elif source == "archive":
        location = str(tmp_path / "template.zip")
        git(template, "archive", "--prefix=template-main/", "--output", location, "HEAD")
    else:
        location = f"git+{template.as_uri()}" if source == "git" else str(template)
    made = tmp_path / "made"
    made.mkdir()
    result = run(*COOKIECUTTER, location, "--no-input", cwd=made)
    assert result.returncode == 0, result.stderr
    assert contents(made / "my_project") == contents(project)
    table = template_table(made / "my_project")
    assert table["template"] == location
    assert table["revision"] == ("" if source == "zip" else revision)


def test_a_project_from_an_archive_follows_the_repository(tmp_path: Path) -> None:
    """By the revision that the archive was made of."""
    template = copy_template(tmp_path)
    (template / "pyproject.toml").write_text('[project]\nversion = "8.0"\n')
    commit(template)
    archive = tmp_path / "template.zip"
    git(template, "archive", "--prefix=template-main/", "--output", str(archive), "HEAD")
    assert run(*COOKIECUTTER, archive, "--no-input", cwd=tmp_path).returncode == 0
    project = tmp_path / "my_project"
    commit(project)
    (template / PROJECT_FOLDER / "NEWS.md").write_text("News\n")
    (template / "pyproject.toml").write_text('[project]\nversion = "9.0"\n')
    commit(template)
    updated = run(
        sys.executable, "-m", "asgi_upgrade", "template", "--template", template,
        cwd=project, PYTHONPATH=str(TEMPLATE),
    )  # fmt: skip
    assert updated.returncode == 0, updated.stderr
    assert (project / "NEWS.md").exists()


def test_replay_makes_the_same_project(tmp_path: Path) -> None:
    """With literal braces and quotes, which a replay file keeps."""
    name = """{{ "it's" }} 🦄"""
    first = render(tmp_path / "first", project_slug="mine", project_name=name, license="MIT")
    result = run(*COOKIECUTTER, TEMPLATE, "--replay", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert contents(tmp_path / "mine") == contents(first)
    assert template_table(tmp_path / "mine") == template_table(first)


def test_answers_on_the_command_line(tmp_path: Path) -> None:
    """What a script gives need not be asked."""
    arguments = ("--no-input", "project_name=Acme, Inc.", "timezone=Europe/Berlin")
    result = run(*COOKIECUTTER, TEMPLATE, *arguments, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    answers = template_table(tmp_path / "acme_inc")["answers"]
    assert isinstance(answers, dict)
    assert answers["project_name"] == "Acme, Inc."
    assert answers["timezone"] == "Europe/Berlin"


@pytest.mark.skipif(sys.platform == "win32", reason="stands in for uv with an sh script")
def test_cruft_creates_checks_and_updates(tmp_path: Path) -> None:
    """An update carries the template's changes over, and leaves secrets and the lock alone."""
    template = copy_template(tmp_path)
    first_revision = commit(template)
    uv = tmp_path / "tools" / "uv"
    uv.parent.mkdir()
    uv.write_text('#!/bin/sh\n[ "$1" != lock ] || echo "locked by $$" > uv.lock\n')
    uv.chmod(0o755)
    environment = {
        "PATH": os.pathsep.join([str(uv.parent), os.environ["PATH"]]),
        "COOKIECUTTER_LOCK_TIMEOUT": "60",
    }

    create = (*CRUFT, "create", str(template), "--no-input")
    created = run(*create, cwd=tmp_path, PWD=str(tmp_path), **environment)
    assert created.returncode == 0, created.stdout + created.stderr
    assert "The project is ready." in created.stdout
    project = tmp_path / "my_project"
    environment["PWD"] = str(project)
    commit(project)
    assert template_table(project)["revision"] == first_revision
    secrets, lock = (project / ".env").read_bytes(), (project / "uv.lock").read_bytes()
    assert lock.startswith(b"locked by")
    assert run(*CRUFT, "check", cwd=project).returncode == 0
    same = run(*CRUFT, "diff", "--exit-code", cwd=project, **environment)
    assert (same.returncode, same.stdout) == (0, "")

    (template / PROJECT_FOLDER / "NEWS.md").write_text("News for {{ cookiecutter.project_name }}\n")
    manage = template / PROJECT_FOLDER / "manage.py"
    manage.write_text(manage.read_text("utf-8") + "# The end.\n", "utf-8")
    second_revision = commit(template)
    assert run(*CRUFT, "check", cwd=project).returncode == 1

    updated = run(*CRUFT, "update", "--skip-apply-ask", cwd=project, **environment)
    assert updated.returncode == 0, updated.stdout + updated.stderr
    assert "The project is ready." not in updated.stdout
    git(project, "add", "--all")
    assert git(project, "diff", "--cached", "--name-only").split() == [
        ".cruft.json",
        "NEWS.md",
        "manage.py",
        "pyproject.toml",
    ]
    assert (project / "NEWS.md").read_text() == "News for My Project\n"
    assert (project / ".env").read_bytes() == secrets
    assert (project / "uv.lock").read_bytes() == lock
    assert template_table(project)["revision"] == second_revision
    assert json.loads((project / ".cruft.json").read_text())["commit"] == second_revision
    assert run(*CRUFT, "check", cwd=project).returncode == 0
