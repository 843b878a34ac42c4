"""What is built of the serving library."""

from __future__ import annotations

import graphlib
import re
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from quality import environment_for
from rendering import run

from proofs.distribution import LIBRARY, build

OF_THE_SDIST = {"CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml"}


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the wheel and the sdist."""
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def source() -> set[str]:
    """Return the files of the library, but for its manifest."""
    paths = (path for path in LIBRARY.rglob("*") if path.is_file())
    names = {
        path.relative_to(LIBRARY).as_posix() for path in paths if "__pycache__" not in path.parts
    }
    return names - {"manifest.json"}


def test_wheel_has_the_package_and_nothing_else(
    distributions: tuple[Path, Path], source: set[str]
) -> None:
    """Installing it is having the folder."""
    with zipfile.ZipFile(distributions[0]) as wheel:
        names = set(wheel.namelist())
        metadata = next(name for name in names if name.endswith("/METADATA"))
        text = wheel.read(metadata).decode()
    package = {name.removeprefix("asgi_serving/") for name in names if ".dist-info/" not in name}
    assert package == source - OF_THE_SDIST
    assert {name.rpartition("/")[2] for name in names if ".dist-info/" in name} == {
        "LICENSE", "METADATA", "RECORD", "WHEEL",
    }  # fmt: skip
    assert "# asgi-serving" in text.partition("\n\n")[2]


def test_sdist_has_what_the_wheel_is_built_of(
    distributions: tuple[Path, Path], source: set[str]
) -> None:
    """The folder as it is."""
    with tarfile.open(distributions[1]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert names - {"PKG-INFO", ".gitignore"} == source


def test_versions_agree(distributions: tuple[Path, Path]) -> None:
    """Code, names of the files and changelog."""
    version = re.search(r'__version__ = "(.+)"', (LIBRARY / "__init__.py").read_text())
    assert version
    assert all(f"asgi_serving-{version[1]}" in path.name for path in distributions)
    assert f"\n## {version[1]}\n" in (LIBRARY / "CHANGELOG.md").read_text()


def test_manifest_is_what_the_files_make(project: Path) -> None:
    """Mended by `python -m asgi_serving.manifest` in the folder above the library."""
    code = "from asgi_serving.manifest import changed_files; print(changed_files())"
    done = run(environment_for(project), "-c", code, cwd=project)
    assert done.stdout == "[]\n", done.stdout + done.stderr


def test_library_knows_no_project() -> None:
    """It imports nothing of one, and says no word of the template."""
    for path in LIBRARY.rglob("*.py"):
        text = path.read_text("utf-8")
        assert not re.search(r"^\s*(from|import) config\b", text, re.MULTILINE), path
        assert "cookiecutter" not in text, path


def test_library_needs_what_a_project_brings(project: Path) -> None:
    """The folder in a project is not installed, so its requirements must be the project's."""

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[\[><=;]", requirement)[0].strip() for requirement in requirements}

    needs = tomllib.loads((LIBRARY / "pyproject.toml").read_text("utf-8"))["project"]
    has = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    always = names(has["dependencies"])
    assert names(needs["dependencies"]) <= always
    for extra, packages in needs["optional-dependencies"].items():
        assert names(packages) <= always | names(has["optional-dependencies"].get(extra, []))


def test_packages_do_not_import_each_other_in_a_circle() -> None:
    """What a package imports while it is imported; what a function imports comes later."""
    imports: dict[str, set[str]] = {}
    for path in LIBRARY.rglob("*.py"):
        part = path.relative_to(LIBRARY).with_suffix("").parts[0]
        names = re.findall(r"^from asgi_serving(?:\.(\w+))?", path.read_text("utf-8"), re.MULTILINE)
        imports.setdefault(part, set()).update(set(names) - {part, ""})
    assert {"application", "checks", "databases", "handler", "server"} <= imports.keys()
    order = list(graphlib.TopologicalSorter(imports).static_order())
    assert order.index("databases") < order.index("application") < order.index("asgi")
    assert order.index("databases") < order.index("handler") < order.index("asgi")
