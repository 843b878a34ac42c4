"""`asgi-upgrade template`: its options."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from asgi_upgrade.arguments import add_project
from asgi_upgrade.refusals import CannotWorkError
from asgi_upgrade.template.git import refuse_old_git
from asgi_upgrade.template.steps import Steps
from asgi_upgrade.template.worktree import WorkTree

DESCRIPTION = """\
Take over a newer version of the template that a project was made from. Both versions are rendered
with the project's answers, and git merges what changed between them with what the team changed."""

EXAMPLES = """\
examples:
  asgi-upgrade template                      update the project in this folder
  asgi-upgrade template --diff ~/shop        show what would change, and write nothing
  asgi-upgrade template --check              for CI: exit code 1 when there is a newer version
  asgi-upgrade template --to main            what is not released yet
  asgi-upgrade template --template ~/clone   take the template from a clone or a bundle of it
  asgi-upgrade template --answer license=MIT change an answer, with or without a newer version

exit codes:
  0  done, or nothing to do
  1  conflicts are left to you; with --diff and --check, an update is there
  2  cannot work; the reason is on standard error"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "template",
        help="take over a newer version of the template",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_project(command, check="there is a newer version")
    command.add_argument(
        "--to", metavar="REVISION", help="version, tag, branch or commit; the newest version if not"
    )
    command.add_argument("--ask", action="store_true", help="ask the questions that are new")
    command.add_argument(
        "--answer",
        action="append",
        default=[],
        type=_answer,
        metavar="NAME=VALUE",
        help="answer a question, new or not; may be given again",
    )
    command.add_argument(
        "--template",
        metavar="SOURCE",
        help="where the template is now: an address, or a folder or bundle for this time",
    )
    command.set_defaults(run=run)


def _answer(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def run(options: argparse.Namespace) -> int:
    """Update a project, and return the exit code. Raises CannotWorkError."""
    refuse_old_git()
    if options.ask and not sys.stdin.isatty():
        raise CannotWorkError("--ask needs a terminal: use --answer NAME=VALUE instead")
    tree = WorkTree(options.path.absolute())
    if not (options.check or options.diff):
        tree.refuse_unready()
    with tempfile.TemporaryDirectory(prefix="asgi-upgrade-", ignore_cleanup_errors=True) as folder:
        return Steps(options, tree, Path(folder).resolve()).run()
