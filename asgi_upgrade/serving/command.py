"""`asgi-upgrade serving`: its options, and its steps in their order."""

from __future__ import annotations

import argparse
import os
import sys

from asgi_upgrade.arguments import add_project
from asgi_upgrade.refusals import CannotWorkError
from asgi_upgrade.serving import report
from asgi_upgrade.serving.boot import NotBootedError, boot
from asgi_upgrade.serving.json_report import as_json
from asgi_upgrade.serving.model import Plan
from asgi_upgrade.serving.plan import make_plan
from asgi_upgrade.serving.project import Project, find_project
from asgi_upgrade.serving.sources import Sources
from asgi_upgrade.serving.writing import undo, write
from asgi_upgrade.worker_command import write_bytes

MANY = 2000
"""Files that may take more than two seconds to look at."""

DESCRIPTION = """\
Let a Django project of 5.2, 6.0 or 6.1 be served by Gunicorn and the library asgi_serving, whatever
serves it now. What is certain is written; what a person has to decide is told with the line to write."""

EXAMPLES = """\
examples:
  asgi-upgrade serving                 change the project in this folder
  asgi-upgrade serving --diff ~/shop   show what would change, and write nothing
  asgi-upgrade serving --boot          change it, then start it on a free port and ask it for pages
  asgi-upgrade serving --undo          make all files as they were

exit codes:
  0  done, or nothing to do
  1  changes or decisions remain, or the project did not boot
  2  cannot work; the reason is on standard error"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "serving",
        help="serve a Django project by the library asgi_serving",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    mode = add_project(command, check="something is left to do")
    mode.add_argument("--undo", action="store_true", help="make all files as they were before")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.add_argument(
        "--boot", action="store_true", help="then start it on a free port, and ask it for pages"
    )
    command.add_argument(
        "--python", metavar="PATH", help="for --boot: the interpreter that has its packages"
    )
    command.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="PATTERN",
        help="leave out paths or names, such as 'examples/*'; may be given again",
    )
    command.add_argument(
        "--allow-dirty", action="store_true", help="change files with uncommitted changes as well"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Change a project, and return the exit code. Raises CannotWorkError, NoTreeError."""
    looks = options.diff or options.check
    if options.boot and (looks or options.undo):
        raise CannotWorkError("--boot needs what is written: leave --diff, --check and --undo out")
    if options.undo:
        undone = undo(options.path)
        as_text = f"As before: {len(undone)} files."
        print(as_json(Plan(), written=True, undone=undone) if options.json else as_text)
        return 0
    sources = Sources(options.path, options.exclude)
    if len(sources.paths) > MANY and sys.stderr.isatty():
        print(f"Looking at {len(sources.paths)} files ...", file=sys.stderr)
    project = find_project(sources)
    plan = make_plan(project)
    writes = not (looks or plan.needed)
    is_changed = bool(plan.created or plan.removed or plan.changes)
    if writes and is_changed:
        write(options.path, plan, allow_dirty=options.allow_dirty)
    if options.diff and not options.json:
        write_bytes(report.diff(plan))
    if not options.json:
        _tell(plan, written=writes, beside_diff=options.diff)
    code = 1 if plan.needed or plan.decisions or (is_changed and not writes) else 0
    lines: list[str] = []
    if options.boot and not plan.needed:
        code = max(code, _boot(project, options, lines))
    if options.json:
        print(as_json(plan, written=writes and is_changed, booted=lines))
    return code


def _tell(plan: Plan, *, written: bool, beside_diff: bool) -> None:
    """Print the report; beside a diff, only what that does not show, and on standard error."""
    stream = sys.stderr if beside_diff else sys.stdout
    colour = stream.isatty() and "NO_COLOR" not in os.environ
    told = report.text(plan, written=written, colour=colour, without_changes=beside_diff)
    print(told, file=stream, end="\n" if told else "", flush=True)


def _boot(project: Project, options: argparse.Namespace, lines: list[str]) -> int:
    """Boot the project, tell of it as it goes, and return the exit code."""
    try:
        for line in boot(project, options.python):
            lines.append(line)
            if not options.json:
                print(line, flush=True)
    except NotBootedError as error:
        lines.append(str(error))
        print(f"asgi-upgrade: it does not boot: {error}", file=sys.stderr)
        return 1
    return 0
