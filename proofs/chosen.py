"""The argument that most proofs take: a word of the names of what shall be done."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable


def chosen(session: str, description: str, names: Iterable[str]) -> list[str]:
    """Return the names that have the word in them, all without one. Exits with 2 when none has it.

    session: of nox, which `description` tells about.
    """
    parser = argparse.ArgumentParser(
        prog=f"nox -s {session} --",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("word", nargs="?", default="", help="a part of the names, in any case")
    word = parser.parse_args().word
    everything = list(names)
    found = [name for name in everything if word.lower() in name.lower()]
    if not found:
        print(f"{session}: {word!r} is in none of these names:", file=sys.stderr)
        print(*(f"  {name}" for name in everything), sep="\n", file=sys.stderr)
        sys.exit(2)
    return found
