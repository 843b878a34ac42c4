"""What a task starts ends with it, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest
from rendering import TEMPLATE

import bootstrap
import supervision

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has other signals, and nobody looks after tasks there"
)

DEADLINE: Final = 120
"""How long anything may take before a test gives up, in seconds."""

SERVER: Final = """
import os, signal, socket, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
if sys.argv[2:] and os.fork():
    sys.exit()
listener = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[1], "a") as pids:
    print(os.getpid(), file=pids, flush=True)
while True:
    time.sleep(1)
"""
"""A server that does not care for signals; with another argument its parent has ended."""

TASK: Final = """
import os, subprocess, sys, time
def start(*arguments):
    command = [sys.executable, "-c", os.environ["SERVER"], sys.argv[1], *arguments]
    return subprocess.Popen(command, start_new_session=True)
start()
start("daemon").wait()
try:
    while "stays" in sys.argv:
        time.sleep(1)
    while len(open(sys.argv[1]).readlines()) < 2:
        time.sleep(0.01)
except KeyboardInterrupt:
    open(sys.argv[1] + ".cleaned", "w").close()
sys.exit(7)
"""
"""A task that boots two servers, and cleans up when it is interrupted but for them."""

NOX: Final = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"


@contextmanager
def task(pids: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a task as bootstrap.py does, until its servers run."""
    pids.touch()
    command = [sys.executable, "-c", NOX, sys.executable, "-c", TASK, str(pids), *arguments]
    code = f"import bootstrap as b; b.run(b.supervised({command!r}))"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(TEMPLATE), "SERVER": SERVER},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(lambda: len(running(pids)) == 2 or process.poll() is not None)
        yield process
    finally:
        for pid in [*running(pids), process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait(DEADLINE)


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    give_up = time.monotonic() + DEADLINE
    while not is_so():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def running(pids: Path) -> list[int]:
    """Return which of the servers run."""
    alive = {process.pid for process in supervision.processes()}
    return [pid for pid in map(int, pids.read_text("utf-8").split()) if pid in alive]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_servers_end_with_a_task_that_is_told_to_end(tmp_path: Path, number: int) -> None:
    """It may clean up before."""
    pids = tmp_path / "pids"
    with task(pids, "stays") as bootstrapped:
        assert len(running(pids)) == 2
        bootstrapped.send_signal(number)
        assert bootstrapped.wait(DEADLINE) == 128 + number
        assert running(pids) == []
        assert (tmp_path / "pids.cleaned").exists()


def test_servers_end_with_a_task_that_forgets_them(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """They are named, and the exit code is that of the task."""
    pids = tmp_path / "pids"
    with task(pids) as bootstrapped:
        assert bootstrapped.wait(DEADLINE) == 7
        assert running(pids) == []
    assert "ends what the task has left" in capfd.readouterr().err


@pytest.mark.skipif(
    not supervision.IS_LINUX, reason="only Linux tells a process of its parent's end"
)
@pytest.mark.parametrize("which", ["first", "second"])
def test_servers_end_with_a_supervisor_that_is_killed(tmp_path: Path, which: str) -> None:
    """Each of the two looks after the other."""
    pids = tmp_path / "pids"
    with task(pids, "stays") as bootstrapped:
        everybody = list(supervision.processes())
        (second,) = [each.pid for each in everybody if each.parent == bootstrapped.pid]
        os.kill(bootstrapped.pid if which == "first" else second, signal.SIGKILL)
        wait_for(lambda: not running(pids))
        assert bootstrapped.wait(DEADLINE) in {-signal.SIGKILL, 128 + signal.SIGKILL}


def test_task_has_a_supervisor() -> None:
    """The one of the repository, whatever the working directory is."""
    assert bootstrap.supervised(["python", "-m", "nox"]) == [
        "python", str(TEMPLATE / "supervision.py"), "python", "-m", "nox",
    ]  # fmt: skip
