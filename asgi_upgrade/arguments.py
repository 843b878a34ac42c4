"""What the commands have in common: a project, and two ways to look at it without writing."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_project(
    command: argparse.ArgumentParser, *, check: str
) -> argparse._MutuallyExclusiveGroup:
    """Add the folder of a project, --diff and --check, and return the group of the last two.

    check: when --check exits with 1.
    """
    command.add_argument("path", nargs="?", type=Path, default=Path(), help="folder of the project")
    mode = command.add_mutually_exclusive_group()
    mode.add_argument("--diff", action="store_true", help="show a unified diff, and write nothing")
    mode.add_argument(
        "--check", action="store_true", help=f"write nothing, and exit 1 when {check}"
    )
    return mode
