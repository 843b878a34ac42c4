"""The arguments of proofs; most take a word of the names of what shall be done."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable


def proof_parser(session: str, description: str | None) -> argparse.ArgumentParser:
    """Return a parser of what comes after `nox -s SESSION --`."""
    return argparse.ArgumentParser(
        prog=f"nox -s {session} --",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_word(arguments: argparse.ArgumentParser) -> None:
    """Let a parser take the word for `having`."""
    arguments.add_argument("word", nargs="?", default="", help="a part of the names, in any case")


def having(session: str, word: str, names: Iterable[str]) -> list[str]:
    """Return the names that have the word in them. Exits with 2 when none has it."""
    everything = list(names)
    found = [name for name in everything if word.lower() in name.lower()]
    if not found:
        print(f"{session}: {word!r} is in none of these names:", file=sys.stderr)
        print(*(f"  {name}" for name in everything), sep="\n", file=sys.stderr)
        sys.exit(2)
    return found


def chosen(session: str, description: str | None, names: Iterable[str]) -> list[str]:
    """Return the names that have the argument in them, all without one.

    session: of nox, which `description` tells about.
    """
    arguments = proof_parser(session, description)
    add_word(arguments)
    return having(session, arguments.parse_args().word, names)
