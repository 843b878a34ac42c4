"""Claims about packages, versions and the names of worker classes."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.metadata import requires
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from uv import find_uv_bin

from proofs.claims.servers import APPLICATION, ended, gunicorn, server

OLD = "uvicorn.workers.UvicornWorker"
NEW = "uvicorn_worker.UvicornWorker"
CUSTOM = f"{APPLICATION}\nfrom uvicorn_worker import UvicornWorker\nclass Own(UvicornWorker): ...\n"


def test_old_module_is_deprecated_and_says_so_to_nobody() -> None:
    """The warning exists, and Python shows it only to who asks."""
    imports = ("-c", "import uvicorn.workers")
    asked = subprocess.run(
        [sys.executable, "-W", "default", *imports], capture_output=True, text=True, check=True
    )
    assert "deprecated. Please use `uvicorn-worker`" in asked.stderr
    not_asked = subprocess.run([sys.executable, *imports], capture_output=True, check=True)
    assert not_asked.stderr == b""


def test_new_package_refuses_old_uvicorn() -> None:
    """Its metadata say so, and an installer keeps to them."""
    needs = {need.name: need for need in map(Requirement, requires("uvicorn-worker") or ())}
    assert not needs["uvicorn"].specifier.contains("0.22.0")
    assert not needs["uvicorn"].specifier.contains("0.35.0")
    assert needs["uvicorn"].specifier.contains("0.36.0")
    pip = [find_uv_bin(), "pip", "install", "--no-config", "--dry-run", "--python", sys.executable]
    refused = subprocess.run(
        [*pip, "uvicorn==0.22.0", "uvicorn-worker==0.4.0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode != 0
    assert "uvicorn>=0.36" in refused.stderr.replace(" ", "")


@pytest.mark.parametrize("worker", ["uvicorn.Workers.UvicornWorker", "uvicorn_worker"])
def test_other_spellings_do_not_boot(tmp_path: Path, worker: str) -> None:
    """The package has another name than the old module, and a module is no class."""
    with server(tmp_path, *gunicorn(tmp_path, worker)) as started:
        log = ended(started)
    assert started.process.returncode != 0
    assert "invalid or not found" in log


@pytest.mark.parametrize(
    "worker", [NEW, OLD, "uvicorn_worker.UvicornH11Worker", "asgi", "main.Own"]
)
def test_several_classes_are_legal(tmp_path: Path, worker: str) -> None:
    """The old one, the new ones, Gunicorn's own, and one of your own."""
    with server(tmp_path, *gunicorn(tmp_path, worker), application=CUSTOM) as started:
        assert started.get().text == "ok"


def test_upper_case_setting_runs_the_sync_worker(tmp_path: Path) -> None:
    """Gunicorn ignores the name, and every request is a 500."""
    config = tmp_path / "upper.py"
    config.write_text(f'WORKER_CLASS = "{NEW}"\n')
    command = gunicorn(tmp_path, "", "--config", str(config))
    with server(tmp_path, *command) as started:
        assert started.get().status_code == 500
        assert "Using worker: sync" in started.written()


def test_misspelt_class_does_not_boot(tmp_path: Path) -> None:
    """There is no fallback; only a class that is not named at all is `sync`."""
    with server(tmp_path, *gunicorn(tmp_path, "uvicorn_worker.UvicornWroker")) as started:
        assert "UvicornWroker" in ended(started)
    assert started.process.returncode != 0


def test_both_packages_have_the_same_code() -> None:
    """Statement for statement, but for the comments and the warning."""

    def classes(module: str) -> list[str]:
        spec = find_spec(module)
        assert spec
        assert spec.origin
        tree = ast.parse(Path(spec.origin).read_text("utf-8"))
        return [ast.dump(node) for node in tree.body if isinstance(node, ast.ClassDef)]

    old, new = classes("uvicorn.workers"), classes("uvicorn_worker._workers")
    assert len(old) == 2
    comments = ("https://github.com/encode/uvicorn/", "https://github.com/Kludex/uvicorn/")
    assert [text.replace(*comments) for text in new] == [text.replace(*comments) for text in old]


def test_standard_brings_no_gunicorn() -> None:
    """It brings parsers, an event loop and WebSockets, and nothing else does."""
    needs = list(map(Requirement, requires("uvicorn") or ()))
    names = {extra: {n.name for n in needs if wanted(n, extra)} for extra in ("", "standard")}
    assert "gunicorn" not in names["standard"]
    assert {"httptools", "uvloop", "websockets"} <= names["standard"]
    assert not {"httptools", "uvloop", "websockets"} & names[""]


def wanted(requirement: Requirement, extra: str) -> bool:
    """Tell whether a requirement is one of an extra, or of the package itself for ""."""
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})
