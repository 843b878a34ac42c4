"""A template in miniature with a history of versions, and projects made from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from cookiecutter.main import cookiecutter
from rendering import as_typed, git, run

ROOT = Path(__file__).resolve().parents[3]
SLUG = "{{cookiecutter.project_slug}}"
QUESTIONS: dict[str, object] = {
    "project_name": "My Shop",
    "project_slug": "shop",
    "color": ["red", "blue"],
    "__year": "{% now 'utc', '%Y' %}",
}
PYPROJECT = """\
[project]
name = "{{ cookiecutter.project_slug }}"
version = "0.1.0"
dependencies = []

[tool.cookiecutter-django-asgi]
template = "{{ cookiecutter._template }}"
version = "{{ cookiecutter._version }}"
revision = ""
year = "{{ cookiecutter.__year }}"

[tool.cookiecutter-django-asgi.answers]
{%- for question, answer in cookiecutter.items() if not question.startswith('_') %}
{{ question }} = {{ answer | tojson }}
{%- endfor %}

[tool.cruft]
skip = [".env", "uv.lock"]
"""
FILES = {
    "app.py": "".join(f"line_{number} = {number}\n" for number in range(30)),
    "docs/guide.md": "# {{ cookiecutter.project_name }}\n\nIt is {{ cookiecutter.color }}.\n",
    "deploy/start": "#!/bin/sh\nexec serve\n",
    "LICENSE": "Copyright (c) {{ cookiecutter.__year }} Somebody\n",
    "pyproject.toml": PYPROJECT,
}
HOOK = """\
import pathlib, subprocess
revision = "{{ cookiecutter.get('_commit', '') }}" or subprocess.run(
    ["git", "-C", r"{{ cookiecutter.get('_repo_dir', '') }}", "rev-parse", "HEAD"],
    capture_output=True, text=True,
).stdout.strip()
file = pathlib.Path("pyproject.toml")
file.write_text(file.read_text().replace('revision = ""', f'revision = "{revision}"'))
pathlib.Path(".env").write_text("SECRET_KEY=rendered\\n")
"""


class MiniTemplate:
    """A repository of a small template."""

    def __init__(self, folder: Path) -> None:
        """Make version 0.1.0 in a new folder."""
        self.folder = folder
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--initial-branch=main")
        (folder / "hooks").mkdir()
        (folder / "hooks" / "post_gen_project.py").write_text(HOOK)
        self.first = self.release("0.1.0", FILES, questions=QUESTIONS)
        git(folder, "update-index", "--chmod=+x", f"{SLUG}/deploy/start")
        git(folder, "commit", "--quiet", "--amend", "--no-edit")
        (folder / SLUG / "deploy" / "start").chmod(0o755)
        self.first = git(folder, "rev-parse", "HEAD")

    def release(
        self, version: str, files: Mapping[str, str | None], *,
        questions: Mapping[str, object] = QUESTIONS, news: str = "- It is newer.",
    ) -> str:  # fmt: skip
        """Commit a version with changed files, None for a removed one, and return the commit."""
        changelog = self.folder / "CHANGELOG.md"
        former = changelog.read_text() if changelog.exists() else ""
        changelog.write_text(f"## [{version}] - 2026-11-22\n\n{news}\n\n{former}")
        (self.folder / "pyproject.toml").write_text(
            f'[project]\nname = "cookiecutter-django-asgi"\nversion = "{version}"\n'
        )
        asked = json.dumps({**questions, "_version": version}, indent=2)
        (self.folder / "cookiecutter.json").write_text(asked)
        return self.commit(files, f"Release {version}")

    def commit(self, files: Mapping[str, str | None], title: str = "Change") -> str:
        """Commit changed files of the project's folder, and return the commit."""
        for name, text in files.items():
            place = self.folder / SLUG / name
            if text is None:
                place.unlink()
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text)
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--message", title)
        return git(self.folder, "rev-parse", "HEAD")

    def project(self, into: Path, /, *, checkout: str | None = None, **answers: str) -> Path:
        """Make a project of the newest commit, or of another, and commit it."""
        if checkout:
            git(self.folder, "checkout", "--quiet", checkout)
        into.mkdir(parents=True, exist_ok=True)
        context = {name: as_typed(answer) for name, answer in answers.items()}
        made = cookiecutter(
            str(self.folder), no_input=True, extra_context=context, output_dir=str(into)
        )
        if checkout:
            git(self.folder, "checkout", "--quiet", "main")
        return committed(Path(made))


def committed(folder: Path) -> Path:
    """Make a folder a repository with one commit, but for `.env`, and return it."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    with (folder / ".git" / "info" / "exclude").open("a") as file:
        file.write(".env\n__pycache__/\n")
    commit_all(folder, "Start")
    return folder


def commit_all(folder: Path, title: str = "Work") -> None:
    """Commit all that is in a folder."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", title)


def update(
    project: Path, *options: str | Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `asgi-upgrade template` in a project."""
    command = (sys.executable, "-m", "asgi_upgrade", "template", *map(str, options))
    return run(*command, cwd=project, **{"PYTHONPATH": str(ROOT), **environment})


def updated(project: Path, *options: str | Path) -> str:
    """Run the command, see that it has done all by itself, commit, and return what it has said."""
    done = update(project, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    git(project, "commit", "--quiet", "--no-edit")
    return done.stdout


def tracked(project: Path) -> dict[str, str]:
    """Return mode, kind and name of the content of all committed files."""
    listed = git(project, "ls-tree", "-r", "HEAD").splitlines()
    return {path: facts for facts, _, path in (line.partition("\t") for line in listed)}


def status(project: Path) -> str:
    """Return what git says of the work tree, in short."""
    return git(project, "status", "--porcelain")


def no_git(folder: Path) -> str:
    """Return a PATH with all that is in PATH but git."""
    folder.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for file in Path(place).iterdir() if Path(place).is_dir() else ():
            link = folder / file.name
            if not file.name.startswith("git") and not link.exists():
                link.symlink_to(file)
    return str(folder)
