"""`asgi-upgrade worker`: its options, and its steps in their order."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from asgi_upgrade import report
from asgi_upgrade.arguments import add_project
from asgi_upgrade.engine import migrate
from asgi_upgrade.json_report import as_json
from asgi_upgrade.refusals import CannotWorkError
from asgi_upgrade.result import Result
from asgi_upgrade.tree import git_root
from asgi_upgrade.writer import refuse_uncommitted, write

DESCRIPTION = """\
Move a project from the deprecated uvicorn.workers to the package uvicorn-worker: every place that
must change and nothing else, the dependency with the right version in the right place, and a list
of what a person has to decide."""

REDRAW = 0.1
"""Seconds between two looks of the progress."""

EXAMPLES = """\
examples:
  asgi-upgrade worker                 change the project in this folder
  asgi-upgrade worker --diff ~/shop   show what would change, and write nothing
  asgi-upgrade worker --check         for CI: exit code 1 when something is left to do
  asgi-upgrade worker --latest --lock raise the three packages, and make the lock files again

exit codes:
  0  done, or nothing to do
  1  changes or decisions remain
  2  cannot work; the reason is on standard error"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "worker",
        help="move off uvicorn.workers",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_project(command, check="something is left to do")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="PATTERN",
        help="leave out paths or names, such as 'examples/*'; may be given again",
    )
    command.add_argument(
        "--latest",
        action="store_true",
        help="raise gunicorn, uvicorn and uvicorn-worker to the current set",
    )
    command.add_argument("--lock", action="store_true", help="run the lock commands, too")
    command.add_argument(
        "--allow-dirty", action="store_true", help="change files with uncommitted changes as well"
    )
    command.add_argument(
        "--force",
        action="store_true",
        help="change names also where no file here can declare uvicorn-worker",
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Migrate a project, and return the exit code. Raises CannotWorkError, NoTreeError."""
    root = options.path
    result = migrate(
        root,
        exclude=options.exclude,
        latest=options.latest,
        force=options.force,
        progress=_progress(),
    )
    writes = not (options.diff or options.check)
    backup = None
    if writes and result.changes:
        if git_root(root) and not options.allow_dirty:
            refuse_uncommitted(root, [change.document.path for change in result.changes])
        backup = write(root, result.changes)
    if options.json:
        print(as_json(result, written=writes, backup=backup))
    elif options.diff:
        write_bytes(report.diff(result))
        told = report.text(
            result, written=False, backup=None, colour=_has_colour(sys.stderr), without_changes=True
        )
        print(told, file=sys.stderr, end="\n" if told else "")
    else:
        colour = _has_colour(sys.stdout)
        print(report.text(result, written=writes, backup=backup, colour=colour))
    if writes and options.lock:
        _lock(root, result)
    return 1 if result.decisions or (result.changes and not writes) else 0


def write_bytes(content: bytes) -> None:
    """Write bytes to standard output. Raises OSError, also when its reader takes only a part."""
    sys.stdout.flush()
    rest = memoryview(content)
    while rest:  # without a buffer, such as by PYTHONUNBUFFERED, it may write less
        rest = rest[sys.stdout.buffer.write(rest) :]
    sys.stdout.buffer.flush()


def _has_colour(stream: TextIO) -> bool:
    return stream.isatty() and "NO_COLOR" not in os.environ


def _lock(root: Path, result: Result) -> None:
    """Run the lock commands. Raises CannotWorkError with the first one that fails."""
    for command in result.commands:
        shown = " ".join(command.arguments)
        print(f"Running {shown} in {command.folder} ...", file=sys.stderr)
        try:
            # What it says is beside the report, which may be one JSON object.
            done = subprocess.run(
                command.arguments, cwd=root / command.folder, stdout=sys.stderr, check=False
            )
        except OSError as error:
            raise CannotWorkError(f"{shown} cannot be run: {error.strerror}") from error
        if done.returncode:
            raise CannotWorkError(f"{shown} failed with exit code {done.returncode}")


def _progress() -> Callable[[int, int], None]:
    """Return what shows on a terminal how far it is, once that takes longer than a second."""
    began = shown = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if not sys.stderr.isatty() or now - began < 1 or (now - shown < REDRAW and done < total):
            return
        shown = now
        sys.stderr.write(f"\r\033[K{done} of {total} files" if done < total else "\r\033[K")
        sys.stderr.flush()

    return show
