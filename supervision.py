"""Run a command, and leave nothing of what it has started when it ends or is told to.

    python supervision.py COMMAND ...

Tasks boot servers in sessions of their own, which neither a terminal nor a process group ends. Two
processes look after the command: the second one runs it, and if either is told to end, or
is killed, the other one ends the rest. First the task is interrupted, as by Ctrl+C, so that it can stop
its servers and containers itself; what is left after `GRACE` is killed.

On Linux a process that loses its parent is given to this one, and so everything is found. Elsewhere
only that is found whose parents are alive when this process is told to end.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Final, NamedTuple, NoReturn

GRACE: Final = 10.0
"""How long an interrupted task may clean up, in seconds."""

TICK: Final = 0.05
"""How often it is looked whether processes have ended, in seconds."""

SIGNALS: Final = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
"""Those that ask to end."""

IS_LINUX: Final = sys.platform.startswith("linux")
PR_SET_PDEATHSIG: Final = 1
PR_SET_CHILD_SUBREAPER: Final = 36
"""The numbers of <sys/prctl.h>."""


class Process(NamedTuple):
    """A process that runs, with its parent and its group."""

    pid: int
    parent: int
    group: int


class ToldToEnd(BaseException):
    """A signal that asks this process to end has come; the argument is its number."""


def main(arguments: Sequence[str]) -> int:
    """Run the command, and return its exit code, or 128 and the number of the signal that ended it."""
    if arguments[0] == "--second":
        return run(int(arguments[1]), arguments[2:])
    return watch([sys.executable, __file__, "--second", str(os.getpid()), *arguments])


def watch(command: Sequence[str]) -> int:
    """Hand signals on to the second process, and end what it leaves if it is killed."""
    adopt_orphans()
    with subprocess.Popen(command) as second:

        def hand_on(number: int, _frame: FrameType | None) -> None:
            second.send_signal(number)

        handle_signals(hand_on)
        code = second.wait()
    kill_all()
    return exit_code(code)


def run(parent: int, command: Sequence[str]) -> int:
    """Run the command to its end, or to that of its parent, and leave nothing."""
    call_prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        return 128 + signal.SIGTERM
    adopt_orphans()
    handle_signals(tell)
    task = subprocess.Popen(command)  # not a context, whose end would wait for it
    known: Collection[int] = ()
    try:
        code = exit_code(task.wait())
    except ToldToEnd as told:
        known = {process.pid for process in descendants()}
        interrupt(task.pid)
        code = 128 + int(told.args[0])
    else:
        if left := [name_of(process.pid) for process in descendants()]:
            print(
                f"supervision.py: ends what the task has left: {', '.join(left)}", file=sys.stderr
            )
    kill_all(known)
    return code


def handle_signals(handler: object) -> None:
    """Have a handler called where a signal asks to end, unless that is ignored, as by nohup."""
    for number in SIGNALS:
        if signal.getsignal(number) == signal.SIG_IGN:
            continue
        if number == signal.SIGINT and is_in_front():
            signal.signal(number, lambda *_: None)  # the terminal tells the task as well
        else:
            signal.signal(number, handler)  # type: ignore[arg-type]  # what Python calls with two


def tell(number: int, _frame: FrameType | None) -> NoReturn:
    """Leave whatever this process is waiting for, and hear no more."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise ToldToEnd(number)


def is_in_front() -> bool:
    """Whether Ctrl+C in a terminal reaches this process, and with it all of its group."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


def interrupt(task: int) -> None:
    """Do as Ctrl+C does to all that the task has started in its group, and give it some time.

    The task itself is nox, which would leave its command no time.
    """
    asked = {p.pid for p in descendants() if p.group == os.getpgrp() and p.pid != task}
    for pid in asked:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
    give_up = time.monotonic() + GRACE
    while time.monotonic() < give_up and asked & {process.pid for process in descendants()}:
        time.sleep(TICK)


def kill_all(known: Collection[int] = ()) -> None:
    """Kill all descendants, and those that were known to be some and are none any more."""
    pids = set() if IS_LINUX else set(known)
    give_up = time.monotonic() + GRACE
    while time.monotonic() < give_up:
        pids |= {process.pid for process in descendants()}
        if not pids:
            break
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(TICK)
        pids.clear()
    reap()


def descendants() -> list[Process]:
    """Return the processes that run and that this one has started, directly or not."""
    reap()
    everybody = list(processes())
    found: list[Process] = []
    parents = {os.getpid()}
    while parents:
        children = [process for process in everybody if process.parent in parents]
        found += children
        parents = {process.pid for process in children}
    return found


def processes() -> Iterator[Process]:
    """Yield all processes of this machine that have not ended."""
    if not IS_LINUX:
        with subprocess.Popen(
            ["ps", "-A", "-o", "pid=,ppid=,pgid=,stat="], stdout=subprocess.PIPE, text=True
        ) as ps:
            rows = [line.split() for line in (ps.stdout or ())]
        yield from (
            Process(int(pid), int(parent), int(group))
            for pid, parent, group, state in rows
            if "Z" not in state and int(pid) != ps.pid
        )
        return
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):  # it has just ended
            state, parent, group = (
                (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[:3]
            )
            if state not in {"X", "Z"}:
                yield Process(int(folder.name), int(parent), int(group))


def name_of(pid: int) -> str:
    """Return the command line of a process, as far as it is known."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace").split("\0")
        return f"{pid} ({' '.join(words).strip()[:100]})"
    return str(pid)


def reap() -> None:
    """Take the exit codes of orphans, which would stay in the table of processes otherwise.

    The command itself is not taken from whoever waits for it: it has ended by then, or is killed.
    """
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def adopt_orphans() -> None:
    """Become the parent of descendants that lose theirs, where the system can do that."""
    call_prctl(PR_SET_CHILD_SUBREAPER, 1)


def call_prctl(option: int, value: int) -> None:
    """Set what only Linux has."""
    if IS_LINUX:
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def exit_code(code: int) -> int:
    """Return an exit code as a shell would: of a signal, 128 and its number."""
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
