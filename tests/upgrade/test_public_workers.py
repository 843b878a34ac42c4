"""The proof on public projects notices what it is there to notice."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest
from rendering import commit

from asgi_upgrade.document import Document
from asgi_upgrade.result import Change
from proofs.public_workers.__main__ import TABLE
from proofs.public_workers.boot import boot
from proofs.public_workers.comparison import Compared, compare
from proofs.public_workers.environments import Environments
from proofs.public_workers.pythons import installed, nearest, python_of
from proofs.public_workers.serving import places_of, serve
from proofs.public_workers.starts import Start, starts
from proofs.public_workers.verdicts import NEW, PERSON, STAYS, Judged, Line, digest, judged
from proofs.repositories import AbsentError, tree_of
from upgrade.project import NEW as CLASS
from upgrade.project import OLD, write

COMMAND = f"gunicorn -k {OLD} app"
FILES = {
    "start.sh": f"{COMMAND}\n",
    "CHANGELOG.md": f"{OLD}\n",
    "requirements.txt": "gunicorn\nuvicorn\n",
}
LINES = (
    Line("start.sh", 1, NEW, digest(COMMAND.encode())),
    Line("CHANGELOG.md", 1, STAYS, digest(OLD.encode())),
)
PROJECT = Judged("own/shop", "0" * 40, LINES, {"requirements.txt": ""})


def test_more_than_sixty_projects_are_judged() -> None:
    """Each once, at a commit that anyone can have, and with lines of its own; no code is among them."""
    projects = judged()
    assert len({each.repository for each in projects}) == len(projects) > 60
    for project in projects:
        assert re.fullmatch(r"[0-9a-f]{40}", project.commit)
        assert project.lines
        assert all(re.fullmatch(r"[0-9a-f]{12}", line.digest) for line in project.lines)
        assert {line.verdict for line in project.lines} <= {NEW, STAYS, PERSON}


def test_table_has_the_figures_of_what_is_judged() -> None:
    """It was written after the last verdict, and no name was wrong."""
    rows = dict(re.findall(r"^\| (.+?) \| (\d+) \|$", TABLE.read_text("utf-8"), re.MULTILINE))
    verdicts = Counter(line.verdict for each in judged() for line in each.lines)
    assert int(rows["projects"]) == len(judged())
    assert int(rows["lines that name the module"]) == verdicts.total()
    assert int(rows["of them to be renamed"]) == verdicts[NEW]
    assert int(rows["left to a person"]) == verdicts[PERSON]
    booted = int(rows["of these boot"]) + int(rows["did not boot before either"])
    assert booted == int(rows["of them resolve"]) == int(rows["files that got the dependency"])
    assert rows["of these boot afterwards"] == rows["whole applications that boot before"]
    assert rows["renamed"] == str(
        verdicts[NEW] - int(rows["missed names"]) + int(rows["wrong names"])
    )


def test_project_without_a_mistake(tmp_path: Path) -> None:
    """All is as it was judged."""
    write(tmp_path, FILES)
    figures, problems, *_ = compare(PROJECT, tmp_path)
    assert problems == []
    assert (figures["renamed"], figures["dependencies"], figures["resolved"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("project", "said"),
    [
        (
            PROJECT._replace(lines=(LINES[0]._replace(verdict=STAYS),)),
            "start.sh:1 has the new name",
        ),
        (
            PROJECT._replace(lines=(LINES[1]._replace(verdict=NEW),)),
            "CHANGELOG.md:1 has the old name",
        ),
        (PROJECT._replace(lines=(LINES[0]._replace(digest="0"),)), "start.sh:1 is another line"),
        (PROJECT._replace(dependencies={}), "requirements.txt declares '', and must None"),
        (PROJECT._replace(dependencies={"requirements.txt": "==0.4.0"}), "declares ''"),
        (PROJECT._replace(dependencies={**PROJECT.dependencies, "a.in": ""}), "a.in declares None"),
    ],
)
def test_mistake_is_noticed(tmp_path: Path, project: Judged, said: str) -> None:
    """Of a name, and of a dependency."""
    write(tmp_path, FILES)
    [problem] = compare(project, tmp_path).problems
    assert said in problem


def test_versions_that_do_not_resolve_are_noticed(tmp_path: Path) -> None:
    """Such as a uvicorn that there never was."""
    write(tmp_path, {**FILES, "requirements.txt": "gunicorn\nuvicorn==0.27.99\n"})
    project = PROJECT._replace(dependencies={"requirements.txt": "==0.3.0"})
    [problem] = compare(project, tmp_path).problems
    assert "uvicorn==0.27.99" in problem
    assert "does not resolve" in problem


def test_tree_is_taken_from_a_clone(tmp_path: Path) -> None:
    """As it was at a commit, without what is no file."""
    clone = tmp_path / "clones" / "own+shop"
    write(clone, {**FILES, "a b/{{x}}.sh": "x\n"})
    (clone / "link").symlink_to("start.sh")
    revision = commit(clone)
    write(clone, {"start.sh": "later\n"})
    tree_of("own/shop", revision, tmp_path / "clones", tmp_path / "tree")
    found = {str(path.relative_to(tmp_path / "tree")) for path in (tmp_path / "tree").rglob("*.*")}
    assert found == {"start.sh", "CHANGELOG.md", "requirements.txt", "a b/{{x}}.sh"}
    assert (tmp_path / "tree" / "start.sh").read_text() == FILES["start.sh"]
    tree_of("own/shop", revision, tmp_path / "clones", tmp_path / "small", largest=2)
    assert [path.name for path in (tmp_path / "small").rglob("*.*")] == ["{{x}}.sh"]
    with pytest.raises(AbsentError):
        tree_of("own/other", revision, tmp_path / "clones", tmp_path / "other")


@pytest.mark.parametrize(
    ("name", "text", "arguments"),
    [
        ("start.sh", f"exec gunicorn -k {CLASS} --bind :80 shop:app\n", ("-k", CLASS)),
        ("start.sh", f"gunicorn \\\n  --worker-class={CLASS} \\\n  a:b", (f"--worker-class={CLASS}",)),
        ("Dockerfile", f'CMD ["gunicorn", "--worker-class", "{CLASS}"]\n', ("--worker-class", CLASS)),
        ("Dockerfile", f'CMD ["gunicorn", "-k {CLASS}"]\n', (f"-k {CLASS}",)),
        ("Procfile", f"web: gunicorn -k{CLASS} shop:app\n", (f"-k{CLASS}",)),
        ("start.sh", f"export WORKER_CLASS=${{WORKER_CLASS:-{CLASS}}}\n", ("-k", CLASS)),
        ("start.sh", f"GUNICORN_CMD_ARGS='-k {CLASS}'\n", ()),
        ("start.sh", f"gunicorn -c /app/conf.py -k {CLASS} a:b\n", ("-k", CLASS, "-c", "{}/conf.py")),
        ("conf.py", f'worker_class = "{CLASS}"\n', ("-c", "{}/conf.py")),
        ("own.py", "from uvicorn_worker import UvicornWorker as W\nclass A(W):\n    pass\n",
         ("-k", "theirs.A")),
        ("run.py", f'OPTIONS = {{"worker_class": "{CLASS}"}}\n', ("-k", CLASS)),
    ],
)  # fmt: skip
def test_gunicorn_is_started_as_a_file_says(
    tmp_path: Path, name: str, text: str, arguments: tuple[str, ...]
) -> None:
    """By the very words, and by its settings where it names them."""
    write(tmp_path, {"conf.py": "", name: text})
    [start] = starts(tmp_path, PurePosixPath(name), text)
    assert start.arguments == tuple(each.format(tmp_path) for each in arguments)
    assert start.name == CLASS
    assert start.variables == (() if arguments else (("GUNICORN_CMD_ARGS", f"-k {CLASS}"),))


@pytest.mark.parametrize(
    ("files", "python"),
    [
        ({"deploy/Dockerfile": "FROM python:3.11-slim\n", "setup.py": ""}, "3.11"),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.10"\n'}, "3.10"),
        ({".python-version": "3.13\n", "setup.py": 'python_requires=">=3.9"\n'}, "3.13"),
        ({}, "3.12"),
    ],
)
def test_python_is_that_of_the_project(tmp_path: Path, files: dict[str, str], python: str) -> None:
    """The one of its image, or the oldest that it allows."""
    write(tmp_path, {**files, "requirements/base.txt": "gunicorn\n"})
    assert python_of(tmp_path, PurePosixPath("requirements/base.txt")) == python


def test_nearest_python_is_taken() -> None:
    """Where the machine has not the one that is wanted."""
    assert {nearest(each) for each in installed()} == set(installed())
    assert nearest("2.7") == min(installed(), key=lambda each: int(each.partition(".")[2]))


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> OneEnvironment:
    """Return what has one environment for all versions."""
    return OneEnvironment(tmp_path_factory.mktemp("environments"))


class OneEnvironment(Environments):
    """Has the current versions, whichever are wanted."""

    def of(self, python: str, pins: tuple[str, ...]) -> Path:
        """Return the folder of its programs."""
        del python, pins
        return super().of(
            next(iter(installed())),
            ("gunicorn==27.0.1", "packaging==25.0", "uvicorn==0.54.0", "h11==0.16.0",
             "click==8.3.1", "uvicorn-worker==0.4.0"),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("start", "module", "said"),
    [
        (Start(("-k", CLASS), CLASS), "uvicorn_worker", ""),
        (
            Start(
                ("-k", "theirs.Own"),
                CLASS,
                module="from uvicorn_worker import UvicornWorker\n\n\n"
                'class Own(UvicornWorker):\n    CONFIG_KWARGS = {"factory": True}\n',
            ),
            "uvicorn_worker",
            "",
        ),
        (Start((), CLASS, variables=(("GUNICORN_CMD_ARGS", f"-k {CLASS}"),)), "uvicorn_worker", ""),
        (Start(("-k", "theirs.Own"), CLASS, module="import shop\n"), "uvicorn_worker", ""),
        (Start(("-k", "nowhere.Worker"), "nowhere.Worker"), "", "'nowhere.Worker' invalid"),
        (Start(("-k", CLASS), CLASS), "uvicorn.workers", "text='uvicorn_worker'"),
        (Start(("-k", "theirs.Own"), CLASS, module="import uvicorn.loss\n"), "", "uvicorn.loss"),
    ],
)
def test_boot_needs_the_class(
    environments: OneEnvironment, start: Start, module: str, said: str
) -> None:
    """From the module that it must be from; other packages of a project are not needed."""
    problem = boot(environments.of("", ()), start, module)
    assert said in problem
    assert bool(said) == bool(problem)


def served(tmp_path: Path, settings: str, environments: Environments) -> Compared:
    """Return a project with settings that has been served."""
    write(tmp_path, {"conf.py": settings, "requirements.txt": "gunicorn\nuvicorn\n"})
    compared = compare(PROJECT._replace(lines=()), tmp_path)
    compared.problems.extend(serve(tmp_path, compared, environments))
    return compared


def test_what_boots_is_counted(tmp_path: Path, environments: OneEnvironment) -> None:
    """It is started as it was written."""
    figures, problems, *_ = served(tmp_path, f'worker_class = "{OLD}"\n', environments)
    assert problems == []
    assert (figures["resolved"], figures["booted"], figures["not before"]) == (1, 1, 0)
    assert CLASS in (tmp_path / "conf.py").read_text()


def test_what_boots_no_more_is_noticed(tmp_path: Path, environments: OneEnvironment) -> None:
    """Such as settings that work with the old name alone."""
    settings = f'worker_class = "{OLD}"\nassert worker_class[7] == "."\n'
    figures, [problem], *_ = served(tmp_path, settings, environments)
    assert "AssertionError" in problem
    assert (figures["booted"], figures["not before"]) == (0, 0)


def test_what_did_not_boot_before_is_no_mistake(
    tmp_path: Path, environments: OneEnvironment
) -> None:
    """It is counted apart."""
    settings = f'worker_class = "{OLD}"\nraise SystemExit("closed")\n'
    figures, problems, *_ = served(tmp_path, settings, environments)
    assert problems == []
    assert (figures["booted"], figures["not before"]) == (0, 1)


def test_files_of_one_service_are_started_with_its_versions() -> None:
    """Those of the nearest folder; one that stands apart is started with all."""
    changes = [
        Change(Document(PurePosixPath(path), "", "utf-8"), [])
        for path in ("app/api/conf.py", "app/conf.py", "deploy/start.sh")
    ]
    declaring = ("app/requirements.txt", "app/api/requirements.txt")
    assert places_of(declaring[0], declaring, changes) == changes[1:]
    assert places_of(declaring[1], declaring, changes) == [changes[0], changes[2]]


APPLICATION = """\
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})
"""


def test_whole_application_is_served_before_and_after(
    tmp_path: Path, environments: OneEnvironment
) -> None:
    """With the status that it had."""
    write(tmp_path, {"src/shop.py": APPLICATION, "start.sh": f"gunicorn -k {OLD} shop:app\n"})
    figures, problems, *_ = served(tmp_path, f'worker_class = "{OLD}"\n', environments)
    assert problems == []
    assert (figures["applications"], figures["applications afterwards"]) == (1, 1)


def test_application_that_answers_otherwise_is_noticed(
    tmp_path: Path, environments: OneEnvironment
) -> None:
    """Such as one that wants the old module."""
    picky = APPLICATION.replace("404", '404 if "uvicorn.workers" in sys.modules else 200')
    write(tmp_path, {"main.py": f"import sys\n\n\n{picky}"})
    figures, [problem], *_ = served(tmp_path, f'worker_class = "{OLD}"\n', environments)
    assert "main:app answers with 200, and with 404 before" in problem
    assert (figures["applications"], figures["applications afterwards"]) == (1, 0)
