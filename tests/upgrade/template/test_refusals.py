"""What cannot be updated: one line that says what to do, and nothing changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from rendering import git, run

from upgrade.template.mini_template import (
    QUESTIONS,
    MiniTemplate,
    commit_all,
    no_git,
    status,
    update,
)  # fmt: skip


def refused(project: Path, *options: str, **environment: str) -> str:
    """Return the one line that a refused update says."""
    done = update(project, *options, **environment)
    assert done.returncode == 2, done.stdout
    lines = [line for line in done.stderr.splitlines() if not line.endswith(" ...")]
    assert lines[-1].startswith("asgi-upgrade: "), done.stderr
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.mark.parametrize("state", ["modified", "staged"])
def test_uncommitted_changes(old_project: Path, state: str) -> None:
    """Their files are named, and what to do with them."""
    (old_project / "app.py").write_text("mine = 1\n")
    if state == "staged":
        git(old_project, "add", "app.py")
    line = refused(old_project)
    assert "uncommitted changes in app.py" in line
    assert "git stash" in line
    assert (old_project / "app.py").read_text() == "mine = 1\n"


def test_untracked_files_are_no_obstacle(old_project: Path) -> None:
    """As long as nothing would overwrite them."""
    (old_project / "notes.txt").write_text("mine\n")
    assert update(old_project).returncode == 0
    assert (old_project / "notes.txt").read_text() == "mine\n"


@pytest.mark.parametrize("command", ["merge", "rebase", "cherry-pick", "revert"])
def test_something_is_under_way(old_project: Path, command: str) -> None:
    """A merge, or anything else that git has not finished."""
    git(old_project, "checkout", "--quiet", "-b", "other")
    (old_project / "app.py").write_text("other = 1\n")
    commit_all(old_project)
    git(old_project, "checkout", "--quiet", "main")
    (old_project / "app.py").write_text("main = 1\n")
    commit_all(old_project)
    (old_project / "app.py").write_text("main = 2\n")
    commit_all(old_project)
    commit = {"revert": "HEAD~1"}.get(command, "other")
    assert run("git", command, commit, cwd=old_project).returncode != 0
    line = refused(old_project)
    assert "is under way" in line
    assert f"git {command} --abort" in line


def test_an_update_is_under_way(old_project: Path) -> None:
    """The second one does not begin."""
    assert update(old_project).returncode == 0
    assert "git merge --abort" in refused(old_project)


def test_an_unknown_revision(old_project: Path) -> None:
    """The versions that there are, are named."""
    line = refused(old_project, "--to", "7.7.7")
    assert "no version, tag, branch or commit 7.7.7" in line
    assert "0.1.0, 0.2.0" in line
    assert "--exec=x" in refused(old_project, "--to=--exec=x")


def test_an_older_revision(old_project: Path, template: MiniTemplate) -> None:
    """Git takes back what it has committed."""
    assert update(old_project).returncode == 0
    commit_all(old_project)
    assert "git revert" in refused(old_project, "--to", template.first)


@pytest.mark.parametrize("revision", ["", "0123456789abcdef0123456789abcdef01234567", "-x"])
def test_a_recorded_revision_that_is_not_there(old_project: Path, revision: str) -> None:
    """It is told where to write the right one."""
    edit_record(old_project, "revision", revision)
    line = refused(old_project)
    assert "`revision` of [tool.cookiecutter-django-asgi] in pyproject.toml" in line


def test_a_record_that_is_not_utf_8(old_project: Path) -> None:
    """Nothing else could read it either."""
    file = old_project / "pyproject.toml"
    file.write_bytes(file.read_bytes().replace(b"My Shop", "Mÿ Shop".encode("latin-1")))
    commit_all(old_project)
    assert "pyproject.toml is not UTF-8" in refused(old_project)


def edit_record(project: Path, name: str, value: str) -> None:
    """Commit another value of the record."""
    file = project / "pyproject.toml"
    head, _, tail = file.read_text().partition(f"\n{name} = ")
    file.write_text(f'{head}\n{name} = "{value}"\n{tail.partition(chr(10))[2]}')
    commit_all(project)


@pytest.mark.parametrize("what", ["record", "answers", "file", "broken"])
def test_no_answers_are_recorded(old_project: Path, what: str) -> None:
    """Nor anything at all."""
    file = old_project / "pyproject.toml"
    text = file.read_text()
    before = {
        "record": "[tool.cookiecutter-django-asgi]",
        "answers": "[tool.cookiecutter-django-asgi.a",
    }
    if what == "file":
        file.unlink()
    elif what == "broken":
        file.write_text("[tool")
    else:
        file.write_text(text.partition(before[what])[0])
    commit_all(old_project)
    line = refused(old_project)
    assert "pyproject.toml" in line
    if what == "answers":
        assert "[tool.cookiecutter-django-asgi.answers]" in line


@pytest.mark.parametrize("place", ["", "/nowhere/template", "https://127.0.0.1:1/template.git"])
def test_the_template_cannot_be_reached(old_project: Path, place: str) -> None:
    """A clone or bundle helps."""
    edit_record(old_project, "template", place)
    assert "--template" in refused(old_project)


def test_a_project_of_another_template(old_project: Path, tmp_path: Path) -> None:
    """Told by what the template renders."""
    other = tmp_path / "other"
    git(tmp_path, "init", "--quiet", str(other))
    (other / "cookiecutter.json").write_text("{}")
    commit_all(other)
    edit_record(old_project, "revision", git(other, "rev-parse", "HEAD"))
    assert "is another template" in refused(old_project, "--template", str(other))


def test_a_template_without_history(
    old_project: Path, template: MiniTemplate, tmp_path: Path
) -> None:
    """A folder that was unpacked, or a zip, has the newer version alone."""
    unpacked = tmp_path / "unpacked"
    shutil.copytree(template.folder, unpacked, ignore=shutil.ignore_patterns(".git"))
    assert "without history" in refused(old_project, "--template", str(unpacked))
    archive = tmp_path / "template.zip"
    git(template.folder, "archive", "--output", str(archive), "HEAD")
    assert "holds one version" in refused(old_project, "--template", str(archive))


def test_no_repository(old_project: Path, tmp_path: Path) -> None:
    """Git does the merge, and takes it back."""
    shutil.rmtree(old_project / ".git")
    line = refused(old_project, GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert "git init" in line
    git(old_project, "init", "--quiet")
    assert "nothing is committed yet" in refused(old_project)
    assert "no folder" in refused(old_project, str(tmp_path / "missing"))


def test_git_is_old_or_missing(old_project: Path, tmp_path: Path) -> None:
    """What is needed is named."""
    programs = tmp_path / "programs"
    path = no_git(programs)
    assert "git is needed" in refused(old_project, PATH=path)
    (programs / "git").write_text("#!/bin/sh\necho git version 2.37.4\n")
    (programs / "git").chmod(0o755)
    line = refused(old_project, PATH=path)
    assert "git 2.38 or newer is needed, and this is 2.37.4" in line


def test_an_unknown_question(old_project: Path) -> None:
    """Its own questions are named."""
    line = refused(old_project, "--answer", "colour=blue")
    assert "does not ask for colour: its questions are project_name, project_slug, color" in line


def test_ask_needs_a_terminal(old_project: Path) -> None:
    """Elsewhere there is nobody to answer."""
    assert "--answer NAME=VALUE" in refused(old_project, "--ask")


def test_answers_that_the_template_refuses(template: MiniTemplate, tmp_path: Path) -> None:
    """What the template says of them is said."""
    project = template.project(tmp_path / "made")
    template.release("0.2.0", {}, questions=QUESTIONS | {"loud": False})
    done = update(project, "--answer", "loud=perhaps")
    assert done.returncode == 2
    assert "an answer is not accepted: perhaps" in done.stderr
    assert "Traceback" not in done.stderr
    assert status(project) == ""
