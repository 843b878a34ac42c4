"""Each file is wholly old or wholly new, and otherwise as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from asgi_upgrade.engine import migrate
from asgi_upgrade.refusals import CannotWorkError
from asgi_upgrade.writer import write as write_changes
from upgrade.project import NEW, OLD, write

ROOT = Path(__file__).resolve().parents[2]
DECLARED = {"requirements.txt": "uvicorn\nuvicorn-worker\n"}


@pytest.mark.parametrize("mode", [0o755, 0o640, 0o4755, 0o600])
def test_mode_and_owner_stay(tmp_path: Path, mode: int) -> None:
    """Root may change files of others."""
    path = tmp_path / "start.sh"
    write(tmp_path, {path.name: f"gunicorn -k {OLD}\n", **DECLARED})
    if os.getuid() == 0:
        os.chown(path, 1234, 4321)
    path.chmod(mode)
    before = path.stat()
    write_changes(tmp_path, migrate(tmp_path).changes)
    after = path.stat()
    assert NEW in path.read_text()
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    """But for the former files."""
    write(tmp_path, {"a/start.sh": f"gunicorn -k {OLD}\n", **DECLARED})
    write_changes(tmp_path, migrate(tmp_path).changes)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["start.sh"]


def test_file_that_changed_meanwhile_is_kept(tmp_path: Path) -> None:
    """Somebody else is at work."""
    write(tmp_path, {"start.sh": f"gunicorn -k {OLD}\n", **DECLARED})
    changes = migrate(tmp_path).changes
    write(tmp_path, {"start.sh": "mine\n"})
    with pytest.raises(CannotWorkError, match="changed meanwhile"):
        write_changes(tmp_path, changes)
    assert (tmp_path / "start.sh").read_text() == "mine\n"


def test_killed_at_any_point_no_file_is_half_written(tmp_path: Path) -> None:
    """Wholly old or wholly new, in runs that are killed a little later each time."""
    files = {f"{number}.sh": f"# {'x' * 20_000}\ngunicorn -k {OLD}\n" for number in range(150)}
    new = {name: text.replace(OLD, NEW) for name, text in files.items()}
    mixed = 0
    for step in range(6):
        tree = tmp_path / str(step)
        write(tree, files | DECLARED)
        command = [sys.executable, "-m", "asgi_upgrade", "worker", str(tree)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        # Begun, and then a number of files further each time.
        while process.poll() is None and OLD in (tree / min(files)).read_text():
            time.sleep(0.001)
        last = tree / f"{sorted(files)[step * 25]}"
        while process.poll() is None and OLD in last.read_text():
            pass  # without a pause, which would miss the moment
        process.send_signal(signal.SIGKILL)
        process.wait()
        found = {name: (tree / name).read_text() for name in files}
        assert all(found[name] in {files[name], new[name]} for name in files)
        mixed += len({found[name] == new[name] for name in files}) == 2
    assert mixed, "no run was killed while it wrote"
