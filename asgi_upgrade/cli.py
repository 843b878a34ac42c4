"""The command `asgi-upgrade`."""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from asgi_upgrade import explain_command, worker_command
from asgi_upgrade.refusals import CannotWorkError
from asgi_upgrade.serving import command as serving_command
from asgi_upgrade.template import command as template_command
from asgi_upgrade.tree import NoTreeError

SIGPIPE = 13
"""The number that a shell tells; Windows has no name for it."""

DESCRIPTION = """\
Bring a Django project along: a newer version of its template, a worker that is not deprecated, or
the library that serves without losing requests.
Each command tells more: asgi-upgrade COMMAND --help"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console may know few characters
            stream.reconfigure(errors="backslashreplace")
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _end)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except (CannotWorkError, NoTreeError) as error:
        sys.stdout.flush()
        print(f"asgi-upgrade: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # such as of `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + SIGPIPE  # as a shell tells it; nobody has seen the whole report
    return code


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(
        prog="asgi-upgrade",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    worker_command.add_to(commands)
    template_command.add_to(commands)
    serving_command.add_to(commands)
    explain_command.add_to(commands)
    return top


def _end(number: int, _: FrameType | None) -> None:
    """Let what is under way be taken back."""
    sys.exit(128 + number)
