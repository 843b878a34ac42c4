"""The tool's own distributions hold the library, as it is in the template."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from uv import find_uv_bin

from asgi_upgrade.serving.library import CHECKOUT, LEFT_OUT
from upgrade.serving.planning import PLAIN, write_files
from upgrade.serving.site import ROOT


def test_wheel_has_the_library(tmp_path: Path) -> None:
    """Built from the source distribution, and a project takes it from there."""
    build = [find_uv_bin(), "build", "--quiet", "--no-config", "--python", sys.executable]
    subprocess.run([*build, "--out-dir", str(tmp_path / "dist"), str(ROOT)], check=True)
    [wheel] = (tmp_path / "dist").glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    site = tmp_path / "site"
    write_files(site, PLAIN)
    tool = (
        "import sys; sys.path.insert(0, sys.argv[1]); from asgi_upgrade.cli import main; "
        "sys.exit(main(sys.argv[2:]))"
    )
    command = [sys.executable, "-I", "-c", tool, str(installed), "serving", str(site)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    written = {
        path.relative_to(site / "asgi_serving").as_posix(): path.read_bytes()
        for path in (site / "asgi_serving").rglob("*")
        if path.is_file()
    }
    assert written == {
        path.relative_to(CHECKOUT).as_posix(): path.read_bytes()
        for path in CHECKOUT.rglob("*")
        if path.is_file() and not LEFT_OUT & set(path.parts)
    }
