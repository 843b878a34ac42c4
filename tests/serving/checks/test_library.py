"""The library's own files and version."""

import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

import asgi_serving
from asgi_serving import manifest
from asgi_serving.checks.library import check_changes, check_faults
from tests.serving.checks.conftest import ids


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the library, which is looked at instead, just released."""
    folder = shutil.copytree(asgi_serving.__path__[0], tmp_path / "asgi_serving")
    monkeypatch.setattr(manifest, "FOLDER", folder)
    monkeypatch.setattr(manifest, "MANIFEST", folder / "manifest.json")
    manifest.MANIFEST.write_text(manifest.manifest())
    return folder


def test_released_files_are_as_they_were(copy: Path) -> None:
    (copy / "worker.py").write_bytes((copy / "worker.py").read_bytes().replace(b"\n", b"\r\n"))
    (copy / "__pycache__").mkdir(exist_ok=True)
    (copy / "__pycache__" / "new.pyc").touch()
    assert check_changes(None) == []


def test_changed_added_and_removed_files_are_named(copy: Path) -> None:
    (copy / "worker.py").write_text("mine")
    (copy / "own.py").touch()
    (copy / "drain.py").unlink()
    [message] = check_changes(None)
    assert ids([message]) == ["I004"]
    assert "drain.py, own.py, worker.py." in message.msg


def test_no_more_files_are_named_than_fit_a_line(copy: Path) -> None:
    for number in range(7):
        (copy / f"own{number}.py").touch()
    [message] = check_changes(None)
    assert "own4.py and 2 more." in message.msg


def test_installed_package_has_no_list(copy: Path) -> None:
    manifest.MANIFEST.unlink()
    (copy / "worker.py").write_text("mine")
    assert check_changes(None) == []


@pytest.mark.parametrize("version", ["0.0.1", asgi_serving.__version__])
def test_version_with_a_fault_is_told(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    assert check_faults(None) == []
    tool, table = ModuleType("asgi_upgrade"), ModuleType("asgi_upgrade.library_faults")
    tool.__spec__ = asgi_serving.__spec__
    table.FAULTS = {version: ["it forgets"]}  # type: ignore[attr-defined]  # as the tool's has it
    monkeypatch.setitem(sys.modules, "asgi_upgrade", tool)
    monkeypatch.setitem(sys.modules, "asgi_upgrade.library_faults", table)
    expected = ["W024"] if version == asgi_serving.__version__ else []
    assert ids(check_faults(None)) == expected
