"""Versions that do not fit each other."""

from unittest.mock import patch

import pytest

from asgi_serving.checks import versions
from asgi_serving.checks.versions import check_known_faults, check_requirements
from tests.serving.checks.conftest import Give, ids

NOW = {
    "asgiref": "3.13.0", "django": "6.1.3", "gunicorn": "27.0.1", "uvicorn": "0.54.0",
    "uvicorn-worker": "0.4.0",
}  # fmt: skip


def install(monkeypatch: pytest.MonkeyPatch, **packages: str) -> None:
    found = {name.replace("_", "-"): number for name, number in packages.items()}
    monkeypatch.setattr(versions, "installed_versions", lambda: found)


@pytest.mark.parametrize(
    "packages",
    [
        {"uvicorn": "0.36.0", "uvicorn_worker": "0.3.0"},
        {"gunicorn": "24.1.0", "uvicorn": "0.41.0"},
        {"asgiref": "3.12.1", "uvicorn": "0.54.0"},
    ],
)
@pytest.mark.parametrize(
    ("worker", "found"),
    [("asgi_serving.worker.Worker", "E002"), ("asgi", "W026"), ("gthread", "W026")],
)
def test_versions_that_fail_together(
    monkeypatch: pytest.MonkeyPatch, flags: Give, packages: dict[str, str], worker: str, found: str
) -> None:
    """Only Uvicorn's workers do not start with them."""
    flags(f"--worker-class {worker}")
    install(monkeypatch, **packages)
    assert found in ids(check_known_faults(None))


@pytest.mark.parametrize(
    "packages",
    [
        {"uvicorn": "0.31.0", "gunicorn": "27.0.1"},
        {"uvicorn": "0.40.0", "uvicorn_worker": "0.4.0"},
        {"uvicorn": "0.36.0rc1", "uvicorn_worker": "0.4.0"},
    ],
)
def test_versions_that_serve_and_lack_something(
    monkeypatch: pytest.MonkeyPatch, packages: dict[str, str]
) -> None:
    install(monkeypatch, **packages)
    assert set(ids(check_known_faults(None))) == {"W026"}


@pytest.mark.parametrize(
    "packages",
    [
        {"uvicorn": "0.54.0", "uvicorn_worker": "0.4.0", "gunicorn": "27.0.1"},
        {"uvicorn": "0.41.0", "uvicorn_worker": "0.4.0", "gunicorn": "26.1.0"},
        {"uvicorn": "1.0.0", "uvicorn_worker": "1.0.0", "gunicorn": "2028.1", "django": "2028"},
        {"uvicorn": "0.55.0rc1", "uvicorn_worker": "0.5.0b2"},
        {"gunicorn": "24.1.1"},
        {},
    ],
)
def test_versions_that_work_together(
    monkeypatch: pytest.MonkeyPatch, packages: dict[str, str]
) -> None:
    install(monkeypatch, **packages)
    assert ids(check_known_faults(None)) == []


@pytest.mark.parametrize(
    ("package", "needs", "found"),
    [
        ("uvicorn-worker", ["uvicorn>=0.99"], ["W025"]),
        ("uvicorn-worker", ["gunicorn<1", "uvicorn!=0.54.0"], ["W025", "W025"]),
        ("django", ["asgiref>=4"], ["W025"]),
        ("uvicorn-worker", ["uvicorn>=0.36", "gunicorn>=21", "click>=99"], []),
        ("uvicorn-worker", ["uvicorn>=0.99; extra == 'test'"], []),
        ("uvicorn-worker", ["uvicorn>=0.99; python_version < '3'"], []),
        ("django", ["asgiref>=3.9.1", "sqlparse>=0.5", "tzdata; sys_platform == 'win32'"], []),
    ],
)
def test_metadata_of_the_packages(
    monkeypatch: pytest.MonkeyPatch, package: str, needs: list[str], found: list[str]
) -> None:
    install(monkeypatch, **NOW)
    with patch.object(versions, "requires", {package: needs}.get):
        assert ids(check_requirements(None)) == found


@pytest.mark.parametrize(
    ("python", "found"),
    [(">=3.99", ["W025"]), ("<3", ["W025"]), (">=3.12", []), ("", []), (">=3.8,!=3.9.1", [])],
)
def test_python_that_a_package_needs(
    monkeypatch: pytest.MonkeyPatch, python: str, found: list[str]
) -> None:
    install(monkeypatch, django="2028.1")
    monkeypatch.setattr(versions, "required_python", {"django": python}.get)
    with patch.object(versions, "requires", {}.get):
        assert ids(check_requirements(None)) == found


@pytest.mark.parametrize(
    ("uvicorn", "found"),
    [
        ({"uvicorn": "0.44.0"}, ["W022"]),
        ({"uvicorn": "0.45.0"}, []),
        ({"uvicorn": "1.0rc1"}, []),
        ({}, []),
    ],
)
def test_uvicorn_that_hands_contexts_on(
    monkeypatch: pytest.MonkeyPatch, uvicorn: dict[str, str], found: list[str]
) -> None:
    install(monkeypatch, **uvicorn)
    assert ids(versions.check_context(None)) == found


def test_what_is_installed_here_fits() -> None:
    assert versions.installed_versions().keys() >= {"asgiref", "django", "uvicorn"}
    assert ids(check_requirements(None)) == []


def test_uvicorn_that_is_built_otherwise_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "missing_names", lambda: ["uvicorn.server:Server.servers"])
    (found,) = versions.check_names(None)
    assert ids([found]) == ["W038"]
    assert "uvicorn.server:Server.servers" in found.msg
