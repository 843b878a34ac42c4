"""The command `asgi-upgrade`."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from types import FrameType

from asgi_upgrade.refusals import CannotWorkError
from asgi_upgrade.tree import NoTreeError

SIGPIPE = 13
"""The number that a shell tells; Windows has no name for it."""

COMMANDS = {
    "worker": "asgi_upgrade.worker_command",
    "template": "asgi_upgrade.template.command",
    "serving": "asgi_upgrade.serving.command",
    "explain": "asgi_upgrade.explain_command",
}
"""The module of each, which is loaded when it is asked for: all of them take half of a start."""

DESCRIPTION = """\
Bring a Django project along: a newer version of its template, a worker that is not deprecated, or
the library that serves without losing requests.
Each command tells more: asgi-upgrade COMMAND --help"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console may know few characters
            stream.reconfigure(errors="backslashreplace")
    asked = sys.argv[1:] if arguments is None else arguments
    options = parser(COMMANDS.keys() & asked[:1] or COMMANDS).parse_args(asked)
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


def parser(commands: Iterable[str]) -> argparse.ArgumentParser:
    """Return the parser of the command line, with those of some commands."""
    top = argparse.ArgumentParser(
        prog="asgi-upgrade",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parsers = top.add_subparsers(required=True, metavar="COMMAND")
    for command in commands:
        importlib.import_module(COMMANDS[command]).add_to(parsers)
    return top


def _end(number: int, _: FrameType | None) -> None:
    """Let what is under way be taken back."""
    sys.exit(128 + number)
