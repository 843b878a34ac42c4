"""Answers that are refused, each with what to type instead, and the edges of what is not."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from cookiecutter.exceptions import FailedHookException
from quality import environment_for, packages_of_extras
from rendering import COOKIECUTTER, PROJECT_FOLDER, QUESTIONS, TEMPLATE, render, run

import answer_checks

REFUSED = [
    # A folder, a package and a distribution.
    ("project_slug", "", "type 'my_project'"),
    ("project_slug", "outer/inner", "type 'outer_inner'"),
    ("project_slug", "My_Project", "type 'my_project'"),
    ("project_slug", "my-project", "type 'my_project'"),
    ("project_slug", "my project", "type 'my_project'"),
    ("project_slug", "1_project", "type 'project'"),
    ("project_slug", "_project", "type 'project'"),
    ("project_slug", "project_", "type 'project'"),
    ("project_slug", "my___project", "type 'my_project'"),
    ("project_slug", "projet_été", "type 'projet_t'"),
    ("project_slug", "日本", "type 'my_project'"),
    ("project_slug", "x" * 51, f"type '{'x' * 50}'"),
    ("project_slug", "x" * 49 + "_yz", f"type '{'x' * 49}'"),
    ("project_slug", "Django", "type 'django_site'"),
    ("project_slug", "class", "a word of the Python language; type another name"),
    ("project_slug", "match", "a word of the Python language"),
    ("project_slug", "email", "a module of Python's standard library"),
    ("project_slug", "test", "a module of Python's standard library"),
    ("project_slug", "tomllib", "a module of Python's standard library"),
    ("project_slug", "annotationlib", "a module of Python's standard library"),
    ("project_slug", "django", "a package that the project depends on; type another name"),
    ("project_slug", "uvicorn_worker", "a package that the project depends on"),
    ("project_slug", "environ", "a package that the project depends on"),
    ("project_slug", "django_environ", "a package that the project depends on"),
    ("project_slug", "axes", "a package that the project depends on"),
    ("project_slug", "django_axes", "a package that the project depends on"),
    ("project_slug", "config", "the name of another part of the project; type another name"),
    ("project_slug", "build", "the name of another part of the project"),
    ("project_slug", "logs", "the name of another part of the project"),
    ("project_slug", "node_modules", "the name of another part of the project"),
    ("project_slug", "secrets", "a module of Python's standard library"),
    ("project_slug", "noxfile", "the name of another part of the project"),
    ("project_slug", "static", "the name of another part of the project"),
    ("project_slug", "con", "no legal name for a folder on Windows"),
    ("project_slug", "com1", "no legal name for a folder on Windows"),
    # An address that certificates are requested with.
    ("author_email", "", "type one such as 'you@example.com'"),
    ("author_email", "you", "no e-mail address"),
    ("author_email", "you@", "no e-mail address"),
    ("author_email", "@example.com", "no e-mail address"),
    ("author_email", "you@@example.com", "no e-mail address"),
    ("author_email", "y.@example.com", "no e-mail address"),
    ("author_email", "you@exa mple.com", "no e-mail address"),
    ("author_email", "you@example..com", "no e-mail address"),
    ("author_email", "You <you@example.com>", "no e-mail address"),
    ("author_email", "you@example.com, me@example.com", "no e-mail address"),
    ("author_email", '"you"@example.com', "no e-mail address"),
    ("author_email", "yoü@example.com", "no e-mail address"),
    ("author_email", "{{ cookiecutter }}@example.com", "no e-mail address"),
    ("author_email", "x" * 65 + "@example.com", "no e-mail address"),
    # A host name.
    ("domain_name", "", "type 'example.com'"),
    ("domain_name", "https://example.org", "type 'example.org'"),
    ("domain_name", "example.org:8000", "type 'example.org'"),
    ("domain_name", "example.org/path", "type 'example.org'"),
    ("domain_name", "*.example.org", "type 'example.org'"),
    ("domain_name", ".example.org", "type 'example.org'"),
    ("domain_name", "example.org.", "type 'example.org'"),
    ("domain_name", "Example.ORG", "type 'example.org'"),
    ("domain_name", "https://me@Example.org:1/x?y#z", "type 'example.org'"),
    ("domain_name", "192.0.2.1:8000", "type '192.0.2.1'"),
    ("domain_name", "192.0.2.256", "type 'example.com'"),
    ("domain_name", "192.0.2", "type 'example.com'"),
    ("domain_name", "[2001:db8::1]", "type 'example.com'"),
    ("domain_name", "bücher.example", "type 'xn--bcher-kva.example'"),
    ("domain_name", "bu\u0308cher.example", "type 'xn--bcher-kva.example'"),
    ("domain_name", "faß.example", "type 'xn--fa-hia.example'"),
    ("domain_name", "例え.テスト", "type 'xn--r8jz45g.xn--zckzah'"),
    ("domain_name", "my_site.example", "type 'example.com'"),
    ("domain_name", "-a.example", "type 'example.com'"),
    ("domain_name", "a." + "x" * 64, "type 'example.com'"),
    ("domain_name", ".".join(["x" * 63] * 3 + ["y" * 62]), "type 'example.com'"),
    ("domain_name", "²", "type 'xn--pba'"),
    # A time zone that Django finds in its container.
    ("timezone", "", "no IANA time zone; type 'Europe/Berlin'"),
    ("timezone", "Berlin", "type 'Europe/Berlin'"),
    ("timezone", "europe/berlin", "type 'Europe/Berlin'"),
    ("timezone", "new york", "type 'America/New_York'"),
    ("timezone", "Europe/Berlni", "type 'Europe/Berlin'"),
    ("timezone", "CEST", "no IANA time zone"),
    ("timezone", "+01:00", "no IANA time zone"),
    ("timezone", "EST5EDT", "no IANA time zone"),
    ("timezone", "localtime", "no IANA time zone"),
    ("timezone", "../../etc/passwd", "no IANA time zone"),
    ("timezone", "kiev", "type 'Europe/Kyiv'"),
    ("timezone", "Asia/Calcutta", "a former name; type 'Asia/Kolkata'"),
    ("timezone", "US/Pacific", "a former name; type 'America/Los_Angeles'"),
    # Texts.
    ("project_name", "", "is empty"),
    ("author_name", "", "is empty"),
    ("project_name", " Lead", "begins or ends with a space; type 'Lead'"),
    ("description", "Trail\u3000", "begins or ends with a space; type 'Trail'"),
    ("author_email", "you@example.com ", "type 'you@example.com'"),
    ("project_name", "Two\nlines", "holds a line break or a control character"),
    ("description", "Line\u2028separator", "holds a line break or a control character"),
    ("description", "Bell\a", "holds a line break or a control character"),
    ("author_name", "Delete\x7f", "holds a line break or a control character"),
    ("author_name", "Tab\tbed", "holds a line break or a control character"),
    ("author_name", "Override\u202e", "holds a line break or a control character"),
    ("author_name", "Half a character \udc80", "holds a line break or a control character"),
    ("domain_name", "example.com\n", "holds a line break or a control character"),
]

ACCEPTED = [
    ("project_slug", "x"),
    ("project_slug", "x1"),
    ("project_slug", "my__project"),
    ("project_slug", "x" * 50),
    ("project_slug", "djangonauts"),
    ("author_email", "o'brien+news&co=x/y~z_a-b@mail.Example.org"),
    ("author_email", "x" * 64 + "@example.com"),
    ("author_email", "root@localhost"),
    ("domain_name", "localhost"),
    ("domain_name", "app"),
    ("domain_name", "192.0.2.1"),
    ("domain_name", "xn--bcher-kva.example"),
    ("domain_name", "3com.1-2.example"),
    ("domain_name", ".".join(["x" * 63] * 3 + ["y" * 61])),
    ("timezone", "UTC"),
    ("timezone", "GMT"),
    ("timezone", "Etc/GMT+12"),
    ("timezone", "America/Argentina/Buenos_Aires"),
    ("timezone", "America/Port-au-Prince"),
    ("description", ""),
    ("description", "\u200fعَرَبِيّ 👩\u200d👩\u200d👧 \ufeff\xa0x"),
    ("project_name", "0"),
]


@pytest.fixture(scope="session")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the template with its questions and their hook, and next to nothing to make."""
    folder = tmp_path_factory.mktemp("questions")
    (folder / PROJECT_FOLDER).mkdir()
    (folder / PROJECT_FOLDER / "made").touch()
    for file in ("cookiecutter.json", "answer_checks.py"):
        shutil.copy(TEMPLATE / file, folder / file)
    return folder


def refusals(questions: Path, into: Path, **typed: str) -> str:
    """Return what is said about answers that must be refused, and must leave nothing behind."""
    defaults = {"project_slug": "my_project"}
    with pytest.raises(FailedHookException) as refused:
        render(into, template=questions, **(defaults | typed))
    assert list(into.iterdir()) == []
    return str(refused.value)


@pytest.mark.parametrize(("question", "answer", "said"), REFUSED)
def test_bad_answer_is_refused_with_what_to_type(
    question: str,
    answer: str,
    said: str,
    questions: Path,
    tmp_path: Path,
) -> None:
    """The line names the question, and is the only one."""
    lines = refusals(questions, tmp_path, **{question: answer}).splitlines()
    (line,) = [line for line in lines if line.startswith("- ")]
    assert line.startswith(f"- {question}: ")
    assert said in line


@pytest.mark.parametrize(("question", "answer"), ACCEPTED)
def test_edge_is_accepted(question: str, answer: str, questions: Path, tmp_path: Path) -> None:
    """The project is made."""
    assert (render(tmp_path, template=questions, **{question: answer}) / "made").exists()


def test_all_bad_answers_are_reported_at_once(questions: Path, tmp_path: Path) -> None:
    """Nobody answers nine questions again for the second mistake."""
    bad = {
        "project_name": "",
        "project_slug": "No",
        "description": "a\nb",
        "author_name": " x",
        "author_email": "x",
        "domain_name": "x:1",
        "timezone": "x",
    }
    said = refusals(questions, tmp_path, **bad)
    lines = [line for line in said.splitlines() if line.startswith("- ")]
    assert {line.split()[1] for line in lines} == {f"{question}:" for question in bad}
    assert len(lines) == len(bad)


@pytest.mark.parametrize("slug", ["", "Bad", "outer/inner", "../up"])
def test_refusal_is_all_that_is_said(questions: Path, tmp_path: Path, slug: str) -> None:
    """No traceback above or below it, and no folder."""
    folder = tmp_path / "folder"
    folder.mkdir()
    result = run(*COOKIECUTTER, questions, "--no-input", f"project_slug={slug}", cwd=folder)
    assert result.returncode == 1
    title, line = (result.stdout + result.stderr).splitlines()
    assert title == "No project was made, because of these answers:"
    assert line.startswith("- project_slug: ")
    assert list(tmp_path.rglob("*")) == [folder]


def test_refusal_can_be_shown_on_a_console_without_the_characters(
    questions: Path, tmp_path: Path
) -> None:
    """A Windows console of the West knows 256 characters."""
    result = run(
        *COOKIECUTTER,
        questions,
        "--no-input",
        "domain_name=🦄.example",
        "author_email=日本",
        cwd=tmp_path,
        PYTHONIOENCODING="cp1252",
    )
    assert result.returncode == 1
    assert r"- domain_name: '\U0001f984.example' is no host name" in result.stdout
    assert r"- author_email: '\u65e5\u672c' is no e-mail address" in result.stdout


def test_without_zone_data_only_the_shape_of_a_time_zone_is_checked(
    questions: Path, tmp_path: Path
) -> None:
    """Windows has none of its own."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "tzdata.py").write_text('raise ImportError("no zone data here")\n')
    environment = {"PYTHONTZPATH": "", "PYTHONPATH": str(hidden)}
    command = (*COOKIECUTTER, str(questions), "--no-input")
    good = run(*command, "timezone=Europe/Anywhere", cwd=tmp_path, **environment)
    assert good.returncode == 0, good.stderr
    bad = run(*command, "project_slug=other", "timezone=+1", cwd=tmp_path, **environment)
    assert "- timezone: '+1' is no IANA time zone; type 'Europe/Berlin'" in bad.stdout


def test_every_module_of_the_standard_library_is_refused(questions: Path, tmp_path: Path) -> None:
    """One of each kind, whatever Python runs cookiecutter: built in, a package, a module."""
    for name in ("sys", "json", "calendar"):
        assert name in sys.stdlib_module_names
        said = refusals(questions, tmp_path, project_slug=name)
        assert f"'{name}' is a module of Python's standard library" in said


INSTALLED = """
import json
import re
from importlib import metadata, util

distributions = {distribution.name.lower() for distribution in metadata.distributions()}
names = {re.sub("[-_.]+", "_", name) for name in distributions}
modules = filter(util.find_spec, metadata.packages_distributions())  # some are only said to be there
names |= {name for name in modules if not name.endswith("__mypyc")}
print(json.dumps(sorted(names)))
"""
NOT_INSTALLED_HERE = {"colorama", "tzdata"}
"""What the project depends on under Windows only."""

WITH_PACKAGES = (
    {"accounts": "allauth", "api": "none", "tasks": "none"},
    {"accounts": "allauth", "api": "ninja", "tasks": "database"},
    {"accounts": "allauth", "api": "drf", "tasks": "celery"},
    {"accounts": "none", "api": "none", "tasks": "none"},
)
"""Each answer that brings packages, together as other tests have them, which share environments."""

NOT_WATCHED = """
import json
from asgi_serving.development import files

print(json.dumps(sorted(files.NOT_WATCHED | files.NOT_WATCHED_AT_THE_TOP)))
"""


def refused_names(part: str) -> set[str]:
    """Return a list of names in the checks."""
    names: str = getattr(answer_checks, part)
    return set(names.split())


def slugs(names: Iterable[str]) -> set[str]:
    """Return those of the names that a project could have."""
    return {name for name in names if re.fullmatch("[a-z](_?[a-z0-9])*", name)}


@pytest.mark.parametrize("question", WITH_PACKAGES[0])
def test_each_answer_that_brings_packages_is_looked_at(question: str) -> None:
    """Below; a choice that is new would be left out."""
    assert {answers[question] for answers in WITH_PACKAGES} == set(QUESTIONS[question])


def test_names_of_packages_that_a_project_installs_are_refused(
    project: Path, tmp_path: Path
) -> None:
    """And no others: what a project can import, and what its own distribution would depend on."""
    installed: set[str] = set()
    for number, answers in enumerate(WITH_PACKAGES):
        made = render(tmp_path / str(number), template=TEMPLATE, **answers)
        installed |= slugs(said_by(made, INSTALLED))
    installed |= slugs(said_by(project, INSTALLED, *packages_of_extras(project)))
    assert refused_names("DEPENDENCIES") == installed | NOT_INSTALLED_HERE


def test_names_of_other_parts_of_the_project_are_refused(project: Path) -> None:
    """Of its folders and modules, and of what Git, Docker or the development server ignore."""
    top = [path.name.lower().removesuffix(".py") for path in project.iterdir()]
    needed = slugs([*top, *said_by(project, NOT_WATCHED), *ignored(project)]) - {"my_project"}
    assert needed - sys.stdlib_module_names <= refused_names("PROJECT")


def test_ignored_folders_are_those_at_the_top(project: Path) -> None:
    """An application may be called media, secrets or build; Docker needs no slash for that."""
    lines = (project / ".gitignore").read_text("utf-8").splitlines()
    assert {line for line in lines if slugs([line.rstrip("/")])} == set()


def said_by(project: Path, program: str, *packages: str) -> list[str]:
    """Return the list that a program prints in the environment of the project, with more packages."""
    quiet = {"PYTHONDONTWRITEBYTECODE": "1"}
    done = run(environment_for(project, *packages), "-c", program, cwd=project, **quiet)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def ignored(project: Path) -> Iterator[str]:
    """Yield what is ignored by Git or left out of the image, without slashes."""
    for file in (".gitignore", ".dockerignore"):
        for line in (project / file).read_text("utf-8").splitlines():
            yield line.strip("/").lower()
