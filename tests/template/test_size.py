"""A project is small: what its team must read, and what they wait for."""

from __future__ import annotations

from pathlib import Path

LIBRARY = "asgi_serving"
MOST_LINES = 1000
"""Of Python outside of the library and of migrations, tests included."""


def test_project_has_few_lines_of_its_own(project: Path) -> None:
    """Blank lines and comments count as well."""
    files = [
        path
        for path in project.rglob("*.py")
        if LIBRARY not in path.parts and "migrations" not in path.parts
    ]
    lines = sum(path.read_text("utf-8").count("\n") for path in files)
    assert len(files) > 20
    assert lines <= MOST_LINES


def test_tools_leave_the_library_alone(project: Path) -> None:
    """Each by its own setting."""
    pyproject = (project / "pyproject.toml").read_text("utf-8")
    assert f'extend-exclude = ["{LIBRARY}", ' in pyproject  # Ruff
    assert f'module = "{LIBRARY}.*"\nfollow_imports = "silent"' in pyproject  # mypy
    assert f'extend_exclude = "{LIBRARY},' in pyproject  # djLint
    assert f'omit = ["{LIBRARY}/*"]' in pyproject  # coverage
    assert f"{LIBRARY}/** linguist-vendored" in (project / ".gitattributes").read_text("utf-8")
    assert f"exclude: ^{LIBRARY}/" in (project / ".pre-commit-config.yaml").read_text("utf-8")
