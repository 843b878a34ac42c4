"""Make projects from the template, as its users do, for every test that needs one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from cookiecutter.main import cookiecutter

TEMPLATE: Final = Path(__file__).resolve().parent.parent
COOKIECUTTER: Final = (sys.executable, "-m", "cookiecutter")
CRUFT: Final = (sys.executable, "-m", "cruft")
PROJECT_FOLDER: Final = "{{cookiecutter.project_slug}}"
QUESTIONS: Final = {
    question: default
    for question, default in json.loads((TEMPLATE / "cookiecutter.json").read_text("utf-8")).items()
    if not question.startswith("_")
}
"""What `cookiecutter.json` asks, with the default answer, or the list of choices."""


def as_typed(text: str) -> str:
    """Write a text so that cookiecutter's rendering of answers gives the text itself."""
    return f"{{{{ {json.dumps(text, ensure_ascii=False)} }}}}" if "{" in text else text


def render(into: Path, /, *, template: Path = TEMPLATE, **answers: str) -> Path:
    """Make a project in the folder `into`, with defaults for what is not answered.

    Returns the folder of the project. Its dependencies are not locked.
    Raises FailedHookException when an answer is refused; its text says why.
    Raises ValueError for a question that is not asked and for a choice that is not there.
    """
    if unknown := answers.keys() - QUESTIONS.keys():
        raise ValueError(f"cookiecutter.json does not ask {unknown}")
    context = {question: as_typed(answer) for question, answer in answers.items()}
    return Path(
        cookiecutter(str(template), no_input=True, extra_context=context, output_dir=str(into))
    )


def texts(project: Path) -> dict[str, str]:
    """Return all files that belong to the project itself, by their paths."""
    files = (path for path in project.rglob("*") if path.is_file())
    named = {path.relative_to(project).as_posix(): path for path in files}
    return {
        name: path.read_text("utf-8")
        for name, path in named.items()
        if not name.startswith("asgi_serving/")
    }


def add_serving_tests(project: Path) -> None:
    """Copy the tests of the serving library to a project made with the default answers."""
    tests = Path("tests", "serving")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(TEMPLATE / tests, project / tests, ignore=ignored, dirs_exist_ok=True)


def run(
    *command: str | Path, cwd: Path, typed: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with changes to the environment, and take its output."""
    return subprocess.run(
        command,
        cwd=cwd,
        check=False,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | environment,
        input=typed,
        timeout=900,  # the tests of a project boot dozens of servers
    )


def git(folder: Path, *arguments: str) -> str:
    """Return what git says in a folder. Raises CalledProcessError when it fails."""
    result = run("git", *arguments, cwd=folder)
    result.check_returncode()
    return result.stdout.strip()


def copy_template(into: Path) -> Path:
    """Copy what cookiecutter needs of the template to a new folder, and return that."""
    folder = into / "cookiecutter-django-asgi"
    caches = shutil.ignore_patterns("__pycache__", ".*_cache")
    for name in ("hooks", PROJECT_FOLDER):
        shutil.copytree(TEMPLATE / name, folder / name, ignore=caches)
    for name in (".git_archival.txt", ".gitattributes", "answer_checks.py", "cookiecutter.json"):
        shutil.copy(TEMPLATE / name, folder)
    return folder


def commit(folder: Path) -> str:
    """Commit all files of a folder, as a new repository if it is none, and return the revision."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Change")
    return git(folder, "rev-parse", "HEAD")
