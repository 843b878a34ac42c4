"""Where the dependency goes, in which version, and which lock files follow."""

from __future__ import annotations

from pathlib import Path

import pytest

from asgi_upgrade.dependencies.declaration import WHY, Declaration
from asgi_upgrade.dependencies.formats.pyproject import Pyproject
from asgi_upgrade.dependencies.formats.requirements import Requirements
from asgi_upgrade.dependencies.versions import LATEST
from asgi_upgrade.document import Document
from asgi_upgrade.model import Edit
from upgrade.project import NEW, OLD, migrated, topics

START = {"start.sh": f"gunicorn -k {OLD} app\n"}


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        # Newer ones than are known
        ("requirements.txt", "uvicorn>0.99\n", "uvicorn>0.99\nuvicorn-worker>=0.4.0\n"),
        # Requirements: pins, ranges, extras, markers, comments, sorting, line endings
        ("requirements.txt", "uvicorn==0.27.0\n", "uvicorn==0.27.0\nuvicorn-worker==0.3.0\n"),
        ("requirements.txt", "uvicorn==0.40.0\n", "uvicorn==0.40.0\nuvicorn-worker==0.4.0\n"),
        ("requirements.txt", "uvicorn\n", "uvicorn\nuvicorn-worker\n"),
        ("requirements.txt", "gunicorn\nuvicorn\n", "gunicorn\nuvicorn\nuvicorn-worker\n"),
        ("requirements.txt", "gunicorn==21.2.0\n", "gunicorn==21.2.0\nuvicorn-worker>=0.3.0\n"),
        ("requirements.txt", "uvicorn>=0.20\n", "uvicorn>=0.20\nuvicorn-worker>=0.3.0\n"),
        ("requirements.txt", "uvicorn>=0.36\n", "uvicorn>=0.36\nuvicorn-worker>=0.4.0\n"),
        (
            "requirements.txt",
            "uvicorn>=0.20,<0.30\n",
            "uvicorn>=0.20,<0.30\nuvicorn-worker>=0.3.0,<0.4\n",
        ),
        ("requirements.txt", "uvicorn~=0.27.0\n", "uvicorn~=0.27.0\nuvicorn-worker~=0.3.0\n"),
        (
            "requirements.txt",
            "uvicorn[standard]==0.27.0 ; python_version > '3.8'  # fast\n",
            "uvicorn[standard]==0.27.0 ; python_version > '3.8'  # fast\n"
            "uvicorn-worker==0.3.0 ; python_version > '3.8'\n",
        ),
        ("requirements.txt", "uvicorn==0.27.0", "uvicorn==0.27.0\nuvicorn-worker==0.3.0"),
        (
            "requirements.txt",
            "uvicorn==0.27.0\r\na\r\n",
            "uvicorn==0.27.0\r\nuvicorn-worker==0.3.0\r\na\r\n",
        ),
        ("requirements.txt", "Uvicorn == 0.27.0\n", "Uvicorn == 0.27.0\nuvicorn-worker == 0.3.0\n"),
        ("requirements/prod.in", "gunicorn\n", "gunicorn\nuvicorn-worker\n"),
        ("packages/requires.txt", "uvicorn\n", "uvicorn\nuvicorn-worker\n"),
        # PEP 621 and PEP 735
        (
            "pyproject.toml",
            '[project]\ndependencies = [\n  "django",\n  "uvicorn==0.27.0", # fast\n  "zope",\n]\n',
            '[project]\ndependencies = [\n  "django",\n  "uvicorn==0.27.0", # fast\n'
            '  "uvicorn-worker==0.3.0",\n  "zope",\n]\n',
        ),
        (
            "pyproject.toml",
            "[project]\ndependencies = [\"uvicorn ==0.27.0 ; os_name == 'posix'\"]\n",
            "[project]\ndependencies = [\"uvicorn ==0.27.0 ; os_name == 'posix'\", "
            "\"uvicorn-worker ==0.3.0 ; os_name == 'posix'\"]\n",
        ),
        (
            "pyproject.toml",
            "[project]\ndependencies = ['gunicorn>=21', 'uvicorn>=0.40']\n",
            "[project]\ndependencies = ['gunicorn>=21', 'uvicorn>=0.40', 'uvicorn-worker>=0.4.0']\n",
        ),
        (
            "pyproject.toml",
            '[project]\ndependencies = [\n    "uvicorn"\n]\n',
            '[project]\ndependencies = [\n    "uvicorn",\n    "uvicorn-worker"\n]\n',
        ),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["uvicorn>=0.40"]\n[project.optional-dependencies]\nprod = ["gunicorn"]\n',
            '[project]\ndependencies = ["uvicorn>=0.40"]\n[project.optional-dependencies]\n'
            'prod = ["gunicorn", "uvicorn-worker>=0.4.0"]\n',
        ),
        (
            "pyproject.toml",
            '[dependency-groups]\nprod = [{include-group = "x"}, "gunicorn==21.2.0"]\n'
            'dev = ["uvicorn"]\n',
            '[dependency-groups]\nprod = [{include-group = "x"}, "gunicorn==21.2.0", '
            '"uvicorn-worker>=0.3.0"]\ndev = ["uvicorn"]\n',
        ),
        (
            "pyproject.toml",
            '[tool.hatch.envs.prod]\ndependencies = ["gunicorn"]\n',
            '[tool.hatch.envs.prod]\ndependencies = ["gunicorn", "uvicorn-worker"]\n',
        ),
        (
            "pyproject.toml",
            '[tool.pdm.dev-dependencies]\nserve = ["uvicorn~=0.27.0"]\n',
            '[tool.pdm.dev-dependencies]\nserve = ["uvicorn~=0.27.0", "uvicorn-worker~=0.3.0"]\n',
        ),
        (
            "pyproject.toml",
            '{% if x %}\n[project]\ndependencies = ["uvicorn"]\n{% endif %}\n',
            '{% if x %}\n[project]\ndependencies = ["uvicorn", "uvicorn-worker"]\n{% endif %}\n',
        ),
        # Poetry and Pipenv
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\npython = "^3.11"\nuvicorn = "^0.27.0"\nzope = "*"\n',
            '[tool.poetry.dependencies]\npython = "^3.11"\nuvicorn = "^0.27.0"\n'
            'uvicorn-worker = "^0.3.0"\nzope = "*"\n',
        ),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\nuvicorn = {extras = ["standard"], version = "0.27.0"}\n',
            '[tool.poetry.dependencies]\nuvicorn = {extras = ["standard"], version = "0.27.0"}\n'
            'uvicorn-worker = "0.3.0"\n',
        ),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\nuvicorn = "*"\n[tool.poetry.group.prod.dependencies]\n'
            "gunicorn = '^21'",
            '[tool.poetry.dependencies]\nuvicorn = "*"\n[tool.poetry.group.prod.dependencies]\n'
            "gunicorn = '^21'\nuvicorn-worker = '>=0.3.0'",
        ),
        (
            "Pipfile",
            '[packages]\ngunicorn = "*"\n[dev-packages]\nuvicorn = "*"\n',
            '[packages]\ngunicorn = "*"\nuvicorn-worker = "*"\n[dev-packages]\nuvicorn = "*"\n',
        ),
        # setuptools and conda
        (
            "setup.py",
            'setup(install_requires=["uvicorn>=0.20", "django"])\n',
            'setup(install_requires=["uvicorn>=0.20", "uvicorn-worker>=0.3.0", "django"])\n',
        ),
        (
            "setup.py",
            "setup(extras_require={\n    'server': [\n        'gunicorn',\n    ],\n})\n",
            "setup(extras_require={\n    'server': [\n        'gunicorn',\n        'uvicorn-worker',\n    ],\n})\n",
        ),
        (
            "setup.cfg",
            "[options]\ninstall_requires =\n    uvicorn>=0.20\n    django\n",
            "[options]\ninstall_requires =\n    uvicorn>=0.20\n    uvicorn-worker>=0.3.0\n    django\n",
        ),
        (
            "environment.yml",
            "dependencies:\n  - uvicorn=0.27\n  - pip:\n      - django\n",
            "dependencies:\n  - uvicorn=0.27\n  - uvicorn-worker=0.3.0\n  - pip:\n      - django\n",
        ),
        # Commands
        (
            "Dockerfile",
            "RUN pip install --no-cache-dir gunicorn==21.2.0 'uvicorn[standard]==0.27.0' && true\n",
            "RUN pip install --no-cache-dir gunicorn==21.2.0 'uvicorn[standard]==0.27.0' "
            "'uvicorn-worker==0.3.0' && true\n",
        ),
        (
            "Dockerfile",
            "RUN pip install \\\n    gunicorn \\\n    uvicorn \\\n    django\n",
            "RUN pip install \\\n    gunicorn \\\n    uvicorn \\\n    uvicorn-worker \\\n    django\n",
        ),
        (
            "Dockerfile",
            "RUN pip install \\\n    gunicorn \\\n    uvicorn",
            "RUN pip install \\\n    gunicorn \\\n    uvicorn \\\n    uvicorn-worker",
        ),
        (
            "Dockerfile",
            "RUN pip install \\\n    gunicorn \\\n    uvicorn\nRUN true\n",
            "RUN pip install \\\n    gunicorn \\\n    uvicorn \\\n    uvicorn-worker\nRUN true\n",
        ),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["gunicorn", "redis", "zope"]\n',
            '[project]\ndependencies = ["gunicorn", "redis", "uvicorn-worker", "zope"]\n',
        ),
        (
            ".github/workflows/ci.yml",
            "steps:\n  - run: pip install gunicorn uvicorn\n",
            "steps:\n  - run: pip install gunicorn uvicorn uvicorn-worker\n",
        ),
    ],
)
def test_dependency_is_added(tmp_path: Path, name: str, before: str, after: str) -> None:
    """In the way of the file; a second run adds nothing."""
    first, result = migrated(tmp_path / "a", {**START, name: before})
    assert first[name] == after
    assert result.decisions == []
    second, result = migrated(tmp_path / "b", first)
    assert second == first
    assert result.decisions == []


LOCKED = (
    "# This file was autogenerated by uv via the following command:\n#    uv pip compile in.in\n"
)


@pytest.mark.parametrize(
    ("files", "decisions"),
    [
        # Nothing uses the worker, or the package is there
        ({"requirements.txt": "gunicorn\nuvicorn\n"}, []),
        ({"start.sh": "gunicorn wsgi\n", "requirements.txt": "gunicorn\n"}, []),
        ({**START, "requirements.txt": "uvicorn\nuvicorn-worker\n"}, []),
        ({**START, "requirements.txt": "uvicorn==0.27.0\nuvicorn_worker==0.3.0\n"}, []),
        ({**START, "pyproject.toml": '[project]\ndependencies = ["uvicorn.worker>=0.3"]\n'}, []),
        ({"README.md": f"gunicorn -k {OLD}\n", "requirements.txt": "uvicorn\n"}, []),
        # Not a declaration
        (
            {
                **START,
                "requirements.txt": "uvicorn\nuvicorn-worker\n",
                "constraints.txt": "uvicorn==0.27\n",
            },
            [],
        ),
        (
            {**START, "requirements.txt": f"{LOCKED}uvicorn==0.27.0\n", "in.in": "x\n"},
            ["dependency", "held-back"],
        ),
        (
            {**START, "requirements.txt": "uvicorn==0.27.0 \\\n    --hash=sha256:00\n"},
            ["dependency", "held-back"],
        ),
        (
            {**START, "requirements.txt": "# uvicorn\nmy-uvicorn\nuvicorn-x\n"},
            ["dependency", "held-back"],
        ),
        (
            {**START, "requirements.txt": "uvicorn @ https://example.com/u.whl\n"},
            ["dependency", "held-back"],
        ),
        (
            {**START, "pyproject.toml": '[build-system]\nrequires = ["uvicorn"]\n'},
            ["dependency", "held-back"],
        ),
        (
            {**START, "pyproject.toml": '[tool.other]\nnames = ["uvicorn"]\n'},
            ["dependency", "held-back"],
        ),
        ({**START, "Dockerfile": "# pip install uvicorn\n"}, ["dependency", "held-back"]),
        ({**START, "Dockerfile": "RUN echo uvicorn\n"}, ["dependency", "held-back"]),
        (START, ["dependency", "held-back"]),
        # A person decides
        ({**START, "requirements.txt": "uvicorn==0.14.0\n"}, ["versions", "held-back"]),
        ({**START, "requirements.txt": "uvicorn<0.15\n"}, ["versions", "held-back"]),
        ({**START, "requirements.txt": "uvicorn===own\n"}, ["versions", "held-back"]),
        (
            {**START, "pyproject.toml": '[tool.poetry.dependencies]\nuvicorn = "^x || 1"\n'},
            ["versions", "held-back"],
        ),
        (
            {**START, "requirements.txt": "uvicorn==0.27.0\nuvicorn-worker==0.4.0\n"},
            ["versions", "held-back"],
        ),
        (
            {**START, "requirements.txt": "uvicorn==0.40.0\nuvicorn-worker==0.3.0\n"},
            ["versions", "held-back"],
        ),
        (
            {**START, "requirements.txt": "uvicorn\nuvicorn-worker==0.3.0\n"},
            ["versions", "held-back"],
        ),
        (
            {
                **START,
                "pyproject.toml": '[tool.poetry.dependencies]\ngunicorn = {version = "21", optional = true}\n',
            },
            ["dependency", "held-back"],
        ),
    ],
)
def test_nothing_is_added(tmp_path: Path, files: dict[str, str], decisions: list[str]) -> None:
    """And it is said what a person has to do."""
    after, result = migrated(tmp_path, files)
    assert [each.topic for _, each in result.decisions] == decisions
    assert {
        name: text for name, text in after.items() if name not in START and name[-3:] != ".md"
    } == {name: text for name, text in files.items() if name not in START and name[-3:] != ".md"}


def test_production_file_is_narrower(tmp_path: Path) -> None:
    """Uvicorn is for everybody, gunicorn for production: the worker runs there."""
    files = {
        **START,
        "requirements/base.txt": "uvicorn[standard]==0.27.0\n",
        "requirements/local.txt": "-r base.txt\nuvicorn\n",
        "requirements/production.txt": "-r base.txt\ngunicorn==21.2.0\n",
    }
    after, _ = migrated(tmp_path, files)
    added = "-r base.txt\ngunicorn==21.2.0\nuvicorn-worker==0.3.0\n"
    changed = {"requirements/production.txt": added, "start.sh": after["start.sh"]}
    assert after == {**files, **changed}


@pytest.mark.parametrize(
    ("files", "changed"),
    [
        # Declared once for what is installed together
        (
            {
                "requirements.txt": "-r requirements/base.txt\ngunicorn\n",
                "requirements/base.txt": "uvicorn\n",
            },
            "requirements.txt",
        ),
        (
            {
                "requirements.txt": "uvicorn\n",
                "Dockerfile": "RUN pip install -r requirements.txt gunicorn\n",
            },
            "Dockerfile",
        ),
        (
            {
                "setup.py": 'setup(install_requires=["uvicorn"])\n',
                "Dockerfile": "RUN pip install . gunicorn\n",
            },
            "Dockerfile",
        ),
        (
            {
                "requirements.txt": "gunicorn\nuvicorn\n",
                "Dockerfile": "RUN pip install gunicorn\nRUN pip install -r requirements.txt\n",
            },
            "requirements.txt",
        ),
        (
            {
                "requirements.txt": "gunicorn\nuvicorn\n",
                "Dockerfile": "RUN pip install -r requirements.txt gunicorn uvicorn\n",
            },
            "requirements.txt",
        ),
        (
            {"requirements.txt": "gunicorn\n", "Dockerfile": "RUN pip install gunicorn\n"},
            "requirements.txt",
        ),
        (
            {
                "requirements.txt": "uvicorn\n",
                "Dockerfile": "RUN pip install gunicorn uvicorn\n",
            },
            "Dockerfile",
        ),
        (
            {
                "requirements.txt": "uvicorn\nuvicorn-worker-x\n",
                "Dockerfile": "RUN pip install gunicorn\n",
            },
            "Dockerfile",
        ),
        (
            {
                "requirements.txt": "django\n",
                "Dockerfile": "RUN pip install -r requirements.txt uvicorn\n",
            },
            "Dockerfile",
        ),
    ],
)
def test_dependency_is_added_once(tmp_path: Path, files: dict[str, str], changed: str) -> None:
    """In one of the files."""
    after, result = migrated(tmp_path, {**START, **files})
    assert [name for name in files if after[name] != files[name]] == [changed]
    assert after[changed].count("uvicorn-worker") == 1
    assert result.decisions == []


@pytest.mark.parametrize(
    ("requirements", "added", "told"),
    [
        # Each pair is what pip would install together, or what it would refuse.
        ("gunicorn==20.1.0\nuvicorn\n", "uvicorn-worker", "keeps uvicorn-worker at 0.3.0"),
        ("gunicorn<21\nuvicorn>=0.20\n", "uvicorn-worker>=0.3.0", "keeps uvicorn-worker at 0.3.0"),
        ("gunicorn==20.1.0\nuvicorn==0.40.0\n", "uvicorn-worker==0.4.0", "is older than"),
        ("gunicorn==20.0.4\nuvicorn==0.23.2\n", "uvicorn-worker==0.3.0", "is older than"),
        ("gunicorn==20.1.0\nuvicorn==0.23.2\n", "uvicorn-worker==0.3.0", ""),
        ("gunicorn>=20.1.0\nuvicorn\n", "uvicorn-worker", ""),
        ("gunicorn==99.0\nuvicorn==0.40.0\n", "uvicorn-worker==0.4.0", ""),
        ("gunicorn===own\nuvicorn==0.40.0\n", "uvicorn-worker==0.4.0", ""),
    ],
)
def test_gunicorn_moves_together(tmp_path: Path, requirements: str, added: str, told: str) -> None:
    """Nothing is changed until a person raises what is too old, or says --force."""
    files = {**START, "requirements.txt": requirements}
    after, result = migrated(tmp_path, files)
    assert (after == files) == bool(told)
    assert topics(result) == (["versions", "held-back"] if told else [])
    assert all(told in each.what for _, each in result.decisions if each.topic == "versions")
    forced, _ = migrated(tmp_path, files, force=True)
    lines = forced["requirements.txt"].splitlines()
    assert [line for line in lines if line.startswith("uvicorn-worker")] == [added]
    _, result = migrated(tmp_path, {**START, "requirements.txt": requirements}, latest=True)
    assert result.decisions == []


@pytest.mark.parametrize(
    ("requirements", "works"),
    [
        ("uvicorn==0.32.1\nuvicorn-worker==0.2.0\n", True),
        ("uvicorn==0.40.0\nuvicorn-worker>=0.3.0\n", True),
        ("uvicorn==0.60.0\nuvicorn-worker==0.5.0\n", True),
        ("uvicorn==0.27.0\nuvicorn-worker>=0.3.0\n", True),
        ("uvicorn>=0.20\nuvicorn-worker<0.4\n", False),
        ("gunicorn==20.1.0\nuvicorn<0.36\nuvicorn-worker>=0.3.0\n", True),
        ("gunicorn==20.1.0\nuvicorn==0.40.0\nuvicorn-worker==0.4.0\n", False),
    ],
)
def test_declared_worker_is_compared(tmp_path: Path, requirements: str, works: bool) -> None:
    """With both servers."""
    _, result = migrated(tmp_path, {**START, "requirements.txt": requirements})
    assert topics(result) == ([] if works else ["versions", "held-back"])


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (
            "requirements.txt",
            "django\ngunicorn==21.2.0\npsycopg\nsentry-sdk\nwhitenoise\n",
            "django\ngunicorn==21.2.0\npsycopg\nsentry-sdk\nuvicorn-worker>=0.3.0\nwhitenoise\n",
        ),
        (
            "requirements.txt",
            "-r base.txt\n\nDjango\ngunicorn\npsycopg",
            "-r base.txt\n\nDjango\ngunicorn\npsycopg\nuvicorn-worker",
        ),
        # Two names, or others in another order, are not sorted on purpose
        (
            "requirements.txt",
            "gunicorn\npsycopg\n",
            "gunicorn\nuvicorn-worker\npsycopg\n",
        ),
        (
            "requirements.txt",
            "psycopg\ngunicorn\nwhitenoise\n",
            "psycopg\ngunicorn\nuvicorn-worker\nwhitenoise\n",
        ),
        (
            "requirements.txt",
            "# web\ngunicorn\n# database\npsycopg\nwhitenoise\n",
            "# web\ngunicorn\nuvicorn-worker\n# database\npsycopg\nwhitenoise\n",
        ),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\npython = "^3.12"\ndjango = "*"\ngunicorn = "*"\nredis = "*"\n',
            '[tool.poetry.dependencies]\npython = "^3.12"\ndjango = "*"\ngunicorn = "*"\nredis = "*"\n'
            'uvicorn-worker = "*"\n',
        ),
        (
            "environment.yml",
            "dependencies:\n  - django\n  - gunicorn\n  - python=3.12\n  - redis\n",
            "dependencies:\n  - django\n  - gunicorn\n  - python=3.12\n  - redis\n  - uvicorn-worker\n",
        ),
        # The link that each line has
        (
            "requirements.txt",
            "gunicorn==21.2.0  # https://github.com/benoitc/gunicorn\nuvicorn==0.27.0  # https://a.b\r\n",
            "gunicorn==21.2.0  # https://github.com/benoitc/gunicorn\nuvicorn==0.27.0  # https://a.b\r\n"
            "uvicorn-worker==0.3.0  # https://github.com/Kludex/uvicorn-worker\n",
        ),
        (
            "requirements.txt",
            "uvicorn==0.27.0  # see https://a.b\n",
            "uvicorn==0.27.0  # see https://a.b\nuvicorn-worker==0.3.0\n",
        ),
    ],
)
def test_order_and_links_are_those_of_the_file(
    tmp_path: Path, name: str, before: str, after: str
) -> None:
    """As its authors keep them."""
    assert migrated(tmp_path, {**START, name: before})[0][name] == after


def test_dockerfile_in_a_folder_belongs_to_the_files_above(tmp_path: Path) -> None:
    """Its command alone would install what does not fit them."""
    files = {
        "docker/Dockerfile": f"RUN pip install gunicorn\nCMD gunicorn -k {OLD} app\n",
        "requirements.txt": "uvicorn==0.23.2\n",
    }
    after, _ = migrated(tmp_path, files)
    assert "gunicorn uvicorn-worker==0.3.0\n" in after["docker/Dockerfile"]
    assert after["requirements.txt"] == files["requirements.txt"]


def test_folder_in_a_project_gets_it_once(tmp_path: Path) -> None:
    """Both use the worker, and one declares what they need."""
    files = {**START, "shop/start.sh": START["start.sh"], "shop/requirements.txt": "uvicorn\n"}
    after, _ = migrated(tmp_path, files)
    assert after["shop/requirements.txt"] == "uvicorn\nuvicorn-worker\n"


def test_project_beside_without_the_worker_gets_nothing(tmp_path: Path) -> None:
    """It has Gunicorn alone, which serves WSGI."""
    files = {
        "deployment.yaml": f"command: [gunicorn, -k, {OLD}]\n",
        "shop/requirements.txt": "gunicorn\nuvicorn\n",
        "blog/requirements.txt": "gunicorn\n",
    }
    after, _ = migrated(tmp_path, files)
    assert after["shop/requirements.txt"] == "gunicorn\nuvicorn\nuvicorn-worker\n"
    assert after["blog/requirements.txt"] == files["blog/requirements.txt"]


def test_optional_dependency_is_named_in_the_same_extras(tmp_path: Path) -> None:
    """Poetry installs it for those who ask for one of them."""
    before = (
        "[tool.poetry.dependencies]\n"
        'uvicorn = {version = "^0.27", optional = true}\n'
        'gunicorn = {version = "^21.2", optional = true}\n'
        "[tool.poetry.extras]\n"
        'serve = ["gunicorn", "uvicorn"]\n'
        'all = [\n    "uvicorn",\n    "other",\n]\n'
        'other = ["other"]\n'
    )
    after, result = migrated(tmp_path, {**START, "pyproject.toml": before})
    assert after["pyproject.toml"] == (
        "[tool.poetry.dependencies]\n"
        'uvicorn = {version = "^0.27", optional = true}\n'
        'uvicorn-worker = {version = "^0.3.0", optional = true}\n'
        'gunicorn = {version = "^21.2", optional = true}\n'
        "[tool.poetry.extras]\n"
        'serve = ["gunicorn", "uvicorn", "uvicorn-worker"]\n'
        'all = [\n    "uvicorn",\n    "uvicorn-worker",\n    "other",\n]\n'
        'other = ["other"]\n'
    )
    assert result.decisions == []


@pytest.mark.parametrize(
    ("python", "told"),
    [
        ('[project]\nrequires-python = ">=3.7"\ndependencies = ["uvicorn"]\n', ["python"]),
        ('[project]\nrequires-python = ">=3.8"\ndependencies = ["uvicorn"]\n', []),
        ('[project]\nrequires-python = ">=3.9"\ndependencies = ["uvicorn"]\n', []),
        ('[project]\nrequires-python = "odd"\ndependencies = ["uvicorn"]\n', []),
        ('[tool.poetry.dependencies]\npython = "^3.7"\nuvicorn = "*"\n', ["python"]),
        ('[tool.poetry.dependencies]\npython = "^3.10"\nuvicorn = "*"\n', []),
    ],
)
def test_python_that_is_too_old_is_told(tmp_path: Path, python: str, told: list[str]) -> None:
    """A lock is made for all versions that a project supports."""
    after, result = migrated(tmp_path, {**START, "pyproject.toml": python})
    assert "uvicorn-worker" in after["pyproject.toml"]
    assert [each.topic for _, each in result.decisions] == told


@pytest.mark.parametrize(
    ("uvicorn", "command", "after"),
    [
        ("uvicorn==0.23.2", "gunicorn", "gunicorn uvicorn-worker==0.3.0"),
        ("uvicorn==0.23.2", '"gunicorn"', '"gunicorn" "uvicorn-worker==0.3.0"'),
        ("uvicorn==0.40.0", "gunicorn~=23.0", "gunicorn~=23.0 uvicorn-worker~=0.4.0"),
        ("uvicorn<0.30", "gunicorn", 'gunicorn "uvicorn-worker>=0.3.0,<0.4"'),
        ("uvicorn>=0.20", "gunicorn", "gunicorn uvicorn-worker"),
    ],
)
def test_command_takes_the_version_from_the_files(
    tmp_path: Path, uvicorn: str, command: str, after: str
) -> None:
    """Where one half is in a Dockerfile, and the other one in requirements."""
    files = {
        **START,
        "requirements.txt": f"{uvicorn}\n",
        "Dockerfile": f"RUN pip install {command}\n",
    }
    changed, _ = migrated(tmp_path, files)
    assert changed["Dockerfile"] == f"RUN pip install {after}\n"
    assert changed["requirements.txt"] == files["requirements.txt"]


def test_command_takes_no_version_of_another_tool(tmp_path: Path) -> None:
    """Poetry's operators are unknown to pip."""
    poetry = "[tool.poetry.dependencies]\nuvicorn = '^0.23'\n"
    files = {**START, "pyproject.toml": poetry, "Dockerfile": "RUN pip install gunicorn\n"}
    after, _ = migrated(tmp_path, files)
    assert after["Dockerfile"] == 'RUN pip install gunicorn "uvicorn-worker>=0.3.0,<0.4"\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pip install gunicorn uvicorn", "pip install gunicorn uvicorn uvicorn-worker"),
        (
            'pip install "uvicorn[standard]" gunicorn',
            'pip install "uvicorn[standard]" "uvicorn-worker" gunicorn',
        ),
        (
            "pip install gunicorn uvicorn==0.20.0",
            "pip install gunicorn uvicorn==0.20.0 uvicorn-worker==0.3.0",
        ),
        ("pip install gunicorn", "pip install gunicorn uvicorn-worker"),
        ("pip install uvicorn", "pip install uvicorn"),
        ("pip install gunicorn uvicorn==0.10.0", "pip install gunicorn uvicorn==0.10.0"),
        ("pip install gunicorn uvicorn-worker", "pip install gunicorn uvicorn-worker"),
    ],
)
def test_reader_of_a_document_installs_the_worker(tmp_path: Path, before: str, after: str) -> None:
    """Otherwise the next command of the document would fail."""
    text = "Run `{}`:\n\n```sh\n{}\ngunicorn -k {} app\n```\n"
    changed, result = migrated(tmp_path, {"README.md": text.format(before, before, OLD)})
    assert changed["README.md"] == text.format(after, after, NEW)
    assert result.decisions == []
    (tmp_path / "README.md").write_text(changed["README.md"])
    assert migrated(tmp_path, {"README.md": changed["README.md"]})[1].changes == []


@pytest.mark.parametrize(
    ("requirements", "after"),
    [
        (
            "gunicorn==21.2.0\nuvicorn==0.27.0\n",
            "gunicorn==21.2.0\nuvicorn==0.27.0\nuvicorn-worker==0.3.0\n",
        ),
        ("uvicorn==0.27.0\n", "uvicorn==0.27.0\n"),
        ("gunicorn\n", "gunicorn\nuvicorn-worker\n"),
    ],
)
def test_document_alone_is_a_use_where_gunicorn_is_declared(
    tmp_path: Path, requirements: str, after: str
) -> None:
    """A library that shows how to be served does not get the dependency."""
    files = {"README.md": f"    gunicorn -k {OLD} app\n", "requirements.txt": requirements}
    changed, _ = migrated(tmp_path, files)
    assert changed == {"README.md": f"    gunicorn -k {NEW} app\n", "requirements.txt": after}


def test_library_whose_document_shows_a_server_gets_nothing(tmp_path: Path) -> None:
    """It has the servers for its own tests, or as an extra."""
    files = {
        "README.md": f"    gunicorn -k {OLD} app\n",
        "pyproject.toml": '[tool.poetry.dependencies]\nuvicorn = {version = "*", optional = true}\n'
        '[tool.poetry.group.dev.dependencies]\ngunicorn = "*"\n',
    }
    after, result = migrated(tmp_path, files)
    assert after["pyproject.toml"] == files["pyproject.toml"]
    assert result.decisions == []


def test_edit_that_declares_something_else_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of a format costs nobody a line."""
    files = {
        "pyproject.toml": '[project]\ndependencies = ["uvicorn"]\n',
        "requirements.txt": "uvicorn\n",
    }

    def mistaken(_self: object, _: Document, declaration: Declaration, _specifier: str) -> Edit:
        return Edit(declaration.start, declaration.end, '"uvicorn-worker', WHY)

    monkeypatch.setattr(Pyproject, "beside", mistaken)
    monkeypatch.setattr(Requirements, "beside", mistaken)
    after, result = migrated(tmp_path, {**START, **files})
    assert {name: after[name] for name in files} == files
    assert topics(result) == ["taken-back", "taken-back", "held-back"]


def test_condition_of_a_template_is_the_narrowest(tmp_path: Path) -> None:
    """Without it, a project is served by WSGI."""
    condition = "{%- if cookiecutter.use_async == 'y' %}\nuvicorn==0.27.1\n{%- endif %}\n"
    files = {
        **START,
        "requirements/base.txt": f"django==5.0\n{condition}",
        "requirements/production.txt": "{% if x %}\ny\n{% endif %}\n-r base.txt\ngunicorn==21.2.0\n",
    }
    after, _ = migrated(tmp_path, files)
    added = condition.replace("0.27.1\n", "0.27.1\nuvicorn-worker==0.3.0\n")
    assert after["requirements/base.txt"] == f"django==5.0\n{added}"
    assert after["requirements/production.txt"] == files["requirements/production.txt"]


def test_each_project_of_a_tree_has_its_own(tmp_path: Path) -> None:
    """A use belongs to the nearest folder upwards that declares something."""
    files = {
        "a/start.sh": f"gunicorn -k {OLD}\n",
        "a/requirements.txt": "uvicorn==0.27.0\n",
        "b/start.sh": f"gunicorn -k {OLD}\n",
        "b/requirements.txt": "uvicorn==0.40.0\n",
        "c/requirements.txt": "uvicorn\n",
    }
    after, result = migrated(tmp_path, files)
    assert after["a/requirements.txt"] == "uvicorn==0.27.0\nuvicorn-worker==0.3.0\n"
    assert after["b/requirements.txt"] == "uvicorn==0.40.0\nuvicorn-worker==0.4.0\n"
    assert after["c/requirements.txt"] == files["c/requirements.txt"]
    assert result.decisions == []


def test_condition_of_a_development_file_is_no_place(tmp_path: Path) -> None:
    """Production has what is for everybody."""
    files = {
        **START,
        "requirements/base.txt": "uvicorn\n",
        "requirements/local.txt": "-r base.txt\n{% if x %}\ngunicorn\n{% endif %}\n",
    }
    after, _ = migrated(tmp_path, files)
    assert after["requirements/base.txt"] == "uvicorn\nuvicorn-worker\n"
    assert after["requirements/local.txt"] == files["requirements/local.txt"]


def test_open_place_takes_the_operator_of_uvicorn(tmp_path: Path) -> None:
    """Where both are in files of the same tool."""
    before = (
        '[tool.poetry.dependencies]\nuvicorn = "^0.23"\n'
        '[tool.poetry.group.serve.dependencies]\ngunicorn = "*"\n'
    )
    after, _ = migrated(tmp_path, {**START, "pyproject.toml": before})
    assert after["pyproject.toml"] == f'{before}uvicorn-worker = "^0.3.0"\n'


def test_requirements_that_do_not_include_each_other_are_two(tmp_path: Path) -> None:
    """One script at the top serves both."""
    files = {**START, "a/requirements.txt": "uvicorn\n", "b/requirements.txt": "uvicorn==0.27\n"}
    after, _ = migrated(tmp_path, files)
    assert after["a/requirements.txt"] == "uvicorn\nuvicorn-worker\n"
    assert after["b/requirements.txt"] == "uvicorn==0.27\nuvicorn-worker==0.3.0\n"


def test_image_without_the_files_of_the_project_gets_its_own(tmp_path: Path) -> None:
    """It installs both servers, and nothing of what is declared elsewhere."""
    files = {
        **START,
        "requirements.txt": "gunicorn\nuvicorn\n",
        "Dockerfile": "RUN pip install gunicorn uvicorn\n",
    }
    after, _ = migrated(tmp_path, files)
    assert after["requirements.txt"] == "gunicorn\nuvicorn\nuvicorn-worker\n"
    assert after["Dockerfile"] == "RUN pip install gunicorn uvicorn uvicorn-worker\n"


def test_command_completes_files_that_have_the_worker(tmp_path: Path) -> None:
    """Nothing is missing then."""
    files = {
        **START,
        "requirements.txt": "uvicorn\nuvicorn-worker\n",
        "Dockerfile": "RUN pip install gunicorn\n",
    }
    after, result = migrated(tmp_path, files)
    assert {**after, **START} == files
    assert result.decisions == []


def test_latest_leaves_current_versions_alone(tmp_path: Path) -> None:
    """There is nothing to raise."""
    current = "".join(f"{name}=={version}\n" for name, version in LATEST.items())
    _, result = migrated(
        tmp_path,
        {"a.sh": f"gunicorn -k {NEW}\n", "requirements.txt": current},
        latest=True,
    )
    assert result.is_done


def test_image_that_installs_gunicorn_itself_gets_the_worker(tmp_path: Path) -> None:
    """Whatever it is made from."""
    image = "FROM own/uvicorn:1\nRUN pip install gunicorn{}\nCMD gunicorn -k {} app\n"
    after, result = migrated(tmp_path, {"Dockerfile": image.format("", OLD)})
    assert after["Dockerfile"] == image.format(" uvicorn-worker", NEW)
    assert result.decisions == []


def test_utf_16_stays_so(tmp_path: Path) -> None:
    """With its byte order mark."""
    content = "uvicorn==0.27.0\r\n".encode("utf-16")
    _, result = migrated(tmp_path, {**START, "requirements.txt": content})
    [change] = [c for c in result.changes if c.document.path.name == "requirements.txt"]
    expected = "uvicorn==0.27.0\r\nuvicorn-worker==0.3.0\r\n".encode("utf-16")
    assert change.document.encode(change.text) == expected


@pytest.mark.parametrize(
    ("name", "lock", "source", "command"),
    [
        ("uv.lock", "version = 1\n", "pyproject.toml", ("uv", "lock")),
        (
            "poetry.lock",
            "# generated by Poetry 1.8.2\n",
            "pyproject.toml",
            ("poetry", "lock", "--no-update"),
        ),
        ("poetry.lock", "# generated by Poetry 2.1.0\n", "pyproject.toml", ("poetry", "lock")),
        ("pdm.lock", "x = 1\n", "pyproject.toml", ("pdm", "lock", "--update-reuse")),
    ],
)
def test_lock_file_is_named(
    tmp_path: Path, name: str, lock: str, source: str, command: tuple[str, ...]
) -> None:
    """And never edited."""
    declared = '[project]\ndependencies = ["uvicorn==0.27.0"]\n'
    after, result = migrated(tmp_path, {**START, source: declared, name: lock})
    assert [each.arguments for each in result.commands] == [command]
    assert after[name] == lock


def test_compiled_requirements_tell_their_own_command(tmp_path: Path) -> None:
    """As their header has it."""
    header = "#\n# This file is autogenerated by pip-compile with Python 3.12\n#\n"
    compiled = f"{header}#    pip-compile --output-file=requirements.txt requirements.in\n#\nuvicorn==0.27.0\n"
    files = {**START, "requirements.in": "uvicorn\n", "requirements.txt": compiled}
    after, result = migrated(tmp_path, files)
    command = ("pip-compile", "--output-file=requirements.txt", "requirements.in")
    assert [each.arguments for each in result.commands] == [command]
    assert after["requirements.txt"] == compiled
    assert after["requirements.in"] == "uvicorn\nuvicorn-worker\n"


def test_header_with_an_open_quote_is_read_all_the_same(tmp_path: Path) -> None:
    """By its words."""
    compiled = "# This file is autogenerated by pip-compile\n#    pip-compile 'requirements.in\n"
    files = {**START, "requirements.in": "uvicorn\n", "requirements.txt": compiled}
    _, result = migrated(tmp_path, files)
    assert [each.arguments for each in result.commands] == [("pip-compile", "'requirements.in")]


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (
            "requirements.txt",
            "gunicorn==21.2.0\nuvicorn[standard]==0.27.0\n",
            "gunicorn==27.0.1\nuvicorn[standard]==0.54.0\nuvicorn-worker==0.4.0\n",
        ),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\nuvicorn = {version = "^0.27", extras = ["standard"]}\n',
            '[tool.poetry.dependencies]\nuvicorn = {version = "^0.54.0", extras = ["standard"]}\n'
            'uvicorn-worker = "^0.4.0"\n',
        ),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["gunicorn>=21,<22", "uvicorn", "uvicorn-worker==0.3.0"]\n',
            '[project]\ndependencies = ["gunicorn>=27.0.1", "uvicorn", "uvicorn-worker==0.4.0"]\n',
        ),
    ],
)
def test_latest_raises_all_three(tmp_path: Path, name: str, before: str, after: str) -> None:
    """In the style of each; what is open stays open."""
    changed, result = migrated(tmp_path, {**START, name: before}, latest=True)
    assert changed[name] == after
    assert result.decisions == []
