#!/usr/bin/env python3
"""Run a task of this repository on any machine with Python 3.12 or newer, and git.

    python3 bootstrap.py                    lint, types and all tests that need no container
    python3 bootstrap.py demo               make a project and serve it until Ctrl+C
    python3 bootstrap.py demo --check       the same, but stop when it has answered
    python3 bootstrap.py tests -k hooks     a task, with arguments for it
    python3 bootstrap.py --list             all tasks

The first call makes an environment in .venv with nox and uv; nox does the rest.
"""

# Nothing here may need a newer Python than 3.6, so that an old one can say what is missing.
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from typing import List, Optional

OLDEST = (3, 12)
NEWER = ("python3.14", "python3.13", "python3.12")
TOOLS = ("nox>=2026.10", "uv>=0.9")
HERE = os.path.dirname(os.path.abspath(__file__))
ENVIRONMENT = os.path.join(HERE, ".venv")


def main(arguments: List[str]) -> int:
    """Return the exit code of the task, or 2 when this machine lacks something."""
    if arguments[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    if sys.version_info < OLDEST:
        return run_with_newer_python(arguments)
    problem = make_environment()
    if problem:
        print("bootstrap.py: " + problem, file=sys.stderr)
        return 2
    return run(supervised([environment_python(), "-m", "nox"] + nox_arguments(arguments)))


def nox_arguments(arguments: List[str]) -> List[str]:
    """Return nox's arguments for a task and its arguments; options go to nox as they are."""
    if not arguments or arguments[0].startswith("-"):
        return list(arguments)
    return ["--session", arguments[0], "--"] + list(arguments[1:])


def run_with_newer_python(arguments: List[str]) -> int:
    """Run this file again with a Python that is new enough, or say that there is none."""
    for name in NEWER:
        python = shutil.which(name)
        # A version manager may offer a command whose Python is not there.
        if python and subprocess.call([python, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            return run([python, os.path.abspath(__file__)] + list(arguments))
    print(
        "bootstrap.py: Python 3.12 or newer is needed, and this is {}.{}: install one from "
        "https://www.python.org/downloads/ and run it as python3.12 or newer.".format(
            *sys.version_info[:2]
        ),
        file=sys.stderr,
    )
    return 2


def make_environment() -> Optional[str]:
    """Make .venv with the tools unless it is there; return what is wrong, in one line."""
    wanted = " ".join((sys.version,) + TOOLS)
    complete = os.path.join(ENVIRONMENT, hashlib.sha256(wanted.encode()).hexdigest()[:16])
    if os.path.exists(complete):
        return None
    if importlib.util.find_spec("ensurepip") is None:
        return (
            "this Python cannot make virtual environments; on Debian and Ubuntu: "
            "apt-get install python3-venv"
        )
    print("Making an environment in .venv with nox and uv ...", flush=True)
    for command in (
        [sys.executable, "-m", "venv", "--clear", ENVIRONMENT],
        [environment_python(), "-m", "pip", "install", "--quiet"] + list(TOOLS),
    ):
        if subprocess.call(command) != 0:
            return "this command failed: " + " ".join(command)
    open(complete, "w").close()
    return None


def environment_python() -> str:
    """Return the path of the environment's interpreter."""
    if sys.platform == "win32":
        return os.path.join(ENVIRONMENT, "Scripts", "python.exe")
    return os.path.join(ENVIRONMENT, "bin", "python")


def supervised(command: List[str]) -> List[str]:
    """Return a command that runs another one, and leaves nothing that it has started."""
    if sys.platform == "win32":
        return command
    return [command[0], os.path.join(HERE, "supervision.py")] + command


def run(command: List[str]) -> int:
    """Become the command, so that signals reach it; on Windows, run it and return its exit code."""
    os.chdir(HERE)
    sys.stdout.flush()
    if sys.platform != "win32":
        os.execv(command[0], command)
    with subprocess.Popen(command) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:  # the command got it, too
                pass


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
