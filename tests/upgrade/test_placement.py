"""Where the dependency goes in trees with several places: those that once got it wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from upgrade.project import NEW, OLD, migrated

START = {"start.sh": f"gunicorn -k {OLD} app\n"}
BOTH = "gunicorn\nuvicorn\n"
DONE = "gunicorn\nuvicorn\nuvicorn-worker\n"
PACKAGED = "setup(install_requires=['gunicorn', 'uvicorn'])\n"


def changed(folder: Path, files: dict[str, str]) -> dict[str, str]:
    """Return the files of dependencies that are other than before, when nothing is left to do."""
    after, result = migrated(folder, files)
    assert result.decisions == []
    return {name: after[name] for name in files if after[name] != files[name].replace(OLD, NEW)}


@pytest.mark.parametrize(
    ("files", "after"),
    [
        # Everybody installs Gunicorn; an extra repeats uvicorn alone
        (
            {
                "pyproject.toml": '[project]\ndependencies = ["gunicorn", "uvicorn"]\n'
                '[project.optional-dependencies]\nfast = ["uvicorn[standard]"]\n'
            },
            {
                "pyproject.toml": '[project]\ndependencies = ["gunicorn", "uvicorn", "uvicorn-worker"]\n'
                '[project.optional-dependencies]\nfast = ["uvicorn[standard]"]\n'
            },
        ),
        (
            {
                "requirements/base.txt": BOTH,
                "requirements/production.txt": "-r base.txt\nuvicorn[standard]\n",
            },
            {"requirements/base.txt": DONE},
        ),
        # Each extra with Gunicorn is installed without the other
        (
            {
                "pyproject.toml": "[project]\ndependencies = ['uvicorn']\n"
                "[project.optional-dependencies]\nserve = ['gunicorn']\nall = ['gunicorn', 'redis']\n"
            },
            {
                "pyproject.toml": "[project]\ndependencies = ['uvicorn']\n"
                "[project.optional-dependencies]\nserve = ['gunicorn', 'uvicorn-worker']\n"
                "all = ['gunicorn', 'redis', 'uvicorn-worker']\n"
            },
        ),
        # The file is above the use, or below it
        (
            {"deploy/start.sh": START["start.sh"], "backend/requirements.txt": BOTH},
            {"backend/requirements.txt": DONE},
        ),
        (
            {
                "app/serve/start.sh": START["start.sh"],
                "app/serve/client/requirements.txt": "uvicorn\n",
                "requirements.txt": BOTH,
            },
            {"requirements.txt": DONE},
        ),
        # A file around the use is that of its project, whatever it lacks
        (
            {"a/start.sh": START["start.sh"], "a/requirements.txt": "uvicorn==0.27.0\n",
             "requirements.txt": BOTH},
            {"a/requirements.txt": "uvicorn==0.27.0\nuvicorn-worker==0.3.0\n"},
        ),
        # A nested file does not capture code that is packaged above it
        (
            {
                "shop/serve/run.py": f"WORKER = '{OLD}'\n",
                "shop/serve/template/requirements.txt": BOTH,
                "setup.py": PACKAGED,
            },
            {"setup.py": PACKAGED.replace("'uvicorn'", "'uvicorn', 'uvicorn-worker'")},
        ),
        (
            {"shop/run.py": f"W = '{OLD}'\n", "shop/tests/requirements.txt": BOTH, "setup.py": PACKAGED},
            {"setup.py": PACKAGED.replace("'uvicorn'", "'uvicorn', 'uvicorn-worker'")},
        ),
        (
            {
                "shop/serve/start.sh": START["start.sh"],
                "shop/serve/template/requirements.txt": BOTH,
                "setup.py": PACKAGED,
            },
            {"setup.py": PACKAGED.replace("'uvicorn'", "'uvicorn', 'uvicorn-worker'")},
        ),
        (
            {
                "a/deploy/start.sh": START["start.sh"],
                "a/app/requirements.txt": BOTH,
                "setup.py": PACKAGED,
            },
            {"a/app/requirements.txt": DONE},
        ),
        # Every file that no other includes is its own
        (
            {"requirements.txt": BOTH, "requirements-gpu.txt": f"{BOTH}torch\n"},
            {"requirements.txt": DONE, "requirements-gpu.txt": f"{DONE}torch\n"},
        ),
        (
            {"requirements.txt": BOTH, "old_requirements.txt": "gunicorn==20.1.0\nuvicorn==0.20.0\n"},
            {
                "requirements.txt": DONE,
                "old_requirements.txt": "gunicorn==20.1.0\nuvicorn==0.20.0\nuvicorn-worker==0.3.0\n",
            },
        ),
        (
            {"requirements.txt": BOTH, "requirements-dev.txt": f"{BOTH}pytest\n"},
            {"requirements.txt": DONE, "requirements-dev.txt": f"{DONE}pytest\n"},
        ),
        (
            {"requirements.txt": BOTH, "requirements-dev.txt": "-r requirements.txt\nuvicorn\n"},
            {"requirements.txt": DONE},
        ),
        # Two halves in one folder are installed together
        (
            {"requirements/base.txt": "uvicorn==0.27.0\n", "requirements/prod.txt": "gunicorn\n"},
            {"requirements/prod.txt": "gunicorn\nuvicorn-worker==0.3.0\n"},
        ),
        # A service beside that serves by uvicorn alone gets nothing
        (
            {"compose.yaml": f"command: gunicorn -k {OLD}\n", "a/requirements.txt": BOTH,
             "b/requirements.txt": "uvicorn\n"},
            {"a/requirements.txt": DONE},
        ),
        # A command with both is whole, whatever a file beside it has
        (
            {
                "requirements.txt": "gunicorn==20.1.0\n",
                "Dockerfile": "RUN pip install uvicorn==0.27.0 gunicorn==20.1.0\n",
            },
            {
                "Dockerfile": "RUN pip install uvicorn==0.27.0 uvicorn-worker==0.3.0 gunicorn==20.1.0\n"
            },
        ),
        (
            {"requirements.txt": "gunicorn\n", "Dockerfile": "RUN pip install uvicorn==0.27.0\n"},
            {"requirements.txt": "gunicorn\nuvicorn-worker==0.3.0\n"},
        ),
        # A script that installs one package after the other has all of them
        (
            {
                "requirements.txt": BOTH,
                "setup.sh": "pip install uvicorn==0.24.0\npip install gunicorn==21.2.0\n",
            },
            {
                "requirements.txt": DONE,
                "setup.sh": "pip install uvicorn==0.24.0\n"
                "pip install gunicorn==21.2.0 uvicorn-worker==0.3.0\n",
            },
        ),
        (
            {
                "requirements.txt": BOTH,
                "setup.sh": "pip install uvicorn\npip install gunicorn\npip install -r a.txt\n",
            },
            {"requirements.txt": DONE},
        ),
        (
            {"requirements.txt": BOTH, "examples/requirements.txt": BOTH},
            {"requirements.txt": DONE},
        ),
        # Poetry 2 writes parentheses
        (
            {"pyproject.toml": '[project]\ndependencies = [\n    "gunicorn (>=21,<22)",\n'
                '    "uvicorn (>=0.27.0,<0.28.0)"\n]\n'},
            {"pyproject.toml": '[project]\ndependencies = [\n    "gunicorn (>=21,<22)",\n'
                '    "uvicorn (>=0.27.0,<0.28.0)",\n    "uvicorn-worker (>=0.3.0,<0.4)"\n]\n'},
        ),
        (
            {"pyproject.toml": '[project]\ndependencies = ["gunicorn == 23.0.0", "uvicorn == 0.29.0"]\n'},
            {"pyproject.toml": '[project]\ndependencies = ["gunicorn == 23.0.0", "uvicorn == 0.29.0", '
                '"uvicorn-worker == 0.3.0"]\n'},
        ),
        (
            {"requirements.txt": "gunicorn\nuvicorn (==0.27.0)\n"},
            {"requirements.txt": "gunicorn\nuvicorn (==0.27.0)\nuvicorn-worker (==0.3.0)\n"},
        ),
        # In one line with a condition of a template, inside of it
        (
            {"requirements.txt": "gunicorn\n{% if x %}uvicorn==0.27.0{% endif %}\nzope\n"},
            {
                "requirements.txt": "gunicorn\n{% if x %}uvicorn==0.27.0\n"
                "uvicorn-worker==0.3.0{% endif %}\nzope\n"
            },
        ),
        (
            {"requirements.txt": "gunicorn\n{% if x %} uvicorn ; os_name == 'posix' {% endif %}\n"},
            {
                "requirements.txt": "gunicorn\n{% if x %} uvicorn ; os_name == 'posix'\n"
                "uvicorn-worker ; os_name == 'posix' {% endif %}\n"
            },
        ),
        (
            {
                "pyproject.toml": '[project]\ndependencies = ["a", "gunicorn", '
                '{% if x %}"uvicorn", {% endif %}"zope"]\n'
            },
            {
                "pyproject.toml": '[project]\ndependencies = ["a", "gunicorn", '
                '{% if x %}"uvicorn", "uvicorn-worker", {% endif %}"zope"]\n'
            },
        ),
        (
            {
                "pyproject.toml": '[project]\ndependencies = [\n  {% if x %}"uvicorn",{% endif %}\n'
                '  "gunicorn",\n  "tzdata",\n]\n'
            },
            {
                "pyproject.toml": '[project]\ndependencies = [\n'
                '  {% if x %}"uvicorn", "uvicorn-worker",{% endif %}\n  "gunicorn",\n  "tzdata",\n]\n'
            },
        ),
        (
            {
                "pyproject.toml": "[tool.poetry.dependencies]\ngunicorn = '^21'\n"
                "{% if x %}uvicorn = '^0.27'{% endif %}\nzope = '*'\n"
            },
            {
                "pyproject.toml": "[tool.poetry.dependencies]\ngunicorn = '^21'\n"
                "{% if x %}uvicorn = '^0.27'\nuvicorn-worker = '^0.3.0'{% endif %}\nzope = '*'\n"
            },
        ),
    ],
)  # fmt: skip
def test_place(tmp_path: Path, files: dict[str, str], after: dict[str, str]) -> None:
    """And nowhere else; a second run adds nothing."""
    files = files if any(OLD in text for text in files.values()) else {**START, **files}
    assert changed(tmp_path / "a", files) == after
    again = {name: text.replace(OLD, NEW) for name, text in (files | after).items()}
    assert changed(tmp_path / "b", again) == {}


EXPORTED = "".join(
    f'{name}=={version} ; python_version >= "3.12" and python_version < "4.0"\n'
    for name, version in {
        "click": "8.1.7", "gunicorn": "21.2.0", "h11": "0.14.0", "packaging": "24.0", "uvicorn": "0.27.0",
    }.items()
)  # fmt: skip
POETRY = "[tool.poetry.dependencies]\ngunicorn = '^21'\nuvicorn = '^0.27'\n"
PEP_621 = "[project]\ndependencies = ['gunicorn', 'uvicorn']\n"


@pytest.mark.parametrize(
    ("declared", "locked", "commands"),
    [
        (
            {"pyproject.toml": POETRY, "poetry.lock": "# generated by Poetry 2.1\n"},
            {"requirements.txt": EXPORTED},
            [
                ("poetry", "lock"),
                ("poetry", "export", "--without-hashes", "--output", "requirements.txt"),
            ],
        ),
        (
            {"pyproject.toml": POETRY, "poetry.lock": "# generated by Poetry 2.1\n"},
            {"requirements.txt": "gunicorn==21.2.0 \\\n    --hash=sha256:00\n"},
            [("poetry", "lock"), ("poetry", "export", "--output", "requirements.txt")],
        ),
        (
            {"pyproject.toml": PEP_621, "uv.lock": "version = 1\n"},
            {
                "requirements.txt": "# This file was autogenerated by uv via the following command:\n"
                "#    uv export --no-hashes -o requirements.txt\ngunicorn==21.2.0\nuvicorn==0.27.0\n"
            },
            [("uv", "export", "--no-hashes", "-o", "requirements.txt"), ("uv", "lock")],
        ),
        (
            {"pyproject.toml": PEP_621, "pdm.lock": "x = 1\n"},
            {
                "requirements.txt": "# This file is @generated by PDM.\ngunicorn==21.2.0\nuvicorn==0.27\n"
            },
            [
                ("pdm", "lock", "--update-reuse"),
                ("pdm", "export", "--output", "requirements.txt"),
            ],
        ),
        (
            {"Pipfile": "[packages]\ngunicorn = '*'\nuvicorn = '*'\n", "Pipfile.lock": "{}\n"},
            {"requirements.txt": "-i https://pypi.org/simple\ngunicorn==21.2.0\nuvicorn==0.27.0\n"},
            [("pipenv", "lock"), ("sh", "-c", "pipenv requirements > requirements.txt")],
        ),
        (
            {"pyproject.toml": PEP_621},
            {
                "requirements.lock": "# generated by rye\n-e file:.\ngunicorn==21.2.0\nuvicorn==0.27.0\n"
            },
            [("rye", "lock")],
        ),
    ],
)
def test_export_is_a_lock(
    tmp_path: Path,
    declared: dict[str, str],
    locked: dict[str, str],
    commands: list[tuple[str, ...]],
) -> None:
    """It is never edited, and its command is named."""
    after, result = migrated(tmp_path, {**START, **declared, **locked})
    assert {name: after[name] for name in locked} == locked
    assert sorted(each.arguments for each in result.commands) == sorted(commands)
    assert result.decisions == []


def test_text_in_a_file_of_text_is_no_use(tmp_path: Path) -> None:
    """Its commands move; the library that it documents needs no server."""
    files = {"docs/deploy.txt": f"gunicorn -k {OLD} app\n", "setup.py": "setup(name='a')\n"}
    after, result = migrated(tmp_path, files)
    assert after["docs/deploy.txt"] == f"gunicorn -k {NEW} app\n"
    assert result.decisions == []
